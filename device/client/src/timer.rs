//! How long messages stay, as callers ask for it.

use crate::device::BOARD_PATIENCE;
use crate::{ConversationId, Device, Refusal};

/// How long messages of a conversation stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimerInfo {
    /// Seconds after they are read or sent; `None` for good.
    pub timer_s: Option<u32>,
    /// In force for everybody; else this device has asked for it and the board has not judged that yet.
    pub agreed: bool,
}

impl Device {
    /// Has messages disappear after a time in seconds (0: they stay), and waits a while for that to be in force.
    ///
    /// # Errors
    /// A time out of bounds, a conversation that is closed, or a group in which this person is no admin.
    pub async fn set_timer(&self, id: &ConversationId, seconds: u32) -> Result<TimerInfo, Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.set_timer(now, id, seconds))
            .await?;
        self.until(BOARD_PATIENCE, move |engine| {
            engine.timer(id).map(|timer| timer.agreed.then_some(()))
        })
        .await?;
        self.timer(&id).await
    }

    /// How long messages of a conversation stay.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn timer(&self, id: &ConversationId) -> Result<TimerInfo, Refusal> {
        let id = *id;
        self.ask(move |engine, _| engine.timer(id)).await
    }
}
