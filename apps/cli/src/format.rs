//! A formatted text on a terminal (docs/protocol/text.md, Terminal). Elsewhere it stands as it was
//! typed, but for hidden words.

use heliograph_rpc::text::{HIDDEN, Shape, Token, is_bare, tokens};

use crate::output::{Output, SET_IN, set_in, tame, wide};

/// Styles and the codes that switch them on, a bit each.
const STYLES: [(u8, &str); 6] = [
    (BOLD, "1"),
    (ITALIC, "3"),
    (STRUCK, "9"),
    (CODE, "36"),
    (QUOTED, "2"),
    (REVEALED, "7"),
];
const BOLD: u8 = 1;
const ITALIC: u8 = 2;
const STRUCK: u8 = 4;
const CODE: u8 = 8;
const QUOTED: u8 = 16;
const REVEALED: u8 = 32;

/// The words of a message behind `before` columns, every further line set in (C-57); what is hidden is
/// shown only if `reveal`.
pub(crate) fn body(
    output: Output,
    text: &str,
    (before, reveal, names): (usize, bool, &[&str]),
) -> String {
    let tokens = tokens(text);
    let hides = tokens.contains(&Token::Open(Shape::Spoiler));
    let as_typed = is_bare(&tokens) && (names.is_empty() || !output.has_colour());
    if as_typed || (!output.has_colour() && (reveal || !hides)) {
        return set_in(&tame(text), before, output.width());
    }
    let mut page = Page {
        signs: Vec::new(),
        open: Vec::new(),
        lines: Vec::new(),
        lists: Vec::new(),
        marks: !output.has_colour(),
        reveal,
        names,
    };
    for token in &tokens {
        page.take(token);
    }
    lay(&page.signs, before, output.width())
}

/// What the lines of a block begin with: its first, then the others.
struct Lines {
    first: Option<String>,
    then: &'static str,
}

struct Page<'a> {
    signs: Vec<(char, u8)>,
    open: Vec<Shape>,
    lines: Vec<Lines>,
    lists: Vec<usize>,
    /// Without styles, marks stand for them.
    marks: bool,
    reveal: bool,
    /// Members whom the text names; each stands out behind its `@`.
    names: &'a [&'a str],
}

impl Page<'_> {
    fn style(&self) -> u8 {
        let styles = self.open.iter().map(|shape| match shape {
            Shape::Strong => BOLD,
            Shape::Emphasis => ITALIC,
            Shape::Strike => STRUCK,
            Shape::Code | Shape::Block => CODE,
            Shape::Quote => QUOTED,
            Shape::Spoiler => REVEALED,
            Shape::Paragraph | Shape::Bullets | Shape::Numbers | Shape::Item => 0,
        });
        if self.marks {
            0
        } else {
            styles.fold(0, |all, one| all | one)
        }
    }

    fn hidden(&self) -> bool {
        !self.reveal && self.open.contains(&Shape::Spoiler)
    }

    fn put(&mut self, words: &str) {
        let (style, words) = (self.style(), tame(words));
        let mut named = 0;
        for (at, c) in words.char_indices() {
            if c == '@' && !self.marks {
                let rest = &words[at + 1..];
                let found = self.names.iter().filter(|name| rest.starts_with(**name));
                named = found
                    .map(|name| 1 + name.chars().count())
                    .max()
                    .unwrap_or(0);
            }
            let bold = if named > 0 { BOLD } else { 0 };
            named = named.saturating_sub(1);
            self.signs.push((c, style | bold));
        }
    }

    fn mark(&mut self, shape: Shape) {
        let mark = match shape {
            Shape::Strong => "**",
            Shape::Emphasis => "*",
            Shape::Strike => "~~",
            Shape::Code => "`",
            _ => return,
        };
        if self.marks && !self.hidden() {
            self.put(mark);
        }
    }

    fn begin_line(&mut self) {
        if !self.signs.is_empty() {
            self.signs.push(('\n', 0));
        }
        for lines in &mut self.lines {
            let begin = lines.first.take();
            let begin = begin.as_deref().unwrap_or(lines.then);
            self.signs.extend(begin.chars().map(|c| (c, 0)));
        }
    }

    fn take(&mut self, token: &Token) {
        match token {
            Token::Open(shape) => self.begin(*shape),
            Token::Close(shape) => {
                self.mark(*shape);
                self.open.pop();
                match shape {
                    Shape::Quote | Shape::Item => drop(self.lines.pop()),
                    Shape::Bullets | Shape::Numbers => drop(self.lists.pop()),
                    _ => {}
                }
            }
            Token::Break if self.hidden() => {}
            Token::Break => self.begin_line(),
            Token::Words(_) if self.hidden() => {}
            Token::Words(words) if self.open.last() == Some(&Shape::Block) => {
                for (n, line) in words.trim_end().split('\n').enumerate() {
                    if n > 0 {
                        self.begin_line();
                    }
                    self.put(line);
                }
            }
            Token::Words(words) => self.put(words),
        }
    }

    fn begin(&mut self, shape: Shape) {
        let was_hidden = self.hidden();
        self.open.push(shape);
        match shape {
            Shape::Paragraph | Shape::Block => self.begin_line(),
            Shape::Quote => self.lines.push(Lines {
                first: None,
                then: "│ ",
            }),
            Shape::Bullets => self.lists.push(0),
            Shape::Numbers => self.lists.push(1),
            Shape::Item => {
                let first = match self.lists.last_mut() {
                    Some(number) if *number > 0 => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                let first = Some(first);
                self.lines.push(Lines { first, then: "  " });
            }
            Shape::Spoiler if !self.reveal && !was_hidden => {
                let style = self.style() & !REVEALED;
                self.signs.extend(HIDDEN.chars().map(|c| (c, style)));
            }
            _ => self.mark(shape),
        }
    }
}

/// Sets lines in and breaks them as [`set_in`] does; no style reaches over the end of a line.
fn lay(signs: &[(char, u8)], before: usize, width: Option<usize>) -> String {
    let mut out = String::with_capacity(signs.len() * 2);
    let (mut column, mut now) = (before, 0);
    let switch = |out: &mut String, now: &mut u8, to: u8| {
        if *now == to {
            return;
        }
        if *now != 0 {
            out.push_str("\x1b[0m");
        }
        for (bit, code) in STYLES {
            if to & bit != 0 {
                out.push_str(&format!("\x1b[{code}m"));
            }
        }
        *now = to;
    };
    for (c, style) in signs {
        let wide = wide(*c);
        if *c == '\n' || width.is_some_and(|width| column + wide > width) {
            switch(&mut out, &mut now, 0);
            out.push_str(SET_IN);
            column = SET_IN.len() - 1;
        }
        if *c != '\n' {
            switch(&mut out, &mut now, *style);
            out.push(*c);
            column += wide;
        }
    }
    switch(&mut out, &mut now, 0);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Without the codes of styles.
    fn bare(shown: &str) -> String {
        let mut parts = shown.split('\x1b');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (code, rest) = part.split_once('m').unwrap();
            assert!(code.starts_with('[') && code[1..].chars().all(|c| c.is_ascii_digit()));
            out.push_str(rest);
        }
        out
    }

    #[test]
    fn styles_are_shown_on_a_terminal_and_hidden_words_only_when_asked_for() {
        let terminal = Output::coloured();
        let shown = |text: &str| body(terminal, text, (0, false, &[]));
        assert_eq!(shown("as *it* is"), "as \x1b[3mit\x1b[0m is");
        assert_eq!(shown("**a** ||b||"), "\x1b[1ma\x1b[0m ▒▒▒");
        assert_eq!(
            body(terminal, "**a** ||b||", (0, true, &[])),
            "\x1b[1ma\x1b[0m \x1b[7mb\x1b[0m"
        );
        assert_eq!(
            body(terminal, "@Ben, come", (0, false, &["Ben"])),
            "\x1b[1m@Ben\x1b[0m, come"
        );
        assert_eq!(shown("- a\n- b\n\n1. c"), "• a\n    • b\n    1. c");
        assert_eq!(
            bare(&shown("> a\n> b\n\n```\nx\n  y\n```")),
            "│ a\n    │ b\n    x\n      y"
        );
        let piped = Output::new(false);
        assert_eq!(body(piped, "**a**\n- b", (0, false, &[])), "**a**\n    - b");
        assert_eq!(body(piped, "**a** ||b||", (0, false, &[])), "**a** ▒▒▒");
        assert_eq!(body(piped, "**a** ||b||", (0, true, &[])), "**a** ||b||");
    }

    proptest! {
        #[test]
        fn no_formatted_text_drives_the_terminal_or_looks_like_another_message(
            text in "([a-c \\n\\t\u{1b}\u{202e}]|[*_~|`>-]|\\|\\||1\\. |> |- |```|\u{1b}\\[2J){0,60}",
            reveal in any::<bool>(),
        ) {
            for output in [Output::coloured(), Output::new(false)] {
                let shown = body(output, &text, (20, reveal, &["a"]));
                let shown = bare(&shown);
                let harmful = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
                prop_assert_eq!(shown.chars().find(|c| harmful(*c)), None);
                for line in shown.split('\n').skip(1) {
                    prop_assert!(line.starts_with("    "), "{:?}", line);
                }
            }
        }
    }
}
