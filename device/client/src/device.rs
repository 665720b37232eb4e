//! The handle that callers hold: every method asks the engine's thread and waits for its answer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use crate::engine::{Engine, create_profile};
use crate::runner::Runner;
use crate::{
    Added, CardMade, ContactState, ConversationId, ConversationInfo, Event, LinkState, MessageId,
    MessageInfo, MessageState, Page, Refusal, RequestInfo, SafetyInfo, Status, Synced,
};

/// How long `card` and `add` wait for the board before they answer "not yet".
pub(crate) const BOARD_PATIENCE: Duration = Duration::from_secs(10);

/// The key of a profile's database: 32 secret bytes.
pub struct ProfileKey(Zeroizing<[u8; 32]>);

impl ProfileKey {
    /// Wraps the bytes that unlocking gave.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// How far a first contact has come that was waited for; `None` if it goes on.
pub(crate) fn begun(
    conversation: ConversationId,
    done: Option<Result<(), Refusal>>,
) -> Result<Added, Refusal> {
    let state = match done {
        Some(outcome) => outcome.map(|()| ContactState::Requested)?,
        None => ContactState::Waiting,
    };
    Ok(Added {
        conversation,
        state,
    })
}

/// A running profile. Clones share it.
#[derive(Clone)]
pub struct Device {
    runner: Arc<Runner>,
}

impl Device {
    /// Makes a profile's database. Needs no network; the caller holds the lock.
    ///
    /// # Errors
    /// A name or board link that cannot be used, or a profile that exists.
    pub async fn create(
        home: &Path,
        key: &ProfileKey,
        name: &str,
        board: &str,
    ) -> Result<(), Refusal> {
        let (home, name, board) = (home.to_owned(), name.to_owned(), board.to_owned());
        let key = Zeroizing::new(*key.bytes());
        tokio::task::spawn_blocking(move || create_profile(&home, &key, &name, &board))
            .await
            .map_err(Refusal::bug)?
    }

    /// Opens a profile and starts to keep it in step with the board. The caller holds the lock.
    ///
    /// # Errors
    /// A missing, damaged or newer database, or a key that does not fit.
    pub async fn open(home: &Path, key: &ProfileKey) -> Result<Self, Refusal> {
        let runner = Runner::start(home.to_owned(), Zeroizing::new(*key.bytes())).await?;
        Ok(Self {
            runner: Arc::new(runner),
        })
    }

    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Engine, i64) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.runner.ask(question).await
    }

    /// Asks again after every event until the answer is `Some` or time is up.
    pub(crate) async fn until<T: Send + 'static>(
        &self,
        within: Duration,
        question: impl Fn(&mut Engine) -> Result<Option<T>, Refusal> + Send + Sync + 'static,
    ) -> Result<Option<T>, Refusal> {
        let (deadline, question) = (Instant::now() + within, Arc::new(question));
        let mut events = self.events();
        loop {
            let again = Arc::clone(&question);
            if let Some(found) = self.ask(move |engine, _| again(engine)).await? {
                return Ok(Some(found));
            }
            match timeout_at(deadline, events.recv()).await {
                Err(_) => return Ok(None),
                Ok(Err(broadcast::error::RecvError::Closed)) => return Ok(None),
                Ok(_) => {}
            }
        }
    }

    /// The profile at a glance.
    ///
    /// # Errors
    /// Only if the database fails.
    pub async fn status(&self) -> Result<Status, Refusal> {
        self.ask(|engine, _| engine.status()).await
    }

    /// Makes a card and waits a while for its publication.
    ///
    /// # Errors
    /// Only if the database fails; a board that cannot be reached shows as `published: false`.
    pub async fn card(&self, once: bool) -> Result<CardMade, Refusal> {
        let (card, link) = self
            .ask(move |engine, now| engine.make_card(now, once))
            .await?;
        let published = self.published(card).await?;
        Ok(CardMade { link, published })
    }

    /// Waits a while for a card's publication; false if the board cannot be reached.
    pub(crate) async fn published(&self, card: i64) -> Result<bool, Refusal> {
        let published = self
            .until(BOARD_PATIENCE, move |engine| {
                engine.card_published(card).map(|done| done.then_some(()))
            })
            .await?;
        Ok(published.is_some())
    }

    /// Starts a first contact by card and waits a while for the board.
    ///
    /// # Errors
    /// A card that cannot be used (altered, cut off, of another board, spent, one's own).
    pub async fn add(&self, link: &str) -> Result<Added, Refusal> {
        let link = link.to_owned();
        let conversation = self
            .ask(move |engine, now| engine.add_contact(now, &link))
            .await?;
        let done = self
            .until(BOARD_PATIENCE, move |engine| {
                engine.contact_done(conversation)
            })
            .await?;
        begun(conversation, done)
    }

    /// Strangers who knock.
    ///
    /// # Errors
    /// Only if the database fails.
    pub async fn requests(&self) -> Result<Vec<RequestInfo>, Refusal> {
        self.ask(|engine, _| engine.requests()).await
    }

    /// Opens a request; from now on receipts and messages go back.
    ///
    /// # Errors
    /// An id that is no open request.
    pub async fn accept(&self, id: &ConversationId) -> Result<(), Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.accept(now, id)).await
    }

    /// Turns a request away; the stranger learns nothing.
    ///
    /// # Errors
    /// An id that is no open request.
    pub async fn decline(&self, id: &ConversationId) -> Result<(), Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.decline(now, id)).await
    }

    /// All conversations, pinned ones first, archived ones last, else newest activity first.
    ///
    /// # Errors
    /// Only if the database fails.
    pub async fn conversations(&self) -> Result<Vec<ConversationInfo>, Refusal> {
        self.ask(|engine, now| engine.conversations_at(now)).await
    }

    /// The safety number with each other person of a conversation.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn safety(&self, id: &ConversationId) -> Result<Vec<SafetyInfo>, Refusal> {
        let id = *id;
        self.ask(move |engine, _| engine.safety(id)).await
    }

    /// Marks a person as verified by a number that was compared; `None` takes the mark back.
    ///
    /// # Errors
    /// An unknown conversation or person, or another number than theirs.
    pub async fn mark_verified(
        &self,
        id: &ConversationId,
        person: &str,
        number: Option<&str>,
    ) -> Result<SafetyInfo, Refusal> {
        let (id, person) = (*id, person.to_owned());
        let number = number.map(str::to_owned);
        self.ask(move |engine, now| match number {
            Some(number) => engine.confirm(now, (id, &person, &number)),
            None => engine.withdraw(now, (id, &person)),
        })
        .await
    }

    /// Writes messages down and sends them; all of them are durable here when this returns.
    ///
    /// # Errors
    /// An empty or too long text, or a conversation that cannot be written to; then none is kept.
    pub async fn send(
        &self,
        id: &ConversationId,
        texts: Vec<String>,
    ) -> Result<Vec<MessageId>, Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.send(now, id, &texts))
            .await
    }

    /// Waits until a message of one's own has come at least as far as `state`.
    ///
    /// # Errors
    /// `timeout`, `message-unsent`, or an unknown message.
    pub async fn wait(
        &self,
        message: &MessageId,
        state: MessageState,
        within: Duration,
    ) -> Result<MessageState, Refusal> {
        let message = *message;
        self.until(within, move |engine| engine.reached(message, state))
            .await?
            .ok_or_else(|| Refusal::timeout("The message's next step"))
    }

    /// Messages in board order, one's own pending ones last.
    ///
    /// # Errors
    /// An unknown conversation or message.
    pub async fn messages(
        &self,
        id: &ConversationId,
        since: Option<MessageId>,
        limit: u32,
    ) -> Result<Page<MessageInfo>, Refusal> {
        let id = *id;
        self.ask(move |engine, _| engine.messages(id, since, limit))
            .await
    }

    /// The last messages before one, or of all, in board order; `next` is where an older page ends.
    ///
    /// # Errors
    /// An unknown conversation or message.
    pub async fn messages_before(
        &self,
        id: &ConversationId,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Page<MessageInfo>, Refusal> {
        let id = *id;
        self.ask(move |engine, _| engine.messages_before(id, before, limit))
            .await
    }

    /// Marks as read from a message and up to one (or all); gives how many were newly read.
    ///
    /// # Errors
    /// An unknown conversation or message.
    pub async fn mark_read(
        &self,
        id: &ConversationId,
        ends: (Option<MessageId>, Option<MessageId>),
    ) -> Result<u64, Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.mark_read(now, id, ends))
            .await
    }

    /// Waits until the feed is caught up and, with `until_idle`, until nothing is on its way out.
    ///
    /// # Errors
    /// `timeout`, with the reason when the board cannot be reached.
    pub async fn sync(&self, until_idle: bool, within: Duration) -> Result<Synced, Refusal> {
        let done = self
            .until(within, move |engine| engine.synced(until_idle))
            .await?;
        match done {
            Some(synced) => Ok(synced),
            None => Err(self.why_not_synced().await),
        }
    }

    /// Follows the board's record as it is now, though it is another than this device followed; gives how many
    /// conversations froze by it.
    ///
    /// # Errors
    /// `board-followed` if the board shows the record that this device follows; `timeout` or `board-unreachable` if it
    /// does not answer.
    pub async fn follow_anew(&self, within: Duration) -> Result<u64, Refusal> {
        let known = self.until(within, |engine| Ok(engine.is_astray())).await?;
        if known.is_none() {
            return Err(self.why_not_synced().await);
        }
        self.ask(Engine::follow_anew).await
    }

    async fn why_not_synced(&self) -> Refusal {
        let mut refusal = Refusal::timeout("Catching up with the board");
        if let Ok(Status {
            link: LinkState::Offline(why),
            ..
        }) = self.status().await
        {
            refusal.kind = "board-unreachable";
            refusal.happened = format!("The board could not be reached: {why}.");
            refusal.kept = "Everything written is kept and will be sent later.".into();
            refusal.todo =
                "Check that the server runs and that this machine can reach it, then try again."
                    .into();
        }
        refusal
    }

    /// Reads or changes a setting.
    ///
    /// # Errors
    /// An unknown name or value.
    pub async fn setting(&self, name: &str, value: Option<&str>) -> Result<String, Refusal> {
        let (name, value) = (name.to_owned(), value.map(str::to_owned));
        self.ask(move |engine, _| engine.setting(&name, value.as_deref()))
            .await
    }

    /// Hints about changes, from now on. A lost one heals itself: readers read pages again.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.runner.events()
    }

    /// Stops: the database is left tidy. Other clones of this handle then answer with refusals.
    pub async fn close(self) {
        self.runner.stop().await;
    }
}
