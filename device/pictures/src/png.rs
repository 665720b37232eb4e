//! PNG: chunks that make the picture stay; texts, times, Exif and what nobody knows go, and whatever follows the end.
//! (W3C PNG, third edition, 11.)

use std::io::{ErrorKind, Read, Result, Seek};

use crate::reader::Reader;
use crate::recipe::Recipe;

pub(crate) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

const KEPT: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
    b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

pub(crate) fn clean<R: Read + Seek>(file: R) -> Result<Recipe> {
    let (mut reader, mut recipe) = (Reader::new(file), Recipe::default());
    if reader.take()? != SIGNATURE {
        return Err(ErrorKind::InvalidData.into());
    }
    recipe.keep(0, reader.at());
    loop {
        let from = reader.at();
        let length = u64::from(u32::from_be_bytes(reader.take()?));
        let kind: [u8; 4] = reader.take()?;
        // And its checksum.
        reader.skip(length + 4)?;
        if KEPT.contains(&&kind) {
            recipe.keep(from, reader.at() - from);
        }
        if kind == *b"IEND" {
            return Ok(recipe);
        }
    }
}
