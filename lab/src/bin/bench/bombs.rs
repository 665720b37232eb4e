//! Pictures that unfold to much more than they are, or say that they do.

use std::io::{Cursor, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use png::{BitDepth, ColorType, Compression, Encoder};

/// How often is looked what a helper of a program takes.
const LOOK: Duration = Duration::from_millis(1);
/// The longest side a format with two bytes for it can name, big-endian.
const LONGEST: [u8; 2] = [0xFF, 0xFF];

/// A picture all of one colour, and words beside it, both of zeros.
fn unfolding(side: u32, words: usize) -> Vec<u8> {
    let mut bomb = Cursor::new(Vec::new());
    let mut encoder = Encoder::new(&mut bomb, side, side);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    if words > 0 {
        let text = "a".repeat(words);
        encoder.add_ztxt_chunk("Comment".to_owned(), text).unwrap();
    }
    let mut writer = encoder.write_header().unwrap();
    let mut stream = writer.stream_writer().unwrap();
    let row = vec![0; side as usize * 3];
    for _ in 0..side {
        stream.write_all(&row).unwrap();
    }
    stream.finish().unwrap();
    drop(writer);
    bomb.into_inner()
}

/// A JPEG of 65,535 by 65,535 pixels with as many bytes of a picture.
fn endless_jpeg(bytes: usize) -> Vec<u8> {
    let frame = [
        8, LONGEST[0], LONGEST[1], LONGEST[0], LONGEST[1], 1, 1, 0x11, 0,
    ];
    let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xC0, 0, 11];
    jpeg.extend(frame);
    jpeg.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    jpeg.resize(jpeg.len() + bytes, 0x55);
    jpeg.extend([0xFF, 0xD9]);
    jpeg
}

/// A GIF of that size and as many pictures of it.
fn endless_gif(pictures: usize) -> Vec<u8> {
    let size = [LONGEST, LONGEST].concat();
    let mut gif = [b"GIF89a", size.as_slice(), &[0x80, 0, 0], &[0; 6]].concat();
    for _ in 0..pictures {
        let place = [&[0x2C, 0, 0, 0, 0], size.as_slice(), &[0]].concat();
        gif.extend(place);
        // The shortest that could go on: a clear code, and the end.
        gif.extend([2, 2, 0x4C, 0x01, 0]);
    }
    gif.push(0x3B);
    gif
}

/// Names and bytes of all.
pub(crate) fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let noise: Vec<u8> = (0..4_000_000_u32)
        .map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let png = unfolding(64, 0);
    vec![
        ("a PNG of 1.2 GB in one of 1 MB", unfolding(20_000, 0)),
        ("a PNG that says 256 MB", unfolding(64, 256 << 20)),
        (
            "a PNG that ends in noise",
            [&png[..40], noise.as_slice()].concat(),
        ),
        ("a JPEG of 65,535 by 65,535", endless_jpeg(8 << 20)),
        (
            "a GIF of 65,535 by 65,535, a thousand times",
            endless_gif(1_000),
        ),
        (
            "noise that begins like a JPEG",
            [&[0xFF, 0xD8, 0xFF], noise.as_slice()].concat(),
        ),
    ]
}

/// Watches what the helpers of a program take at most, MiB.
pub(crate) struct Helpers {
    over: Arc<AtomicBool>,
    watching: JoinHandle<f64>,
}

impl Helpers {
    pub(crate) fn of(program: u32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let watching = std::thread::spawn(move || {
            let mut most = 0.0_f64;
            while !ended.load(Ordering::Relaxed) {
                most = most.max(taken(program));
                std::thread::sleep(LOOK);
            }
            most
        });
        Self { over, watching }
    }

    pub(crate) fn most(self) -> f64 {
        self.over.store(true, Ordering::Relaxed);
        self.watching.join().unwrap()
    }
}

/// The most that a child of a program took so far, MiB; whichever thread started it.
fn taken(program: u32) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{program}/task"));
    let mut most = 0.0_f64;
    for task in tasks.into_iter().flatten().flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace() {
            let status = std::fs::read_to_string(format!("/proc/{child}/status"));
            let status = status.unwrap_or_default();
            let line = status.lines().find(|line| line.starts_with("VmHWM:"));
            let kib = line.and_then(|line| line.split_whitespace().nth(1));
            most = most.max(kib.map_or(0.0, |kib| kib.parse::<f64>().unwrap() / 1_024.0));
        }
    }
    most
}
