//! The picture of a group: small enough to stand in its context.

/// Largest picture of a group, bytes.
pub const PORTRAIT_MAX: usize = 8_000;
/// How a JPEG begins.
const JPEG: &[u8] = b"\xff\xd8\xff";

/// A JPEG of at most 8,000 bytes, or none. What it shows is judged by whoever shows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Portrait(Vec<u8>);

impl Portrait {
    /// `None` for what is no such picture; no bytes are no picture.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let good = bytes.is_empty() || (bytes.len() <= PORTRAIT_MAX && bytes.starts_with(JPEG));
        good.then_some(Self(bytes))
    }

    /// The file; empty if there is none.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Portrait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Portrait({} bytes)", self.0.len())
    }
}
