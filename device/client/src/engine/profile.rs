//! A profile: who this device is, made once and read at every opening.

use std::path::Path;

use heliograph_delivery::DeviceEraseSecret;
use heliograph_store::{Store, StoreError, StoreKey, View};
use heliograph_trust::{
    CertificateChain, DeviceSecret, DisplayName, Identity, PersonSecret, Verified, issue_device,
    issue_person, verify_chain,
};
use heliograph_wire::link::{BoardLink, LinkError};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

use super::errors::EngineError;
use crate::{Fault, Refusal};

/// Name of the database inside the home.
pub(crate) const DATABASE: &str = "profile.db";

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
}

fn unix_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|d| i64::try_from(d.as_millis()).ok())
        .unwrap_or(0)
}

fn bad_link(fault: LinkError) -> Refusal {
    Refusal::new(
        "bad-board-link",
        Fault::User,
        format!("{fault}."),
        "No profile was made.",
        "Copy the board link that the server prints when it starts.",
    )
}

/// Makes a profile's database in `home`, which exists and is locked by the caller.
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
    BoardLink::decode(board).map_err(bad_link)?;
    display_name(name)?;
    let mut store = Store::open(&path, &StoreKey::new(*key)).map_err(cannot_open)?;
    write_profile(&mut store, &seed, (name, board), unix_ms())
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
    let link = BoardLink::decode(board).map_err(bad_link)?;
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
        })
    }
}
