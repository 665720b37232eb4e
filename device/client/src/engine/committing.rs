//! Commits of one's own: what the next one changes, and its bodies on their way.

use heliograph_conversation::{Changed, Credentialed, GroupError};
use heliograph_delivery::{Invitation, PARCEL_MAX, never, pack};
use heliograph_store::{CellOut, Step};
use heliograph_wire::Keep;

use super::contact::ADDS_MAX;
use super::core::Core;
use super::detail::{PendingCommit, purpose};
use super::errors::EngineError;
use super::live::Live;

/// Whether the board's cells have room for a commit, and for the invitation of those whom it adds.
fn fits(changed: &Changed) -> bool {
    let invitation = changed.welcome.as_ref().map(|welcome| Invitation {
        tick: 0,
        hour: 0,
        welcome,
    });
    let invitation = invitation.map_or(0, |it| it.encode().len());
    changed.commit.len().max(invitation) <= PARCEL_MAX
}

impl Core {
    /// Makes the commit; gives it with the first contacts it completes. What cannot be added is given up, so that one bad
    /// key package stops nobody else.
    fn make_commit(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
    ) -> Result<(Changed, Vec<i64>), EngineError> {
        let mut most = ADDS_MAX;
        loop {
            let (change, bringing) = self.wanted(tx, live, most)?;
            let mut refused = None;
            let who = Credentialed {
                device: &self.me.device,
                chain: &self.me.chain,
            };
            let made = tx.attempt(|tx| {
                let now = self.now;
                let made = live
                    .group
                    .change(&self.crypto, &tx.mls(), who, (&change, now));
                let unfit = match &made {
                    Ok(changed) if fits(changed) => None,
                    Ok(_) => Some("group-full"),
                    Err(GroupError::Storage) => None,
                    Err(_) => Some("card-void"),
                };
                refused = unfit;
                match made {
                    Ok(changed) if unfit.is_none() => Ok(changed),
                    Ok(_) => Err(EngineError::bug("a commit is too long for its cells")),
                    Err(error) => Err(EngineError::bug(error)),
                }
            });
            match (made, refused) {
                (Ok(changed), _) => return Ok((changed, bringing)),
                (Err(_), Some(why)) if !bringing.is_empty() => {
                    self.reload_group(tx, live)?;
                    // Half of them, until it is plain whose package it is.
                    if bringing.len() == 1 {
                        self.give_up(tx, (&bringing, why))?;
                    }
                    most = (bringing.len() / 2).max(1);
                }
                (Err(error), _) => return Err(error),
            }
        }
    }

    /// Fresh keys for this leaf, and whoever is to be added or removed.
    pub(super) fn start_commit(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
    ) -> Result<(), EngineError> {
        let (changed, bringing) = self.make_commit(tx, live)?;
        let parcel = pack(&changed.commit, &mut self.rng)
            .ok_or_else(|| EngineError::bug("a commit is too long for its cells"))?;
        for sealed in &parcel.bodies {
            let cell = CellOut {
                label: sealed.label.0,
                lane: live.row.lane,
                keep: Keep::Fortnight.code(),
                erase_hash: never(&sealed.key).0,
                body: sealed.body.bytes().to_vec(),
                purpose: purpose::COMMIT_BODY,
                owner: live.row.id,
                stored: false,
            };
            tx.put_cell_out(&cell)?;
            self.put_cell(&cell)?;
            live.bodies.push(sealed.label);
        }
        live.pending = Some(PendingCommit {
            mls: changed.commit,
            head: parcel.head,
            slot: None,
            taken: false,
            bringing,
            welcome: changed.welcome,
        });
        live.save_pending(tx)?;
        self.put_head(tx, live)
    }
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_commit_fits_if_its_cells_and_those_of_its_invitation_do() {
        let changed = |commit, welcome: Option<usize>| Changed {
            commit: vec![0; commit],
            welcome: welcome.map(|length| vec![0; length]),
        };
        // An invitation is 13 bytes longer than its Welcome.
        for (good, changed) in [
            (true, changed(PARCEL_MAX, None)),
            (false, changed(PARCEL_MAX + 1, None)),
            (true, changed(1, Some(PARCEL_MAX - 13))),
            (false, changed(1, Some(PARCEL_MAX - 12))),
        ] {
            assert_eq!(fits(&changed), good);
        }
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([1; 32]);
        assert!(pack(&vec![0; PARCEL_MAX], &mut rng).is_some());
        assert!(pack(&vec![0; PARCEL_MAX + 1], &mut rng).is_none());
    }
}
