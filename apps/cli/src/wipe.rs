//! Destroying a profile, after asking.

use std::io::{BufRead, IsTerminal, Write};

use heliograph_rpc::RpcError;
use serde_json::json;

use crate::profile::Profile;

/// What must be typed; a habit of typing `y` destroys nothing.
const WORD: &str = "wipe";

pub(crate) fn run(profile: &Profile, yes: bool) -> Result<(), RpcError> {
    let home = profile.home().display().to_string();
    if !yes && !agreed(&home)? {
        return Err(RpcError::unchanged(
            "not-wiped",
            "The profile was not destroyed.",
            "Give --yes, or type the word when asked.",
        ));
    }
    heliograph_rpc::wipe(profile.home())?;
    let done = json!({"home": home, "wiped": true});
    profile
        .output
        .either(&done, || format!("The profile in {home} is destroyed."))
}

fn agreed(home: &str) -> Result<bool, RpcError> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(false);
    }
    let mut words = std::io::stderr();
    let ask = write!(
        words,
        "Everything in {home} will be destroyed: who you are, your conversations, your cards.\nType {WORD} to go on: "
    );
    let mut line = String::new();
    ask.and_then(|()| words.flush())
        .and_then(|()| input.lock().read_line(&mut line))
        .map_err(RpcError::bug)?;
    Ok(line.trim() == WORD)
}
