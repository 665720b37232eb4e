//! Groups: who is in them, who decides, and how one leaves.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};
use data_encoding::BASE64;
use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::adding::bring;
use crate::asks;
use crate::file::whole;
use crate::given::{Given, kept};
use crate::members::members;
use crate::output::{Output, tame, text};
use crate::profile::Profile;
use crate::timer::seconds;

/// Things that can be done with groups.
#[derive(Subcommand)]
pub(crate) enum Group {
    /// Make a group.
    #[command(after_help = "Examples:
  heliograph group create Crew --member c_2zk6… --member c_h4ql…
  heliograph group create Crew --member heliograph://card/board.example:7332#AQ…

Whoever you talk with is named by the conversation of the two of you, or by their person's id: their
device is asked for a card there, and answers when it is on. Everybody else is added by a card. Who
was added reads the group once they have accepted.")]
    Create {
        /// What the group is called; everybody in it sees this.
        title: String,
        /// Somebody to add; may be given several times.
        #[arg(long = "member", value_name = "CARD|ID")]
        members: Vec<String>,
    },
    /// Add people. They read nothing that was said before.
    #[command(after_help = "Examples:
  heliograph group add c_7yw3… c_2zk6…
  heliograph group add c_7yw3… heliograph://card/board.example:7332#AQ…")]
    Add {
        /// Id of the group.
        conversation: String,
        /// Cards, as `heliograph card` printed them for these people; or ids of people you talk with, or of your
        /// conversations with them.
        #[arg(required = true, value_name = "CARD|ID")]
        people: Vec<String>,
    },
    /// Remove a person with all their devices (admins only).
    Remove(OfPerson),
    /// Make a person an admin (admins only).
    Promote(OfPerson),
    /// Take the role of an admin from a person (admins only).
    Demote(OfPerson),
    /// Give the group another title (admins only).
    Title {
        /// Id of the group.
        conversation: String,
        /// The new title.
        title: String,
    },
    /// Say what the group is for, or no more (admins only).
    Describe {
        /// Id of the group.
        conversation: String,
        /// At most 1,000 bytes, or `-` for standard input; an empty one takes it away.
        text: Given,
    },
    /// Give the group a picture, or save the one it has.
    #[command(after_help = "Examples:
  heliograph group picture c_2zk6… crew.jpg
  heliograph group picture c_2zk6… --save picture.jpg
  heliograph group picture c_2zk6… --remove

A square of 160 pixels is made of the middle, anew: nothing that the file tells of place, time and
device is left in it. Everybody in the group has it, also who comes later.")]
    Picture {
        /// Id of the group.
        conversation: String,
        /// A picture of any size; a square of its middle is used (admins only).
        #[arg(required_unless_present_any = ["remove", "save"])]
        path: Option<String>,
        /// Take the picture away (admins only).
        #[arg(long, conflicts_with_all = ["path", "save"])]
        remove: bool,
        /// Save the group's picture to a new file.
        #[arg(long, value_name = "FILE", conflicts_with = "path")]
        save: Option<String>,
    },
    /// Say who may add people (admins only), or print who may.
    Adding {
        /// Id of the group.
        conversation: String,
        /// Everybody in the group, or admins alone; without it, what holds now is printed.
        who: Option<Adding>,
    },
    /// Say for how long a message can be edited (admins only).
    #[command(after_help = "Examples:
  heliograph group edits c_7yw3… 15m
  heliograph group edits c_7yw3… off

What a message said before stays to be read with `heliograph history`.")]
    Edits {
        /// Id of the group.
        conversation: String,
        /// How long after it was written: `1m` to `4w`, or `off` for no limit.
        #[arg(value_parser = seconds)]
        time: u64,
    },
    /// Print the group's link: who has it can ask to be let in.
    Link {
        /// Id of the group.
        conversation: String,
        /// Also draw it as a QR code.
        #[arg(long, conflicts_with_all = ["json", "revoke"])]
        qr: bool,
        /// Make the link void; a new one is made the next time.
        #[arg(long)]
        revoke: bool,
    },
    /// Ask to be let into a group by its link.
    Join {
        /// The link, as `heliograph group link` printed it.
        link: String,
    },
    /// List those who wait to be let in.
    Asks {
        /// Id of the group.
        conversation: String,
    },
    /// Let somebody in who asked. They read nothing that was said before.
    Admit(OfPerson),
    /// Turn somebody away who asked; they are not told.
    TurnAway(OfPerson),
    /// Leave. What was said stays on this device; nothing more comes.
    Leave {
        /// Id of the group.
        conversation: String,
    },
    /// List everybody in the group, admins first.
    Members {
        /// Id of the group.
        conversation: String,
    },
}

/// A person in a group.
#[derive(Args)]
pub(crate) struct OfPerson {
    /// Id of the group.
    conversation: String,
    /// Id of the person, as `heliograph group members` prints it.
    person: String,
}

impl OfPerson {
    fn named(self) -> Value {
        json!({"conversation": self.conversation, "person": self.person})
    }
}

/// Who may add people.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Adding {
    /// Everybody in the group.
    Members,
    /// Admins alone.
    Admins,
}

pub(crate) async fn run(profile: &Profile, caller: &Caller, wanted: Group) -> Result<(), RpcError> {
    let mut said: Option<Given> = None;
    let (method, asked) = match wanted {
        Group::Members { conversation } => return members(profile, caller, conversation).await,
        Group::Asks { conversation } => return asks::waiting(profile, caller, conversation).await,
        Group::Join { link } => return asks::join(profile, caller, &link).await,
        Group::Link {
            conversation,
            qr,
            revoke,
        } => return asks::link(profile, caller, (&conversation, qr, revoke)).await,
        Group::Picture {
            conversation,
            save: Some(file),
            ..
        } => return save_picture(profile, caller, (&conversation, &file)).await,
        Group::Adding {
            conversation,
            who: None,
        } => return adding(profile, caller, &conversation).await,
        Group::Admit(of) => ("group.admit", of.named()),
        Group::TurnAway(of) => ("group.turn_away", of.named()),
        Group::Create { title, members } => {
            let first = ("group.create", json!({"title": title}));
            return bring(profile, caller, first, &members).await;
        }
        Group::Add {
            conversation,
            people,
        } => {
            let first = ("group.add", json!({"conversation": conversation}));
            return bring(profile, caller, first, &people).await;
        }
        Group::Describe { conversation, text } => {
            let asked = json!({"conversation": conversation, "description": text.text()});
            said = Some(text);
            ("group.change", asked)
        }
        Group::Remove(of) => ("group.remove", of.named()),
        Group::Leave { conversation } => ("group.leave", json!({"conversation": conversation})),
        rules => ("group.change", changed(rules)?),
    };
    let done = match profile.freshen(caller).await {
        Ok(()) => caller.call(method, asked).await,
        Err(refusal) => Err(refusal),
    };
    let done = done.map_err(|refusal| kept(profile, said.as_ref(), refusal))?;
    profile.settle(caller).await;
    report(profile.output, &done)
}

/// What an admin wants to be otherwise.
fn changed(wanted: Group) -> Result<Value, RpcError> {
    Ok(match wanted {
        Group::Promote(of) => json!({"conversation": of.conversation, "promote": [of.person]}),
        Group::Demote(of) => json!({"conversation": of.conversation, "demote": [of.person]}),
        Group::Title {
            conversation,
            title,
        } => json!({"conversation": conversation, "title": title}),
        Group::Picture {
            conversation, path, ..
        } => {
            let path = path.map(|path| whole(&path)).transpose()?;
            json!({"conversation": conversation, "picture": path.unwrap_or_default()})
        }
        Group::Edits { conversation, time } => {
            json!({"conversation": conversation, "edit_window": time})
        }
        Group::Adding { conversation, who } => {
            let who = match who {
                Some(Adding::Admins) => "admins",
                _ => "members",
            };
            json!({"conversation": conversation, "adding": who})
        }
        _ => json!({}),
    })
}

/// Who may add people to a group.
async fn adding(profile: &Profile, caller: &Caller, conversation: &str) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let asked = json!({"conversation": conversation});
    let group = caller.call("group.members", asked).await?;
    if group["adding"].is_null() {
        return Err(RpcError::unchanged(
            "conversation-closed",
            "This device cannot follow the group any more, so it does not know who may add people.",
            "Ask somebody in the group.",
        ));
    }
    let known = json!({"conversation": conversation, "adding": group["adding"]});
    profile
        .output
        .either(&known, || text(&known, "adding").to_owned())
}

/// Writes a group's picture to a file that is not there yet.
async fn save_picture(
    profile: &Profile,
    caller: &Caller,
    (conversation, file): (&str, &str),
) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let asked = json!({"conversation": conversation});
    let held = caller.call("group.picture", asked).await?;
    let bytes = held["picture"]
        .as_str()
        .and_then(|picture| BASE64.decode(picture.as_bytes()).ok());
    let bytes = bytes.ok_or_else(|| {
        RpcError::user(
            "no-picture",
            "The group has no picture.".to_owned(),
            "Nothing was written.",
            "Give it one: `heliograph group picture CONVERSATION PATH`.",
        )
    })?;
    let path = Path::new(file);
    let mut made = File::create_new(path).map_err(|error| RpcError::file(path, &error))?;
    made.write_all(&bytes)
        .map_err(|error| RpcError::file(path, &error))?;
    let done = json!({"conversation": conversation, "path": file});
    profile.output.either(&done, || tame(file))
}

/// What came of it: the group's id, and everybody who could not be added; gives how many.
pub(crate) fn tell(output: Output, done: &Value) -> Result<usize, RpcError> {
    output.either(done, || text(done, "conversation").to_owned())?;
    let refused = done["refused"].as_array().map_or(&[][..], Vec::as_slice);
    for card in refused {
        let (what, place) = match card["member"].as_u64() {
            Some(place) => ("Person", place),
            None => ("Card", card["card"].as_u64().unwrap_or_default()),
        };
        output.note(&format!(
            "{what} {} was not added: {} {}",
            place + 1,
            text(card, "happened"),
            text(card, "todo")
        ));
    }
    Ok(refused.len())
}

/// Tells what came of it. That somebody was not added is a failure for whoever goes by it.
pub(crate) fn report(output: Output, done: &Value) -> Result<(), RpcError> {
    let refused = tell(output, done)?;
    if refused == 0 {
        return Ok(());
    }
    Err(RpcError::user(
        "some-not-added",
        format!("Not added: {refused} of those who were named."),
        "The group is there, and everybody else was asked to join.",
        "See above why, and add them with `heliograph group add`.",
    ))
}
