//! A stranger knocks: a Welcome at a place that only holders of the card can compute.

use heliograph_conversation::{JoinError, Subject, read_welcome};
use heliograph_delivery::{Head, Invitation, open};
use heliograph_store::{ConversationRow, Step, StoreError};

use super::bodies::Sought;
use super::cards::{CardDetail, CardFor};
use super::contact::may_invite;
use super::core::Core;
use super::detail::{Detail, State, purpose};
use super::errors::{EngineError, Past, from_cbor};
use super::rule::Rule;
use super::rules::holds;
use super::tick_view::TickView;
use crate::Changed;

/// Requests that may be open at once; more wait until some are answered or expire.
const REQUESTS_MAX: usize = 256;

impl Core {
    /// Reads a hello; gives the conversation it opens, if it is acceptable.
    pub(crate) fn hello(
        &mut self,
        tx: &Step<'_>,
        view: &TickView<'_>,
        (card, day, slot): (i64, u32, u32),
    ) -> Result<Option<i64>, EngineError> {
        let Some(watch) = self.cards.get(&card) else {
            return Ok(None);
        };
        let place = watch.card.hello(day, slot);
        let (once, made_for) = (watch.card.once, watch.made_for);
        let Sought::There(cell) = self.cell_at(view, &place.label)? else {
            return Ok(None);
        };
        let payload = open(&place.key, &place.label, &cell.body);
        let head = payload.and_then(|payload| Head::parse(&payload));
        let welcome = match head {
            Some(Head::Inline(welcome)) => Some(welcome),
            Some(head) => match self.join_bodies(&head, (0, view.number()), |_, _| true)? {
                Sought::There(welcome) => Some(welcome),
                Sought::Void | Sought::Withheld => None,
            },
            None => None,
        };
        if let CardFor::Group(group) = made_for {
            self.asked(tx, (card, &group), welcome.as_deref().unwrap_or_default())?;
            return Ok(None);
        }
        let invitation = welcome.as_deref().and_then(Invitation::parse);
        // An epoch that begins after its own invitation is no epoch.
        let invitation = invitation.filter(|invitation| invitation.tick <= view.number());
        let joined = match &invitation {
            Some(invitation) => self.join(tx, (invitation, made_for))?,
            None => None,
        };
        let (Some(id), Some(invitation)) = (joined, invitation) else {
            self.counters.void_hellos += 1;
            return Ok(None);
        };
        if once {
            self.revoke(tx, card)?;
        }
        self.read_back(tx, view, (id, &invitation))?;
        match made_for {
            CardFor::Invitation(place) => self.let_in(tx, (id, &place))?,
            // It was open before, and nobody has to be asked again.
            CardFor::Return(_) => self.open_request(tx, id)?,
            CardFor::Contacts | CardFor::Group(_) | CardFor::Asked(_) => {}
        }
        Ok(Some(id))
    }

    /// What was said since the epoch began that an invitation leads to.
    fn read_back(
        &mut self,
        tx: &Step<'_>,
        view: &TickView<'_>,
        (id, invitation): (i64, &Invitation<'_>),
    ) -> Result<(), EngineError> {
        let (since, until) = (invitation.tick, view.number());
        if since == 0 || since >= until || !holds(Rule::ReadBack) {
            return Ok(());
        }
        if let Some(past) = self.ring.between(since, until - 1) {
            for (number, items) in past {
                let view = TickView::new(number, &items);
                self.with_live(tx, id, |core, tx, live| core.settle(tx, live, &view))?;
            }
            return Ok(());
        }
        let hour = invitation.hour.saturating_sub(1);
        if self.may_read_again(until, Past { since, hour }) {
            return Err(EngineError::Past(Past { since, hour }));
        }
        let row = tx.conversation(id)?;
        self.alarm(
            tx,
            "invitation-late",
            &row.map_or([0; 16], |row| row.public),
        )
    }

    pub(super) fn revoke(&mut self, tx: &Step<'_>, card: i64) -> Result<(), EngineError> {
        if let Some(mut row) = tx.card(card)? {
            row.revoked = true;
            row.detail = Self::forget_packages(tx, &row)?;
            tx.remove_cells_out(purpose::CARD, card)?;
            self.forget_card(card);
            let made_for = from_cbor::<CardDetail>(&row.detail)?.made_for;
            if matches!(made_for, CardFor::Asked(_)) {
                // Others cause these: no row of one is left.
                return Ok(tx.remove_card(card)?);
            }
            tx.update_card(&row)?;
        }
        Ok(())
    }

    /// Enters the stranger's group. Nothing goes back before the person accepts.
    fn join(
        &mut self,
        tx: &Step<'_>,
        (invitation, made_for): (&Invitation<'_>, CardFor),
    ) -> Result<Option<i64>, EngineError> {
        let mut asked = 0;
        for row in tx.conversations()? {
            asked += usize::from(State::of(&row)? == State::Request);
        }
        if asked >= REQUESTS_MAX {
            self.alarm(tx, "too-many-requests", &[])?;
            return Ok(None);
        }
        let entered = tx.attempt(|tx| self.enter(tx, (invitation, made_for)));
        match entered {
            Ok(id) => {
                self.out.changes.push(Changed::Requests);
                Ok(Some(id))
            }
            Err(Knock::Void) => Ok(None),
            Err(Knock::Engine(error)) => Err(error),
        }
    }

    fn enter(
        &mut self,
        tx: &Step<'_>,
        (invitation, made_for): (&Invitation<'_>, CardFor),
    ) -> Result<i64, Knock> {
        let joining = read_welcome(&self.crypto, &tx.mls(), invitation.welcome, self.now)?;
        let own = self.me.identity.get().person;
        let inviter = joining.members.iter().find(|m| m.leaf == joining.inviter);
        let Some(inviter) = inviter.map(|member| member.identity.get()) else {
            return Err(Knock::Void);
        };
        let (title, is_group) = match &joining.subject {
            Subject::Direct(_) => (inviter.name.to_string(), false),
            Subject::Group(rules) => (rules.title.to_string(), true),
        };
        let group: [u8; 32] = joining
            .group_id
            .as_slice()
            .try_into()
            .map_err(|_| Knock::Void)?;
        let stuck = match made_for {
            CardFor::Return(public) => {
                let place = Self::return_place(tx, (&public, &group), &joining)?;
                Some(place.ok_or(Knock::Void)?)
            }
            _ if inviter.person == own || tx.is_blocked(inviter.person.bytes())? => {
                return Err(Knock::Void);
            }
            _ if !may_invite(tx, made_for, (inviter.person.bytes(), is_group))? => {
                return Err(Knock::Void);
            }
            _ => None,
        };
        let detail = Detail {
            grouped: true,
            inviter: Some(*inviter.person.bytes()),
            inviter_name: inviter.name.to_string(),
            group: is_group,
            epoch_tick: invitation.tick,
            ..Detail::default()
        };
        let row = ConversationRow {
            id: 0,
            public: self.random(),
            group,
            lane: self.lane.0,
            state: State::Request.code(),
            title,
            created_ms: self.now,
            detail: detail.bytes()?,
        };
        let conversation = joining.enter(&self.crypto, &tx.mls())?;
        let (row, returned) = match stuck {
            Some(old) => (Self::taken_up_again(tx, row, old)?, true),
            None => (Self::take_up(tx, row, is_group)?, false),
        };
        let (id, public) = (row.id, row.public);
        self.begin(tx, row, conversation)?;
        // However it was entered: nobody has to bring this device back any more.
        self.revoke_returns(tx, &public)?;
        self.with_live(tx, id, |core, tx, live| match (returned, is_group) {
            (true, _) => core.note_own_return(tx, live),
            (false, true) => core.note_joined(tx, live),
            (false, false) => Ok(()),
        })?;
        Ok(id)
    }

    /// A row for what was entered: a new one, or that of a group this device was in before.
    fn take_up(
        tx: &Step<'_>,
        row: ConversationRow,
        is_group: bool,
    ) -> Result<ConversationRow, Knock> {
        match tx.conversation_by_group(&row.group)? {
            None => {
                let id = tx.insert_conversation(&row)?;
                Ok(ConversationRow { id, ..row })
            }
            Some(old) if is_group && State::of(&old)? == State::Frozen => {
                Ok(Self::taken_up_again(tx, row, old)?)
            }
            Some(_) => Err(Knock::Void),
        }
    }

    fn taken_up_again(
        tx: &Step<'_>,
        row: ConversationRow,
        old: ConversationRow,
    ) -> Result<ConversationRow, StoreError> {
        let title = if Detail::of(&old).is_ok_and(|detail| detail.group) {
            row.title
        } else {
            old.title
        };
        let again = ConversationRow {
            id: old.id,
            public: old.public,
            created_ms: old.created_ms,
            title,
            ..row
        };
        tx.update_conversation(&again)?;
        Ok(again)
    }
}

/// Why a knock was not let in.
enum Knock {
    /// Its maker's fault; nothing remains of it.
    Void,
    /// Ours.
    Engine(EngineError),
}

impl From<heliograph_store::StoreError> for Knock {
    fn from(error: heliograph_store::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<EngineError> for Knock {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<JoinError> for Knock {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Void(_) | JoinError::NotForUs => Self::Void,
            JoinError::Group(error) => Self::Engine(EngineError::bug(error)),
        }
    }
}
