//! From a text to its shapes. A library finds the marks; the walk over its tree keeps those of the
//! format and never recurses.

use comrak::nodes::{ListType, NodeList, NodeValue};
use comrak::{Arena, Options, parse_document};

use super::{DEPTH_MAX, Shape, Token, tame};

/// Signs that begin something which is no part of the format, and the noncharacters that stand for
/// them while the library reads, so that it sees words.
const NO_MARKS: [(char, char); 4] = [
    ('[', '\u{fdd0}'),
    ('<', '\u{fdd1}'),
    ('&', '\u{fdd2}'),
    ('#', '\u{fdd3}'),
];
/// The longest word behind the opening of a code block that is a mark, such as a language.
const INFO_MAX: usize = 20;

/// The shapes of a text, in order. No text is wrong.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let text = veil(text);
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.spoiler = true;
    options.extension.cjk_friendly_emphasis = true;
    options.parse.ignore_setext = true;
    let arena = Arena::new();
    let root = parse_document(&arena, &text, &options);
    let mut walk = Walk {
        lines: text.lines().collect(),
        out: Vec::new(),
        open: Vec::new(),
        shapes: 0,
        number: None,
    };
    for edge in root.traverse() {
        match edge {
            comrak::arena_tree::NodeEdge::Start(node) => {
                let data = node.data();
                let at = data.sourcepos;
                let place = (at.start.line, at.start.column, at.end.column);
                walk.enter(&data.value, place);
            }
            comrak::arena_tree::NodeEdge::End(node) => walk.leave(&node.data().value),
        }
    }
    walk.out
}

/// Takes away what may not be shown, and the meaning of signs that have none here.
fn veil(text: &str) -> String {
    let (mut out, mut escaped) = (String::with_capacity(text.len()), false);
    for c in text.chars() {
        let stands = NO_MARKS.iter().find(|(sign, _)| *sign == c && !escaped);
        escaped = c == '\\' && !escaped;
        out.push(match stands {
            Some((_, instead)) => *instead,
            None if matches!(c, '\u{fdd0}'..='\u{fdef}') => '\u{fffd}',
            None if c == '\r' => '\r',
            None => tame(c),
        });
    }
    out
}

fn unveil(words: &str) -> String {
    let back = |c| {
        let sign = NO_MARKS.iter().find(|(_, instead)| *instead == c);
        sign.map_or(c, |(sign, _)| *sign)
    };
    words.chars().map(back).filter(|c| *c != '\r').collect()
}

struct Walk<'a> {
    lines: Vec<&'a str>,
    out: Vec<Token>,
    /// For each open node the shape that it opened.
    open: Vec<Option<Shape>>,
    /// How many of them are open.
    shapes: usize,
    /// The number before the next words, of a list whose numbers are shown as they are.
    number: Option<String>,
}

impl Walk<'_> {
    fn enter(&mut self, value: &NodeValue, place: (usize, usize, usize)) {
        let shape = self.shape(value);
        if let NodeValue::Item(list) = value
            && list.list_type == ListType::Ordered
            && shape.is_none()
        {
            self.flush_number();
            let sign = match list.delimiter {
                comrak::nodes::ListDelimType::Period => '.',
                comrak::nodes::ListDelimType::Paren => ')',
            };
            self.number = Some(format!("{}{sign} ", list.start));
        }
        if shape == Some(Shape::Paragraph) {
            self.out.push(Token::Open(Shape::Paragraph));
            if let Some(number) = self.number.take() {
                self.out.push(Token::Words(number));
            }
        } else if let Some(shape) = shape {
            let within = [
                Shape::Strong,
                Shape::Emphasis,
                Shape::Strike,
                Shape::Spoiler,
                Shape::Code,
            ];
            if !within.contains(&shape) {
                self.flush_number();
            }
            self.out.push(Token::Open(shape));
        }
        self.shapes += usize::from(shape.is_some());
        self.open.push(shape);
        self.words(value, place);
    }

    fn leave(&mut self, value: &NodeValue) {
        if matches!(value, NodeValue::Item(_)) {
            self.flush_number();
        }
        match value {
            NodeValue::Link(link) | NodeValue::Image(link) => self.say(&format!(" ({})", link.url)),
            _ => {}
        }
        if let Some(shape) = self.open.pop().flatten() {
            self.shapes -= 1;
            self.out.push(Token::Close(shape));
        }
    }

    /// The shape that a node opens here, if any.
    fn shape(&self, value: &NodeValue) -> Option<Shape> {
        let numbered = |list: &NodeList| list.list_type == ListType::Ordered;
        let shape = match value {
            NodeValue::Paragraph
            | NodeValue::Heading(_)
            | NodeValue::HtmlBlock(_)
            | NodeValue::ThematicBreak => return Some(Shape::Paragraph),
            NodeValue::CodeBlock(_) => return Some(Shape::Block),
            NodeValue::Item(_) => {
                let list = self.open.last().copied().flatten();
                let listed = matches!(list, Some(Shape::Bullets | Shape::Numbers));
                return listed.then_some(Shape::Item);
            }
            NodeValue::List(_) if self.shapes + 2 > DEPTH_MAX => return None,
            NodeValue::List(list) if numbered(list) && list.start == 1 => Shape::Numbers,
            NodeValue::List(list) if numbered(list) => return None,
            NodeValue::List(_) => Shape::Bullets,
            NodeValue::BlockQuote => Shape::Quote,
            NodeValue::Strong => Shape::Strong,
            NodeValue::Emph => Shape::Emphasis,
            NodeValue::Strikethrough => Shape::Strike,
            // Hidden is hidden, however deep it lies; within it nothing is hidden once more.
            NodeValue::SpoileredText => {
                let hidden = self.open.contains(&Some(Shape::Spoiler));
                return (!hidden).then_some(Shape::Spoiler);
            }
            NodeValue::Code(_) => Shape::Code,
            _ => return None,
        };
        (self.shapes < DEPTH_MAX).then_some(shape)
    }

    /// What a node says itself.
    fn words(&mut self, value: &NodeValue, (line, from, to): (usize, usize, usize)) {
        match value {
            NodeValue::Text(words) => self.say(words),
            NodeValue::Code(code) => self.say(&code.literal),
            NodeValue::CodeBlock(block) => {
                let sane = |c: char| c.is_ascii_alphanumeric() || "+-_.\u{fdd3}".contains(c);
                let alone = block.literal.trim().is_empty();
                if alone || block.info.len() > INFO_MAX || !block.info.chars().all(sane) {
                    self.say(&format!("{}\n", block.info));
                }
                self.say(&block.literal);
            }
            NodeValue::SoftBreak | NodeValue::LineBreak => self.out.push(Token::Break),
            NodeValue::HtmlBlock(html) => self.say(&html.literal),
            NodeValue::HtmlInline(html) => self.say(html),
            NodeValue::EscapedTag(tag) => self.say(tag),
            NodeValue::ThematicBreak => {
                let line = self.lines.get(line.saturating_sub(1));
                let typed = line.and_then(|line| line.get(from.saturating_sub(1)..to));
                self.say(typed.unwrap_or("---"));
            }
            _ => {}
        }
    }

    fn say(&mut self, words: &str) {
        if !words.is_empty() {
            self.out.push(Token::Words(unveil(words)));
        }
    }

    /// A number that no words followed stands alone.
    fn flush_number(&mut self) {
        if let Some(number) = self.number.take() {
            let words = Token::Words(number.trim_end().to_owned());
            let (open, close) = (
                Token::Open(Shape::Paragraph),
                Token::Close(Shape::Paragraph),
            );
            self.out.extend([open, words, close]);
        }
    }
}
