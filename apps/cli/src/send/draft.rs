//! Drafts: text that could not be sent is not lost.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use heliograph_rpc::RpcError;

/// Numbers tried before a draft is given up.
const NAMES: u32 = 10_000;

/// Keeps bytes, and everything that follows them, in a new file of mode 0600 in the home; without
/// a home, in the current directory. Gives the file's name.
pub(super) fn keep(home: &Path, first: &[u8], mut rest: impl Read) -> Result<String, RpcError> {
    let place = if home.is_dir() { home } else { Path::new(".") };
    for number in 1..=NAMES {
        let path = place.join(format!("draft-{number}.txt"));
        match write(&path, first, &mut rest) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(RpcError::file(&path, &error)),
            Ok(()) => return Ok(path.display().to_string()),
        }
    }
    Err(RpcError::file(
        &PathBuf::from(place),
        &io::Error::other("there are too many drafts in it"),
    ))
}

fn write(path: &Path, first: &[u8], rest: &mut impl Read) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(first)?;
    io::copy(rest, &mut file)?;
    file.sync_all()
}

/// Whether a text may be on its way although it was refused.
pub(crate) fn may_be_sent(refusal: &RpcError) -> bool {
    matches!(&*refusal.kind, "holder-gone" | "disk-failed")
}

/// The door's refusal of a text, which is kept as a draft.
pub(crate) fn kept_after(home: &Path, mut refusal: RpcError, body: &str) -> RpcError {
    let sent = if may_be_sent(&refusal) {
        "Whether it was sent is not known"
    } else {
        "Nothing was sent"
    };
    refusal.kept = match keep(home, body.as_bytes(), io::empty()) {
        Ok(kept) => format!("{sent}; the text was kept in {kept}."),
        Err(_) => format!("{sent}, and the text could not be kept."),
    };
    refusal
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn drafts_are_private_and_never_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let one = keep(home.path(), b"one ", &b"and the rest"[..]).unwrap();
        let two = keep(home.path(), b"two", io::empty()).unwrap();
        assert_eq!(std::fs::read(&one).unwrap(), b"one and the rest");
        assert_eq!(std::fs::read(&two).unwrap(), b"two");
        let mode = Path::new(&one).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
