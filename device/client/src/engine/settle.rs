//! What a tick means for one conversation: commits first, repeated into the new epoch; then
//! messages, rescanning until no expected label is left; then in order of leaf and number.

use std::collections::BTreeSet;

use heliograph_conversation::OpenError;
use heliograph_delivery::{Joiner, Place, Seen, open};
use heliograph_store::{Order, Step};
use heliograph_wire::Label;

use super::bodies::Sought;
use super::core::Core;
use super::detail::State;
use super::errors::EngineError;
use super::live::Live;
use super::rule::Rule;
use super::rules::holds;
use super::tick_view::TickView;

impl Core {
    pub(crate) fn settle(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        view: &TickView<'_>,
    ) -> Result<(), EngineError> {
        let idle = matches!(live.state()?, State::Frozen | State::Declined);
        let early = if idle || holds(Rule::CommitsFirst) {
            Vec::new()
        } else {
            collect(self, tx, (live, view))?
        };
        if !idle {
            Self::see_own_bodies(tx, live, view)?;
        }
        let there = match idle {
            true => Vec::new(),
            false => devices(live),
        };
        if idle || !self.judge_slots(tx, live, view)? {
            return Ok(());
        }
        self.settle_members(tx, live, &there)?;
        let mut hits = collect(self, tx, (live, view))?;
        hits.extend(early);
        let leaves: BTreeSet<u32> = hits.iter().map(|(leaf, _)| *leaf).collect();
        for (leaf, place) in hits {
            let order = Order {
                tick: self.feed.place(view.number()),
                leaf,
                n: place.n,
            };
            if leaf == live.own_leaf {
                self.own_cell(tx, live, view, (&place, order))?;
            } else {
                self.their_cell(tx, live, view, (&place, order))?;
            }
            if live.state()? == State::Frozen {
                return Ok(());
            }
        }
        for leaf in leaves {
            if let Some(chain) = live.readers.get(&leaf) {
                tx.set_chain(live.row.id, leaf, &chain.to_bytes())?;
            }
        }
        self.drive_commit(tx, live)?;
        self.pump(tx, live)
    }

    /// Commits may have changed who is in: who is out is waited for no more, and who is in waits at no link.
    fn settle_members(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        before: &[[u8; 32]],
    ) -> Result<(), EngineError> {
        let now = devices(live);
        if now == before {
            return Ok(());
        }
        let here: BTreeSet<&[u8; 32]> = now.iter().collect();
        let gone = before.iter().filter(|device| !here.contains(device));
        let gone: Vec<[u8; 32]> = gone.copied().collect();
        self.await_no_more(tx, live, (&gone, false))?;
        self.settle_asks(tx, live)
    }

    /// A cell under a label of one's own: ours if the bytes equal what was put.
    fn own_cell(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        view: &TickView<'_>,
        (place, order): (&Place, Order),
    ) -> Result<(), EngineError> {
        let shown = match self.cell_at(view, &place.label)? {
            Sought::There(cell) => Some(cell.body),
            Sought::Void | Sought::Withheld => None,
        };
        let body: &[u8] = shown.as_ref().map_or(&[], |body| body.bytes());
        let whole = self.piece_of(tx, live, view, (place, order))?.is_some();
        let mut done = None;
        let mut foreign = false;
        for flying in &mut live.flying {
            match flying.outgoing.seen(&place.label, body) {
                Seen::NotOurs => continue,
                Seen::Foreign => foreign = true,
                Seen::Counted => {}
            }
            tx.set_outgoing(flying.seq, Some(&flying.outgoing.to_bytes()))?;
            if flying.outgoing.is_complete() {
                done = Some(flying.seq);
            }
            break;
        }
        if foreign {
            self.label_taken(tx, live)?;
        }
        match done {
            Some(seq) if whole => self.counted(tx, live, (seq, order)),
            // Readers gave it up among what a member put between its fragments.
            Some(seq) => self.seal_again(tx, live, seq),
            None => Ok(()),
        }
    }

    /// A cell under a label of another member.
    fn their_cell(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        view: &TickView<'_>,
        (place, order): (&Place, Order),
    ) -> Result<(), EngineError> {
        match self.piece_of(tx, live, view, (place, order))? {
            Some(mls) => self.open_message(tx, live, (&mls, order)),
            None => Ok(()),
        }
    }

    /// Adds a cell to what waits of its leaf; gives a message that it completes. Sender and readers
    /// do the same with the same cells, so they agree on what was said.
    fn piece_of(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        view: &TickView<'_>,
        (place, order): (&Place, Order),
    ) -> Result<Option<Vec<u8>>, EngineError> {
        let payload = match self.cell_at(view, &place.label)? {
            Sought::There(cell) => open(&place.key, &place.label, &cell.body),
            Sought::Withheld if order.leaf != live.own_leaf => {
                self.alarm(tx, "message-withheld", &live.row.public)?;
                None
            }
            _ => None,
        };
        let Some(payload) = payload else {
            self.counters.junk_cells += 1;
            return Ok(None);
        };
        let stored = tx.partial(live.row.id, order.leaf)?;
        let mut joiner = match &stored {
            Some(bytes) => Joiner::from_bytes(bytes)
                .map_err(|_| EngineError::bug("waiting fragments cannot be read"))?,
            None => Joiner::default(),
        };
        let message = joiner.push(&payload);
        if stored.is_some() || !joiner.is_empty() {
            let waiting = (!joiner.is_empty()).then(|| joiner.to_bytes());
            let erasable = live.detail.timer_s > 0;
            tx.set_partial(live.row.id, order.leaf, (waiting.as_deref(), erasable))?;
        }
        Ok(message)
    }

    /// An MLS message is whole.
    fn open_message(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (mls, order): (&[u8], Order),
    ) -> Result<(), EngineError> {
        // A refused message may have used up a ratchet step: undo exactly that much.
        let mut ours = None;
        let opened = tx.attempt(|tx| {
            let opened = live.group.open(&self.crypto, &tx.mls(), mls);
            opened.map_err(|error| {
                if let OpenError::Group(failed) = &error {
                    ours = Some(EngineError::bug(failed));
                }
                EngineError::bug(error)
            })
        });
        match (opened, ours) {
            (_, Some(failed)) => Err(failed),
            (Ok(opened), _) if opened.leaf == order.leaf => {
                self.said_to_us(tx, live, (&opened, order))
            }
            (Err(error @ EngineError::Store(_)), _) => Err(error),
            _ => {
                self.counters.junk_cells += 1;
                self.reload_group(tx, live)?;
                let detail = [live.row.public.as_slice(), &order.tick.to_be_bytes()].concat();
                self.alarm(tx, "unreadable-message", &detail)
            }
        }
    }

    /// After an attempt was undone the group in memory is ahead of the database.
    pub(crate) fn reload_group(&self, tx: &Step<'_>, live: &mut Live) -> Result<(), EngineError> {
        live.group = heliograph_conversation::Conversation::load(&tx.mls(), &live.row.group)
            .map_err(EngineError::bug)?
            .ok_or_else(|| EngineError::bug("a group is gone from the database"))?;
        Ok(())
    }
}

/// Devices that are in a conversation, by leaf.
fn devices(live: &Live) -> Vec<[u8; 32]> {
    let members = live.members.iter();
    members
        .map(|member| *member.identity.get().device.bytes())
        .collect()
}

/// Takes every expected place that the tick fills, sliding the windows until none is left. A place is used up only by
/// a cell that the board signed under its label: what merely looks like it from outside takes nobody's place.
fn collect(
    core: &mut Core,
    tx: &Step<'_>,
    (live, view): (&mut Live, &TickView<'_>),
) -> Result<Vec<(u32, Place)>, EngineError> {
    let mut hits: Vec<(u32, Place)> = Vec::new();
    loop {
        let before = hits.len();
        let watched: Vec<(u32, u32, Label)> = live
            .readers
            .iter()
            .flat_map(|(leaf, chain)| chain.watched().map(|(n, label)| (*leaf, n, label)))
            .filter(|(_, _, label)| view.find(label).is_some())
            .collect();
        let labels = watched.iter().map(|(_, _, label)| *label);
        let (there, denied) = core.standing(view, labels)?;
        let withheld =
            |(leaf, _, label): &(u32, u32, Label)| *leaf != live.own_leaf && denied.contains(label);
        if watched.iter().any(withheld) {
            core.alarm(tx, "message-withheld", &live.row.public)?;
        }
        for (leaf, n, label) in &watched {
            if there.contains(label)
                && let Some(chain) = live.readers.get_mut(leaf)
            {
                hits.extend(chain.take(*n).map(|place| (*leaf, place)));
            }
        }
        if hits.len() == before {
            break;
        }
    }
    hits.sort_by_key(|(leaf, place)| (*leaf, place.n));
    Ok(hits)
}
