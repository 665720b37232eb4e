//! Synchronisation, status and settings.

use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::output::{Ink, minute, tame, text};
use crate::profile::Profile;

/// The settings there are.
const SETTINGS: [&str; 2] = ["receipts", "typing"];

pub(crate) async fn sync(
    profile: &Profile,
    caller: &Caller,
    (until_idle, within): (bool, u64),
) -> Result<(), RpcError> {
    let asked = json!({"until_idle": until_idle, "within_ms": within.saturating_mul(1_000)});
    let done = caller.call("sync.run", asked).await?;
    profile.output.either(&done, || {
        format!(
            "Up to tick {}; {} waiting to go out.",
            done["position"], done["waiting"]
        )
    })
}

pub(crate) async fn status(profile: &Profile, caller: &Caller) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let status = caller.call("profile.status", json!({})).await?;
    profile.output.either(&status, || words(profile, &status))
}

fn words(profile: &Profile, status: &Value) -> String {
    let output = profile.output;
    let link = match status["reason"].as_str() {
        Some(reason) => format!("{} ({})", text(status, "link"), tame(reason)),
        None => text(status, "link").to_owned(),
    };
    let ink = if text(status, "link") == "online" {
        Ink::Green
    } else {
        Ink::Red
    };
    let mut lines = vec![
        format!(
            "name      {}",
            output.ink(Ink::Bold, &tame(text(status, "name")))
        ),
        format!("person    {}", text(status, "person")),
        format!("device    {}", text(status, "device")),
        format!("home      {}", profile.home().display()),
        format!("board     {}", text(status, "board")),
        format!("link      {}", output.ink(ink, &link)),
        format!("position  tick {}", status["position"]),
        format!("waiting   {} to go out", status["waiting"]),
        format!("requests  {}", status["requests"]),
    ];
    for alarm in status["alarms"].as_array().into_iter().flatten() {
        lines.push(format!(
            "{}     {}  {}\n          {}",
            output.ink(Ink::Red, "alarm"),
            minute(text(alarm, "at")),
            text(alarm, "happened"),
            text(alarm, "todo"),
        ));
    }
    lines.join("\n")
}

pub(crate) async fn settings(
    profile: &Profile,
    caller: &Caller,
    (name, value): (Option<String>, Option<String>),
) -> Result<(), RpcError> {
    let names = name.map_or_else(|| SETTINGS.map(str::to_owned).to_vec(), |name| vec![name]);
    for name in names {
        let setting = match &value {
            Some(value) => caller.call("setting.set", json!({"name": name, "value": value})),
            None => caller.call("setting.get", json!({"name": name})),
        };
        let setting = Box::pin(setting).await?;
        profile.output.either(&setting, || {
            format!("{} = {}", text(&setting, "name"), text(&setting, "value"))
        })?;
    }
    Ok(())
}
