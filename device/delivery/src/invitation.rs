//! What a hello carries: a Welcome, and where in the feed the epoch it leads to begins.
//!
//! Whoever is added hears of it some ticks after the commit that added them. What was said
//! in between is theirs to read, so the invitation names the tick (docs/protocol/delivery.md,
//! First contact). This room does not know what a Welcome is.

const VERSION: u8 = 1;

/// See the module's words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Invitation<'a> {
    /// Tick in which the epoch began; 0 if nothing can have been said before this hello.
    pub tick: u64,
    /// The board's hour of that tick.
    pub hour: u32,
    /// The Welcome.
    pub welcome: &'a [u8],
}

impl<'a> Invitation<'a> {
    /// Writes an invitation.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [
            &[VERSION],
            self.tick.to_be_bytes().as_slice(),
            &self.hour.to_be_bytes(),
            self.welcome,
        ]
        .concat()
    }

    /// Reads an invitation; `None` makes the hello void.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&version, rest) = bytes.split_first()?;
        let (tick, rest) = rest.split_first_chunk::<8>()?;
        let (hour, welcome) = rest.split_first_chunk::<4>()?;
        (version == VERSION && !welcome.is_empty()).then(|| Self {
            tick: u64::from_be_bytes(*tick),
            hour: u32::from_be_bytes(*hour),
            welcome,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_accepted_is_written_the_same_way(
            bytes in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            if let Some(read) = Invitation::parse(&bytes) {
                prop_assert_eq!(read.encode(), bytes);
            }
        }

        #[test]
        fn an_invitation_comes_back(
            tick: u64,
            hour: u32,
            welcome in proptest::collection::vec(any::<u8>(), 1..60),
        ) {
            let written = Invitation { tick, hour, welcome: &welcome };
            prop_assert!(Invitation::parse(&written.encode()) == Some(written));
        }
    }
}
