//! Safety numbers: what two people compare to be sure that nobody stands between them.
//!
//! Sixty digits, thirty for each person, in an order that is the same for both. A half is made by
//! hashing the person's id 5,200 times with SHA-512, the cost that Signal's numbers have, so that
//! looking for a key with a similar number is dear (<https://signal.org/blog/safety-number-updates/>).

use sha2::{Digest, Sha512};

use crate::PersonId;

const ROUNDS: u32 = 5_200;
const DOMAIN: &[u8] = b"heliograph safety number v1";
/// Groups of five digits for one person.
const GROUPS: usize = 6;

fn half(person: &PersonId) -> String {
    let mut hash = Sha512::new()
        .chain_update(DOMAIN)
        .chain_update(person.bytes())
        .finalize();
    for _ in 1..ROUNDS {
        hash = Sha512::new()
            .chain_update(hash)
            .chain_update(person.bytes())
            .finalize();
    }
    let groups: Vec<String> = hash
        .chunks_exact(5)
        .take(GROUPS)
        .map(|five| {
            let number = five.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
            format!("{:05}", number % 100_000)
        })
        .collect();
    groups.join(" ")
}

/// The number of two people: twelve groups of five digits. Whoever asks, it is the same.
#[must_use]
pub fn safety_number(one: &PersonId, other: &PersonId) -> String {
    let mut halves = [half(one), half(other)];
    halves.sort();
    halves.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_see_one_number_and_every_other_pair_another() {
        let [anna, ben, mallory] = [1, 2, 3].map(|byte| PersonId::from_bytes([byte; 32]));
        let number = safety_number(&anna, &ben);
        assert_eq!(number, safety_number(&ben, &anna));
        assert_ne!(number, safety_number(&anna, &mallory));
        // Worked out with another implementation of SHA-512.
        assert_eq!(
            number,
            "05109 56619 38191 82978 47529 64676 54531 40947 70600 71735 38695 15208"
        );
    }
}
