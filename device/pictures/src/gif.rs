//! GIF: pictures and what repeats them stay; comments and other applications' blocks go. (GIF89a, 2 and 17–26.)

use std::io::{ErrorKind, Read, Result, Seek};

use crate::reader::Reader;
use crate::recipe::Recipe;

const TABLE: u8 = 0x80;
const KEPT: [&[u8; 11]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];

fn table(flags: u8) -> u64 {
    if flags & TABLE == 0 {
        return 0;
    }
    3 << ((flags & 7) + 1)
}

fn skip_blocks<R: Read + Seek>(reader: &mut Reader<R>) -> Result<()> {
    loop {
        match reader.byte()? {
            0 => return Ok(()),
            length => reader.skip(length.into())?,
        }
    }
}

pub(crate) fn clean<R: Read + Seek>(file: R) -> Result<Recipe> {
    let (mut reader, mut recipe) = (Reader::new(file), Recipe::default());
    let name: [u8; 6] = reader.take()?;
    if ![b"GIF87a", b"GIF89a"].contains(&&name) {
        return Err(ErrorKind::InvalidData.into());
    }
    let screen: [u8; 7] = reader.take()?;
    reader.skip(table(screen[4]))?;
    recipe.keep(0, reader.at());
    loop {
        let from = reader.at();
        let kept = match reader.byte()? {
            0x3b => {
                recipe.keep(from, 1);
                return Ok(recipe);
            }
            0x2c => {
                let about: [u8; 9] = reader.take()?;
                // And the width of its codes.
                reader.skip(table(about[8]) + 1)?;
                true
            }
            0x21 => is_kept(&mut reader)?,
            _ => return Err(ErrorKind::InvalidData.into()),
        };
        skip_blocks(&mut reader)?;
        if kept {
            recipe.keep(from, reader.at() - from);
        }
    }
}

/// Whether an extension stays; reads on to its blocks.
fn is_kept<R: Read + Seek>(reader: &mut Reader<R>) -> Result<bool> {
    match reader.byte()? {
        // How the next picture is shown.
        0xf9 => Ok(true),
        0xff => {
            if reader.byte()? != 11 {
                return Err(ErrorKind::InvalidData.into());
            }
            let application: [u8; 11] = reader.take()?;
            Ok(KEPT.contains(&&application))
        }
        _ => Ok(false),
    }
}
