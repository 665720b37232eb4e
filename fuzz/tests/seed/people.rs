//! Seeds of certificates, cards, bundles, what is in cells, and MLS.

use heliograph_conversation::content::{Content, Kind, More};
use heliograph_conversation::{
    Change, Conversation, Credentialed, Crypto, Subject, Timer, make_key_package,
};
use heliograph_delivery::{Ask, Bundle, Card, HELLO_SLOTS, Invitation, pack, split};
use heliograph_trust::{
    CertificateChain, DeviceSecret, DisplayName, PersonSecret, issue_device, issue_person,
};
use heliograph_wire::LaneId;
use heliograph_wire::link::{BoardLink, Pin};
use openmls_memory_storage::MemoryStorage;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

use super::{Seed, hex};

const NOW: i64 = 1_795_000_000_000;

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

struct Party {
    device: DeviceSecret,
    chain: CertificateChain,
}

fn party(seed: u8, name: &str) -> Party {
    let mut rng = rng(seed);
    let person = PersonSecret::generate(&mut rng);
    let device = DeviceSecret::generate(&mut rng);
    let name = DisplayName::parse(name).unwrap();
    let chain = CertificateChain {
        person_der: issue_person(&person, &name, NOW, &mut rng).unwrap(),
        device_der: issue_device(&person, &name, &device, NOW, &mut rng).unwrap(),
    };
    Party { device, chain }
}

fn certificates(out: &mut Vec<Seed>) {
    let (anna, ben) = (party(1, "Anna Lee"), party(2, "Bén 本"));
    out.push(("chains", "anna".into(), anna.chain.encode()));
    out.push(("chains", "ben".into(), ben.chain.encode()));
    let mixed = CertificateChain {
        device_der: ben.chain.device_der,
        ..anna.chain
    };
    out.push(("chains", "refused-mixed".into(), mixed.encode()));
}

fn contact(out: &mut Vec<Seed>) {
    let board = |pin| BoardLink {
        address: "board.example:4433".into(),
        key: [1; 32],
        lane: LaneId(7),
        pin,
    };
    let wire: Value = serde_json::from_str(include_str!("../../../wire/vectors/v1.json")).unwrap();
    for (name, link) in wire["links"].as_object().unwrap() {
        let text = link.as_str().unwrap();
        out.push(("links", name.clone(), text.into()));
        let cut = text.as_bytes()[..text.len() - 3].to_vec();
        out.push(("links", format!("refused-{name}-cut"), cut));
    }
    for (name, pin) in [("pinned", Pin::Key([2; 32])), ("public", Pin::PublicRoots)] {
        let board = board(pin);
        out.push(("links", format!("code-{name}"), board.code()));
        let code = [[1, 1].as_slice(), &[4; 32], &[3; 32], &board.code()].concat();
        out.push(("cards", format!("code-{name}"), code));
        let card = Card::new(board, [3; 32], false, [4; 32]).encode();
        out.push((
            "cards",
            format!("refused-{name}-cut"),
            card.as_bytes()[..90].to_vec(),
        ));
        out.push(("cards", name.into(), card.into_bytes()));
    }
    let bundle = Bundle {
        version: 1,
        week: 2_968,
        chain: party(1, "Anna").chain.encode(),
        last_resort: Some(vec![6; 40]),
        packages: 8,
        hello_erase: vec![5; 32 * HELLO_SLOTS as usize],
    };
    let payload = Bundle::payload(bundle.signing_bytes(), [7; 64]);
    out.push(("bundles", "refused-cut".into(), payload[..200].to_vec()));
    out.push(("bundles", "anna".into(), payload));
}

fn golden_of_delivery(out: &mut Vec<Seed>) {
    let text = include_str!("../../../device/delivery/vectors/derivations.json");
    let all: Value = serde_json::from_str(text).unwrap();
    for (at, card) in all["card"]["links"].as_array().unwrap().iter().enumerate() {
        let link = card["link"].as_str().unwrap();
        out.push(("cards", format!("golden-{at}"), link.into()));
    }
    let head = hex(all["parcel"]["head"].as_str().unwrap());
    let payload = all["seal"]["payload"].as_str().unwrap().as_bytes();
    let plain = |payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], payload].concat()
    };
    let fragment = split(&[7; 2_100]).unwrap().remove(0);
    for (name, bytes) in [
        ("golden-payload", plain(payload)),
        ("golden-head", plain(&head)),
        ("fragment", plain(&fragment)),
        ("large", plain(&[1; 2_200])),
        ("refused-longer-than-it-is", vec![0xff; 3]),
        ("refused-bytes-behind", vec![0, 0, 1, 9, 9]),
    ] {
        out.push(("cells", name.into(), bytes));
    }
    out.push(("heads", "golden-bodies".into(), head));
}

fn payloads(out: &mut Vec<Seed>) {
    let message = |length: usize| -> Vec<u8> { (0..=250).cycle().take(length).collect() };
    for (name, steps, length) in [
        ("one", &[0_u8][..], 40),
        ("two-in-order", &[0, 1], 2_100),
        ("two-turned", &[1, 0, 1], 2_100),
        ("two-among-junk", &[0, 0x81, 7, 1], 2_100),
        ("three", &[0, 1, 2], 4_400),
        ("refused-one-missing", &[0], 2_100),
    ] {
        let count = u8::try_from(steps.len()).unwrap();
        out.push((
            "fragments",
            name.into(),
            [&[count], steps, &message(length)].concat(),
        ));
    }
    let parcel = pack(&message(5_000), &mut rng(5)).unwrap();
    out.push(("heads", "bodies".into(), parcel.head.clone()));
    out.push(("heads", "refused-cut".into(), parcel.head[..40].to_vec()));
    out.push((
        "heads",
        "inline".into(),
        pack(b"hello", &mut rng(5)).unwrap().head,
    ));
    let invitation = Invitation {
        tick: 1_234,
        hour: 498_611,
        welcome: b"a Welcome",
    }
    .encode();
    out.push((
        "invitations",
        "refused-cut".into(),
        invitation[..13].to_vec(),
    ));
    out.push(("invitations", "late".into(), invitation));
    let ask = Ask {
        card: "heliograph://card/localhost:4433#code",
        chain: b"certificates",
        signature: [5; 64],
    }
    .encode()
    .unwrap();
    out.push(("asks", "refused-cut".into(), ask[..60].to_vec()));
    out.push(("asks", "one".into(), ask));
    let said = |kind| Content {
        id: [7; 16],
        at: NOW,
        tick: Some(vec![1; 212]),
        kind,
    };
    let text = said(Kind::Text {
        text: "hello, Zoë".into(),
        in_reply_to: None,
        more: More {
            mentions: vec![[5; 32]; 2],
            forwarded: Some("Zoë".into()),
            preview: None,
        },
    });
    let text = text.encode().unwrap();
    let receipt = Kind::Receipt {
        delivered: vec![[1; 16]; 3],
        read: vec![[2; 16]],
    };
    out.push(("content", "refused-cut".into(), text[..60].to_vec()));
    out.push(("content", "text".into(), text));
    out.push(("content", "receipt".into(), said(receipt).encode().unwrap()));
}

fn mls(out: &mut Vec<Seed>) {
    let (anna, ben) = (party(1, "Anna"), party(2, "Ben"));
    let crypto = Crypto::new().unwrap();
    let storage = MemoryStorage::default();
    let (anna_chain, ben_chain) = (anna.chain.encode(), ben.chain.encode());
    let anna = Credentialed {
        device: &anna.device,
        chain: &anna_chain,
    };
    let ben = Credentialed {
        device: &ben.device,
        chain: &ben_chain,
    };
    let package = make_key_package(&crypto, &storage, anna, true).unwrap();
    let theirs = MemoryStorage::default();
    let called = (&[9; 32], &Subject::Direct(Timer::OFF));
    let mut group = Conversation::create(&crypto, &theirs, ben, called).unwrap();
    let first = group
        .add_first(&crypto, &theirs, ben, (&package, NOW))
        .unwrap();
    let message = group.seal(&crypto, &theirs, ben, b"hello").unwrap();
    let change = Change::default();
    let commit = group.change(&crypto, &theirs, ben, (&change, NOW)).unwrap();
    out.push(("mls", "key-package".into(), package));
    out.push(("mls", "welcome".into(), first.welcome));
    out.push(("mls", "refused-message".into(), message));
    out.push(("mls", "refused-commit".into(), commit.commit));
}

/// Seeds of these doors.
pub(super) fn all() -> Vec<Seed> {
    let mut out = Vec::new();
    certificates(&mut out);
    contact(&mut out);
    golden_of_delivery(&mut out);
    payloads(&mut out);
    mls(&mut out);
    out
}
