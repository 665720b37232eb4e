//! Voice notes before they are sent.

use std::path::Path;

use heliograph_delivery::chunk_hash;
use heliograph_voice::{Unusable, note};

use super::disk::{refused, regular, unreadable, whole_path};
use crate::{FileMeasured, Refusal, VoiceInfo};

/// What a note is (RFC 5334 and RFC 7845).
const MEDIA: &str = "audio/ogg";

fn unusable(path: &Path, why: Unusable) -> Refusal {
    let (kind, todo) = match why {
        Unusable::Io(kind) => return unreadable(path, &kind.into()),
        Unusable::NoWav | Unusable::Unusual | Unusable::Encoder => (
            "voice-unusable",
            "Give a WAV file of one channel or two, or send it as it is with `heliograph file send`.",
        ),
        Unusable::Empty => (
            "voice-empty",
            "Look whether the microphone is on, and record it again.",
        ),
        Unusable::TooLong => (
            "voice-too-long",
            "Send it in parts, or as it is with `heliograph file send`.",
        ),
    };
    let happened = format!("{} cannot become a voice note: {why}.", path.display());
    refused(kind, happened, todo)
}

/// Makes a note of a WAV file; it is nowhere but in memory. Blocks: some tenths of a second for a minute of sound.
pub(crate) fn measure_voice(path: &Path) -> Result<FileMeasured, Refusal> {
    whole_path(path)?;
    let (file, _) = regular(path)?;
    let made = note(file).map_err(|why| unusable(path, why))?;
    let size = made.ogg.len() as u64;
    // A name that no other note has, and that tells nothing which the note does not.
    let [a, b, c, d, ..] = chunk_hash(&made.ogg);
    let name = format!("voice-{a:02x}{b:02x}{c:02x}{d:02x}.ogg");
    Ok(FileMeasured {
        path: String::new(),
        name,
        size,
        stamp: Vec::new(),
        media: Some(MEDIA),
        recipe: Vec::new(),
        look: None,
        held: Some(made.ogg),
        voice: Some(VoiceInfo {
            millis: made.millis,
            waveform: made.waveform,
        }),
    })
}
