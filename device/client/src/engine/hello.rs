//! A stranger knocks: a Welcome at a place that only holders of the card can compute.

use heliograph_conversation::{JoinError, read_welcome};
use heliograph_delivery::{Head, open};
use heliograph_store::{ConversationRow, Step};

use super::bodies::Sought;
use super::core::Core;
use super::detail::{Detail, State};
use super::errors::EngineError;
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
        let once = watch.card.once;
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
        let Some(welcome) = welcome else {
            self.counters.void_hellos += 1;
            return Ok(None);
        };
        let joined = self.join(tx, &welcome)?;
        if joined.is_none() {
            self.counters.void_hellos += 1;
        } else if once {
            self.revoke(tx, card)?;
        }
        Ok(joined)
    }

    fn revoke(&mut self, tx: &Step<'_>, card: i64) -> Result<(), EngineError> {
        if let Some(mut row) = tx.card(card)? {
            row.revoked = true;
            row.detail = Self::forget_packages(tx, &row)?;
            tx.update_card(&row)?;
            self.forget_card(card);
        }
        Ok(())
    }

    /// Enters the stranger's group. Nothing goes back before the person accepts.
    fn join(&mut self, tx: &Step<'_>, welcome: &[u8]) -> Result<Option<i64>, EngineError> {
        let mut asked = 0;
        for row in tx.conversations()? {
            asked += usize::from(State::of(&row)? == State::Request);
        }
        if asked >= REQUESTS_MAX {
            self.alarm(tx, "too-many-requests", &[])?;
            return Ok(None);
        }
        let entered = tx.attempt(|tx| self.enter(tx, welcome));
        match entered {
            Ok(id) => {
                self.out.changes.push(Changed::Requests);
                Ok(Some(id))
            }
            Err(Knock::Void) => Ok(None),
            Err(Knock::Engine(error)) => Err(error),
        }
    }

    fn enter(&mut self, tx: &Step<'_>, welcome: &[u8]) -> Result<i64, Knock> {
        let joining = read_welcome(&self.crypto, &tx.mls(), welcome, self.now)?;
        let own = self.me.identity.get().person;
        let strangers: Vec<_> = joining
            .members
            .iter()
            .map(|member| member.identity.get())
            .filter(|identity| identity.person != own)
            .collect();
        let [stranger] = strangers.as_slice() else {
            return Err(Knock::Void);
        };
        let inviter = joining.members.iter().find(|m| m.leaf == joining.inviter);
        if inviter.is_none_or(|member| member.identity.get().person != stranger.person) {
            return Err(Knock::Void);
        }
        let title = stranger.name.to_string();
        let group: [u8; 32] = joining
            .group_id
            .as_slice()
            .try_into()
            .map_err(|_| Knock::Void)?;
        if tx.conversation_by_group(&group)?.is_some() {
            return Err(Knock::Void);
        }
        let detail = Detail {
            grouped: true,
            inviter: Some(*stranger.person.bytes()),
            ..Detail::default()
        };
        let mut row = ConversationRow {
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
        row.id = tx.insert_conversation(&row)?;
        self.begin(tx, row.clone(), conversation)?;
        Ok(row.id)
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
