//! Whether a file on the disk may have changed since it was last looked at.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

/// Within so long of each other, two changes may get the same time (before Linux 6.13, a tick of the system).
const GRAIN: Duration = Duration::from_millis(20);
/// So often a file is looked at again that somebody writes to all the while.
const LOOKS: usize = 3;

/// What the file system says of a file and changes whenever somebody writes to it, renames it or replaces it: device,
/// number, size, and the times of the last change of its bytes and of what is said about it.
///
/// A program that writes through memory (`mmap`) to pages that it had changed already when the file was looked at
/// may go unnoticed until the system writes them out.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Stamp(Vec<u8>);

impl Stamp {
    pub(super) fn of(about: &Metadata) -> Self {
        let all = [
            about.dev().to_be_bytes(),
            about.ino().to_be_bytes(),
            about.size().to_be_bytes(),
            about.mtime().to_be_bytes(),
            about.mtime_nsec().to_be_bytes(),
            about.ctime().to_be_bytes(),
            about.ctime_nsec().to_be_bytes(),
        ];
        Self(all.concat())
    }

    /// Which file it is, whatever is written to it.
    pub(super) fn identity(about: &Metadata) -> Self {
        Self([about.dev().to_be_bytes(), about.ino().to_be_bytes()].concat())
    }

    /// The stamp of a file that was not changed just now, so that its next change gets another time. Blocks for some
    /// milliseconds.
    pub(super) fn at_rest(file: &File) -> io::Result<Self> {
        for _ in 0..LOOKS {
            let about = file.metadata()?;
            let seconds = u64::try_from(about.ctime()).unwrap_or(0);
            let nanos = u32::try_from(about.ctime_nsec()).unwrap_or(0);
            let changed = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos);
            if changed.elapsed().map_or(true, |age| age >= GRAIN) {
                break;
            }
            std::thread::sleep(GRAIN);
        }
        Ok(Self::of(&file.metadata()?))
    }

    /// As it was written down.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;
    use std::fs::{File, FileTimes};
    use std::io::Write;
    use std::path::Path;

    fn stamp(path: &Path) -> Stamp {
        Stamp::of(&std::fs::metadata(path).unwrap())
    }

    #[test]
    fn whoever_writes_to_a_file_changes_its_stamp_even_if_time_and_size_are_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "before").unwrap();
        let before = Stamp::at_rest(&File::open(&path).unwrap()).unwrap();
        assert!(before == stamp(&path));
        let mut file = File::options().write(true).open(&path).unwrap();
        let modified = file.metadata().unwrap().modified().unwrap();
        file.write_all(b"behind").unwrap();
        file.set_times(FileTimes::new().set_modified(modified))
            .unwrap();
        assert!(before != stamp(&path));
    }

    #[test]
    fn another_file_in_its_place_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let [path, other] = ["file", "other"].map(|name| folder.path().join(name));
        std::fs::write(&path, "before").unwrap();
        std::fs::write(&other, "before").unwrap();
        let before = stamp(&path);
        std::fs::rename(&other, &path).unwrap();
        assert!(before != stamp(&path));
    }
}
