//! Conversations between real groups: who is believed, whose commit counts, what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_conversation::*;
use heliograph_trust::*;
use openmls_memory_storage::MemoryStorage;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const NOW: i64 = 1_795_000_000_000;
const GROUP: [u8; 32] = [9; 32];

struct Party {
    crypto: Crypto,
    storage: MemoryStorage,
    device: DeviceSecret,
    chain: Vec<u8>,
    group: Option<Conversation>,
}

impl Party {
    fn new(seed: u8, name: &str) -> Self {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let person = PersonSecret::generate(&mut rng);
        let device = DeviceSecret::generate(&mut rng);
        let name = DisplayName::parse(name).unwrap();
        let chain = CertificateChain {
            person_der: issue_person(&person, &name, NOW, &mut rng).unwrap(),
            device_der: issue_device(&person, &name, &device, NOW, &mut rng).unwrap(),
        };
        Self {
            crypto: Crypto::new().unwrap(),
            storage: MemoryStorage::default(),
            device,
            chain: chain.encode(),
            group: None,
        }
    }

    fn who(&self) -> Credentialed<'_> {
        Credentialed {
            device: &self.device,
            chain: &self.chain,
        }
    }

    fn key_package(&self, last_resort: bool) -> Vec<u8> {
        let who = self.who();
        make_key_package(&self.crypto, &self.storage, who, last_resort).unwrap()
    }

    fn seal(&mut self, text: &str) -> Vec<u8> {
        let who = Credentialed {
            device: &self.device,
            chain: &self.chain,
        };
        let group = self.group.as_mut().unwrap();
        group
            .seal(&self.crypto, &self.storage, who, text.as_bytes())
            .unwrap()
    }

    fn open(&mut self, mls: &[u8]) -> Result<Opened, OpenError> {
        self.group
            .as_mut()
            .unwrap()
            .open(&self.crypto, &self.storage, mls)
    }

    fn change(&mut self, change: &Change) -> Result<Changed, GroupError> {
        let who = Credentialed {
            device: &self.device,
            chain: &self.chain,
        };
        let group = self.group.as_mut().unwrap();
        group.change(&self.crypto, &self.storage, who, (change, NOW))
    }

    fn apply(&mut self, commit: &[u8]) -> Result<Applied, ApplyError> {
        self.group
            .as_mut()
            .unwrap()
            .apply(&self.crypto, &self.storage, commit)
    }

    fn apply_own(&mut self) {
        self.group
            .as_mut()
            .unwrap()
            .apply_own(&self.crypto, &self.storage)
            .unwrap();
    }

    fn authenticator(&self) -> Vec<u8> {
        self.group.as_ref().unwrap().authenticator()
    }

    fn export(&mut self) -> Result<Vec<u8>, GroupError> {
        let group = self.group.as_mut().unwrap();
        group
            .export_epoch(&self.crypto, &self.storage)
            .map(|s| s.bytes().to_vec())
    }

    fn join(&mut self, welcome: &[u8]) {
        let joining = read_welcome(&self.crypto, &self.storage, welcome, NOW).unwrap();
        self.group = Some(joining.enter(&self.crypto, &self.storage).unwrap());
    }

    fn reload(&mut self) {
        self.group = Conversation::load(&self.storage, &GROUP).unwrap();
    }
}

/// Anna and Ben decide.
fn crew() -> Subject {
    let admin = |seed| PersonSecret::generate(&mut ChaCha20Rng::from_seed([seed; 32])).id();
    Subject::Group(GroupRules {
        title: DisplayName::parse("Crew").unwrap(),
        admins: [admin(1), admin(2)].into(),
        adding: Adding::Members,
        timer: Timer::OFF,
        description: Description::default(),
        picture: Portrait::default(),
        edits: EditWindow::ALWAYS,
    })
}

fn pair() -> (Party, Party) {
    pair_in(&crew())
}

fn pair_in(subject: &Subject) -> (Party, Party) {
    let (mut anna, mut ben) = (Party::new(1, "Anna"), Party::new(2, "Ben"));
    let package = anna.key_package(false);
    let who = ben.who();
    let mut group =
        Conversation::create(&ben.crypto, &ben.storage, who, (&GROUP, subject)).unwrap();
    let added = group
        .add_first(&ben.crypto, &ben.storage, who, (&package, NOW))
        .unwrap();
    assert_eq!(added.identity.get().name.as_str(), "Anna");
    ben.group = Some(group);
    anna.join(&added.welcome);
    (anna, ben)
}

#[test]
fn two_people_talk_and_a_self_update_changes_the_epoch_for_both() {
    let (mut anna, mut ben) = pair();
    let opened = anna.open(&ben.seal("hello")).unwrap_or_else(|_| panic!());
    assert_eq!(
        (
            opened.content.as_slice(),
            opened.identity.get().name.as_str()
        ),
        (b"hello".as_slice(), "Ben")
    );
    let changed = anna.change(&Change::default()).unwrap();
    anna.apply_own();
    assert_eq!(
        ben.apply(&changed.commit).unwrap(),
        Applied {
            by: 1,
            removed_self: false,
            returned: Vec::new(),
            replaced_self: false,
        }
    );
    assert_eq!(anna.authenticator(), ben.authenticator());
    assert!(ben.open(&anna.seal("again")).is_ok());
}

#[test]
fn the_labels_secret_is_equal_for_all_and_is_given_once_an_epoch() {
    let (mut anna, mut ben) = pair();
    assert_eq!(anna.export().unwrap(), ben.export().unwrap());
    assert!(anna.export().is_err());
    anna.reload();
    assert!(anna.export().is_err(), "not after a restart either");
    let changed = ben.change(&Change::default()).unwrap();
    ben.apply_own();
    anna.apply(&changed.commit).unwrap();
    assert_eq!(anna.export().unwrap(), ben.export().unwrap());
}

#[test]
fn the_loser_of_a_race_follows_the_winner_and_may_commit_again() {
    let (mut anna, mut ben) = pair();
    let (winner, loser) = (
        anna.change(&Change::default()).unwrap(),
        ben.change(&Change::default()).unwrap(),
    );
    assert_eq!(
        ben.change(&Change::default()).err(),
        Some(GroupError::Pending)
    );
    ben.reload();
    assert!(
        ben.group.as_ref().unwrap().has_pending(),
        "a pending commit survives a restart"
    );
    anna.apply_own();
    ben.apply(&winner.commit).unwrap();
    assert!(!ben.group.as_ref().unwrap().has_pending());
    assert!(matches!(
        anna.apply(&loser.commit),
        Err(ApplyError::Void(_))
    ));
    anna.reload();
    let second = ben.change(&Change::default()).unwrap();
    ben.apply_own();
    anna.apply(&second.commit).unwrap();
    assert_eq!(anna.authenticator(), ben.authenticator());
}

#[test]
fn a_message_opens_once_and_only_in_its_epoch() {
    let (mut anna, mut ben) = pair();
    let early = ben.seal("early");
    assert!(anna.open(&early).is_ok());
    assert!(
        matches!(anna.open(&early), Err(OpenError::Void(_))),
        "a replay is void"
    );
    let late = ben.seal("late");
    let changed = anna.change(&Change::default()).unwrap();
    anna.apply_own();
    assert!(
        matches!(anna.open(&late), Err(OpenError::Void(_))),
        "a past epoch is void"
    );
    ben.apply(&changed.commit).unwrap();
    assert!(anna.open(&ben.seal("anew")).is_ok());
}

#[test]
fn a_conversation_of_two_never_takes_in_a_third_nor_loses_one() {
    let (mut anna, mut ben) = pair_in(&Subject::Direct(Timer::OFF));
    let carl = Party::new(3, "Carl");
    let third = Change {
        adds: vec![carl.key_package(false)],
        ..Change::default()
    };
    assert_eq!(anna.change(&third).err(), Some(GroupError::Direct));
    let alone = Change {
        removes: vec![0],
        ..Change::default()
    };
    assert_eq!(anna.change(&alone).err(), Some(GroupError::Direct));
    // Fresh keys are no change of people.
    let changed = anna.change(&Change::default()).unwrap();
    ben.apply(&changed.commit).unwrap();
}

#[test]
fn three_people_and_one_removed_who_then_reads_nothing() {
    let (mut anna, mut ben) = pair();
    let mut carl = Party::new(3, "Carl");
    let add = Change {
        adds: vec![carl.key_package(false)],
        ..Change::default()
    };
    let changed = anna.change(&add).unwrap();
    anna.apply_own();
    ben.apply(&changed.commit).unwrap();
    carl.join(&changed.welcome.unwrap());
    assert_eq!(carl.authenticator(), ben.authenticator());
    assert_eq!(carl.group.as_ref().unwrap().subject(), Ok(crew()));
    let names: Vec<String> = carl
        .group
        .as_ref()
        .unwrap()
        .members(&carl.crypto)
        .unwrap()
        .iter()
        .map(|m| m.identity.get().name.to_string())
        .collect();
    assert_eq!(names, ["Ben", "Anna", "Carl"]);
    let removed = anna
        .change(&Change {
            removes: vec![2],
            ..Change::default()
        })
        .unwrap();
    anna.apply_own();
    ben.apply(&removed.commit).unwrap();
    assert!(carl.apply(&removed.commit).unwrap().removed_self);
    assert!(carl.open(&ben.seal("without Carl")).is_err());
    assert!(carl.export().is_err());
}

#[test]
fn a_key_package_whose_certificates_are_of_another_key_is_refused() {
    let (mut anna, ben) = pair();
    let mut mallory = Party::new(4, "Mallory");
    mallory.chain = ben.chain.clone();
    let package = mallory.key_package(false);
    assert!(matches!(
        check_key_package(&anna.crypto, &package, NOW),
        Err(Void::Leaf(ChainVoid::OtherKey))
    ));
    let add = Change {
        adds: vec![package],
        ..Change::default()
    };
    assert!(matches!(
        anna.change(&add),
        Err(GroupError::KeyPackage(Void::Leaf(_)))
    ));
}

#[test]
fn a_welcome_into_a_group_with_an_impostor_is_refused() {
    let anna = Party::new(1, "Anna");
    let ben = Party::new(2, "Ben");
    let mut mallory = Party::new(4, "Mallory");
    mallory.chain = ben.chain;
    let who = mallory.who();
    let mut group =
        Conversation::create(&mallory.crypto, &mallory.storage, who, (&GROUP, &crew())).unwrap();
    let package = anna.key_package(false);
    let added = group
        .add_first(&mallory.crypto, &mallory.storage, who, (&package, NOW))
        .unwrap();
    let read = read_welcome(&anna.crypto, &anna.storage, &added.welcome, NOW);
    assert!(matches!(
        read.err(),
        Some(JoinError::Void(Void::Leaf(ChainVoid::OtherKey)))
    ));
}

#[test]
fn a_welcome_for_somebody_else_or_a_used_key_package_is_not_for_us() {
    let (anna, ben) = pair();
    let carl = Party::new(3, "Carl");
    let package = carl.key_package(false);
    let who = ben.who();
    let about = (&[8; 32], &Subject::Direct(Timer::OFF));
    let mut group = Conversation::create(&ben.crypto, &ben.storage, who, about).unwrap();
    let added = group
        .add_first(&ben.crypto, &ben.storage, who, (&package, NOW))
        .unwrap();
    let read =
        |party: &Party| read_welcome(&party.crypto, &party.storage, &added.welcome, NOW).err();
    assert_eq!(read(&anna), Some(JoinError::NotForUs));
    assert_eq!(read(&carl), None);
    assert_eq!(
        read(&carl),
        Some(JoinError::NotForUs),
        "a one-time package is used once"
    );
}

#[test]
fn a_welcome_for_a_forgotten_key_package_is_not_for_us() {
    for last_resort in [false, true] {
        let (mut anna, ben) = (Party::new(1, "Anna"), Party::new(2, "Ben"));
        let who = anna.who();
        let mut group =
            Conversation::create(&anna.crypto, &anna.storage, who, (&GROUP, &crew())).unwrap();
        let package = ben.key_package(last_resort);
        let added = group
            .add_first(&anna.crypto, &anna.storage, who, (&package, NOW))
            .unwrap();
        anna.group = Some(group);
        let name = name_key_package(&ben.crypto, &package).unwrap();
        forget_key_package(&ben.storage, &name).unwrap();
        let read = read_welcome(&ben.crypto, &ben.storage, &added.welcome, NOW);
        assert!(matches!(read, Err(JoinError::NotForUs)));
    }
}

#[test]
fn garbage_and_messages_in_the_clear_are_void() {
    let (mut anna, mut ben) = pair();
    let mut spoiled = ben.seal("x");
    let last = spoiled.len() - 1;
    spoiled[last] ^= 1;
    assert!(matches!(anna.open(&spoiled), Err(OpenError::Void(_))));
    assert!(matches!(
        anna.open(b"garbage"),
        Err(OpenError::Void(Void::Encoding))
    ));
    assert!(matches!(
        anna.apply(b""),
        Err(ApplyError::Void(Void::Encoding))
    ));
    let package = ben.key_package(true);
    assert!(matches!(anna.apply(&package), Err(ApplyError::Void(_))));
    let message = ben.seal("no commit");
    let applied = anna.apply(&message);
    assert!(matches!(applied, Err(ApplyError::Void(Void::Kind))));
}
