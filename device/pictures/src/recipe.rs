//! How a cleaned file is read out of the one on the disk: no copy of it is ever written.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use serde::{Deserialize, Serialize};

/// Most pieces of a recipe.
const PIECES_MAX: usize = 4_096;
/// Most bytes of all pieces that are not in the file.
const MADE_MAX: usize = 4_096;

/// A piece of a cleaned file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// Bytes of the file: from where, and how many.
    Kept(u64, u64),
    /// Others in their place.
    Made(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// All pieces, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Bytes of the file on the disk.
    source: u64,
    pieces: Vec<Piece>,
}

impl Recipe {
    /// Keeps bytes; those that follow on the last ones join them.
    pub(crate) fn keep(&mut self, from: u64, length: u64) {
        match self.pieces.last_mut() {
            Some(Piece::Kept(start, before)) if *start + *before == from => *before += length,
            _ if length == 0 => {}
            _ => self.pieces.push(Piece::Kept(from, length)),
        }
    }

    pub(crate) fn make(&mut self, bytes: Vec<u8>) {
        self.pieces.push(Piece::Made(bytes));
    }

    /// The same after a beginning.
    pub(crate) fn after(mut self, beginning: Vec<u8>) -> Self {
        self.pieces.insert(0, Piece::Made(beginning));
        self
    }

    /// Bytes of the pieces so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        let each = self.pieces.iter().map(|piece| match piece {
            Piece::Kept(_, length) => *length,
            Piece::Made(bytes) => bytes.len() as u64,
        });
        each.sum()
    }

    pub(crate) fn of_file(mut self, source: u64) -> Self {
        self.source = source;
        self
    }

    /// Bytes of the file on the disk that it is about.
    #[must_use]
    pub fn source(&self) -> u64 {
        self.source
    }

    /// Whether it takes pieces of a file of that size, in order and none twice, and adds no more than little.
    #[must_use]
    pub fn fits(&self, source: u64) -> bool {
        let (mut at, mut made) = (0, 0);
        for piece in &self.pieces {
            match piece {
                Piece::Kept(from, length) => {
                    let end = from.checked_add(*length);
                    match end {
                        Some(end) if *from >= at && end <= source => at = end,
                        _ => return false,
                    }
                }
                Piece::Made(bytes) => made += bytes.len(),
            }
        }
        self.source == source && self.pieces.len() <= PIECES_MAX && made <= MADE_MAX
    }

    /// For keeping.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        // Writing to memory does not fail.
        drop(ciborium::into_writer(self, &mut out));
        out
    }

    /// What [`Self::to_bytes`] gave.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let recipe: Self = ciborium::from_reader(bytes).ok()?;
        recipe.fits(recipe.source).then_some(recipe)
    }
}

/// A file as it is sent: itself, or by a recipe.
pub struct FileView {
    file: File,
    recipe: Option<Recipe>,
}

impl FileView {
    /// `None`: every byte of it.
    #[must_use]
    pub fn new(file: File, recipe: Option<Recipe>) -> Self {
        Self { file, recipe }
    }

    /// The file on the disk.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Fills `out` from a place on.
    ///
    /// # Errors
    /// Whatever reading gives; `UnexpectedEof` beyond the end.
    pub fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let Some(recipe) = &self.recipe else {
            return self.file.read_exact_at(out, offset);
        };
        let (mut skip, mut filled) = (offset, 0);
        for piece in &recipe.pieces {
            let length = match piece {
                Piece::Kept(_, length) => *length,
                Piece::Made(bytes) => bytes.len() as u64,
            };
            if skip >= length {
                skip -= length;
                continue;
            }
            let left = out.get_mut(filled..).unwrap_or_default();
            let count = usize::try_from(length - skip)
                .unwrap_or(usize::MAX)
                .min(left.len());
            let (into, _) = left.split_at_mut(count);
            match piece {
                Piece::Kept(from, _) => self.file.read_exact_at(into, from + skip)?,
                Piece::Made(bytes) => {
                    let start = usize::try_from(skip).unwrap_or(usize::MAX);
                    let found = bytes.get(start..).and_then(|rest| rest.get(..count));
                    into.copy_from_slice(found.unwrap_or_default());
                }
            }
            (skip, filled) = (0, filled + count);
        }
        if filled == out.len() {
            return Ok(());
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn a_cleaned_file_reads_as_its_pieces_from_any_place() {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), b"0123456789").unwrap();
        let mut recipe = Recipe::default();
        recipe.keep(0, 2);
        recipe.make(b"ab".to_vec());
        recipe.keep(4, 1);
        recipe.keep(5, 2);
        let recipe = recipe.of_file(10);
        assert!(recipe.fits(10) && !recipe.fits(11) && recipe.pieces.len() == 3);
        assert_eq!(Recipe::from_bytes(&recipe.to_bytes()), Some(recipe.clone()));
        let cleaned = FileView::new(File::open(path.path()).unwrap(), Some(recipe));
        let whole = b"01ab456";
        for from in 0..whole.len() {
            for to in from..=whole.len() {
                let mut out = vec![0; to - from];
                cleaned.read_exact_at(&mut out, from as u64).unwrap();
                assert_eq!(out, whole[from..to]);
            }
        }
        let mut out = [0; 8];
        assert!(cleaned.read_exact_at(&mut out, 0).is_err());
    }

    #[test]
    fn a_recipe_that_takes_what_is_not_there_or_twice_does_not_fit() {
        let of = |pieces: &[Piece]| Recipe {
            source: 10,
            pieces: pieces.to_vec(),
        };
        assert!(of(&[Piece::Kept(0, 10)]).fits(10));
        for pieces in [
            &[Piece::Kept(0, 11)][..],
            &[Piece::Kept(5, 2), Piece::Kept(6, 1)],
            &[Piece::Kept(5, 2), Piece::Kept(0, 1)],
            &[Piece::Kept(u64::MAX, 2)],
            &[Piece::Made(vec![0; MADE_MAX + 1])],
            &vec![Piece::Kept(0, 0); PIECES_MAX + 1],
        ] {
            assert!(!of(pieces).fits(10));
        }
    }
}
