//! Samples become a note.

use opusic_c::{Application, Bitrate, Channels, Encoder, SampleRate, Signal};
use zeroize::Zeroizing;

use crate::level::{loudness, outline};
use crate::page::Pages;
use crate::rate::{Converter, RATE};
use crate::{NOTE_MAX_MS, Note, Unusable};

/// Samples of a packet: 20 ms.
const FRAME: usize = RATE as usize / 50;
/// Bits a second. The same for every packet, so the size of a note tells its length and nothing of its words.
const BITS: u32 = 24_000;
/// Bytes of a packet.
const PACKET: usize = BITS as usize / 8 / 50;

/// Takes the samples of a note as they come.
pub struct Maker {
    converter: Converter,
    channels: u16,
    encoder: Encoder,
    pages: Pages,
    /// Converted and not yet a whole packet.
    waiting: Zeroizing<Vec<f32>>,
    loud: Vec<f32>,
    samples: u64,
    /// Samples that the encoder runs ahead.
    ahead: u64,
}

fn encoder() -> Result<Encoder, opusic_c::ErrorCode> {
    let mut encoder = Encoder::new(Channels::Mono, SampleRate::Hz48000, Application::Voip)?;
    encoder.set_bitrate(Bitrate::Value(BITS))?;
    encoder.set_vbr(false)?;
    encoder.set_dtx(false)?;
    encoder.set_signal(Signal::Voice)?;
    Ok(encoder)
}

/// Bytes of the longest note: 60 of every packet, its length, and the heads of pages.
const fn room() -> usize {
    let seconds = NOTE_MAX_MS as usize / 1_000 + 2;
    seconds * (50 * (PACKET + 1) + 28) + 256
}

impl Maker {
    /// For samples of a rate out of [`RATES`](crate::RATES), one channel or two, interleaved.
    ///
    /// # Errors
    /// [`Unusable::Unusual`], or [`Unusable::Encoder`].
    pub fn new(rate: u32, channels: u16) -> Result<Self, Unusable> {
        if !(1..=2).contains(&channels) {
            return Err(Unusable::Unusual);
        }
        let mut encoder = encoder().map_err(|_| Unusable::Encoder)?;
        let ahead = encoder.get_look_ahead().map_err(|_| Unusable::Encoder)?;
        let skip = u16::try_from(ahead).map_err(|_| Unusable::Encoder)?;
        Ok(Self {
            converter: Converter::new(rate)?,
            channels,
            encoder,
            pages: Pages::new(skip, room()).map_err(|_| Unusable::Encoder)?,
            waiting: Zeroizing::new(Vec::new()),
            loud: Vec::new(),
            samples: 0,
            ahead: u64::from(ahead),
        })
    }

    /// How long it is so far, milliseconds.
    #[must_use]
    pub fn millis(&self) -> u32 {
        u32::try_from(self.samples * 1_000 / u64::from(RATE)).unwrap_or(u32::MAX)
    }

    /// Takes samples in, -1 to 1; those that are none count as silence.
    ///
    /// # Errors
    /// [`Unusable::TooLong`]; what came before can still be finished.
    pub fn push(&mut self, samples: &[f32]) -> Result<(), Unusable> {
        let sound = |sample: f32| {
            if sample.is_finite() {
                sample.clamp(-1.0, 1.0)
            } else {
                0.0
            }
        };
        let mono = samples.chunks_exact(usize::from(self.channels));
        let mono = mono.map(|all| all.iter().copied().map(sound).sum::<f32>() / all.len() as f32);
        let mono = Zeroizing::new(mono.collect::<Vec<f32>>());
        let before = self.waiting.len();
        self.converter.push(&mono, &mut self.waiting)?;
        self.samples += (self.waiting.len() - before) as u64;
        self.encode()?;
        if self.millis() > NOTE_MAX_MS {
            return Err(Unusable::TooLong);
        }
        Ok(())
    }

    /// Every whole packet that waits.
    fn encode(&mut self) -> Result<(), Unusable> {
        let mut whole = self.waiting.chunks_exact(FRAME);
        for frame in whole.by_ref() {
            self.loud.push(loudness(frame));
            let mut packet = vec![0; PACKET];
            let length = self.encoder.encode_float_to_slice(frame, &mut packet);
            if length != Ok(PACKET) {
                return Err(Unusable::Encoder);
            }
            self.pages.push(packet).map_err(|_| Unusable::Encoder)?;
        }
        let used = self.waiting.len() - whole.remainder().len();
        self.waiting.drain(..used);
        Ok(())
    }

    /// The note.
    ///
    /// # Errors
    /// [`Unusable::Empty`] if nothing came, or as of [`Maker::push`].
    pub fn finish(mut self) -> Result<Note, Unusable> {
        let before = self.waiting.len();
        self.converter.finish(&mut self.waiting)?;
        self.samples += (self.waiting.len() - before) as u64;
        if self.samples == 0 {
            return Err(Unusable::Empty);
        }
        let millis = self.millis().clamp(1, NOTE_MAX_MS);
        // What the encoder runs ahead must come out too, and packets are whole.
        let whole = (self.samples + self.ahead).next_multiple_of(FRAME as u64);
        let missing = usize::try_from(whole - self.samples).map_err(|_| Unusable::Encoder)?;
        self.waiting.extend(std::iter::repeat_n(0.0, missing));
        self.encode()?;
        let pages = self.pages;
        let ogg = pages.finish(self.samples).map_err(|_| Unusable::Encoder)?;
        Ok(Note {
            ogg,
            millis,
            waveform: outline(&self.loud),
        })
    }
}
