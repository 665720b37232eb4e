//! What a member does with asks to be brought back: false ones of her own, and others' answered with a group that is none.

use heliograph_delivery::{
    Ask, Card, Invitation, Joiner, RESCUE_SLOTS, Rescue, day_of, open, seal, week_of,
};
use heliograph_trust::DeviceId;
use heliograph_wire::{Class, EraseHash};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{GROUP, Mallory, VICTIM, cell, put_parcel};
use crate::TwoFaced;

impl Mallory {
    /// Asks the victim on a day to be brought back, at the second place, with a signature that is good for `signed`.
    pub fn ask_back(&mut self, world: &mut TwoFaced, victims_card: &str, signed: u32) {
        let victim = self.group(|group, crypto, _, _| {
            let members = group.members(crypto).unwrap();
            members[VICTIM as usize].identity.get().device
        });
        let board = Card::decode(victims_card).unwrap().board;
        let card = Card::new(board, *self.person.bytes(), true, [0xCA; 32]).encode();
        let rescue = Rescue::new(&GROUP);
        let at = |slot| rescue.place(victim.bytes(), (day_of(world.now), slot));
        let signing = Rescue::signing_bytes(&at(signed), &card);
        let ask = Ask {
            card: &card,
            chain: &self.chain,
            signature: self.device.sign(b"heliograph homecoming v1", &signing),
        };
        let (place, said) = (at(1), ask.encode().unwrap());
        let body = seal(&place.key, &place.label, &said, Class::Small, &mut self.rng);
        assert!(world.post(cell(place.label, EraseHash([5; 32]), body.unwrap())));
        world.run();
    }

    /// The same person at a machine that knows nothing of before.
    #[must_use]
    pub fn anew(mut self) -> Self {
        self.rng = ChaCha20Rng::from_seed([0x4F; 32]);
        self
    }

    /// From now on she acts as somebody else, who is in no conversation of hers.
    pub fn disguise(&mut self, now_ms: i64) {
        let other = Self::of_seed([0x4E; 32], ("Somebody", now_ms));
        (self.person, self.device, self.chain) = (other.person, other.device, other.chain);
    }

    /// Fills all places but one at which the victim may ask her on this day.
    pub fn fill_places(&mut self, world: &mut TwoFaced, free: u32) {
        let own = self.own_device();
        let rescue = Rescue::new(&GROUP);
        for slot in (0..RESCUE_SLOTS).filter(|slot| *slot != free) {
            let place = rescue.place(own.bytes(), (day_of(world.now), slot));
            let body = seal(
                &place.key,
                &place.label,
                b"full",
                Class::Small,
                &mut self.rng,
            );
            assert!(world.post(cell(place.label, EraseHash([5; 32]), body.unwrap())));
        }
        world.run();
    }

    fn own_device(&mut self) -> DeviceId {
        self.group(|group, crypto, _, _| {
            let members = group.members(crypto).unwrap();
            members[0].identity.get().device
        })
    }

    /// The card in an ask that the victim put for her on this day, if there is one.
    #[must_use]
    pub fn asked_of_her(&mut self, world: &TwoFaced) -> Option<String> {
        let own = self.own_device();
        let rescue = Rescue::new(&GROUP);
        (0..RESCUE_SLOTS).find_map(|slot| {
            let place = rescue.place(own.bytes(), (day_of(world.now), slot));
            let payload = open(&place.key, &place.label, &world.cell(&place.label)?.body)?;
            Some(Ask::parse(&payload)?.card.to_owned())
        })
    }

    /// Answers an ask: invites its maker into a group of hers, which she says is the old one.
    pub fn answer_ask(&mut self, world: &mut TwoFaced, card: &str) {
        let card = Card::decode(card).unwrap();
        let (mut joiner, mut fragment) = (Joiner::default(), 0);
        let package = loop {
            let place = card.package(week_of(world.now), 0, fragment);
            let piece = open(
                &place.key,
                &place.label,
                &world.cell(&place.label).unwrap().body,
            );
            fragment += 1;
            if let Some(whole) = joiner.push(&piece.unwrap()) {
                break whole;
            }
        };
        let now = world.now;
        let welcome = self.group(|group, crypto, who, tx| {
            let added = group.add_first(crypto, &tx.mls(), who, (&package, now));
            added.unwrap().welcome
        });
        let invitation = Invitation {
            tick: 0,
            hour: 0,
            welcome: &welcome,
        };
        let place = card.hello(day_of(now), 9);
        let payload = invitation.encode();
        put_parcel(
            world,
            (&payload, &place),
            |_| EraseHash([1; 32]),
            &mut self.rng,
        );
    }
}
