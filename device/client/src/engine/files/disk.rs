//! Files as the disk has them. Failures are kinds that a person can be told in words.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use heliograph_conversation::content::{FILE_MAX, clean_file_name};
use heliograph_delivery::{FileHash, LARGE_PAYLOAD, chunk_hash};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::{FileMeasured, Refusal};

/// Why nothing could be read or written.
pub(super) fn problem(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => "disk-full",
        ErrorKind::NotFound => "file-missing",
        ErrorKind::AlreadyExists => "file-exists",
        ErrorKind::UnexpectedEof => "file-changed",
        _ => "file-unusable",
    }
}

/// Opens a file that goes out; its size must be what it was.
pub(super) fn source(path: &str, size: u64) -> Result<File, &'static str> {
    let file = File::open(path).map_err(|error| problem(&error))?;
    let about = file.metadata().map_err(|error| problem(&error))?;
    if about.is_file() && about.len() == size {
        return Ok(file);
    }
    Err("file-changed")
}

/// Where a file that comes in stands until it is whole: beside its place, under a name that says so.
pub(super) fn half_path(path: &str) -> PathBuf {
    let path = Path::new(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name of 255 bytes is the most that file systems take.
    let kept = name
        .get(..name.floor_char_boundary(220))
        .unwrap_or_default();
    path.with_file_name(format!(".{kept}.heliograph-part"))
}

/// Opens or makes a half file: read and written by its owner alone; a link in its place is refused.
pub(super) fn half(path: &str) -> Result<File, &'static str> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0))
        .open(half_path(path))
        .map_err(|error| problem(&error))
}

/// A whole file takes its place, in which nothing may stand.
pub(super) fn settle(file: &File, path: &str) -> Result<(), &'static str> {
    file.sync_all().map_err(|error| problem(&error))?;
    renameat_with(CWD, half_path(path), CWD, path, RenameFlags::NOREPLACE)
        .map_err(|error| problem(&error.into()))
}

/// Whether a file took its place already: its half is gone, and what stands there is as large.
pub(super) fn is_settled(path: &str, size: u64) -> bool {
    let whole = std::fs::symlink_metadata(path);
    !half_path(path).exists() && whole.is_ok_and(|it| it.is_file() && it.len() == size)
}

pub(super) fn remove_half(path: &str) {
    // One that is not there, or cannot be removed, changes nothing: its key is gone.
    drop(std::fs::remove_file(half_path(path)));
}

fn refused(kind: &'static str, happened: String, todo: &str) -> Refusal {
    Refusal::new(
        kind,
        crate::Fault::User,
        happened,
        "Nothing was sent.",
        todo,
    )
}

fn unreadable(path: &Path, error: &std::io::Error) -> Refusal {
    refused(
        "file-unreadable",
        format!("The file {} cannot be read: {error}.", path.display()),
        "Look at its name and its permissions.",
    )
}

fn regular(path: &Path) -> Result<(File, u64), Refusal> {
    let about = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    // A pipe would be waited for at opening already.
    if about.is_file() {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let about = file.metadata().map_err(|error| unreadable(path, &error))?;
        if about.is_file() && about.len() <= FILE_MAX {
            return Ok((file, about.len()));
        }
        if about.is_file() {
            return Err(refused(
                "file-too-large",
                format!("The file has {} bytes; the most is 2 GiB.", about.len()),
                "Send it in parts, or another way.",
            ));
        }
    }
    Err(refused(
        "file-unreadable",
        format!("{} is not a file.", path.display()),
        "Give a file; put a folder into an archive first.",
    ))
}

/// Reads a file once from end to end before anything of it is sent: its size, the hash of the whole
/// and of every chunk. Blocks; takes about a second for a gigabyte.
pub(crate) fn measure(path: &Path) -> Result<FileMeasured, Refusal> {
    let absolute = path.is_absolute().then(|| path.to_str()).flatten();
    let Some(place) = absolute else {
        return Err(refused(
            "bad-path",
            "A file is named by its whole path, in UTF-8.".into(),
            "Give the path from the root on.",
        ));
    };
    let (mut file, size) = regular(path)?;
    let (mut whole, mut hashes, mut read) = (FileHash::default(), Vec::new(), 0_u64);
    let mut chunk = vec![0; LARGE_PAYLOAD];
    while read < size {
        let rest = usize::try_from(size - read).unwrap_or(LARGE_PAYLOAD);
        let piece = chunk.get_mut(..rest.min(LARGE_PAYLOAD)).unwrap_or_default();
        file.read_exact(piece)
            .map_err(|error| unreadable(path, &error))?;
        whole.update(piece);
        hashes.extend_from_slice(&chunk_hash(piece));
        read += piece.len() as u64;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(FileMeasured {
        path: place.to_owned(),
        name: clean_file_name(&name),
        size,
        hash: whole.finish(),
        hashes,
    })
}
