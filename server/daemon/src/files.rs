//! How many files the system lets this program open, and what of that connections may take.
//!
//! A store that cannot open a file has failed for good, so connections never get the last ones.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::StartError;
use crate::log::Event;

/// Kept back for the store and for whoever reads the counters: a quarter of what there is, within these.
const KEPT: std::ops::RangeInclusive<u64> = 256..=1_000;
/// Of those kept back, the ones that the store may not keep open for reading: journals, what it reads
/// and writes to compact, files of large bodies, locks, pipes.
const SPARE: u64 = 112;
/// Connections below which starting makes no sense.
const LEAST: u64 = 16;

/// Who gets the files that there are.
#[derive(Clone, Copy)]
pub(crate) struct Share {
    /// Connections that fit.
    pub(crate) connections: usize,
    /// Files that the store may keep open for reading.
    pub(crate) tables: usize,
}

/// Shares out all files that the system would give; at most `wanted` go to connections.
///
/// # Errors
/// [`StartError::TooFewFiles`].
pub(crate) fn share(wanted: usize) -> Result<Share, StartError> {
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
    let files = files.unwrap_or(u64::MAX);
    let kept = (files / 4).clamp(*KEPT.start(), *KEPT.end());
    let room = files.saturating_sub(kept);
    if room < LEAST {
        return Err(StartError::TooFewFiles {
            files,
            needed: kept + LEAST,
        });
    }
    let connections = usize::try_from(room).unwrap_or(wanted).min(wanted);
    if connections < wanted {
        Event::FewerConnections {
            wanted,
            room: connections,
        }
        .log();
    }
    Ok(Share {
        connections,
        tables: usize::try_from(kept - SPARE).unwrap_or(usize::MAX),
    })
}
