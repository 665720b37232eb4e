//! A group's link, and those who ask by it to be let in: nobody is in before a member says so
//! (docs/protocol/delivery.md, Links to a group).

use heliograph_delivery::{Ask, Card};
use heliograph_store::{AskRow, Step, View};
use heliograph_trust::{identify_chain, verify_signature};

use super::Engine;
use super::cards::{CardDetail, CardFor};
use super::core::Core;
use super::detail::{Detail, State};
use super::errors::{EngineError, from_cbor};
use super::live::Live;
use super::queries::person as shown;
use crate::{AskInfo, Changed, ConversationId, Fault, Refusal};

/// Domain of the signature of whoever asks.
pub(super) const ASK_CONTEXT: &[u8] = b"heliograph ask v1";
/// What a group's link begins with; the rest is as of a card.
const LINK: &str = "heliograph://group/";
const CARD: &str = "heliograph://card/";
/// People who may wait to be let into a group.
const ASKS_MAX: usize = 256;
/// People of those turned away who are remembered, the last to ask.
const REFUSED_MAX: u32 = 256;

/// The card behind a group's link.
pub(super) fn card_of_link(link: &str) -> Result<String, Refusal> {
    let rest = link.trim().strip_prefix(LINK).ok_or_else(|| {
        Refusal::unchanged(
            "not-a-group-link",
            "This is not a link to a group: it should begin with heliograph://group/.",
            "Copy the whole link again. To write to a person by their card: `heliograph add CARD`.",
        )
    })?;
    Ok(format!("{CARD}{rest}"))
}

pub(super) fn not_let_in() -> Refusal {
    Refusal::new(
        "conversation-closed",
        Fault::User,
        "You asked to be let into this group, and nobody has let you in yet.",
        "Nothing was sent; the text is still where you wrote it.",
        "Wait, or ask somebody in the group by another way.",
    )
}

fn no_such_ask() -> Refusal {
    Refusal::unchanged(
        "unknown-person",
        "Nobody by this id waits to be let into this group.",
        "Look who waits: `heliograph group asks CONVERSATION`.",
    )
}

impl Engine {
    /// A link by which people can ask this device to be let into a group; the one there is, if there
    /// is one. Gives its card's number and the link.
    ///
    /// # Errors
    /// No open group, or a person who may not add anybody.
    pub fn group_link(
        &mut self,
        now_ms: i64,
        id: ConversationId,
    ) -> Result<(i64, String), Refusal> {
        let made = self.command(now_ms, |core, tx| {
            let row = Core::open_group(tx, id)?;
            core.check_adding(tx, &row)?;
            let there = links(tx, id)?.into_iter().next();
            let (number, link) = match there {
                Some((number, detail)) => (number, detail.link),
                None => core.create_card(tx, (false, CardFor::Group(id.0)))?,
            };
            let rest = link.strip_prefix(CARD).unwrap_or_default();
            Ok((number, format!("{LINK}{rest}")))
        })?;
        self.watch_cards()?;
        Ok(made)
    }

    /// Makes the link of a group void; gives how many there were. Who asked already still waits; who was turned away is
    /// forgotten, since they can ask by this link no more.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn unlink(&mut self, now_ms: i64, id: ConversationId) -> Result<usize, Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let links = links(tx, id)?;
            for (number, _) in &links {
                core.revoke(tx, *number)?;
            }
            tx.forget_refused(row.id, 0)?;
            Ok(links.len())
        })
    }

    /// Those who wait to be let into a group, the first one first.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn asks(&self, id: ConversationId) -> Result<Vec<AskInfo>, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let all = waiting(view, row.id)?.into_iter().map(|ask| AskInfo {
                person: shown(&ask.person),
                name: ask.name,
                at_ms: ask.at_ms,
            });
            Ok(all.collect())
        })
    }

    /// Lets somebody in who asked: they are brought in like anybody whose card this person has.
    ///
    /// # Errors
    /// Nobody of this id waits, no open group, or a person who may not add anybody.
    pub fn admit(
        &mut self,
        now_ms: i64,
        (id, person): (ConversationId, &str),
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = Core::open_group(tx, id)?;
            let ask = who_waits(tx, (row.id, person))?;
            let card = Card::decode(&ask.card).map_err(EngineError::bug)?;
            core.bring_owner(tx, (&row, &card))?;
            tx.remove_ask(row.id, &ask.person)?;
            core.out.changes.push(Changed::Conversation(id));
            Ok(())
        })
    }

    /// Turns somebody away; they are not told, and asking again by the same link does not show again.
    ///
    /// # Errors
    /// Nobody of this id waits.
    pub fn turn_away(
        &mut self,
        now_ms: i64,
        (id, person): (ConversationId, &str),
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let mut ask = who_waits(tx, (row.id, person))?;
            ask.refused = true;
            tx.set_ask(&ask)?;
            tx.forget_refused(row.id, REFUSED_MAX)?;
            core.out.changes.push(Changed::Conversation(id));
            Ok(())
        })
    }
}

/// Good links of a group, by their cards' numbers.
fn links(tx: &Step<'_>, id: ConversationId) -> Result<Vec<(i64, CardDetail)>, EngineError> {
    let mut out = Vec::new();
    for row in tx.cards()? {
        let detail: CardDetail = from_cbor(&row.detail)?;
        if !row.revoked && detail.made_for == CardFor::Group(id.0) {
            out.push((row.id, detail));
        }
    }
    Ok(out)
}

/// Those who wait: whoever is in the group by now does not.
pub(super) fn waiting(view: &View<'_>, conversation: i64) -> Result<Vec<AskRow>, EngineError> {
    let mut asks = view.asks(conversation)?;
    if asks.is_empty() {
        return Ok(asks);
    }
    let there = view.members(conversation)?;
    asks.retain(|ask| {
        let is_in = there.iter().any(|member| member.person == ask.person);
        !ask.refused && !is_in
    });
    Ok(asks)
}

/// The one of them that an id names.
fn who_waits(view: &View<'_>, (conversation, person): (i64, &str)) -> Result<AskRow, EngineError> {
    let mut asks = waiting(view, conversation)?.into_iter();
    let found = asks.find(|ask| shown(&ask.person) == person);
    found.ok_or_else(|| no_such_ask().into())
}

impl Core {
    /// Somebody knocked at a group's link. Anything but a good ask leaves no trace.
    pub(super) fn asked(
        &mut self,
        tx: &Step<'_>,
        (link, group): (i64, &[u8; 16]),
        payload: &[u8],
    ) -> Result<(), EngineError> {
        let Some(ask) = self.good_ask(tx, (link, group), payload)? else {
            self.counters.void_hellos += 1;
            return Ok(());
        };
        tx.set_ask(&ask)?;
        self.out
            .changes
            .push(Changed::Conversation(ConversationId(*group)));
        self.out.changes.push(Changed::Requests);
        Ok(())
    }

    /// Others are in the group: whoever came in by another way does not wait at the link any more.
    pub(super) fn settle_asks(&mut self, tx: &Step<'_>, live: &Live) -> Result<(), EngineError> {
        if tx.forget_asks_of_members(live.row.id)? > 0 {
            self.changed(live);
            self.out.changes.push(Changed::Requests);
        }
        Ok(())
    }

    fn good_ask(
        &self,
        tx: &Step<'_>,
        (link, group): (i64, &[u8; 16]),
        payload: &[u8],
    ) -> Result<Option<AskRow>, EngineError> {
        let (Some(ask), Some(watch)) = (Ask::parse(payload), self.cards.get(&link)) else {
            return Ok(None);
        };
        let row = tx.conversation_by_public(group)?;
        let (Some(row), Ok(card)) = (row, Card::decode(ask.card)) else {
            return Ok(None);
        };
        // The card must be theirs who ask, and theirs who ask must be the signature.
        let Ok(who) = identify_chain(ask.chain, Some(self.now)) else {
            return Ok(None);
        };
        let signing = Ask::signing_bytes(&watch.card, ask.card);
        let theirs = *who.get().person.bytes() == card.person
            && verify_signature(&who, ASK_CONTEXT, &signing, &ask.signature).is_ok();
        if !theirs || self.check_owner(&card).is_err() || State::of(&row)? != State::Open {
            return Ok(None);
        }
        let before = tx.asks(row.id)?;
        let known = before.iter().find(|ask| ask.person == card.person);
        let open = before.iter().filter(|ask| !ask.refused).count();
        let there = tx.members(row.id)?;
        let needless = there.iter().any(|member| member.person == card.person)
            || known.is_some_and(|ask| ask.refused)
            || (known.is_none() && open >= ASKS_MAX)
            || tx.is_blocked(&card.person)?;
        Ok((!needless).then(|| AskRow {
            conversation: row.id,
            person: card.person,
            name: who.get().name.to_string(),
            card: ask.card.to_owned(),
            at_ms: self.now,
            refused: false,
        }))
    }

    /// The invitation that this person asked for has come: if whoever's link it was invites into a
    /// group, the conversation that waited becomes it, or gives way to the one there was before.
    pub(super) fn let_in(
        &mut self,
        tx: &Step<'_>,
        (id, place): (i64, &[u8; 16]),
    ) -> Result<(), EngineError> {
        let (entered, waited) = (tx.conversation(id)?, tx.conversation_by_public(place)?);
        let (Some(entered), Some(waited)) = (entered, waited) else {
            return Ok(());
        };
        let (detail, asked) = (Detail::of(&entered)?, Detail::of(&waited)?.asking);
        if !detail.group || asked.is_none() || asked != detail.inviter {
            return Ok(());
        }
        // A draft above all: nothing that was typed goes with the conversation that waited.
        tx.pass_keeping_on(waited.id, id)?;
        if detail.timer_s > 0 {
            self.time_draft(tx, id)?;
        }
        tx.remove_conversation(waited.id)?;
        if entered.created_ms >= waited.created_ms {
            self.with_live(tx, id, |_, tx, live| {
                live.row.public = waited.public;
                Ok(tx.set_public(id, &waited.public)?)
            })?;
        }
        self.open_request(tx, id)
    }
}
