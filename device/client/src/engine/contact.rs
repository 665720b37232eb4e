//! First contact by card: read the owner's bundle, take a key package, make a group, knock.
//!
//! Each stage is written down before what follows from it is asked for, so a crash resumes it.

use heliograph_conversation::{Conversation, Credentialed, check_key_package};
use heliograph_delivery::{
    Bundle, Card, CardFault, HELLO_SLOTS, Joiner, PACKAGES_MAX, Place, day_of, open, pack, seal,
    week_of,
};
use heliograph_store::{CellOut, ContactRow, ConversationRow, Step};
use heliograph_trust::{identify_chain, verify_signature};
use heliograph_wire::{ClaimId, Class, Erase, ItemCell, Keep, Label, Op};
use rand_core::Rng;
use serde::{Deserialize, Serialize};

use super::Engine;
use super::cards::BUNDLE_CONTEXT;
use super::core::Core;
use super::detail::{Detail, State, purpose};
use super::errors::{EngineError, from_cbor, to_cbor};
use super::flights::Flight;
use super::timers::RETRY_MS;
use crate::{ConversationId, Fault, Refusal};

/// Places of a week at which a bundle is looked for.
const TRIES: u32 = 8;
/// Rounds of looking before a card counts as not published.
const ROUNDS: u32 = 4;

/// A first contact, as stored.
#[derive(Clone, Serialize, Deserialize)]
struct Detailed {
    link: String,
    stage: Stage,
}

#[derive(Clone, Serialize, Deserialize)]
enum Stage {
    /// Looking for the bundle: weeks back, place, rounds so far.
    Bundle(u32, u32, u32),
    /// Reading, then taking, a key package.
    Package(Box<Taking>),
    /// Knocking: the head's payload, and where it is put.
    Hello(Knocking),
}

#[derive(Clone, Serialize, Deserialize)]
struct Taking {
    #[serde(with = "serde_bytes")]
    bundle: Vec<u8>,
    tried: Vec<u32>,
    at: u32,
    fragment: u32,
    #[serde(with = "serde_bytes")]
    joiner: Vec<u8>,
    #[serde(with = "serde_bytes")]
    package: Option<Vec<u8>>,
    claim: [u8; 16],
}

#[derive(Clone, Serialize, Deserialize)]
struct Knocking {
    #[serde(with = "serde_bytes")]
    head: Vec<u8>,
    #[serde(with = "serde_bytes")]
    erase: Vec<u8>,
    /// Label of the head that is being put.
    #[serde(with = "serde_bytes")]
    label: Vec<u8>,
}

fn refused(kind: &'static str, happened: &str, todo: &str) -> Refusal {
    Refusal::new(
        kind,
        Fault::Peer,
        happened,
        "Nothing was sent to the person; what you wrote is kept.",
        todo,
    )
}

/// Words for a first contact that failed.
fn failure(kind: &str) -> Refusal {
    match kind {
        "card-spent" => refused(
            "card-spent",
            "The card has been used up.",
            "Ask the person for a new card.",
        ),
        "card-not-found" => refused(
            "card-not-found",
            "The board holds nothing for this card: it expired, was revoked, or its owner has not been online yet.",
            "Ask the person to go online, or for a new card.",
        ),
        _ => refused(
            "card-void",
            "What the board holds for this card was not made by the card's owner.",
            "Do not use this card again; ask the person for a new one by another way.",
        ),
    }
}

fn bad_card(fault: CardFault) -> Refusal {
    let kind = match fault {
        CardFault::NotACard => "not-a-card",
        CardFault::Truncated => "card-truncated",
        CardFault::Altered => "card-altered",
        CardFault::Version(_) => "card-newer",
    };
    Refusal::new(
        kind,
        Fault::User,
        format!("{fault}."),
        "Nothing was changed.",
        "Copy the whole card again from where it came, or ask for a new one.",
    )
}

impl Engine {
    /// Starts a first contact; messages written meanwhile wait for it.
    ///
    /// # Errors
    /// A card that cannot be used.
    pub fn add_contact(&mut self, now_ms: i64, link: &str) -> Result<ConversationId, Refusal> {
        let card = Card::decode(link).map_err(bad_card)?;
        let (id, public) = self.command(now_ms, |core, tx| {
            core.check_card(tx, &card)?;
            let row = ConversationRow {
                id: 0,
                public: core.random(),
                group: core.random(),
                lane: core.lane.0,
                state: State::Inviting.code(),
                title: "(waiting for the card's owner)".into(),
                created_ms: core.now,
                detail: Detail::default().bytes()?,
            };
            let conversation = tx.insert_conversation(&row)?;
            let detail = Detailed {
                link: card.encode(),
                stage: Stage::Bundle(0, 0, 0),
            };
            let id = tx.insert_contact(&ContactRow {
                id: 0,
                conversation,
                detail: to_cbor(&detail)?,
            })?;
            Ok((id, row.public))
        })?;
        if self.core.feed.in_step() {
            self.step(|core, tx| core.contact_go_on(tx, id))
                .map_err(EngineError::into_refusal)?;
        }
        Ok(ConversationId(public))
    }

    /// Whether a first contact is done, and how it ended.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn contact_done(&self, id: ConversationId) -> Result<Option<Result<(), Refusal>>, Refusal> {
        let found = self.store.view(|view| {
            let row = view.conversation_by_public(&id.0)?;
            let row = row.ok_or_else(Refusal::no_conversation)?;
            Ok::<_, EngineError>((State::of(&row)?, Detail::of(&row)?))
        });
        let (state, detail) = found.map_err(EngineError::into_refusal)?;
        Ok(match state {
            State::Inviting => None,
            State::Failed => Some(Err(failure(detail.failure.as_deref().unwrap_or("")))),
            _ => Some(Ok(())),
        })
    }

    /// Every first contact goes on from where it stands.
    pub(super) fn go_on_contacts(&mut self) -> Result<(), EngineError> {
        self.step(|core, tx| {
            for row in tx.contacts()? {
                core.contact_go_on(tx, row.id)?;
            }
            Ok(())
        })
    }

    /// A cell that a first contact asked for.
    pub(super) fn contact_read(
        &mut self,
        id: i64,
        label: Label,
        cell: Option<ItemCell>,
    ) -> Result<(), EngineError> {
        self.step(|core, tx| {
            let Some(row) = tx.contact(id)? else {
                return Ok(());
            };
            let detail: Detailed = from_cbor(&row.detail)?;
            let card = Card::decode(&detail.link).map_err(EngineError::bug)?;
            match detail.stage {
                Stage::Bundle(back, r, rounds) => {
                    core.bundle_read(tx, (&row, &card), ((back, r, rounds), label, cell))
                }
                Stage::Package(taking) => {
                    core.package_read(tx, (&row, &card), (*taking, label, cell))
                }
                Stage::Hello(_) => Ok(()),
            }
        })
    }

    /// The answer to taking a key package.
    pub(super) fn contact_took(&mut self, id: i64, ours: bool) -> Result<(), EngineError> {
        self.step(|core, tx| {
            let Some(row) = tx.contact(id)? else {
                return Ok(());
            };
            let detail: Detailed = from_cbor(&row.detail)?;
            let Stage::Package(mut taking) = detail.stage else {
                return Ok(());
            };
            let card = Card::decode(&detail.link).map_err(EngineError::bug)?;
            if let (true, Some(package)) = (ours, taking.package.take()) {
                return core.greet(tx, (&row, &card), (&taking.bundle, &package));
            }
            core.next_package(tx, (&row, &card), *taking)
        })
    }

    /// A cell of a hello was answered.
    pub(super) fn hello_cell_answered(
        &mut self,
        id: i64,
        of: i64,
        taken: bool,
    ) -> Result<(), EngineError> {
        self.step(|core, tx| {
            let Some(row) = tx.contact(id)? else {
                return Ok(());
            };
            let detail: Detailed = from_cbor(&row.detail)?;
            let Stage::Hello(knocking) = detail.stage.clone() else {
                return Ok(());
            };
            let card = Card::decode(&detail.link).map_err(EngineError::bug)?;
            if of == purpose::HELLO_HEAD && !taken {
                return core.knocked(tx, &row);
            }
            if tx.unstored_of(purpose::HELLO_BODY, id)? == 0 {
                return core.knock(tx, (&row, &card), knocking);
            }
            Ok(())
        })
    }
}

impl Core {
    fn check_card(&self, tx: &Step<'_>, card: &Card) -> Result<(), EngineError> {
        let refuse = |kind, happened: &str, todo: &str| -> EngineError {
            let kept = "Nothing was changed.";
            Refusal::new(kind, Fault::User, happened, kept, todo).into()
        };
        if card.board.key != self.board.key || card.board.lane != self.lane {
            return Err(refuse(
                "foreign-card",
                "The card is for another board than this profile's.",
                "Make a profile on that board, or ask for a card on this one.",
            ));
        }
        if card.person == *self.me.identity.get().person.bytes() {
            return Err(refuse(
                "own-card",
                "This is your own card.",
                "Give it to somebody else.",
            ));
        }
        for row in tx.conversations()? {
            let state = State::of(&row)?;
            let known = tx.members(row.id)?.iter().any(|m| m.person == card.person);
            if known && !matches!(state, State::Failed | State::Frozen | State::Declined) {
                return Err(refuse(
                    "known-contact",
                    &format!(
                        "There is a conversation with this person already: {}.",
                        ConversationId(row.public)
                    ),
                    "Use that one.",
                ));
            }
        }
        Ok(())
    }

    /// Asks for what the present stage needs.
    fn contact_go_on(&mut self, tx: &Step<'_>, id: i64) -> Result<(), EngineError> {
        let Some(row) = tx.contact(id)? else {
            return Ok(());
        };
        let detail: Detailed = from_cbor(&row.detail)?;
        let card = Card::decode(&detail.link).map_err(EngineError::bug)?;
        match detail.stage {
            Stage::Bundle(back, r, _) => {
                let place = card.bundle(week_of(self.now).saturating_sub(back), r);
                self.get(Flight::Contact(id, place.label), place.label);
            }
            Stage::Package(taking) if taking.package.is_some() => {
                self.take_package(&row, &card, &taking)?;
            }
            Stage::Package(taking) => {
                let (bundle, _, _) = read_bundle(&taking.bundle)?;
                let place = card.package(bundle.week, taking.at, taking.fragment);
                self.get(Flight::Contact(id, place.label), place.label);
            }
            Stage::Hello(knocking) => {
                if tx.cells_out(purpose::HELLO_HEAD, id)?.is_empty()
                    && tx.unstored_of(purpose::HELLO_BODY, id)? == 0
                {
                    self.knock(tx, (&row, &card), knocking)?;
                }
            }
        }
        Ok(())
    }

    fn save_stage(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        stage: Stage,
    ) -> Result<(), EngineError> {
        let detail = Detailed {
            link: card.encode(),
            stage,
        };
        tx.update_contact(&ContactRow {
            detail: to_cbor(&detail)?,
            ..row.clone()
        })?;
        self.contact_go_on(tx, row.id)
    }

    /// A place of the bundle was read; the lowest with a body that the owner signed counts.
    fn bundle_read(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        ((back, r, rounds), label, cell): ((u32, u32, u32), Label, Option<ItemCell>),
    ) -> Result<(), EngineError> {
        let week = week_of(self.now).saturating_sub(back);
        let place = card.bundle(week, r);
        if place.label != label {
            return Ok(());
        }
        let Some(cell) = cell else {
            // A card made seconds ago may not be announced yet: look again a few times.
            if back == 0 {
                return self.save_stage(tx, (row, card), Stage::Bundle(1, 0, rounds));
            }
            if rounds + 1 >= ROUNDS {
                return self.fail(tx, row, "card-not-found");
            }
            let detail = Detailed {
                link: card.encode(),
                stage: Stage::Bundle(0, 0, rounds + 1),
            };
            self.timers.retry = self.timers.retry.min(self.now + RETRY_MS / 3);
            return Ok(tx.update_contact(&ContactRow {
                detail: to_cbor(&detail)?,
                ..row.clone()
            })?);
        };
        match self.bundle_of(card, week, &place, &cell) {
            Some(bundle) => {
                let taking = Taking {
                    bundle,
                    tried: Vec::new(),
                    at: 0,
                    fragment: 0,
                    joiner: Joiner::default().to_bytes().to_vec(),
                    package: None,
                    claim: self.random(),
                };
                self.next_package(tx, (row, card), taking)
            }
            None if r + 1 < TRIES => {
                self.save_stage(tx, (row, card), Stage::Bundle(back, r + 1, rounds))
            }
            None => self.fail(tx, row, "card-void"),
        }
    }

    /// The payload, if the card's owner signed it for this week.
    fn bundle_of(&self, card: &Card, week: u32, place: &Place, cell: &ItemCell) -> Option<Vec<u8>> {
        let payload = open(&place.key, &place.label, &cell.body)?;
        let (bundle, signed, signature) = Bundle::read(&payload)?;
        let owner = identify_chain(&bundle.chain, Some(self.now)).ok()?;
        let fits = *owner.get().person.bytes() == card.person
            && bundle.week == week
            && verify_signature(&owner, BUNDLE_CONTEXT, &signed, &signature).is_ok();
        fits.then(|| payload.to_vec())
    }

    /// Picks a key package not tried yet; the last-resort one when all are gone.
    fn next_package(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        mut taking: Taking,
    ) -> Result<(), EngineError> {
        let (bundle, _, _) = read_bundle(&taking.bundle)?;
        let left: Vec<u32> = (0..bundle.packages.min(PACKAGES_MAX))
            .filter(|i| !taking.tried.contains(i))
            .collect();
        if left.is_empty() {
            return match bundle.last_resort {
                Some(package) => self.greet(tx, (row, card), (&taking.bundle, &package)),
                None => self.fail(tx, row, "card-spent"),
            };
        }
        let pick = self.rng.next_u32() as usize % left.len();
        taking.at = left.get(pick).copied().unwrap_or(0);
        taking.tried.push(taking.at);
        taking.fragment = 0;
        taking.joiner = Joiner::default().to_bytes().to_vec();
        taking.package = None;
        self.save_stage(tx, (row, card), Stage::Package(Box::new(taking)))
    }

    fn package_read(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        (mut taking, label, cell): (Taking, Label, Option<ItemCell>),
    ) -> Result<(), EngineError> {
        let (bundle, _, _) = read_bundle(&taking.bundle)?;
        let place = card.package(bundle.week, taking.at, taking.fragment);
        if place.label != label || taking.package.is_some() {
            return Ok(());
        }
        let piece = cell.and_then(|cell| open(&place.key, &place.label, &cell.body));
        let Some(piece) = piece else {
            return self.next_package(tx, (row, card), taking);
        };
        let mut joiner = Joiner::from_bytes(&taking.joiner).map_err(EngineError::bug)?;
        taking.package = joiner.push(&piece);
        taking.joiner = joiner.to_bytes().to_vec();
        taking.fragment += 1;
        taking.claim = self.random();
        if taking.package.is_none() && taking.fragment >= TRIES {
            return self.next_package(tx, (row, card), taking);
        }
        self.save_stage(tx, (row, card), Stage::Package(Box::new(taking)))
    }

    /// Erasing the first fragment is the take: one claim wins.
    fn take_package(
        &mut self,
        row: &ContactRow,
        card: &Card,
        taking: &Taking,
    ) -> Result<(), EngineError> {
        let (bundle, _, _) = read_bundle(&taking.bundle)?;
        let place = card.package(bundle.week, taking.at, 0);
        let erase = Erase {
            lane: self.lane,
            label: place.label,
            key: card.package_erase(bundle.week, taking.at),
            claim: ClaimId(taking.claim),
            token: bytes::Bytes::new(),
        };
        self.request(Flight::Take(row.id), Op::Erase(erase));
        Ok(())
    }

    /// Makes the group and prepares the knock.
    fn greet(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        (bundle, package): (&[u8], &[u8]),
    ) -> Result<(), EngineError> {
        let owner = check_key_package(&self.crypto, package, self.now);
        let fits = owner.is_ok_and(|o| *o.get().person.bytes() == card.person);
        let conversation = tx.conversation(row.conversation)?;
        let (true, Some(mut conversation)) = (fits, conversation) else {
            return self.fail(tx, row, "card-void");
        };
        let who = Credentialed {
            device: &self.me.device,
            chain: &self.me.chain,
        };
        let mls = tx.mls();
        let mut group = Conversation::create(&self.crypto, &mls, who, &conversation.group)
            .map_err(EngineError::bug)?;
        let added = group
            .add_first(&self.crypto, &mls, who, (package, self.now))
            .map_err(EngineError::bug)?;
        conversation.title = added.identity.get().name.to_string();
        conversation.detail = Detail {
            grouped: true,
            last_commit_ms: self.now,
            ..Detail::of(&conversation)?
        }
        .bytes()?;
        self.begin(tx, conversation, group)?;
        let parcel = pack(&added.welcome, &mut self.rng)
            .ok_or_else(|| EngineError::bug("a Welcome is too long for its cells"))?;
        for body in &parcel.bodies {
            let cell = CellOut {
                label: body.label.0,
                lane: self.lane.0,
                keep: Keep::Fortnight.code(),
                erase_hash: self.erase.hash(&body.label).0,
                body: body.body.bytes().to_vec(),
                purpose: purpose::HELLO_BODY,
                owner: row.id,
                stored: false,
            };
            tx.put_cell_out(&cell)?;
            self.put_cell(&cell)?;
        }
        let (bundle, _, _) = read_bundle(bundle)?;
        let knocking = Knocking {
            head: parcel.head,
            erase: bundle.hello_erase,
            label: Vec::new(),
        };
        self.save_stage(tx, (row, card), Stage::Hello(knocking))
    }

    /// Puts the head at a random place of the day. A place that is taken is left for another.
    fn knock(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        mut knocking: Knocking,
    ) -> Result<(), EngineError> {
        let slot = self.rng.next_u32() % HELLO_SLOTS;
        let place = card.hello(day_of(self.now), slot);
        let at = 32 * slot as usize;
        let erase: [u8; 32] = knocking
            .erase
            .get(at..at + 32)
            .and_then(|hash| hash.try_into().ok())
            .ok_or_else(|| EngineError::bug("a bundle lacks an erase-hash"))?;
        let body = seal(
            &place.key,
            &place.label,
            &knocking.head,
            Class::Small,
            &mut self.rng,
        )
        .ok_or_else(|| EngineError::bug("a hello does not fit its cell"))?;
        let cell = CellOut {
            label: place.label.0,
            lane: self.lane.0,
            keep: Keep::Fortnight.code(),
            erase_hash: erase,
            body: body.bytes().to_vec(),
            purpose: purpose::HELLO_HEAD,
            owner: row.id,
            stored: false,
        };
        tx.remove_cells_out(purpose::HELLO_HEAD, row.id)?;
        tx.put_cell_out(&cell)?;
        self.put_cell(&cell)?;
        knocking.label = place.label.0.to_vec();
        let detail = Detailed {
            link: card.encode(),
            stage: Stage::Hello(knocking),
        };
        Ok(tx.update_contact(&ContactRow {
            detail: to_cbor(&detail)?,
            ..row.clone()
        })?)
    }

    /// The knock is durable: messages may follow, and will never be announced before it.
    fn knocked(&mut self, tx: &Step<'_>, row: &ContactRow) -> Result<(), EngineError> {
        tx.remove_cells_out(purpose::HELLO_BODY, row.id)?;
        tx.remove_cells_out(purpose::HELLO_HEAD, row.id)?;
        tx.remove_contact(row.id)?;
        self.with_live(tx, row.conversation, |core, tx, live| {
            live.row.state = State::Open.code();
            live.save_row(tx)?;
            core.changed(live);
            core.pump(tx, live)
        })
    }

    fn fail(&mut self, tx: &Step<'_>, row: &ContactRow, kind: &str) -> Result<(), EngineError> {
        tx.remove_contact(row.id)?;
        let Some(mut conversation) = tx.conversation(row.conversation)? else {
            return Ok(());
        };
        conversation.state = State::Failed.code();
        conversation.detail = Detail {
            failure: Some(kind.to_owned()),
            ..Detail::of(&conversation)?
        }
        .bytes()?;
        tx.update_conversation(&conversation)?;
        let id = ConversationId(conversation.public);
        self.out.changes.push(crate::Changed::Conversation(id));
        Ok(())
    }
}

fn read_bundle(payload: &[u8]) -> Result<(Bundle, Vec<u8>, [u8; 64]), EngineError> {
    Bundle::read(payload).ok_or_else(|| EngineError::bug("a bundle that was read cannot be read"))
}
