//! The device as a value: commands and the board's words in, requests and hints out.

use std::path::Path;

use heliograph_wire::link::BoardLink;
use heliograph_wire::{Request, ServerUnit};

use crate::{
    Changed, ConversationId, ConversationInfo, MessageId, MessageInfo, MessageState, Page, Refusal,
    RequestInfo, Status, Synced,
};

/// What happens to a device.
pub enum Input {
    /// A connection to the board is up.
    Online,
    /// It is gone, and why.
    Offline(String),
    /// The board said something.
    Unit(ServerUnit),
    /// Time passed.
    Wake,
}

/// What a device wants done after a committed step.
#[derive(Default)]
pub struct Output {
    /// Requests to the board, in order.
    pub requests: Vec<Request>,
    /// Hints for listeners.
    pub changes: Vec<Changed>,
    /// The connection must be closed (the board broke a rule).
    pub hang_up: bool,
}

/// A device.
pub struct Engine {
    board: BoardLink,
}

/// Makes a profile's database.
pub fn create_profile(_home: &Path, _key: &[u8; 32], _name: &str, _board: &str) -> Result<(), Refusal> { Err(Refusal::bug("x")) }

impl Engine {
    pub fn open(_home: &Path, _key: &[u8; 32], _seed: &[u8; 32], _now: i64) -> Result<Self, Refusal> { Err(Refusal::bug("x")) }
    pub fn input(&mut self, _now: i64, _input: Input) {}
    pub fn output(&mut self) -> Output { Output::default() }
    pub fn next_wake(&self) -> Option<i64> { None }
    pub fn close(&mut self) {}
    pub fn board(&self) -> &BoardLink { &self.board }
    pub fn status(&self) -> Result<Status, Refusal> { Err(Refusal::bug("x")) }
    pub fn make_card(&mut self, _now: i64, _once: bool) -> Result<(i64, String), Refusal> { Err(Refusal::bug("x")) }
    pub fn card_published(&self, _card: i64) -> Result<bool, Refusal> { Err(Refusal::bug("x")) }
    pub fn add_contact(&mut self, _now: i64, _link: &str) -> Result<ConversationId, Refusal> { Err(Refusal::bug("x")) }
    pub fn contact_done(&self, _id: ConversationId) -> Result<Option<Result<(), Refusal>>, Refusal> { Err(Refusal::bug("x")) }
    pub fn requests(&self) -> Result<Vec<RequestInfo>, Refusal> { Err(Refusal::bug("x")) }
    pub fn accept(&mut self, _now: i64, _id: ConversationId) -> Result<(), Refusal> { Err(Refusal::bug("x")) }
    pub fn decline(&mut self, _now: i64, _id: ConversationId) -> Result<(), Refusal> { Err(Refusal::bug("x")) }
    pub fn conversations(&self) -> Result<Vec<ConversationInfo>, Refusal> { Err(Refusal::bug("x")) }
    pub fn send(&mut self, _now: i64, _id: ConversationId, _texts: &[String]) -> Result<Vec<MessageId>, Refusal> { Err(Refusal::bug("x")) }
    pub fn message_state(&self, _id: MessageId) -> Result<MessageState, Refusal> { Err(Refusal::bug("x")) }
    pub fn messages(&self, _id: ConversationId, _since: Option<MessageId>, _limit: u32) -> Result<Page<MessageInfo>, Refusal> { Err(Refusal::bug("x")) }
    pub fn mark_read(&mut self, _now: i64, _id: ConversationId, _upto: Option<MessageId>) -> Result<u64, Refusal> { Err(Refusal::bug("x")) }
    pub fn synced(&self, _until_idle: bool) -> Result<Option<Synced>, Refusal> { Err(Refusal::bug("x")) }
    pub fn setting(&mut self, _name: &str, _value: Option<&str>) -> Result<String, Refusal> { Err(Refusal::bug("x")) }
}
