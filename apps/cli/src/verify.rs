//! Safety numbers: shown, compared by people, and marked.

use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::arguments::Verify;
use crate::output::{Ink, Output, tame, text};
use crate::profile::Profile;
use crate::qr;

pub(crate) async fn run(
    profile: &Profile,
    caller: &Caller,
    wanted: &Verify,
) -> Result<(), RpcError> {
    let conversation = wanted.conversation.as_str();
    let asked = json!({"conversation": conversation});
    let mut answer = caller.call("contact.safety", asked).await?;
    let mut people: Vec<Value> = match answer["people"].take() {
        Value::Array(people) => people,
        _ => Vec::new(),
    };
    if let Some(person) = &wanted.person {
        people.retain(|shown| text(shown, "person") == person);
        if people.is_empty() {
            return Err(nobody());
        }
    }
    if wanted.confirm || wanted.withdraw {
        let [shown] = people.as_slice() else {
            return Err(whom());
        };
        let person = text(shown, "person");
        let marked = if wanted.confirm {
            let asked = json!({
                "conversation": conversation, "person": person, "number": text(shown, "number"),
            });
            caller.call("contact.confirm", asked).await?
        } else {
            let asked = json!({"conversation": conversation, "person": person});
            caller.call("contact.withdraw", asked).await?
        };
        people = vec![marked];
    }
    for shown in &people {
        profile
            .output
            .either(shown, || words(profile.output, shown))?;
        if wanted.qr {
            let digits: String = text(shown, "number").split(' ').collect();
            profile.output.line(&qr::drawn(&digits, profile.output)?)?;
        }
    }
    Ok(())
}

fn words(output: Output, shown: &Value) -> String {
    let groups: Vec<&str> = text(shown, "number").split(' ').collect();
    let rows: Vec<String> = groups.chunks(4).map(|row| row.join(" ")).collect();
    format!(
        "{}  {}\n{}\n\n    {}\n",
        output.ink(Ink::Bold, &tame(text(shown, "name"))),
        output.ink(Ink::Dim, &format!("({})", text(shown, "level"))),
        text(shown, "person"),
        rows.join("\n    "),
    )
}

fn nobody() -> RpcError {
    RpcError::user(
        "unknown-person",
        "Nobody in this conversation has this id.".to_owned(),
        "Nobody was marked.",
        "See who is in it: `heliograph verify CONVERSATION` without --person.",
    )
}

fn whom() -> RpcError {
    RpcError::user(
        "which-person",
        "It is not clear whom this is about: one person of the conversation is marked at a time.",
        "Nobody was marked.",
        "Name the person with --person p_…, as `heliograph verify CONVERSATION` prints it.",
    )
}
