//! Where the bytes of a transfer are.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::thread;

use heliograph_delivery::{LARGE_PAYLOAD, chunk_hash};
use heliograph_pictures::FileView;
use zeroize::Zeroizing;

/// Threads that read a file at once.
const READERS: usize = 4;
/// Chunks that are worth a thread.
const SHARE_MIN: usize = 64;

/// Bytes of a file on the disk, or of what never was a file.
pub(super) enum Held {
    /// As the disk has it, or by a recipe.
    Disk(FileView),
    /// All of it.
    Memory(Zeroizing<Vec<u8>>),
}

impl Held {
    /// The file on the disk.
    pub(super) fn file(&self) -> Result<&File, &'static str> {
        match self {
            Self::Disk(view) => Ok(view.file()),
            Self::Memory(_) => Err("file-unusable"),
        }
    }

    /// Fills `out` from a place on; `UnexpectedEof` beyond the end.
    pub(super) fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let bytes = match self {
            Self::Disk(view) => return view.read_exact_at(out, offset),
            Self::Memory(bytes) => bytes,
        };
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let found = bytes.get(from..).and_then(|rest| rest.get(..out.len()));
        out.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    /// Hash of every chunk, in their order; read by as many threads as are of use.
    pub(super) fn hashes(&self, size: u64) -> io::Result<Vec<[u8; 32]>> {
        let count = usize::try_from(size.div_ceil(LARGE_PAYLOAD as u64)).unwrap_or(usize::MAX);
        let mut hashes = vec![[0; 32]; count];
        let share = count.div_ceil(READERS).max(SHARE_MIN);
        thread::scope(|scope| {
            let parts = hashes.chunks_mut(share).enumerate();
            let readers: Vec<_> = parts
                .map(|(at, part)| scope.spawn(move || self.hash_part((at * share, size), part)))
                .collect();
            let ended = readers.into_iter().map(|reader| {
                let ended = reader.join();
                ended.unwrap_or_else(|_| Err(ErrorKind::Other.into()))
            });
            ended.collect::<io::Result<()>>()
        })?;
        Ok(hashes)
    }

    fn hash_part(&self, (first, size): (usize, u64), part: &mut [[u8; 32]]) -> io::Result<()> {
        let mut buffer = Zeroizing::new(vec![0; LARGE_PAYLOAD]);
        let mut offset = (first * LARGE_PAYLOAD) as u64;
        for hash in part {
            let rest = usize::try_from(size.saturating_sub(offset)).unwrap_or(LARGE_PAYLOAD);
            let chunk = buffer
                .get_mut(..rest.min(LARGE_PAYLOAD))
                .unwrap_or_default();
            self.read_exact_at(chunk, offset)?;
            *hash = chunk_hash(chunk);
            offset += LARGE_PAYLOAD as u64;
        }
        Ok(())
    }
}
