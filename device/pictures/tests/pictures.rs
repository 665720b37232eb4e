//! Pictures with places, names and more in them, and files that only pretend: what leaves tells nothing, and whoever
//! reads them can do nothing.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::io::{Cursor, Write};
use std::process::{Command, Stdio};

use heliograph_pictures::{
    FileView, PORTRAIT_MAX, Prepared, Unprepared, Worker, portrait, prepare,
};
use image::{DynamicImage, ImageFormat, RgbImage};

const SECRET: &[u8] = b"59.9139N 10.7522E Anna's phone";

fn worker() -> Worker {
    Worker {
        program: env!("CARGO_BIN_EXE_heliograph-picture-worker").into(),
        arguments: Vec::new(),
    }
}

fn prepared(bytes: &[u8]) -> Result<Option<(Prepared, Vec<u8>)>, Unprepared> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let Some(prepared) = prepare(&file, &worker())? else {
        return Ok(None);
    };
    let mut cleaned = vec![0; usize::try_from(prepared.recipe.size()).unwrap()];
    let view = FileView::new(file, Some(prepared.recipe.clone()));
    view.read_exact_at(&mut cleaned, 0).unwrap();
    Ok(Some((prepared, cleaned)))
}

fn picture() -> DynamicImage {
    let small = RgbImage::from_fn(120, 80, |x, y| {
        let level = |n: u32| u8::try_from(n % 256).unwrap();
        image::Rgb([level(x * 2), level(y * 3), level(x + y)])
    });
    DynamicImage::ImageRgb8(small)
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture().write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn pixels(bytes: &[u8]) -> Vec<u8> {
    image::load_from_memory(bytes)
        .unwrap()
        .to_rgba8()
        .into_raw()
}

fn tells(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|part| part == SECRET)
}

/// Exif with the secret as its description, and a picture that is turned.
fn exif() -> Vec<u8> {
    let mut writer = exif::experimental::Writer::new();
    let field = |tag, value| exif::Field {
        tag,
        ifd_num: exif::In::PRIMARY,
        value,
    };
    let said = field(
        exif::Tag::ImageDescription,
        exif::Value::Ascii(vec![SECRET.to_vec()]),
    );
    let latitude = field(
        exif::Tag::GPSLatitudeRef,
        exif::Value::Ascii(vec![b"N".to_vec()]),
    );
    let turned = field(exif::Tag::Orientation, exif::Value::Short(vec![6]));
    for field in [&said, &latitude, &turned] {
        writer.push_field(field);
    }
    let mut out = Cursor::new(Vec::new());
    writer.write(&mut out, false).unwrap();
    out.into_inner()
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap();
    [&[0xff, marker], length.to_be_bytes().as_slice(), body].concat()
}

#[test]
fn a_jpeg_keeps_its_picture_and_how_it_is_turned_and_nothing_else() {
    let plain = encoded(ImageFormat::Jpeg);
    let exif = [b"Exif\0\0".as_slice(), &exif()].concat();
    let more = [
        segment(0xe1, &exif),
        segment(
            0xe1,
            &[b"http://ns.adobe.com/xap/1.0/\0".as_slice(), SECRET].concat(),
        ),
        segment(0xe2, &[b"MPF\0".as_slice(), SECRET].concat()),
        segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"),
        segment(0xed, &[b"Photoshop 3.0\0".as_slice(), SECRET].concat()),
        segment(0xfe, SECRET),
        segment(0xe0, &[b"JFXX\0".as_slice(), SECRET].concat()),
    ];
    let told = [&plain[..2], &more.concat(), &plain[2..], b"a film", SECRET].concat();
    assert!(tells(&told));
    let (prepared, cleaned) = prepared(&told).unwrap().unwrap();
    assert_eq!(prepared.media, "image/jpeg");
    assert!(!tells(&cleaned));
    let read = exif::Reader::new()
        .read_from_container(&mut Cursor::new(&cleaned))
        .unwrap();
    let fields: Vec<_> = read
        .fields()
        .map(|field| (field.tag, field.value.get_uint(0)))
        .collect();
    assert_eq!(fields, [(exif::Tag::Orientation, Some(6))]);
    assert_eq!(pixels(&cleaned), pixels(&plain));
    assert!(cleaned.windows(11).any(|part| part == b"ICC_PROFILE"));
    let look = prepared.look.unwrap();
    assert_eq!(
        (look.width, look.height),
        (80, 120),
        "as it is shown: turned"
    );
    assert!((5..=25).contains(&look.blur.len()));
    // A plain one is sent as it is.
    assert_eq!(self::prepared(&plain).unwrap().unwrap().1, plain);
}

#[test]
fn a_png_a_webp_and_a_gif_keep_their_pictures_and_nothing_else() {
    let plain = encoded(ImageFormat::Png);
    let chunk = |kind: &[u8], body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [length.as_slice(), kind, body, &[0; 4]].concat()
    };
    let head = 8 + 25;
    let more = [
        chunk(b"tEXt", SECRET),
        chunk(b"eXIf", &exif()),
        chunk(b"iTXt", SECRET),
        chunk(b"tIME", &[7; 7]),
        chunk(b"prVt", SECRET),
    ];
    let told = [&plain[..head], &more.concat(), &plain[head..], SECRET].concat();
    let (prepared_png, cleaned) = prepared(&told).unwrap().unwrap();
    assert_eq!((prepared_png.media, cleaned == plain), ("image/png", true));

    let plain = encoded(ImageFormat::WebP);
    let chunk = |kind: &[u8], body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        let odd = if body.len() % 2 == 1 { &[0][..] } else { &[] };
        [kind, &length, body, odd].concat()
    };
    let extended = chunk(b"VP8X", &[0x0c, 0, 0, 0, 119, 0, 0, 79, 0, 0]);
    let body = [
        extended,
        plain[12..].to_vec(),
        chunk(b"EXIF", &exif()),
        chunk(b"XMP ", SECRET),
        chunk(b"abcd", SECRET),
    ]
    .concat();
    let size = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
    let told = [b"RIFF".as_slice(), &size, b"WEBP", &body, SECRET].concat();
    let (prepared_webp, cleaned) = prepared(&told).unwrap().unwrap();
    assert_eq!(prepared_webp.media, "image/webp");
    assert!(
        !tells(&cleaned)
            && exif::Reader::new()
                .read_from_container(&mut Cursor::new(&cleaned))
                .is_err()
    );
    assert_eq!(pixels(&cleaned), pixels(&plain));
    assert_eq!(
        u32::from_le_bytes(cleaned[4..8].try_into().unwrap()) as usize,
        cleaned.len() - 8
    );

    let plain = encoded(ImageFormat::Gif);
    let blocks = [&[u8::try_from(SECRET.len()).unwrap()], SECRET, &[0]].concat();
    let comment = [&[0x21, 0xfe][..], &blocks].concat();
    let application = [&[0x21, 0xff, 11][..], b"XMP DataXMP", &blocks].concat();
    let end = plain.len() - 1;
    let told = [&plain[..end], &comment, &application, &plain[end..], SECRET].concat();
    let (prepared_gif, cleaned) = prepared(&told).unwrap().unwrap();
    assert_eq!((prepared_gif.media, cleaned == plain), ("image/gif", true));
}

#[test]
fn what_cannot_be_cleaned_is_refused_and_what_is_no_picture_is_none() {
    assert_eq!(prepared(b"a letter").unwrap(), None);
    assert_eq!(prepared(b"").unwrap(), None);
    for other in [
        &b"\0\0\0\x18ftypheic\0\0\0\0"[..],
        b"II*\0\x08\0\0\0",
        b"\0\0\0\x1cftypavif",
    ] {
        assert_eq!(prepared(other), Err(Unprepared::Kind));
    }
    let plain = [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ]
    .map(encoded);
    for whole in &plain {
        for end in [13, 40, whole.len() / 2, whole.len() - 1] {
            assert_eq!(prepared(&whole[..end]), Err(Unprepared::Damaged), "{end}");
        }
        // Whatever stands in the middle: no failure but these, and the next file is read as well.
        for at in (12..whole.len()).step_by(97) {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 0xff;
            assert!(matches!(
                prepared(&spoilt),
                Ok(Some(_)) | Err(Unprepared::Damaged)
            ));
        }
    }
    let nobody = Worker {
        program: "/nowhere".into(),
        arguments: Vec::new(),
    };
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&plain[0]).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    assert_eq!(prepare(&file, &nobody), Err(Unprepared::Worker));
}

#[test]
fn a_picture_that_would_fill_the_memory_is_sent_without_a_blur() {
    // 20,000 by 20,000 pixels, all alike: 1.2 gigabytes out of one megabyte.
    let mut bomb = Cursor::new(Vec::new());
    let mut encoder = png::Encoder::new(&mut bomb, 20_000, 20_000);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let mut stream = writer.stream_writer().unwrap();
    let row = vec![0; 60_000];
    for _ in 0..20_000 {
        stream.write_all(&row).unwrap();
    }
    stream.finish().unwrap();
    drop(writer);
    let (prepared, cleaned) = prepared(&bomb.into_inner()).unwrap().unwrap();
    let look = prepared.look.unwrap();
    assert_eq!(
        (look.width, look.height, look.blur.len()),
        (20_000, 20_000, 0)
    );
    assert!(cleaned.len() < 8 << 20);
}

#[test]
fn whoever_takes_the_reader_over_can_do_nothing() {
    let done = |misdeed: &str| {
        let output = Command::new(worker().program)
            .arg(misdeed)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        output.stdout == b"done"
    };
    assert!(
        done("nothing"),
        "the wall itself stops nobody who only answers"
    );
    for misdeed in [
        "open",
        "create",
        "connect",
        "start",
        "elsewhere",
        "memory",
        "work",
    ] {
        assert!(!done(misdeed), "{misdeed}");
    }
}

#[test]
fn a_portrait_is_small_square_and_made_anew() {
    let exif = segment(0xe1, &[b"Exif\0\0".as_slice(), &exif()].concat());
    let plain = encoded(ImageFormat::Jpeg);
    let told = [&plain[..2], &exif, &plain[2..]].concat();
    let noise = RgbImage::from_fn(900, 700, |x, y| {
        let n = (x * 7_919 + y * 104_729).wrapping_mul(2_654_435_761);
        image::Rgb(n.to_le_bytes()[..3].try_into().unwrap())
    });
    let mut loud = Cursor::new(Vec::new());
    let noise = DynamicImage::ImageRgb8(noise);
    noise.write_to(&mut loud, ImageFormat::Png).unwrap();
    for bytes in [told, loud.into_inner()] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        let made = portrait(&file, &worker()).unwrap();
        assert!(made.len() <= PORTRAIT_MAX && !tells(&made));
        let seen = image::load_from_memory(&made).unwrap();
        assert_eq!((seen.width(), seen.height()), (160, 160));
    }
    for (bytes, why) in [
        (&b"no picture"[..], Unprepared::Kind),
        (b"\xff\xd8\xff\xe0", Unprepared::Damaged),
    ] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        assert_eq!(portrait(&file, &worker()), Err(why));
    }
}
