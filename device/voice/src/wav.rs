//! A note out of a WAV file.

use std::io::{BufReader, ErrorKind, Read};

use hound::{SampleFormat, WavReader};
use zeroize::Zeroizing;

use crate::{Maker, Note, Unusable};

/// Samples that are encoded at once.
const AT_ONCE: usize = 4_096;

/// Makes a note of what a WAV file holds; works while it reads, and holds no more than the note in memory. A file that
/// ends before it says is as long as it is: programs that record into a pipe cannot know.
///
/// # Errors
/// [`Unusable`].
pub fn note(file: impl Read) -> Result<Note, Unusable> {
    let mut reader = WavReader::new(BufReader::new(file)).map_err(unusable)?;
    let spec = reader.spec();
    let maker = Maker::new(spec.sample_rate, spec.channels)?;
    match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Float, 32) => take(maker, reader.samples::<f32>()),
        (SampleFormat::Int, bits @ (8 | 16 | 24 | 32)) => {
            let full = (1_u32 << (bits - 1)) as f32;
            let samples = reader.samples::<i32>();
            take(maker, samples.map(|sample| Ok(sample? as f32 / full)))
        }
        _ => Err(Unusable::Unusual),
    }
}

fn unusable(error: hound::Error) -> Unusable {
    match error {
        hound::Error::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => {
            // The reader calls a file that holds something else `Other`.
            match error.kind() {
                ErrorKind::Other => Unusable::NoWav,
                kind => Unusable::Io(kind),
            }
        }
        _ => Unusable::NoWav,
    }
}

fn take(
    mut maker: Maker,
    samples: impl Iterator<Item = hound::Result<f32>>,
) -> Result<Note, Unusable> {
    let mut some = Zeroizing::new(Vec::with_capacity(AT_ONCE));
    for sample in samples {
        match sample {
            Ok(sample) => some.push(sample),
            Err(hound::Error::IoError(error)) if ended(&error) => break,
            Err(error) => return Err(unusable(error)),
        }
        if some.len() == AT_ONCE {
            maker.push(&some)?;
            some.clear();
        }
    }
    maker.push(&some)?;
    maker.finish()
}

/// Whether a file is at its end; the reader says so in one of two ways.
fn ended(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::Other)
}
