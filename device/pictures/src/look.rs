//! What a picture looks like from far away: its size, and a blur of a few bytes.

use std::fs::File;
use std::io::{BufReader, Seek};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use serde::{Deserialize, Serialize};

/// Longest side of a picture, pixels.
pub const SIDE_MAX: u32 = 65_535;
/// Longest blur, bytes.
pub const BLUR_MAX: usize = 25;
/// Largest file that is decoded for a blur, bytes: decoders hold all of it.
const FILE_MAX: u64 = 12 << 20;
/// Most memory for a decoded picture, bytes.
const DECODED_MAX: u64 = 40 << 20;
/// Side of the small picture that is blurred, pixels.
const SMALL: u32 = 100;

/// See the module's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// As it is shown, pixels.
    pub width: u32,
    /// As it is shown, pixels.
    pub height: u32,
    /// A ThumbHash (at most 25 bytes); empty if the picture was not decoded.
    #[serde(with = "serde_bytes")]
    pub blur: Vec<u8>,
}

impl Look {
    /// Whether it keeps to its bounds.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let sides = 1..=SIDE_MAX;
        sides.contains(&self.width) && sides.contains(&self.height) && self.blur.len() <= BLUR_MAX
    }
}

/// How a picture is turned, 1 to 8 as Exif numbers it; 1 if nothing says so.
pub(crate) fn orientation(file: &File) -> u8 {
    let mut input = BufReader::new(file);
    let read = exif::Reader::new().read_from_container(&mut input);
    let value = read.ok().and_then(|exif| {
        let field = exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?;
        field.value.get_uint(0)
    });
    value
        .and_then(|value| u8::try_from(value).ok())
        .filter(|value| (1..=8).contains(value))
        .unwrap_or(1)
}

/// A decoder that keeps to the bounds, at its beginning.
fn decoder(mut file: &File) -> Option<(impl ImageDecoder, Limits)> {
    if file.metadata().ok()?.len() > FILE_MAX {
        return None;
    }
    file.rewind().ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_MAX);
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    let mut reader = ImageReader::new(BufReader::new(file))
        .with_guessed_format()
        .ok()?;
    reader.limits(limits.clone());
    Some((reader.into_decoder().ok()?, limits))
}

fn decode((mut decoder, limits): (impl ImageDecoder, Limits)) -> Option<DynamicImage> {
    let whole = decoder.total_bytes() <= DECODED_MAX && decoder.set_limits(limits).is_ok();
    whole
        .then(|| DynamicImage::from_decoder(decoder).ok())
        .flatten()
}

/// A picture, decoded within the bounds.
pub(crate) fn decoded(file: &File) -> Option<DynamicImage> {
    decode(decoder(file)?)
}

/// Looks at a picture. `None` if it cannot be decoded within the bounds.
pub(crate) fn look(file: &File, orientation: u8) -> Option<Look> {
    let (decoder, limits) = decoder(file)?;
    let (mut width, mut height) = decoder.dimensions();
    if orientation >= 5 {
        (width, height) = (height, width);
    }
    let blur = decode((decoder, limits))
        .map(|picture| blur(&picture, orientation))
        .unwrap_or_default();
    Some(Look {
        width,
        height,
        blur,
    })
}

fn blur(picture: &DynamicImage, orientation: u8) -> Vec<u8> {
    let mut small = picture.thumbnail(SMALL, SMALL);
    if let Some(turn) = image::metadata::Orientation::from_exif(orientation) {
        small.apply_orientation(turn);
    }
    let small = small.to_rgba8();
    let side = |side: u32| usize::try_from(side).unwrap_or(0);
    thumbhash::rgba_to_thumb_hash(side(small.width()), side(small.height()), small.as_raw())
}
