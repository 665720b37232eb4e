//! Who may import whom, and why. The trust boundary is a directory, and this is its wall.
//!
//! The table stands in `ARCHITECTURE.md` for people; a new edge needs a record in `docs/adr/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::breach::Breach;

/// A crate of the house.
pub struct Room {
    /// Its name in cargo.
    pub name: String,
    /// Its directory, relative to the root.
    pub directory: PathBuf,
    /// What it is built from, by name.
    pub imports: BTreeSet<String>,
    /// What only its tests use, by name.
    pub in_tests: BTreeSet<String>,
}

/// Every crate of the house and what it is built from.
pub struct House {
    /// The rooms.
    pub rooms: Vec<Room>,
    /// What the server's program is built from, near and far, by name.
    pub daemon_closure: BTreeSet<String>,
}

struct Rule {
    room: &'static str,
    may: &'static [&'static str],
    why: &'static str,
}

const RULES: [Rule; 14] = [
    Rule {
        room: "wire",
        may: &[],
        why: "strangers read it and it is tried alone; an id in it is an id the server can name",
    },
    Rule {
        room: "device/trust",
        may: &["wire"],
        why: "it judges certificates and nothing else",
    },
    Rule {
        room: "device/delivery",
        may: &["wire"],
        why: "it must be unable to link a label to a person or a group",
    },
    Rule {
        room: "device/conversation",
        may: &["wire", "device/trust"],
        why: "a conversation is a value over a storage handle it is given; it knows no sockets and no clocks",
    },
    Rule {
        room: "device/store",
        may: &[
            "wire",
            "device/trust",
            "device/conversation",
            "device/delivery",
        ],
        why: "the store remembers and never acts",
    },
    Rule {
        room: "device/pictures",
        may: &[],
        why: "what reads the bytes of strangers can reach nothing, in the process and in the house",
    },
    Rule {
        room: "device/voice",
        may: &[],
        why: "sound goes in and a note comes out; it knows neither devices nor conversations",
    },
    Rule {
        room: "device/client",
        may: &[
            "device/pictures",
            "device/voice",
            "wire",
            "device/trust",
            "device/conversation",
            "device/delivery",
            "device/store",
        ],
        why: "the engine does not know its callers",
    },
    Rule {
        room: "device/rpc",
        may: &["device/client"],
        why: "there is one door to the device, and it is the engine",
    },
    Rule {
        room: "apps/cli",
        may: &["device/rpc"],
        why: "what a person can do, a bot can do: through the same door",
    },
    Rule {
        room: "server/board",
        may: &["wire"],
        why: "a back end keeps cells and knows nothing about sessions",
    },
    Rule {
        room: "server/daemon",
        may: &["wire", "server/board"],
        why: "the server runs where the plaintext never is, so no code that handles plaintext may be in it",
    },
    Rule {
        room: "lab",
        may: &[
            "device/pictures",
            "device/voice",
            "wire",
            "device/trust",
            "device/conversation",
            "device/delivery",
            "device/store",
            "device/client",
            "device/rpc",
            "server/board",
            "server/daemon",
            "apps/cli",
        ],
        why: "the laboratory may take anything apart, and nobody may lean on it",
    },
    Rule {
        room: "xtask",
        may: &[],
        why: "the judge of the house is not part of it",
    },
];

/// Outside libraries that have a room of their own: name, rooms, reason.
const PINNED: [(&str, &[&str], &str); 9] = [
    (
        "rusqlite",
        &["device/store"],
        "the store is the only SQL on the device",
    ),
    (
        "openmls_sqlite_storage",
        &["device/store"],
        "the store is the only SQL on the device",
    ),
    (
        "openmls",
        &["device/conversation"],
        "one crate names the MLS library, so that its rules stand in one place",
    ),
    (
        "openmls_traits",
        &["device/conversation", "device/store"],
        "one crate names the MLS library; the store only hands it a transaction",
    ),
    (
        "cpal",
        &["apps/cli"],
        "only a program that a person sits at opens a microphone; nothing behind the door can",
    ),
    (
        "rcgen",
        &["device/trust", "server/daemon"],
        "certificates are made where people are judged, and for the server's own TLS; nowhere else",
    ),
    (
        "keyring-core",
        &["device/rpc"],
        "keys are unlocked at the one door and handed on as values",
    ),
    (
        "zbus-secret-service-keyring-store",
        &["device/rpc"],
        "keys are unlocked at the one door and handed on as values",
    ),
    (
        "tokio",
        &[
            "device/client",
            "device/rpc",
            "server/board",
            "server/daemon",
            "apps/cli",
            "lab",
        ],
        "the rest of the house takes time and bytes as arguments, so that it can be simulated",
    ),
];

/// Rooms whose tests may run the real server beside them.
const MEET_THE_SERVER: [&str; 3] = ["device/client", "device/rpc", "apps/cli"];

/// Asks cargo what the house at `root` is built from.
///
/// # Errors
/// When cargo cannot read the workspace.
pub fn read(root: &Path) -> Result<House, cargo_metadata::Error> {
    let metadata = MetadataCommand::new().current_dir(root).exec()?;
    let rooms = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| {
            let directory = package
                .manifest_path
                .parent()
                .unwrap_or(&package.manifest_path);
            let directory = directory
                .strip_prefix(&metadata.workspace_root)
                .unwrap_or(directory);
            let names = |in_tests: bool| {
                package
                    .dependencies
                    .iter()
                    .filter(|wanted| (wanted.kind == DependencyKind::Development) == in_tests)
                    .map(|wanted| wanted.name.clone())
                    .collect()
            };
            Room {
                name: package.name.to_string(),
                directory: directory.into(),
                imports: names(false),
                in_tests: names(true),
            }
        })
        .collect();
    Ok(House {
        rooms,
        daemon_closure: closure(&metadata, "server/daemon"),
    })
}

/// Every package that goes into the program of a room; tests do not count.
fn closure(metadata: &Metadata, room: &str) -> BTreeSet<String> {
    let nodes: BTreeMap<_, _> = metadata
        .resolve
        .iter()
        .flat_map(|resolve| &resolve.nodes)
        .map(|node| (&node.id, node))
        .collect();
    let root = metadata.workspace_root.join(room);
    let mut left: Vec<_> = metadata
        .packages
        .iter()
        .filter(|package| package.manifest_path.parent() == Some(&root))
        .map(|package| &package.id)
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = left.pop() {
        if !seen.insert(id) {
            continue;
        }
        let wanted = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        left.extend(
            wanted
                .filter(|wanted| {
                    wanted
                        .dep_kinds
                        .iter()
                        .any(|kind| kind.kind != DependencyKind::Development)
                })
                .map(|wanted| &wanted.pkg),
        );
    }
    metadata
        .packages
        .iter()
        .filter(|package| seen.contains(&package.id))
        .map(|package| package.name.to_string())
        .collect()
}

/// Holds the house against the table.
#[must_use]
pub fn check(house: &House) -> Vec<Breach> {
    let places: BTreeMap<&str, &Path> = house
        .rooms
        .iter()
        .map(|room| (room.name.as_str(), room.directory.as_path()))
        .collect();
    let mut breaches: Vec<Breach> = house
        .rooms
        .iter()
        .flat_map(|room| judge(room, &places))
        .collect();
    for room in &house.rooms {
        if room.directory.starts_with("device") && house.daemon_closure.contains(&room.name) {
            breaches.push(Breach::of_file(
                Path::new("server/daemon/Cargo.toml"),
                format!("the server's program contains {}", room.directory.display()),
                "the server runs where the plaintext never is, so no code that handles plaintext may be in it",
            ));
        }
    }
    breaches
}

fn judge(room: &Room, places: &BTreeMap<&str, &Path>) -> Vec<Breach> {
    let manifest = room.directory.join("Cargo.toml");
    let Some(rule) = RULES
        .iter()
        .find(|rule| room.directory == Path::new(rule.room))
    else {
        return vec![Breach::of_file(
            &manifest,
            "this crate is not in the import table (xtask/src/imports.rs)",
            "a room without a rule is a hole in the wall",
        )];
    };
    let mut breaches = Vec::new();
    for name in room.imports.union(&room.in_tests) {
        let only_tests = !room.imports.contains(name);
        if let Some(place) = places.get(name.as_str()) {
            let itself = *place == room.directory && only_tests;
            let meets =
                only_tests && place.starts_with("server") && MEET_THE_SERVER.contains(&rule.room);
            if !rule.may.iter().any(|may| *place == Path::new(may)) && !itself && !meets {
                let what = format!("{} imports {}", rule.room, place.display());
                breaches.push(Breach::of_file(&manifest, what, rule.why));
            }
        }
        // A test may look behind the wall of a library; a program may not.
        if let Some((_, rooms, why)) = PINNED.iter().find(|(pinned, ..)| pinned == name)
            && !rooms.contains(&rule.room)
            && !only_tests
        {
            breaches.push(Breach::of_file(
                &manifest,
                format!("{} imports {name}", rule.room),
                why,
            ));
        }
    }
    breaches
}
