//! What a line says, read strictly: a request with an id, a name and named parameters.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::RpcError;

/// JSON-RPC's codes; the kind in `data` says more.
const NOT_JSON: i32 = -32_700;
const NOT_A_REQUEST: i32 = -32_600;
const NO_METHOD: i32 = -32_601;
const BAD_PARAMETERS: i32 = -32_602;
const REFUSED: i32 = -32_000;

/// A request as it came.
#[derive(Debug, PartialEq)]
pub(crate) struct Incoming {
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// A line that is no request, and the id to answer under (null when it gave none).
#[derive(Debug, PartialEq)]
pub(crate) struct Rejected {
    pub(crate) id: Value,
    pub(crate) error: Box<RpcError>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    jsonrpc: String,
    id: Value,
    method: String,
    #[serde(default)]
    params: Map<String, Value>,
}

/// Reads a line. Batches, calls without an id and parameters by position are refused.
pub(crate) fn judge(line: &[u8]) -> Result<Incoming, Rejected> {
    let whole: Value = serde_json::from_slice(line).map_err(|_| Rejected {
        id: Value::Null,
        error: Box::new(RpcError::unchanged(
            "not-json",
            "A line is not JSON.",
            "Send one JSON object a line, in UTF-8.",
        )),
    })?;
    let id = whole.get("id").filter(|id| is_id(id)).cloned();
    let id = id.unwrap_or(Value::Null);
    match serde_json::from_value::<Envelope>(whole) {
        Ok(envelope) if envelope.jsonrpc == "2.0" && is_id(&envelope.id) => Ok(Incoming {
            id: envelope.id,
            method: envelope.method,
            params: Value::Object(envelope.params),
        }),
        _ => Err(Rejected {
            id,
            error: Box::new(RpcError::unchanged(
                "not-a-request",
                "A line is JSON but not a request this door understands.",
                "Send {\"jsonrpc\":\"2.0\",\"id\":…,\"method\":\"noun.verb\",\"params\":{…}}.",
            )),
        }),
    }
}

fn is_id(value: &Value) -> bool {
    value.is_number() || value.is_string()
}

/// The line for a result.
pub(crate) fn answer(id: &Value, result: &Value) -> String {
    format!(
        "{}\n",
        json!({"jsonrpc": "2.0", "id": id, "result": result})
    )
}

/// The line for a refusal.
pub(crate) fn refusal(id: &Value, error: &RpcError) -> String {
    let code = match error.kind.as_str() {
        "not-json" => NOT_JSON,
        "not-a-request" | "line-too-long" => NOT_A_REQUEST,
        "unknown-method" => NO_METHOD,
        "bad-parameters" => BAD_PARAMETERS,
        _ => REFUSED,
    };
    let error = json!({"code": code, "message": error.happened, "data": error});
    format!("{}\n", json!({"jsonrpc": "2.0", "id": id, "error": error}))
}

/// The line for an event.
pub(crate) fn event(params: &Value) -> String {
    format!(
        "{}\n",
        json!({"jsonrpc": "2.0", "method": "event", "params": params})
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kind(line: &str) -> (Value, String) {
        let rejected = judge(line.as_bytes()).unwrap_err();
        (rejected.id, rejected.error.kind)
    }

    #[test]
    fn a_request_is_read_and_parameters_may_be_absent() {
        let read = judge(br#"{"jsonrpc":"2.0","id":7,"method":"profile.status"}"#).unwrap();
        assert_eq!(
            (read.id, read.method.as_str()),
            (json!(7), "profile.status")
        );
        assert_eq!(read.params, json!({}));
    }

    #[test]
    fn whatever_is_not_a_request_is_refused_under_its_id_if_it_has_one() {
        let not_a_request = |id: Value| (id, "not-a-request".to_owned());
        assert_eq!(kind("{"), (Value::Null, "not-json".into()));
        assert_eq!(kind("[]"), not_a_request(Value::Null));
        assert_eq!(
            kind(r#"{"jsonrpc":"2.0","method":"a.b"}"#),
            not_a_request(Value::Null)
        );
        assert_eq!(
            kind(r#"{"jsonrpc":"1.0","id":1,"method":"a.b"}"#),
            not_a_request(json!(1))
        );
        assert_eq!(
            kind(r#"{"jsonrpc":"2.0","id":"x","method":"a.b","params":[1]}"#),
            not_a_request(json!("x"))
        );
        assert_eq!(
            kind(r#"{"jsonrpc":"2.0","id":1,"method":"a.b","more":1}"#),
            not_a_request(json!(1))
        );
        assert_eq!(
            kind(r#"{"jsonrpc":"2.0","id":[],"method":"a.b"}"#),
            not_a_request(Value::Null)
        );
        assert_eq!(
            kind(r#"[{"jsonrpc":"2.0","id":1,"method":"a.b"}]"#),
            not_a_request(Value::Null)
        );
    }

    #[test]
    fn a_refusal_carries_its_kind_and_all_its_words() {
        let line = refusal(
            &json!(3),
            &RpcError::unchanged("some-kind", "It broke.", "Mend it."),
        );
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["error"]["code"], json!(REFUSED));
        assert_eq!(
            read["error"]["data"],
            json!({
                "kind": "some-kind", "happened": "It broke.", "kept": "Nothing was changed.",
                "todo": "Mend it.", "fault": "user",
            })
        );
    }

    proptest! {
        #[test]
        fn garbage_is_refused_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(judge(&bytes).is_err());
        }
    }
}
