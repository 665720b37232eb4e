// The interface of a device (docs/rpc.md), written from the program's own types by
// device/rpc/src/typescript. Do not change it by hand.

/**
 * The first call of a connection.
 */
export type Hello = { version: number, };

/**
 * No parameters.
 */
export type Nothing = Record<symbol, never>;

export type MakeCard = { once?: boolean, };

export type AddContact = { card: string, };

export type OfConversation = { conversation: string, };

export type Confirm = { conversation: string, person: string, number: string, };

export type Withdraw = { conversation: string, person: string, };

export type List = { after?: string | null, limit?: number | null, };

export type OfRequest = { id: string, };

export type ListConversations = { after?: string | null, limit?: number | null, 
/**
 * Only those with something unread.
 */
unread?: boolean, 
/**
 * Also those deleted on this device.
 */
deleted?: boolean, };

export type SetConversation = { conversation: string, 
/**
 * A time, `forever` or `off`.
 */
muted_until?: string | null, archived?: boolean | null, pinned?: boolean | null, marked_unread?: boolean | null, };

export type SetDraft = { conversation: string, text: string, in_reply_to?: string | null, 
/**
 * Whole paths of files.
 */
attachments?: Array<string>, };

export type SetTimer = { conversation: string, 
/**
 * 30 to 2,419,200 (four weeks); 0 lets messages stay.
 */
seconds: number, };

export type CreateGroup = { title: string, cards?: Array<string>, 
/**
 * People with whom there is a conversation of two: its id or theirs.
 */
members?: Array<string>, };

export type AddToGroup = { conversation: string, cards?: Array<string>, 
/**
 * As of `CreateGroup`.
 */
members?: Array<string>, };

export type RemoveFromGroup = { conversation: string, person: string, };

/**
 * Who may add people to a group.
 */
export type Adding = "members" | "admins";

export type ChangeGroup = { conversation: string, title?: string | null, 
/**
 * At most 1,000 bytes; an empty one is none.
 */
description?: string, 
/**
 * Path of a picture of any size; an empty one is none.
 */
picture?: string, adding?: Adding | null, 
/**
 * For how long a message can be edited, seconds; 0 is for good.
 */
edit_window?: number, promote?: Array<string>, demote?: Array<string>, };

export type Join = { link: string, };

export type OfPerson = { conversation: string, person: string, };

/**
 * What an address in the text leads to: found by the caller, for nothing is fetched here.
 */
export type PreviewOf = { address: string, title: string, text?: string, 
/**
 * Base64.
 */
picture?: string | null, };

export type SendFile = { conversation: string, path: string, caption?: string | null, name?: string | null, media?: string | null, 
/**
 * Send a picture as it is, with place, time and device in it.
 */
original?: boolean, 
/**
 * The message that it answers.
 */
in_reply_to?: string, 
/**
 * It leaves the draft of the conversation, which has it under this path.
 */
from_draft?: boolean, };

/**
 * A WAV file becomes a voice note.
 */
export type SendVoice = { conversation: string, path: string, caption?: string | null, in_reply_to?: string, };

export type SaveFile = { conversation: string, message: string, path: string, };

export type PauseFile = { conversation: string, message: string, paused: boolean, };

export type OfMessage = { conversation: string, message: string, };

export type Send = { conversation: string, texts: Array<string>, 
/**
 * With one text alone.
 */
preview?: PreviewOf | null, };

export type Pin = { conversation: string, message: string, pinned: boolean, };

export type ListPins = { conversation: string, since?: string | null, };

export type Forward = { conversation: string, message: string, to: string, with_name?: boolean, };

export type Share = { conversation: string, card: string, name: string, };

/**
 * What a message may have to have.
 */
export type Has = "file" | "mention";

/**
 * States that one's own message can reach.
 */
export type Reach = "pending" | "stored" | "sent" | "delivered" | "read";

export type Wait = { message: string, state: Reach, within_ms?: number | null, };

export type ListMessages = { conversation: string, since?: string | null, 
/**
 * The last ones before this message, or before the `end`.
 */
before?: string, limit?: number | null, };

/**
 * From one message and up to one, both included; without them all.
 */
export type MarkRead = { conversation: string, from?: string | null, upto?: string | null, };

export type Rewrite = { conversation: string, message: string, text: string, };

export type React = { conversation: string, message: string, emoji: string, };

export type Delete = { conversation: string, message: string, for_everyone?: boolean, };

export type History = { conversation: string, message: string, since?: string | null, };

export type Search = { query?: string | null, has?: Has | null, conversation?: string | null, from?: string | null, before?: string | null, after?: string | null, limit?: number | null, after_cursor?: string | null, };

export type Star = { conversation: string, message: string, starred: boolean, };

export type ListStarred = { conversation?: string | null, limit?: number | null, after_cursor?: string | null, };

export type Block = { person: string, blocked: boolean, };

export type Sync = { until_idle?: boolean, within_ms?: number | null, };

export type GetSetting = { name: string, };

export type SetSetting = { name: string, value: string, };

export type Link = "connecting" | "online" | "offline" | "astray";

export type ConversationState = "open" | "waiting" | "request" | "declined" | "failed" | "frozen" | "left";

export type MessageState = "unsent" | "pending" | "stored" | "sent" | "delivered" | "read" | "received";

export type MessageKind = "text" | "contact" | "file" | "change" | "unknown";

export type Direction = "in" | "out";

export type TransferStage = "moving" | "paused" | "checking" | "done" | "failed";

export type Role = "admin" | "member";

export type AddedState = "requested" | "waiting";

export type AnsweredState = "accepted" | "declined";

export type ChangedWhat = "conversation" | "typing" | "requests" | "link" | "alarm" | "cards" | "caught-up" | "all";

/**
 * A page of a list; `next` is passed on to get the one after it, null on the last.
 */
export type Page<T> = { items: Array<T>, next: string | null, };

export type HelloAnswer = { version: number, program: string, methods: Array<string>, };

export type Subscribed = { subscribed: boolean, };

export type Alarm = { kind: string, happened: string, todo: string, at: string, };

export type Status = { name: string, person: string, device: string, board: string, link: Link, 
/**
 * Why the link is offline.
 */
reason: string | null, position: number, waiting: number, requests: number, alarms: Array<Alarm>, };

export type CardMade = { card: string, published: boolean, };

export type Added = { conversation: string, state: AddedState, };

export type Safety = { person: string, name: string, level: string, number: string, };

export type SafetyNumbers = { people: Array<Safety>, };

export type Request = { id: string, name: string, person: string, level: string, at: string, messages: number, 
/**
 * Title of the group they invite to.
 */
group: string | null, };

export type Answered = { conversation: string, state: AnsweredState, };

export type Member = { person: string, name: string, level: string, };

export type Last = { at: string, text: string | null, };

export type Conversation = { id: string, title: string, members: Array<Member>, unread: number, 
/**
 * Those of them that name this person.
 */
mentions: number, 
/**
 * People who wait to be let in by the group's link.
 */
asks: number, last: Last | null, state: ConversationState, group: boolean, 
/**
 * Messages disappear so many seconds after they are read; null if they stay.
 */
timer: number | null, 
/**
 * A message can be edited for so many seconds; null if there is no limit.
 */
edit_window: number | null, 
/**
 * A time, or `forever`.
 */
muted_until: string | null, archived: boolean, pinned: boolean, marked_unread: boolean, deleted: boolean, 
/**
 * The beginning of the draft.
 */
draft: string | null, };

export type Kept = { conversation: string, muted_until: string | null, archived: boolean, pinned: boolean, marked_unread: boolean, deleted: boolean, draft: string | null, };

export type Deleted = { conversation: string, state: string, };

export type Draft = { conversation: string, text: string | null, in_reply_to: string | null, attachments: Array<string>, at: string | null, };

/**
 * Somebody who could not be added: the place of the card, or of the member, in what was asked.
 */
export type NotAdded = { card: number | null, member: number | null, kind: string, happened: string, todo: string, };

export type GroupAdded = { conversation: string, refused: Array<NotAdded>, };

export type OnlyConversation = { conversation: string, };

export type GroupMember = { person: string, name: string, level: string, role: Role, leaving: boolean, me: boolean, devices: number, };

export type GroupMembers = { 
/**
 * What the group is for.
 */
description: string | null, 
/**
 * Who may add people; null where this device cannot follow the group.
 */
adding: Adding | null, members: Array<GroupMember>, 
/**
 * Those whose devices were asked for a card, and have not answered yet.
 */
asked: Array<PersonAt>, };

export type GroupPicture = { conversation: string, 
/**
 * A JPEG, base 64; null if there is none.
 */
picture: string | null, };

export type GroupLink = { link: string, published: boolean, };

export type Unlinked = { conversation: string, revoked: number, };

/**
 * Since when: they are blocked, or they wait.
 */
export type PersonAt = { person: string, name: string, at: string, };

export type PeopleWaiting = { people: Array<PersonAt>, };

export type AnsweredAsk = { conversation: string, person: string, };

export type SentMessages = { messages: Array<string>, state: MessageState, };

export type Reached = { message: string, state: MessageState, };

export type Quote = { from: string, text: string, };

export type Reaction = { emoji: string, from: string, person: string, mine: boolean, };

export type Mention = { person: string, name: string, };

export type Preview = { address: string, title: string, text: string, 
/**
 * Base64; null if there is none.
 */
picture: string | null, };

export type FileAbout = { name: string, media: string, size: number, 
/**
 * Of a picture, as its sender says; null of other files and of pictures that were not looked at.
 */
picture: Picture | null, 
/**
 * Of a voice note, as its sender says; null of other files.
 */
voice: Voice | null, };

export type Picture = { 
/**
 * Pixels, as it is shown.
 */
width: number, 
/**
 * Pixels, as it is shown.
 */
height: number, 
/**
 * A ThumbHash, base 64; null if there is none.
 */
blur: string | null, };

export type Voice = { 
/**
 * How long it lasts, milliseconds.
 */
millis: number, 
/**
 * Loudness from beginning to end, base 64 of 64 bytes.
 */
waveform: string, };

export type Timer = { conversation: string, 
/**
 * Messages disappear so many seconds after they are read; null if they stay.
 */
seconds: number | null, 
/**
 * In force for everybody; else asked for, and the board has not judged that yet.
 */
agreed: boolean, };

export type FileSaved = { message: string, path: string, };

export type FilePaused = { message: string, paused: boolean, };

export type OnlyMessage = { message: string, };

export type Transfers = { items: Array<Transfer>, };

/**
 * A file on its way. `problem` says why one failed; one that is `forwarded` has no path.
 */
export type Transfer = { conversation: string, message: string, direction: Direction, path: string, size: number, moved: number, stage: TransferStage, problem: string | null, forwarded: boolean, };

export type ContactCard = { card: string, name: string, };

export type Message = { id: string, from: string, person: string, at: string, text: string, 
/**
 * The text with its format, safe to put into a page; null if it is none or was deleted.
 */
html: string | null, kind: MessageKind, state: MessageState, mine: boolean, in_reply_to: string | null, quote: Quote | null, reactions: Array<Reaction>, 
/**
 * Members whom it names.
 */
mentions: Array<Mention>, 
/**
 * Whether this person is one of them.
 */
mentioned: boolean, 
/**
 * Pinned for everybody.
 */
pinned: boolean, 
/**
 * Passed on: the name of whoever wrote it, or an empty one; null if it was not.
 */
forwarded: string | null, 
/**
 * What an address in it leads to, as its sender says.
 */
preview: Preview | null, 
/**
 * The card that it passes on.
 */
contact: ContactCard | null, 
/**
 * The file that it brings; `file.save` fetches it.
 */
file: FileAbout | null, 
/**
 * When it disappears by itself (while it is unread, at the latest); null if it stays.
 */
disappears: string | null, starred: boolean, edited: boolean, deleted: boolean, 
/**
 * How far the latest that this person said about it has come, while that is not all the way.
 */
change: MessageState | null, };

/**
 * Whether the others were told.
 */
export type Typing = { conversation: string, told: boolean, };

export type NewlyRead = { read: number, };

export type Changed = { message: string, change: string | null, state: string, };

export type Version = { id: string, at: string, text: string, state: MessageState, };

export type Piece = { text: string, hit: boolean, };

export type Found = { conversation: string, title: string, id: string, from: string, person: string, at: string, snippet: Array<Piece>, };

export type Starred = { message: string, starred: boolean, };

export type Blocked = { person: string, blocked: boolean, };

export type BlockedPeople = { people: Array<PersonAt>, };

export type Synced = { position: number, waiting: number, };

export type BoardFollowed = { 
/**
 * Conversations that froze, and that this device asks to be brought back into.
 */
frozen: number, };

export type Setting = { name: string, value: string, };

/**
 * What a listener is told; a hint to read again. `seq` is null when some were lost.
 */
export type Event = { seq: number | null, changed: ChangedWhat, conversation?: string, 
/**
 * Who is writing.
 */
person?: string, };

/**
 * Why a call was refused, in sentences for people; `kind` is stable.
 */
export type Refusal = { kind: string, happened: string, kept: string, todo: string, fault: "user" | "peer" | "server" | "bug", };

/** Every method: what it is given and what it answers. */
export interface Methods {
  "rpc.hello": { params: Hello; answer: HelloAnswer };
  "event.subscribe": { params: Nothing; answer: Subscribed };
  "profile.status": { params: Nothing; answer: Status };
  "card.create": { params: MakeCard; answer: CardMade };
  "contact.add": { params: AddContact; answer: Added };
  "contact.safety": { params: OfConversation; answer: SafetyNumbers };
  "contact.confirm": { params: Confirm; answer: Safety };
  "contact.withdraw": { params: Withdraw; answer: Safety };
  "request.list": { params: List; answer: Page<Request> };
  "request.accept": { params: OfRequest; answer: Answered };
  "request.decline": { params: OfRequest; answer: Answered };
  "conversation.list": { params: ListConversations; answer: Page<Conversation> };
  "conversation.set": { params: SetConversation; answer: Kept };
  "conversation.delete": { params: OfConversation; answer: Deleted };
  "draft.set": { params: SetDraft; answer: Draft };
  "draft.get": { params: OfConversation; answer: Draft };
  "draft.send": { params: OfConversation; answer: Reached };
  "timer.set": { params: SetTimer; answer: Timer };
  "timer.get": { params: OfConversation; answer: Timer };
  "group.create": { params: CreateGroup; answer: GroupAdded };
  "group.add": { params: AddToGroup; answer: GroupAdded };
  "group.remove": { params: RemoveFromGroup; answer: OnlyConversation };
  "group.change": { params: ChangeGroup; answer: OnlyConversation };
  "group.leave": { params: OfConversation; answer: OnlyConversation };
  "group.members": { params: OfConversation; answer: GroupMembers };
  "group.picture": { params: OfConversation; answer: GroupPicture };
  "group.link": { params: OfConversation; answer: GroupLink };
  "group.unlink": { params: OfConversation; answer: Unlinked };
  "group.join": { params: Join; answer: Added };
  "group.asks": { params: OfConversation; answer: PeopleWaiting };
  "group.admit": { params: OfPerson; answer: AnsweredAsk };
  "group.turn_away": { params: OfPerson; answer: AnsweredAsk };
  "message.send": { params: Send; answer: SentMessages };
  "message.wait": { params: Wait; answer: Reached };
  "message.list": { params: ListMessages; answer: Page<Message> };
  "message.mark_read": { params: MarkRead; answer: NewlyRead };
  "message.reply": { params: Rewrite; answer: Reached };
  "message.react": { params: React; answer: Changed };
  "message.edit": { params: Rewrite; answer: Changed };
  "message.delete": { params: Delete; answer: Changed };
  "message.history": { params: History; answer: Page<Version> };
  "message.search": { params: Search; answer: Page<Found> };
  "message.pin": { params: Pin; answer: Changed };
  "message.pins": { params: ListPins; answer: Page<Message> };
  "message.forward": { params: Forward; answer: Reached };
  "conversation.typing": { params: OfConversation; answer: Typing };
  "contact.share": { params: Share; answer: Reached };
  "file.send": { params: SendFile; answer: Reached };
  "file.save": { params: SaveFile; answer: FileSaved };
  "file.pause": { params: PauseFile; answer: FilePaused };
  "file.cancel": { params: OfMessage; answer: OnlyMessage };
  "file.list": { params: Nothing; answer: Transfers };
  "voice.send": { params: SendVoice; answer: Reached };
  "message.star": { params: Star; answer: Starred };
  "message.starred": { params: ListStarred; answer: Page<Found> };
  "person.block": { params: Block; answer: Blocked };
  "person.blocked": { params: Nothing; answer: BlockedPeople };
  "sync.run": { params: Sync; answer: Synced };
  "board.follow": { params: Nothing; answer: BoardFollowed };
  "setting.get": { params: GetSetting; answer: Setting };
  "setting.set": { params: SetSetting; answer: Setting };
}

/** A call, one object a line or a text message. */
export interface Call<M extends keyof Methods> {
  jsonrpc: "2.0";
  id: number | string;
  method: M;
  params: Methods[M]["params"];
}

/** What comes back. */
export type Reply<M extends keyof Methods> =
  | { jsonrpc: "2.0"; id: number | string; result: Methods[M]["answer"] }
  | { jsonrpc: "2.0"; id: number | string | null; error: { code: number; message: string; data: Refusal } };

/** What comes by itself after event.subscribe. */
export interface Notice {
  jsonrpc: "2.0";
  method: "event";
  params: Event;
}
