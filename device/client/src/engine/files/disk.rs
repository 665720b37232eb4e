//! Files as the disk has them. Failures are kinds that a person can be told in words.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use heliograph_conversation::content::{FILE_MAX, clean_file_name, is_media};
use heliograph_pictures::{FileView, Prepared, Recipe, Unprepared, Worker, prepare};
use rustix::fs::{CWD, FallocateFlags, RenameFlags, fallocate, renameat_with};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::held::Held;
use super::stamp::Stamp;
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
pub(super) fn source(path: &str, (size, recipe): (u64, &[u8])) -> Result<Held, &'static str> {
    let file = File::open(path).map_err(|error| problem(&error))?;
    let about = file.metadata().map_err(|error| problem(&error))?;
    let recipe = match recipe {
        [] => None,
        bytes => Some(Recipe::from_bytes(bytes).ok_or("file-unusable")?),
    };
    let wanted = recipe.as_ref().map_or(size, Recipe::source);
    if about.is_file() && about.len() == wanted {
        return Ok(Held::Disk(FileView::new(file, recipe)));
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

/// Opens or makes a half file of a size, for which the disk must have room now: read and written by its
/// owner alone; a link in its place is refused. Tells as well whether it is as long as it was left, and not made now.
pub(super) fn half(path: &str, size: u64) -> Result<(Held, bool), &'static str> {
    let half = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0))
        .open(half_path(path))
        .map_err(|error| problem(&error))?;
    let about = half.metadata().map_err(|error| problem(&error))?;
    take_room(&half, size).map_err(|error| problem(&error))?;
    let as_left = about.len() == size && size > 0;
    Ok((Held::Disk(FileView::new(half, None)), as_left))
}

/// Takes the room for all of a file, or none: what the system took before it found that the rest is not there is
/// given back, or the disk would stay full for everybody.
fn take_room(half: &File, size: u64) -> std::io::Result<()> {
    let before = half.metadata()?.len();
    if size == 0 {
        return Ok(());
    }
    match fallocate(half, FallocateFlags::empty(), 0, size) {
        Ok(()) => Ok(()),
        // Not every file system can promise room. It has its length all the same, by which it is known again.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => half.set_len(size),
        Err(error) => {
            half.set_len(before)?;
            Err(error.into())
        }
    }
}

/// A whole file, which the disk has, takes its place, in which nothing may stand.
pub(super) fn settle(path: &str) -> Result<(), &'static str> {
    renameat_with(CWD, half_path(path), CWD, path, RenameFlags::NOREPLACE)
        .map_err(|error| problem(&error.into()))?;
    // The name as well: the profile may lie on another disk, and says from now on that the file is there.
    let folder = Path::new(path).parent().unwrap_or(Path::new("/"));
    // The file stands there either way; not every file system can promise it.
    drop(File::open(folder).and_then(|folder| folder.sync_all()));
    Ok(())
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

pub(super) fn refused(kind: &'static str, happened: String, todo: &str) -> Refusal {
    Refusal::new(
        kind,
        crate::Fault::User,
        happened,
        "Nothing was sent.",
        todo,
    )
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Refusal {
    refused(
        "file-unreadable",
        format!("The file {} cannot be read: {error}.", path.display()),
        "Look at its name and its permissions.",
    )
}

pub(super) fn whole_path(path: &Path) -> Result<&str, Refusal> {
    let absolute = path.is_absolute().then(|| path.to_str()).flatten();
    absolute.ok_or_else(|| {
        refused(
            "bad-path",
            "A file is named by its whole path, in UTF-8.".into(),
            "Give the path from the root on.",
        )
    })
}

pub(super) fn regular(path: &Path) -> Result<(File, u64), Refusal> {
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

fn unprepared(path: &Path, why: Unprepared) -> Refusal {
    let happened = match why {
        Unprepared::Io(kind) => return unreadable(path, &kind.into()),
        Unprepared::Kind => {
            "This kind of picture can tell where and with what it was taken, and that cannot be taken out of it here."
        }
        Unprepared::Damaged => {
            "This picture does not hold together, so what it tells of place and device cannot be taken out of it."
        }
        Unprepared::Worker => {
            "The process that takes place and device out of pictures could not do its work."
        }
    };
    refused(
        "picture-not-cleaned",
        happened.into(),
        "Send it as JPEG, PNG, WebP or GIF; or with `--original`, as it is and with everything in it.",
    )
}

/// What of a file is sent: all of it, or of a picture what is left without place and device.
fn cleaned(path: &Path, file: &File, worker: Option<&Worker>) -> Result<Option<Prepared>, Refusal> {
    let Some(worker) = worker else {
        return Ok(None);
    };
    prepare(file, worker).map_err(|why| unprepared(path, why))
}

/// Makes the picture of a group out of one of any size.
pub(crate) fn portrait(path: &Path, worker: &Worker) -> Result<Vec<u8>, Refusal> {
    whole_path(path)?;
    let (file, _) = regular(path)?;
    heliograph_pictures::portrait(&file, worker).map_err(|why| match why {
        Unprepared::Io(kind) => unreadable(path, &kind.into()),
        _ => refused(
            "bad-picture",
            format!("{} is no picture that can be read here.", path.display()),
            "Choose a JPEG, PNG, WebP or GIF of at most 12 MiB.",
        ),
    })
}

/// Makes the picture of a preview out of a small file: nothing of that file goes out but what it shows.
pub(crate) fn thumbnail(bytes: &[u8], worker: &Worker) -> Result<Vec<u8>, Refusal> {
    let made = unnamed(bytes).map_err(|error| Unprepared::Io(error.kind()));
    made.and_then(|file| heliograph_pictures::portrait(&file, worker))
        .map_err(|_| {
            Refusal::unchanged(
                "bad-preview",
                "The picture of the preview cannot be read here.",
                "Choose a JPEG, PNG, WebP or GIF, or leave it out.",
            )
        })
}

/// A file in memory, which the process that reads pictures takes as its input.
#[cfg(target_os = "linux")]
fn unnamed(bytes: &[u8]) -> std::io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    use std::io::{Seek, Write};
    let mut file = File::from(memfd_create("picture", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &[u8]) -> std::io::Result<File> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Bytes at the beginning of a file by which its kind is known.
const BEGINNING: u64 = 8 * 1_024;

/// What kind a file is, as far as its first bytes tell.
fn media_of(held: &Held, size: u64) -> Option<&'static str> {
    let length = usize::try_from(size.min(BEGINNING)).ok()?;
    let mut first = Zeroizing::new(vec![0; length]);
    held.read_exact_at(&mut first, 0).ok()?;
    let media = infer::get(&first)?.mime_type();
    is_media(media).then_some(media)
}

/// Looks at a file before anything of it is sent: its size, its kind, and by what a change would be seen. With a worker
/// a picture is cleaned first. Blocks; it is read from end to end on its way only.
pub(crate) fn measure(path: &Path, worker: Option<&Worker>) -> Result<FileMeasured, Refusal> {
    let place = whole_path(path)?;
    let (file, size) = regular(path)?;
    // Before anything is read: what changes from here on is seen.
    let stamp = Stamp::at_rest(&file).map_err(|error| unreadable(path, &error))?;
    let prepared = cleaned(path, &file, worker)?;
    let size = prepared.as_ref().map_or(size, |it| it.recipe.size());
    let file = FileView::new(file, prepared.as_ref().map(|it| it.recipe.clone()));
    let held = Held::Disk(file);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(FileMeasured {
        path: place.to_owned(),
        name: clean_file_name(&name),
        size,
        stamp: stamp.into_bytes(),
        media: prepared
            .as_ref()
            .map(|it| it.media)
            .or_else(|| media_of(&held, size)),
        recipe: prepared
            .as_ref()
            .map(|it| it.recipe.to_bytes())
            .unwrap_or_default(),
        look: prepared.and_then(|it| it.look),
        held: None,
        voice: None,
    })
}
