//! What is judged here is what the product is built from: the same lines, and the same versions below them.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeSet;
use std::path::Path;

fn text(name: &str) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(here.join(name)).unwrap()
}

fn line<'a>(manifest: &'a str, name: &str) -> Option<&'a str> {
    manifest
        .lines()
        .find(|line| line.starts_with(&format!("{name} = ")))
}

/// Versions of a crate in a lock file.
fn locked(lock: &str, name: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = lock.lines().collect();
    let named = format!("name = \"{name}\"");
    lines
        .windows(2)
        .filter(|two| two[0] == named)
        .map(|two| two[1].to_owned())
        .collect()
}

#[test]
fn the_library_is_the_one_of_the_product() {
    let (here, product) = (text("Cargo.toml"), text("../Cargo.toml"));
    for name in [
        "openmls",
        "openmls_traits",
        "openmls_basic_credential",
        "openmls_libcrux_crypto",
    ] {
        assert!(line(&here, name).is_some(), "{name}");
        assert_eq!(line(&here, name), line(&product, name));
    }
}

#[test]
fn the_primitives_below_it_are_those_of_the_product() {
    let (here, product) = (text("Cargo.lock"), text("../Cargo.lock"));
    for name in [
        "hpke-rs",
        "hpke-rs-libcrux",
        "libcrux-kem",
        "libcrux-ml-kem",
        "libcrux-ecdh",
        "libcrux-aead",
        "tls_codec",
    ] {
        assert!(!locked(&here, name).is_empty(), "{name}");
        assert_eq!(locked(&here, name), locked(&product, name), "{name}");
    }
}
