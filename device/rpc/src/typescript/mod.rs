//! The interface in TypeScript: written from the types here, which tests hold to what the door really
//! takes and answers. `HELIOGRAPH_BINDINGS=write cargo test` writes the file anew.

mod answers;
mod fitting;
mod params;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ts_rs::{Config, TS};

use answers::{
    Added, AddedState, Alarm, Answered, AnsweredAsk, AnsweredState, Blocked, BlockedPeople,
    BoardFollowed, CardMade, Changed, ChangedWhat, ContactCard, Conversation, ConversationState,
    Deleted, Direction, Draft, Event, FileAbout, FilePaused, FileSaved, Found, GroupAdded,
    GroupLink, GroupMember, GroupMembers, GroupPicture, HelloAnswer, Kept, Last, Link, Member,
    Mention, Message, MessageKind, MessageState, NewlyRead, NotAdded, OnlyConversation,
    OnlyMessage, Page, PeopleWaiting, PersonAt, Picture, Piece, Preview, Quote, Reached, Reaction,
    Refusal, Request, Role, Safety, SafetyNumbers, SentMessages, Setting, Starred, Status,
    Subscribed, Synced, Timer, Transfer, TransferStage, Transfers, Typing, Unlinked, Version,
    Voice,
};
use params::{
    AddContact, AddToGroup, Adding, Block, ChangeGroup, Confirm, CreateGroup, Delete, Forward,
    GetSetting, Has, Hello, History, Join, List, ListConversations, ListMessages, ListPins,
    ListStarred, MakeCard, MarkRead, Nothing, OfConversation, OfMessage, OfPerson, OfRequest,
    PauseFile, Pin, PreviewOf, Reach, React, RemoveFromGroup, Rewrite, SaveFile, Search, Send,
    SendFile, SendVoice, SetConversation, SetDraft, SetSetting, SetTimer, Share, Star, Sync, Wait,
    Withdraw,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bindings/heliograph.ts");

/// A method: its name, and its two types by name and by what reads them.
struct Method {
    name: &'static str,
    params: String,
    answer: String,
    /// What serde says of parameters, as the door's reader would.
    complaint: fn(Value) -> Option<String>,
    /// Reads an answer and writes it again.
    again: fn(Value) -> Result<Value, serde_json::Error>,
}

fn complaint<T: DeserializeOwned>(params: Value) -> Option<String> {
    serde_json::from_value::<T>(params)
        .err()
        .map(|e| e.to_string())
}

fn again<T: DeserializeOwned + serde::Serialize>(
    answer: Value,
) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_value::<T>(answer)?)
}

fn config() -> Config {
    Config::new().with_large_int("number")
}

macro_rules! methods {
    ($($name:literal: $params:ty => $answer:ty,)*) => {
        /// Every method but `profile.create`, which a door never answers.
        fn methods() -> Vec<Method> {
            let types = config();
            vec![$(Method {
                name: $name,
                params: <$params as TS>::name(&types),
                answer: <$answer as TS>::name(&types),
                complaint: complaint::<$params>,
                again: again::<$answer>,
            },)*]
        }
    };
}

methods! {
    "rpc.hello": Hello => HelloAnswer,
    "event.subscribe": Nothing => Subscribed,
    "profile.status": Nothing => Status,
    "card.create": MakeCard => CardMade,
    "contact.add": AddContact => Added,
    "contact.safety": OfConversation => SafetyNumbers,
    "contact.confirm": Confirm => Safety,
    "contact.withdraw": Withdraw => Safety,
    "request.list": List => Page<Request>,
    "request.accept": OfRequest => Answered,
    "request.decline": OfRequest => Answered,
    "conversation.list": ListConversations => Page<Conversation>,
    "conversation.set": SetConversation => Kept,
    "conversation.delete": OfConversation => Deleted,
    "draft.set": SetDraft => Draft,
    "draft.get": OfConversation => Draft,
    "draft.send": OfConversation => Reached,
    "timer.set": SetTimer => Timer,
    "timer.get": OfConversation => Timer,
    "group.create": CreateGroup => GroupAdded,
    "group.add": AddToGroup => GroupAdded,
    "group.remove": RemoveFromGroup => OnlyConversation,
    "group.change": ChangeGroup => OnlyConversation,
    "group.leave": OfConversation => OnlyConversation,
    "group.members": OfConversation => GroupMembers,
    "group.picture": OfConversation => GroupPicture,
    "group.link": OfConversation => GroupLink,
    "group.unlink": OfConversation => Unlinked,
    "group.join": Join => Added,
    "group.asks": OfConversation => PeopleWaiting,
    "group.admit": OfPerson => AnsweredAsk,
    "group.turn_away": OfPerson => AnsweredAsk,
    "message.send": Send => SentMessages,
    "message.wait": Wait => Reached,
    "message.list": ListMessages => Page<Message>,
    "message.mark_read": MarkRead => NewlyRead,
    "message.reply": Rewrite => Reached,
    "message.react": React => Changed,
    "message.edit": Rewrite => Changed,
    "message.delete": Delete => Changed,
    "message.history": History => Page<Version>,
    "message.search": Search => Page<Found>,
    "message.pin": Pin => Changed,
    "message.pins": ListPins => Page<Message>,
    "message.forward": Forward => Reached,
    "conversation.typing": OfConversation => Typing,
    "contact.share": Share => Reached,
    "file.send": SendFile => Reached,
    "file.save": SaveFile => FileSaved,
    "file.pause": PauseFile => FilePaused,
    "file.cancel": OfMessage => OnlyMessage,
    "file.list": Nothing => Transfers,
    "voice.send": SendVoice => Reached,
    "message.star": Star => Starred,
    "message.starred": ListStarred => Page<Found>,
    "person.block": Block => Blocked,
    "person.blocked": Nothing => BlockedPeople,
    "sync.run": Sync => Synced,
    "board.follow": Nothing => BoardFollowed,
    "setting.get": GetSetting => Setting,
    "setting.set": SetSetting => Setting,
}

macro_rules! declared {
    ($($kind:ty)*) => {
        /// Every declaration, with the words that explain it.
        fn declarations() -> Vec<String> {
            let types = config();
            vec![$({
                let words = <$kind as TS>::docs().unwrap_or_default();
                format!("{words}export {}\n", <$kind as TS>::decl(&types))
            },)*]
        }
    };
}

declared! {
    Hello Nothing MakeCard AddContact OfConversation Confirm Withdraw List OfRequest
    ListConversations SetConversation SetDraft SetTimer CreateGroup AddToGroup RemoveFromGroup Adding
    ChangeGroup Join OfPerson PreviewOf SendFile SendVoice SaveFile PauseFile OfMessage Send Pin ListPins Forward Share Has Reach Wait ListMessages MarkRead Rewrite React Delete History Search Star
    ListStarred Block Sync GetSetting SetSetting
    Link ConversationState MessageState MessageKind Direction TransferStage Role AddedState AnsweredState ChangedWhat
    Page<Message> HelloAnswer Subscribed Alarm Status CardMade Added Safety SafetyNumbers Request
    Answered Member Last Conversation Kept Deleted Draft NotAdded GroupAdded OnlyConversation
    GroupMember GroupMembers GroupPicture GroupLink Unlinked PersonAt PeopleWaiting AnsweredAsk SentMessages
    Reached Quote Reaction Mention Preview FileAbout Picture Voice Timer FileSaved FilePaused OnlyMessage Transfers Transfer ContactCard Message Typing NewlyRead Changed Version
    Piece Found Starred Blocked BlockedPeople Synced BoardFollowed Setting Event Refusal
}

/// The whole file.
fn file() -> String {
    let mut out = String::from(
        "// The interface of a device (docs/rpc.md), written from the program's own types by\n\
         // device/rpc/src/typescript. Do not change it by hand.\n\n",
    );
    for declaration in declarations() {
        out += &declaration;
        out.push('\n');
    }
    out +=
        "/** Every method: what it is given and what it answers. */\nexport interface Methods {\n";
    for method in methods() {
        let Method {
            name,
            params,
            answer,
            ..
        } = method;
        out += &format!("  \"{name}\": {{ params: {params}; answer: {answer} }};\n");
    }
    out += "}\n\n/** A call, one object a line or a text message. */\n\
            export interface Call<M extends keyof Methods> {\n  \
            jsonrpc: \"2.0\";\n  id: number | string;\n  method: M;\n  params: Methods[M][\"params\"];\n}\n\n\
            /** What comes back. */\n\
            export type Reply<M extends keyof Methods> =\n  \
            | { jsonrpc: \"2.0\"; id: number | string; result: Methods[M][\"answer\"] }\n  \
            | { jsonrpc: \"2.0\"; id: number | string | null; error: { code: number; message: string; data: Refusal } };\n\n\
            /** What comes by itself after event.subscribe. */\n\
            export interface Notice {\n  jsonrpc: \"2.0\";\n  method: \"event\";\n  params: Event;\n}\n";
    out
}

#[test]
fn the_file_is_what_the_types_say() {
    if std::env::var_os("HELIOGRAPH_BINDINGS").is_some_and(|word| word == "write") {
        std::fs::write(FILE, file()).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap();
    assert!(
        kept == file(),
        "device/rpc/bindings/heliograph.ts is old: run the tests of heliograph-rpc once with HELIOGRAPH_BINDINGS=write"
    );
}

#[test]
fn every_method_has_types() {
    let mut named: Vec<&str> = methods().iter().map(|method| method.name).collect();
    named.push("profile.create");
    named.sort_unstable();
    let mut known = crate::door::METHODS.to_vec();
    known.sort_unstable();
    assert_eq!(named, known);
}

/// Parameters that are wrong in each way that shows which fields there are and which are needed.
fn wrong() -> [Value; 2] {
    [json!({"no such field": 1}), json!({})]
}
