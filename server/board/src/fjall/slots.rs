//! Large bodies: files of slots, one body each, written once.
//!
//! The engine below would write a body twice, into its journal and later into a value file. Here a body is written and
//! flushed *before* the batch that names its slot, so what a batch names is on the disk, and a body that no batch names
//! is nothing: its slot is free at the next start. A slot is used again only after the batch that freed it is durable.
//!
//! A reader may find a slot in a snapshot and something else on the disk, if the body went meanwhile. So every body
//! has a checksum in the batch that names it, and a reader that finds another looks again (`lookup`).

use std::collections::{BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use heliograph_wire::LARGE_BODY;
use rustix::buffer::spare_capacity;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::{Errno, pread, retry_on_intr};
use xxhash_rust::xxh3::xxh3_64;

use super::records::Placed;

/// Bytes of a slot: the body of a large cell.
const SLOT: u64 = LARGE_BODY as u64;
/// Slots of a file, which has 64 MiB.
const EACH: u64 = 1_024;
/// Files kept open.
const OPEN: usize = 16;

/// Which slots are in use: all below `end` that are not free.
struct Space {
    free: BTreeSet<u64>,
    end: u64,
}

/// See the module.
pub(super) struct Slots {
    dir: PathBuf,
    space: Mutex<Space>,
    files: Mutex<HashMap<u64, Arc<File>>>,
    /// Whether a flush failed. The system tells of that once, to whoever flushes first, and it may have concerned another's
    /// bodies: nobody's flush counts after that.
    broken: Mutex<bool>,
}

/// What never panics under its lock is never half done.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn file_of(slot: u64) -> (u64, u64) {
    (slot / EACH, slot % EACH * SLOT)
}

impl Slots {
    /// Opens the slots in `dir`, of which those of `used`, in order, are named by a durable batch.
    pub(super) fn open(dir: &Path, used: Vec<u64>) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        if let Some(parent) = dir.parent() {
            File::open(parent)?.sync_all()?;
        }
        let (mut free, mut end) = (BTreeSet::new(), 0);
        for slot in used {
            free.extend(end..slot);
            end = slot + 1;
        }
        let slots = Self {
            dir: dir.to_owned(),
            space: Mutex::new(Space { free, end }),
            files: Mutex::default(),
            broken: Mutex::default(),
        };
        slots.drop_beyond(end)?;
        // A kill may have come between the making of a file and the flush of its name.
        File::open(dir)?.sync_all()?;
        Ok(slots)
    }

    /// Writes bodies into slots of their own and waits until the disk has them.
    pub(super) fn write(&self, bodies: &[&[u8]]) -> io::Result<Vec<Placed>> {
        let taken = self.take(bodies.len());
        let mut placed = Vec::with_capacity(bodies.len());
        let mut touched: HashMap<u64, Arc<File>> = HashMap::new();
        for (slot, body) in taken.into_iter().zip(bodies) {
            let (number, offset) = file_of(slot);
            let file = match touched.get(&number) {
                Some(file) => file,
                None => touched.entry(number).or_insert(self.file(number, true)?),
            };
            file.write_all_at(body, offset)?;
            let checksum = xxh3_64(body);
            placed.push(Placed { slot, checksum });
        }
        self.flush(touched.values())?;
        Ok(placed)
    }

    fn flush<'a>(&self, files: impl Iterator<Item = &'a Arc<File>>) -> io::Result<()> {
        let mut broken = held(&self.broken);
        if *broken {
            return Err(io::ErrorKind::Other.into());
        }
        for file in files {
            file.sync_data().inspect_err(|_| *broken = true)?;
        }
        Ok(())
    }

    /// The body in a slot; `None` if it is another one, or none.
    pub(super) fn read(&self, placed: Placed) -> io::Result<Option<Vec<u8>>> {
        let (number, offset) = file_of(placed.slot);
        let file = match self.file(number, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut body = Vec::with_capacity(LARGE_BODY);
        while body.len() < LARGE_BODY {
            let from = offset + body.len() as u64;
            // Into room that was never written to: a server does this all day.
            match pread(&*file, spare_capacity(&mut body), from) {
                Ok(0) => return Ok(None),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        body.truncate(LARGE_BODY);
        Ok((xxh3_64(&body) == placed.checksum).then_some(body))
    }

    /// Slots that no batch names any more, durably.
    pub(super) fn give_back(&self, slots: impl IntoIterator<Item = u64>) {
        held(&self.space).free.extend(slots);
    }

    /// Bytes of bodies in use.
    pub(super) fn live_bytes(&self) -> u64 {
        let space = held(&self.space);
        (space.end - space.free.len() as u64) * SLOT
    }

    /// Bytes taken on the disk.
    pub(super) fn disk_space(&self) -> io::Result<u64> {
        let mut blocks = 0;
        for number in self.numbers()? {
            blocks += std::fs::metadata(self.path(number))?.blocks();
        }
        Ok(blocks * 512)
    }

    /// Gives the room of free slots back to the file system: files beyond the last slot in use go, of the others the
    /// free parts become holes. A file system without holes keeps them; they are used again.
    pub(super) fn shrink(&self) -> io::Result<()> {
        let idle = {
            let mut space = held(&self.space);
            while space.end > 0 && space.free.last() == Some(&(space.end - 1)) {
                space.free.pop_last();
                space.end -= 1;
            }
            // Under the lock: nobody takes a slot, and so makes a file, beyond the end.
            self.drop_beyond(space.end)?;
            // Nobody takes these before they are given back.
            std::mem::take(&mut space.free)
        };
        let shrunk = self.punch(&idle);
        self.give_back(idle);
        shrunk
    }

    fn punch(&self, idle: &BTreeSet<u64>) -> io::Result<()> {
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        for slot in idle {
            let (number, offset) = file_of(*slot);
            let file = self.file(number, true)?;
            let punched = retry_on_intr(|| fallocate(&*file, flags, offset, SLOT));
            match punched {
                Ok(()) => {}
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// As many slots as bodies are to be written: free ones first.
    fn take(&self, count: usize) -> Vec<u64> {
        let mut space = held(&self.space);
        let mut taken = Vec::with_capacity(count);
        for _ in 0..count {
            let end = space.end;
            taken.push(space.free.pop_first().unwrap_or(end));
            space.end += u64::from(taken.last() == Some(&end));
        }
        taken
    }

    fn path(&self, number: u64) -> PathBuf {
        self.dir.join(format!("{number:08}"))
    }

    /// Numbers of the files that are there.
    fn numbers(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        Ok(numbers)
    }

    /// Removes the files of which every slot is at `end` or beyond.
    fn drop_beyond(&self, end: u64) -> io::Result<()> {
        let mut files = held(&self.files);
        for number in self.numbers()? {
            if number * EACH >= end {
                files.remove(&number);
                std::fs::remove_file(self.path(number))?;
            }
        }
        Ok(())
    }

    /// A file of slots. One that is made has its full size at once: later flushes have no size to write.
    fn file(&self, number: u64, make: bool) -> io::Result<Arc<File>> {
        let mut files = held(&self.files);
        if let Some(file) = files.get(&number) {
            return Ok(Arc::clone(file));
        }
        let path = self.path(number);
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = match file {
            Err(error) if make && error.kind() == io::ErrorKind::NotFound => {
                let options = OpenOptions::new()
                    .read(true)
                    .write(true)
                    .create_new(true)
                    .clone();
                let file = options.open(&path)?;
                file.set_len(EACH * SLOT)?;
                file.sync_all()?;
                File::open(&self.dir)?.sync_all()?;
                file
            }
            file => file?,
        };
        if files.len() >= OPEN {
            files.clear();
        }
        let file = Arc::new(file);
        files.insert(number, Arc::clone(&file));
        Ok(file)
    }
}
