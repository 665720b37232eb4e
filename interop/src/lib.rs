//! The MLS stack judged by others: published vectors, a second library, a second provider. Nothing here is
//! shipped, and nothing here judges Heliograph's own rules: those are tried in the crates that hold them.

pub mod basics;
pub mod encodings;
pub mod history;
pub mod hpke;
pub mod meeting;
pub mod member;
pub mod open_member;
pub mod passive;
pub mod rs_member;
pub mod tally;
pub mod vectors;
pub mod xwing;
