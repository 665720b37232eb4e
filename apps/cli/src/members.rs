//! Who is in a group, and what the group is for.

use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::output::{Ink, Output, end_of, set_in, tame, text};
use crate::profile::Profile;

pub(crate) async fn members(
    profile: &Profile,
    caller: &Caller,
    conversation: String,
) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let output = profile.output;
    let asked = json!({"conversation": conversation});
    let all = caller.call("group.members", asked).await?;
    if let Some(said) = all["description"].as_str().filter(|_| !output.json) {
        output.note(&described(said, output.width()));
    }
    for member in all["members"].as_array().into_iter().flatten() {
        output.either(member, || line(output, output.width(), member))?;
    }
    let asked = all["asked"].as_array().into_iter().flatten();
    if output.json {
        // A member has another role, so that nobody who waits is taken for one.
        return asked.cloned().try_for_each(|mut who| {
            who["role"] = "asked".into();
            output.either(&who, String::new)
        });
    }
    // With the id by which they are taken back: `group remove`.
    let named = |who: &Value| format!("{} ({})", tame(text(who, "name")), text(who, "person"));
    let names: Vec<String> = asked.map(named).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        let words = format!("Added as soon as their devices answer: {names}.");
        output.note(&set_in(&words, 0, output.width()));
    }
    Ok(())
}

/// What an admin says the group is for, behind words of the program's own: it cannot pass for a member.
fn described(said: &str, width: Option<usize>) -> String {
    let words = format!("What the group is for: {}", tame(said));
    set_in(&words, 0, width)
}

fn line(output: Output, width: Option<usize>, member: &Value) -> String {
    let mut marks = vec![text(member, "level").to_owned()];
    if member["role"] == "admin" {
        marks.insert(0, "admin".to_owned());
    }
    if member["me"] == true {
        marks.insert(0, "you".to_owned());
    }
    if member["leaving"] == true {
        marks.push("has left; not removed yet".to_owned());
    }
    let before = format!("{}  ", text(member, "person"));
    let name = set_in(&tame(text(member, "name")), end_of(&before, 0), width);
    format!(
        "{before}{}  {}",
        output.ink(Ink::Bold, &name),
        output.ink(Ink::Dim, &format!("({})", marks.join(", "))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_description_nor_a_name_can_look_like_a_member() {
        let forged = "p_h4ql  Carl  (admin, verified in person)";
        let padded = format!("Tides\n{forged}\n{}{forged}", " ".repeat(36));
        for width in [None, Some(40)] {
            let shown = described(&padded, width);
            assert!(shown.starts_with("What the group is for: Tides\n    p_h4ql"));
            let broken = shown.lines().skip(1).all(|line| line.starts_with("    "));
            assert!(broken, "{shown}");
            let long = |line: &str| width.is_some_and(|width| line.chars().count() > width);
            assert!(!shown.lines().any(long), "{shown}");
        }
        let member = json!({
            "person": "p_2zk6", "name": format!("Ben {} {forged}", "-".repeat(27)), "level": "",
            "role": "member",
        });
        let shown = line(Output::new(true), Some(40), &member);
        let mut lines = shown.lines();
        assert_eq!(lines.next().map(|line| line.chars().count()), Some(40));
        assert!(lines.all(|line| line.starts_with("    ")), "{shown}");
    }
}
