//! One process at a time on a profile.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use crate::{Fault, Refusal};

/// Holds the profile for this process until dropped.
pub struct ProfileLock {
    _file: File,
}

impl ProfileLock {
    /// Takes `home/lock`, trying for `wait`.
    ///
    /// # Errors
    /// `profile-busy` naming the process that holds it; `profile-missing` when the home is not there.
    pub fn take(home: &Path, wait: Duration) -> Result<Self, Refusal> {
        let until = Instant::now() + wait;
        let mut file = open(home)?;
        loop {
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
                announce(&mut file);
                return Ok(Self { _file: file });
            }
            if Instant::now() >= until {
                return Err(busy(&mut file));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn open(home: &Path) -> Result<File, Refusal> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(home.join("lock"))
        .map_err(|error| {
            Refusal::new(
                "profile-missing",
                Fault::User,
                format!("There is no profile at this home ({error})."),
                "Nothing was changed.",
                "Make one with `heliograph --home DIR init --name NAME --board LINK`.",
            )
        })
}

/// Says who holds it, for those who wait. A disk without room for that still lets its owner read.
fn announce(file: &mut File) {
    let command = std::env::args()
        .next()
        .and_then(|path| path.rsplit('/').next().map(str::to_owned))
        .unwrap_or_default();
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{} {command}", std::process::id())
    };
    drop(write(file));
}

fn busy(file: &mut File) -> Refusal {
    let mut holder = String::new();
    let known = file.rewind().is_ok() && file.take(200).read_to_string(&mut holder).is_ok();
    let holder = if known && !holder.is_empty() {
        format!(" (process {holder})")
    } else {
        String::new()
    };
    Refusal::new(
        "profile-busy",
        Fault::User,
        format!("Another process is using this profile{holder}."),
        "Nothing was changed.",
        "Wait for it to end, or stop it; a running `heliograph daemon` serves other commands itself.",
    )
}
