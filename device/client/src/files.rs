//! What callers do with files; see [`Device`].

use std::path::{Path, PathBuf};

use heliograph_pictures::{Look, Worker};

use zeroize::Zeroizing;

use crate::engine::{measure, measure_voice};
use crate::{ConversationId, Device, MessageId, Refusal};

/// A file as its message tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// A plain name, without folders.
    pub name: String,
    /// What the sender says it is (`type/subtype`).
    pub media: String,
    /// Bytes.
    pub size: u64,
    /// What a picture looks like, as its sender says.
    pub picture: Option<Look>,
    /// What a voice note is like, as its sender says.
    pub voice: Option<VoiceInfo>,
}

/// A voice note before it is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceInfo {
    /// How long it lasts.
    pub millis: u32,
    /// Loudness from beginning to end, 64 values of 0 to 255.
    pub waveform: Vec<u8>,
}

/// What the bytes of a file are, if nobody says.
const SOME_BYTES: &str = "application/octet-stream";

/// A file that was looked at before it is sent.
#[derive(Clone)]
pub struct FileMeasured {
    /// Its whole path; empty if it is none.
    pub path: String,
    /// Its name, as far as a message may carry it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// By what a change of it would be seen; empty if it is none.
    pub stamp: Vec<u8>,
    /// What it is, if that was seen.
    pub media: Option<&'static str>,
    /// How what is sent is read out of it; empty: as it is.
    pub recipe: Vec<u8>,
    /// What a picture looks like.
    pub look: Option<Look>,
    /// All of it, if it is no file on the disk.
    pub held: Option<Zeroizing<Vec<u8>>>,
    /// What a voice note is like.
    pub voice: Option<VoiceInfo>,
}

impl FileMeasured {
    /// Looks at a file. Blocks for a moment.
    ///
    /// # Errors
    /// A path that is not whole, no regular file, one over 2 GiB, or one that cannot be read.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        measure(path, None)
    }

    /// As [`Self::read`], but of a picture only what is left without place and device is sent.
    ///
    /// # Errors
    /// The same, and a picture that cannot be cleaned.
    pub fn prepare(path: &Path, worker: &Worker) -> Result<Self, Refusal> {
        measure(path, Some(worker))
    }

    /// Makes a voice note of a WAV file; it never is a file itself. Blocks: some tenths of a second for a minute.
    ///
    /// # Errors
    /// As of [`Self::read`], and a file that is no WAV file, without sound, or of more than half an hour.
    pub fn voice(path: &Path) -> Result<Self, Refusal> {
        measure_voice(path)
    }
}

/// What is said with a file.
#[derive(Clone, Default)]
pub struct FileWords {
    /// Up to 12,000 bytes; may be empty.
    pub caption: String,
    /// Another name than the one it has on disk.
    pub name: Option<String>,
    /// `type/subtype`; empty: as it looks.
    pub media: String,
    /// The message that it answers.
    pub in_reply_to: Option<MessageId>,
    /// Under this path it is among the files of the conversation's draft, and leaves it in the same step.
    pub from_draft: Option<String>,
}

/// A file on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferInfo {
    /// Where its message is.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// It goes out.
    pub sending: bool,
    /// Bytes.
    pub size: u64,
    /// Bytes that are stored or here.
    pub moved: u64,
    /// `moving`, `paused`, `checking` (what has to be is read again), `done`, or `failed`.
    pub stage: String,
    /// Why it failed: `file-changed`, `file-missing`, `file-gone` (the board has it no more),
    /// `file-damaged` (it is not what its sender said), `disk-full`, `file-exists`, `file-unusable`.
    pub problem: Option<String>,
    /// It is passed on, from the board and back to it: there is no path.
    pub forwarded: bool,
    /// Where it is read from, or will stand.
    pub path: String,
}

impl Device {
    /// Looks at a file, and starts to send it; a picture is cleaned if there is somebody to do it. The
    /// others hear of it when all of it is stored.
    ///
    /// # Errors
    /// A file that cannot be read or is too large, a picture that cannot be cleaned, or as of
    /// [`Device::send`].
    pub async fn send_file(
        &self,
        id: ConversationId,
        (path, cleaner): (PathBuf, Option<Worker>),
        words: FileWords,
    ) -> Result<MessageId, Refusal> {
        self.send_measured(id, move || measure(&path, cleaner.as_ref()), words)
            .await
    }

    /// Makes a voice note of a WAV file, and starts to send it.
    ///
    /// # Errors
    /// A file that cannot become one, or as of [`Device::send_file`].
    pub async fn send_voice(
        &self,
        id: ConversationId,
        path: PathBuf,
        words: FileWords,
    ) -> Result<MessageId, Refusal> {
        self.send_measured(id, move || measure_voice(&path), words)
            .await
    }

    async fn send_measured(
        &self,
        id: ConversationId,
        read: impl FnOnce() -> Result<FileMeasured, Refusal> + Send + 'static,
        mut words: FileWords,
    ) -> Result<MessageId, Refusal> {
        let measured = tokio::task::spawn_blocking(read)
            .await
            .map_err(Refusal::bug)??;
        if words.media.is_empty() {
            words.media = measured.media.unwrap_or(SOME_BYTES).to_owned();
        }
        self.ask(move |engine, now| engine.send_file(now, id, (&measured, &words)))
            .await
    }

    /// Starts to fetch the file of a message; gives the path at which it will stand.
    ///
    /// # Errors
    /// See [`Engine::save_file`](crate::engine::Engine::save_file).
    pub async fn save_file(
        &self,
        about: (ConversationId, MessageId),
        path: String,
    ) -> Result<String, Refusal> {
        self.ask(move |engine, now| engine.save_file(now, about, &path))
            .await
    }

    /// Stops a file on its way for a while, or lets it go on.
    ///
    /// # Errors
    /// No file of this message is on its way.
    pub async fn pause_file(
        &self,
        about: (ConversationId, MessageId),
        paused: bool,
    ) -> Result<(), Refusal> {
        self.ask(move |engine, now| engine.pause_file(now, about, paused))
            .await
    }

    /// Gives a file on its way up.
    ///
    /// # Errors
    /// No file of this message is on its way.
    pub async fn cancel_file(&self, about: (ConversationId, MessageId)) -> Result<(), Refusal> {
        self.ask(move |engine, now| engine.cancel_file(now, about))
            .await
    }

    /// What is on its way.
    ///
    /// # Errors
    /// Only if the database fails.
    pub async fn transfers(&self) -> Result<Vec<TransferInfo>, Refusal> {
        self.ask(|engine, _| engine.transfers()).await
    }
}
