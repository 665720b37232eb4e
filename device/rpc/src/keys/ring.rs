//! One keyring slot: a random key in the operating system's keyring seals the profile's.
//!
//! On Linux that is the Secret Service of the person's session (GNOME Keyring, KWallet, KeePassXC).
//! Never the kernel's keyring, which forgets at a reboot. The entry has a random name: neither it nor
//! the slot says whose profile it opens.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE32_NOPAD;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use serde::{Deserialize, Serialize};
use zbus_secret_service_keyring_store::Store;
use zeroize::Zeroizing;

use super::{NONCE, SEALED};
use crate::RpcError;

const SERVICE: &str = "heliograph";
const CONTEXT: &[u8] = b"heliograph keyring slot";
/// How long the keyring may take where it can ask the person to unlock it, and where it cannot.
const PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE_UNSEEN: Duration = Duration::from_secs(5);

/// A keyring slot as the file has it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyringSlot {
    #[serde(
        serialize_with = "super::to_text",
        deserialize_with = "super::from_text"
    )]
    account: [u8; 16],
    #[serde(
        serialize_with = "super::to_text",
        deserialize_with = "super::from_text"
    )]
    nonce: [u8; NONCE],
    #[serde(
        serialize_with = "super::to_text",
        deserialize_with = "super::from_text"
    )]
    sealed: [u8; SEALED],
}

/// What the keyring answered.
pub(crate) enum Answer {
    /// The profile's key.
    Key(Zeroizing<[u8; 32]>),
    /// It has no entry for this slot, or one that does not open it.
    Gone,
    /// There is no keyring, it is locked, or it does not answer.
    Unreachable,
}

impl KeyringSlot {
    /// Puts a new key into the keyring and seals `key` under it.
    pub(crate) fn make(key: &[u8; 32]) -> Result<Self, RpcError> {
        let (mut account, mut nonce) = ([0; 16], [0; NONCE]);
        let mut wrap = Zeroizing::new([0; 32]);
        getrandom::fill(&mut account).map_err(RpcError::bug)?;
        getrandom::fill(&mut nonce).map_err(RpcError::bug)?;
        getrandom::fill(&mut *wrap).map_err(RpcError::bug)?;
        let sealed = XChaCha20Poly1305::new((&*wrap).into())
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: key,
                    aad: &bound(&account),
                },
            )
            .ok()
            .and_then(|sealed| sealed.try_into().ok())
            .ok_or_else(|| RpcError::bug("a key could not be sealed"))?;
        let slot = Self {
            account,
            nonce,
            sealed,
        };
        // As text: some keyrings keep nothing else.
        let text = Zeroizing::new(BASE32_NOPAD.encode(&*wrap));
        slot.ask(move |entry| entry.set_password(&text))
            .map_err(|_| unreachable())?;
        Ok(slot)
    }

    /// Asks the keyring for the profile's key.
    pub(crate) fn open(&self) -> Answer {
        let text = match self.ask(|entry| entry.get_password().map(Zeroizing::new)) {
            Ok(text) => text,
            Err(Some(Error::NoEntry | Error::BadEncoding(_))) => return Answer::Gone,
            Err(_) => return Answer::Unreachable,
        };
        let wrap = BASE32_NOPAD.decode(text.as_bytes()).map(Zeroizing::new);
        let wrap = wrap.ok().and_then(|wrap| {
            let wrap: [u8; 32] = wrap.as_slice().try_into().ok()?;
            Some(Zeroizing::new(wrap))
        });
        let Some(wrap) = wrap else {
            return Answer::Gone;
        };
        let opened = XChaCha20Poly1305::new((&*wrap).into())
            .decrypt(
                &XNonce::from(self.nonce),
                Payload {
                    msg: &self.sealed,
                    aad: &bound(&self.account),
                },
            )
            .map(Zeroizing::new);
        let mut key = Zeroizing::new([0; 32]);
        match opened {
            Ok(opened) if opened.len() == key.len() => key.copy_from_slice(&opened),
            _ => return Answer::Gone,
        }
        Answer::Key(key)
    }

    /// Takes the entry out of the keyring; one that is not there is no matter.
    pub(crate) fn forget(&self) -> Result<(), RpcError> {
        match self.ask(|entry| entry.delete_credential()) {
            Ok(()) | Err(Some(Error::NoEntry)) => Ok(()),
            Err(_) => Err(unreachable()),
        }
    }

    /// Asks on a thread of its own, so that a keyring that hangs holds up nobody for ever. `None`
    /// is no answer at all.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Option<Error>> {
        if !has_session() {
            return Err(None);
        }
        let account = BASE32_NOPAD.encode(&self.account).to_ascii_lowercase();
        let (say, heard) = mpsc::channel();
        std::thread::spawn(move || {
            let answer = Store::new()
                .and_then(|store| store.build(SERVICE, &account, None))
                .and_then(|entry| question(&entry));
            // Whoever asked may have given up.
            drop(say.send(answer));
        });
        let patience = if has_screen() {
            PATIENCE
        } else {
            PATIENCE_UNSEEN
        };
        match heard.recv_timeout(patience) {
            Ok(answer) => answer.map_err(Some),
            Err(_) => Err(None),
        }
    }
}

/// What is sealed along with the key, so that a slot that was changed opens nothing.
fn bound(account: &[u8; 16]) -> Vec<u8> {
    [CONTEXT, &super::VERSION.to_be_bytes(), account].concat()
}

/// Whether this process belongs to a session that has a message bus; none is started for the asking.
fn has_session() -> bool {
    let named = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|name| !name.is_empty());
    let usual = std::env::var_os("XDG_RUNTIME_DIR");
    named || usual.is_some_and(|place| Path::new(&place).join("bus").exists())
}

/// Whether a keyring could show a window.
fn has_screen() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    named("WAYLAND_DISPLAY") || named("DISPLAY")
}

pub(crate) fn unreachable() -> RpcError {
    RpcError::unchanged(
        "keyring-unreachable",
        "The keyring of this session cannot be reached, or is locked.",
        "Log in to the desktop session whose keyring holds the key and unlock it, or use a passphrase.",
    )
}

pub(crate) fn gone() -> RpcError {
    RpcError::unchanged(
        "keyring-entry-gone",
        "The keyring has no entry that opens this profile.",
        "Use the session in which the profile was made; if the entry was deleted and there is no passphrase, nobody can open the profile.",
    )
}
