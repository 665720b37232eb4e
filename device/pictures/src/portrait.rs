//! A small square of a picture, as a group or a person has it.

use std::fs::File;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;

use crate::look::decoded;

/// Side of the square, pixels.
const SIDE: u32 = 160;
/// Largest file, bytes.
pub const PORTRAIT_MAX: usize = 8_000;
/// Qualities that are tried until it is small enough.
const QUALITIES: [u8; 5] = [85, 70, 55, 40, 20];

/// The middle of a picture as a JPEG, made anew: nothing of the file is left in it but what it shows. `None` if it cannot
/// be decoded within the bounds.
pub(crate) fn portrait(file: &File, orientation: u8) -> Option<Vec<u8>> {
    let mut picture = decoded(file)?.resize_to_fill(SIDE, SIDE, FilterType::Triangle);
    if let Some(turn) = image::metadata::Orientation::from_exif(orientation) {
        picture.apply_orientation(turn);
    }
    let picture = picture.to_rgb8();
    QUALITIES.into_iter().find_map(|quality| {
        let mut out = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut out, quality);
        picture.write_with_encoder(encoder).ok()?;
        (out.len() <= PORTRAIT_MAX).then_some(out)
    })
}
