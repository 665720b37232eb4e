//! How a text is shown: a small part of CommonMark, struck-through and hidden words
//! (docs/protocol/text.md).
//!
//! Other people's words come in, a flat list of whitelisted shapes comes out; [`html`] and [`plain`]
//! are written from that list and nothing else. Links, pictures, headings, tables, entities and raw
//! HTML are no part of the format: what looks like one is shown as it was typed.

mod html;
mod plain;
mod walk;

pub use html::html;
pub use plain::{HIDDEN, plain};
pub use walk::tokens;

/// Shapes inside each other that are shown; what is deeper is shown without a shape of its own.
pub const DEPTH_MAX: usize = 16;

/// A shape that words can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Lines that belong together.
    Paragraph,
    /// Bold.
    Strong,
    /// Italic.
    Emphasis,
    /// Struck through.
    Strike,
    /// Monospace, within a line.
    Code,
    /// Monospace, lines of their own.
    Block,
    /// Hidden until somebody wants to see it.
    Spoiler,
    /// A list without numbers.
    Bullets,
    /// A list with numbers from 1.
    Numbers,
    /// One of a list.
    Item,
    /// Quoted.
    Quote,
}

/// A piece of a shown text. Every `Open` has its `Close`, properly nested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A shape begins.
    Open(Shape),
    /// The latest open shape ends.
    Close(Shape),
    /// Words as they are to be read: nothing in them is a mark any more.
    Words(String),
    /// The line ends within a paragraph.
    Break,
}

/// Whether a text has no shape but its paragraphs, so that it can be shown as it was typed.
#[must_use]
pub fn is_bare(tokens: &[Token]) -> bool {
    let shaped = |token: &Token| matches!(token, Token::Open(shape) if *shape != Shape::Paragraph);
    !tokens.iter().any(shaped)
}

/// A character of others as it may be shown: none that controls what shows it, none that turns the
/// direction of what follows (C-57).
pub(crate) fn tame(c: char) -> char {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if (c.is_control() && c != '\n' && c != '\t') || turns {
        '\u{fffd}'
    } else {
        c
    }
}

#[cfg(test)]
mod tests;
