//! Moments as callers write them.

use crate::RpcError;

/// A moment, RFC 3339 as everywhere in the interface; Unix milliseconds.
pub(crate) fn time(text: &str) -> Result<i64, RpcError> {
    let at: Result<jiff::Timestamp, _> = text.parse();
    at.map(jiff::Timestamp::as_millisecond).map_err(|_| {
        RpcError::unchanged(
            "bad-parameters",
            "The parameters do not fit the method: this is not a time.",
            "Write it like 2026-01-31T09:30:00Z.",
        )
    })
}
