//! How many files the system lets this program open, and what of that connections may take.
//!
//! A store that cannot open a file has failed for good, so connections never get the last ones.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::StartError;
use crate::log::Event;

/// Kept back for the store, which opens files as it compacts, and for whoever reads the counters.
const KEPT: u64 = 256;
/// Connections below which starting makes no sense.
const LEAST: u64 = 16;

/// How many of the `wanted` connections fit; takes all files that the system would give.
///
/// # Errors
/// [`StartError::TooFewFiles`].
pub(crate) fn room_for(wanted: usize) -> Result<usize, StartError> {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // A system that refuses leaves what there was.
    let files = match setrlimit(Resource::Nofile, most) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let Some(files) = files else {
        return Ok(wanted);
    };
    let room = files.saturating_sub(KEPT);
    if room < LEAST {
        return Err(StartError::TooFewFiles {
            files,
            needed: KEPT + LEAST,
        });
    }
    let room = usize::try_from(room).unwrap_or(wanted).min(wanted);
    if room < wanted {
        Event::FewerConnections { wanted, room }.log();
    }
    Ok(room)
}
