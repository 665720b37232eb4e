//! The store as its only caller uses it: real files, whole steps.
#![expect(
    clippy::unwrap_used,
    reason = "what these scenes are built with may fail loudly"
)]

mod annotations;
mod disappearing;
mod keeping;
mod killed;
mod messages;
mod mls;
mod opening;
mod queues;
mod scene;
mod search;
mod steps;
