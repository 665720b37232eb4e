//! Frames of MLS as they arrive: key packages, and every kind of message where a Welcome is expected.
//!
//! Commits and messages are read by the same parser before a group sees them. What a group does with
//! one that fits is not tried here: keys are drawn at random, so no seed could hold one.

use heliograph_conversation::{
    Crypto, JoinError, check_key_package, name_key_package, read_welcome,
};
use openmls_memory_storage::MemoryStorage;

/// Some time when certificates in the seeds are good.
const NOW: i64 = 1_795_000_000_000;

thread_local! {
    static CRYPTO: Crypto = Crypto::new().expect("the machine gives randomness");
}

/// A key package, or a Welcome for nobody here.
pub fn mls(data: &[u8]) -> bool {
    CRYPTO.with(|crypto| {
        let owner = check_key_package(crypto, data, NOW);
        let name = name_key_package(crypto, data);
        assert!(owner.is_err() || name.is_ok());
        let welcome = read_welcome(crypto, &MemoryStorage::default(), data, NOW);
        assert!(welcome.is_err());
        owner.is_ok() || matches!(welcome, Err(JoinError::NotForUs))
    })
}
