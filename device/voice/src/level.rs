//! The outline of loudness, from beginning to end.

/// Values of an outline.
pub const WAVEFORM: usize = 64;

/// How loud a frame is: root of the mean of squares, 0 to 1.
pub(crate) fn loudness(frame: &[f32]) -> f32 {
    let squares: f32 = frame.iter().map(|sample| sample * sample).sum();
    (squares / frame.len().max(1) as f32).sqrt().min(1.0)
}

/// The loudest of every part, against the loudest of all. Silence is flat.
#[allow(
    clippy::cast_possible_truncation,
    reason = "a share of one, times 255, fits a byte"
)]
pub(crate) fn outline(frames: &[f32]) -> Vec<u8> {
    let top = frames.iter().copied().fold(0.0, f32::max);
    let part = |at: usize| {
        let from = at * frames.len() / WAVEFORM;
        let to = ((at + 1) * frames.len() / WAVEFORM).max(from + 1);
        let loudest = frames.get(from..to.min(frames.len())).unwrap_or_default();
        let loudest = loudest.iter().copied().fold(0.0, f32::max);
        // Below a ten-thousandth of full scale there is only the noise of the device.
        if top > 1e-4 {
            (loudest / top * 255.0).round() as u8
        } else {
            0
        }
    };
    (0..WAVEFORM).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_shows_where_it_is_loud_however_long_it_is() {
        for frames in [1, 3, 63, 64, 65, 1_000, 90_000] {
            let swell: Vec<f32> = (0..frames)
                .map(|at| (at + 1) as f32 / frames as f32)
                .collect();
            let outline = outline(&swell);
            assert_eq!(outline.len(), WAVEFORM);
            assert_eq!(outline.last(), Some(&255));
            assert!(outline.is_sorted());
        }
        assert_eq!(outline(&[0.0; 200]), [0; WAVEFORM]);
        assert_eq!(outline(&[]), [0; WAVEFORM]);
    }
}
