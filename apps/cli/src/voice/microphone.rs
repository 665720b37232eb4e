//! The microphone: open while a person records, and at no other time.

use std::io::BufWriter;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{FromSample, Sample, SampleFormat, SizedSample};
use heliograph_rpc::RpcError;
use hound::{WavSpec, WavWriter};

use super::unnamed::Unnamed;

/// How long a microphone may give nothing.
const PATIENCE: Duration = Duration::from_secs(3);

/// How it stands with a recording; shared by whoever records and whoever watches.
#[derive(Default)]
pub(super) struct Recording {
    millis: AtomicU64,
    level: AtomicU8,
    enough: AtomicBool,
}

fn unusable(happened: String) -> RpcError {
    RpcError::user(
        "no-microphone",
        happened,
        "Nothing was sent.",
        "Look at the sound settings of this machine, or send a WAV file: `heliograph voice send CONVERSATION FILE`.",
    )
}

fn failed(error: &cpal::Error) -> RpcError {
    unusable(format!("The microphone cannot be used: {error}."))
}

/// What a microphone gives, samples of -1 to 1 of all channels in turn, and then perhaps why no more comes.
type Sound = Receiver<Result<Vec<f32>, cpal::Error>>;

/// A microphone that is open.
struct Open {
    /// Closed when this goes.
    _stream: cpal::Stream,
    sound: Sound,
    rate: u32,
    channels: u16,
}

fn stream<T: SizedSample>(
    device: &cpal::Device,
    config: cpal::StreamConfig,
) -> Result<(cpal::Stream, Sound), cpal::Error>
where
    f32: FromSample<T>,
{
    let (tell, sound) = channel();
    let fail = tell.clone();
    let stream = device.build_input_stream(
        config,
        move |samples: &[T], _: &_| {
            let samples = samples.iter().map(|one| one.to_sample()).collect();
            // Nobody may listen any more.
            drop(tell.send(Ok(samples)));
        },
        move |error| drop(fail.send(Err(error))),
        None,
    )?;
    stream.play()?;
    Ok((stream, sound))
}

fn open() -> Result<Open, RpcError> {
    let none = || unusable("No microphone was found.".to_owned());
    let device = cpal::default_host()
        .default_input_device()
        .ok_or_else(none)?;
    let found = device.default_input_config().map_err(|_| none())?;
    let (rate, channels, format) = (found.sample_rate(), found.channels(), found.sample_format());
    let config = found.into();
    let (stream, sound) = match format {
        SampleFormat::F32 => stream::<f32>(&device, config),
        SampleFormat::I16 => stream::<i16>(&device, config),
        SampleFormat::I32 => stream::<i32>(&device, config),
        SampleFormat::U8 => stream::<u8>(&device, config),
        other => {
            return Err(unusable(format!(
                "The microphone gives samples of a kind that cannot be read ({other})."
            )));
        }
    }
    .map_err(|error| failed(&error))?;
    Ok(Open {
        _stream: stream,
        sound,
        rate,
        channels,
    })
}

/// The sound library of Linux prints what it does not find; a person is told in other words.
#[cfg(target_os = "linux")]
fn quietly<T>(open: impl FnOnce() -> T) -> T {
    let kept = alsa::Output::local_error_handler();
    let opened = open();
    drop(kept);
    opened
}

#[cfg(not(target_os = "linux"))]
fn quietly<T>(open: impl FnOnce() -> T) -> T {
    open()
}

impl Recording {
    /// Ends it; what was recorded stays.
    pub(super) fn stop(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }

    /// Milliseconds so far, and how loud it is now.
    pub(super) fn now(&self) -> (u64, u8) {
        let level = self.level.load(Ordering::Relaxed);
        (self.millis.load(Ordering::Relaxed), level)
    }

    /// Records one channel into `file` until [`Self::stop`], or as long as `longest`. Blocks.
    pub(super) fn run(&self, file: Unnamed, longest: Duration) -> Result<Unnamed, RpcError> {
        let open = quietly(open)?;
        let spec = WavSpec {
            channels: 1,
            sample_rate: open.rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let unwritten = |error: hound::Error| unusable(format!("It was not kept: {error}."));
        let mut file = file;
        let mut out = WavWriter::new(BufWriter::new(&mut file), spec).map_err(unwritten)?;
        let most = u64::from(open.rate) * longest.as_secs();
        let mut written = 0;
        while written < most && !self.enough.load(Ordering::Relaxed) {
            let samples = match open.sound.recv_timeout(PATIENCE) {
                Ok(Ok(samples)) => samples,
                // Something was lost between two pieces; the rest goes on.
                Ok(Err(error)) if error.kind() == cpal::ErrorKind::Xrun => continue,
                Ok(Err(error)) => return Err(failed(&error)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(unusable("The microphone gives no sound.".to_owned()));
                }
            };
            for frame in samples.chunks_exact(usize::from(open.channels.max(1))) {
                if written == most {
                    break;
                }
                let sum: f32 = frame.iter().sum();
                let sample = (sum / f32::from(open.channels)).to_sample::<i16>();
                out.write_sample(sample).map_err(unwritten)?;
                written += 1;
            }
            let loudest = samples.iter().fold(0.0_f32, |top, one| top.max(one.abs()));
            let level = loudest.to_sample::<i16>().unsigned_abs() >> 7;
            self.level
                .store(u8::try_from(level).unwrap_or(u8::MAX), Ordering::Relaxed);
            let millis = written * 1_000 / u64::from(open.rate.max(1));
            self.millis.store(millis, Ordering::Relaxed);
        }
        out.finalize().map_err(unwritten)?;
        Ok(file)
    }
}
