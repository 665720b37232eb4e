//! A disk whose power can be cut: ext4 in a file, on a file system that copies a file in an instant.
//!
//! What the kernel has not handed to the disk yet is lost by a cut; what it has is kept, in the order
//! in which it was handed over. A cache inside the disk that forgets is not imitated.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Sizes of the disk and of the file system around it; both files are sparse.
const DISK: &str = "3G";
const POOL: &str = "8G";

/// Mounted while it lives; gone afterwards.
pub(crate) struct Disk {
    /// The file system on which files are copied in an instant.
    pool: PathBuf,
    /// Where the disk is mounted.
    mount: PathBuf,
}

fn run(words: &[&OsStr]) -> Result<(), String> {
    let ran = Command::new(words[0]).args(&words[1..]).output();
    match ran {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn must(words: &[&OsStr]) {
    let done = run(words);
    assert!(done.is_ok(), "{words:?}: {}", done.unwrap_err());
}

/// Words of a command, of text and of paths.
macro_rules! words {
    ($($word:expr),* $(,)?) => { &[$(OsStr::new($word)),*] };
}

impl Disk {
    /// Makes and mounts it in `home`, which must be empty.
    pub(crate) fn make(home: &Path) -> Self {
        let disk = Self {
            pool: home.join("pool"),
            mount: home.join("disk"),
        };
        std::fs::create_dir(&disk.pool).unwrap();
        std::fs::create_dir(&disk.mount).unwrap();
        let around = home.join("pool.img");
        must(words!["truncate", "-s", POOL, &around]);
        must(words!["mkfs.btrfs", "-q", &around]);
        must(words!["mount", "-o", "loop", &around, &disk.pool]);
        must(words!["truncate", "-s", DISK, &disk.now()]);
        // Everything is made at once: nothing is to be written behind the rig's back later.
        let at_once = "lazy_itable_init=0,lazy_journal_init=0";
        must(words!["mkfs.ext4", "-q", "-E", at_once, &disk.now()]);
        disk.mount();
        disk
    }

    fn now(&self) -> PathBuf {
        self.pool.join("now.img")
    }

    fn cut_off(&self) -> PathBuf {
        self.pool.join("cut.img")
    }

    fn mount(&self) {
        must(words!["mount", "-o", "loop", &self.now(), &self.mount]);
    }

    /// A file or directory on it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.mount.join(name)
    }

    /// Waits until everything so far is on it for good.
    pub(crate) fn settle(&self) {
        must(words!["sync", "-f", &self.mount]);
    }

    /// Copies the disk as it is at this instant.
    pub(crate) fn cut(&self) {
        must(words![
            "cp",
            "--reflink=always",
            &self.now(),
            &self.cut_off()
        ]);
    }

    /// Puts what the last cut left in place of the disk; the file system's journal is replayed by
    /// mounting. Nothing may be open on the disk.
    pub(crate) fn power_on(&self) {
        must(words!["umount", &self.mount]);
        std::fs::rename(self.cut_off(), self.now()).unwrap();
        self.mount();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        for place in [&self.mount, &self.pool] {
            if run(words!["umount", place]).is_err() {
                // Something is still open on it, or it was never mounted: let go as soon as can be.
                drop(run(words!["umount", "-l", place]));
            }
        }
    }
}
