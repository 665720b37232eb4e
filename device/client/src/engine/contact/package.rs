//! Reading a key package of the owner, and taking it: one claim wins.

use heliograph_delivery::{Card, Joiner, PACKAGES_MAX, open};
use heliograph_store::{ContactRow, Step};
use heliograph_wire::{ClaimId, Erase, ItemCell, Label, Op};
use rand_core::Rng;

use super::{Stage, TRIES, Taking, read_bundle};
use crate::engine::core::Core;
use crate::engine::errors::EngineError;
use crate::engine::flights::Flight;

impl Core {
    /// Picks a key package not tried yet; the last-resort one when all are gone.
    pub(super) fn next_package(
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

    pub(super) fn package_read(
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
    pub(super) fn take_package(
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
}
