//! The MLS library's own rows belong to the same step.

use heliograph_store::{Step, StoreError};
use openmls_traits::storage::{CURRENT_VERSION, Entity, Key, StorageProvider, traits};
use serde::{Deserialize, Serialize};

use crate::scene::{Home, meta, step};

/// Name of a key pair.
#[derive(Serialize)]
pub(crate) struct PublicKey(pub(crate) u8);

/// A key pair, as far as the store can tell.
#[derive(Serialize, Deserialize, PartialEq, Eq, Debug)]
pub(crate) struct KeyPair(Vec<u8>);

impl Key<CURRENT_VERSION> for PublicKey {}
impl traits::SignaturePublicKey<CURRENT_VERSION> for PublicKey {}
impl Entity<CURRENT_VERSION> for KeyPair {}
impl traits::SignatureKeyPair<CURRENT_VERSION> for KeyPair {}

/// Writes a key pair through the library's interface.
pub(crate) fn write(tx: &Step<'_>, n: u8) {
    tx.mls()
        .write_signature_key_pair(&PublicKey(n), &KeyPair(vec![n]))
        .unwrap();
}

/// Reads it back.
pub(crate) fn read(tx: &Step<'_>, key: &PublicKey) -> Option<KeyPair> {
    tx.mls().signature_key_pair(key).unwrap()
}

#[test]
fn what_the_library_wrote_is_there_after_the_step() {
    let home = Home::new();
    step(&mut home.open().unwrap(), |tx| {
        write(tx, 1);
        Ok(())
    });
    let found = step(&mut home.open().unwrap(), |tx| Ok(read(tx, &PublicKey(1))));
    assert_eq!(found, Some(KeyPair(vec![1])));
}

#[test]
fn what_the_library_wrote_is_undone_with_the_step() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    let outcome: Result<(), StoreError> = store.step(|tx| {
        write(tx, 1);
        tx.set_meta("beside", b"it")?;
        Err(StoreError::Full)
    });
    assert!(outcome.is_err());
    assert_eq!(step(&mut store, |tx| Ok(read(tx, &PublicKey(1)))), None);
    assert_eq!(meta(&store, "beside"), None);
}

#[test]
fn what_the_library_wrote_is_undone_with_the_attempt_alone() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    step(&mut store, |tx| {
        write(tx, 1);
        let refused: Result<(), StoreError> = tx.attempt(|tx| {
            write(tx, 2);
            Err(StoreError::Full)
        });
        assert!(refused.is_err());
        Ok(())
    });
    let found = step(&mut store, |tx| {
        Ok((read(tx, &PublicKey(1)), read(tx, &PublicKey(2))))
    });
    assert_eq!(found, (Some(KeyPair(vec![1])), None));
}
