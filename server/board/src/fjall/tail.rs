//! Looks at the journal before the engine does, mends a torn end and refuses damage.
//!
//! A batch becomes durable by one flush, and the next batch is written only after that. If the power
//! goes before, any blocks of the last batch may be missing; nothing of it was acknowledged, and it
//! is cut off here. A bad batch with a sound one *after* it is another matter: it had been flushed,
//! so the disk has lost what it confirmed. The engine would cut the journal there and so forget
//! everything after it, or stop, depending on what the damage hits; the board refuses to open and
//! changes nothing.
//!
//! The layout read here is that of the journal files of fjall 3 (`journal/entry.rs`): start
//! (1, count u32, sequence u64), items (2, kind, compression, keyspace u64, key length u16, length
//! u32, stored length u32, key, value), clears (4, keyspace u64), end (3, XXH3 of items and clears
//! u64, `FJL\x03`); little endian.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use xxhash_rust::xxh3::Xxh3;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const TRAILER: [u8; 4] = *b"FJL\x03";
/// Bytes compared at a time after the last sound batch.
const CHUNK: usize = 64 << 10;
/// How often and how long to wait for a board that is just being closed.
const WAIT: (u32, Duration) = (10, Duration::from_millis(20));
/// The file that the engine locks while a directory is in use.
const LOCK: &str = "lock";

/// What is after the last sound batch of a journal file.
enum Tail {
    /// Nothing, or the zeros of the reserve.
    Clean,
    /// Something that was never flushed.
    Torn(u64),
    /// Sound batches: the disk lost one that was flushed.
    Damaged,
}

/// Cuts a torn batch off the newest journal in `dir`. `false` if there is damage; then nothing was
/// changed. A directory that is in use is left alone: the engine will refuse it.
pub(super) fn mend(dir: &Path) -> io::Result<bool> {
    let lock = match File::open(dir.join(LOCK)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        lock => lock?,
    };
    let mut tries = 0;
    while lock.try_lock().is_err() {
        tries += 1;
        if tries > WAIT.0 {
            return Ok(true);
        }
        std::thread::sleep(WAIT.1);
    }
    let mut journals = journals(dir)?;
    let Some(newest) = journals.pop() else {
        return Ok(true);
    };
    for sealed in journals {
        if !matches!(look(&sealed)?, Tail::Clean) {
            return Ok(false);
        }
    }
    match look(&newest)? {
        Tail::Clean => Ok(true),
        Tail::Damaged => Ok(false),
        Tail::Torn(at) => {
            let file = OpenOptions::new().write(true).open(&newest)?;
            file.set_len(at)?;
            file.sync_all()?;
            Ok(true)
        }
    }
}

/// The journal files, oldest first.
fn journals(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let journal = path.extension().is_some_and(|extension| extension == "jnl");
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        if let (true, Some(number)) = (journal, number) {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Reads a journal to its end.
fn look(path: &Path) -> io::Result<Tail> {
    let mut walk = Walk::from(path, 0)?;
    let mut good = 0;
    while let Some(true) = walk.batch()? {
        good = walk.at;
    }
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(good))?;
    let (mut clean, mut window, mut at) = (true, [0; 4], good);
    let (mut buffer, zeros) = (vec![0; CHUNK], vec![0; CHUNK]);
    loop {
        let read = file.read(&mut buffer)?;
        let (chunk, _) = buffer.split_at(read);
        if read == 0 {
            return Ok(if clean { Tail::Clean } else { Tail::Torn(good) });
        }
        if chunk == zeros.split_at(read).0 {
            (window, at) = ([0; 4], at + read as u64);
            continue;
        }
        clean = false;
        for byte in chunk {
            at += 1;
            window = [window[1], window[2], window[3], *byte];
            if window == TRAILER && Walk::from(path, at)?.batch()? == Some(true) {
                return Ok(Tail::Damaged);
            }
        }
    }
}

/// Reads batches one after the other.
struct Walk {
    file: BufReader<File>,
    at: u64,
}

impl Walk {
    fn from(path: &Path, at: u64) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        file.seek(SeekFrom::Start(at))?;
        Ok(Self { file, at })
    }

    /// Reads a batch: whether its checksum is right, or `None` if there is no whole batch here.
    fn batch(&mut self) -> io::Result<Option<bool>> {
        match self.try_batch() {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            other => other,
        }
    }

    fn try_batch(&mut self) -> io::Result<Option<bool>> {
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
        let whole = self.take()? == TRAILER;
        Ok(whole.then_some(claimed == hash.digest()))
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
