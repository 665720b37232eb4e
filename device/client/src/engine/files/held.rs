//! Where the bytes of a transfer are.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};

use heliograph_delivery::FileChunks;
use heliograph_pictures::FileView;
use zeroize::Zeroizing;

use super::stamp::Stamp;

/// Bytes of a file on the disk, or of what never was a file.
pub(super) enum Held {
    /// As the disk has it, or by a recipe.
    Disk(FileView),
    /// All of it.
    Memory(Zeroizing<Vec<u8>>),
    /// Nothing here: it is on the board, and is passed on from there.
    Board(FileChunks),
}

impl Held {
    /// The file on the disk.
    pub(super) fn file(&self) -> Result<&File, &'static str> {
        match self {
            Self::Disk(view) => Ok(view.file()),
            Self::Memory(_) | Self::Board(_) => Err("file-unusable"),
        }
    }

    /// Fills `out` from a place on; `UnexpectedEof` beyond the end.
    pub(super) fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let bytes = match self {
            Self::Disk(view) => return view.read_exact_at(out, offset),
            Self::Memory(bytes) => bytes,
            Self::Board(_) => return Err(ErrorKind::Unsupported.into()),
        };
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let found = bytes.get(from..).and_then(|rest| rest.get(..out.len()));
        out.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    /// Which file on the disk it is; nothing for what is none.
    pub(super) fn identity(&self) -> Stamp {
        self.looked_at(Stamp::identity)
    }

    /// What the file on the disk looks like; nothing for what is none, or cannot be looked at.
    pub(super) fn stamp(&self) -> Stamp {
        self.looked_at(Stamp::of)
    }

    fn looked_at(&self, see: impl FnOnce(&Metadata) -> Stamp) -> Stamp {
        let about = self.file().ok().and_then(|file| file.metadata().ok());
        about.as_ref().map(see).unwrap_or_default()
    }
}
