//! What a person is told when something is wrong.

/// Kind, what happened, what to do.
type Words = (&'static str, &'static str, &'static str);

const WORDS: &[Words] = &[
    (
        "board-two-histories",
        "The board showed two different histories, to you and to somebody else or at two times.",
        "Do not rely on it for anything important; tell whoever runs the board, and keep this profile as evidence. If `heliograph status` says *astray*, nothing goes or comes: once they say the board is in order, `heliograph board follow`.",
    ),
    (
        "followed-anew",
        "By this person's decision, this device follows a record of the board that is not the one it followed before. What the board signed of that one is kept as evidence.",
        "It asks others to bring it back into its conversations by itself, and tells when they have. What you wrote last and nobody has received yet may never have reached them: ask.",
    ),
    (
        "board-broke-chain",
        "The board sent a record that does not hold together.",
        "If it happens again, tell whoever runs the board.",
    ),
    (
        "peer-names-false-tick",
        "A message named a state of the board that the board never signed.",
        "Ask its sender, by another way, whether their device is in order.",
    ),
    (
        "unreadable-message",
        "A message that counts could not be read on this device.",
        "Ask the person to send it again.",
    ),
    (
        "member-added",
        "Somebody was added to a group.",
        "Look who is in it before you write: `heliograph conversations`.",
    ),
    (
        "removed-from-group",
        "You were removed from a group; what was said until then is kept here.",
        "If you think this is a mistake, ask somebody in it to add you again.",
    ),
    (
        "replaced",
        "Somebody who has the keys of this device asked to be put in its place in a conversation, and was.",
        "Take it that whatever this device knew is known to somebody else. Tell the people in the conversation by another way, and make a new profile.",
    ),
    (
        "group-change-lost",
        "Something you wanted changed in a group could not be: others changed the group first.",
        "Look who is in it and who decides: `heliograph group members CONVERSATION`.",
    ),
    (
        "not-added",
        "Somebody could not be added to a group: their card cannot be used, only admins may add people, the group has no room for more, or this device is not in it any more.",
        "Ask the person for a new card, or somebody in the group to add them.",
    ),
    (
        "invitation-late",
        "An invitation to a group came so late that what was said before it cannot be read here.",
        "Ask somebody in the group what was said.",
    ),
    (
        "request-overfull",
        "A stranger wrote more into a request than this device keeps.",
        "Decline the request, or accept it and ask the person to repeat.",
    ),
    (
        "conversation-frozen",
        "A conversation is frozen: this device cannot follow it any further.",
        "It asks others in it to bring it back by itself. If that lasts, ask an admin to remove and add you, or the person for a new card.",
    ),
    (
        "away-too-long",
        "This device was away for more than 13 days; it cannot read what was said meanwhile.",
        "It asks others to bring it back by itself, and tells when they have. What was said meanwhile only they can tell you.",
    ),
    (
        "too-many-requests",
        "More strangers knock than this profile keeps.",
        "Answer or decline open requests; revoke a card that leaked.",
    ),
    (
        "clock-differs",
        "This device's clock and the board's differ by more than a day.",
        "Check date and time here; if they are right, tell whoever runs the board.",
    ),
    (
        "message-withheld",
        "A message for this device stands in the board's record, and the board does not give it.",
        "Ask the person to send it again, and tell whoever runs the board.",
    ),
    (
        "board-stalls",
        "The board is connected and does not give what it was asked for.",
        "What you write is kept and waits. If it lasts, tell whoever runs the board.",
    ),
    (
        "not-erased",
        "Messages whose time is up are not shown any more, but their keys could not be written over on the disk.",
        "Check the disk, and that the profile's folder can be written to; it is tried again by itself.",
    ),
    (
        "keys-lost",
        "The file with the keys of disappearing messages (profile.keys) was missing or is not this profile's: what they sealed is gone.",
        "Never copy or restore a profile without that file. Other messages are not affected.",
    ),
    (
        "step-failed",
        "Something this device tried did not succeed; what was committed before is kept.",
        "Check the disk; if it happens again, report it.",
    ),
];

/// What happened and what to do, for an alarm of this kind.
pub(super) fn words(kind: &str) -> (&'static str, &'static str) {
    let known = WORDS.iter().find(|(known, _, _)| *known == kind);
    known.map_or(
        (
            "Something unexpected happened.",
            "Update Heliograph to learn what.",
        ),
        |(_, happened, todo)| (*happened, *todo),
    )
}
