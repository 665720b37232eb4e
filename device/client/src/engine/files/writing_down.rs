//! Files are written down before they go or come.

use heliograph_conversation::content::{
    FILE_MAX, Kind, More, Picture, Pointer, Voice, clean_file_name,
};
use heliograph_store::{ConversationRow, MessageRow, Step, TransferRow};
use zeroize::Zeroizing;

use super::asking::check_room;
use super::{disk, stage};
use crate::engine::compose::{Said, file_words};
use crate::engine::core::Core;
use crate::engine::detail::kind;
use crate::engine::errors::EngineError;
use crate::engine::standing;
use crate::{FileMeasured, FileWords, MessageId, Refusal};

/// What is said of a file: words, the message it answers, and what stands with them.
pub(super) fn said(
    file: Box<Pointer>,
    caption: String,
    (in_reply_to, more): (Option<[u8; 16]>, More),
) -> Said {
    Said {
        code: kind::FILE,
        text: file_words(&file, &caption),
        kind: Kind::File {
            file,
            caption,
            in_reply_to,
            more,
        },
    }
}

impl Core {
    pub(super) fn write_file_down(
        &mut self,
        tx: &Step<'_>,
        row: &ConversationRow,
        (file, words, answers): (&FileMeasured, &FileWords, Option<MessageId>),
    ) -> Result<[u8; 16], EngineError> {
        let key = Zeroizing::new(self.random::<32>());
        let pointer = Pointer {
            key: *key,
            size: file.size.min(FILE_MAX),
            // Known once it is out; nobody hears of it before.
            hash: [0; 32],
            name: clean_file_name(words.name.as_deref().unwrap_or(&file.name)),
            media: words.media.clone(),
            picture: file.look.clone().map(|look| Picture {
                width: look.width,
                height: look.height,
                blur: look.blur,
            }),
            voice: file.voice.clone().map(|it| Voice {
                millis: it.millis,
                waveform: it.waveform,
            }),
        };
        let more = More {
            mentions: self.named_in(tx, row, &words.caption)?,
            ..More::default()
        };
        let beside = (answers.map(|message| message.0), more);
        let said = said(Box::new(pointer), words.caption.clone(), beside);
        let transfer = TransferRow {
            key,
            size: file.size,
            path: file.path.clone(),
            recipe: file.recipe.clone(),
            stamp: file.stamp.clone(),
            ..TransferRow::default()
        };
        let (id, message) = self.going_out(tx, row.id, (said, transfer))?;
        if let Some(bytes) = &file.held {
            tx.set_transfer_bytes(id, bytes)?;
        }
        Ok(message)
    }

    /// Writes a message and the transfer of its file down; gives the rows' ids.
    pub(super) fn going_out(
        &mut self,
        tx: &Step<'_>,
        conversation: i64,
        (said, transfer): (Said, TransferRow),
    ) -> Result<(i64, [u8; 16]), EngineError> {
        let written = self.put_among_messages(tx, conversation, said)?;
        let id = tx.insert_transfer(&TransferRow {
            conversation,
            message: written.id,
            sending: true,
            content: Zeroizing::new(written.content),
            stage: stage::MOVING,
            sealed_by: written.sealed_by,
            ..transfer
        })?;
        standing::settle(tx, conversation, &written.id)?;
        self.bring_back(tx, conversation)?;
        Ok((id, written.id))
    }

    pub(super) fn fetch_file(
        &mut self,
        tx: &Step<'_>,
        (row, message): (&ConversationRow, &MessageRow),
        file: &Pointer,
        place: &str,
    ) -> Result<(), EngineError> {
        let before = tx.transfer_of(row.id, &message.id)?;
        if let Some(before) = &before {
            let moves = [stage::MOVING, stage::CHECKING].contains(&before.stage);
            if moves && !before.sending && before.path == place {
                // Given again after a stop: it goes on by itself.
                return Ok(());
            }
            if before.sending || moves {
                return Err(Refusal::unchanged(
                    "file-on-its-way",
                    "This file is on its way already.",
                    "See how far it is with `heliograph file list`, or cancel it.",
                )
                .into());
            }
            if before.path == place && before.stage != stage::DONE {
                // Another try: what is here already stays.
                if before.stage == stage::FAILED {
                    check_room(tx)?;
                }
                return Ok(tx.set_transfer_stage(before.id, stage::MOVING, None)?);
            }
        }
        check_room(tx)?;
        let others = tx.transfers()?.into_iter().filter(|one| {
            let same = before.as_ref().is_some_and(|before| before.id == one.id);
            !same && !one.sending && one.stage != stage::DONE
        });
        if others.map(|one| one.path).any(|other| other == place) {
            return Err(Refusal::unchanged(
                "file-exists",
                "Another file is on its way to this place.",
                "Give another name.",
            )
            .into());
        }
        // From here on nothing is refused any more.
        if let Some(before) = before {
            self.files.running.remove(&before.id);
            if before.stage != stage::DONE {
                disk::remove_half(&before.path);
            }
            tx.remove_transfer(before.id)?;
        }
        // Whatever stands there of an earlier time is no part of this file.
        disk::remove_half(place);
        let transfer = TransferRow {
            conversation: row.id,
            message: message.id,
            key: Zeroizing::new(file.key),
            size: file.size,
            hash: file.hash,
            path: place.to_owned(),
            stage: stage::MOVING,
            sealed_by: message.life.sealed_by,
            ..TransferRow::default()
        };
        tx.insert_transfer(&transfer)?;
        Ok(())
    }
}
