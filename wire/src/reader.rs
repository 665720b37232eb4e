//! Turns a byte stream back into messages, a bounded amount at a time.

use bytes::{Buf, Bytes, BytesMut};
use prost::Message;

use crate::frame::{FrameError, KIND_LARGE, KIND_SMALL};
use crate::{FRAME_HEADER, LARGE_FRAME, Malformed, Request, SMALL_FRAME, ServerUnit, schema};

/// Which messages a reader expects.
pub trait Side: Sized {
    /// Parses one payload.
    ///
    /// # Errors
    /// [`Malformed`] when the payload breaks a rule of the schema.
    fn parse(payload: Bytes) -> Result<Self, Malformed>;
}

impl Side for Request {
    fn parse(payload: Bytes) -> Result<Self, Malformed> {
        let raw = schema::Request::decode(payload).map_err(|_| Malformed::Encoding)?;
        Self::from_schema(raw)
    }
}

impl Side for ServerUnit {
    fn parse(payload: Bytes) -> Result<Self, Malformed> {
        let raw = schema::ServerUnit::decode(payload).map_err(|_| Malformed::Encoding)?;
        Self::from_schema(raw)
    }
}

/// Incremental decoder. Holds at most the bytes it was given and not yet taken;
/// the caller feeds it no more than [`FrameReader::wants`] asks for.
#[derive(Default)]
pub struct FrameReader {
    buffer: BytesMut,
}

impl FrameReader {
    /// An empty reader.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The buffer to read more bytes into; callers read at most [`LARGE_FRAME`] ahead.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// How many more bytes the frame at the front needs; zero when it is complete.
    #[must_use]
    pub fn wants(&self) -> usize {
        let size = match self.buffer.first() {
            Some(&KIND_LARGE) => LARGE_FRAME,
            _ => SMALL_FRAME,
        };
        size.saturating_sub(self.buffer.len())
    }

    /// The next whole message, or `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`]; the stream cannot be used any further.
    #[expect(
        clippy::should_implement_trait,
        reason = "generic over the message and fallible: not an iterator"
    )]
    pub fn next<T: Side>(&mut self) -> Result<Option<T>, FrameError> {
        let size = match self.buffer.first() {
            None => return Ok(None),
            Some(&KIND_SMALL) => SMALL_FRAME,
            Some(&KIND_LARGE) => LARGE_FRAME,
            Some(_) => return Err(FrameError::Kind),
        };
        let Some(&[_, high, middle, low]) = self.buffer.first_chunk() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        if length > size - FRAME_HEADER {
            return Err(FrameError::Oversize);
        }
        if self.buffer.len() < size {
            return Ok(None);
        }
        let mut frame = self.buffer.split_to(size).freeze();
        frame.advance(FRAME_HEADER);
        let padding = frame.split_off(length);
        // Without a way out on the way: so it is done many bytes at a time.
        if padding.iter().fold(0, |all, byte| all | byte) != 0 {
            return Err(FrameError::Padding);
        }
        Ok(Some(T::parse(frame)?))
    }
}
