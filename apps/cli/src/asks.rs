//! A group's link, and those who ask by it to be let in.

use heliograph_rpc::{Caller, RpcError};
use serde_json::json;

use crate::output::{Ink, end_of, minute, set_in, tame, text};
use crate::profile::Profile;
use crate::qr;

pub(crate) async fn link(
    profile: &Profile,
    caller: &Caller,
    (conversation, qr, revoke): (&str, bool, bool),
) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let (output, asked) = (profile.output, json!({"conversation": conversation}));
    if revoke {
        let done = caller.call("group.unlink", asked).await?;
        return output.either(&done, || match done["revoked"].as_u64() {
            Some(0) => "There was no link.".to_owned(),
            _ => "The link is void. Who asked by it still waits.".to_owned(),
        });
    }
    let made = caller.call("group.link", asked).await?;
    output.either(&made, || text(&made, "link").to_owned())?;
    if qr {
        output.line(&qr::drawn(text(&made, "link"), output)?)?;
    }
    if made["published"] != true {
        output.note(
            "The board was not reached. The link is good once it was: run `heliograph sync` before you pass it on.",
        );
    }
    Ok(())
}

pub(crate) async fn join(profile: &Profile, caller: &Caller, link: &str) -> Result<(), RpcError> {
    let done = caller.call("group.join", json!({"link": link})).await?;
    profile.settle(caller).await;
    profile.output.either(&done, || {
        let word = if text(&done, "state") == "requested" {
            "They have your request. You are in the group once somebody lets you in."
        } else {
            "The board was not reached; the request goes out when it is."
        };
        format!("{}\n{word}", text(&done, "conversation"))
    })
}

pub(crate) async fn waiting(
    profile: &Profile,
    caller: &Caller,
    conversation: String,
) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let output = profile.output;
    let asked = json!({"conversation": conversation});
    let all = caller.call("group.asks", asked).await?;
    let people = all["people"].as_array().map_or(&[][..], Vec::as_slice);
    for who in people {
        output.either(who, || {
            let before = format!("{}  {}  ", text(who, "person"), minute(text(who, "at")));
            let name = tame(text(who, "name"));
            let name = set_in(&name, end_of(&before, 0), output.width());
            format!("{before}{}", output.ink(Ink::Bold, &name))
        })?;
    }
    if people.is_empty() && !output.json {
        output.note("Nobody waits to be let in.");
    }
    Ok(())
}
