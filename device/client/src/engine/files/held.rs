//! Where the bytes of a transfer are.

use std::fs::File;
use std::io::{self, ErrorKind};

use heliograph_delivery::{FileHash, LARGE_PAYLOAD, chunk_hash};
use heliograph_pictures::FileView;
use zeroize::Zeroizing;

/// Whole chunks, a few megabytes of them.
const READ_AT_ONCE: usize = 32 * LARGE_PAYLOAD;

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

    /// BLAKE3 of the whole and of every chunk, one after the other.
    pub(super) fn hashes(&self, size: u64) -> io::Result<([u8; 32], Vec<u8>)> {
        let (mut whole, mut hashes, mut read) = (FileHash::default(), Vec::new(), 0_u64);
        let mut buffer = Zeroizing::new(vec![0; READ_AT_ONCE]);
        while read < size {
            let rest = usize::try_from(size - read).unwrap_or(READ_AT_ONCE);
            let piece = buffer.get_mut(..rest.min(READ_AT_ONCE)).unwrap_or_default();
            self.read_exact_at(piece, read)?;
            whole.update(piece);
            hashes.extend(piece.chunks(LARGE_PAYLOAD).flat_map(chunk_hash));
            read += piece.len() as u64;
        }
        Ok((whole.finish(), hashes))
    }
}
