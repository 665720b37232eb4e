//! Who may change a group: every member refuses the same commits, whoever made them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

mod support;

use heliograph_conversation::*;
use heliograph_trust::{Description, DisplayName, PersonId};
use openmls::prelude::CredentialType;
use openmls::prelude::{
    Extension, ExtensionType, Extensions, GroupContext, KeyPackageIn, LeafNodeIndex,
    ProtocolVersion, RequiredCapabilitiesExtension, UnknownExtension,
};
use support::{GROUP, NOW, Party};
use tls_codec::DeserializeBytes;

fn rules(admins: &[&Party], adding: Adding) -> GroupRules {
    GroupRules {
        title: DisplayName::parse("Crew").unwrap(),
        admins: admins.iter().map(|party| party.person.id()).collect(),
        adding,
        timer: Timer::OFF,
        description: Description::default(),
        picture: Portrait::default(),
        edits: EditWindow::ALWAYS,
    }
}

/// The context that says so, written by hand as docs/protocol/delivery.md describes it.
fn context(admins: &[PersonId], title: &str) -> Extensions<GroupContext> {
    let mut bytes = vec![1, 2, 1, 0, u8::try_from(admins.len()).unwrap()];
    for admin in admins {
        bytes.extend(admin.bytes());
    }
    bytes.extend(title.as_bytes());
    holding(bytes)
}

fn holding(bytes: Vec<u8>) -> Extensions<GroupContext> {
    let kind = ExtensionType::Unknown(0xF7A0);
    Extensions::from_vec(vec![
        Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(
            &[kind],
            &[],
            &[CredentialType::X509],
        )),
        Extension::Unknown(0xF7A0, UnknownExtension(bytes)),
    ])
    .unwrap()
}

/// Anna's group, and Mallory in it.
fn group(adding: Adding) -> (Party, Conversation, Party) {
    let (anna, mallory) = (Party::new(1, "Anna"), Party::new(4, "Mallory"));
    let subject = Subject::Group(rules(&[&anna], adding));
    let mut made =
        Conversation::create(&anna.crypto, &anna.storage, anna.who(), (&GROUP, &subject)).unwrap();
    let package = (&*mallory.key_package(), NOW);
    let added = made
        .add_first(&anna.crypto, &anna.storage, anna.who(), package)
        .unwrap();
    let joining = read_welcome(&mallory.crypto, &mallory.storage, &added.welcome, NOW).unwrap();
    joining.enter(&mallory.crypto, &mallory.storage).unwrap();
    (anna, made, mallory)
}

fn change(party: &Party, group: &mut Conversation, change: &Change) -> Result<Changed, GroupError> {
    group.change(&party.crypto, &party.storage, party.who(), (change, NOW))
}

#[test]
fn whoever_is_no_admin_removes_nobody_and_changes_no_rule() {
    let (anna, mut made, mallory) = group(Adding::Members);
    let removal = mallory.forge(|b| b.propose_removals([LeafNodeIndex::new(0)]));
    assert_eq!(anna.apply(&mut made, &removal), Err(Void::Role.into()));

    let (anna, mut made, mallory) = group(Adding::Members);
    let both = context(&sorted([anna.person.id(), mallory.person.id()]), "Crew");
    let coup = mallory.forge(|b| b.propose_group_context_extensions(both).unwrap());
    assert_eq!(anna.apply(&mut made, &coup), Err(Void::Role.into()));

    let (anna, mut made, mallory) = group(Adding::Members);
    let renamed = context(&[anna.person.id()], "Mallory\u{2019}s");
    let commit = mallory.forge(|b| b.propose_group_context_extensions(renamed).unwrap());
    assert_eq!(anna.apply(&mut made, &commit), Err(Void::Role.into()));
}

/// The context of [`group`] with a timer of so many seconds.
fn timed(admin: &Party, seconds: u32) -> Extensions<GroupContext> {
    let mut bytes = vec![2];
    bytes.extend(seconds.to_be_bytes());
    bytes.extend([2, 1, 0, 1]);
    bytes.extend(admin.person.id().bytes());
    bytes.extend(b"Crew");
    holding(bytes)
}

#[test]
fn whoever_is_no_admin_sets_no_timer_and_nobody_one_out_of_bounds() {
    let (anna, mut made, mallory) = group(Adding::Members);
    let hour = timed(&anna, 3_600);
    let commit = mallory.forge(|b| b.propose_group_context_extensions(hour).unwrap());
    assert_eq!(anna.apply(&mut made, &commit), Err(Void::Role.into()));

    for seconds in [0, 29, 2_419_201] {
        let (anna, mut made, mallory) = group(Adding::Members);
        let promoted = Change {
            subject: Some(Subject::Group(rules(&[&anna, &mallory], Adding::Members))),
            ..Change::default()
        };
        let changed = change(&anna, &mut made, &promoted).unwrap();
        made.apply_own(&anna.crypto, &anna.storage).unwrap();
        let mut theirs = mallory.load();
        mallory.apply(&mut theirs, &changed.commit).unwrap();
        let bad = timed(&mallory, seconds);
        let commit = mallory.forge(|b| b.propose_group_context_extensions(bad).unwrap());
        assert_eq!(anna.apply(&mut made, &commit), Err(Void::Rules.into()));
    }

    let (anna, mut made, mallory) = group(Adding::Members);
    let timer = Timer::of(3_600).unwrap();
    let next = GroupRules {
        timer,
        ..rules(&[&anna], Adding::Members)
    };
    let wanted = Change {
        subject: Some(Subject::Group(next)),
        ..Change::default()
    };
    let changed = change(&anna, &mut made, &wanted).unwrap();
    let mut theirs = mallory.load();
    mallory.apply(&mut theirs, &changed.commit).unwrap();
    assert_eq!(theirs.subject().unwrap().timer(), timer);
}

fn sorted<const N: usize>(mut people: [PersonId; N]) -> [PersonId; N] {
    people.sort();
    people
}

#[test]
fn where_only_admins_add_nobody_else_does() {
    let carl = Party::new(6, "Carl");
    let package = |by: &Party| {
        KeyPackageIn::tls_deserialize_exact_bytes(&carl.key_package())
            .unwrap()
            .validate(&by.raw, ProtocolVersion::Mls10)
            .unwrap()
    };
    let (anna, mut made, mallory) = group(Adding::Admins);
    let commit = mallory.forge(|b| b.propose_adds([package(&mallory)]));
    assert_eq!(anna.apply(&mut made, &commit), Err(Void::Role.into()));

    let (anna, mut made, mallory) = group(Adding::Members);
    let commit = mallory.forge(|b| b.propose_adds([package(&mallory)]));
    assert!(anna.apply(&mut made, &commit).is_ok());
}

#[test]
fn an_admin_changes_the_rules_and_everybody_has_them() {
    let (anna, mut made, mallory) = group(Adding::Members);
    let next = rules(&[&anna, &mallory], Adding::Admins);
    let wanted = Change {
        subject: Some(Subject::Group(next.clone())),
        ..Change::default()
    };
    let changed = change(&anna, &mut made, &wanted).unwrap();
    made.apply_own(&anna.crypto, &anna.storage).unwrap();
    let mut theirs = mallory.load();
    mallory.apply(&mut theirs, &changed.commit).unwrap();
    assert_eq!(theirs.subject(), Ok(Subject::Group(next)));
    assert_eq!(theirs.authenticator(), made.authenticator());
    // Mallory decides now, too.
    let alone = Change {
        removes: vec![0],
        subject: Some(Subject::Group(rules(&[&mallory], Adding::Admins))),
        ..Change::default()
    };
    let removal = change(&mallory, &mut theirs, &alone).unwrap();
    assert!(anna.apply(&mut made, &removal.commit).unwrap().removed_self);
}

#[test]
fn a_group_is_not_left_to_admins_who_are_not_in_it() {
    let (anna, mut made, mallory) = group(Adding::Members);
    let promoted = Change {
        subject: Some(Subject::Group(rules(&[&anna, &mallory], Adding::Members))),
        ..Change::default()
    };
    let changed = change(&anna, &mut made, &promoted).unwrap();
    made.apply_own(&anna.crypto, &anna.storage).unwrap();
    let mut theirs = mallory.load();
    mallory.apply(&mut theirs, &changed.commit).unwrap();
    let stranger = Party::new(9, "Stranger").person.id();
    let outside = context(&[stranger], "Crew");
    let commit = mallory.forge(|b| b.propose_group_context_extensions(outside).unwrap());
    assert_eq!(anna.apply(&mut made, &commit), Err(Void::Rules.into()));
}

#[test]
fn a_device_makes_no_commit_that_others_would_refuse() {
    let (_, _, mallory) = group(Adding::Admins);
    let mut theirs = mallory.load();
    let carl = Party::new(6, "Carl");
    for wanted in [
        Change {
            removes: vec![0],
            ..Change::default()
        },
        Change {
            adds: vec![carl.key_package()],
            ..Change::default()
        },
        Change {
            subject: Some(Subject::Group(rules(&[&mallory], Adding::Members))),
            ..Change::default()
        },
    ] {
        let refused = change(&mallory, &mut theirs, &wanted);
        assert_eq!(refused.err(), Some(GroupError::Role));
    }
}
