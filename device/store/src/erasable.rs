//! What can be erased for good: content sealed by keys that are destroyed. Old pages of a database survive on a
//! disk whatever is written over them; what they hold of such content is worth nothing without its key
//! (docs/protocol/disappearing.md).

use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64_NOPAD;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use zeroize::Zeroizing;

use crate::keys::Keys;
use crate::{Step, StoreError};

/// Bytes before what is sealed.
const NONCE: usize = 24;
/// Keys written ahead at once: a key must be on the disk before what it seals is.
const AHEAD: i64 = 256;
/// Name of the file that belongs to this database.
const NAME: &str = "erasable.name";

fn seal(keys: &Keys, n: i64, plain: &[u8]) -> Option<Vec<u8>> {
    let key = keys.get(n).ok()?;
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).ok()?;
    let sealed = XChaCha20Poly1305::new(&(*key).into()).encrypt(&XNonce::from(nonce), plain);
    Some([nonce.as_slice(), &sealed.ok()?].concat())
}

fn open(keys: &Keys, n: i64, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let key = keys.get(n).ok()?;
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let plain = XChaCha20Poly1305::new(&(*key).into()).decrypt(&XNonce::from(*nonce), sealed);
    plain.ok().map(Zeroizing::new)
}

/// `sealed(key, value)`: of a text a text, of bytes bytes; without a key the value itself.
fn sealed(keys: &Keys, row: &Context<'_>) -> rusqlite::Result<Value> {
    let value = row.get_raw(1);
    let (ValueRef::Integer(n), ValueRef::Text(plain) | ValueRef::Blob(plain)) =
        (row.get_raw(0), value)
    else {
        return Ok(value.into());
    };
    let lost = || rusqlite::Error::UserFunctionError("a key cannot be read".into());
    let sealed = seal(keys, n, plain).ok_or_else(lost)?;
    Ok(match value {
        ValueRef::Text(_) => Value::Text(BASE64_NOPAD.encode(&sealed)),
        _ => Value::Blob(sealed),
    })
}

/// `opened(key, value)`: the other way; null if the key is not the one that sealed it.
fn opened(keys: &Keys, row: &Context<'_>) -> rusqlite::Result<Value> {
    let value = row.get_raw(1);
    let plain = match (row.get_raw(0), value) {
        (ValueRef::Integer(n), ValueRef::Text(text)) => {
            let sealed = BASE64_NOPAD.decode(text).ok();
            let plain = sealed.and_then(|sealed| open(keys, n, &sealed));
            let text = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
            text.map(Value::Text)
        }
        (ValueRef::Integer(n), ValueRef::Blob(sealed)) => {
            open(keys, n, sealed).map(|plain| Value::Blob(plain.to_vec()))
        }
        _ => Some(value.into()),
    };
    Ok(plain.unwrap_or(Value::Null))
}

/// Makes both functions known to a connection.
pub(crate) fn register(connection: &Connection, keys: &Arc<Keys>) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    let held = Arc::clone(keys);
    connection.create_scalar_function("sealed", 2, flags, move |row| sealed(&held, row))?;
    let held = Arc::clone(keys);
    connection.create_scalar_function("opened", 2, flags, move |row| opened(&held, row))
}

fn failed(error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
        kind => StoreError::Io(kind.to_string()),
    }
}

/// Looks, at an opening, whether the keys are those of this database. If not, what they sealed is gone already:
/// its rows go too. True if that happened.
pub(crate) fn settle(tx: &Step<'_>) -> Result<bool, StoreError> {
    let Some(name) = tx.meta(NAME)? else {
        return Ok(false);
    };
    let last: i64 = tx
        .one("SELECT max(n) FROM erasable_key", [], |row| row.get(0))?
        .unwrap_or(0);
    let ours = tx.keys().get(0).is_ok_and(|found| *found == **name);
    if ours && tx.keys().get(last).is_ok() {
        return Ok(false);
    }
    for sql in [
        "DELETE FROM message WHERE sealed_by IS NOT NULL",
        "DELETE FROM annotation WHERE sealed_by IS NOT NULL",
        "DELETE FROM outbox WHERE sealed_by IS NOT NULL",
        "DELETE FROM keeping WHERE sealed_by IS NOT NULL",
        "DELETE FROM transfer WHERE sealed_by IS NOT NULL",
        "UPDATE chain SET partial = NULL, sealed_by = NULL WHERE sealed_by IS NOT NULL",
        "DELETE FROM erasable_key",
    ] {
        tx.run(sql, [])?;
    }
    tx.remove_meta(NAME)?;
    Ok(true)
}

/// Writes over the keys that nothing names any more. What fails is tried again after the next step.
pub(crate) fn destroy_spent(connection: &Connection, keys: &Keys) -> Result<(), StoreError> {
    let mut spent = connection.prepare_cached("SELECT n FROM erasable_key WHERE state = 2")?;
    let spent: Vec<i64> = spent
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if spent.is_empty() {
        return Ok(());
    }
    keys.renew(spent.iter().copied())
        .map_err(|error| failed(&error))?;
    connection.execute("UPDATE erasable_key SET state = 0 WHERE state = 2", [])?;
    Ok(())
}

impl Step<'_> {
    /// A key that nothing uses yet. It is destroyed soon after the last row that names it is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take_key(&self) -> Result<i64, StoreError> {
        const TAKE: &str = "UPDATE erasable_key SET state = 1
            WHERE n = (SELECT n FROM erasable_key WHERE state = 0 LIMIT 1) RETURNING n";
        self.still_open()?;
        if let Some(n) = self.one(TAKE, [], |row| row.get(0))? {
            return Ok(n);
        }
        let last: i64 = if self.meta(NAME)?.is_some() {
            self.one("SELECT max(n) FROM erasable_key", [], |row| row.get(0))?
                .unwrap_or(0)
        } else {
            let name = self.keys().begin().map_err(|error| failed(&error))?;
            self.set_meta(NAME, &name)?;
            0
        };
        self.keys()
            .renew(last + 1..=last + AHEAD)
            .map_err(|error| failed(&error))?;
        for n in last + 1..=last + AHEAD {
            self.run("INSERT INTO erasable_key VALUES (?1, 0)", [n])?;
        }
        let taken = self.one(TAKE, [], |row| row.get(0))?;
        taken.ok_or_else(|| StoreError::Sql("no key could be made".into()))
    }
}
