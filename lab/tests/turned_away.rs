//! Who waits at a group's link, who was turned away there, and who came in by another way. Told as stories.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::ConversationId;
use heliograph_delivery::{Ask, Card, day_of, pack, seal};
use heliograph_lab::{TwoFaced, brought, two_in_a_group};
use heliograph_trust::{
    CertificateChain, DeviceSecret, DisplayName, PersonSecret, issue_device, issue_person,
};
use heliograph_wire::{Body, Cell, Class, EraseHash, Keep, Label};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;
/// As many as are remembered.
const MANY: u16 = 256;

fn link(world: &mut TwoFaced, id: ConversationId) -> String {
    let (_, link) = world.engines[ANNA].group_link(world.now, id).unwrap();
    world.run();
    link
}

/// Ids of those who wait.
fn waiting(world: &TwoFaced, id: ConversationId) -> Vec<String> {
    let asks = world.engines[ANNA].asks(id).unwrap();
    asks.into_iter().map(|ask| ask.person).collect()
}

fn turn_away(world: &mut TwoFaced, id: ConversationId, person: &str) {
    let now = world.now;
    world.engines[ANNA].turn_away(now, (id, person)).unwrap();
}

fn person(world: &TwoFaced, at: usize) -> String {
    world.engines[at].status().unwrap().person
}

/// What the `n`th person without a device of the product's asks at a link.
fn ask(world: &TwoFaced, link: &Card, n: u16) -> Vec<u8> {
    let mut seed = [5; 32];
    seed[..2].copy_from_slice(&n.to_be_bytes());
    let mut rng = ChaCha20Rng::from_seed(seed);
    let person = PersonSecret::generate(&mut rng);
    let device = DeviceSecret::generate(&mut rng);
    let name = DisplayName::parse("Eve").unwrap();
    let chain = CertificateChain {
        person_der: issue_person(&person, &name, world.now, &mut rng).unwrap(),
        device_der: issue_device(&person, &name, &device, world.now, &mut rng).unwrap(),
    };
    let chain = chain.encode();
    let board = world.engines[ANNA].board().clone();
    let card = Card::new(board, *person.id().bytes(), true, seed).encode();
    let signing = Ask::signing_bytes(link, &card);
    let ask = Ask {
        card: &card,
        chain: &chain,
        signature: device.sign(b"heliograph ask v1", &signing),
    };
    ask.encode().unwrap()
}

fn post(world: &mut TwoFaced, label: Label, body: Body) {
    assert!(world.post(Cell {
        label,
        keep: Keep::Fortnight,
        erase_hash: EraseHash([7; 32]),
        body,
    }));
}

/// These knock at a link, each at a place of the day that nobody used yet.
fn knock(world: &mut TwoFaced, link: &Card, (asks, first_place): (&[Vec<u8>], u32)) {
    let mut seed = [6; 32];
    seed[..4].copy_from_slice(&first_place.to_be_bytes());
    let mut rng = ChaCha20Rng::from_seed(seed);
    let mut heads = Vec::new();
    for (slot, asked) in (first_place..).zip(asks) {
        let parcel = pack(asked, &mut rng).unwrap();
        for sealed in &parcel.bodies {
            post(world, sealed.label, sealed.body.clone());
        }
        let place = link.hello(day_of(world.now), slot);
        let head = seal(
            &place.key,
            &place.label,
            &parcel.head,
            Class::Small,
            &mut rng,
        );
        heads.push((place.label, head.unwrap()));
    }
    world.run();
    for (label, body) in heads {
        post(world, label, body);
    }
    world.run();
}

#[test]
fn those_turned_away_take_nobodys_place_and_stay_turned_away() {
    let (mut world, annas, _) = two_in_a_group(&["Anna", "Ben"]);
    let link = link(&mut world, annas).replace("//group/", "//card/");
    let link = Card::decode(&link).unwrap();
    let mut asks: Vec<Vec<u8>> = (0..=MANY).map(|n| ask(&world, &link, n)).collect();
    let late = asks.pop().unwrap();
    knock(&mut world, &link, (&asks, 0));
    let first = waiting(&world, annas);
    assert_eq!(first.len(), usize::from(MANY));
    let told = |world: &TwoFaced| world.engines[ANNA].conversations().unwrap()[0].asks;
    assert_eq!(told(&world), u64::from(MANY));
    // There is room for no more.
    knock(&mut world, &link, (std::slice::from_ref(&late), 300));
    assert_eq!(waiting(&world, annas), first);
    for person in &first {
        turn_away(&mut world, annas, person);
    }
    assert!(waiting(&world, annas).is_empty());
    assert_eq!(told(&world), 0);
    knock(&mut world, &link, (&[late, asks[0].clone()], 301));
    let now = waiting(&world, annas);
    assert_eq!(now.len(), 1, "the one who found no room");
    assert!(!first.contains(&now[0]));
}

#[test]
fn a_void_link_is_forgotten_with_whom_it_was_closed_to() {
    let (mut world, annas, _) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let first = link(&mut world, annas);
    world.engines[CARL].ask_to_join(world.now, &first).unwrap();
    world.run();
    let carl = person(&world, CARL);
    turn_away(&mut world, annas, &carl);
    world.engines[CARL].ask_to_join(world.now, &first).unwrap();
    world.run();
    assert!(waiting(&world, annas).is_empty());
    world.engines[ANNA].unlink(world.now, annas).unwrap();
    let second = link(&mut world, annas);
    assert!(
        waiting(&world, annas).is_empty(),
        "nobody comes back by themselves"
    );
    world.engines[CARL].ask_to_join(world.now, &second).unwrap();
    world.run();
    assert_eq!(waiting(&world, annas), [carl]);
}

#[test]
fn who_came_in_by_a_card_waits_at_the_link_no_more() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let link = link(&mut world, annas);
    world.engines[CARL].ask_to_join(world.now, &link).unwrap();
    world.run();
    let carl = person(&world, CARL);
    assert_eq!(
        waiting(&world, annas).as_slice(),
        std::slice::from_ref(&carl)
    );
    brought(&mut world, (BEN, bens), CARL);
    assert!(waiting(&world, annas).is_empty());
    let now = world.now;
    let refused = world.engines[ANNA].admit(now, (annas, &carl)).unwrap_err();
    assert_eq!(refused.kind, "unknown-person");
    // Nor once they are out again.
    world.engines[ANNA]
        .remove_person(now, (annas, &carl))
        .unwrap();
    world.run();
    assert!(waiting(&world, annas).is_empty());
}
