//! Who was in a conversation when, by the record of one device that is in it all the time.

use std::collections::BTreeSet;

use heliograph_client::{ConversationId, EpochInfo, MessageId};

use super::TwoFaced;

/// See the module's words.
pub struct Epochs {
    witness: usize,
    conversation: ConversationId,
    /// Every epoch that a tick ended in, in order.
    pub all: Vec<EpochInfo>,
}

impl Epochs {
    /// Follows what `witness` sees of a conversation.
    #[must_use]
    pub fn of(witness: usize, conversation: ConversationId) -> Self {
        Self {
            witness,
            conversation,
            all: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, world: &mut TwoFaced, at: usize) {
        if at != self.witness {
            return;
        }
        let now = world.clock(at);
        let present = world.engines[at].epoch(now, self.conversation);
        let present = present.unwrap().expect("the witness is always a member");
        if self.all.last() != Some(&present) {
            self.all.push(present);
        }
    }

    /// Which of the witness's messages a device must have: those that count while it is a member.
    #[must_use]
    pub fn readable(&self, counted: &[(MessageId, u64)], device: &str) -> Vec<MessageId> {
        let member = |tick: u64| {
            let ended_in = self.all.iter().rfind(|epoch| epoch.since_tick <= tick);
            ended_in.is_some_and(|epoch| epoch.devices.iter().any(|d| d == device))
        };
        let readable = counted.iter().filter(|(_, tick)| member(*tick));
        readable.map(|(message, _)| *message).collect()
    }

    /// Everybody who was ever in it.
    #[must_use]
    pub fn everyone(&self) -> BTreeSet<String> {
        let devices = self.all.iter().flat_map(|epoch| epoch.devices.clone());
        devices.collect()
    }
}
