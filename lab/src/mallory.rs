//! A member who does what no honest device would: real keys, a real group, and no manners.
//!
//! She keeps a group with the project's own crates and puts whatever she likes wherever a member can.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test, reported by panicking"
)]

mod ears;
mod offers;
mod returns;

use bytes::Bytes;
use heliograph_client::MessageId;
use heliograph_conversation::content::{Content, Kind};
use heliograph_conversation::{
    Adding, Change, Conversation, Credentialed, Crypto, EditWindow, GroupRules, Portrait, Subject,
    Timer,
};
use heliograph_delivery::{
    Bundle, Card, EpochKeys, Head, Invitation, Joiner, Outgoing, Place, SealKey, day_of, enter,
    never, open, pack, seal, week_of,
};
use heliograph_store::{Step, Store, StoreError};
use heliograph_trust::{
    CertificateChain, Description, DeviceSecret, DisplayName, PersonId, PersonSecret, issue_device,
    issue_person,
};
use heliograph_wire::{Body, Cell, Class, EraseHash, Keep, Label};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::TwoFaced;

const GROUP: [u8; 32] = [0xAA; 32];
/// Leaf of whoever she knocks at.
const VICTIM: u32 = 1;

/// See the module's words.
pub struct Mallory {
    store: Store,
    crypto: Crypto,
    person: PersonId,
    device: DeviceSecret,
    chain: Vec<u8>,
    rng: ChaCha20Rng,
    keys: EpochKeys,
    joiner: Joiner,
    welcome: Vec<u8>,
    subject: Subject,
    /// Messages of the victim that read whole, by the rules that hold for every reader.
    pub read: usize,
}

impl Mallory {
    /// A device whose owner calls herself `name`.
    #[must_use]
    pub fn new(name: &str, now_ms: i64) -> Self {
        Self::of_seed([0x4D; 32], (name, now_ms))
    }

    fn of_seed(seed: [u8; 32], (name, now_ms): (&str, i64)) -> Self {
        let mut rng = ChaCha20Rng::from_seed(seed);
        let person = PersonSecret::generate(&mut rng);
        let device = DeviceSecret::generate(&mut rng);
        let name = DisplayName::parse(name).unwrap();
        let chain = CertificateChain {
            person_der: issue_person(&person, &name, now_ms, &mut rng).unwrap(),
            device_der: issue_device(&person, &name, &device, now_ms, &mut rng).unwrap(),
        };
        Self {
            store: Store::in_memory().unwrap(),
            crypto: Crypto::new().unwrap(),
            person: person.id(),
            device,
            chain: chain.encode(),
            rng,
            keys: enter(&[0; 32], 0, &[]),
            joiner: Joiner::default(),
            welcome: Vec::new(),
            subject: Subject::Direct(Timer::OFF),
            read: 0,
        }
    }

    /// What she invites to is a group.
    #[must_use]
    pub fn in_group(self) -> Self {
        let title = DisplayName::parse("Friends").unwrap();
        Self {
            subject: Subject::Group(GroupRules {
                title,
                admins: [self.person].into(),
                adding: Adding::Members,
                timer: Timer::OFF,
                description: Description::default(),
                picture: Portrait::default(),
                edits: EditWindow::ALWAYS,
            }),
            ..self
        }
    }

    /// In her group a message can be edited for so many seconds.
    #[must_use]
    pub fn letting_edit_for(mut self, seconds: u32) -> Self {
        if let Subject::Group(rules) = &mut self.subject {
            rules.edits = EditWindow::of(seconds).unwrap();
        }
        self
    }

    fn group<T>(
        &mut self,
        change: impl FnOnce(&mut Conversation, &Crypto, Credentialed<'_>, &Step<'_>) -> T,
    ) -> T {
        let who = Credentialed {
            device: &self.device,
            chain: &self.chain,
        };
        let crypto = &self.crypto;
        self.store
            .step(|tx| {
                let known = Conversation::load(&tx.mls(), &GROUP).unwrap();
                let mut group = known.unwrap_or_else(|| {
                    Conversation::create(crypto, &tx.mls(), who, (&GROUP, &self.subject)).unwrap()
                });
                Ok::<T, StoreError>(change(&mut group, crypto, who, tx))
            })
            .unwrap()
    }

    fn enter_epoch(&mut self) {
        let (secret, own, leaves) = self.group(|group, crypto, _, tx| {
            let secret = group.export_epoch(crypto, &tx.mls()).unwrap();
            let members = group.members(crypto).unwrap();
            let leaves: Vec<u32> = members.iter().map(|member| member.leaf).collect();
            (secret, group.own_leaf(), leaves)
        });
        self.keys = enter(secret.bytes(), own, &leaves);
        self.joiner = Joiner::default();
    }

    /// The last-resort key package on somebody's card.
    #[must_use]
    pub fn package_on(world: &TwoFaced, card: &str) -> Vec<u8> {
        let card = Card::decode(card).unwrap();
        let place = card.bundle(week_of(world.now), 0);
        let cell = world.cell(&place.label).unwrap();
        let payload = open(&place.key, &place.label, &cell.body).unwrap();
        Bundle::read(&payload).unwrap().0.last_resort.unwrap()
    }

    /// Knocks at the owner of a card.
    pub fn knock(&mut self, world: &mut TwoFaced, card: &str) {
        let (package, now) = (Self::package_on(world, card), world.now);
        let welcome = self.group(|group, crypto, who, tx| {
            let added = group.add_first(crypto, &tx.mls(), who, (&package, now));
            added.unwrap().welcome
        });
        self.enter_epoch();
        let place = Card::decode(card).unwrap().hello(day_of(now), 7);
        self.welcome = Invitation {
            tick: 0,
            hour: 0,
            welcome: &welcome,
        }
        .encode();
        let invitation = self.welcome.clone();
        self.put_parcel(world, (&invitation, &place), |_| EraseHash([1; 32]));
    }

    /// Puts the Welcome of her knock again, at another place.
    pub fn knock_again(&mut self, world: &mut TwoFaced, card: &str) {
        let welcome = self.welcome.clone();
        let place = Card::decode(card).unwrap().hello(day_of(world.now), 8);
        self.put_parcel(world, (&welcome, &place), |_| EraseHash([1; 32]));
    }

    fn put_parcel(
        &mut self,
        world: &mut TwoFaced,
        (payload, place): (&[u8], &Place),
        erase: impl Fn(&SealKey) -> EraseHash,
    ) {
        put_parcel(world, (payload, place), erase, &mut self.rng);
    }

    /// Adds somebody else's key package by a commit, and enters the epoch.
    pub fn add(&mut self, world: &mut TwoFaced, package: Vec<u8>) {
        let now = world.now;
        let change = Change {
            adds: vec![package],
            ..Change::default()
        };
        let commit = self.group(|group, crypto, who, tx| {
            let made = group.change(crypto, &tx.mls(), who, (&change, now));
            let commit = made.unwrap().commit;
            group.apply_own(crypto, &tx.mls()).unwrap();
            commit
        });
        self.put_commit(world, &commit);
        self.enter_epoch();
    }

    /// Puts a commit, or what pretends to be one, at the lowest free slot.
    pub fn put_commit(&mut self, world: &mut TwoFaced, commit: &[u8]) {
        let slot = self.keys.slots.lowest_free().unwrap();
        let place = Place {
            n: slot,
            label: self.keys.slots.label(slot),
            key: self.keys.slots.key(slot),
        };
        self.put_parcel(world, (commit, &place), never);
    }

    /// Puts a head at the lowest free slot whose bodies nobody ever put.
    pub fn put_head_without_bodies(&mut self, world: &mut TwoFaced) {
        let slot = self.keys.slots.lowest_free().unwrap();
        let (label, key) = (self.keys.slots.label(slot), self.keys.slots.key(slot));
        let parcel = pack(&[7; 4_000], &mut self.rng).unwrap();
        let body = seal(&key, &label, &parcel.head, Class::Small, &mut self.rng).unwrap();
        assert!(world.post(cell(label, never(&key), body)));
        world.run();
    }

    /// The id of a message that she makes with these random bytes.
    pub fn id_of(&mut self, nonce: &[u8; 16]) -> MessageId {
        let device = self.group(|group, crypto, _, _| {
            let members = group.members(crypto).unwrap();
            let own = group.own_leaf();
            let me = members.into_iter().find(|member| member.leaf == own);
            me.unwrap().identity.get().device
        });
        MessageId(device.message_id(nonce))
    }

    /// Says whatever she likes in the group.
    pub fn say(&mut self, world: &mut TwoFaced, nonce: u8, kind: Kind) {
        let said = Content {
            id: [nonce; 16],
            at: world.now,
            tick: None,
            kind,
        };
        self.say_bytes(world, &said.encode().unwrap());
    }

    /// Says bytes that no program of this version says.
    pub fn say_bytes(&mut self, world: &mut TwoFaced, said: &[u8]) {
        let sealed = self.group(|group, crypto, who, tx| group.seal(crypto, &tx.mls(), who, said));
        let mut out = Outgoing::new(&sealed.unwrap()).unwrap();
        while let Some((label, body)) = out.next_to_put(&mut self.keys.own, &mut self.rng) {
            assert!(world.post(cell(label, EraseHash([3; 32]), body)));
            out.stored(&label);
        }
        world.run();
    }

    /// Reads the commit at slot 0 of her epoch, if there is one, and enters the next.
    pub fn follow(&mut self, world: &TwoFaced) {
        let (label, key) = (self.keys.slots.label(0), self.keys.slots.key(0));
        let Some(head) = world.cell(&label) else {
            return;
        };
        let payload = open(&key, &label, &head.body).unwrap();
        let commit = match Head::parse(&payload).unwrap() {
            Head::Inline(commit) => commit,
            Head::Bodies(bodies) => {
                let labels = bodies.places().into_iter().map(|(label, _)| label);
                let cells: Vec<Body> = labels
                    .map(|label| world.cell(&label).unwrap().body.clone())
                    .collect();
                bodies.join(&cells).unwrap()
            }
        };
        self.group(|group, crypto, _, tx| group.apply(crypto, &tx.mls(), &commit).unwrap());
        self.enter_epoch();
    }

    /// Puts cells under labels that begin like all those the victim uses next, and are others.
    pub fn resemble(&mut self, world: &mut TwoFaced, class: Class) {
        let (_, chain) = self
            .keys
            .readers
            .iter()
            .find(|(leaf, _)| *leaf == VICTIM)
            .unwrap();
        let labels: Vec<Label> = chain.watched().map(|(_, label)| label).collect();
        for mut label in labels {
            label.0[8..].fill(0xEE);
            let body = Body::new(Bytes::from(vec![0xEE; class.size()])).unwrap();
            assert!(world.post(cell(label, EraseHash([2; 32]), body)));
        }
        world.announce();
    }

    /// Puts `payloads` at the victim's next labels, leaving out the first `skip`.
    pub fn squat(&mut self, world: &mut TwoFaced, skip: usize, payloads: &[Vec<u8>]) {
        let (_, chain) = self
            .keys
            .readers
            .iter()
            .find(|(leaf, _)| *leaf == VICTIM)
            .unwrap();
        let mut ahead = heliograph_delivery::ReaderChain::from_bytes(&chain.to_bytes()).unwrap();
        let first = ahead.watched().next().unwrap().0 + u32::try_from(skip).unwrap();
        for (n, payload) in (first..).zip(payloads) {
            let place = ahead.take(n).unwrap();
            let body = seal(
                &place.key,
                &place.label,
                payload,
                Class::Small,
                &mut self.rng,
            );
            assert!(world.post(cell(place.label, EraseHash([2; 32]), body.unwrap())));
        }
        world.announce();
    }
}

/// Puts something of any length at a place: its bodies first, then its head.
pub fn put_parcel(
    world: &mut TwoFaced,
    (payload, place): (&[u8], &Place),
    erase: impl Fn(&SealKey) -> EraseHash,
    rng: &mut ChaCha20Rng,
) {
    let parcel = pack(payload, rng).unwrap();
    for body in &parcel.bodies {
        assert!(world.post(cell(body.label, erase(&body.key), body.body.clone())));
    }
    world.announce();
    let head = seal(&place.key, &place.label, &parcel.head, Class::Small, rng);
    assert!(world.post(cell(place.label, erase(&place.key), head.unwrap())));
    world.run();
}

fn cell(label: Label, erase_hash: EraseHash, body: Body) -> Cell {
    Cell {
        label,
        keep: Keep::Fortnight,
        erase_hash,
        body: Body::new(Bytes::copy_from_slice(body.bytes())).unwrap(),
    }
}
