//! People added to a group: as many as are named, however few one call takes.

use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::group::{report, tell};
use crate::profile::Profile;

/// People that one call takes.
const TOGETHER: usize = 64;

/// Cards, and ids.
fn sorted(people: &[String]) -> (Vec<&String>, Vec<&String>) {
    let is_id = |named: &&String| named.starts_with("c_") || named.starts_with("p_");
    people.iter().partition(|named| !is_id(named))
}

/// Makes a group with people, or adds them to one that is there. Those that one call has no room for go in further ones.
pub(crate) async fn bring(
    profile: &Profile,
    caller: &Caller,
    (mut method, mut asked): (&str, Value),
    people: &[String],
) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let mut all: Option<Value> = None;
    let (mut cards_before, mut members_before) = (0, 0);
    let mut rest = people;
    while all.is_none() || !rest.is_empty() {
        let (some, more) = rest.split_at(rest.len().min(TOGETHER));
        let (cards, members) = sorted(some);
        asked["cards"] = json!(cards);
        asked["members"] = json!(members);
        let done = match caller.call(method, asked).await {
            Ok(done) => done,
            Err(failed) => {
                let Some(all) = all else { return Err(failed) };
                // Whatever was done by then is done, and told.
                profile.settle(caller).await;
                tell(profile.output, &all)?;
                return Err(RpcError {
                    kept: format!(
                        "The first {} people were asked for.",
                        people.len() - rest.len()
                    ),
                    todo: "Add the others with `heliograph group add`.".to_owned(),
                    ..failed
                });
            }
        };
        let mut refused = done["refused"].as_array().cloned().unwrap_or_default();
        for one in &mut refused {
            later(&mut one["card"], cards_before);
            later(&mut one["member"], members_before);
        }
        cards_before += cards.len();
        members_before += members.len();
        (method, asked) = ("group.add", json!({"conversation": done["conversation"]}));
        let all =
            all.get_or_insert_with(|| json!({"conversation": done["conversation"], "refused": []}));
        if let Some(told) = all["refused"].as_array_mut() {
            told.append(&mut refused);
        }
        rest = more;
    }
    profile.settle(caller).await;
    report(profile.output, &all.unwrap_or_default())
}

/// A place among those of one call becomes one among all.
fn later(place: &mut Value, before: usize) {
    if let Some(at) = place.as_u64() {
        *place = json!(at + before as u64);
    }
}
