//! What one message costs: sealing and opening, with and without the database.

use std::time::Instant;

use heliograph_client::engine::Engine;
use heliograph_client::{ConversationId, Device};
use heliograph_conversation::{
    Conversation, Credentialed, Crypto, Subject, Timer, make_key_package, read_welcome,
};
use heliograph_delivery::{Joiner, enter, open, seal, split};
use heliograph_lab::{TwoFaced, key};
use heliograph_trust::{
    CertificateChain, DeviceSecret, DisplayName, PersonId, PersonSecret, issue_device, issue_person,
};
use heliograph_wire::Class;
use openmls_memory_storage::MemoryStorage;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::json;

use crate::figure::{Figure, quantile, spread};

const MESSAGES: usize = 2_000;

pub(crate) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_millis()).unwrap()
}

/// A person with one device and its group state in memory.
pub(crate) struct Party {
    pub(crate) storage: MemoryStorage,
    pub(crate) person: PersonId,
    device: DeviceSecret,
    chain: Vec<u8>,
}

impl Party {
    pub(crate) fn new(name: &str, rng: &mut ChaCha20Rng) -> Self {
        let (person, device) = (PersonSecret::generate(rng), DeviceSecret::generate(rng));
        let (name, now) = (DisplayName::parse(name).unwrap(), now_ms());
        let chain = CertificateChain {
            person_der: issue_person(&person, &name, now, rng).unwrap(),
            device_der: issue_device(&person, &name, &device, now, rng).unwrap(),
        };
        Self {
            storage: MemoryStorage::default(),
            person: person.id(),
            device,
            chain: chain.encode(),
        }
    }

    pub(crate) fn who(&self) -> Credentialed<'_> {
        Credentialed {
            device: &self.device,
            chain: &self.chain,
        }
    }
}

/// Seal and open of 256 bytes, MLS and the cell around it, in memory.
pub(crate) fn both_layers() -> Vec<Figure> {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let crypto = Crypto::new().unwrap();
    let (anna, ben) = (Party::new("Anna", &mut rng), Party::new("Ben", &mut rng));
    let mut ours = Conversation::create(
        &crypto,
        &anna.storage,
        anna.who(),
        (&[1; 32], &Subject::Direct(Timer::OFF)),
    )
    .unwrap();
    let package = make_key_package(&crypto, &ben.storage, ben.who(), false).unwrap();
    let added = ours
        .add_first(&crypto, &anna.storage, anna.who(), (&package, now_ms()))
        .unwrap();
    let joining = read_welcome(&crypto, &ben.storage, &added.welcome, now_ms()).unwrap();
    let mut theirs = joining.enter(&crypto, &ben.storage).unwrap();
    let secret = ours.export_epoch(&crypto, &anna.storage).unwrap();
    let mut keys = enter(secret.bytes(), 0, &[0, 1]);
    let mut reader = keys.readers.remove(0).1;
    let mut waits = Vec::new();
    for _ in 0..MESSAGES {
        let begun = Instant::now();
        let mls = ours
            .seal(&crypto, &anna.storage, anna.who(), &[7; 256])
            .unwrap();
        let mut joiner = Joiner::default();
        for piece in split(&mls).unwrap() {
            let place = keys.own.next_place();
            let body = seal(&place.key, &place.label, &piece, Class::Small, &mut rng).unwrap();
            let place = reader.take(place.n).unwrap();
            let piece = open(&place.key, &place.label, &body).unwrap();
            if let Some(whole) = joiner.push(&piece) {
                theirs.open(&crypto, &ben.storage, &whole).unwrap();
            }
        }
        waits.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let detail = json!({"milliseconds": spread(&mut waits), "bytes": 256});
    vec![Figure::at_most(
        "seal and open 256 B, no database",
        ("ms", quantile(&waits, 0.5), 0.3),
        detail,
    )]
}

/// Anna and Ben on real databases, and a board in memory between them.
pub(crate) fn on_disk(dir: &std::path::Path) -> (TwoFaced, ConversationId, ConversationId) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let now = now_ms();
    let mut world = TwoFaced::of(&["Anna", "Ben"], now, |name, board, seed| {
        let home = dir.join(name);
        std::fs::create_dir(&home).unwrap();
        runtime
            .block_on(Device::create(&home, &key(), name, board))
            .unwrap();
        Engine::open(&home, &[7; 32], seed, now).unwrap()
    });
    let (_, card) = world.engines[0].make_card(now, false).unwrap();
    world.run();
    let ben_side = world.engines[1].add_contact(now, &card).unwrap();
    world.run();
    let anna_side = world.engines[0].requests().unwrap()[0].id;
    world.engines[0].accept(now, anna_side).unwrap();
    world.run();
    (world, anna_side, ben_side)
}

/// The same with the database, durable on both sides.
pub(crate) fn with_database() -> Vec<Figure> {
    let dir = tempfile::tempdir().unwrap();
    let (mut world, _, ben_side) = on_disk(dir.path());
    let (mut sending, mut reading) = (Vec::new(), Vec::new());
    for _ in 0..MESSAGES / 4 {
        let now = world.now;
        let begun = Instant::now();
        world.engines[1]
            .send(now, ben_side, &["m".repeat(256)])
            .unwrap();
        sending.push(begun.elapsed().as_secs_f64() * 1e3);
        world.serve_asked(1);
        world.tick_all();
        let begun = Instant::now();
        world.deliver(0);
        reading.push(begun.elapsed().as_secs_f64() * 1e3);
        world.run();
    }
    let figure = |name, bar, waits: &mut Vec<f64>| {
        let detail = json!({"milliseconds": spread(waits), "bytes": 256});
        Figure::at_most(name, ("ms", quantile(waits, 0.5), bar), detail)
    };
    vec![
        figure("sender, durable", 4.0, &mut sending),
        figure("receiver, durable", 3.0, &mut reading),
    ]
}
