//! A group in which everybody has committed: every node of its tree has a key.
//!
//! People come in pairs of neighbouring leaves, and one of each pair commits at once. That gives every node above them a key, as
//! if both had: a commit renews the whole path from its leaf to the root.

use heliograph_conversation::{
    Adding, Change, Conversation, Crypto, EditWindow, GroupRules, Portrait, Subject, Timer,
    make_key_package, read_welcome,
};
use heliograph_trust::{Description, DisplayName};
use openmls_memory_storage::MemoryStorage;
use rand_chacha::ChaCha20Rng;

use crate::seal::{Party, now_ms};

/// The organiser's side.
pub(crate) struct Warm {
    pub(crate) organiser: Party,
    pub(crate) group: Conversation,
}

impl Warm {
    fn new(crypto: &Crypto, id: &[u8; 32], rng: &mut ChaCha20Rng) -> Self {
        let organiser = Party::new("Organiser", rng);
        let subject = Subject::Group(GroupRules {
            title: DisplayName::parse("Everybody").unwrap(),
            admins: [organiser.person].into(),
            adding: Adding::Admins,
            timer: Timer::OFF,
            description: Description::default(),
            picture: Portrait::default(),
            edits: EditWindow::ALWAYS,
        });
        let about = (id, &subject);
        let made = Conversation::create(crypto, &organiser.storage, organiser.who(), about);
        Self {
            organiser,
            group: made.unwrap(),
        }
    }

    /// A group of so many people.
    pub(crate) fn grown(
        crypto: &Crypto,
        (id, people): (&[u8; 32], usize),
        rng: &mut ChaCha20Rng,
    ) -> Self {
        let mut warm = Self::new(crypto, id, rng);
        // Leaf 1 is the organiser's neighbour; then whole pairs.
        warm.take_in(crypto, 1, rng);
        let mut there = 2;
        while there < people {
            let more = (people - there).min(2);
            warm.take_in(crypto, more, rng);
            there += more;
        }
        warm.renew(crypto);
        warm
    }

    /// People come in, and the first of them commits.
    fn take_in(&mut self, crypto: &Crypto, people: usize, rng: &mut ChaCha20Rng) {
        let come: Vec<Party> = (0..people).map(|_| Party::new("Member", rng)).collect();
        let packages = come.iter().map(|party| {
            let package = make_key_package(crypto, &party.storage, party.who(), false);
            package.unwrap()
        });
        let change = Change {
            adds: packages.collect(),
            ..Change::default()
        };
        let (_, welcome) = self.change(crypto, &change);
        let first = &come[0];
        let storage: &MemoryStorage = &first.storage;
        let joining = read_welcome(crypto, storage, &welcome.unwrap(), now_ms()).unwrap();
        let mut theirs = joining.enter(crypto, storage).unwrap();
        let renewed = theirs
            .change(crypto, storage, first.who(), (&Change::default(), now_ms()))
            .unwrap();
        self.group
            .apply(crypto, &self.organiser.storage, &renewed.commit)
            .unwrap();
    }

    /// The organiser commits; gives the commit and the Welcome, if somebody comes.
    pub(crate) fn change(
        &mut self,
        crypto: &Crypto,
        change: &Change,
    ) -> (Vec<u8>, Option<Vec<u8>>) {
        let storage = &self.organiser.storage;
        let who = self.organiser.who();
        let made = self
            .group
            .change(crypto, storage, who, (change, now_ms()))
            .unwrap();
        self.group.apply_own(crypto, storage).unwrap();
        (made.commit, made.welcome)
    }

    /// The organiser renews their own keys; gives the bytes of the commit.
    pub(crate) fn renew(&mut self, crypto: &Crypto) -> usize {
        self.change(crypto, &Change::default()).0.len()
    }
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_commit_in_a_tree_of_which_every_node_has_a_key_is_short() {
        let (crypto, mut rng) = (Crypto::new().unwrap(), ChaCha20Rng::from_seed([11; 32]));
        let mut warm = Warm::grown(&crypto, (&[1; 32], 32), &mut rng);
        let renewed = warm.renew(&crypto);
        // Five levels; a cold tree of 32 would carry 31 sealed secrets of a kilobyte each.
        assert!(renewed < 20_000, "{renewed}");
    }
}
