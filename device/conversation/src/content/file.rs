//! What a message says about a file: where its chunks are, and what they must come to.

use heliograph_trust::is_hidden;
use serde::{Deserialize, Serialize};

use super::ContentError;

/// Largest file, bytes: 2 GiB.
pub const FILE_MAX: u64 = 2 << 30;
/// Longest name of a file, bytes of UTF-8.
pub const FILE_NAME_MAX: usize = 200;
/// Longest media type, bytes.
pub const MEDIA_MAX: usize = 127;

/// See the module's words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// Key from which labels and seals of the chunks derive (docs/protocol/delivery.md, Files).
    #[serde(with = "serde_bytes")]
    pub key: [u8; 32],
    /// Bytes of the file, at most 2 GiB.
    pub size: u64,
    /// BLAKE3 of the hashes of its chunks.
    #[serde(with = "serde_bytes")]
    pub hash: [u8; 32],
    /// A name without folders, 1 to 200 bytes; see [`is_file_name`].
    pub name: String,
    /// What the sender says it is (RFC 6838, `type/subtype`). A claim.
    pub media: String,
    /// What a picture looks like before it is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// How long a voice note is, and its outline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice>,
}

/// Longest voice note, milliseconds: half an hour.
pub const VOICE_MAX_MS: u32 = 30 * 60 * 1_000;
/// Values of the outline of a voice note.
pub const WAVEFORM: usize = 64;

/// What a voice note looks like before it is here. A claim.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// How long it lasts, 1 to 1,800,000.
    pub millis: u32,
    /// Loudness from beginning to end, 64 values.
    #[serde(with = "serde_bytes")]
    pub waveform: Vec<u8>,
}

impl Voice {
    fn is_sound(&self) -> bool {
        (1..=VOICE_MAX_MS).contains(&self.millis) && self.waveform.len() == WAVEFORM
    }
}

/// Longest side of a picture, pixels.
pub const SIDE_MAX: u32 = 65_535;
/// Longest blur, bytes.
pub const BLUR_MAX: usize = 25;

/// Size and blur of a picture. A claim.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// As it is shown, pixels, 1 to 65,535.
    pub width: u32,
    /// As it is shown, pixels, 1 to 65,535.
    pub height: u32,
    /// A ThumbHash of at most 25 bytes; empty if there is none.
    #[serde(with = "serde_bytes")]
    pub blur: Vec<u8>,
}

impl Picture {
    fn is_sound(&self) -> bool {
        let sides = 1..=SIDE_MAX;
        sides.contains(&self.width) && sides.contains(&self.height) && self.blur.len() <= BLUR_MAX
    }
}

/// Characters that are not seen, but for those that choose a form of the one before: emoji and ideographs have them.
fn hides(c: char) -> bool {
    let chooses = matches!(c,
        '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    is_hidden(c) && !chooses
}

fn spoils(c: char) -> bool {
    hides(c) || "/\\:*?\"<>|".contains(c)
}

/// Whether a name names one file in whatever folder it is put, and reads as it is: no separators of
/// any system, no controls, nothing that turns the direction of writing, no dot or blank at an end.
#[must_use]
pub fn is_file_name(name: &str) -> bool {
    let ends = |c: char| c == '.' || c.is_whitespace();
    !name.is_empty()
        && name.len() <= FILE_NAME_MAX
        && !name.chars().any(spoils)
        && !name.starts_with(ends)
        && !name.ends_with(ends)
}

/// The nearest name that [`is_file_name`] accepts; the ending is kept when a name is shortened.
#[must_use]
pub fn clean_file_name(name: &str) -> String {
    let ends = |c: char| c == '.' || c.is_whitespace();
    let seen = |c: &char| c.is_control() || !hides(*c);
    let plain: String = name
        .chars()
        .filter(seen)
        .map(|c| if spoils(c) { '_' } else { c })
        .collect();
    let plain = plain.trim_matches(ends);
    if plain.is_empty() {
        return "file".to_owned();
    }
    if plain.len() <= FILE_NAME_MAX {
        return plain.to_owned();
    }
    let (stem, ending) = match plain.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (plain, String::new()),
    };
    let room = FILE_NAME_MAX - ending.len();
    let cut = stem.floor_char_boundary(room);
    let stem = stem.get(..cut).unwrap_or_default().trim_end_matches(ends);
    format!("{stem}{ending}")
}

/// Whether a media type keeps to its bounds; whether it is registered is not judged.
#[must_use]
pub fn is_media(media: &str) -> bool {
    media.len() <= MEDIA_MAX
        && media.bytes().all(|b| b.is_ascii_graphic())
        && media.matches('/').count() == 1
}

impl Pointer {
    /// Holds it against its bounds.
    ///
    /// # Errors
    /// [`ContentError::Limit`].
    pub fn check(&self) -> Result<(), ContentError> {
        let picture = self.picture.as_ref().is_none_or(Picture::is_sound);
        let voice = self.voice.as_ref().is_none_or(Voice::is_sound);
        let looks = picture && voice && (self.picture.is_none() || self.voice.is_none());
        if self.size <= FILE_MAX && is_media(&self.media) && is_file_name(&self.name) && looks {
            return Ok(());
        }
        Err(ContentError::Limit)
    }
}
