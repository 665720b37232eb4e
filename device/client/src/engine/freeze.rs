//! When this device may not go on in a conversation by itself.

use heliograph_store::Step;

use super::core::Core;
use super::detail::{Detail, State, purpose, state};
use super::errors::EngineError;
use super::live::Live;
use super::wishes::Wishes;

/// Why a conversation is frozen when somebody removed this device.
pub(super) const REMOVED: &str = "removed";
/// Why it is when somebody who has this device's keys was put in its place.
pub(super) const REPLACED: &str = "replaced";
/// Why it is when this person left.
pub(super) const LEFT: &str = "left";

impl Core {
    /// This device may not go on in a conversation by itself.
    pub(crate) fn freeze(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        why: &str,
    ) -> Result<(), EngineError> {
        let taken_out = [REMOVED, REPLACED, LEFT].contains(&why) || live.detail.leaving;
        live.detail.wants_back = !taken_out && live.state()? == State::Open;
        (live.detail.asked_day, live.detail.asks) = (0, 0);
        live.row.state = State::Frozen.code();
        live.detail.failure = Some(why.to_owned());
        live.detail.wants_commit = false;
        live.detail.leaving = false;
        live.detail.removes.clear();
        live.detail.cards_asked.clear();
        live.detail.wishes = Wishes::default();
        live.save_row(tx)?;
        // No label of the old epochs may be touched again.
        live.pending = None;
        live.bodies.clear();
        live.save_pending(tx)?;
        tx.remove_cells_out(purpose::COMMIT_BODY, live.row.id)?;
        tx.remove_cells_out(purpose::COMMIT_HEAD, live.row.id)?;
        self.give_up_unsent(tx, live.row.id)?;
        tx.clear_epoch(live.row.id)?;
        live.flying.clear();
        live.readers.clear();
        self.bring_nobody(tx, live)?;
        // Nor may any of its keys stay; whoever adds this device again makes new ones.
        live.group.delete(&tx.mls()).map_err(EngineError::bug)?;
        self.changed(live);
        let kind = match why {
            LEFT => return Ok(()),
            REMOVED => "removed-from-group",
            REPLACED => "replaced",
            _ => "conversation-frozen",
        };
        self.alarm(tx, kind, &live.row.public)
    }

    /// What is still to be said here is not said any more, and shown as unsent.
    pub(crate) fn give_up_unsent(&self, tx: &Step<'_>, id: i64) -> Result<(), EngineError> {
        self.give_up_annotations(tx, id)?;
        Self::give_up_files(tx, id)?;
        Ok(tx.give_up_outbox(id, (state::UNSENT, self.feed.newest_place()))?)
    }

    /// No old label may be touched any more, in any conversation that goes on; gives how many wait to be brought back.
    pub(crate) fn freeze_all(&mut self, tx: &Step<'_>, why: &str) -> Result<u64, EngineError> {
        let mut waiting = 0;
        for mut row in tx.conversations()? {
            match State::of(&row)? {
                State::Declined | State::Failed => continue,
                // Asked already, for cells that nobody will see here: it asks again.
                State::Frozen => {
                    let mut detail = Detail::of(&row)?;
                    (detail.asked_day, detail.asks) = (0, 0);
                    waiting += u64::from(detail.wants_back);
                    row.detail = detail.bytes()?;
                    tx.update_conversation(&row)?;
                }
                _ => self.with_live(tx, row.id, |core, tx, live| {
                    core.freeze(tx, live, why)?;
                    waiting += u64::from(live.detail.wants_back);
                    Ok(())
                })?,
            }
        }
        self.live.clear();
        Ok(waiting)
    }
}
