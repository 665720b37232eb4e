//! Messages that go by themselves: how long, agreed in the group's context; and that they do
//! (docs/protocol/disappearing.md).

use std::collections::BTreeSet;

use heliograph_conversation::Timer;
use heliograph_store::{ConversationRow, Life, Step};

use super::Engine;
use super::core::Core;
use super::detail::{Detail, State, kind};
use super::errors::EngineError;
use super::live::Live;
use super::timers::NEVER;
use super::write::leaving;
use crate::{Changed, ConversationId, Refusal, TimerInfo};

/// What nobody reads goes after this long.
const UNREAD_MS: i64 = 28 * 86_400_000;
/// A draft stays at least this long after it was last changed: somebody may be thinking.
const DRAFT_MIN_MS: i64 = 5 * 60_000;
/// So many messages go in one step.
const EACH: u32 = 256;

impl Detail {
    /// How long what is written now is to stay, seconds; 0 for good.
    fn timer_wanted(&self) -> u32 {
        let wished = self.wishes.wished_timer();
        wished.map_or(self.timer_s, Timer::seconds)
    }
}

fn bad_timer() -> Refusal {
    Refusal::unchanged(
        "bad-timer",
        "Messages can disappear after 30 seconds to 4 weeks.",
        "Give a time like 30s, 5m, 1h, 1d, 1w or 4w, or off.",
    )
}

fn closed() -> Refusal {
    Refusal::unchanged(
        "conversation-closed",
        "This conversation is not open on this device, so nothing can be agreed in it.",
        "Accept the request first, or ask to be added again.",
    )
}

impl Engine {
    /// Has messages disappear after a time in seconds, or stay (0): whatever is said from the commit on that says so.
    ///
    /// # Errors
    /// A time out of bounds, a conversation that is closed, or a group in which this person is no admin.
    pub fn set_timer(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        seconds: u32,
    ) -> Result<(), Refusal> {
        let timer = Timer::of(seconds).ok_or_else(bad_timer)?;
        self.command(now_ms, |core, tx| {
            let mut row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            if !matches!(State::of(&row)?, State::Open | State::Inviting) {
                return Err(closed().into());
            }
            let mut detail = Detail::of(&row)?;
            if detail.leaving {
                return Err(leaving(&detail).into());
            }
            core.out.changes.push(Changed::Conversation(id));
            if !detail.grouped {
                // There is no group yet; it begins with this timer.
                detail.wishes.timer(timer);
                row.detail = detail.bytes()?;
                tx.update_conversation(&row)?;
                return core.time_draft(tx, row.id);
            }
            core.with_live(tx, row.id, |core, tx, live| {
                if live.detail.group {
                    core.check_admin(live)?;
                }
                live.detail.wishes.timer(timer);
                live.detail.wants_commit = true;
                live.save_row(tx)?;
                core.drive_when_in_step(tx, live)
            })
        })
    }

    /// How long messages of a conversation stay, and whether everybody has agreed on that.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn timer(&self, id: ConversationId) -> Result<TimerInfo, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let detail = Detail::of(&row)?;
            let wanted = detail.timer_wanted();
            Ok(TimerInfo {
                timer_s: Some(wanted).filter(|seconds| *seconds > 0),
                agreed: wanted == detail.timer_s,
            })
        })
    }

    /// Whatever is due goes, and the keys that sealed it.
    pub(super) fn expire(&mut self) -> Result<(), EngineError> {
        while self.core.timers.fleeting <= self.core.now {
            self.step(|core, tx| {
                let gone = tx.expire(core.now, EACH)?;
                for id in gone.into_iter().collect::<BTreeSet<_>>() {
                    if let Some(row) = tx.conversation(id)? {
                        let public = ConversationId(row.public);
                        core.out.changes.push(Changed::Conversation(public));
                    }
                }
                core.look_ahead(tx)
            })?;
            // Halves of files that came in.
            self.go_on_files()?;
        }
        if self.store.has_undestroyed_keys() {
            self.step(|core, tx| core.alarm(tx, "not-erased", b""))?;
        }
        Ok(())
    }

    /// Before anybody sees anything: what became due while the device was off goes.
    pub(super) fn expire_at_opening(&mut self) -> Result<(), EngineError> {
        if self.store.lost_keys() {
            self.step(|core, tx| core.alarm(tx, "keys-lost", b""))?;
        }
        self.expire()
    }
}

impl Core {
    /// A key for what is written down now, if it is to go by itself.
    pub(super) fn key_for(
        &self,
        tx: &Step<'_>,
        conversation: i64,
    ) -> Result<Option<i64>, EngineError> {
        let row = tx.conversation(conversation)?;
        let detail = row.as_ref().map(Detail::of).transpose()?;
        let goes = detail.is_some_and(|detail| detail.timer_wanted() > 0);
        Ok(goes.then(|| tx.take_key()).transpose()?)
    }

    /// How long a message is here that somebody else sent in the present epoch.
    pub(super) fn life_of(&mut self, tx: &Step<'_>, live: &Live) -> Result<Life, EngineError> {
        let timer_s = live.detail.timer_s;
        if timer_s == 0 {
            return Ok(Life::default());
        }
        let due_ms = self.now + UNREAD_MS;
        self.timers.fleeting = self.timers.fleeting.min(due_ms);
        Ok(Life {
            sealed_by: Some(tx.take_key()?),
            timer_s,
            due_ms: Some(due_ms),
        })
    }

    /// What was written before the timer was agreed on, and is sent under it, is sealed like everything else.
    pub(super) fn seal_late(
        tx: &Step<'_>,
        live: &Live,
        (row_kind, message, sealed_by): (i64, &[u8; 16], Option<i64>),
    ) -> Result<(), EngineError> {
        if live.detail.timer_s == 0 || sealed_by.is_some() || !kind::OF_PEOPLE.contains(&row_kind) {
            return Ok(());
        }
        let key = tx.take_key()?;
        Ok(tx.seal_anew(live.row.id, (message, key))?)
    }

    /// A message of one's own counts: its time begins.
    pub(super) fn start_timer(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        message: &[u8; 16],
    ) -> Result<(), EngineError> {
        if live.detail.timer_s == 0 {
            return Ok(());
        }
        tx.start_timer(live.row.id, message, (live.detail.timer_s, self.now))?;
        self.look_ahead(tx)
    }

    /// When a draft of a conversation goes by itself, if it does.
    pub(super) fn draft_due(&self, row: &ConversationRow) -> Result<Option<i64>, EngineError> {
        let timer_s = Detail::of(row)?.timer_wanted();
        let stays = (i64::from(timer_s) * 1_000).max(DRAFT_MIN_MS);
        Ok((timer_s > 0).then_some(self.now + stays))
    }

    /// Knows when the next thing is due.
    pub(super) fn look_ahead(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        self.timers.fleeting = tx.next_due()?.unwrap_or(NEVER);
        Ok(())
    }
}
