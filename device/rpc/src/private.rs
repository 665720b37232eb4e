//! Files and directories for their owner's eyes only.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a directory of mode 0700, parents as needed; tightens one that is there.
pub(crate) fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// Whether a directory is this user's and closed to everybody else. Symbolic links do not count.
pub(crate) fn is_ours(path: &Path) -> io::Result<bool> {
    let found = std::fs::symlink_metadata(path)?;
    let mine = found.uid() == rustix::process::geteuid().as_raw();
    Ok(found.is_dir() && mine && found.mode() & 0o077 == 0)
}

/// Writes a file of mode 0600 that must not exist yet, durably.
///
/// # Errors
/// The file exists, or the system refuses.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_parent(path)
}

/// Puts a file of mode 0600 in the place of whatever was there: the old or the new, never half.
///
/// # Errors
/// The system refuses; the old file is still there then.
pub fn write_replacing(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    match std::fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_new(beside, bytes)?;
    std::fs::rename(beside, path)?;
    sync_parent(path)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_directory(parent),
        _ => sync_directory(Path::new(".")),
    }
}

/// Makes what was created and removed in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
