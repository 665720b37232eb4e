//! Who is taken out and put back: the device that asked, once for each time it asked, and nobody else.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

mod support;

use heliograph_conversation::*;
use heliograph_trust::{Description, DisplayName};
use openmls::prelude::{KeyPackageIn, LeafNodeIndex, ProtocolVersion};
use support::{GROUP, NOW, Party};
use tls_codec::DeserializeBytes;

const BEN: u32 = 1;

/// Anna, who alone decides and adds, Ben, and Carl, each in the group.
struct Crew {
    people: [Party; 3],
    groups: [Conversation; 3],
}

fn join(party: &Party, welcome: &[u8]) -> Conversation {
    let joining = read_welcome(&party.crypto, &party.storage, welcome, NOW).unwrap();
    joining.enter(&party.crypto, &party.storage).unwrap()
}

fn change(party: &Party, group: &mut Conversation, change: &Change) -> Result<Changed, GroupError> {
    group.change(&party.crypto, &party.storage, party.who(), (change, NOW))
}

fn crew() -> Crew {
    let people = [(1, "Anna"), (2, "Ben"), (3, "Carl")].map(|(seed, name)| Party::new(seed, name));
    let [anna, ben, carl] = &people;
    let subject = Subject::Group(GroupRules {
        title: DisplayName::parse("Crew").unwrap(),
        admins: [anna.person.id()].into(),
        adding: Adding::Admins,
        timer: Timer::OFF,
        description: Description::default(),
        picture: Portrait::default(),
        edits: EditWindow::ALWAYS,
    });
    let about = (&GROUP, &subject);
    let mut annas = Conversation::create(&anna.crypto, &anna.storage, anna.who(), about).unwrap();
    let both = Change {
        adds: vec![ben.key_package(), carl.key_package()],
        ..Change::default()
    };
    let welcome = change(anna, &mut annas, &both).unwrap().welcome.unwrap();
    annas.apply_own(&anna.crypto, &anna.storage).unwrap();
    let groups = [annas, join(ben, &welcome), join(carl, &welcome)];
    Crew { people, groups }
}

/// Ben's device gives its group up and asks.
fn ask(crew: &mut Crew, now: i64) -> Vec<u8> {
    let [_, ben, _] = &crew.people;
    crew.groups[1].delete(&ben.storage).unwrap();
    make_return_package(&ben.crypto, &ben.storage, ben.who(), (&GROUP, now)).unwrap()
}

fn asking(party: &Party, group: &[u8; 32]) -> Vec<u8> {
    make_return_package(&party.crypto, &party.storage, party.who(), (group, NOW)).unwrap()
}

/// What Carl may not make, made past the rules.
fn forged(carl: &Party, package: &[u8]) -> Vec<u8> {
    let package = KeyPackageIn::tls_deserialize_exact_bytes(package).unwrap();
    let package = package.validate(&carl.raw, ProtocolVersion::Mls10).unwrap();
    carl.forge(|commit| {
        let commit = commit.propose_removals([LeafNodeIndex::new(BEN)]);
        commit.propose_adds([package])
    })
}

fn back(package: Vec<u8>) -> Change {
    Change {
        adds: vec![package],
        removes: vec![BEN],
        ..Change::default()
    }
}

#[test]
fn anybody_brings_a_device_back_that_asked_and_no_ask_is_good_twice() {
    let mut crew = crew();
    for round in 0..2 {
        let package = ask(&mut crew, NOW + round);
        let Crew { people, groups } = &mut crew;
        let ([anna, ben, carl], [annas, bens, carls]) = (&*people, groups);
        assert_eq!(carls.brings_back(&carl.crypto, &package), Ok(Some(BEN)));
        let made = change(carl, carls, &back(package.clone())).unwrap();
        let returned = vec![ben.person.id()];
        assert_eq!(
            carls.apply_own(&carl.crypto, &carl.storage),
            Ok(returned.clone())
        );
        let applied = anna.apply(annas, &made.commit).unwrap();
        assert_eq!((applied.by, applied.returned), (2, returned));
        *bens = join(ben, &made.welcome.unwrap());
        let authenticators = [&*annas, bens, carls].map(Conversation::authenticator);
        assert_eq!(authenticators[0], authenticators[1]);
        assert_eq!(authenticators[0], authenticators[2]);
        // His first act replaces the key; what the leaf says of his ask stays with it.
        let renewed = change(ben, bens, &Change::default()).unwrap().commit;
        bens.apply_own(&ben.crypto, &ben.storage).unwrap();
        for (party, group) in [(anna, annas), (carl, &mut *carls)] {
            assert_eq!(party.apply(group, &renewed).unwrap().returned, []);
        }
        assert_eq!(carls.brings_back(&carl.crypto, &package), Ok(None));
        let again = change(carl, carls, &back(package));
        assert_eq!(again.err(), Some(GroupError::Role));
    }
}

#[test]
fn an_ask_that_is_used_again_is_void_for_everybody() {
    let mut crew = crew();
    let package = ask(&mut crew, NOW);
    let ([anna, ben, carl], [annas, _, carls]) = (&crew.people, &mut crew.groups);
    let made = change(carl, carls, &back(package.clone())).unwrap();
    carls.apply_own(&carl.crypto, &carl.storage).unwrap();
    anna.apply(annas, &made.commit).unwrap();
    let mut bens = join(ben, &made.welcome.unwrap());
    let again = forged(carl, &package);
    assert_eq!(anna.apply(annas, &again), Err(Void::Role.into()));
    assert_eq!(ben.apply(&mut bens, &again), Err(Void::Role.into()));
}

#[test]
fn an_ask_is_good_no_more_once_its_device_has_committed_again() {
    let mut crew = crew();
    let ([_, ben, carl], [_, bens, carls]) = (&crew.people, &mut crew.groups);
    let package = asking(ben, &GROUP);
    assert_eq!(carls.brings_back(&carl.crypto, &package), Ok(Some(BEN)));
    let later = (&Change::default(), NOW + 1);
    let renewed = bens.change(&ben.crypto, &ben.storage, ben.who(), later);
    carl.apply(carls, &renewed.unwrap().commit).unwrap();
    assert_eq!(carls.brings_back(&carl.crypto, &package), Ok(None));
    assert_eq!(
        change(carl, carls, &back(package)).err(),
        Some(GroupError::Role)
    );
}

#[test]
fn nobody_is_taken_out_and_put_back_who_did_not_ask_for_that_here() {
    for case in 0..3 {
        let mut crew = crew();
        let ([anna, ben, carl], [annas, _, carls]) = (&crew.people, &mut crew.groups);
        let elsewhere = [8; 32];
        let stranger = Party::new(9, "Ben");
        let package = match case {
            0 => ben.key_package(),
            1 => asking(ben, &elsewhere),
            _ => asking(&stranger, &GROUP),
        };
        assert_eq!(carls.brings_back(&carl.crypto, &package), Ok(None));
        let refused = change(carl, carls, &back(package.clone()));
        assert_eq!(refused.err(), Some(GroupError::Role));
        let commit = forged(carl, &package);
        assert_eq!(anna.apply(annas, &commit), Err(Void::Role.into()));
    }
}
