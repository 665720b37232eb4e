//! A text without its marks, for previews and notices.

use super::{Shape, Token, is_bare, tame, tokens};

/// Stands for hidden words, whatever their number.
pub const HIDDEN: &str = "▒▒▒";

/// The words of a text without marks; what is hidden stays hidden. A text without marks is as it was
/// typed.
#[must_use]
pub fn plain(text: &str) -> String {
    let tokens = tokens(text);
    if is_bare(&tokens) {
        return text.chars().map(tame).collect();
    }
    let mut out = String::with_capacity(text.len());
    let mut hidden = 0_usize;
    // Numbers of the open lists; none for one without.
    let mut lists: Vec<Option<usize>> = Vec::new();
    for token in tokens {
        match token {
            Token::Open(Shape::Spoiler) => {
                if hidden == 0 {
                    out.push_str(HIDDEN);
                }
                hidden += 1;
            }
            Token::Close(Shape::Spoiler) => hidden = hidden.saturating_sub(1),
            Token::Open(Shape::Bullets) => lists.push(None),
            Token::Open(Shape::Numbers) => lists.push(Some(0)),
            Token::Close(Shape::Bullets | Shape::Numbers) => drop(lists.pop()),
            Token::Open(Shape::Item) => match lists.last_mut() {
                Some(Some(number)) => {
                    *number += 1;
                    out.push_str(&format!("{number}. "));
                }
                _ => out.push_str("• "),
            },
            Token::Close(Shape::Paragraph | Shape::Block) | Token::Break if hidden == 0 => {
                out.push('\n');
            }
            Token::Words(words) if hidden == 0 => out.push_str(&words),
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}
