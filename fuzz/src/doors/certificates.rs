//! Certificates and names of people whom nobody has vouched for.

use heliograph_trust::{CertificateChain, DisplayName, identify_chain, verify_chain};

/// Some time when certificates in the seeds are good.
const NOW: i64 = 1_795_000_000_000;

/// The certificates of a leaf, a bundle or a key package.
pub fn chains(data: &[u8]) -> bool {
    let timeless = identify_chain(data, None);
    let timed = identify_chain(data, Some(NOW));
    let Ok(chain) = CertificateChain::decode(data) else {
        assert!(timeless.is_err() && timed.is_err());
        return false;
    };
    assert!(chain.encode() == data);
    #[cfg(feature = "planted")]
    crate::planted::chain(&chain);
    if let Ok(identity) = &timed {
        assert!(timeless.as_ref() == Ok(identity));
    }
    let Ok(identity) = timeless else {
        return false;
    };
    let key = *identity.get().device_key();
    assert!(verify_chain(data, &key, None).as_ref() == Ok(&identity));
    assert!(verify_chain(data, &key.map(|byte| !byte), None).is_err());
    let name = &identity.get().name;
    assert!(DisplayName::parse(name.as_str()).as_ref() == Ok(name));
    true
}

/// A name: cleaned once, it stays as it is.
pub fn names(data: &[u8]) -> bool {
    let Ok(name) = DisplayName::parse(&String::from_utf8_lossy(data)) else {
        return false;
    };
    assert!((1..=64).contains(&name.as_str().chars().count()));
    assert!(DisplayName::parse(name.as_str()) == Ok(name));
    true
}
