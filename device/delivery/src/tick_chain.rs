//! Checking a lane's tick chain: one signed history, dense, the same for everyone
//! (docs/protocol/delivery.md, The tick chain).
//!
//! Devices name the newest tick they saw in every message, so two devices that are shown different
//! histories find out at the next message.

use ed25519_dalek::{Signature, VerifyingKey};
use heliograph_wire::{Heartbeat, LaneId, LeafHash, SignedTick, TickHash, merkle};

/// A rule that the board broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// Not signed by the board's key.
    #[error("the board showed a tick that its key did not sign")]
    Signature,
    /// Of another lane.
    #[error("the board showed a tick of another lane")]
    Lane,
    /// Numbers or parts are missing.
    #[error("the board left out part of its record")]
    Gap,
    /// The items are not those that were signed.
    #[error("the board showed other cells than those it signed for")]
    Root,
    /// Two different ticks of one number.
    #[error("the board showed two different histories")]
    Fork,
    /// An older end than before.
    #[error("the board went back behind what it had shown before")]
    Rollback,
}

/// Outcome of comparing a tick that somebody else saw with one's own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The same history.
    Same,
    /// Outside what is remembered here.
    Unknown,
    /// Not signed by the board: the one who named it is wrong, the board is not accused.
    Unsigned,
    /// The board signed two different ticks of this number.
    Fork,
}

/// The newest tick of a lane that this device accepted.
#[derive(Clone)]
pub struct TickChain {
    key: VerifyingKey,
    lane: LaneId,
    head: Option<SignedTick>,
    /// The tick, with its signature, that was last found to be signed.
    signed: Option<SignedTick>,
}

impl TickChain {
    /// A chain with nothing read; `None` if `key` is not an Ed25519 key.
    #[must_use]
    pub fn new(key: &[u8; 32], lane: LaneId, head: Option<SignedTick>) -> Option<Self> {
        Some(Self {
            key: VerifyingKey::from_bytes(key).ok()?,
            lane,
            head,
            signed: None,
        })
    }

    /// The same board and lane, with nothing read.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self {
            head: None,
            signed: None,
            ..*self
        }
    }

    /// The newest tick.
    #[must_use]
    pub fn head(&self) -> Option<&SignedTick> {
        self.head.as_ref()
    }

    /// Its number; 0 before the first.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.head.map_or(0, |tick| tick.head.number)
    }

    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), ChainFault> {
        self.key
            .verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| ChainFault::Signature)
    }

    /// Checks signature and lane.
    ///
    /// # Errors
    /// [`ChainFault::Signature`], [`ChainFault::Lane`].
    pub fn check_signature(&self, tick: &SignedTick) -> Result<(), ChainFault> {
        if tick.head.lane != self.lane {
            return Err(ChainFault::Lane);
        }
        self.verify(&tick.head.signing_bytes(), &tick.signature)
    }

    /// [`TickChain::check_signature`], whose work is done once for all parts of one tick.
    ///
    /// # Errors
    /// [`ChainFault::Signature`], [`ChainFault::Lane`].
    pub fn check_part(&mut self, tick: &SignedTick) -> Result<(), ChainFault> {
        if self.signed != Some(*tick) {
            self.check_signature(tick)?;
            self.signed = Some(*tick);
        }
        Ok(())
    }

    /// Checks that `tick` is the next one and announces exactly the cells with these leaves.
    ///
    /// # Errors
    /// Any [`ChainFault`].
    pub fn check_next(&mut self, tick: &SignedTick, leaves: &[LeafHash]) -> Result<(), ChainFault> {
        self.check_part(tick)?;
        if self.number().checked_add(1) != Some(tick.head.number) {
            return Err(ChainFault::Gap);
        }
        let before = self.head.map_or(TickHash([0; 32]), |head| head.hash());
        if tick.head.previous != before {
            return Err(ChainFault::Fork);
        }
        if tick.head.items as usize != leaves.len() || tick.head.root != merkle::root(leaves) {
            return Err(ChainFault::Root);
        }
        Ok(())
    }

    /// Accepts `tick` as the newest: after [`TickChain::check_next`], or as a new device's start.
    pub fn adopt(&mut self, tick: SignedTick) {
        self.head = Some(tick);
    }

    /// Checks a heartbeat: signed, and of the very tick that was accepted under its number. One
    /// that is behind passes, because a span may have overtaken it on the connection; one that is
    /// ahead passes, because ticks may be waiting. Going back for good shows when Follow is
    /// answered, leaving out a tick at the next one.
    ///
    /// # Errors
    /// [`ChainFault`].
    pub fn check_heartbeat(&self, beat: &Heartbeat) -> Result<(), ChainFault> {
        self.check_signature(&beat.tick)?;
        self.verify(&beat.tick.head.heartbeat_bytes(beat.hour), &beat.signature)?;
        match self.head {
            Some(head) if beat.tick.head.number == head.head.number => {
                if beat.tick.hash() == head.hash() {
                    Ok(())
                } else {
                    Err(ChainFault::Fork)
                }
            }
            _ => Ok(()),
        }
    }

    /// Compares a tick that a member names with the hash remembered here for its number.
    #[must_use]
    pub fn compare(&self, named: &SignedTick, remembered: Option<[u8; 32]>) -> Compared {
        match remembered {
            None => Compared::Unknown,
            Some(hash) if hash == named.hash().0 => Compared::Same,
            Some(_) if self.check_signature(named).is_err() => Compared::Unsigned,
            Some(_) => Compared::Fork,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use heliograph_wire::TickHead;

    fn board() -> SigningKey {
        SigningKey::from_bytes(&[4; 32])
    }

    fn tick(number: u64, previous: TickHash, leaves: &[LeafHash]) -> SignedTick {
        let head = TickHead {
            lane: LaneId(0),
            number,
            previous,
            root: merkle::root(leaves),
            issuer: [0; 32],
            items: u32::try_from(leaves.len()).unwrap(),
        };
        let signature = board().sign(&head.signing_bytes()).to_bytes();
        SignedTick { head, signature }
    }

    fn chain() -> TickChain {
        TickChain::new(&board().verifying_key().to_bytes(), LaneId(0), None).unwrap()
    }

    #[test]
    fn each_broken_rule_has_its_name() {
        let mut chain = chain();
        let leaves = [LeafHash([1; 32])];
        let first = tick(1, TickHash([0; 32]), &leaves);
        assert_eq!(chain.check_next(&first, &leaves), Ok(()));
        assert_eq!(
            chain.check_next(&first, &[LeafHash([2; 32])]),
            Err(ChainFault::Root)
        );
        let mut forged = first;
        forged.signature[0] ^= 1;
        assert_eq!(
            chain.check_next(&forged, &leaves),
            Err(ChainFault::Signature)
        );
        chain.adopt(first);
        assert_eq!(
            chain.check_next(&tick(3, first.hash(), &[]), &[]),
            Err(ChainFault::Gap)
        );
        assert_eq!(
            chain.check_next(&tick(2, TickHash([7; 32]), &[]), &[]),
            Err(ChainFault::Fork)
        );
    }

    #[test]
    fn two_signed_ticks_of_one_number_are_a_fork_and_an_unsigned_one_accuses_nobody() {
        let chain = chain();
        let (one, two) = (
            tick(5, TickHash([1; 32]), &[]),
            tick(5, TickHash([2; 32]), &[]),
        );
        assert_eq!(chain.compare(&one, None), Compared::Unknown);
        assert_eq!(chain.compare(&one, Some(one.hash().0)), Compared::Same);
        assert_eq!(chain.compare(&one, Some(two.hash().0)), Compared::Fork);
        let mut unsigned = one;
        unsigned.signature = [0; 64];
        assert_eq!(
            chain.compare(&unsigned, Some(two.hash().0)),
            Compared::Unsigned
        );
    }

    fn beat(tick: SignedTick, hour: u32) -> Heartbeat {
        let bytes = tick.head.heartbeat_bytes(hour);
        Heartbeat {
            tick,
            hour,
            signature: board().sign(&bytes).to_bytes(),
        }
    }

    #[test]
    fn a_heartbeat_may_not_contradict_the_head_and_covers_its_hour() {
        let mut chain = chain();
        let one = tick(1, TickHash([0; 32]), &[]);
        let two = tick(2, one.hash(), &[]);
        assert_eq!(chain.check_heartbeat(&beat(one, 5)), Ok(()));
        chain.adopt(two);
        assert_eq!(chain.check_heartbeat(&beat(two, 5)), Ok(()));
        assert_eq!(chain.check_heartbeat(&beat(one, 5)), Ok(()));
        let other = tick(2, TickHash([9; 32]), &[]);
        assert_eq!(
            chain.check_heartbeat(&beat(other, 5)),
            Err(ChainFault::Fork)
        );
        let mut later = beat(two, 5);
        later.hour = 6;
        assert_eq!(chain.check_heartbeat(&later), Err(ChainFault::Signature));
    }

    #[test]
    fn a_tick_of_another_lane_or_with_a_cell_left_out_is_refused() {
        let mut chain = chain();
        let leaves = [LeafHash([1; 32]), LeafHash([2; 32])];
        let first = tick(1, TickHash([0; 32]), &leaves);
        assert_eq!(
            chain.check_next(&first, &leaves[..1]),
            Err(ChainFault::Root)
        );
        let key = board().verifying_key().to_bytes();
        let mut other = TickChain::new(&key, LaneId(1), None).unwrap();
        assert_eq!(other.check_next(&first, &leaves), Err(ChainFault::Lane));
    }

    #[test]
    fn one_good_tick_vouches_for_no_other_and_for_no_other_signature() {
        let mut chain = chain();
        let first = tick(1, TickHash([0; 32]), &[]);
        assert_eq!(chain.check_part(&first), Ok(()));
        let mut altered = [first; 2];
        altered[0].signature[0] ^= 1;
        altered[1].head.root[0] ^= 1;
        for altered in altered {
            assert_eq!(chain.check_part(&altered), Err(ChainFault::Signature));
            assert_eq!(chain.check_next(&altered, &[]), Err(ChainFault::Signature));
        }
        assert_eq!(chain.check_next(&first, &[]), Ok(()));
    }

    #[test]
    fn nothing_follows_the_highest_number() {
        let mut chain = chain();
        let last = tick(u64::MAX, TickHash([0; 32]), &[]);
        chain.adopt(last);
        let again = tick(u64::MAX, last.hash(), &[]);
        assert_eq!(chain.check_next(&again, &[]), Err(ChainFault::Gap));
    }
}
