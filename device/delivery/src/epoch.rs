//! From an epoch's exported secret to all its labels (docs/protocol/delivery.md, Labels and sealing).

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::chain::{ReaderChain, SenderChain};
use crate::slots::Slots;

/// Everything a device keeps of an epoch. The exported secret itself is not part of it.
pub struct EpochKeys {
    /// Chain of this device's own leaf, for sealing.
    pub own: SenderChain,
    /// Chain of every leaf, the own one included, for reading.
    pub readers: Vec<(u32, ReaderChain)>,
    /// Commit slots.
    pub slots: Slots,
}

fn expand(secret: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    // `expand` from a pseudo-random key: the exporter's output is one already (RFC 5869, 3.3).
    #[expect(
        clippy::expect_used,
        reason = "the exporter gives at least 32 bytes and 32 are asked for; both are in range"
    )]
    Hkdf::<Sha256>::from_prk(secret)
        .expect("an exported secret is at least one hash long")
        .expand_multi_info(info, &mut out)
        .expect("32 bytes are fewer than 255 hashes");
    out
}

/// Derives an epoch's chains and slots from its exported secret (at least 32 bytes, erased by the
/// caller in the same step) for the leaves of its tree.
#[must_use]
pub fn enter(exported: &[u8], own: u32, leaves: &[u32]) -> EpochKeys {
    let prk = Zeroizing::new(if exported.len() >= 32 {
        exported.to_vec()
    } else {
        crate::secret::sha256(exported).to_vec()
    });
    let sender = |leaf: u32| expand(&prk, &[b"sender", &leaf.to_be_bytes()]);
    EpochKeys {
        own: SenderChain::new(sender(own)),
        readers: leaves
            .iter()
            .map(|leaf| (*leaf, ReaderChain::new(sender(*leaf))))
            .collect(),
        slots: Slots::new(expand(&prk, &[b"commit"])),
    }
}
