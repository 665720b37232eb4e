//! Cards: how a stranger finds the way (docs/protocol/delivery.md, First contact).
//!
//! `heliograph://card/HOST:PORT#CODE` with CODE = armoured version (1) ‖ once (1) ‖ secret (32) ‖
//! person hash (32) ‖ board code (38 or 70) ‖ first 4 bytes of SHA-256 of `HOST:PORT`. Everything a
//! stranger reads or writes derives from the secret.

use data_encoding::BASE32_NOPAD;
use heliograph_wire::link::{self, BoardLink};
use heliograph_wire::{EraseKey, Label};
use serde::{Deserialize, Serialize};

use crate::Place;
use crate::secret::{Keyed, SealKey, Secret, hmac, read, sha256, write};

const PREFIX: &str = "heliograph://card/";
const VERSION: u8 = 1;
/// Places per day at which a stranger may knock.
pub const HELLO_SLOTS: u32 = 1_024;
/// Most one-time key packages of a card and week.
pub const PACKAGES_MAX: u32 = 64;
const CHAIN_MAX: usize = 8_192;
const PACKAGE_MAX: usize = 12_000;
const DAY_MS: i64 = 86_400_000;
/// Characters that hold everything up to the pin kind, and the place of that byte.
const START_CHARS: usize = 168;
const PIN_KIND: usize = 1 + 1 + 32 + 32 + 1 + 32 + 4;
/// Bytes of a code without and with a key pin, both checksums included.
const CODE_PUBLIC: usize = PIN_KIND + 1 + 4 + 4;
const CODE_PINNED: usize = CODE_PUBLIC + 32;

/// Days since 1970; 0 before.
#[must_use]
pub fn day_of(now_ms: i64) -> u32 {
    u32::try_from(now_ms.div_euclid(DAY_MS)).unwrap_or(0)
}

/// Weeks of seven days since 1970.
#[must_use]
pub fn week_of(now_ms: i64) -> u32 {
    day_of(now_ms) / 7
}

/// Why text is not a card, in words a person can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardFault {
    /// Does not begin like a card.
    #[error("this is not a card: it should begin with heliograph://card/")]
    NotACard,
    /// Characters are missing.
    #[error("the card is cut off: copy it again, whole")]
    Truncated,
    /// Characters changed.
    #[error("the card was altered on the way: its checksum does not fit")]
    Altered,
    /// Made by a newer program.
    #[error("the card is of version {0}, which this program does not know")]
    Version(u8),
}

/// Ties the readable address to the code: it is the part a person may retype.
fn address_check(address: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(address.as_bytes());
    [a, b, c, d]
}

/// Whether a code whose checksum fails is too short for what it begins to say, or changed.
fn why_unreadable(text: &str) -> CardFault {
    let chars = |bytes: usize| (bytes * 8).div_ceil(5);
    let Some(start) = text.get(..START_CHARS) else {
        return CardFault::Truncated;
    };
    let upper = start.to_ascii_uppercase();
    let Ok(start) = BASE32_NOPAD.decode(upper.as_bytes()) else {
        return CardFault::Altered;
    };
    let whole = match (start.first(), start.get(PIN_KIND)) {
        (Some(&VERSION), Some(0)) => chars(CODE_PUBLIC),
        (Some(&VERSION), Some(1)) => chars(CODE_PINNED),
        _ => 0,
    };
    if text.len() < whole {
        CardFault::Truncated
    } else {
        CardFault::Altered
    }
}

/// A card. Whoever holds it can knock, and can open the outer seal of others' knocks.
#[derive(Clone)]
pub struct Card {
    /// The owner's board.
    pub board: BoardLink,
    /// SHA-256 of the owner's person key.
    pub person: [u8; 32],
    /// Good for one contact.
    pub once: bool,
    secret: Secret,
}

impl Card {
    /// A card with the given secret.
    #[must_use]
    pub fn new(board: BoardLink, person: [u8; 32], once: bool, secret: [u8; 32]) -> Self {
        Self {
            board,
            person,
            once,
            secret: Secret(secret),
        }
    }

    /// The link a person passes on.
    #[must_use]
    pub fn encode(&self) -> String {
        let code = [
            [VERSION, u8::from(self.once)].as_slice(),
            &self.secret.0,
            &self.person,
            &self.board.code(),
            &address_check(&self.board.address),
        ]
        .concat();
        format!("{PREFIX}{}#{}", self.board.address, link::armour(&code))
    }

    /// Reads a link.
    ///
    /// # Errors
    /// [`CardFault`].
    pub fn decode(text: &str) -> Result<Self, CardFault> {
        let rest = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or(CardFault::NotACard)?;
        let (address, text) = rest.split_once('#').ok_or(CardFault::Truncated)?;
        let code = link::unarmour(text).ok_or_else(|| why_unreadable(text))?;
        let (code, check) = code.split_last_chunk().ok_or(CardFault::Truncated)?;
        let (&[version, once], rest) = code.split_first_chunk().ok_or(CardFault::Truncated)?;
        if version != VERSION {
            return Err(CardFault::Version(version));
        }
        let (secret, rest) = rest.split_first_chunk().ok_or(CardFault::Truncated)?;
        let (person, board) = rest.split_first_chunk().ok_or(CardFault::Truncated)?;
        let board = BoardLink::from_code(address, board).map_err(|_| CardFault::Altered)?;
        if once > 1 || *check != address_check(address) {
            return Err(CardFault::Altered);
        }
        Ok(Self::new(board, *person, once == 1, *secret))
    }

    /// `label = HMAC(secret, name ‖ numbers)`, `key = HMAC(secret, name ‖ " key" ‖ numbers)`; numbers
    /// are u32, big endian. Names and counts of numbers keep all inputs apart.
    fn place(&self, name: &str, parts: &[u32]) -> Place {
        let bytes: Vec<u8> = parts.iter().flat_map(|p| p.to_be_bytes()).collect();
        let secret = Keyed::new(&self.secret.0);
        Place {
            n: parts.last().copied().unwrap_or(0),
            label: Label(secret.hmac(&[name.as_bytes(), &bytes])),
            key: SealKey(secret.hmac(&[name.as_bytes(), b" key", &bytes])),
        }
    }

    /// Where the owner's bundle of a week is; the lowest `r` with a signed body counts.
    #[must_use]
    pub fn bundle(&self, week: u32, r: u32) -> Place {
        self.place("bundle", &[week, r])
    }

    /// Where a stranger knocks.
    #[must_use]
    pub fn hello(&self, day: u32, slot: u32) -> Place {
        self.place("hello", &[day, slot])
    }

    /// The labels of [`Self::hello`] for every slot of a day, in order.
    pub fn hello_labels(&self, day: u32) -> impl Iterator<Item = (u32, Label)> + use<> {
        let secret = Keyed::new(&self.secret.0);
        (0..HELLO_SLOTS).map(move |slot| {
            let label = secret.hmac(&[b"hello", &day.to_be_bytes(), &slot.to_be_bytes()]);
            (slot, Label(label))
        })
    }

    /// Where fragment `f` of the week's key package `i` is.
    #[must_use]
    pub fn package(&self, week: u32, i: u32, f: u32) -> Place {
        self.place("package", &[week, i, f])
    }

    /// The key that takes a key package: erasing its first fragment.
    #[must_use]
    pub fn package_erase(&self, week: u32, i: u32) -> EraseKey {
        let parts = [week.to_be_bytes(), i.to_be_bytes()].concat();
        EraseKey::new(hmac(&self.secret.0, &[b"package erase", &parts]))
    }

    /// What the owner derives a hello slot's erase key from.
    #[must_use]
    pub fn hello_erase_seed(&self, week: u32, slot: u32) -> Label {
        let numbers = [week.to_be_bytes(), slot.to_be_bytes()].concat();
        Label(hmac(&self.secret.0, &[b"hello erase", &numbers]))
    }
}

/// What an owner publishes for strangers.
#[derive(Clone, Serialize, Deserialize)]
pub struct Bundle {
    /// Format, 1.
    pub version: u8,
    /// Week it is good for.
    pub week: u32,
    /// Certificates of the owner's device.
    #[serde(with = "serde_bytes")]
    pub chain: Vec<u8>,
    /// Key package to use when the others are gone.
    #[serde(with = "serde_bytes")]
    pub last_resort: Option<Vec<u8>>,
    /// How many one-time key packages were put.
    pub packages: u32,
    /// Erase-hashes of the hello slots, 32 bytes each.
    #[serde(with = "serde_bytes")]
    pub hello_erase: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct SignedBundle {
    #[serde(with = "serde_bytes")]
    bundle: Vec<u8>,
    #[serde(with = "serde_bytes")]
    signature: Vec<u8>,
}

impl Bundle {
    /// The bytes to sign.
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        write(self)
    }

    /// The payload to seal: the bytes signed, and the signature.
    #[must_use]
    pub fn payload(signed: Vec<u8>, signature: [u8; 64]) -> Vec<u8> {
        write(&SignedBundle {
            bundle: signed,
            signature: signature.to_vec(),
        })
    }

    /// Reads a payload; the signature is over exactly the bytes returned with it and must be checked
    /// by the caller. `None` if it breaks a bound.
    #[must_use]
    pub fn read(payload: &[u8]) -> Option<(Self, Vec<u8>, [u8; 64])> {
        let signed: SignedBundle = read(payload).ok()?;
        let signature = signed.signature.as_slice().try_into().ok()?;
        let bundle: Self = read(&signed.bundle).ok()?;
        let sane = bundle.version == VERSION
            && bundle.chain.len() <= CHAIN_MAX
            && bundle
                .last_resort
                .as_ref()
                .is_none_or(|p| p.len() <= PACKAGE_MAX)
            && bundle.packages <= PACKAGES_MAX
            && bundle.hello_erase.len() == 32 * HELLO_SLOTS as usize;
        sane.then_some((bundle, signed.bundle, signature))
    }

    /// The erase-hash that a hello at `slot` must carry.
    #[must_use]
    pub fn hello_erase_hash(&self, slot: u32) -> Option<heliograph_wire::EraseHash> {
        let at = 32 * usize::try_from(slot).ok()?;
        let hash = self.hello_erase.get(at..at + 32)?.try_into().ok()?;
        Some(heliograph_wire::EraseHash(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_wire::LaneId;
    use heliograph_wire::link::Pin;
    use proptest::prelude::*;

    fn card() -> Card {
        let board = BoardLink {
            address: "127.0.0.1:4433".into(),
            key: [1; 32],
            lane: LaneId(0),
            pin: Pin::Key([2; 32]),
        };
        Card::new(board, [3; 32], true, [4; 32])
    }

    #[test]
    fn the_labels_of_a_day_are_those_of_its_places() {
        let card = card();
        let labels: Vec<_> = card.hello_labels(20_781).collect();
        assert_eq!(labels.len(), HELLO_SLOTS as usize);
        for (slot, label) in labels {
            assert!(label == card.hello(20_781, slot).label);
        }
    }

    #[test]
    fn a_card_comes_back_as_it_was() {
        let again = Card::decode(&card().encode()).unwrap();
        assert!(again.board == card().board && again.person == [3; 32] && again.once);
        assert!(again.hello(7, 8).label == card().hello(7, 8).label);
    }

    #[test]
    fn each_way_of_spoiling_a_card_is_named() {
        let fault = |text: &str| Card::decode(text).err();
        let text = card().encode();
        assert_eq!(fault("hello"), Some(CardFault::NotACard));
        assert_eq!(
            fault(&text.replace(":4433", ":4434")),
            Some(CardFault::Altered)
        );
        assert_eq!(
            fault(&text.replace("127.0", "128.0")),
            Some(CardFault::Altered)
        );
        assert_eq!(fault(&format!("{text}a")), Some(CardFault::Altered));
        let newer = format!("{PREFIX}h:1#{}", link::armour(&[2; 150]));
        assert_eq!(fault(&newer), Some(CardFault::Version(2)));
    }

    #[test]
    fn a_card_cut_off_anywhere_is_called_cut_off() {
        let mut public = card();
        public.board.pin = Pin::PublicRoots;
        for text in [card().encode(), public.encode()] {
            for end in PREFIX.len()..text.len() {
                assert_eq!(Card::decode(&text[..end]).err(), Some(CardFault::Truncated));
            }
            assert!(Card::decode(&format!(" {text}\n")).is_ok());
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics_and_is_no_card(text in "(heliograph://card/)?[ -~é]{0,20}#?[a-z2-7]{0,300}") {
            prop_assert!(Card::decode(&text).is_err());
        }

        #[test]
        fn one_changed_character_is_always_noticed(at in 0usize..250, with in "[a-z2-7]") {
            let text = card().encode();
            let start = text.find('#').unwrap() + 1;
            let at = start + at % (text.len() - start);
            let mut altered = text.clone();
            altered.replace_range(at..=at, &with);
            if altered != text {
                prop_assert!(Card::decode(&altered).is_err());
            }
        }

        #[test]
        fn a_foreign_bundle_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Bundle::read(&bytes).is_none());
        }
    }

    #[test]
    fn a_bundle_comes_back_with_the_bytes_that_were_signed() {
        let bundle = Bundle {
            version: 1,
            week: 9,
            chain: vec![1; 900],
            last_resort: Some(vec![2; 2_700]),
            packages: 8,
            hello_erase: vec![5; 32 * 1_024],
        };
        let signed = bundle.signing_bytes();
        let payload = Bundle::payload(signed.clone(), [7; 64]);
        assert!(payload.len() < crate::LARGE_PAYLOAD);
        let (again, bytes, signature) = Bundle::read(&payload).unwrap();
        assert!(bytes == signed && signature == [7; 64] && again.packages == 8);
        assert!(again.hello_erase_hash(1_023).is_some());
        assert!(again.hello_erase_hash(1_024).is_none());
    }
}
