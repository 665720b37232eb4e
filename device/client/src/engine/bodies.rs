//! Cells that the feed names without showing them, and the bodies behind a head.
//!
//! Whether something was never announced is decided from the feed alone, where the board cannot tell
//! two members different things. A board's *Absent* proves nothing: what hangs on it is *withheld*.

use std::collections::HashSet;

use bytes::Bytes;
use heliograph_delivery::{Head, SealKey};
use heliograph_store::{CellOut, Step, View};
use heliograph_wire::{Body, EraseHash, ItemCell, Keep, Label, leaf};

use super::core::{Core, Watched};
use super::detail::purpose;
use super::errors::EngineError;
use super::live::Live;
use super::tick_view::{Sight, TickView};

/// What is known of a cell or of a head's bodies.
pub(crate) enum Sought<T> {
    /// Here it is.
    There(T),
    /// It is not in the feed where it must be, for everyone.
    Void,
    /// The feed may hold it, and the board does not give it.
    Withheld,
}

impl Core {
    /// The cell under `label` in a tick.
    ///
    /// # Errors
    /// `Need`, if it has to be fetched first: a large cell, or one that the board says was erased.
    pub(crate) fn cell_at(
        &self,
        view: &TickView<'_>,
        label: &Label,
    ) -> Result<Sought<ItemCell>, EngineError> {
        match view.find(label) {
            None => Ok(Sought::Void),
            Some(Sight::Cell(cell)) => Ok(Sought::There(cell.clone())),
            Some(Sight::Bare) => match self.ring.find(label) {
                None => Err(EngineError::Need(vec![*label])),
                Some(Some((cell, at))) if at == view.number() => Ok(Sought::There(cell)),
                Some(_) => Ok(Sought::Withheld),
            },
        }
    }

    /// Which of these labels stand in a tick, and which only seem to: what is shown of them is not enough, and the
    /// board says that it has no such cell.
    ///
    /// # Errors
    /// `Need`, if cells have to be fetched first. Nothing may be used up before.
    pub(crate) fn standing(
        &self,
        view: &TickView<'_>,
        labels: impl Iterator<Item = Label>,
    ) -> Result<(HashSet<Label>, HashSet<Label>), EngineError> {
        let (mut there, mut denied, mut needed) = (HashSet::new(), HashSet::new(), Vec::new());
        for label in labels {
            match view.find(&label) {
                None => {}
                Some(Sight::Cell(_)) => drop(there.insert(label)),
                Some(Sight::Bare) => match self.ring.find(&label) {
                    None => needed.push(label),
                    Some(Some((_, at))) if at == view.number() => drop(there.insert(label)),
                    Some(_) => drop(denied.insert(label)),
                },
            }
        }
        if needed.is_empty() {
            return Ok((there, denied));
        }
        Err(EngineError::Need(needed))
    }

    /// Bodies of one's own commit that a tick shows: from now on nobody can be without them.
    pub(crate) fn see_own_bodies(
        tx: &Step<'_>,
        live: &mut Live,
        view: &TickView<'_>,
    ) -> Result<(), EngineError> {
        for label in std::mem::take(&mut live.bodies) {
            match tx.cell_out(&label.0)? {
                None => {}
                Some(cell) if shows(view, &cell)? => tx.mark_cell_stored(&label.0)?,
                Some(_) => live.bodies.push(label),
            }
        }
        Ok(())
    }

    /// Something like a cell of one's own knock stands in a tick; once all of them do, it goes on.
    pub(crate) fn see_knock(
        &mut self,
        tx: &Step<'_>,
        view: &TickView<'_>,
        label: &Label,
    ) -> Result<(), EngineError> {
        let Some(cell) = tx.cell_out(&label.0)? else {
            self.watch.remove(label);
            return Ok(());
        };
        if !shows(view, &cell)? {
            return Ok(());
        }
        self.watch.remove(label);
        tx.mark_cell_stored(&label.0)?;
        self.knocks_go_on(tx, &cell)
    }

    /// Watches for cells of knocks that the feed has not shown.
    pub(crate) fn recall_knocks(&mut self, view: &View<'_>) -> Result<(), EngineError> {
        for cell in view.unstored_cells(u32::MAX)? {
            if [purpose::HELLO_BODY, purpose::HELLO_HEAD].contains(&cell.purpose) {
                self.watch.insert(Label(cell.label), Watched::Knock);
            }
        }
        Ok(())
    }

    /// Joins the bodies of a head that stand in the ticks `since..=tick`.
    ///
    /// # Errors
    /// `Need`, if bodies have to be fetched first.
    pub(crate) fn join_bodies(
        &self,
        head: &Head,
        (since, tick): (u64, u64),
        acceptable: impl Fn(&ItemCell, &SealKey) -> bool,
    ) -> Result<Sought<Vec<u8>>, EngineError> {
        let Head::Bodies(bodies) = head else {
            return Ok(Sought::Void);
        };
        let places = bodies.places();
        let unknown = places
            .iter()
            .map(|(label, _)| label)
            .filter(|label| self.ring.find(label).is_none());
        let mut missing: Vec<Label> = Vec::new();
        for label in unknown {
            if self.ring.never_stood(label, (since, tick)) {
                return Ok(Sought::Void);
            }
            missing.push(*label);
        }
        if !missing.is_empty() {
            return Err(EngineError::Need(missing));
        }
        let mut found: Vec<Body> = Vec::with_capacity(places.len());
        for (label, key) in &places {
            match self.ring.find(label).flatten() {
                Some((cell, at)) if (since..=tick).contains(&at) && acceptable(&cell, key) => {
                    found.push(cell.body);
                }
                Some(_) => return Ok(Sought::Void),
                None => return Ok(Sought::Withheld),
            }
        }
        Ok(bodies.join(&found).map_or(Sought::Void, Sought::There))
    }
}

/// Whether a tick shows a cell of one's own, with or without its content.
fn shows(view: &TickView<'_>, cell: &CellOut) -> Result<bool, EngineError> {
    let label = Label(cell.label);
    let body = Body::new(Bytes::from(cell.body.clone())).map_err(EngineError::bug)?;
    let keep = Keep::from_code(cell.keep.into()).map_err(EngineError::bug)?;
    let leaf = leaf(&label, keep, &EraseHash(cell.erase_hash), &body.hash());
    Ok(view.holds(&label.tag(), &leaf))
}
