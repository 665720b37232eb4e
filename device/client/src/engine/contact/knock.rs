//! Making the group, and knocking with its Welcome.

use heliograph_conversation::{Conversation, Credentialed, check_key_package};
use heliograph_delivery::{Card, HELLO_SLOTS, day_of, pack, seal};
use heliograph_store::{CellOut, ContactRow, Step};
use heliograph_wire::{Class, Keep};
use rand_core::Rng;

use super::{Detailed, Knocking, Stage, read_bundle};
use crate::engine::core::Core;
use crate::engine::detail::{Detail, State, purpose};
use crate::engine::errors::{EngineError, to_cbor};

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
    pub(super) fn knock(
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
    pub(super) fn knocked(&mut self, tx: &Step<'_>, row: &ContactRow) -> Result<(), EngineError> {
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
}
