//! What other people's devices say inside a conversation.

use heliograph_conversation::content::{
    CARD_MAX, Content, Kind, MENTIONS_MAX, NAME_MAX, REACTION_MAX, RECEIPT_MAX, TEXT_MAX,
};

/// A message's content.
pub fn content(data: &[u8]) -> bool {
    let Ok(said) = Content::decode(data) else {
        return false;
    };
    match &said.kind {
        Kind::Text { text, more, .. } => {
            assert!((1..=TEXT_MAX).contains(&text.len()));
            assert!(more.mentions.len() <= MENTIONS_MAX);
        }
        Kind::Edit { text, mentions, .. } => {
            assert!((1..=TEXT_MAX).contains(&text.len()) && mentions.len() <= MENTIONS_MAX);
        }
        Kind::File {
            file,
            caption,
            more,
            ..
        } => {
            assert!(file.check().is_ok() && caption.len() <= TEXT_MAX);
            assert!(more.mentions.len() <= MENTIONS_MAX && more.preview.is_none());
        }
        Kind::Contact { card, name } => assert!(card.len() <= CARD_MAX && name.len() <= NAME_MAX),
        Kind::Reaction { emoji, .. } => assert!(emoji.len() <= REACTION_MAX),
        Kind::Deletion { .. }
        | Kind::Pin { .. }
        | Kind::Leave
        | Kind::Typing
        | Kind::CardWanted => {}
        Kind::CardGiven { card, .. } => assert!(card.len() <= CARD_MAX),
        Kind::Receipt { delivered, read } => {
            assert!(delivered.len() <= RECEIPT_MAX && read.len() <= RECEIPT_MAX);
        }
        // Readers keep the bytes of a later version; they are never written again.
        Kind::Unknown => return true,
    }
    let written = said.encode().expect("what was read can be said");
    assert!(Content::decode(&written).is_ok_and(|again| again == said));
    #[cfg(feature = "planted")]
    crate::planted::said(&said);
    true
}
