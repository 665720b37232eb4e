//! Asking to be let into a group: the same way as to a person, with a card of one's own in the hello in
//! place of a Welcome.

use heliograph_delivery::{Ask, Card};
use heliograph_store::{ContactRow, Step};

use super::{bad_card, read_bundle};
use crate::engine::Engine;
use crate::engine::asks::{ASK_CONTEXT, card_of_link};
use crate::engine::cards::CardFor;
use crate::engine::core::Core;
use crate::engine::detail::{Detail, State};
use crate::engine::errors::EngineError;
use crate::{Changed, ConversationId, Refusal};

impl Engine {
    /// Asks to be let into a group by its link. The conversation that is given waits, and becomes the
    /// group when this person is let in.
    ///
    /// # Errors
    /// A link that cannot be used.
    pub fn ask_to_join(&mut self, now_ms: i64, link: &str) -> Result<ConversationId, Refusal> {
        let card = Card::decode(&card_of_link(link)?).map_err(bad_card)?;
        let (contact, public) = self.command(now_ms, |core, tx| {
            core.check_owner(&card)?;
            let waits = Detail {
                asking: Some(card.person),
                ..Detail::default()
            };
            let title = "(waiting to be let in)";
            let (contact, public) = core.begin_contact(tx, &card, (title, &waits))?;
            core.out.changes.push(Changed::Conversation(public));
            Ok((contact, public))
        })?;
        if self.core.feed.in_step() {
            self.step(|core, tx| core.contact_go_on(tx, contact))
                .map_err(EngineError::into_refusal)?;
        }
        Ok(public)
    }

    /// Whether an ask lies where it is read, and how it ended if it cannot.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn ask_done(&self, id: ConversationId) -> Result<Option<Result<(), Refusal>>, Refusal> {
        let waits = self.read(|view| {
            let row = view.conversation_by_public(&id.0)?;
            let row = row.ok_or_else(Refusal::no_conversation)?;
            let asking = State::of(&row)? == State::Inviting;
            Ok(asking.then(|| view.contacts_of(row.id)).transpose()?)
        })?;
        match waits {
            Some(under_way) => Ok(under_way.is_empty().then_some(Ok(()))),
            None => self.contact_done(id),
        }
    }
}

impl Core {
    pub(super) fn is_asking(tx: &Step<'_>, row: &ContactRow) -> Result<bool, EngineError> {
        let Some(conversation) = tx.conversation(row.conversation)? else {
            return Ok(false);
        };
        Ok(Detail::of(&conversation)?.asking.is_some())
    }

    /// The link's bundle was read: knocks with a card of this person's, good for one invitation.
    pub(super) fn ask(
        &mut self,
        tx: &Step<'_>,
        (row, link): (&ContactRow, &Card),
        bundle: &[u8],
    ) -> Result<(), EngineError> {
        let Some(place) = tx.conversation(row.conversation)? else {
            return Ok(());
        };
        let made_for = CardFor::Invitation(place.public);
        let (_, card) = self.create_card(tx, (true, made_for))?;
        self.recall_cards(tx)?;
        let signing = Ask::signing_bytes(link, &card);
        let ask = Ask {
            card: &card,
            chain: &self.me.chain,
            signature: self.me.device.sign(ASK_CONTEXT, &signing),
        };
        let payload = ask
            .encode()
            .ok_or_else(|| EngineError::bug("an ask is too long"))?;
        let (bundle, _, _) = read_bundle(bundle)?;
        self.prepare_knock(tx, (row, link), (&payload, bundle.hello_erase))
    }
}
