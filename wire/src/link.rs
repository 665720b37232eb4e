//! The board link: where a board is and which keys it must show.
//!
//! `heliograph://board/HOST:PORT#CODE` with CODE = base32 (lower case, no padding) of
//! version (1) ‖ board key (32) ‖ lane (4) ‖ pin kind (1) ‖ [pin (32)] ‖ checksum (4).

use data_encoding::BASE32_NOPAD;

use crate::LaneId;
use crate::hash::sha256;

const PREFIX: &str = "heliograph://board/";
const VERSION: u8 = 1;
const HOST_MAX: usize = 255;

/// How a client knows that it speaks to the right TLS endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pin {
    /// The certificate's key has this SHA-256 (of its SubjectPublicKeyInfo).
    Key([u8; 32]),
    /// The certificate is vouched for by the machine's public roots.
    PublicRoots,
}

/// Address and keys of a board. Public; a person passes it on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoardLink {
    /// `HOST:PORT`; IPv6 in brackets.
    pub address: String,
    /// Ed25519 key that signs ticks.
    pub key: [u8; 32],
    /// Home lane.
    pub lane: LaneId,
    /// TLS endpoint check.
    pub pin: Pin,
}

/// Why a board link was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Does not begin like a board link.
    #[error("this is not a board link: it should begin with heliograph://board/")]
    NotALink,
    /// The part before `#` is not an address with a port.
    #[error("the board link has no usable address: HOST:PORT is expected")]
    Address,
    /// The code is too short.
    #[error("the board link is cut off: copy it again, whole")]
    Truncated,
    /// Characters changed on the way.
    #[error("the board link was altered on the way: its checksum does not fit")]
    Altered,
    /// Made by a newer program.
    #[error("the board link is of version {0}, which this program does not know")]
    Version(u8),
}

/// Splits `HOST:PORT` and checks both parts.
///
/// # Errors
/// [`LinkError::Address`].
pub fn split_address(address: &str) -> Result<(&str, u16), LinkError> {
    let (host, port) = address.rsplit_once(':').ok_or(LinkError::Address)?;
    let port = port.parse().map_err(|_| LinkError::Address)?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let fits = !bare.is_empty()
        && host.len() <= HOST_MAX
        && bare
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-:_".contains(&b));
    if fits {
        Ok((bare, port))
    } else {
        Err(LinkError::Address)
    }
}

/// SHA-256 of a DER SubjectPublicKeyInfo: what [`Pin::Key`] holds.
#[must_use]
pub fn key_pin(spki: &[u8]) -> [u8; 32] {
    sha256(&[spki])
}

/// Appends the first four bytes of SHA-256 and writes base32.
#[must_use]
pub fn armour(bytes: &[u8]) -> String {
    let sum = sha256(&[bytes]);
    let whole = [bytes, &sum[..4]].concat();
    BASE32_NOPAD.encode(&whole).to_ascii_lowercase()
}

/// Reads what [`armour`] wrote; `None` if characters changed or are missing.
#[must_use]
pub fn unarmour(text: &str) -> Option<Vec<u8>> {
    let mut whole = BASE32_NOPAD
        .decode(text.trim().to_ascii_uppercase().as_bytes())
        .ok()?;
    let sum = whole.split_off(whole.len().checked_sub(4)?);
    (sha256(&[&whole])[..4] == sum[..]).then_some(whole)
}

impl BoardLink {
    /// The link as text.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("{PREFIX}{}#{}", self.address, armour(&self.code()))
    }

    /// The bytes behind `#`, without checksum.
    #[must_use]
    pub fn code(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.key);
        out.extend_from_slice(&self.lane.0.to_be_bytes());
        match &self.pin {
            Pin::PublicRoots => out.push(0),
            Pin::Key(pin) => {
                out.push(1);
                out.extend_from_slice(pin);
            }
        }
        out
    }

    /// Reads a link.
    ///
    /// # Errors
    /// [`LinkError`] says what a person can do about it.
    pub fn decode(text: &str) -> Result<Self, LinkError> {
        let rest = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or(LinkError::NotALink)?;
        let (address, code) = rest.split_once('#').ok_or(LinkError::Truncated)?;
        split_address(address)?;
        if code.len() < 60 {
            return Err(LinkError::Truncated);
        }
        let code = unarmour(code).ok_or(LinkError::Altered)?;
        Self::from_code(address, &code)
    }

    /// Reads the bytes behind `#`.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn from_code(address: &str, code: &[u8]) -> Result<Self, LinkError> {
        split_address(address)?;
        let (&version, rest) = code.split_first().ok_or(LinkError::Truncated)?;
        if version != VERSION {
            return Err(LinkError::Version(version));
        }
        let (key, rest) = rest.split_first_chunk().ok_or(LinkError::Truncated)?;
        let (lane, rest) = rest.split_first_chunk().ok_or(LinkError::Truncated)?;
        let pin = match rest.split_first() {
            Some((0, [])) => Pin::PublicRoots,
            Some((1, pin)) => Pin::Key(pin.try_into().map_err(|_| LinkError::Truncated)?),
            _ => return Err(LinkError::Altered),
        };
        Ok(Self {
            address: address.to_owned(),
            key: *key,
            lane: LaneId(u32::from_be_bytes(*lane)),
            pin,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> BoardLink {
        BoardLink {
            address: "127.0.0.1:4433".into(),
            key: [7; 32],
            lane: LaneId(0),
            pin: Pin::Key([9; 32]),
        }
    }

    #[test]
    fn a_link_comes_back_as_it_was() {
        assert_eq!(BoardLink::decode(&link().encode()), Ok(link()));
        let public = BoardLink {
            pin: Pin::PublicRoots,
            address: "board.example:443".into(),
            ..link()
        };
        assert_eq!(BoardLink::decode(&public.encode()), Ok(public));
    }

    #[test]
    fn each_way_of_spoiling_a_link_is_named() {
        let text = link().encode();
        assert_eq!(BoardLink::decode("https://x"), Err(LinkError::NotALink));
        assert_eq!(BoardLink::decode(&text[..40]), Err(LinkError::Truncated));
        let mut altered = text.clone().into_bytes();
        let at = altered.len() - 20;
        altered[at] = if altered[at] == b'a' { b'b' } else { b'a' };
        let altered = String::from_utf8(altered).unwrap();
        assert_eq!(BoardLink::decode(&altered), Err(LinkError::Altered));
        let bad = text.replace("127.0.0.1:4433", "127.0.0.1");
        assert_eq!(BoardLink::decode(&bad), Err(LinkError::Address));
        let newer = format!("{PREFIX}h:1#{}", armour(&[2; 70]));
        assert_eq!(BoardLink::decode(&newer), Err(LinkError::Version(2)));
    }
}
