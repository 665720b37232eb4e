//! Sizes and counts that both sides hold each other to. Reasons are in `docs/adr/0006-frame-sizes.md`.

/// Body of a small cell, bytes.
pub const SMALL_BODY: usize = 2_048;
/// Body of a large cell, bytes.
pub const LARGE_BODY: usize = 65_536;
/// A small frame on the wire, bytes; also the plaintext of every TLS record a client sends.
pub const SMALL_FRAME: usize = 2_816;
/// A large frame on the wire, bytes: exactly 24 small ones.
pub const LARGE_FRAME: usize = 24 * SMALL_FRAME;
/// Bytes before the payload of a frame: kind and payload length.
pub const FRAME_HEADER: usize = 4;
/// Most cells that one tick announces.
pub const TICK_ITEMS_MAX: usize = 4_096;
/// Most levels of a Merkle path: log2 of [`TICK_ITEMS_MAX`].
pub const MERKLE_LEVELS_MAX: usize = 12;
/// Longest admission token, bytes (the field is reserved; it is empty today).
pub const TOKEN_MAX: usize = 256;
/// Most small cells in one large feed frame.
pub const PART_ITEMS_MAX: usize = 31;
/// Most lanes a board may list in its description.
pub const LANES_MAX: usize = 256;
/// The one wire version spoken today.
pub const WIRE_VERSION: u32 = 1;
/// The protocol name of the HTTP Upgrade that starts raw frames.
pub const UPGRADE_PROTOCOL: &str = "heliograph/1";
