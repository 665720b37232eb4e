//! Voice notes: sound becomes Opus in Ogg of a constant rate, with the outline of its loudness
//! (docs/protocol/voice.md).
//!
//! What goes in are samples, or a WAV file of this person's own; nothing here decodes what others made.

mod level;
mod maker;
mod note;
mod page;
mod rate;
mod wav;

pub use level::WAVEFORM;
pub use maker::Maker;
pub use note::{NOTE_MAX_MS, Note, Unusable};
pub use rate::RATES;
pub use wav::note;
