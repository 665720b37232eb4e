//! Somebody who has a group's link knocks there with what no honest device makes.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::ConversationId;
use heliograph_delivery::{Ask, Card, day_of, pack, seal};
use heliograph_lab::{TwoFaced, two_in_a_group};
use heliograph_trust::{
    CertificateChain, DeviceSecret, DisplayName, PersonSecret, issue_device, issue_person,
};
use heliograph_wire::{Cell, Class, EraseHash, Keep};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const CONTEXT: &[u8] = b"heliograph ask v1";

/// A person with keys and no device of the product's.
struct Someone {
    device: DeviceSecret,
    chain: Vec<u8>,
    card: String,
}

fn someone(world: &TwoFaced, seed: u8) -> Someone {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let person = PersonSecret::generate(&mut rng);
    let device = DeviceSecret::generate(&mut rng);
    let name = DisplayName::parse("Eve").unwrap();
    let chain = CertificateChain {
        person_der: issue_person(&person, &name, world.now, &mut rng).unwrap(),
        device_der: issue_device(&person, &name, &device, world.now, &mut rng).unwrap(),
    };
    let board = world.engines[0].board().clone();
    Someone {
        device,
        chain: chain.encode(),
        card: Card::new(board, *person.id().bytes(), true, [seed; 32]).encode(),
    }
}

/// What `who` would ask at a link, with a card.
fn ask(who: &Someone, link: &Card, card: &str) -> Vec<u8> {
    let signature = who.device.sign(CONTEXT, &Ask::signing_bytes(link, card));
    let ask = Ask {
        card,
        chain: &who.chain,
        signature,
    };
    ask.encode().unwrap()
}

struct Scene {
    world: TwoFaced,
    group: ConversationId,
    links: Vec<Card>,
    knocks: u32,
}

impl Scene {
    /// Two groups of Anna's, each with a link.
    fn new() -> Self {
        let (mut world, group, _) = two_in_a_group(&["Anna", "Ben"]);
        let now = world.now;
        let other = world.engines[0].create_group(now, "Other").unwrap();
        let links = [group, other].map(|id| {
            let (_, link) = world.engines[0].group_link(now, id).unwrap();
            Card::decode(&link.replace("//group/", "//card/")).unwrap()
        });
        world.run();
        Self {
            world,
            group,
            links: links.into(),
            knocks: 0,
        }
    }

    /// Knocks at the first group's link; gives how many then wait to be let in.
    fn knock(&mut self, payload: &[u8]) -> usize {
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        self.knocks += 1;
        let parcel = pack(payload, &mut rng).unwrap();
        let place = self.links[0].hello(day_of(self.world.now), self.knocks);
        let head = seal(
            &place.key,
            &place.label,
            &parcel.head,
            Class::Small,
            &mut rng,
        )
        .unwrap();
        let bodies = parcel
            .bodies
            .iter()
            .map(|body| (body.label, body.body.clone()));
        for (label, body) in bodies.chain([(place.label, head)]) {
            assert!(self.world.post(Cell {
                label,
                keep: Keep::Fortnight,
                erase_hash: EraseHash([7; 32]),
                body,
            }));
            self.world.run();
        }
        self.world.engines[0].asks(self.group).unwrap().len()
    }
}

#[test]
fn nobody_asks_in_the_name_or_with_the_card_of_somebody_else() {
    let mut scene = Scene::new();
    let (eve, victim) = (someone(&scene.world, 1), someone(&scene.world, 2));
    let link = scene.links[0].clone();
    // Her certificates with the victim's card, and the victim's certificates with her signature.
    assert_eq!(scene.knock(&ask(&eve, &link, &victim.card)), 0);
    let posing = Someone {
        chain: victim.chain.clone(),
        ..someone(&scene.world, 1)
    };
    assert_eq!(scene.knock(&ask(&posing, &link, &victim.card)), 0);
    assert_eq!(scene.knock(&ask(&posing, &link, &eve.card)), 0);
    // What the victim asked at another link.
    let other = scene.links[1].clone();
    assert_eq!(scene.knock(&ask(&victim, &other, &victim.card)), 0);
    assert_eq!(scene.knock(&ask(&victim, &link, &victim.card)), 1);
}

#[test]
fn what_is_no_ask_leaves_nothing_and_the_next_one_is_heard() {
    let mut scene = Scene::new();
    let (eve, link) = (someone(&scene.world, 1), scene.links[0].clone());
    let good = ask(&eve, &link, &eve.card);
    let mut torn = good.clone();
    torn.pop();
    let mut bent = good.clone();
    bent[20] ^= 1;
    for bad in [&[][..], &[1], &[0; 300], &torn, &bent] {
        assert_eq!(scene.knock(bad), 0);
    }
    // A card that is none, signed well.
    assert_eq!(scene.knock(&ask(&eve, &link, "heliograph://card/x")), 0);
    assert_eq!(scene.knock(&good), 1);
    // Once more is no second ask.
    assert_eq!(scene.knock(&good), 1);
}
