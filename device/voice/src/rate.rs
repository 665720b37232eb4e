//! Any usual rate of samples becomes the one that is encoded.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler};
use zeroize::Zeroizing;

use crate::Unusable;

/// Samples a second that are encoded.
pub(crate) const RATE: u32 = 48_000;
/// Rates of what goes in, samples a second.
pub const RATES: [u32; 12] = [
    8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000,
];
/// Samples that are converted at once.
const AT_ONCE: usize = 1_024;

/// Mono samples of one rate in, of [`RATE`] out.
pub(crate) struct Converter {
    /// None: the rate is that already.
    fft: Option<Fft<f32>>,
    waiting: Zeroizing<Vec<f32>>,
    /// What the conversion puts before the first sample.
    delay: usize,
    rate: u32,
    taken: u64,
    given: u64,
}

impl Converter {
    pub(crate) fn new(rate: u32) -> Result<Self, Unusable> {
        if !RATES.contains(&rate) {
            return Err(Unusable::Unusual);
        }
        let fft = (rate != RATE)
            .then(|| Fft::new(rate as usize, RATE as usize, AT_ONCE, 1, FixedSync::Input))
            .transpose()
            .map_err(|_| Unusable::Encoder)?;
        Ok(Self {
            delay: fft.as_ref().map_or(0, Resampler::output_delay),
            fft,
            waiting: Zeroizing::new(Vec::new()),
            rate,
            taken: 0,
            given: 0,
        })
    }

    /// Takes samples in; `out` gets what is ready.
    pub(crate) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<(), Unusable> {
        self.taken += samples.len() as u64;
        let Some(fft) = &mut self.fft else {
            out.extend_from_slice(samples);
            return Ok(());
        };
        self.waiting.extend_from_slice(samples);
        let mut from = 0;
        loop {
            let needed = fft.input_frames_next();
            let Some(piece) = self.waiting.get(from..from + needed) else {
                break;
            };
            let made = convert(fft, piece, None)?;
            from += needed;
            give(&made, (&mut self.delay, &mut self.given, u64::MAX), out);
        }
        self.waiting.drain(..from);
        Ok(())
    }

    /// What is left; what came out is then as long as what went in.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), Unusable> {
        let Some(fft) = &mut self.fft else {
            return Ok(());
        };
        let whole = (self.taken * u64::from(RATE)).div_ceil(u64::from(self.rate));
        let mut rest = std::mem::take(&mut self.waiting);
        while self.given < whole {
            let length = rest.len();
            rest.resize(fft.input_frames_next().max(length), 0.0);
            let made = convert(fft, &rest, Some(length))?;
            give(&made, (&mut self.delay, &mut self.given, whole), out);
            rest.clear();
        }
        Ok(())
    }
}

fn convert(
    fft: &mut Fft<f32>,
    piece: &[f32],
    filled: Option<usize>,
) -> Result<Zeroizing<Vec<f32>>, Unusable> {
    let input = InterleavedSlice::new(piece, 1, piece.len()).map_err(|_| Unusable::Encoder)?;
    let indexing = filled.map(|length| Indexing::new().partial_len(length));
    let mut made = Zeroizing::new(vec![0.0; fft.output_frames_next()]);
    let room = made.len();
    let mut output =
        InterleavedSlice::new_mut(&mut made, 1, room).map_err(|_| Unusable::Encoder)?;
    let (_, count) = fft
        .process_into_buffer(&input, &mut output, indexing.as_ref())
        .map_err(|_| Unusable::Encoder)?;
    made.truncate(count);
    Ok(made)
}

/// Appends what follows the delay, up to a whole number of samples.
fn give(made: &[f32], (delay, given, whole): (&mut usize, &mut u64, u64), out: &mut Vec<f32>) {
    let skip = (*delay).min(made.len());
    *delay -= skip;
    let rest = made.get(skip..).unwrap_or_default();
    let count = usize::try_from(whole - *given).map_or(rest.len(), |left| left.min(rest.len()));
    out.extend_from_slice(rest.get(..count).unwrap_or_default());
    *given += count as u64;
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on has failed; samples are made as exact as they are kept"
)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_stays_the_tone_and_as_long_at_every_rate() {
        for rate in RATES {
            let tone = |rate: u32, at: u64| {
                (at as f64 * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin() as f32 / 2.0
            };
            let samples: Vec<f32> = (0..u64::from(rate)).map(|at| tone(rate, at)).collect();
            let mut converter = Converter::new(rate).unwrap();
            let mut out = Vec::new();
            for piece in samples.chunks(777) {
                converter.push(piece, &mut out).unwrap();
            }
            converter.finish(&mut out).unwrap();
            assert_eq!(out.len(), RATE as usize, "{rate}");
            // Edges ring; the middle must be the tone, in its place.
            let middle = (12_000..36_000).map(|at| (out[at] - tone(RATE, at as u64)).abs());
            let worst = middle.fold(0.0, f32::max);
            assert!(worst < 0.01, "{rate}: {worst}");
        }
        assert_eq!(Converter::new(44_099).err(), Some(Unusable::Unusual));
    }
}
