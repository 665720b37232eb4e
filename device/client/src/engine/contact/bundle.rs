//! Looking for the owner's bundle.

use heliograph_delivery::{Bundle, Card, Joiner, Place, open, week_of};
use heliograph_store::{ContactRow, Step};
use heliograph_trust::{identify_chain, verify_signature};
use heliograph_wire::{ItemCell, Label};

use super::{Detailed, ROUNDS, Stage, TRIES, Taking};
use crate::engine::cards::BUNDLE_CONTEXT;
use crate::engine::core::Core;
use crate::engine::errors::{EngineError, from_cbor, to_cbor};
use crate::engine::timers::RETRY_MS;

impl Core {
    /// A place of the bundle was read; the lowest with a body that the owner signed counts.
    pub(super) fn bundle_read(
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
            let back = from_cbor::<Detailed>(&row.detail)?.back;
            let detail = Detailed::new(card, Stage::Bundle(0, 0, rounds + 1), back);
            self.timers.retry = self.timers.retry.min(self.now + RETRY_MS / 3);
            return Ok(tx.update_contact(&ContactRow {
                detail: to_cbor(&detail)?,
                ..row.clone()
            })?);
        };
        match self.bundle_of(card, week, &place, &cell) {
            Some(bundle) if Self::is_asking(tx, row)? => self.ask(tx, (row, card), &bundle),
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
}
