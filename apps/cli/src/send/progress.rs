//! How far an input was sent, remembered in a file: after a crash nothing is missing or sent twice.
//!
//! The file names the conversation, the last message known to be accepted and how many messages
//! that makes. What was accepted after the file was last written is found by reading one's own
//! messages after that one and comparing them with the lines that come next.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use heliograph_rpc::{Caller, RpcError, write_replacing};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::output::text;

const VERSION: u32 = 2;
const PAGE: u32 = 200;

#[derive(Serialize, Deserialize, PartialEq, Eq, Debug)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    conversation: String,
    /// The last message of the conversation that this run knew; none in an empty conversation.
    after: Option<String>,
    /// Messages of the input accepted up to that one.
    accepted: u64,
    /// What they were: each hashed upon the hash of those before it.
    said: [u8; 32],
}

/// Hash of a text upon the hash of all before it.
fn upon(said: &[u8; 32], text: &str) -> [u8; 32] {
    let hash = Sha256::new_with_prefix(said);
    hash.chain_update(Sha256::digest(text)).finalize().into()
}

/// The progress of one input into one conversation.
pub(super) struct Progress {
    file: Option<PathBuf>,
    written: Written,
    /// Own messages accepted after the file was written: id and text.
    found: VecDeque<(String, String)>,
    /// Lines of this input passed over because they were accepted, and their hash.
    passed: (u64, [u8; 32]),
}

impl Progress {
    /// Nothing is remembered; the first `accepted` lines are left out.
    pub(super) fn none(conversation: &str, accepted: u64) -> Self {
        Self {
            file: None,
            written: Written {
                version: VERSION,
                conversation: conversation.to_owned(),
                after: None,
                accepted,
                said: [0; 32],
            },
            found: VecDeque::new(),
            passed: (0, [0; 32]),
        }
    }

    /// Reads the file and finds what was accepted since; or starts one, which is written before
    /// the first message goes out.
    pub(super) async fn open(
        file: &Path,
        caller: &Caller,
        conversation: &str,
    ) -> Result<Self, RpcError> {
        let mut progress = Self::none(conversation, 0);
        progress.file = Some(file.to_owned());
        match std::fs::read(file) {
            Ok(bytes) => {
                progress.written = parse(&bytes, conversation)?;
                let after = progress.written.after.clone();
                for message in after_message(caller, conversation, after).await? {
                    if message["mine"] == true {
                        let known = (
                            text(&message, "id").to_owned(),
                            text(&message, "text").to_owned(),
                        );
                        progress.found.push_back(known);
                    }
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                progress.written.after = last(caller, conversation).await?;
                progress.save()?;
            }
            Err(error) => return Err(RpcError::file(file, &error)),
        }
        Ok(progress)
    }

    /// Whether a file remembers.
    pub(super) fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    /// Messages of the input that were accepted before.
    pub(super) fn accepted(&self) -> u64 {
        self.written.accepted
    }

    /// Whether this next line was accepted before. The last of those must end what was accepted: it
    /// is the same input, or nothing more of it is sent.
    pub(super) fn pass_over(&mut self, line: &str) -> Result<bool, RpcError> {
        let (count, said) = self.passed;
        if count >= self.written.accepted {
            return Ok(false);
        }
        self.passed = (count + 1, upon(&said, line));
        if self.is_kept() && self.passed.0 == self.written.accepted {
            self.judge_passed()?;
        }
        Ok(true)
    }

    /// The input is used up.
    pub(super) fn end(&self) -> Result<(), RpcError> {
        if self.is_kept() && self.passed.0 < self.written.accepted {
            return Err(does_not_fit(
                "The input is shorter than what was accepted of it.",
            ));
        }
        Ok(())
    }

    fn judge_passed(&self) -> Result<(), RpcError> {
        if self.passed.1 == self.written.said {
            return Ok(());
        }
        Err(does_not_fit(
            "The input begins with other lines than those that were accepted.",
        ))
    }

    /// The last message of the input that an earlier run knew to be accepted.
    pub(super) fn last_accepted(&self) -> Option<String> {
        let known = self.is_kept() && self.written.accepted > 0;
        self.written.after.clone().filter(|_| known)
    }

    /// The id under which this next line was accepted before the crash, if it was.
    pub(super) fn recall(&mut self, line: &str) -> Result<Option<String>, RpcError> {
        let Some((id, said)) = self.found.pop_front() else {
            return Ok(None);
        };
        if said != line {
            return Err(does_not_fit(&format!(
                "After message {} of this input the conversation says something else than the input.",
                self.written.accepted
            )));
        }
        Ok(Some(id))
    }

    /// Remembers that these were accepted, the last of them as `id`.
    pub(super) fn advance(&mut self, id: &str, texts: &[String]) -> Result<(), RpcError> {
        self.written.after = Some(id.to_owned());
        for text in texts {
            self.written.said = upon(&self.written.said, text);
            self.written.accepted += 1;
        }
        self.passed = (self.written.accepted, self.written.said);
        self.save()
    }

    fn save(&self) -> Result<(), RpcError> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let text = serde_json::to_vec(&self.written).map_err(RpcError::bug)?;
        write_replacing(file, &text).map_err(|error| RpcError::file(file, &error))
    }
}

fn does_not_fit(happened: &str) -> RpcError {
    RpcError::user(
        "progress-does-not-fit",
        happened,
        "Nothing more was sent; the progress file is as it was.",
        "Use the same input as before, and write nothing else to this conversation meanwhile; or start anew with another progress file.",
    )
}

fn parse(bytes: &[u8], conversation: &str) -> Result<Written, RpcError> {
    serde_json::from_slice::<Written>(bytes)
        .ok()
        .filter(|written| written.version == VERSION && written.conversation == conversation)
        .ok_or_else(|| {
            RpcError::unchanged(
                "bad-progress-file",
                "The progress file is damaged or belongs to another conversation.",
                "Name the file of this conversation, or a new one to start anew.",
            )
        })
}

async fn after_message(
    caller: &Caller,
    conversation: &str,
    mut since: Option<String>,
) -> Result<Vec<Value>, RpcError> {
    let mut out = Vec::new();
    loop {
        let page = page(caller, conversation, since).await?;
        since = page["next"].as_str().map(str::to_owned);
        out.extend(page["items"].as_array().into_iter().flatten().cloned());
        if since.is_none() {
            return Ok(out);
        }
    }
}

/// The newest message; one's own pending ones are listed last, so nothing sent later comes before.
async fn last(caller: &Caller, conversation: &str) -> Result<Option<String>, RpcError> {
    let (mut since, mut newest) = (None, None);
    loop {
        let page = page(caller, conversation, since).await?;
        let items = page["items"].as_array();
        if let Some(item) = items.and_then(|items| items.last()) {
            newest = Some(text(item, "id").to_owned());
        }
        since = page["next"].as_str().map(str::to_owned);
        if since.is_none() {
            return Ok(newest);
        }
    }
}

async fn page(
    caller: &Caller,
    conversation: &str,
    since: Option<String>,
) -> Result<Value, RpcError> {
    let asked = json!({"conversation": conversation, "since": since, "limit": PAGE});
    caller.call("message.list", asked).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(count: u32) -> Vec<String> {
        (0..count).map(|n| n.to_string()).collect()
    }

    #[test]
    fn another_input_is_noticed_before_anything_of_it_is_sent() {
        let dir = tempfile::tempdir().unwrap();
        let again = |input: &[&str]| {
            let mut progress = Progress::none("c_a", 0);
            progress.file = Some(dir.path().join("sent.json"));
            progress
                .advance("m_x", &["mon1".into(), "mon2".into()])
                .unwrap();
            progress.passed = (0, [0; 32]);
            let mut left = Vec::new();
            for line in input {
                if !progress.pass_over(line).map_err(|refusal| refusal.kind)? {
                    left.push(*line);
                }
            }
            progress.end().map_err(|refusal| refusal.kind)?;
            Ok::<String, String>(left.join(" "))
        };
        assert_eq!(again(&["mon1", "mon2", "new"]), Ok("new".into()));
        for other in [
            &["tue1", "tue2"][..],
            &["mon1", "tue2", "x"],
            &["mon1"],
            &[],
        ] {
            assert_eq!(
                again(other),
                Err("progress-does-not-fit".into()),
                "{other:?}"
            );
        }
    }

    #[test]
    fn progress_survives_in_its_file_and_fits_one_conversation_only() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sent.json");
        let mut progress = Progress::none("c_a", 0);
        progress.file = Some(file.clone());
        progress.advance("m_x", &texts(64)).unwrap();
        progress.advance("m_y", &texts(3)).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        let read = parse(&bytes, "c_a").unwrap();
        assert_eq!((read.after.as_deref(), read.accepted), (Some("m_y"), 67));
        assert_eq!(parse(&bytes, "c_b").unwrap_err().kind, "bad-progress-file");
        assert_eq!(
            parse(&bytes[..9], "c_a").unwrap_err().kind,
            "bad-progress-file"
        );
    }

    #[test]
    fn a_line_that_was_accepted_before_is_recalled_and_another_is_refused() {
        let mut progress = Progress::none("c_a", 0);
        progress.found = [("m_1", "one"), ("m_2", "two")]
            .map(|(id, said)| (id.to_owned(), said.to_owned()))
            .into();
        assert_eq!(progress.recall("one").unwrap().as_deref(), Some("m_1"));
        assert_eq!(
            progress.recall("three").unwrap_err().kind,
            "progress-does-not-fit"
        );
        assert_eq!(progress.recall("three").unwrap(), None);
    }
}
