//! Every door by name, so that targets, seeds and the soak agree on them.

mod certificates;
mod config;
mod contact;
mod content;
mod mls;
mod payload;
mod rpc;
mod stored;
mod upgrade;
mod wire;

pub use certificates::{chains, names};
pub use config::config;
pub use contact::{bundles, cards, links};
pub use content::content;
pub use mls::mls;
pub use payload::{asks, cells, fragments, heads, invitations};
pub use rpc::rpc;
pub use stored::stored;
pub use upgrade::{upgrade_answered, upgrade_asked};
pub use wire::{frames, requests, ticks, units};

/// Takes foreign bytes; says whether they were accepted.
pub type Door = fn(&[u8]) -> bool;

/// All doors, by the name of their target and of their directory of seeds.
pub const DOORS: [(&str, Door); 21] = [
    ("frames", frames),
    ("requests", requests),
    ("units", units),
    ("ticks", ticks),
    ("links", links),
    ("cards", cards),
    ("bundles", bundles),
    ("cells", cells),
    ("fragments", fragments),
    ("heads", heads),
    ("invitations", invitations),
    ("asks", asks),
    ("content", content),
    ("mls", mls),
    ("chains", chains),
    ("names", names),
    ("config", config),
    ("stored", stored),
    ("rpc", rpc),
    ("upgrade_asked", upgrade_asked),
    ("upgrade_answered", upgrade_answered),
];
