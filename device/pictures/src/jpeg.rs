//! JPEG: the picture, its colours and how it is turned stay; every other segment goes, and whatever follows its end.
//! (ITU-T T.81, annex B; Exif 2.32, 4.5.4; ICC.1, annex B.4.)

use std::io::{ErrorKind, Read, Result, Seek};

use crate::reader::Reader;
use crate::recipe::Recipe;

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const COMMENT: u8 = 0xfe;
const FIRST_APPLICATION: u8 = 0xe0;
const LAST_APPLICATION: u8 = 0xef;

/// Which application segments belong to the picture itself.
const KEPT: [(u8, &[u8]); 3] = [
    (0xe0, b"JFIF\0"),
    (0xe2, b"ICC_PROFILE\0"),
    (0xee, b"Adobe"),
];

/// An Exif segment that says how the picture is turned and nothing else.
fn turned(orientation: u8) -> Vec<u8> {
    let mut out = vec![0xff, 0xe1, 0, 34];
    out.extend(b"Exif\0\0MM\0\x2a\0\0\0\x08");
    // One entry: tag 0x0112, one 16-bit number.
    out.extend([0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    out.extend([0; 4]);
    out
}

pub(crate) fn clean<R: Read + Seek>(file: R, orientation: u8) -> Result<Recipe> {
    let (mut reader, mut recipe) = (Reader::new(file), Recipe::default());
    if reader.take()? != [0xff, START] {
        return Err(ErrorKind::InvalidData.into());
    }
    recipe.keep(0, 2);
    if orientation > 1 {
        recipe.make(turned(orientation));
    }
    loop {
        let from = reader.at();
        if reader.byte()? != 0xff {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut marker = reader.byte()?;
        while marker == 0xff {
            marker = reader.byte()?;
        }
        if marker == END {
            recipe.keep(from, reader.at() - from);
            return Ok(recipe);
        }
        let length = u64::from(u16::from_be_bytes(reader.take()?));
        let body = length.checked_sub(2).ok_or(ErrorKind::InvalidData)?;
        let kept = match marker {
            FIRST_APPLICATION..=LAST_APPLICATION => is_of_picture(&mut reader, marker, body)?,
            _ => {
                reader.skip(body)?;
                marker != COMMENT
            }
        };
        if marker == SCAN {
            skip_scan(&mut reader)?;
        }
        if kept {
            recipe.keep(from, reader.at() - from);
        }
    }
}

/// Reads a segment to its end; whether it is one that [`KEPT`] names.
fn is_of_picture<R: Read + Seek>(reader: &mut Reader<R>, marker: u8, body: u64) -> Result<bool> {
    let known = KEPT.iter().find(|(of, _)| *of == marker);
    let Some((_, name)) = known.filter(|(_, name)| body >= name.len() as u64) else {
        reader.skip(body)?;
        return Ok(false);
    };
    let mut same = true;
    for wanted in *name {
        same &= reader.byte()? == *wanted;
    }
    reader.skip(body - name.len() as u64)?;
    Ok(same)
}

/// The bytes of a scan, up to the next marker that is not one inside it.
fn skip_scan<R: Read + Seek>(reader: &mut Reader<R>) -> Result<()> {
    loop {
        reader.skip_to(0xff)?;
        let mark = reader.peek_two()?;
        match mark {
            // A byte of the picture, or a place to start again.
            [_, 0 | 0xd0..=0xd7] => reader.skip(2)?,
            [_, 0xff] => reader.skip(1)?,
            _ => return Ok(()),
        }
    }
}
