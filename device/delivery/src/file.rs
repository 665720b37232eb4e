//! Files: chunks of one size at labels from a fresh key (docs/protocol/delivery.md, Files).

use heliograph_wire::{Body, Label};
use rand_core::CryptoRng;

use crate::LARGE_PAYLOAD;
use crate::seal::{open_chunk, seal_chunk};
use crate::secret::{SealKey, Secret, hmac};

/// Up to so many chunks their count is padded to a power of two; above, to a sixteenth of one.
const DOUBLED_MAX: u32 = 64;
const STEPS: u32 = 16;

/// Where the chunks of one file are, and how they are sealed.
#[derive(Clone)]
pub struct FileChunks {
    key: Secret,
    size: u64,
}

/// Number of cells for `chunks` chunks: what the board can count tells the size only roughly, and
/// costs at most 1/16 more above 64.
fn padded(chunks: u32) -> u32 {
    if chunks <= DOUBLED_MAX {
        return chunks.max(1).next_power_of_two();
    }
    let step = (1 << chunks.ilog2()) / STEPS;
    chunks.next_multiple_of(step)
}

impl FileChunks {
    /// Chunks of a file of `size` bytes under `key`, which is 32 random bytes never used before.
    /// `None` if the size cannot be counted in chunks.
    #[must_use]
    pub fn new(key: [u8; 32], size: u64) -> Option<Self> {
        let chunks = size.div_ceil(LARGE_PAYLOAD as u64);
        let countable = u32::try_from(chunks).is_ok_and(|chunks| chunks < 1 << 20);
        countable.then_some(Self {
            key: Secret(key),
            size,
        })
    }

    /// Cells of the file, padding among them; at least 1.
    #[must_use]
    pub fn count(&self) -> u32 {
        padded(self.filled())
    }

    /// Cells of the file that hold something of it.
    #[must_use]
    pub fn filled(&self) -> u32 {
        u32::try_from(self.size.div_ceil(LARGE_PAYLOAD as u64)).unwrap_or(u32::MAX)
    }

    /// Offset and length of a chunk in the file, bytes; the length is 0 for padding.
    #[must_use]
    pub fn range(&self, at: u32) -> (u64, usize) {
        let offset = u64::from(at) * LARGE_PAYLOAD as u64;
        let rest = self.size.saturating_sub(offset);
        let length = usize::try_from(rest).map_or(LARGE_PAYLOAD, |rest| rest.min(LARGE_PAYLOAD));
        (offset, length)
    }

    /// Label of a chunk.
    #[must_use]
    pub fn label(&self, at: u32) -> Label {
        Label(hmac(&self.key.0, &[&[3], &at.to_be_bytes()]))
    }

    fn seal_key(&self, at: u32) -> SealKey {
        SealKey(hmac(&self.key.0, &[&[4], &at.to_be_bytes()]))
    }

    /// Seals a chunk, which `fill` writes; it gets exactly the length that [`FileChunks::range`] tells. Sealing
    /// the same chunk anew is harmless: every seal has a random nonce of 24 bytes.
    ///
    /// # Errors
    /// What `fill` says; then nothing is sealed.
    pub fn seal<E>(
        &self,
        at: u32,
        rng: &mut impl CryptoRng,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Option<Body>, E> {
        let (key, label) = (self.seal_key(at), self.label(at));
        seal_chunk((&key, &label), self.range(at).1, rng, fill)
    }

    /// Opens a chunk into a buffer that may have held another; `None` if the holder of the key did not
    /// seal it for this place.
    pub fn open<'a>(&self, at: u32, body: &Body, buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        let (key, label) = (self.seal_key(at), self.label(at));
        let chunk = open_chunk((&key, &label), (body, buffer))?;
        (chunk.len() == self.range(at).1).then_some(chunk)
    }
}

/// BLAKE3 of a chunk.
#[must_use]
pub fn chunk_hash(chunk: &[u8]) -> [u8; 32] {
    blake3::hash(chunk).into()
}

/// Hash of a file: BLAKE3 of the hashes of its chunks, in their order. So chunks may come in any order and
/// none is read twice.
#[must_use]
pub fn file_hash(chunks: &[[u8; 32]]) -> [u8; 32] {
    blake3::hash(chunks.as_flattened()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn sealed(file: &FileChunks, at: u32, chunk: &[u8]) -> Body {
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let body = file.seal(at, &mut rng, |place| {
            place.copy_from_slice(chunk);
            Ok::<_, ()>(())
        });
        body.unwrap().unwrap()
    }

    proptest! {
        #[test]
        fn the_count_tells_little_and_costs_little(chunks in 1_u32..40_000) {
            let cells = padded(chunks);
            prop_assert!(cells >= chunks);
            prop_assert_eq!(padded(cells), cells, "padding is a step of the same stairs");
            if chunks > DOUBLED_MAX {
                prop_assert!(f64::from(cells) <= f64::from(chunks) * 1.12);
            } else {
                prop_assert!(cells.is_power_of_two());
            }
        }

        #[test]
        fn ranges_cover_the_file_once(size in 0_u64..(3 << 30)) {
            let file = FileChunks::new([7; 32], size).unwrap();
            let total: u64 = (0..file.count()).map(|at| file.range(at).1 as u64).sum();
            prop_assert_eq!(total, size);
        }
    }

    #[test]
    fn the_hash_is_of_all_chunks_in_their_order() {
        let [one, two] = [chunk_hash(b"one"), chunk_hash(b"two")];
        assert_eq!(file_hash(&[one, two]), chunk_hash(&[one, two].concat()));
        assert_ne!(file_hash(&[one, two]), file_hash(&[two, one]));
        assert_ne!(file_hash(&[one]), file_hash(&[one, one]));
        // BLAKE3 of nothing (its authors' test vectors).
        let nothing = "af1349b9f5f9a1a6a0404dea36dcc949";
        let hex = data_encoding::HEXLOWER.encode(&file_hash(&[])[..16]);
        assert_eq!(hex, nothing);
    }

    #[test]
    fn a_chunk_opens_at_its_own_place_only() {
        let size = 2 * LARGE_PAYLOAD as u64;
        let file = FileChunks::new([7; 32], size).unwrap();
        let chunk = vec![9; LARGE_PAYLOAD];
        let body = sealed(&file, 1, &chunk);
        let mut buffer = vec![1; 7];
        assert_eq!(file.open(1, &body, &mut buffer).unwrap(), chunk);
        assert!(file.open(0, &body, &mut buffer).is_none());
        let other = FileChunks::new([8; 32], size).unwrap();
        assert!(other.open(1, &body, &mut buffer).is_none());
    }

    #[test]
    fn a_chunk_of_another_length_is_not_opened() {
        let file = FileChunks::new([7; 32], 10).unwrap();
        let longer = FileChunks::new([7; 32], 11).unwrap();
        let body = sealed(&longer, 0, &[1; 11]);
        let mut buffer = Vec::new();
        assert_eq!(longer.open(0, &body, &mut buffer), Some([1; 11].as_slice()));
        assert!(file.open(0, &body, &mut buffer).is_none());
    }

    #[test]
    fn what_cannot_be_read_is_not_sealed() {
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let file = FileChunks::new([7; 32], 10).unwrap();
        let sealed = file.seal(0, &mut rng, |_| Err("gone"));
        assert_eq!(sealed.err(), Some("gone"));
    }

    #[test]
    fn a_size_that_cannot_be_counted_is_refused() {
        assert!(FileChunks::new([7; 32], 2 << 30).is_some());
        assert!(FileChunks::new([7; 32], u64::MAX).is_none());
    }
}
