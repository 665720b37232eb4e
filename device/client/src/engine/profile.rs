//! A profile: who this device is, made once and read at every opening.

use std::path::Path;

use heliograph_delivery::{DeviceEraseSecret, TickChain};
use heliograph_store::{Store, StoreError, StoreKey, View};
use heliograph_trust::{
    CertificateChain, DeviceSecret, DisplayName, Identity, PersonSecret, Verified, issue_device,
    issue_person, verify_chain,
};
use heliograph_wire::link::BoardLink;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

use super::errors::EngineError;
use super::typing::TYPING;
pub(crate) use crate::DATABASE;
use crate::{Fault, Refusal};

pub(crate) const NAME: &str = "name";
const PERSON_SECRET: &str = "person.secret";
const DEVICE_SECRET: &str = "device.secret";
const CHAIN: &str = "device.chain";
const ERASE_SECRET: &str = "erase.secret";
const BOARD: &str = "board";
pub(crate) const RECEIPTS: &str = "setting.receipts";

/// Who this device is.
pub(crate) struct Me {
    pub(crate) name: DisplayName,
    pub(crate) identity: Verified<Identity>,
    pub(crate) device: DeviceSecret,
    pub(crate) chain: Vec<u8>,
}

/// Everything a profile's meta table says.
pub(crate) struct Profile {
    pub(crate) me: Me,
    pub(crate) board: BoardLink,
    pub(crate) erase: DeviceEraseSecret,
    pub(crate) prompt_receipts: bool,
    pub(crate) typing: bool,
}

fn unix_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|d| i64::try_from(d.as_millis()).ok())
        .unwrap_or(0)
}

fn bad_link(happened: String) -> Refusal {
    Refusal::new(
        "bad-board-link",
        Fault::User,
        happened,
        "No profile was made.",
        "Copy the board link that the server prints when it starts.",
    )
}

/// A link that a feed can be checked with: its key is a key, too, not only 32 bytes of one.
fn board_link(text: &str) -> Result<BoardLink, Refusal> {
    let link = BoardLink::decode(text).map_err(|fault| bad_link(format!("{fault}.")))?;
    match TickChain::new(&link.key, link.lane, None) {
        Some(_) => Ok(link),
        None => Err(bad_link(
            "The board link names no board: what stands for its key is not a key.".to_owned(),
        )),
    }
}

/// Makes a profile's database in `home`, which exists and is locked by the caller. What is there
/// when this succeeds is one whole file, safe on the disk; after a refusal it may be half of one.
pub(crate) fn create_profile(
    home: &Path,
    key: &[u8; 32],
    name: &str,
    board: &str,
) -> Result<(), Refusal> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(Refusal::bug)?;
    let path = home.join(DATABASE);
    if path.exists() {
        return Err(Refusal::new(
            "profile-exists",
            Fault::User,
            "There is a profile in this home already.",
            "It was left as it is.",
            "Choose another --home, or use the profile that is there.",
        ));
    }
    // Checked before the file is made, so that a refusal leaves nothing behind.
    board_link(board)?;
    display_name(name)?;
    write_database(&path, key, &seed, (name, board)).map_err(|refusal| Refusal {
        kept: "No profile was made.".to_owned(),
        ..refusal
    })
}

fn write_database(
    path: &Path,
    key: &[u8; 32],
    seed: &[u8; 32],
    who: (&str, &str),
) -> Result<(), Refusal> {
    let mut store = Store::open(path, &StoreKey::new(*key)).map_err(cannot_open)?;
    write_profile(&mut store, seed, who, unix_ms())?;
    store.checkpoint().map_err(cannot_open)?;
    drop(store);
    // A log that outlives the closing holds what did not fit into the file.
    if path.with_extension("db-wal").exists() {
        return Err(cannot_open(StoreError::Full));
    }
    let unwritten = |error: std::io::Error| cannot_open(StoreError::Io(error.kind().to_string()));
    std::fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(unwritten)
}

fn display_name(name: &str) -> Result<DisplayName, Refusal> {
    DisplayName::parse(name).map_err(|error| {
        Refusal::new(
            "bad-name",
            Fault::User,
            format!("This name cannot be used: {error}."),
            "No profile was made.",
            "Choose another name.",
        )
    })
}

/// Writes a new identity into an empty database.
pub(crate) fn write_profile(
    store: &mut Store,
    seed: &[u8; 32],
    (name, board): (&str, &str),
    now_ms: i64,
) -> Result<(), Refusal> {
    let link = board_link(board)?;
    let name = display_name(name)?;
    let mut rng = ChaCha20Rng::from_seed(*seed);
    let person = PersonSecret::generate(&mut rng);
    let device = DeviceSecret::generate(&mut rng);
    let issued = issue_person(&person, &name, now_ms, &mut rng).and_then(|person_der| {
        let device_der = issue_device(&person, &name, &device, now_ms, &mut rng)?;
        Ok(CertificateChain {
            device_der,
            person_der,
        })
    });
    let chain = issued.map_err(Refusal::bug)?.encode();
    let mut erase = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *erase);
    let board = link.encode();
    let values: [(&str, &[u8]); 6] = [
        (NAME, name.as_str().as_bytes()),
        (PERSON_SECRET, &*person.to_bytes()),
        (DEVICE_SECRET, &*device.to_bytes()),
        (CHAIN, &chain),
        (ERASE_SECRET, &*erase),
        (BOARD, board.as_bytes()),
    ];
    store
        .step(|tx| {
            for (name, value) in values {
                tx.set_meta(name, value)?;
            }
            Ok::<(), StoreError>(())
        })
        .map_err(cannot_open)
}

/// The refusal for a database that does not open.
pub(crate) fn cannot_open(error: StoreError) -> Refusal {
    let kept = "The file was left as it is.";
    match error {
        StoreError::WrongKey => Refusal::new(
            "wrong-key",
            Fault::User,
            "The key does not open this profile's database, or the file is damaged.",
            kept,
            "Check the passphrase; if it is right, restore the home from a copy you trust.",
        ),
        StoreError::Damaged => Refusal::new(
            "profile-damaged",
            Fault::User,
            "This profile's database is damaged.",
            kept,
            "Check the disk; then make a new profile and ask your contacts for new cards.",
        ),
        StoreError::Newer { .. } => Refusal::new(
            "profile-newer",
            Fault::User,
            format!("{error}."),
            kept,
            "Use the newer program that wrote it.",
        ),
        StoreError::Full => Refusal::new(
            "disk-full",
            Fault::User,
            "The disk is full.",
            "Everything accepted before is kept.",
            "Make room and try again.",
        ),
        StoreError::Io(_) => Refusal::new(
            "profile-unreadable",
            Fault::User,
            format!("{error}."),
            kept,
            "Check that the home exists and belongs to you.",
        ),
        StoreError::Sql(_) => Refusal::bug(error),
    }
}

impl Profile {
    pub(crate) fn read(view: &View<'_>) -> Result<Self, EngineError> {
        let value = |name: &str| {
            view.meta(name)?
                .ok_or_else(|| EngineError::bug(format!("the profile lacks its {name}")))
        };
        let text = |name: &str| {
            let bytes = value(name)?;
            String::from_utf8(bytes.to_vec()).map_err(EngineError::bug)
        };
        let secret = |name: &str| -> Result<Zeroizing<[u8; 32]>, EngineError> {
            let bytes = value(name)?;
            let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| {
                EngineError::bug(format!("the profile's {name} has a wrong length"))
            })?;
            Ok(Zeroizing::new(bytes))
        };
        let device = DeviceSecret::from_bytes(&*secret(DEVICE_SECRET)?);
        let chain = value(CHAIN)?.to_vec();
        let identity = verify_chain(&chain, &device.public(), None).map_err(EngineError::bug)?;
        let me = Me {
            name: identity.get().name.clone(),
            identity,
            device,
            chain,
        };
        Ok(Self {
            me,
            board: BoardLink::decode(&text(BOARD)?).map_err(EngineError::bug)?,
            erase: DeviceEraseSecret::new(*secret(ERASE_SECRET)?),
            prompt_receipts: view
                .meta(RECEIPTS)?
                .is_some_and(|value| value.as_slice() == b"prompt"),
            typing: view
                .meta(TYPING)?
                .is_some_and(|value| value.as_slice() == b"on"),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        reason = "a story whose props fail is a failed test"
    )]

    use heliograph_wire::LaneId;
    use heliograph_wire::link::Pin;

    use super::*;

    fn link(key: [u8; 32]) -> String {
        let link = BoardLink {
            address: "board.example:4433".to_owned(),
            key,
            lane: LaneId(0),
            pin: Pin::PublicRoots,
        };
        link.encode()
    }

    #[test]
    fn a_board_link_whose_key_is_no_key_is_refused_and_nothing_made() {
        let home = tempfile::tempdir().unwrap();
        // No point of the curve has this for its y.
        let mut nowhere = [0; 32];
        nowhere[0] = 2;
        let refused = create_profile(home.path(), &[1; 32], "Anna", &link(nowhere)).unwrap_err();
        assert_eq!(refused.kind, "bad-board-link");
        assert_eq!(home.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn a_profile_that_was_made_is_one_file() {
        let home = tempfile::tempdir().unwrap();
        let mut key = [0x66; 32];
        key[0] = 0x58; // The base point.
        create_profile(home.path(), &[1; 32], "Anna", &link(key)).unwrap();
        let files = home.path().read_dir().unwrap().map(|file| file.unwrap());
        let names: Vec<_> = files.map(|file| file.file_name()).collect();
        assert_eq!(names, [DATABASE]);
    }
}
