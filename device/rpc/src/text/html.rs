//! A text as HTML that a program may put into a page as it is (docs/protocol/text.md, HTML).

use super::{Shape, Token, tokens};

/// Longer HTML than this is given up for the words alone, so that an answer stays bounded.
const HTML_MAX: usize = 96 * 1_024;

/// The tags of a shape.
fn tags(shape: Shape) -> (&'static str, &'static str) {
    match shape {
        Shape::Paragraph => ("<p>", "</p>"),
        Shape::Strong => ("<strong>", "</strong>"),
        Shape::Emphasis => ("<em>", "</em>"),
        Shape::Strike => ("<del>", "</del>"),
        Shape::Code => ("<code>", "</code>"),
        Shape::Block => ("<pre><code>", "</code></pre>"),
        Shape::Spoiler => ("<span class=\"spoiler\">", "</span>"),
        Shape::Bullets => ("<ul>", "</ul>"),
        Shape::Numbers => ("<ol>", "</ol>"),
        Shape::Item => ("<li>", "</li>"),
        Shape::Quote => ("<blockquote>", "</blockquote>"),
    }
}

/// A text as HTML of the tags p, br, strong, em, del, code, pre, span (of class spoiler), ul, ol, li and
/// blockquote. Nothing in it is an address, and no attribute is the sender's.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    for token in tokens(text) {
        match token {
            Token::Open(shape) => out.push_str(tags(shape).0),
            Token::Close(shape) => out.push_str(tags(shape).1),
            Token::Break => out.push_str("<br>"),
            Token::Words(words) => escape(&words, &mut out),
        }
    }
    if out.len() > HTML_MAX {
        return bare(text);
    }
    out
}

/// The words alone, in one paragraph, what is hidden hidden.
fn bare(text: &str) -> String {
    let mut out = "<p>".to_owned();
    escape(&super::plain(text), &mut out);
    out.push_str("</p>");
    out
}

fn escape(words: &str, out: &mut String) {
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            c => out.push(c),
        }
    }
}
