//! Making the group, and knocking with its Welcome.

use heliograph_conversation::{Conversation, Credentialed, Subject, Timer, check_key_package};
use heliograph_delivery::{Card, HELLO_SLOTS, Invitation, pack, seal};
use heliograph_store::{CellOut, ContactRow, Step};
use heliograph_wire::{Class, Keep};
use rand_core::Rng;
use serde::{Deserialize, Serialize};

use super::{Detailed, Stage, read_bundle};
use crate::Changed;
use crate::engine::core::{Core, Watched};
use crate::engine::detail::{Detail, State, purpose};
use crate::engine::errors::{EngineError, from_cbor, to_cbor};
use crate::engine::wishes::Wishes;

/// Places tried on one day before waiting for the next.
const PLACES_A_DAY: usize = 64;
const HOURS_A_DAY: u32 = 24;

/// A knock: what its head says, and where it is put.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Knocking {
    #[serde(with = "serde_bytes")]
    head: Vec<u8>,
    #[serde(with = "serde_bytes")]
    erase: Vec<u8>,
    /// Day of the head that is being put, by the board's clock.
    day: u32,
    /// Places of that day tried so far; a place is never sealed for twice.
    tried: Vec<u32>,
    /// The contact that the bodies were sealed for, if this one is told by the bodies of another.
    #[serde(default)]
    bodies: Option<i64>,
}

impl Knocking {
    /// Not begun yet: what its head says, the contact whose bodies it names, and hashes that allow the owner to erase it.
    pub(super) fn new(head: Vec<u8>, bodies: Option<i64>, erase: Vec<u8>) -> Self {
        Self {
            head,
            erase,
            day: 0,
            tried: Vec::new(),
            bodies,
        }
    }
}

impl Core {
    /// Makes the group and prepares the knock.
    pub(super) fn greet(
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
        let back = from_cbor::<Detailed>(&row.detail)?.back;
        if back && State::of(&conversation)? != State::Open {
            // This device cannot follow itself any more.
            return Ok(tx.remove_contact(row.id)?);
        }
        if back || Detail::of(&conversation)?.group {
            return self.bring(tx, (row, card), (bundle, package));
        }
        let who = Credentialed {
            device: &self.me.device,
            chain: &self.me.chain,
        };
        let mls = tx.mls();
        let detail = Detail::of(&conversation)?;
        // What was wished before there was a group holds from its first epoch on.
        let timer = detail.wishes.wished_timer().unwrap_or(Timer::OFF);
        let mut group = Conversation::create(
            &self.crypto,
            &mls,
            who,
            (&conversation.group, &Subject::Direct(timer)),
        )
        .map_err(EngineError::bug)?;
        let added = group
            .add_first(&self.crypto, &mls, who, (package, self.now))
            .map_err(EngineError::bug)?;
        conversation.title = added.identity.get().name.to_string();
        conversation.detail = Detail {
            grouped: true,
            last_commit_ms: self.now,
            wishes: Wishes::default(),
            ..detail
        }
        .bytes()?;
        self.begin(tx, conversation, group)?;
        let (bundle, _, _) = read_bundle(bundle)?;
        // Nothing is said before the knock is stored, so nothing lies before it.
        let invitation = Invitation {
            tick: 0,
            hour: 0,
            welcome: &added.welcome,
        };
        let payload = invitation.encode();
        self.prepare_knock(tx, (row, card), (&payload, bundle.hello_erase))
    }

    /// Seals a hello's bodies; the head follows once they are stored.
    pub(super) fn prepare_knock(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        (payload, erase): (&[u8], Vec<u8>),
    ) -> Result<(), EngineError> {
        let head = self.seal_bodies(tx, row.id, payload)?;
        let knocking = Knocking::new(head, None, erase);
        self.save_stage(tx, (row, card), Stage::Hello(knocking))
    }

    /// Seals the bodies of one or more hellos; gives what their heads say.
    pub(super) fn seal_bodies(
        &mut self,
        tx: &Step<'_>,
        owner: i64,
        payload: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let parcel = pack(payload, &mut self.rng)
            .ok_or_else(|| EngineError::bug("a Welcome is too long for its cells"))?;
        for body in &parcel.bodies {
            let cell = CellOut {
                label: body.label.0,
                lane: self.lane.0,
                keep: Keep::Fortnight.code(),
                erase_hash: self.erase.hash(&body.label).0,
                body: body.body.bytes().to_vec(),
                purpose: purpose::HELLO_BODY,
                owner,
                stored: false,
            };
            tx.put_cell_out(&cell)?;
            self.watch.insert(body.label, Watched::Knock);
            self.put_cell(&cell)?;
        }
        Ok(parcel.head)
    }

    /// A cell of a knock stands in the feed: whoever waits for it goes on.
    pub(in crate::engine) fn knocks_go_on(
        &mut self,
        tx: &Step<'_>,
        cell: &CellOut,
    ) -> Result<(), EngineError> {
        if cell.purpose == purpose::HELLO_HEAD {
            return self.contact_go_on(tx, cell.owner);
        }
        if tx.unstored_of(purpose::HELLO_BODY, cell.owner)? > 0 {
            return Ok(());
        }
        for row in tx.contacts()? {
            let detail: Detailed = from_cbor(&row.detail)?;
            if matches!(detail.stage, Stage::Hello(it) if it.bodies.unwrap_or(row.id) == cell.owner)
            {
                self.contact_go_on(tx, row.id)?;
            }
        }
        Ok(())
    }

    /// Goes on with a knock: the head that is put counts only on its own day, by the board's clock,
    /// since the owner watches no older places.
    pub(super) fn knock_on(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        mut knocking: Knocking,
    ) -> Result<(), EngineError> {
        let bodies = knocking.bodies.unwrap_or(row.id);
        if !self.feed.in_step() || tx.unstored_of(purpose::HELLO_BODY, bodies)? > 0 {
            return Ok(());
        }
        let heads = tx.cells_out(purpose::HELLO_HEAD, row.id)?;
        if heads.iter().any(|head| head.stored) {
            return self.knocked(tx, row);
        }
        let today = self.feed.hour / HOURS_A_DAY;
        if knocking.day != today {
            knocking.day = today;
            knocking.tried.clear();
        } else if let Some(head) = heads.last() {
            return self.put_cell(head);
        }
        if knocking.tried.len() >= PLACES_A_DAY {
            // Somebody fills this card's places: tomorrow has others.
            return Ok(());
        }
        self.knock(tx, (row, card), knocking)
    }

    /// Puts the head at a random place of the day that was not tried yet.
    fn knock(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        mut knocking: Knocking,
    ) -> Result<(), EngineError> {
        let mut slot = self.rng.next_u32() % HELLO_SLOTS;
        while knocking.tried.contains(&slot) {
            slot = (slot + 1) % HELLO_SLOTS;
        }
        let place = card.hello(knocking.day, slot);
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
        self.watch.insert(place.label, Watched::Knock);
        self.put_cell(&cell)?;
        knocking.tried.push(slot);
        let back = from_cbor::<Detailed>(&row.detail)?.back;
        let detail = Detailed::new(card, Stage::Hello(knocking), back);
        Ok(tx.update_contact(&ContactRow {
            detail: to_cbor(&detail)?,
            ..row.clone()
        })?)
    }

    /// The knock is durable: messages may follow, and will never be announced before it.
    pub(super) fn knocked(&mut self, tx: &Step<'_>, row: &ContactRow) -> Result<(), EngineError> {
        tx.remove_cells_out(purpose::HELLO_BODY, row.id)?;
        tx.remove_cells_out(purpose::HELLO_HEAD, row.id)?;
        tx.remove_contact(row.id)?;
        if Self::is_asking(tx, row)? {
            self.out.changes.push(Changed::Requests);
            return Ok(());
        }
        self.with_live(tx, row.conversation, |core, tx, live| {
            core.changed(live);
            if live.state()? == State::Inviting {
                live.row.state = State::Open.code();
                live.save_row(tx)?;
            }
            // What was decided meanwhile, as a timer, holds before anything is said.
            core.drive_when_in_step(tx, live)?;
            core.pump(tx, live)
        })?;
        self.recall_returns(tx)
    }
}
