//! Time as a value: hours and days since 1970, and nothing finer.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time in seconds since 1970. Cloning shares the source.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// The machine's clock; before 1970 it says zero.
    #[must_use]
    pub fn system() -> Self {
        Self::from_seconds(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |passed| passed.as_secs())
        })
    }

    /// A clock that asks `seconds`; tests move it as they like.
    #[must_use]
    pub fn from_seconds(seconds: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(seconds))
    }

    /// Hours since 1970.
    #[must_use]
    pub fn hour(&self) -> u32 {
        u32::try_from((self.0)() / 3_600).unwrap_or(u32::MAX)
    }

    /// Days since 1970.
    #[must_use]
    pub fn day(&self) -> u32 {
        self.hour() / 24
    }
}
