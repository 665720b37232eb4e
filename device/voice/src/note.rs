//! What a voice note is.

use zeroize::Zeroizing;

/// Longest note, milliseconds: half an hour.
pub const NOTE_MAX_MS: u32 = 30 * 60 * 1_000;

/// A note that can be sent.
pub struct Note {
    /// Opus in Ogg (RFC 7845), mono; how many bytes it has follows from how long it lasts.
    pub ogg: Zeroizing<Vec<u8>>,
    /// How long it lasts.
    pub millis: u32,
    /// Loudness from beginning to end, [`WAVEFORM`](crate::WAVEFORM) values; the loudest is 255.
    pub waveform: Vec<u8>,
}

/// Why no note can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(std::io::ErrorKind),
    /// No WAV file, or one that does not hold together.
    #[error("it is no WAV file, or a damaged one")]
    NoWav,
    /// More channels than two, or a rate that is not one of [`RATES`](crate::RATES).
    #[error("it has a rate or a number of channels that is not usual")]
    Unusual,
    /// Nothing to hear: not a single sample.
    #[error("there is no sound in it")]
    Empty,
    /// Longer than [`NOTE_MAX_MS`].
    #[error("it is longer than half an hour")]
    TooLong,
    /// The encoder refused what it should take.
    #[error("the encoder failed")]
    Encoder,
}
