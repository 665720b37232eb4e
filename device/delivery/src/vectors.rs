//! Every derivation against golden values in `vectors/derivations.json`, which were computed by a
//! separate program straight from docs/protocol/delivery.md. Changing one of them is a new protocol.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use heliograph_wire::link::{BoardLink, Pin};
use heliograph_wire::{Body, Label, LaneId};
use serde_json::Value;

use crate::{
    Card, DeviceEraseSecret, Head, Place, Rescue, SealKey, enter, never, open, pack, split,
};

fn vectors(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../vectors/derivations.json")).unwrap();
    all[name].clone()
}

fn bytes(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn key(value: &Value) -> [u8; 32] {
    bytes(value).try_into().unwrap()
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

fn assert_place(place: &Place, golden: &Value) {
    assert!(
        place.label.0 == key(&golden["label"]),
        "label at {}",
        place.n
    );
    assert!(place.key.0 == key(&golden["key"]), "key at {}", place.n);
}

#[test]
fn chains_of_an_epoch_are_as_written_down() {
    let golden = vectors("epoch");
    for chain in rows(&golden["chains"]) {
        let leaf = number(&chain["leaf"]);
        let mut keys = enter(&bytes(&golden["exported"]), leaf, &[leaf]);
        let (_, mut reader) = keys.readers.remove(0);
        for place in rows(&chain["places"]) {
            let n = number(&place["n"]);
            let sent = std::iter::repeat_with(|| keys.own.next_place()).find(|p| p.n == n);
            assert_place(&sent.unwrap(), place);
            assert_place(&reader.take(n).unwrap(), place);
        }
    }
}

#[test]
fn places_to_ask_at_are_as_written_down() {
    let golden = vectors("rescue");
    let rescue = Rescue::new(&key(&golden["common"]));
    for place in rows(&golden["places"]) {
        let at = (number(&place["day"]), number(&place["slot"]));
        assert_place(&rescue.place(&key(&golden["helper"]), at), place);
    }
}

#[test]
fn slots_of_an_epoch_are_as_written_down() {
    let golden = vectors("epoch");
    let slots = enter(&bytes(&golden["exported"]), 0, &[0]).slots;
    for slot in rows(&golden["slots"]) {
        let s = number(&slot["slot"]);
        assert!(slots.label(s).0 == key(&slot["label"]), "label of slot {s}");
        assert!(slots.key(s).0 == key(&slot["key"]), "key of slot {s}");
        assert!(
            never(&slots.key(s)).0 == key(&slot["never"]),
            "never of slot {s}"
        );
    }
}

#[test]
fn erase_keys_are_as_written_down() {
    let golden = vectors("erase");
    let secret = DeviceEraseSecret::new(key(&golden["secret"]));
    let label = Label(key(&golden["label"]));
    assert!(*secret.key(&label).bytes() == key(&golden["key"]));
    assert!(secret.hash(&label).0 == key(&golden["hash"]));
}

fn golden_card(golden: &Value, link: &Value) -> Card {
    let board = BoardLink {
        address: link["address"].as_str().unwrap().into(),
        key: key(&golden["board_key"]),
        lane: LaneId(number(&golden["lane"])),
        pin: match &link["pin"] {
            Value::Null => Pin::PublicRoots,
            pin => Pin::Key(key(pin)),
        },
    };
    let once = link["once"].as_bool().unwrap();
    Card::new(board, key(&golden["person"]), once, key(&golden["secret"]))
}

#[test]
fn places_of_a_card_are_as_written_down() {
    let golden = vectors("card");
    let card = golden_card(&golden, &golden["links"][0]);
    let at = |row: &Value, i: usize| number(&row["at"][i]);
    for row in rows(&golden["bundle"]) {
        assert_place(&card.bundle(at(row, 0), at(row, 1)), row);
    }
    for row in rows(&golden["hello"]) {
        assert_place(&card.hello(at(row, 0), at(row, 1)), row);
    }
    for row in rows(&golden["package"]) {
        assert_place(&card.package(at(row, 0), at(row, 1), at(row, 2)), row);
    }
    for row in rows(&golden["package_erase"]) {
        let erase = card.package_erase(number(&row["week"]), number(&row["package"]));
        assert!(*erase.bytes() == key(&row["key"]));
    }
    for row in rows(&golden["hello_erase_seed"]) {
        let (week, slot) = (number(&row["week"]), number(&row["slot"]));
        assert!(card.hello_erase_seed(week, slot).0 == key(&row["seed"]));
    }
}

#[test]
fn card_links_are_as_written_down() {
    let golden = vectors("card");
    for row in rows(&golden["links"]) {
        let card = golden_card(&golden, row);
        let link = row["link"].as_str().unwrap();
        assert_eq!(card.encode(), link);
        let read = Card::decode(link).unwrap();
        assert!(read.board == card.board && read.person == card.person && read.once == card.once);
        assert!(read.bundle(1, 2).label == card.bundle(1, 2).label);
    }
}

#[test]
fn parcels_are_as_written_down() {
    let golden = vectors("parcel");
    let Some(Head::Bodies(bodies)) = Head::parse(&bytes(&golden["head"])) else {
        panic!("the golden head names bodies");
    };
    let places = bodies.places();
    assert_eq!(places.len(), rows(&golden["places"]).len());
    for ((label, seal), row) in places.iter().zip(rows(&golden["places"])) {
        assert!(label.0 == key(&row["label"]) && seal.0 == key(&row["key"]));
    }
    let size = golden["payload_bytes"].as_u64().unwrap();
    let payload: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
    let mut rng = <rand_chacha::ChaCha20Rng as rand_core::SeedableRng>::from_seed([5; 32]);
    let ours = pack(&payload, &mut rng).unwrap();
    let head = bytes(&golden["head"]);
    assert_eq!(ours.head[..33], head[..33], "kind and hash of the payload");
    assert_eq!(ours.head[65..], head[65..], "count of bodies");
}

#[test]
fn a_sealed_body_is_as_written_down() {
    let golden = vectors("seal");
    let body = Body::new(Bytes::from(bytes(&golden["body"]))).unwrap();
    let label = Label(key(&golden["label"]));
    let payload = open(&SealKey(key(&golden["key"])), &label, &body).unwrap();
    assert_eq!(
        payload.as_slice(),
        golden["payload"].as_str().unwrap().as_bytes()
    );
}

#[test]
fn fragments_are_as_written_down() {
    let golden = vectors("fragments");
    let size = golden["message_bytes"].as_u64().unwrap();
    let message: Vec<u8> = (0..size).map(|i| u8::try_from(i % 253).unwrap()).collect();
    let hashes: Vec<Vec<u8>> = rows(&golden["sha256"]).iter().map(bytes).collect();
    let ours: Vec<Vec<u8>> = split(&message)
        .unwrap()
        .iter()
        .map(|fragment| crate::secret::sha256(fragment).to_vec())
        .collect();
    assert_eq!(ours, hashes);
}
