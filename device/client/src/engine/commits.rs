//! Commit slots: one's own commit on its way, and the judgement of whatever stands in the slots.

use std::collections::BTreeSet;

use heliograph_conversation::ApplyError;
use heliograph_delivery::{Head, never, open, seal};
use heliograph_store::{CellOut, Step};
use heliograph_trust::PersonId;
use heliograph_wire::{Class, ItemCell, Keep, Label, Outcome};

use super::Engine;
use super::bodies::Sought;
use super::core::Core;
use super::detail::{PendingCommit, State, purpose};
use super::errors::EngineError;
use super::freeze::{REMOVED, REPLACED};
use super::live::Live;
use super::tick_view::TickView;
use super::timeline::Before;

/// How a slot was judged.
enum Verdict {
    Void,
    Applied,
    Gone,
}

impl Engine {
    /// The board answered the put of a cell from the outgoing table.
    pub(super) fn cell_answered(
        &mut self,
        label: Label,
        outcome: &Outcome,
    ) -> Result<(), EngineError> {
        let taken = matches!(outcome, Outcome::Taken);
        self.step(|core, tx| {
            let Some(cell) = tx.cell_out(&label.0)? else {
                return Ok(());
            };
            // What others must find waits until the feed shows it, whatever the board says.
            if !taken && [purpose::COMMIT_HEAD, purpose::CARD].contains(&cell.purpose) {
                tx.mark_cell_stored(&label.0)?;
            }
            match cell.purpose {
                purpose::COMMIT_BODY => Ok(()),
                purpose::COMMIT_HEAD => core.with_live(tx, cell.owner, |core, tx, live| {
                    core.commit_cell_answered(tx, live, (&cell, taken))
                }),
                purpose::CARD => core.card_cell_answered(tx, &cell, taken),
                purpose::RETURN => core.return_cell_answered(tx, (&cell, taken)),
                _ => core.hello_cell_answered(tx, &cell, taken),
            }
        })
    }
}

fn people(live: &Live) -> BTreeSet<[u8; 32]> {
    let people = live.members.iter();
    people
        .map(|member| *member.identity.get().person.bytes())
        .collect()
}

/// The person whose device has a leaf; of a leaf that is gone, nobody.
fn by_leaf(live: &Live, leaf: u32) -> PersonId {
    let found = live.members.iter().find(|member| member.leaf == leaf);
    found.map_or(PersonId::from_bytes([0; 32]), |member| {
        member.identity.get().person
    })
}

impl Core {
    /// Makes the commit that is wanted, or puts the one that waits at the next slot.
    pub(crate) fn drive_commit(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
    ) -> Result<(), EngineError> {
        if live.state()? != State::Open {
            return Ok(());
        }
        if live.pending.is_some() {
            return self.put_head(tx, live);
        }
        // What flies already is let land first: a commit would only displace it.
        if live.detail.wants_commit && (live.flying.is_empty() || live.detail.taken > 0) {
            return self.start_commit(tx, live);
        }
        Ok(())
    }

    /// [`Self::drive_commit`], once the device is in step.
    pub(crate) fn drive_when_in_step(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
    ) -> Result<(), EngineError> {
        if self.feed.in_step() {
            return self.drive_commit(tx, live);
        }
        Ok(())
    }

    /// Seals the head for the lowest free slot, once its bodies stand in the feed and its last slot is lost.
    pub(super) fn put_head(&mut self, tx: &Step<'_>, live: &mut Live) -> Result<(), EngineError> {
        let Some(pending) = &live.pending else {
            return Ok(());
        };
        let open_slot = pending.slot.is_some_and(|s| !live.slots.is_spent(s));
        if open_slot || !live.bodies.is_empty() {
            return Ok(());
        }
        let Some(slot) = live.slots.lowest_free() else {
            return self.freeze(tx, live, "slots-spent");
        };
        let (label, key) = (live.slots.label(slot), live.slots.key(slot));
        let body = seal(&key, &label, &pending.head, Class::Small, &mut self.rng)
            .ok_or_else(|| EngineError::bug("a commit's head is too long for its cell"))?;
        let cell = CellOut {
            label: label.0,
            lane: live.row.lane,
            keep: Keep::Fortnight.code(),
            erase_hash: never(&key).0,
            body: body.bytes().to_vec(),
            purpose: purpose::COMMIT_HEAD,
            owner: live.row.id,
            stored: false,
        };
        tx.remove_cells_out(purpose::COMMIT_HEAD, live.row.id)?;
        tx.put_cell_out(&cell)?;
        if let Some(pending) = &mut live.pending {
            pending.slot = Some(slot);
            pending.taken = false;
        }
        live.save_pending(tx)?;
        live.head_put_ms = self.now;
        self.put_cell(&cell)
    }

    fn commit_cell_answered(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (cell, taken): (&CellOut, bool),
    ) -> Result<(), EngineError> {
        if cell.purpose == purpose::COMMIT_HEAD && taken {
            // Wait for the feed to judge what took the slot.
            if let Some(pending) = &mut live.pending {
                pending.taken = true;
            }
            tx.mark_cell_stored(&cell.label)?;
            return live.save_pending(tx);
        }
        self.put_head(tx, live)
    }

    /// Judges slots in order, into new epochs as commits are applied. False if this device can read
    /// no further in this conversation.
    pub(crate) fn judge_slots(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        view: &TickView<'_>,
    ) -> Result<bool, EngineError> {
        loop {
            let before = live.slots.to_bytes();
            let watched: Vec<Label> = live.slots.watched().collect();
            let (there, denied) = self.standing(view, watched.into_iter())?;
            let judged = live
                .slots
                .judge(|label| there.contains(label) || denied.contains(label));
            let Some(slot) = judged else {
                if *live.slots.to_bytes() != *before {
                    live.save_slots(tx)?;
                }
                return Ok(true);
            };
            let verdict = match self.read_slot(live, view, slot)? {
                Sought::Void => Verdict::Void,
                Sought::There(commit) => self.apply(tx, live, (&commit, view.number()))?,
                Sought::Withheld => {
                    self.freeze(tx, live, "commit-withheld")?;
                    Verdict::Gone
                }
            };
            match verdict {
                Verdict::Applied => {}
                Verdict::Gone => return Ok(false),
                Verdict::Void => {
                    live.slots.void(slot);
                    live.save_slots(tx)?;
                }
            }
        }
    }

    /// The commit in a slot's cell.
    fn read_slot(
        &self,
        live: &Live,
        view: &TickView<'_>,
        slot: u32,
    ) -> Result<Sought<Vec<u8>>, EngineError> {
        let (label, key) = (live.slots.label(slot), live.slots.key(slot));
        let cell = match self.cell_at(view, &label)? {
            Sought::There(cell) => cell,
            Sought::Void => return Ok(Sought::Void),
            Sought::Withheld => return Ok(Sought::Withheld),
        };
        let lasting = |cell: &ItemCell, key: &_| {
            cell.erase_hash == never(key) && cell.keep >= Keep::Fortnight
        };
        let payload = open(&key, &label, &cell.body).filter(|_| lasting(&cell, &key));
        match payload.and_then(|payload| Head::parse(&payload)) {
            None => Ok(Sought::Void),
            Some(Head::Inline(commit)) => Ok(Sought::There(commit)),
            Some(head) => {
                let ticks = (live.detail.epoch_tick, view.number());
                self.join_bodies(&head, ticks, lasting)
            }
        }
    }

    fn apply(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (commit, tick): (&[u8], u64),
    ) -> Result<Verdict, EngineError> {
        let mut before = Before::of(live)?;
        let mut by = self.me.identity.get().person;
        let own = live.pending.take_if(|pending| pending.mls == commit);
        if own.is_some() {
            let applied = live.group.apply_own(&self.crypto, &tx.mls());
            before.returned = applied.map_err(EngineError::bug)?;
            live.detail.last_commit_ms = self.now;
            live.detail.gate = false;
            live.detail.heal_due_ms = self.next_healing();
        } else {
            // A void judgement is undone to the letter; nothing of it may remain.
            let mut refusal = None;
            let applied = tx.attempt(|tx| {
                live.group
                    .apply(&self.crypto, &tx.mls(), commit)
                    .map_err(|error| {
                        let bug = EngineError::bug(&error);
                        refusal = Some(error);
                        bug
                    })
            });
            match (applied, refusal) {
                (Ok(applied), _) if applied.removed_self => {
                    let by = by_leaf(live, applied.by);
                    self.note_removed(tx, live, (&by, tick))?;
                    let replaced = applied.replaced_self;
                    self.freeze(tx, live, if replaced { REPLACED } else { REMOVED })?;
                    return Ok(Verdict::Gone);
                }
                (Ok(applied), _) => {
                    by = by_leaf(live, applied.by);
                    before.returned = applied.returned;
                }
                (Err(_), Some(ApplyError::Void(_))) => {
                    self.reload_group(tx, live)?;
                    return Ok(Verdict::Void);
                }
                (Err(_), Some(ApplyError::Stuck(_))) => {
                    self.reload_group(tx, live)?;
                    self.freeze(tx, live, "stuck")?;
                    return Ok(Verdict::Gone);
                }
                (Err(error), _) => return Err(error),
            }
        }
        self.applied(tx, live, (own, &by, &before, tick))?;
        Ok(Verdict::Applied)
    }

    /// A commit was applied: its epoch is entered, and everybody told what it changed.
    fn applied(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (own, by, before, tick): (Option<PendingCommit>, &PersonId, &Before, u64),
    ) -> Result<(), EngineError> {
        live.pending = None;
        live.bodies.clear();
        live.save_pending(tx)?;
        tx.remove_cells_out(purpose::COMMIT_BODY, live.row.id)?;
        tx.remove_cells_out(purpose::COMMIT_HEAD, live.row.id)?;
        let there = people(live);
        self.enter_epoch(tx, live, tick)?;
        self.came_back(tx, live, &before.returned)?;
        let after = people(live);
        self.note_change(tx, live, (by, before, tick))?;
        self.settle_wishes(tx, live)?;
        if let Some(commit) = &own {
            self.invite(tx, (commit, tick))?;
            live.detail.wants_commit = self.is_wanting(tx, live)?;
        }
        live.save_row(tx)?;
        self.changed(live);
        if own.is_none() && !after.is_subset(&there) && live.state()? == State::Open {
            self.alarm(tx, "member-added", &live.row.public)?;
        }
        Ok(())
    }

    /// Raises an alarm and tells listeners.
    pub(crate) fn alarm(
        &mut self,
        tx: &Step<'_>,
        kind: &str,
        detail: &[u8],
    ) -> Result<(), EngineError> {
        if tx.add_alarm(kind, detail, self.now)? {
            self.out.changes.push(crate::Changed::Alarm);
        }
        Ok(())
    }
}
