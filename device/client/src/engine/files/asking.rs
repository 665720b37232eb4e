//! What people want of files.

use std::path::Path;

use heliograph_conversation::content::{Content, Kind, Pointer, is_media};
use heliograph_delivery::FileChunks;
use heliograph_store::{ConversationRow, MessageRow, Step, TRANSFER_DROPPED, TransferRow};

use super::marking::is_marked;
use super::stage;
use crate::engine::Engine;
use crate::engine::annotate::sayable;
use crate::engine::errors::EngineError;
use crate::engine::write::check_text;
use crate::{Changed, ConversationId, FileMeasured, FileWords, MessageId, Refusal, TransferInfo};

/// Most files on their way at once.
const TRANSFERS_MAX: usize = 64;

fn no_transfer() -> Refusal {
    Refusal::unchanged(
        "no-transfer",
        "No file of this message is on its way.",
        "See what is on its way with `heliograph file list`.",
    )
}

/// One more file may be on its way. Those that came in, and those that failed, are on no way.
pub(super) fn check_room(tx: &Step<'_>) -> Result<(), EngineError> {
    let moves = |stage| [stage::MOVING, stage::PAUSED, stage::CHECKING].contains(&stage);
    let transfers = tx.transfers()?;
    if transfers.iter().filter(|one| moves(one.stage)).count() < TRANSFERS_MAX {
        return Ok(());
    }
    Err(Refusal::unchanged(
        "too-many-files",
        "At most 64 files can be on their way at once.",
        "Wait for one of them, or cancel one.",
    )
    .into())
}

/// The message of a conversation that this person may do something with.
fn named(
    tx: &Step<'_>,
    (conversation, message): (ConversationId, MessageId),
) -> Result<(ConversationRow, MessageRow), EngineError> {
    let row = tx
        .conversation_by_public(&conversation.0)?
        .ok_or_else(Refusal::no_conversation)?;
    let message = sayable(tx, &row, &message)?;
    Ok((row, message))
}

/// The transfer of a message, also of one that is deleted here and whose file still goes out.
fn under_way(
    tx: &Step<'_>,
    (conversation, message): (ConversationId, MessageId),
) -> Result<TransferRow, EngineError> {
    let row = tx
        .conversation_by_public(&conversation.0)?
        .ok_or_else(Refusal::no_conversation)?;
    let found = tx.transfer_of(row.id, &message.0)?;
    if let Some(transfer) = found.filter(|one| one.stage != TRANSFER_DROPPED) {
        return Ok(transfer);
    }
    sayable(tx, &row, &message)?;
    Err(no_transfer().into())
}

/// What a message says about its file, and with it.
pub(super) fn pointer(message: &MessageRow) -> Result<(Box<Pointer>, String), Refusal> {
    match Content::decode(&message.content).map(|said| said.kind) {
        Ok(Kind::File { file, caption, .. }) => Ok((file, caption)),
        _ => Err(Refusal::unchanged(
            "no-file",
            "This message has no file.",
            "Give the id of a message that shows one.",
        )),
    }
}

/// Where a file is to stand: the path itself, or in a folder under the name that came with it.
fn wanted(path: &str, name: &str) -> Result<String, Refusal> {
    let path = Path::new(path);
    if !path.is_absolute() {
        return Err(Refusal::unchanged(
            "bad-path",
            "A file is saved under a whole path.",
            "Give the path from the root on.",
        ));
    }
    // Content with another name than a plain one is not read in the first place.
    let place = if path.is_dir() {
        path.join(name)
    } else {
        path.to_owned()
    };
    if std::fs::symlink_metadata(&place).is_ok() {
        return Err(Refusal::unchanged(
            "file-exists",
            "Something stands there already, and nothing is written over.",
            "Give another name.",
        ));
    }
    // One place has one name here, whatever links and dots lead to it: two files must not share it.
    let folder = place.parent().and_then(|it| it.canonicalize().ok());
    let named = folder
        .zip(place.file_name())
        .map(|(folder, name)| folder.join(name));
    match named.as_deref().and_then(Path::to_str) {
        Some(place) => Ok(place.to_owned()),
        _ => Err(Refusal::unchanged(
            "bad-path",
            "There is no such folder.",
            "Make it first, or give another path.",
        )),
    }
}

impl Engine {
    /// What was asked is written down already: a failure from here on is an alarm, never a refusal.
    pub(in crate::engine) fn move_files_on(&mut self) {
        let moved = self.go_on_files();
        self.settle_fault(moved);
    }

    /// Writes a file down and starts to send it. The others hear of it when all of it is stored.
    ///
    /// # Errors
    /// A conversation that is closed, a caption that is too long, an unknown message to answer, or too many files at
    /// once.
    pub fn send_file(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        (file, words): (&FileMeasured, &FileWords),
    ) -> Result<MessageId, Refusal> {
        if !words.caption.is_empty() {
            check_text(&words.caption)?;
        }
        let (kind, subtype) = words.media.split_once('/').unwrap_or_default();
        if kind.is_empty() || subtype.is_empty() || !is_media(&words.media) {
            return Err(Refusal::unchanged(
                "bad-media-type",
                "What a file is stands as type/subtype, like application/pdf.",
                "Correct it, or leave it out.",
            ));
        }
        let made = self.command(now_ms, |core, tx| {
            let row = core.open_to_write(tx, id)?;
            check_room(tx)?;
            let mut answers = words.in_reply_to;
            if let Some(message) = &answers {
                sayable(tx, &row, message)?;
            }
            if let Some(path) = &words.from_draft {
                let drafted = core.leave_draft(tx, &row, path)?;
                answers = answers.or(drafted);
            }
            core.write_file_down(tx, &row, (file, words, answers))
        })?;
        self.core.out.changes.push(Changed::Conversation(id));
        self.move_files_on();
        Ok(MessageId(made))
    }

    /// Starts to fetch the file of a message to `path`, a whole path of a file that is not there yet
    /// or of a folder. Gives the path at which it will stand.
    ///
    /// # Errors
    /// A message without a file, a place that is taken, or a file that is on its way.
    pub fn save_file(
        &mut self,
        now_ms: i64,
        about: (ConversationId, MessageId),
        path: &str,
    ) -> Result<String, Refusal> {
        let place = self.command(now_ms, |core, tx| {
            let (row, message) = named(tx, about)?;
            let (file, _) = pointer(&message)?;
            let place = wanted(path, &file.name)?;
            core.fetch_file(tx, (&row, &message), &file, &place)?;
            Ok(place)
        })?;
        self.move_files_on();
        Ok(place)
    }

    /// Stops a file on its way for a while, or lets it (also one that failed) go on.
    ///
    /// # Errors
    /// No file of this message is on its way.
    pub fn pause_file(
        &mut self,
        now_ms: i64,
        about: (ConversationId, MessageId),
        paused: bool,
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let transfer = under_way(tx, about)?;
            if transfer.stage == stage::DONE {
                return Err(no_transfer().into());
            }
            if !paused && transfer.stage == stage::FAILED {
                check_room(tx)?;
            }
            if let Some(mut running) = core.files.running.remove(&transfer.id) {
                running.rest();
                running.save_marks(tx)?;
            }
            let next = if paused { stage::PAUSED } else { stage::MOVING };
            tx.set_transfer_stage(transfer.id, next, None)?;
            core.out.changes.push(Changed::Conversation(about.0));
            Ok(())
        })?;
        self.move_files_on();
        Ok(())
    }

    /// Gives a file on its way up. One that went out was never said; its message goes.
    ///
    /// # Errors
    /// No file of this message is on its way.
    pub fn cancel_file(
        &mut self,
        now_ms: i64,
        about: (ConversationId, MessageId),
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let transfer = under_way(tx, about)?;
            if transfer.sending {
                tx.erase_message(transfer.conversation, &transfer.message, false)?;
            } else {
                tx.drop_transfer_of(transfer.conversation, &transfer.message)?;
            }
            core.out.changes.push(Changed::Conversation(about.0));
            Ok(())
        })?;
        self.move_files_on();
        Ok(())
    }

    /// What is on its way, and what came in or failed until it is asked for again or cancelled.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn transfers(&mut self) -> Result<Vec<TransferInfo>, Refusal> {
        let running = &self.core.files.running;
        self.store
            .view(|view| {
                let mut out = Vec::new();
                for row in view.transfers()? {
                    let conversation = view.conversation(row.conversation)?;
                    let (Some(conversation), Some(chunks)) =
                        (conversation, FileChunks::new(*row.key, row.size))
                    else {
                        continue;
                    };
                    if row.stage == TRANSFER_DROPPED {
                        continue;
                    }
                    let done = match running.get(&row.id) {
                        Some(running) => running.done.clone(),
                        None => view.transfer_marks(row.id)?.done,
                    };
                    let marked = (0..chunks.count()).filter(|at| is_marked(&done, *at));
                    let moved = marked.map(|at| chunks.range(at).1 as u64).sum();
                    let whole = [stage::CHECKING, stage::DONE].contains(&row.stage);
                    out.push(TransferInfo {
                        conversation: ConversationId(conversation.public),
                        message: MessageId(row.message),
                        sending: row.sending,
                        size: row.size,
                        moved: if whole { row.size } else { moved },
                        stage: stage::word(row.stage).to_owned(),
                        problem: row.problem,
                        forwarded: row.origin.is_some(),
                        path: row.path,
                    });
                }
                Ok::<_, EngineError>(out)
            })
            .map_err(EngineError::into_refusal)
    }
}
