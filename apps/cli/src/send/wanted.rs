//! What may be said to `send`.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use data_encoding::BASE64;
use heliograph_rpc::RpcError;
use serde_json::{Value, json};

use crate::arguments::State;

/// Longest picture of a preview, bytes (docs/protocol/content.md, Previews).
const PICTURE_MAX: u64 = 8_000;

#[derive(Args)]
pub(crate) struct Send {
    /// Id of the conversation.
    pub(crate) conversation: String,
    /// The text, or `-` for standard input; may be left out with --lines.
    #[arg(required_unless_present = "lines")]
    pub(crate) text: Option<String>,
    /// Send every non-empty line of standard input as a message of its own.
    #[arg(long)]
    pub(crate) lines: bool,
    /// Wait until a message has come this far [default: stored, or pending if the board is away].
    #[arg(long, value_name = "STATE")]
    pub(crate) wait: Option<State>,
    /// Give up waiting for a message after this many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) within: Option<u64>,
    /// With --lines: leave out the first N lines that are not empty; they were accepted before.
    #[arg(
        long,
        value_name = "N",
        requires = "lines",
        conflicts_with = "progress"
    )]
    pub(crate) skip: Option<u64>,
    /// With --lines: remember in this file how far the input was sent.
    #[arg(long, value_name = "FILE", requires = "lines")]
    pub(crate) progress: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) preview: Preview,
}

/// What an address in the text leads to, in the sender's words: nothing is fetched, here or there.
#[derive(Args)]
pub(crate) struct Preview {
    /// An address that stands in the text: show what it leads to. Nothing is fetched; you say it.
    #[arg(
        long = "preview",
        value_name = "ADDRESS",
        requires = "preview_title",
        conflicts_with = "lines"
    )]
    address: Option<String>,
    /// With --preview: the title of the page.
    #[arg(long, value_name = "TITLE", requires = "address")]
    preview_title: Option<String>,
    /// With --preview: a few words about it.
    #[arg(long, value_name = "WORDS", requires = "address")]
    preview_text: Option<String>,
    /// With --preview: a picture of at most 8,000 bytes, of which a small square is made anew.
    #[arg(long, value_name = "PATH", requires = "address")]
    preview_picture: Option<PathBuf>,
}

impl Preview {
    /// As the interface takes it; null if none is wanted.
    pub(super) fn told(&self) -> Result<Value, RpcError> {
        let Some(address) = &self.address else {
            return Ok(Value::Null);
        };
        let mut told = json!({"address": address, "title": self.preview_title});
        if let Some(text) = &self.preview_text {
            told["text"] = text.as_str().into();
        }
        if let Some(path) = &self.preview_picture {
            told["picture"] = BASE64.encode(&picture(path)?).into();
        }
        Ok(told)
    }
}

fn picture(path: &Path) -> Result<Vec<u8>, RpcError> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| RpcError::file(path, &error))?;
    let read = file.take(PICTURE_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| RpcError::file(path, &error))?;
    if bytes.len() as u64 > PICTURE_MAX {
        return Err(RpcError::user(
            "bad-preview",
            format!(
                "The picture {} has more than {PICTURE_MAX} bytes.",
                path.display()
            ),
            "Nothing was sent.",
            "Make it smaller, or leave it out.",
        ));
    }
    Ok(bytes)
}
