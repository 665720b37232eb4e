//! Mends the one kind of torn journal that the engine refuses to open.
//!
//! A batch becomes durable by one flush. If the power goes before, any of its blocks may be missing.
//! The engine notices and drops such a batch at the next start, except when all that is missing lies
//! inside one long value: then the batch looks complete, its checksum is wrong, and the engine stops.
//! Nothing of that batch was acknowledged, so it is dropped here as well, but only if it is certain
//! that it is this: every earlier batch of the newest journal is sound, and only zeros follow.
//!
//! The layout read here is that of the journal files of fjall 3 (`journal/entry.rs`): start
//! (1, count u32, sequence u64), items (2, kind, compression, keyspace u64, key length u16, length
//! u32, stored length u32, key, value), clears (4, keyspace u64), end (3, XXH3 of items and clears
//! u64, `FJL\x03`); little endian.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const TRAILER: [u8; 4] = *b"FJL\x03";

/// A batch that is complete by its looks.
struct Batch {
    start: u64,
    end: u64,
    sound: bool,
}

/// Drops a torn last batch of the newest journal in `dir`; says whether it did.
pub(super) fn mend(dir: &Path) -> io::Result<bool> {
    let Some(path) = newest(dir)? else {
        return Ok(false);
    };
    let mut walk = Walk {
        file: BufReader::new(File::open(&path)?),
        at: 0,
    };
    let mut last: Option<Batch> = None;
    while let Some(batch) = walk.batch()? {
        if last.is_some_and(|last| !last.sound) {
            return Ok(false);
        }
        last = Some(batch);
    }
    let Some(torn) = last.filter(|last| !last.sound) else {
        return Ok(false);
    };
    if !only_zeros_from(&path, torn.end)? {
        return Ok(false);
    }
    let file = OpenOptions::new().write(true).open(&path)?;
    file.set_len(torn.start)?;
    file.sync_all()?;
    Ok(true)
}

/// The journal file with the highest number.
fn newest(dir: &Path) -> io::Result<Option<PathBuf>> {
    let mut newest: Option<(u64, PathBuf)> = None;
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let journal = path.extension().is_some_and(|extension| extension == "jnl");
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        if let (true, Some(number)) = (journal, number)
            && newest.as_ref().is_none_or(|(highest, _)| number > *highest)
        {
            newest = Some((number, path));
        }
    }
    Ok(newest.map(|(_, path)| path))
}

fn only_zeros_from(path: &Path, start: u64) -> io::Result<bool> {
    let mut file = BufReader::new(File::open(path)?);
    io::Seek::seek(&mut file, io::SeekFrom::Start(start))?;
    for byte in file.bytes() {
        if byte? != 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads batches one after the other.
struct Walk {
    file: BufReader<File>,
    at: u64,
}

impl Walk {
    /// The next complete batch; `None` at the end or at anything else.
    fn batch(&mut self) -> io::Result<Option<Batch>> {
        match self.try_batch() {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            other => other,
        }
    }

    fn try_batch(&mut self) -> io::Result<Option<Batch>> {
        let start = self.at;
        let [tag] = self.take()?;
        if tag != START {
            return Ok(None);
        }
        let _count_and_sequence: [u8; 12] = self.take()?;
        let mut hash = Xxh3::new();
        loop {
            let [tag] = self.take()?;
            match tag {
                ITEM => self.item(&mut hash)?,
                CLEAR => {
                    let keyspace: [u8; 8] = self.take()?;
                    hash.update(&[CLEAR]);
                    hash.update(&keyspace);
                }
                END => break,
                _ => return Ok(None),
            }
        }
        let claimed = u64::from_le_bytes(self.take()?);
        if self.take()? != TRAILER {
            return Ok(None);
        }
        Ok(Some(Batch {
            start,
            end: self.at,
            sound: claimed == hash.digest(),
        }))
    }

    fn item(&mut self, hash: &mut Xxh3) -> io::Result<()> {
        let head: [u8; 20] = self.take()?;
        hash.update(&[ITEM]);
        hash.update(&head);
        let [.., k0, k1, _, _, _, _, s0, s1, s2, s3] = head;
        let key = u64::from(u16::from_le_bytes([k0, k1]));
        let stored = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
        let mut left = key + stored;
        let mut buffer = [0; 4_096];
        while left > 0 {
            let part = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            let (part, _) = buffer.split_at_mut(part);
            self.file.read_exact(part)?;
            hash.update(part);
            self.at += part.len() as u64;
            left -= part.len() as u64;
        }
        Ok(())
    }

    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.at += N as u64;
        Ok(bytes)
    }
}
