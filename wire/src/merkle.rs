//! The Merkle tree over a tick's leaves, in the shape of RFC 6962 section 2.1 (leaf and node
//! hashes have different prefixes, so a node can never pass for a leaf).

use crate::hash::sha256;
use crate::{LeafHash, MERKLE_LEVELS_MAX};

fn leaf_node(leaf: &LeafHash) -> [u8; 32] {
    sha256(&[&[0], &leaf.0])
}

fn inner_node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256(&[&[1], left, right])
}

/// Lifts one level; an odd last node moves up unchanged.
fn lift(level: &[[u8; 32]]) -> Vec<[u8; 32]> {
    level
        .chunks(2)
        .map(|pair| match pair {
            [left, right] => inner_node(left, right),
            [only] => *only,
            _ => sha256(&[]),
        })
        .collect()
}

/// Root over `leaves`; SHA-256 of nothing for an empty tree.
#[must_use]
pub fn root(leaves: &[LeafHash]) -> [u8; 32] {
    let mut level: Vec<[u8; 32]> = leaves.iter().map(leaf_node).collect();
    while level.len() > 1 {
        level = lift(&level);
    }
    level.first().copied().unwrap_or_else(|| sha256(&[]))
}

/// A whole tree, for whoever asks for more than one path.
pub struct Tree(Vec<Vec<[u8; 32]>>);

impl Tree {
    /// Hashes all of it.
    #[must_use]
    pub fn new(leaves: &[LeafHash]) -> Self {
        let mut level: Vec<[u8; 32]> = leaves.iter().map(leaf_node).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = lift(&level);
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self(levels)
    }

    /// Sibling hashes from the leaf at `index` up to the root; `None` if there is no such leaf.
    #[must_use]
    pub fn path(&self, index: usize) -> Option<Vec<[u8; 32]>> {
        self.0.first()?.get(index)?;
        let below_root = self.0.len().saturating_sub(1);
        let levels = self.0.iter().take(below_root).enumerate();
        let siblings = levels.filter_map(|(height, level)| level.get((index >> height) ^ 1));
        Some(siblings.copied().collect())
    }
}

/// See [`Tree::path`].
#[must_use]
pub fn path(leaves: &[LeafHash], index: usize) -> Option<Vec<[u8; 32]>> {
    Tree::new(leaves).path(index)
}

/// Whether `leaf` stands at `index` among `count` leaves under `root`, as `path` claims.
#[must_use]
pub fn verify(
    leaf: &LeafHash,
    index: usize,
    count: usize,
    path: &[[u8; 32]],
    root: &[u8; 32],
) -> bool {
    if index >= count || path.len() > MERKLE_LEVELS_MAX {
        return false;
    }
    let (mut at, mut width, mut node) = (index, count, leaf_node(leaf));
    let mut siblings = path.iter();
    while width > 1 {
        if at ^ 1 < width {
            let Some(sibling) = siblings.next() else {
                return false;
            };
            node = if at % 2 == 0 {
                inner_node(&node, sibling)
            } else {
                inner_node(sibling, &node)
            };
        }
        at /= 2;
        width = width.div_ceil(2);
    }
    siblings.next().is_none() && node == *root
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaves(count: usize) -> Vec<LeafHash> {
        (0..count)
            .map(|i| LeafHash(sha256(&[&i.to_be_bytes()])))
            .collect()
    }

    proptest! {
        #[test]
        fn every_leaf_proves_its_place_and_no_other(count in 1usize..70, at in 0usize..70, other in 0usize..70) {
            let all = leaves(count);
            let at = at % count;
            let proof = path(&all, at).unwrap();
            prop_assert!(verify(&all[at], at, count, &proof, &root(&all)));
            let other = other % count;
            if other != at {
                prop_assert!(!verify(&all[other], at, count, &proof, &root(&all)));
                prop_assert!(!verify(&all[at], other, count, &proof, &root(&all)));
            }
        }
    }

    #[test]
    fn a_path_with_a_level_too_many_or_too_few_is_refused() {
        let all = leaves(8);
        let mut proof = path(&all, 3).unwrap();
        proof.push([0; 32]);
        assert!(!verify(&all[3], 3, 8, &proof, &root(&all)));
        proof.truncate(2);
        assert!(!verify(&all[3], 3, 8, &proof, &root(&all)));
        assert!(path(&all, 8).is_none());
    }

    #[test]
    fn swapping_two_leaves_changes_the_root() {
        let mut all = leaves(5);
        let before = root(&all);
        all.swap(1, 2);
        assert_ne!(before, root(&all));
    }
}
