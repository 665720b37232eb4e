//! The process that reads pictures: a file as standard input, answers on standard output.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsFd;

use serde::Serialize;

use crate::look::{look, orientation};
use crate::portrait::portrait;
use crate::recipe::Recipe;
use crate::{gif, jpeg, png, sandbox, webp};

/// What a file is, by its first bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Can be cleaned.
    Jpeg,
    /// Can be cleaned.
    Png,
    /// Can be cleaned.
    Webp,
    /// Can be cleaned.
    Gif,
    /// A picture from which nothing can be taken out here.
    Other,
}

/// First bytes of a file that are looked at.
pub(crate) const HEAD: usize = 32;

/// Brands of pictures in boxes: HEIF and AVIF, single and in sequences, and Canon's raw format.
const BRANDS: [&[u8; 4]; 14] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2",
    b"msf1", b"avif", b"avis", b"crx ",
];
/// Beginnings of TIFF, in which most raw pictures of cameras come too, of others' raw formats, and of JPEG XL and 2000.
const OTHERS: [&[u8]; 12] = [
    b"II*\0",
    b"MM\0*",
    b"IIRO",
    b"IIRS",
    b"MMOR",
    b"IIU\0",
    // Sigma's, in letters no word.
    &[0x46, 0x4f, 0x56, 0x62],
    b"FUJIFILMCCD-RAW",
    b"\xff\x0a",
    b"\0\0\0\x0cJXL ",
    b"\0\0\0\x0cjP  ",
    b"8BPS",
];

/// `None` if a file is no picture.
pub(crate) fn format(head: &[u8]) -> Option<Format> {
    let boxed = head.get(4..8) == Some(b"ftyp");
    // Its own brand, a version, and brands that it fits as well.
    let brands = [head.get(8..12), head.get(16..)];
    let mut brands = brands.into_iter().flatten().flat_map(|all| all.chunks(4));
    if head.starts_with(b"\xff\xd8\xff") {
        Some(Format::Jpeg)
    } else if head.starts_with(&png::SIGNATURE) {
        Some(Format::Png)
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        Some(Format::Webp)
    } else if head.starts_with(b"GIF8") {
        Some(Format::Gif)
    } else if boxed && brands.any(|brand| BRANDS.iter().any(|known| *known == brand))
        || OTHERS.iter().any(|beginning| head.starts_with(beginning))
    {
        Some(Format::Other)
    } else {
        None
    }
}

fn clean(mut file: &File, format: Format, orientation: u8) -> io::Result<Recipe> {
    file.rewind()?;
    let recipe = match format {
        Format::Jpeg => jpeg::clean(file, orientation)?,
        Format::Png => png::clean(file)?,
        Format::Webp => webp::clean(file)?,
        Format::Gif => gif::clean(file)?,
        Format::Other => return Err(io::ErrorKind::Unsupported.into()),
    };
    Ok(recipe.of_file(file.metadata()?.len()))
}

/// An answer, after its length in four bytes.
fn say(answer: &impl Serialize) -> io::Result<()> {
    let mut bytes = Vec::new();
    ciborium::into_writer(answer, &mut bytes).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let mut out = io::stdout().lock();
    out.write_all(&length.to_be_bytes())?;
    out.write_all(&bytes)?;
    out.flush()
}

/// The word with which such a process makes a small square of a picture instead.
pub const PORTRAIT: &str = "portrait";

/// What such a process does: it shuts itself in, says how the file on its standard input is cleaned, and then, if it
/// can, what it looks like; or, asked for a [`PORTRAIT`], says that. Ends the process.
pub fn worker(portrait: bool) -> ! {
    let done = work(portrait);
    std::process::exit(i32::from(done.is_err()))
}

fn work(wants_portrait: bool) -> io::Result<()> {
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    sandbox::enter().map_err(io::Error::other)?;
    let mut head = Vec::with_capacity(HEAD);
    (&file).take(HEAD as u64).read_to_end(&mut head)?;
    let Some(format) = format(&head) else {
        return Err(io::ErrorKind::Unsupported.into());
    };
    (&file).rewind()?;
    let orientation = orientation(&file);
    if wants_portrait {
        let made = portrait(&file, orientation).ok_or(io::ErrorKind::InvalidData)?;
        return say(&serde_bytes::ByteBuf::from(made));
    }
    say(&clean(&file, format, orientation)?)?;
    if let Some(look) = look(&file, orientation) {
        say(&look)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_cannot_be_cleaned_are_known_as_pictures() {
        let others: [&[u8]; 7] = [
            b"\0\0\0\x18ftypcrx \0\0\0\x01",
            b"\0\0\0\x18ftyphevc\0\0\0\0",
            b"\0\0\0\x18ftypxxxx\0\0\0\0abcdmif1",
            b"IIU\0\x08\0\0\0",
            b"IIRS\x08\0\0\0",
            &[0x46, 0x4f, 0x56, 0x62, 0, 0],
            b"MM\0*\0\0\0\x08",
        ];
        for head in others {
            assert!(format(head) == Some(Format::Other), "{head:?}");
        }
        let films: [&[u8]; 2] = [b"\0\0\0\x18ftypisom\0\0\0\0isommp42", b"%PDF-1.7"];
        for head in films {
            assert!(format(head).is_none(), "{head:?}");
        }
    }
}
