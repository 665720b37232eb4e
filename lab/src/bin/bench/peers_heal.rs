//! Messages to heal, in the terms of bench/peers: somebody copied Ben's device; when is the copy blind?
//!
//! The real engine twice on one profile: Ben, and a copy that hears everything and can say nothing.

use std::path::Path;

use heliograph_client::engine::Engine;
use heliograph_conversation::{Change, Conversation, Crypto};
use heliograph_lab::TwoFaced;
use openmls_memory_storage::MemoryStorage;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use crate::peers::{line, pair};
use crate::seal::on_disk;

/// Messages of both people before the theft: every moment of a turn, young and old commits.
const STOLEN_AFTER: [usize; 8] = [0, 1, 2, 3, 10, 11, 24, 25];
/// Seconds between two messages.
const PACES: [i64; 4] = [1, 5, 20, 60];
/// A thief who still reads after so many is not healed from.
const MOST: usize = 200;

fn copy_profile(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Two people, and later the thief.
struct Talk {
    world: TwoFaced,
    ids: [heliograph_client::ConversationId; 2],
    said: usize,
    pace_ms: i64,
}

impl Talk {
    /// The next message, of whose turn it is; true if it was to Ben.
    fn next(&mut self, ben_is_silent: bool) -> bool {
        let from = if ben_is_silent { 0 } else { self.said % 2 };
        self.said += 1;
        let now = self.world.now;
        self.world.engines[from]
            .send(now, self.ids[from], &[format!("message {}", self.said)])
            .unwrap();
        self.world.run();
        self.world.pass(self.pace_ms);
        from == 0
    }

    /// Whether a device shows the newest message.
    fn shows(&self, at: usize) -> bool {
        let text = format!("message {}", self.said);
        let page = self.world.engines[at].messages(self.ids[1], None, 1_000);
        page.unwrap()
            .items
            .iter()
            .any(|message| message.text == text)
    }
}

/// Messages up to and with the first to Ben that the thief cannot read; `None` if there is none.
fn until_blind(pace: i64, stolen_after: usize, ben_is_silent: bool) -> Option<usize> {
    let dir = tempfile::tempdir().unwrap();
    let (world, anna_side, ben_side) = on_disk(dir.path());
    let mut talk = Talk {
        world,
        ids: [anna_side, ben_side],
        said: 0,
        pace_ms: pace * 1_000,
    };
    for _ in 0..stolen_after {
        talk.next(false);
    }
    copy_profile(&dir.path().join("Ben"), &dir.path().join("Thief"));
    let now = talk.world.now;
    let engine = Engine::open(&dir.path().join("Thief"), &[7; 32], &[0xDD; 32], now).unwrap();
    let thief = talk.world.join(1, engine);
    talk.world.lies.mute = Some(thief);
    talk.world.run();
    for said in 1..=MOST {
        if talk.next(ben_is_silent) {
            assert!(talk.shows(1), "Ben reads what he is sent");
            if !talk.shows(thief) {
                talk.next(ben_is_silent);
                talk.next(ben_is_silent);
                assert!(!talk.shows(thief), "who is blind stays blind");
                return Some(said);
            }
        }
    }
    None
}

/// That the blindness is the encryption's, and not only the engine's: beside the engine, a thief with
/// Ben's whole group state, who is handed every byte, opens a message before Ben's commit and none after.
fn sealed_off_by_a_commit() {
    let mut rng = ChaCha20Rng::from_seed([8; 32]);
    let crypto = Crypto::new().unwrap();
    let [mut anna, mut ben] = pair(&crypto, &mut rng);
    let values = ben.party.storage.values.read().unwrap().clone();
    let stolen = MemoryStorage {
        values: std::sync::RwLock::new(values),
    };
    let mut thief = Conversation::load(&stolen, &[1; 32]).unwrap().unwrap();
    let before = anna
        .group
        .seal(&crypto, &anna.party.storage, anna.party.who(), b"before")
        .unwrap();
    assert!(thief.open(&crypto, &stolen, &before).is_ok());
    let change = (&Change::default(), crate::seal::now_ms());
    let changed = ben
        .group
        .change(&crypto, &ben.party.storage, ben.party.who(), change)
        .unwrap();
    ben.group.apply_own(&crypto, &ben.party.storage).unwrap();
    anna.group
        .apply(&crypto, &anna.party.storage, &changed.commit)
        .unwrap();
    let after = anna
        .group
        .seal(&crypto, &anna.party.storage, anna.party.who(), b"after")
        .unwrap();
    assert!(thief.apply(&crypto, &stolen, &changed.commit).is_err());
    assert!(thief.open(&crypto, &stolen, &after).is_err());
    let opened = ben.group.open(&crypto, &ben.party.storage, &after);
    assert_eq!(opened.unwrap().content, b"after");
}

/// Healing at several paces of talk.
pub(crate) fn healing() -> Vec<Value> {
    sealed_off_by_a_commit();
    assert_eq!(
        until_blind(20, 4, true),
        None,
        "nothing heals who only listens, and the copy does read"
    );
    let mut lines = Vec::new();
    for pace in PACES {
        let mut counts = STOLEN_AFTER.map(|at| until_blind(pace, at, false).unwrap());
        counts.sort_unstable();
        let median = f64::from(u32::try_from(counts[counts.len() / 2]).unwrap());
        let detail = json!({
            "least": counts[0], "most": counts[counts.len() - 1], "thefts": counts.len(),
            "seconds_between_messages": pace, "by": "a copy of the device that stops reading",
        });
        let name = format!("messages to heal, one each {pace} s");
        lines.push(line(&name, "messages", median, &detail));
    }
    lines
}
