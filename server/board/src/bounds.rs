//! How much one call may ask for, so that no call can hold the board or its memory for long.

use crate::BoardError;

/// Most entries in one batch of puts, gets or erases.
pub const BATCH_MAX: usize = 4_096;
/// Most bytes of bodies in one batch of puts.
pub const BODY_BYTES_MAX: usize = 64 * 1_024 * 1_024;
/// Most entries that [`crate::Board::pending`] returns; what a tick can hold.
pub const PENDING_MAX: usize = heliograph_wire::TICK_ITEMS_MAX;

/// Refuses a batch with more than [`BATCH_MAX`] entries.
pub(crate) fn batch(len: usize) -> Result<(), BoardError> {
    most(len, BATCH_MAX)
}

/// Refuses a count over its bound.
pub(crate) fn most(len: usize, most: usize) -> Result<(), BoardError> {
    if len > most {
        return Err(BoardError::TooMuch { most });
    }
    Ok(())
}

/// Refuses a batch of puts with too many cells or too many bytes.
pub(crate) fn puts(cells: &[crate::NewCell]) -> Result<(), BoardError> {
    batch(cells.len())?;
    let bytes = cells.iter().map(|new| new.cell.body.bytes().len()).sum();
    most(bytes, BODY_BYTES_MAX)
}
