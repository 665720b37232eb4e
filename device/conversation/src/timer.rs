//! How long messages stay, agreed by everybody in a conversation (docs/protocol/disappearing.md).

use crate::Void;

/// Shortest time, seconds.
pub const TIMER_MIN: u32 = 30;
/// Longest time, seconds: four weeks.
pub const TIMER_MAX: u32 = 28 * 86_400;

/// A time in whole seconds, 30 s to 4 weeks; or none, and messages stay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timer(Option<u32>);

impl Timer {
    /// Messages stay.
    pub const OFF: Self = Self(None);

    /// A time in seconds; `None` if it is out of bounds. 0 is [`Timer::OFF`].
    #[must_use]
    pub fn of(seconds: u32) -> Option<Self> {
        match seconds {
            0 => Some(Self::OFF),
            TIMER_MIN..=TIMER_MAX => Some(Self(Some(seconds))),
            _ => None,
        }
    }

    /// Seconds; 0 if messages stay.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0.unwrap_or(0)
    }

    /// Nothing while it is off: what was written before timers were there reads on, and means the same.
    pub(crate) fn encode(self) -> Vec<u8> {
        self.0.map_or_else(Vec::new, |s| s.to_be_bytes().to_vec())
    }

    /// Reads the four bytes of a timer that is on.
    pub(crate) fn decode(bytes: [u8; 4]) -> Result<Self, Void> {
        match Self::of(u32::from_be_bytes(bytes)) {
            Some(timer) if timer != Self::OFF => Ok(timer),
            _ => Err(Void::Rules),
        }
    }
}
