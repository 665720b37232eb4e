//! Having a picture read by a process that can do nothing else.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::look::Look;
use crate::portrait::PORTRAIT_MAX;
use crate::recipe::Recipe;
use crate::worker::{Format, HEAD, PORTRAIT, format};

/// Largest picture that is cleaned, bytes.
const PICTURE_MAX: u64 = 256 << 20;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of all answers.
const ANSWER_MAX: u64 = 256 << 10;

/// The program that calls [`worker`](crate::worker()) when it is started like this.
#[derive(Debug, Clone)]
pub struct Worker {
    /// The program.
    pub program: PathBuf,
    /// What it is started with.
    pub arguments: Vec<String>,
}

/// A picture that can be sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Prepared {
    /// What of it is sent.
    pub recipe: Recipe,
    /// `type/subtype`.
    pub media: &'static str,
    /// What it looks like; none if it could not be decoded within the bounds.
    pub look: Option<Look>,
}

/// Why a picture cannot be sent as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unprepared {
    /// It could not be read.
    Io(io::ErrorKind),
    /// Of a kind, or a size, that is not cleaned here.
    Kind,
    /// It does not hold together.
    Damaged,
    /// The process that reads pictures could not be started, or answered nonsense.
    Worker,
}

/// Prepares a picture; `None` for a file that is none.
///
/// # Errors
/// [`Unprepared`]; then nothing of it may be sent unless its owner wants it as it is.
pub fn prepare(mut file: &File, worker: &Worker) -> Result<Option<Prepared>, Unprepared> {
    let unread = |error: io::Error| Unprepared::Io(error.kind());
    let mut head = Vec::with_capacity(HEAD);
    let length = file.metadata().map_err(unread)?.len();
    file.take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(unread)?;
    file.rewind().map_err(unread)?;
    let media = match format(&head) {
        None => return Ok(None),
        Some(Format::Other) => return Err(Unprepared::Kind),
        Some(_) if length > PICTURE_MAX => return Err(Unprepared::Kind),
        Some(Format::Jpeg) => "image/jpeg",
        Some(Format::Png) => "image/png",
        Some(Format::Webp) => "image/webp",
        Some(Format::Gif) => "image/gif",
    };
    let said = ask(file, worker)?;
    let mut said = said.as_slice();
    let recipe = answer::<Recipe>(&mut said).ok_or(Unprepared::Damaged)?;
    if !recipe.fits(length) {
        return Err(Unprepared::Worker);
    }
    let look = answer::<Look>(&mut said).filter(Look::is_sound);
    Ok(Some(Prepared {
        recipe,
        media,
        look,
    }))
}

/// Makes a small square of a picture.
///
/// # Errors
/// [`Unprepared`]; [`Unprepared::Kind`] for a file that is no picture.
pub fn portrait(mut file: &File, worker: &Worker) -> Result<Vec<u8>, Unprepared> {
    let unread = |error: io::Error| Unprepared::Io(error.kind());
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(unread)?;
    file.rewind().map_err(unread)?;
    if matches!(format(&head), None | Some(Format::Other)) {
        return Err(Unprepared::Kind);
    }
    let mut worker = worker.clone();
    worker.arguments.push(PORTRAIT.to_owned());
    let said = ask(file, &worker)?;
    let made = answer::<serde_bytes::ByteBuf>(&mut said.as_slice());
    let made = made.map(serde_bytes::ByteBuf::into_vec);
    made.filter(|made| made.len() <= PORTRAIT_MAX)
        .ok_or(Unprepared::Damaged)
}

/// The next answer, if it came whole.
fn answer<T: DeserializeOwned>(said: &mut &[u8]) -> Option<T> {
    let (length, rest) = said.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (bytes, rest) = rest.split_at_checked(length)?;
    *said = rest;
    ciborium::from_reader(bytes).ok()
}

/// Everything that the process says before it ends, or its time is up.
fn ask(file: &File, worker: &Worker) -> Result<Vec<u8>, Unprepared> {
    let given = file
        .try_clone()
        .map_err(|error| Unprepared::Io(error.kind()))?;
    let mut child = Command::new(&worker.program)
        .args(&worker.arguments)
        .env_clear()
        .current_dir("/")
        .stdin(given)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| Unprepared::Worker)?;
    let Some(out) = child.stdout.take() else {
        return Err(Unprepared::Worker);
    };
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut said = Vec::new();
        // What was said before a failure counts, and nobody may be left to hear it.
        drop(out.take(ANSWER_MAX).read_to_end(&mut said));
        drop(tell.send(said));
    });
    let said = told.recv_timeout(PATIENCE);
    // It has said everything, or its time is up; it may have ended by itself.
    drop(child.kill());
    drop(child.wait());
    said.or_else(|_| told.recv())
        .map_err(|_| Unprepared::Worker)
}
