//! What may stand with a text, or with what is said of a file: who is named in it, that it was passed on, what its link
//! leads to.

use serde::{Deserialize, Serialize};

use super::ContentError;

/// Most people named in one text.
pub const MENTIONS_MAX: usize = 50;
/// Longest name of a person in content, bytes of UTF-8.
pub const NAME_MAX: usize = 256;
/// Longest card link in content, bytes.
pub const CARD_MAX: usize = 1_024;
/// Longest address of a preview, bytes.
pub const ADDRESS_MAX: usize = 2_000;
/// Longest title of a preview, bytes of UTF-8.
pub const TITLE_MAX: usize = 300;
/// Longest description of a preview, bytes of UTF-8.
pub const DESCRIPTION_MAX: usize = 1_000;
/// Largest picture of a preview, bytes.
pub const PICTURE_MAX: usize = 8_000;

/// See the module's words. The default is nothing.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct More {
    /// Ids of people whom the text names.
    pub mentions: Vec<[u8; 32]>,
    /// It was said or sent elsewhere before; the name of whoever did, or an empty one.
    pub forwarded: Option<String>,
    /// What an address in the text leads to, as the sender found it.
    pub preview: Option<Preview>,
}

/// What an address leads to. Made by the sender; readers fetch nothing.
#[derive(Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The address, which must stand in the text: `http` or `https`.
    pub address: String,
    /// Its title.
    pub title: String,
    /// What it is about; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A small picture in a common format; may be empty.
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Vec::is_empty")]
    pub picture: Vec<u8>,
}

impl Preview {
    /// Holds it against its bounds, and against the text that it stands with.
    ///
    /// # Errors
    /// [`ContentError::Limit`].
    pub fn check(&self, text: &str) -> Result<(), ContentError> {
        let web = ["http://", "https://"]
            .iter()
            .any(|way| self.address.starts_with(way));
        let within = self.address.len() <= ADDRESS_MAX
            && !self.title.is_empty()
            && self.title.len() <= TITLE_MAX
            && self.text.len() <= DESCRIPTION_MAX
            && self.picture.len() <= PICTURE_MAX;
        // An address that the text does not show would be a link to somewhere else.
        if web && within && text.contains(&self.address) {
            Ok(())
        } else {
            Err(ContentError::Limit)
        }
    }
}

/// Reads a list of people.
pub(super) fn people(bytes: Option<Vec<u8>>) -> Result<Vec<[u8; 32]>, ContentError> {
    let bytes = bytes.unwrap_or_default();
    let (people, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || people.len() > MENTIONS_MAX {
        return Err(ContentError::Limit);
    }
    Ok(people.to_vec())
}

/// Puts what stands with a text into the fields.
pub(super) fn fill(fields: &mut super::fields::Fields, more: &More) {
    fields.mentions = list(&more.mentions);
    fields.forwarded.clone_from(&more.forwarded);
    fields.preview.clone_from(&more.preview);
}

/// Writes a list of people; nothing if it is empty.
pub(super) fn list(people: &[[u8; 32]]) -> Option<Vec<u8>> {
    (!people.is_empty()).then(|| people.concat())
}

/// A name within its bound.
pub(super) fn name(name: String) -> Result<String, ContentError> {
    (name.len() <= NAME_MAX)
        .then_some(name)
        .ok_or(ContentError::Limit)
}
