//! Notes as a player reads them, and files that are none.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on has failed; samples are made as exact as they are kept"
)]

use std::io::Cursor;

use heliograph_voice::{Maker, NOTE_MAX_MS, Note, RATES, Unusable, WAVEFORM, note};
use hound::{SampleFormat, WavSpec, WavWriter};
use ogg::PacketReader;
use opusic_c::{Channels, Decoder, SampleRate};
use proptest::prelude::*;

/// A tone of 440 Hz at half of full scale, in the second half of the time; silence before.
fn tone(rate: u32, millis: u32) -> Vec<f32> {
    let count = u64::from(rate) * u64::from(millis) / 1_000;
    let at = |at: u64| (at as f64 * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin() as f32;
    (0..count)
        .map(|of| if of < count / 2 { 0.0 } else { at(of) / 2.0 })
        .collect()
}

fn wav(samples: &[f32], spec: WavSpec) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut out, spec).unwrap();
    let full = (1_u64 << (spec.bits_per_sample - 1)) as f32 - 1.0;
    for sample in samples
        .iter()
        .flat_map(|one| vec![*one; spec.channels.into()])
    {
        match spec.sample_format {
            SampleFormat::Float => writer.write_sample(sample).unwrap(),
            SampleFormat::Int => writer.write_sample((sample * full) as i32).unwrap(),
        }
    }
    writer.finalize().unwrap();
    out.into_inner()
}

fn spec(
    sample_rate: u32,
    channels: u16,
    (bits_per_sample, sample_format): (u16, SampleFormat),
) -> WavSpec {
    WavSpec {
        channels,
        sample_rate,
        bits_per_sample,
        sample_format,
    }
}

/// What a player plays: samples at 48 kHz, without those that it is told to leave out.
fn played(made: &Note) -> Vec<f32> {
    let mut reader = PacketReader::new(Cursor::new(made.ogg.as_slice()));
    let head = reader.read_packet().unwrap().unwrap().data;
    assert_eq!((&head[..10], head.len()), (&b"OpusHead\x01\x01"[..], 19));
    let skip = usize::from(u16::from_le_bytes([head[10], head[11]]));
    let tags = reader.read_packet().unwrap().unwrap().data;
    assert_eq!(tags, b"OpusTags\0\0\0\0\0\0\0\0");
    let mut decoder = Decoder::new(Channels::Mono, SampleRate::Hz48000).unwrap();
    let (mut out, mut end) = (Vec::new(), 0);
    while let Some(packet) = reader.read_packet().unwrap() {
        let mut frame = vec![0.0; 5_760];
        let count = decoder
            .decode_float_to_slice(&packet.data, &mut frame, false)
            .unwrap();
        out.extend_from_slice(&frame[..count]);
        end = usize::try_from(packet.absgp_page()).unwrap();
    }
    assert!(end <= out.len());
    out[skip..end].to_vec()
}

fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|one| one * one).sum::<f32>() / samples.len() as f32
}

#[test]
fn a_note_plays_what_was_recorded_whatever_the_file() {
    for (rate, channels, how) in [
        (8_000, 1, (8, SampleFormat::Int)),
        (16_000, 1, (16, SampleFormat::Int)),
        (44_100, 2, (16, SampleFormat::Int)),
        (48_000, 2, (24, SampleFormat::Int)),
        (96_000, 1, (32, SampleFormat::Int)),
        (48_000, 1, (32, SampleFormat::Float)),
    ] {
        let file = wav(&tone(rate, 2_010), spec(rate, channels, how));
        let made = note(file.as_slice()).unwrap();
        assert_eq!(made.millis, 2_010);
        let heard = played(&made);
        assert_eq!(heard.len(), 48 * 2_010);
        let (before, after) = heard.split_at(heard.len() / 2);
        // An eighth: the mean of a tone's squares at half of full scale.
        assert!(power(&before[..40_000]) < 1e-4, "{rate} {channels} {how:?}");
        assert!(
            (0.1..0.15).contains(&power(&after[4_000..])),
            "{rate} {channels} {how:?}"
        );
        let crossings = after
            .windows(2)
            .filter(|two| two[0] < 0.0 && two[1] >= 0.0)
            .count();
        assert!((438..447).contains(&crossings), "{crossings} in a second");
        assert_eq!(made.waveform.len(), WAVEFORM);
        assert!(made.waveform[..30].iter().all(|one| *one < 10));
        assert!(made.waveform[34..].iter().all(|one| *one > 200));
    }
}

#[test]
fn the_size_of_a_note_tells_how_long_it_is_and_nothing_else() {
    let size = |samples: Vec<f32>| {
        let mut maker = Maker::new(48_000, 1).unwrap();
        maker.push(&samples).unwrap();
        maker.finish().unwrap().ogg.len()
    };
    let count = 48_000 * 3;
    let noise =
        (0..count).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 16) as f32 / 32_768.0 - 1.0);
    let sizes = [
        size(vec![0.0; 144_000]),
        size(tone(48_000, 3_000)),
        size(noise.collect()),
    ];
    assert_eq!(sizes, [sizes[0]; 3]);
    // 24 kbit/s, and what the pages cost.
    assert!((9_000..9_700).contains(&sizes[0]), "{sizes:?}");
}

#[test]
fn samples_that_are_none_are_silence_and_nothing_is_no_note() {
    let mut maker = Maker::new(48_000, 1).unwrap();
    let odd = [f32::NAN, f32::INFINITY, -9e9, 0.0];
    maker.push(&odd.repeat(5_000)).unwrap();
    assert_eq!(maker.finish().unwrap().millis, 416);
    for rate in RATES {
        assert_eq!(
            Maker::new(rate, 2).unwrap().finish().err(),
            Some(Unusable::Empty)
        );
    }
    let empty = wav(&[], spec(48_000, 1, (16, SampleFormat::Int)));
    assert_eq!(note(empty.as_slice()).err(), Some(Unusable::Empty));
}

#[test]
fn a_note_of_more_than_half_an_hour_is_refused_when_it_gets_there() {
    let mut maker = Maker::new(8_000, 1).unwrap();
    let minute = vec![0.0; 480_000];
    let minutes = NOTE_MAX_MS as usize / 60_000;
    let taken = (0..).map(|_| maker.push(&minute)).take_while(Result::is_ok);
    assert_eq!(taken.count(), minutes);
    // Half an hour and what came with it can still be sent.
    assert_eq!(maker.finish().unwrap().millis, NOTE_MAX_MS);
}

#[test]
fn what_is_recorded_into_a_pipe_is_as_long_as_it_is() {
    let mut file = wav(&tone(16_000, 500), spec(16_000, 1, (16, SampleFormat::Int)));
    // The length that recorders write before they know it.
    file[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let data = file.windows(4).position(|four| four == b"data").unwrap() + 4;
    file[data..data + 4].copy_from_slice(&0x7fff_fffe_u32.to_le_bytes());
    assert_eq!(note(file.as_slice()).unwrap().millis, 500);
}

#[test]
fn other_files_are_refused() {
    for file in [
        &b""[..],
        b"RIFF",
        b"OggS\0\x02",
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        &[0; 4_096],
    ] {
        assert_eq!(note(file).err(), Some(Unusable::NoWav));
    }
    let strange = wav(&[0.5; 90], spec(44_099, 1, (16, SampleFormat::Int)));
    assert_eq!(note(strange.as_slice()).err(), Some(Unusable::Unusual));
    let many = wav(&[0.5; 90], spec(48_000, 6, (16, SampleFormat::Int)));
    assert_eq!(note(many.as_slice()).err(), Some(Unusable::Unusual));
}

proptest! {
    #[test]
    fn no_bytes_make_it_fall(at in 0_usize..60, byte: u8, cut in 0_usize..3_000, more in any::<[u8; 4]>()) {
        let mut file = wav(&tone(16_000, 50), spec(16_000, 1, (16, SampleFormat::Int)));
        let place = at.min(file.len() - 5);
        file[place] = byte;
        if byte % 2 == 0 {
            file[place..place + 4].copy_from_slice(&more);
        }
        file.truncate(cut);
        if let Ok(made) = note(file.as_slice()) {
            prop_assert!(made.millis <= NOTE_MAX_MS && made.waveform.len() == WAVEFORM);
        }
    }
}
