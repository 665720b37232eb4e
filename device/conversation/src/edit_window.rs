//! For how long a message can be given another text, agreed by everybody in a group (docs/protocol/content.md, What
//! stands).

/// Shortest time, seconds.
pub const EDIT_MIN: u32 = 60;
/// Longest time, seconds: four weeks.
pub const EDIT_MAX: u32 = 28 * 86_400;

/// A time in whole seconds, a minute to four weeks, from a message to its last edit; or none, and it can be edited at
/// any time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EditWindow(Option<u32>);

impl EditWindow {
    /// At any time.
    pub const ALWAYS: Self = Self(None);

    /// A time in seconds; `None` if it is out of bounds. 0 is [`EditWindow::ALWAYS`].
    #[must_use]
    pub fn of(seconds: u32) -> Option<Self> {
        match seconds {
            0 => Some(Self::ALWAYS),
            EDIT_MIN..=EDIT_MAX => Some(Self(Some(seconds))),
            _ => None,
        }
    }

    /// Seconds; 0 if there is no limit.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0.unwrap_or(0)
    }
}
