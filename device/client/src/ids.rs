//! Ids as a person sees them: a letter and base32.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;

/// Local name of a conversation; never leaves the device. Printed `c_…`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationId(pub [u8; 16]);

/// Name of a message, made by its sender. Printed `m_…`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub [u8; 16]);

/// Text that is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id: {0} followed by 26 letters and digits is expected")]
pub struct NotAnId(&'static str);

/// `prefix` and lower-case base32 of `bytes`.
pub(crate) fn print(prefix: &str, bytes: &[u8]) -> String {
    format!(
        "{prefix}{}",
        BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
    )
}

fn parse(prefix: &'static str, text: &str) -> Result<[u8; 16], NotAnId> {
    let code = text.trim().strip_prefix(prefix).ok_or(NotAnId(prefix))?;
    BASE32_NOPAD
        .decode(code.to_ascii_uppercase().as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(NotAnId(prefix))
}

macro_rules! printed {
    ($name:ident, $prefix:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&print($prefix, &self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "…"))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse($prefix, text).map(Self)
            }
        }
    };
}

printed!(ConversationId, "c_");
printed!(MessageId, "m_");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_they_were_and_strangers_are_refused() {
        let id = MessageId([7; 16]);
        assert_eq!(id.to_string().parse::<MessageId>(), Ok(id));
        assert!(id.to_string().parse::<ConversationId>().is_err());
        assert!("m_short".parse::<MessageId>().is_err());
    }
}
