//! What a key file must withstand.

use std::os::unix::fs::PermissionsExt;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

const KEY: [u8; 32] = [9; 32];

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.to_owned())).unwrap()
}

fn locks(text: &str) -> Locks {
    passphrase(text).into()
}

static WRITTEN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let home = tempfile::tempdir().unwrap();
    KeyFile::create(home.path(), &locks("correct"), &KEY).unwrap();
    std::fs::read(home.path().join(FILE)).unwrap()
});

fn open(bytes: &[u8], text: &str) -> Result<[u8; 32], String> {
    KeyFile::parse(bytes)
        .and_then(|file| file.open(&passphrase(text)))
        .map(|key| *key)
        .map_err(|error| error.kind)
}

fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut whole: Value = serde_json::from_slice(&WRITTEN).unwrap();
    change(&mut whole);
    serde_json::to_vec(&whole).unwrap()
}

#[test]
fn the_right_passphrase_opens_and_a_wrong_one_is_refused() {
    assert_eq!(open(&WRITTEN, "correct"), Ok(KEY));
    assert_eq!(open(&WRITTEN, "Correct"), Err("wrong-passphrase".into()));
}

#[test]
fn the_file_is_closed_to_others_and_never_written_over() {
    let home = tempfile::tempdir().unwrap();
    KeyFile::create(home.path(), &locks("one"), &KEY).unwrap();
    let mode = path(home.path()).metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = KeyFile::create(home.path(), &locks("two"), &KEY);
    assert_eq!(again.unwrap_err().kind, "file-unusable");
    assert!(
        KeyFile::read(home.path())
            .unwrap()
            .open(&passphrase("one"))
            .is_ok()
    );
}

#[test]
fn the_file_holds_neither_key_nor_passphrase() {
    let text = String::from_utf8(WRITTEN.clone()).unwrap();
    assert!(text.starts_with("{\"version\":1,"), "version first");
    assert!(!text.contains("correct"));
    let key = data_encoding::BASE32_NOPAD
        .encode(&KEY)
        .to_ascii_lowercase();
    assert!(!text.contains(&key));
}

#[test]
fn a_cost_that_was_changed_opens_nothing() {
    for (field, value) in [
        ("memory_kib", 65_537),
        ("passes", 4),
        ("memory_kib", 8),
        ("lanes", 2),
    ] {
        let bytes = changed(|whole| whole["slots"][0][field] = value.into());
        assert_eq!(
            open(&bytes, "correct"),
            Err("wrong-passphrase".into()),
            "{field}"
        );
    }
}

#[test]
fn a_cost_that_would_exhaust_the_machine_is_not_tried() {
    let bytes = changed(|whole| whole["slots"][0]["memory_kib"] = u32::MAX.into());
    assert_eq!(open(&bytes, "correct"), Err("wrong-passphrase".into()));
}

#[test]
fn a_sealed_key_that_was_changed_opens_nothing() {
    for field in ["salt", "nonce", "sealed"] {
        let bytes = changed(|whole| {
            let text = whole["slots"][0][field].as_str().unwrap();
            let first = if text.starts_with('a') { "b" } else { "a" };
            whole["slots"][0][field] = format!("{first}{}", &text[1..]).into();
        });
        assert_eq!(
            open(&bytes, "correct"),
            Err("wrong-passphrase".into()),
            "{field}"
        );
    }
}

#[test]
fn another_version_is_refused_by_name() {
    let bytes = changed(|whole| {
        whole["version"] = 2.into();
        whole["something"] = "else".into();
    });
    assert_eq!(open(&bytes, "correct"), Err("profile-newer".into()));
}

#[test]
fn slots_of_kinds_to_come_are_passed_over() {
    let keyring = serde_json::json!({"kind": "token", "slot": 9});
    let both = changed(|whole| {
        whole["slots"]
            .as_array_mut()
            .unwrap()
            .insert(0, keyring.clone())
    });
    assert_eq!(open(&both, "correct"), Ok(KEY));
    let alone = changed(|whole| whole["slots"] = vec![keyring].into());
    assert_eq!(open(&alone, "correct"), Err("no-usable-slot".into()));
}

#[test]
fn a_home_without_a_key_file_has_no_profile() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(
        KeyFile::read(home.path()).err().unwrap().kind,
        "profile-missing"
    );
}

proptest! {
    #[test]
    fn a_file_cut_off_anywhere_is_damaged(share in 0.0..1.0_f64) {
        let whole = WRITTEN.trim_ascii_end();
        #[expect(
            clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
            reason = "a share of a short length"
        )]
        let at = (share * whole.len() as f64) as usize;
        prop_assert_eq!(open(&whole[..at], "correct"), Err("keys-damaged".into()));
    }

    #[test]
    fn garbage_is_damaged_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(open(&bytes, "correct"), Err("keys-damaged".into()));
    }
}
