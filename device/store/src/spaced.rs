//! Text as the index of words reads it, and what a person typed as the index is asked.
//!
//! Some scripts put no spaces between words, so each of their characters is a word to the index; then a
//! part of such a text is found like a phrase, be it one character long. Nothing typed reaches the index
//! but between quotation marks.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Stands between the words of [`spaced`] where the text has no space; no character of a text is it.
pub(crate) const JOINT: char = '\u{1}';
/// Before and after what was found; no character of a spaced text is one of them.
pub(crate) const HIT: (char, char) = ('\u{2}', '\u{3}');

/// Most words of a query that are looked for; a word's characters are bounded as well.
const TERMS_MAX: usize = 32;
const TERM_CHARS_MAX: usize = 128;

/// A character that is a word by itself: of a script without spaces, or a picture.
fn is_alone(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2600}'..='\u{27bf}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{1f000}'..='\u{1faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// The text with joints between such characters and their neighbours, and without control characters.
pub(crate) fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        if before.is_some_and(|before| is_alone(before) || is_alone(c)) {
            out.push(JOINT);
        }
        let harmful = c.is_control() && c != '\n' && c != '\t';
        out.push(if harmful { ' ' } else { c });
        before = Some(c);
    }
    out
}

/// What to ask the index for a query: every word must be there, the last one may be only begun. `None`
/// if there is no word in it.
pub(crate) fn terms(query: &str) -> Option<String> {
    let words = query.split(|c: char| c.is_whitespace() || c.is_control());
    let mut out = String::new();
    let sought = words.filter(|word| word.chars().any(|c| c.is_alphanumeric() || is_alone(c)));
    for word in sought.take(TERMS_MAX) {
        let cut: String = word.chars().take(TERM_CHARS_MAX).collect();
        let sep = if out.is_empty() { "" } else { " " };
        out += &format!("{sep}\"{}\"", spaced(&cut).replace('"', "\"\""));
    }
    (!out.is_empty()).then(|| out + "*")
}

/// Makes [`spaced`] known to a connection, whose triggers need it.
pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("spaced", 1, flags, |row| {
        let text: Option<String> = row.get(0)?;
        Ok(text.map(|text| spaced(&text)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_scripts_without_spaces_are_words() {
        assert_eq!(spaced("見る sea"), "見\u{1}る\u{1} sea");
        assert_eq!(spaced("a😀b"), "a\u{1}😀\u{1}b");
        assert_eq!(spaced("ca\u{301}fe\n"), "ca\u{301}fe\n");
    }

    #[test]
    fn the_marks_of_the_index_are_no_part_of_a_text() {
        assert_eq!(spaced("a\u{1}b\u{2}c\u{3}d\0e"), "a b c d e");
    }

    #[test]
    fn a_query_becomes_quoted_words_the_last_one_open() {
        assert_eq!(
            terms("sea  OR \"mist").unwrap(),
            "\"sea\" \"OR\" \"\"\"mist\"*"
        );
        assert_eq!(terms("… - \u{0}\""), None);
    }
}
