//! OpenMLS's own tables, in the same file and the same transactions.

use openmls_sqlite_storage::{Codec, SqliteStorageProvider};
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Step, StoreError};

/// CBOR, as everywhere on the device.
#[derive(Default)]
pub struct Cbor;

/// A state of the MLS library that cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("an MLS state cannot be written or read")]
pub struct CborError;

impl Codec for Cbor {
    type Error = CborError;

    fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, CborError> {
        let mut out = Vec::new();
        ciborium::into_writer(value, &mut out).map_err(|_| CborError)?;
        Ok(out)
    }

    fn from_slice<T: DeserializeOwned>(slice: &[u8]) -> Result<T, CborError> {
        ciborium::from_reader(slice).map_err(|_| CborError)
    }
}

/// OpenMLS's storage inside a step.
pub type MlsStorage<'a> = SqliteStorageProvider<Cbor, &'a Connection>;

pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    SqliteStorageProvider::<Cbor, &mut Connection>::new(connection)
        .run_migrations()
        .map_err(|error| cause(&error))
}

/// What the database said, below the words of the migration runner.
fn cause(error: &(dyn std::error::Error + 'static)) -> StoreError {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<rusqlite::Error>() {
            return StoreError::from(error);
        }
        next = error.source();
    }
    // The runner itself found something else than what it once wrote.
    StoreError::Damaged
}

impl Step<'_> {
    /// Storage for the MLS library within this transaction.
    #[must_use]
    pub fn mls(&self) -> MlsStorage<'_> {
        SqliteStorageProvider::new(self.connection())
    }
}
