//! First contact by card: read the owner's bundle, take a key package, make a group, knock.
//!
//! Each stage is written down before what follows from it is asked for, so a crash resumes it.

use heliograph_delivery::{Bundle, Card, CardFault, week_of};
use heliograph_store::{CellOut, ContactRow, ConversationRow, Step};
use heliograph_wire::{ItemCell, Label};
use serde::{Deserialize, Serialize};

mod ask;
mod bring;
mod bundle;
mod knock;
mod known;
mod package;

pub(super) use self::bring::ADDS_MAX;
use self::knock::Knocking;
pub(super) use self::known::{CardAsked, CardsGiven, may_invite};
use super::Engine;
use super::core::Core;
use super::detail::{Detail, State, purpose};
use super::errors::{EngineError, from_cbor, to_cbor};
use super::flights::Flight;
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
    /// Whoever it is asks to be put back, and is to be added in no other way.
    #[serde(default)]
    back: bool,
}

impl Detailed {
    fn new(card: &Card, stage: Stage, back: bool) -> Self {
        let link = card.encode();
        Self { link, stage, back }
    }
}

#[derive(Clone, Serialize, Deserialize)]
enum Stage {
    /// Looking for the bundle: weeks back, place, rounds so far.
    Bundle(u32, u32, u32),
    /// Reading, then taking, a key package.
    Package(Box<Taking>),
    /// A key package is ours; the group's next commit adds it.
    Bringing(Box<Bringing>),
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
struct Bringing {
    #[serde(with = "serde_bytes")]
    package: Vec<u8>,
    #[serde(with = "serde_bytes")]
    erase: Vec<u8>,
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

pub(super) fn bad_card(fault: CardFault) -> Refusal {
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
            let title = "(waiting for the card's owner)";
            core.begin_contact(tx, &card, (title, &Detail::default()))
        })?;
        if self.core.feed.in_step() {
            self.step(|core, tx| core.contact_go_on(tx, id))
                .map_err(EngineError::into_refusal)?;
        }
        Ok(public)
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
                Stage::Bringing(_) | Stage::Hello(_) => Ok(()),
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
}

impl Core {
    /// A conversation that waits for a first contact by card, and that contact; gives the contact's
    /// number and the conversation.
    fn begin_contact(
        &mut self,
        tx: &Step<'_>,
        card: &Card,
        (title, detail): (&str, &Detail),
    ) -> Result<(i64, ConversationId), EngineError> {
        let row = ConversationRow {
            id: 0,
            public: self.random(),
            group: self.random(),
            lane: self.lane.0,
            state: State::Inviting.code(),
            title: title.into(),
            created_ms: self.now,
            detail: detail.bytes()?,
        };
        let conversation = tx.insert_conversation(&row)?;
        let detail = Detailed::new(card, Stage::Bundle(0, 0, 0), false);
        let contact = tx.insert_contact(&ContactRow {
            id: 0,
            conversation,
            detail: to_cbor(&detail)?,
        })?;
        Ok((contact, ConversationId(row.public)))
    }

    /// A cell of a hello was answered.
    pub(in crate::engine) fn hello_cell_answered(
        &mut self,
        tx: &Step<'_>,
        cell: &CellOut,
        taken: bool,
    ) -> Result<(), EngineError> {
        let Some(row) = tx.contact(cell.owner)? else {
            return Ok(());
        };
        if !taken || cell.purpose != purpose::HELLO_HEAD {
            // It goes on when the feed shows it, whatever the board says. Nobody else can know a body's label.
            return Ok(());
        }
        tx.remove_cell_out(&cell.label)?;
        self.contact_go_on(tx, row.id)
    }

    fn check_card(&self, tx: &Step<'_>, card: &Card) -> Result<(), EngineError> {
        self.check_owner(card)?;
        for row in tx.conversations()? {
            let state = State::of(&row)?;
            let me = *self.me.identity.get().person.bytes();
            let mut others = tx.members(row.id)?;
            others.retain(|member| member.person != me);
            let known =
                !others.is_empty() && others.iter().all(|member| member.person == card.person);
            let over = matches!(state, State::Failed | State::Frozen | State::Declined);
            if known && !over && !Detail::of(&row)?.group {
                let id = ConversationId(row.public);
                return Err(Refusal::unchanged(
                    "known-contact",
                    &format!("There is a conversation with this person already: {id}."),
                    "Use that one.",
                )
                .into());
            }
        }
        Ok(())
    }

    /// A card of somebody else, on this profile's board.
    pub(super) fn check_owner(&self, card: &Card) -> Result<(), EngineError> {
        if card.board.key != self.board.key || card.board.lane != self.lane {
            return Err(Refusal::unchanged(
                "foreign-card",
                "The card is for another board than this profile's.",
                "Make a profile on that board, or ask for a card on this one.",
            )
            .into());
        }
        if card.person == *self.me.identity.get().person.bytes() {
            return Err(Refusal::unchanged(
                "own-card",
                "This is your own card.",
                "Give it to somebody else.",
            )
            .into());
        }
        Ok(())
    }

    /// Asks for what the present stage needs.
    pub(in crate::engine) fn contact_go_on(
        &mut self,
        tx: &Step<'_>,
        id: i64,
    ) -> Result<(), EngineError> {
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
            // The group's commit takes it from here.
            Stage::Bringing(_) => {}
            Stage::Hello(knocking) => self.knock_on(tx, (&row, &card), knocking)?,
        }
        Ok(())
    }

    fn save_stage(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        stage: Stage,
    ) -> Result<(), EngineError> {
        let back = from_cbor::<Detailed>(&row.detail)?.back;
        let detail = Detailed::new(card, stage, back);
        tx.update_contact(&ContactRow {
            detail: to_cbor(&detail)?,
            ..row.clone()
        })?;
        self.contact_go_on(tx, row.id)
    }

    fn fail(&mut self, tx: &Step<'_>, row: &ContactRow, kind: &str) -> Result<(), EngineError> {
        tx.remove_contact(row.id)?;
        if from_cbor::<Detailed>(&row.detail)?.back {
            // Others were asked too, and tomorrow again: nobody has to be told.
            return Ok(());
        }
        let Some(mut conversation) = tx.conversation(row.conversation)? else {
            return Ok(());
        };
        if Detail::of(&conversation)?.group {
            let detail = [conversation.public.as_slice(), kind.as_bytes()].concat();
            return self.alarm(tx, "not-added", &detail);
        }
        conversation.state = State::Failed.code();
        conversation.detail = Detail {
            failure: Some(kind.to_owned()),
            ..Detail::of(&conversation)?
        }
        .bytes()?;
        tx.update_conversation(&conversation)?;
        self.give_up_unsent(tx, conversation.id)?;
        let id = ConversationId(conversation.public);
        self.out.changes.push(crate::Changed::Conversation(id));
        Ok(())
    }
}

fn read_bundle(payload: &[u8]) -> Result<(Bundle, Vec<u8>, [u8; 64]), EngineError> {
    Bundle::read(payload).ok_or_else(|| EngineError::bug("a bundle that was read cannot be read"))
}
