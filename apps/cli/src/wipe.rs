//! Destroying a profile, after asking.

use heliograph_rpc::RpcError;
use serde_json::json;

use crate::ask::agreed;
use crate::profile::Profile;

/// What must be typed; a habit of typing `y` destroys nothing.
const WORD: &str = "wipe";

pub(crate) fn run(profile: &Profile, yes: bool) -> Result<(), RpcError> {
    let home = profile.home().display().to_string();
    let warning = format!(
        "Everything in {home} will be destroyed: who you are, your conversations, your cards."
    );
    if !yes && !agreed(&warning, WORD)? {
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
