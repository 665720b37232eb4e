//! Following a board whose record is not the one that was followed, after asking.

use clap::Subcommand;
use heliograph_rpc::{Caller, RpcError};
use serde_json::json;

use crate::ask::agreed;
use crate::profile::Profile;

/// What must be typed.
const WORD: &str = "follow";
const ASKED_WITHIN_MS: u64 = 10_000;
const WARNING: &str = "Do this only if whoever runs the board told you, by another way, that it is in order again.
Every conversation of this profile freezes until somebody in it brings this device back, which they do by themselves.
What was written here and not sent is kept, marked as unsent. There is no way back to the record of before.";

#[derive(Subcommand)]
pub(crate) enum BoardVerb {
    /// Follow the board's record as it is now, though it is not the one that this device followed.
    #[command(after_help = "Examples:
  heliograph board follow
  heliograph board follow --yes

A board signs one record for everybody. If this device was shown another one than it is shown
now — the board lied, or went back to a backup — nothing goes or comes, and `heliograph status`
says astray. Ask whoever runs the board, by another way, before you follow it again: the alarm
and this profile are evidence.")]
    Follow {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) async fn run(
    profile: &Profile,
    caller: &Caller,
    wanted: BoardVerb,
) -> Result<(), RpcError> {
    let BoardVerb::Follow { yes } = wanted;
    if !yes && !agreed(WARNING, WORD)? {
        return Err(RpcError::unchanged(
            "not-followed",
            "The board is not followed anew.",
            "Give --yes, or type the word when asked.",
        ));
    }
    let done = caller.call("board.follow", json!({})).await?;
    // Whoever can help is asked as soon as the device is in step; if that is not now, then the next time.
    let asked = json!({"until_idle": true, "within_ms": ASKED_WITHIN_MS});
    drop(caller.call("sync.run", asked).await);
    profile
        .output
        .either(&done, || match done["frozen"].as_u64() {
            Some(0) => "The board's record is followed as it is now.".to_owned(),
            Some(1) => {
                "The board's record is followed as it is now; one conversation waits to be brought back.".to_owned()
            }
            _ => format!(
                "The board's record is followed as it is now; {} conversations wait to be brought back.",
                done["frozen"]
            ),
        })
}
