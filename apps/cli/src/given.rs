//! A text that stands in the command, or comes from standard input.

use std::convert::Infallible;
use std::path::Path;
use std::str::FromStr;

use heliograph_rpc::RpcError;

use crate::arguments::Verb;
use crate::group::Group;
use crate::message_arguments::MessageVerb;
use crate::profile::Profile;
use crate::send::draft::kept_after;
use crate::send::typed;

/// See the module's words; `-` stands for standard input until it is read.
#[derive(Clone)]
pub(crate) struct Given {
    text: String,
    piped: bool,
}

impl FromStr for Given {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self {
            text: text.to_owned(),
            piped: text == "-",
        })
    }
}

impl Given {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What came from standard input stands nowhere else: refused, it is kept in a file.
    pub(crate) fn kept(&self, home: &Path, refusal: RpcError) -> RpcError {
        if self.piped {
            return kept_after(home, refusal, &self.text);
        }
        refusal
    }
}

/// The refusal of a command with a text, or without one.
pub(crate) fn kept(profile: &Profile, given: Option<&Given>, refusal: RpcError) -> RpcError {
    match given {
        Some(given) => given.kept(profile.home(), refusal),
        None => refusal,
    }
}

/// The text of a command that takes one from standard input.
fn text_of(verb: &mut Verb) -> Option<&mut Given> {
    match verb {
        Verb::Message(MessageVerb::Reply(wanted) | MessageVerb::Edit(wanted)) => {
            Some(&mut wanted.text)
        }
        Verb::Draft(wanted) => wanted.text.as_mut(),
        Verb::Group {
            wanted: Group::Describe { text, .. },
        } => Some(text),
        _ => None,
    }
}

/// Reads what is to come from standard input, before the profile is opened: others can use it until then.
pub(crate) async fn read(home: &Path, verb: &mut Verb) -> Result<Option<Given>, RpcError> {
    let Some(given) = text_of(verb) else {
        return Ok(None);
    };
    if given.piped {
        let home = home.to_owned();
        let body = tokio::task::spawn_blocking(move || typed(&home, std::io::stdin().lock()));
        given.text = body.await.map_err(RpcError::bug)??;
    }
    Ok(Some(given.clone()))
}
