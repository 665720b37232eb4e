//! Lines at the local door: JSON-RPC, before any profile is touched.

use heliograph_rpc::{LINE_MAX, Reading, Splitter};
use serde::de::DeserializeOwned;
use serde_json::Value;

#[allow(
    dead_code,
    reason = "the product uses all of it, a door only what reads"
)]
#[path = "../../../device/rpc/src/line/message.rs"]
mod message;
#[allow(
    dead_code,
    reason = "the product uses all of it, a door only what reads"
)]
#[path = "../../../device/rpc/src/parameters.rs"]
mod parameters;

fn lines<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, bool) {
    let (mut splitter, mut found) = (Splitter::default(), Vec::new());
    for piece in pieces {
        splitter.push(piece);
        loop {
            match splitter.next_line() {
                Reading::Line(line) => found.push(line),
                Reading::More => break,
                Reading::TooLong => return (found, true),
            }
        }
    }
    (found, false)
}

/// Bytes from a caller; the first says how they are cut. However they are cut, the lines are the
/// same; every line is understood or refused in words that are one line of JSON themselves.
pub fn rpc(data: &[u8]) -> bool {
    let Some((&cut, stream)) = data.split_first() else {
        return false;
    };
    let whole = lines(std::iter::once(stream));
    assert!(lines(stream.chunks(1 + usize::from(cut))) == whole);
    let mut accepted = false;
    for line in whole.0 {
        assert!(line.len() <= LINE_MAX);
        accepted |= judged(&line);
    }
    accepted
}

fn judged(line: &[u8]) -> bool {
    match message::judge(line) {
        Ok(call) => {
            assert!(call.id.is_number() || call.id.is_string());
            assert!(call.params.is_object());
            #[cfg(feature = "planted")]
            crate::planted::call(&call.method);
            fits(&call.method, call.params);
            true
        }
        Err(rejected) => {
            let line = message::refusal(&rejected.id, &rejected.error);
            assert!(line.ends_with('\n') && line.matches('\n').count() == 1);
            let read: Value = serde_json::from_str(&line).expect("a refusal is JSON");
            assert!(read["id"] == rejected.id);
            false
        }
    }
}

/// Whether the parameters are those of the method; a refusal says why in words.
fn fits(method: &str, params: Value) -> bool {
    use parameters as p;
    match method {
        "rpc.hello" => reads::<p::Hello>(params),
        "card.make" => reads::<p::MakeCard>(params),
        "contact.add" => reads::<p::AddContact>(params),
        "message.send" => reads::<p::Send>(params),
        "message.wait" => {
            let wait = p::read::<p::Wait>(params);
            wait.is_ok_and(|wait| p::state(&wait.state).is_ok())
        }
        "message.list" => {
            p::read::<p::Messages>(params).is_ok_and(|messages| messages.ids().is_ok())
        }
        "sync" => reads::<p::Sync>(params),
        _ => reads::<p::Nothing>(params),
    }
}

fn reads<T: DeserializeOwned>(params: Value) -> bool {
    match parameters::read::<T>(params) {
        Ok(_) => true,
        Err(error) => {
            assert!(error.kind == "bad-parameters");
            false
        }
    }
}
