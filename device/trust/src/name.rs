//! Display names: text for people, never an identity.

use std::fmt;

const LONGEST: usize = 64;

/// A name as shown: no control, invisible or direction characters; 1 to 64 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct DisplayName(String);

/// Why text cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing visible is left of it.
    #[error("a name needs at least one visible character")]
    Empty,
    /// Over 64 characters.
    #[error("a name can have at most 64 characters")]
    TooLong,
}

/// Characters that change how their neighbours look or are not seen at all (controls, Unicode default
/// ignorables and bidirectional controls, UAX #9 and UAX #44).
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
            | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF)
}

impl DisplayName {
    /// Cleans text into a name.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let visible: String = text.chars().filter(|c| !is_hidden(*c)).collect();
        let name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().count() > LONGEST {
            return Err(NameError::TooLong);
        }
        Ok(Self(name))
    }

    /// Text that others wrote as a name: `None` unless cleaning changes nothing.
    #[must_use]
    pub fn exactly(text: &str) -> Option<Self> {
        Self::parse(text).ok().filter(|name| name.0 == text)
    }

    /// The name between first-strong isolates, so that it cannot turn the text around it.
    #[must_use]
    pub fn isolated(&self) -> String {
        format!("\u{2068}{}\u{2069}", self.0)
    }

    /// The bare text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows nothing: names must not reach a log.
/// Longest description, bytes of UTF-8.
pub const DESCRIPTION_MAX: usize = 1_000;

/// What something is for, in at most 1,000 bytes; lines are allowed, and nothing that cannot be seen. Empty: it is not said.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Description(String);

impl Description {
    /// Cleans text into a description: what cannot be seen is left out, blanks at the ends of lines too.
    ///
    /// # Errors
    /// [`NameError::TooLong`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let seen: String = text
            .chars()
            .filter(|c| *c == '\n' || !is_hidden(*c))
            .collect();
        let lines: Vec<&str> = seen.lines().map(str::trim).collect();
        let whole = lines.join("\n").trim().to_owned();
        if whole.len() > DESCRIPTION_MAX {
            return Err(NameError::TooLong);
        }
        Ok(Self(whole))
    }

    /// Text that others wrote: `None` unless cleaning changes nothing.
    #[must_use]
    pub fn exactly(text: &str) -> Option<Self> {
        Self::parse(text)
            .ok()
            .filter(|description| description.0 == text)
    }

    /// The bare text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Description(…)")
    }
}

impl fmt::Debug for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DisplayName(…)")
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_keeps_its_lines_and_nothing_that_cannot_be_seen() {
        let parsed = Description::parse("  Night\u{202e} shift \n\n bring\tlamps\r\n").unwrap();
        assert_eq!(parsed.as_str(), "Night shift\n\nbringlamps");
        assert_eq!(Description::exactly(parsed.as_str()), Some(parsed));
        assert_eq!(Description::exactly(" a"), None);
        assert_eq!(Description::parse(" \n ").unwrap(), Description::default());
        assert!(Description::parse(&"x".repeat(1_001)).is_err());
    }

    #[test]
    fn invisible_and_direction_characters_are_taken_out_of_names() {
        let name = DisplayName::parse("An\u{202e}na\u{200b} \t Lee\u{7}").unwrap();
        assert_eq!(name.as_str(), "Anna Lee");
        assert_eq!(
            DisplayName::parse("\u{200b}\u{202e}"),
            Err(NameError::Empty)
        );
        assert_eq!(DisplayName::parse(&"x".repeat(65)), Err(NameError::TooLong));
        assert!(DisplayName::exactly("a\u{200b}b").is_none());
    }

    #[test]
    fn a_name_does_not_show_where_debug_output_goes() {
        let name = DisplayName::parse("Anna").unwrap();
        assert_eq!(format!("{name:?}"), "DisplayName(…)");
    }
}
