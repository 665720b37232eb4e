//! Cards of one's own: published for strangers each week, and watched for those who knock.

use bytes::Bytes;
use heliograph_conversation::{
    Credentialed, forget_key_package, make_key_package, make_return_package, name_key_package,
};
use heliograph_delivery::{Bundle, Card, HELLO_SLOTS, seal, split, week_of};
use heliograph_store::{CardRow, CellOut, Step};
use heliograph_wire::{Class, EraseHash, Keep};
use serde::{Deserialize, Serialize};

use super::Engine;
use super::core::Core;
use super::detail::purpose;
use super::errors::{EngineError, from_cbor, to_cbor};
use super::homecoming::HELPERS;
use crate::{Changed, Refusal};

/// One-time key packages a week and card.
const PACKAGES: u32 = 8;
/// Domain of the bundle's signature.
pub(crate) const BUNDLE_CONTEXT: &[u8] = b"heliograph bundle v1";
/// Weeks for which private keys of key packages are kept after their own: a stranger may use last
/// week's bundle, and their hello lives for a fortnight.
const WEEKS_KEPT: u32 = 3;

/// A card, as stored.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CardDetail {
    /// The link, which holds the secret.
    pub(crate) link: String,
    /// Week that was published last, and at which `r` its bundle is.
    pub(crate) week: u32,
    /// Try at which the bundle was put.
    pub(crate) r: u32,
    /// Everything of that week is on the board.
    pub(crate) published: bool,
    /// What it is for.
    #[serde(default)]
    pub(crate) made_for: CardFor,
    /// Key packages whose private keys are kept, with the week they were published in.
    #[serde(default)]
    kept: Vec<(u32, serde_bytes::ByteBuf)>,
}

/// What a card is for; conversations are named as callers name them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CardFor {
    /// People who want to write to this person.
    #[default]
    Contacts,
    /// People who want to be let into a group.
    Group([u8; 16]),
    /// The invitation into the group that this person asked to be let into.
    Invitation([u8; 16]),
    /// An invitation into a group by the other person of a conversation of two, whose device asked for it.
    Asked([u8; 16]),
    /// The invitation back into a conversation that this device could not follow.
    Return([u8; 16]),
}

impl Engine {
    /// Makes a card; gives its number and link.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn make_card(&mut self, now_ms: i64, once: bool) -> Result<(i64, String), Refusal> {
        let made = self.command(now_ms, |core, tx| {
            core.create_card(tx, (once, CardFor::Contacts))
        })?;
        self.watch_cards()?;
        Ok(made)
    }

    /// Watches where strangers may knock at cards made just now.
    pub(super) fn watch_cards(&mut self) -> Result<(), Refusal> {
        let core = &mut self.core;
        self.store
            .view(|view| core.recall_cards(view))
            .map_err(EngineError::into_refusal)
    }

    /// Whether a stranger can use the card by now.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn card_published(&self, card: i64) -> Result<bool, Refusal> {
        self.store
            .view(|view| {
                let row = view.card(card)?;
                let row = row.ok_or_else(|| EngineError::bug("a card is gone"))?;
                Ok(from_cbor::<CardDetail>(&row.detail)?.published)
            })
            .map_err(EngineError::into_refusal)
    }

    /// Publishes cards again when a new week has begun. One that was asked for is not, and goes when no invitation by it
    /// can be read any more.
    pub(super) fn refresh_cards(&mut self) -> Result<(), EngineError> {
        let week = week_of(self.core.now);
        self.step(|core, tx| {
            for row in tx.cards()? {
                let detail: CardDetail = from_cbor(&row.detail)?;
                match detail.made_for {
                    _ if row.revoked || detail.week >= week => {}
                    // Its invitation may be under way still, as long as one can be read.
                    CardFor::Asked(_) if detail.week + WEEKS_KEPT >= week => {}
                    CardFor::Asked(_) => core.revoke(tx, row.id)?,
                    _ => core.publish(tx, row)?,
                }
            }
            Ok(())
        })
    }
}

impl Core {
    /// Makes a card and publishes it; gives its number and link.
    pub(super) fn create_card(
        &mut self,
        tx: &Step<'_>,
        (once, made_for): (bool, CardFor),
    ) -> Result<(i64, String), EngineError> {
        let secret = self.random();
        let person = *self.me.identity.get().person.bytes();
        let card = Card::new(self.board.clone(), person, once, secret);
        let link = card.encode();
        let detail = CardDetail {
            link: link.clone(),
            week: 0,
            r: 0,
            published: false,
            made_for,
            kept: Vec::new(),
        };
        let mut row = CardRow {
            id: 0,
            detail: to_cbor(&detail)?,
            revoked: false,
        };
        row.id = tx.insert_card(&row)?;
        let id = row.id;
        self.publish(tx, row)?;
        Ok((id, link))
    }

    /// Seals bundle and key packages of the present week.
    fn publish(&mut self, tx: &Step<'_>, mut row: CardRow) -> Result<(), EngineError> {
        let mut detail: CardDetail = from_cbor(&row.detail)?;
        let card = Card::decode(&detail.link).map_err(EngineError::bug)?;
        let week = week_of(self.now);
        tx.remove_cells_out(purpose::CARD, row.id)?;
        Self::forget_old_packages(tx, &mut detail, week)?;
        // Nobody is added by a group's link: who knocks there gives a card of their own.
        let packages = match detail.made_for {
            CardFor::Group(_) => 0,
            // One for each device that is asked: the first to be read is enough.
            CardFor::Return(_) => HELPERS.into(),
            _ if card.once => 1,
            _ => PACKAGES,
        };
        for i in 0..packages {
            let package = self.key_package(tx, (&mut detail, week), false)?;
            self.publish_package(tx, (row.id, &card), (week, i, &package))?;
        }
        let last_resort = if packages < PACKAGES {
            None
        } else {
            Some(self.key_package(tx, (&mut detail, week), true)?)
        };
        detail.week = week;
        detail.r = 0;
        detail.published = false;
        let bundle = Bundle {
            version: 1,
            week,
            chain: self.me.chain.clone(),
            last_resort,
            packages,
            hello_erase: self.hello_erase(&card, week),
        };
        self.publish_bundle(tx, (row.id, &card), (&bundle, 0))?;
        row.detail = to_cbor(&detail)?;
        Ok(tx.update_card(&row)?)
    }

    fn hello_erase(&self, card: &Card, week: u32) -> Vec<u8> {
        (0..HELLO_SLOTS)
            .flat_map(|slot| self.erase.hash(&card.hello_erase_seed(week, slot)).0)
            .collect()
    }

    fn key_package(
        &mut self,
        tx: &Step<'_>,
        (detail, week): (&mut CardDetail, u32),
        last_resort: bool,
    ) -> Result<Vec<u8>, EngineError> {
        let who = Credentialed {
            device: &self.me.device,
            chain: &self.me.chain,
        };
        let place = match detail.made_for {
            CardFor::Return(place) => tx.conversation_by_public(&place)?,
            _ => None,
        };
        let mls = tx.mls();
        let package = match place {
            Some(place) => make_return_package(&self.crypto, &mls, who, (&place.group, self.now)),
            None => make_key_package(&self.crypto, &mls, who, last_resort),
        };
        let package = package.map_err(EngineError::bug)?;
        let name = name_key_package(&self.crypto, &package).map_err(EngineError::bug)?;
        detail.kept.push((week, name.into()));
        Ok(package)
    }

    /// Deletes all private keys of a card's key packages; gives what is left to store.
    pub(crate) fn forget_packages(tx: &Step<'_>, row: &CardRow) -> Result<Vec<u8>, EngineError> {
        let mut detail: CardDetail = from_cbor(&row.detail)?;
        for (_, name) in detail.kept.drain(..) {
            forget_key_package(&tx.mls(), &name).map_err(EngineError::bug)?;
        }
        to_cbor(&detail)
    }

    /// Deletes private keys that no hello still under way can need.
    fn forget_old_packages(
        tx: &Step<'_>,
        detail: &mut CardDetail,
        week: u32,
    ) -> Result<(), EngineError> {
        for (_, name) in detail
            .kept
            .extract_if(.., |(of, _)| *of + WEEKS_KEPT < week)
        {
            forget_key_package(&tx.mls(), &name).map_err(EngineError::bug)?;
        }
        Ok(())
    }

    fn publish_package(
        &mut self,
        tx: &Step<'_>,
        (owner, card): (i64, &Card),
        (week, i, package): (u32, u32, &[u8]),
    ) -> Result<(), EngineError> {
        let pieces = split(package).ok_or_else(|| EngineError::bug("a key package is too long"))?;
        for (piece, f) in pieces.iter().zip(0_u32..) {
            let place = card.package(week, i, f);
            let body = seal(&place.key, &place.label, piece, Class::Small, &mut self.rng)
                .ok_or_else(|| EngineError::bug("a key package does not fit its cell"))?;
            // The first fragment is the one that is taken: its key is derived from the card.
            let erase = if f == 0 {
                card.package_erase(week, i).hash()
            } else {
                self.erase.hash(&place.label)
            };
            self.card_cell(tx, owner, (place.label.0, erase, body.bytes().clone()))?;
        }
        Ok(())
    }

    fn publish_bundle(
        &mut self,
        tx: &Step<'_>,
        (owner, card): (i64, &Card),
        (bundle, r): (&Bundle, u32),
    ) -> Result<(), EngineError> {
        let signed = bundle.signing_bytes();
        let signature = self.me.device.sign(BUNDLE_CONTEXT, &signed);
        let payload = Bundle::payload(signed, signature);
        let place = card.bundle(bundle.week, r);
        let body = seal(
            &place.key,
            &place.label,
            &payload,
            Class::Large,
            &mut self.rng,
        )
        .ok_or_else(|| EngineError::bug("a bundle does not fit its cell"))?;
        let erase = self.erase.hash(&place.label);
        self.card_cell(tx, owner, (place.label.0, erase, body.bytes().clone()))
    }

    fn card_cell(
        &mut self,
        tx: &Step<'_>,
        owner: i64,
        (label, erase, body): ([u8; 32], EraseHash, Bytes),
    ) -> Result<(), EngineError> {
        let cell = CellOut {
            label,
            lane: self.lane.0,
            keep: Keep::Fortnight.code(),
            erase_hash: erase.0,
            body: body.to_vec(),
            purpose: purpose::CARD,
            owner,
            stored: false,
        };
        tx.put_cell_out(&cell)?;
        self.put_cell(&cell)
    }

    /// A cell of a card was answered. Foreign bytes at the bundle's place move it to the next.
    pub(crate) fn card_cell_answered(
        &mut self,
        tx: &Step<'_>,
        cell: &CellOut,
        taken: bool,
    ) -> Result<(), EngineError> {
        let Some(mut row) = tx.card(cell.owner)? else {
            return Ok(());
        };
        let mut detail: CardDetail = from_cbor(&row.detail)?;
        let card = Card::decode(&detail.link).map_err(EngineError::bug)?;
        if taken {
            tx.remove_cell_out(&cell.label)?;
            let at = card.bundle(detail.week, detail.r);
            if at.label.0 == cell.label {
                self.move_bundle(tx, (row.id, &card), (cell, &mut detail))?;
            }
        }
        if tx.unstored_of(purpose::CARD, row.id)? == 0 {
            detail.published = true;
            self.out.changes.push(Changed::Cards);
        }
        row.detail = to_cbor(&detail)?;
        Ok(tx.update_card(&row)?)
    }

    fn move_bundle(
        &mut self,
        tx: &Step<'_>,
        (owner, card): (i64, &Card),
        (cell, detail): (&CellOut, &mut CardDetail),
    ) -> Result<(), EngineError> {
        let old = card.bundle(detail.week, detail.r);
        let body =
            heliograph_wire::Body::new(Bytes::from(cell.body.clone())).map_err(EngineError::bug)?;
        let payload = heliograph_delivery::open(&old.key, &old.label, &body)
            .ok_or_else(|| EngineError::bug("an own bundle does not open"))?;
        detail.r += 1;
        let place = card.bundle(detail.week, detail.r);
        let body = seal(
            &place.key,
            &place.label,
            &payload,
            Class::Large,
            &mut self.rng,
        )
        .ok_or_else(|| EngineError::bug("a bundle does not fit its cell"))?;
        let erase = self.erase.hash(&place.label);
        self.card_cell(tx, owner, (place.label.0, erase, body.bytes().clone()))
    }
}
