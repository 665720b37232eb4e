//! Padded frames: whatever is inside, a frame has one of two lengths.
//!
//! Layout: one byte kind (0x11 small, 0x12 large), three bytes payload length (big endian),
//! payload, zeros. Padding is checked, so that nothing can hide in it.

use prost::Message;

use crate::{FRAME_HEADER, LARGE_FRAME, Malformed, Request, SMALL_FRAME, ServerUnit};

pub(crate) const KIND_SMALL: u8 = 0x11;
pub(crate) const KIND_LARGE: u8 = 0x12;

/// Why a frame was refused. After one of these the connection ends: there is no place to resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The first byte is neither of the two kinds.
    #[error("a frame of unknown kind arrived")]
    Kind,
    /// The payload would not fit its frame.
    #[error("a frame claims more payload than it has room for")]
    Oversize,
    /// Padding bytes are not zero.
    #[error("a frame carries bytes in its padding")]
    Padding,
    /// The payload is not a valid message.
    #[error("a frame carries a malformed message: {0}")]
    Payload(#[from] Malformed),
    /// A message that does not fit the larger frame; a bug of the sender.
    #[error("a message of {0} bytes does not fit a frame")]
    TooLong(usize),
}

fn frame(message: &impl Message) -> Result<Vec<u8>, FrameError> {
    let room = |size: usize| size - FRAME_HEADER;
    let payload = message.encoded_len();
    let (kind, size) = if payload <= room(SMALL_FRAME) {
        (KIND_SMALL, SMALL_FRAME)
    } else if payload <= room(LARGE_FRAME) {
        (KIND_LARGE, LARGE_FRAME)
    } else {
        return Err(FrameError::TooLong(payload));
    };
    let length = u32::try_from(payload).map_err(|_| FrameError::TooLong(payload))?;
    let [_, high, middle, low] = length.to_be_bytes();
    let mut out = Vec::with_capacity(size);
    out.extend_from_slice(&[kind, high, middle, low]);
    let written = message.encode(&mut out);
    written.map_err(|_| FrameError::TooLong(payload))?;
    out.resize(size, 0);
    Ok(out)
}

/// A request as one padded frame.
///
/// # Errors
/// [`FrameError::TooLong`] if the message does not fit; cannot happen for requests within limits.
pub fn client_frame(request: &Request) -> Result<Vec<u8>, FrameError> {
    frame(&request.to_schema())
}

/// A server unit as one padded frame.
///
/// # Errors
/// [`FrameError::TooLong`] if the message does not fit; cannot happen for units within limits.
pub fn server_frame(unit: &ServerUnit) -> Result<Vec<u8>, FrameError> {
    frame(&unit.to_schema())
}
