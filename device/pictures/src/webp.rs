//! WebP: chunks that make the picture stay, the rest goes, and the header says so. (RFC 9649.)

use std::io::{ErrorKind, Read, Result, Seek};

use crate::reader::Reader;
use crate::recipe::Recipe;

const KEPT: [&[u8; 4]; 6] = [b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
/// Flags of the extended header: there is Exif, there is XMP.
const METADATA: u8 = 0x08 | 0x04;
/// Length of the extended header.
const HEADER: u64 = 10;

pub(crate) fn clean<R: Read + Seek>(file: R) -> Result<Recipe> {
    let (mut reader, mut body) = (Reader::new(file), Recipe::default());
    let [riff, size, webp]: [[u8; 4]; 3] = [reader.take()?, reader.take()?, reader.take()?];
    if riff != *b"RIFF" || webp != *b"WEBP" {
        return Err(ErrorKind::InvalidData.into());
    }
    let end = 8 + u64::from(u32::from_le_bytes(size));
    while reader.at() < end {
        let from = reader.at();
        let kind: [u8; 4] = reader.take()?;
        let length = u64::from(u32::from_le_bytes(reader.take()?));
        if kind == *b"VP8X" && length == HEADER {
            let mut header: [u8; 10] = reader.take()?;
            header[0] &= !METADATA;
            let chunk = [b"VP8X".as_slice(), &[10, 0, 0, 0], &header].concat();
            body.make(chunk);
            continue;
        }
        // Of odd length it has one byte more.
        reader.skip(length + length % 2)?;
        if KEPT.contains(&&kind) {
            body.keep(from, reader.at() - from);
        }
    }
    let size = u32::try_from(body.size() + 4).map_err(|_| ErrorKind::InvalidData)?;
    let head = [b"RIFF".as_slice(), &size.to_le_bytes(), b"WEBP"].concat();
    Ok(body.after(head))
}
