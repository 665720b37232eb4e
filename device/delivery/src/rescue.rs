//! Where a device that was cut off asks another of its conversation to bring it back
//! (docs/protocol/delivery.md, Coming back).

use heliograph_wire::Label;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::chain::Place;
use crate::secret::{Keyed, SealKey, Secret, hmac};

/// Places a day at which one device can be asked.
pub const RESCUE_SLOTS: u32 = 16;

/// The places of one conversation, from 32 bytes that all its members know for good.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Rescue(Secret);

impl Rescue {
    /// `HMAC(common, "rescue")`.
    #[must_use]
    pub fn new(common: &[u8; 32]) -> Self {
        Self(Secret(hmac(common, &[b"rescue"])))
    }

    /// Where a helper's device is asked on a day: `label = HMAC(·, "place" ‖ helper ‖ day ‖ slot)`, and the key
    /// with `"place key"`; numbers are u32, big endian.
    #[must_use]
    pub fn place(&self, helper: &[u8; 32], (day, slot): (u32, u32)) -> Place {
        let secret = Keyed::new(&self.0.0);
        let at = [day.to_be_bytes(), slot.to_be_bytes()].concat();
        Place {
            n: slot,
            label: Label(secret.hmac(&[b"place", helper, &at])),
            key: SealKey(secret.hmac(&[b"place key", helper, &at])),
        }
    }

    /// What is signed with an ask: the one place it is good for, and the card.
    #[must_use]
    pub fn signing_bytes(place: &Place, card: &str) -> Vec<u8> {
        [place.label.0.as_slice(), card.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_conversations_helpers_days_or_slots_share_a_place() {
        let mut labels = BTreeSet::new();
        for common in [[1; 32], [2; 32]] {
            let rescue = Rescue::new(&common);
            for helper in [[3; 32], [4; 32]] {
                for at in [(0, 0), (0, 1), (1, 0), (1, 1), (256, 0), (0, 256)] {
                    let place = rescue.place(&helper, at);
                    labels.insert(place.label.0);
                    labels.insert(place.key.0);
                }
            }
        }
        assert_eq!(labels.len(), 2 * 2 * 6 * 2);
    }
}
