//! A passphrase, wherever it came from. Asking a person for one is the caller's business.

use std::io::Read;
use std::path::Path;

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::RpcError;

/// A passphrase file longer than this is taken for something else.
const FILE_MAX: u64 = 4_096;

/// Text that opens a key slot; wiped when dropped, never printed.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes what a person typed.
    ///
    /// # Errors
    /// `empty-passphrase`.
    pub fn new(text: Zeroizing<String>) -> Result<Self, RpcError> {
        if text.is_empty() {
            return Err(RpcError::unchanged(
                "empty-passphrase",
                "The passphrase is empty.",
                "Give a passphrase of at least one character; a long sentence is best.",
            ));
        }
        Ok(Self(text))
    }

    /// Reads a file whose first line is the passphrase; anything after its line end is refused.
    ///
    /// # Errors
    /// A file that cannot be read, is not text, or holds more than one line.
    pub fn read(path: &Path) -> Result<Self, RpcError> {
        let file = std::fs::File::open(path).map_err(|error| RpcError::file(path, &error))?;
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_MAX + 1)
            .read_to_string(&mut text)
            .map_err(|error| RpcError::file(path, &error))?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains('\n') || text.len() as u64 > FILE_MAX {
            return Err(RpcError::unchanged(
                "bad-passphrase-file",
                format!("{} holds more than one line.", path.display()),
                "Put the passphrase alone on the first line of the file.",
            ));
        }
        Self::new(Zeroizing::new(line.to_owned()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Makes a passphrase of 160 random bits, as text for a file.
///
/// # Errors
/// The system gives no randomness.
pub fn generate() -> Result<Zeroizing<String>, RpcError> {
    let mut bytes = Zeroizing::new([0; 20]);
    getrandom::fill(&mut *bytes).map_err(RpcError::bug)?;
    Ok(Zeroizing::new(
        BASE32_NOPAD.encode(&*bytes).to_ascii_lowercase(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Passphrase, RpcError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pass");
        std::fs::write(&path, bytes).unwrap();
        Passphrase::read(&path)
    }

    #[test]
    fn a_line_end_is_not_part_of_the_passphrase() {
        assert_eq!(read(b"long sentence\n").unwrap().bytes(), b"long sentence");
        assert_eq!(
            read(b"long sentence\r\n").unwrap().bytes(),
            b"long sentence"
        );
        assert_eq!(read(b" spaces stay ").unwrap().bytes(), b" spaces stay ");
    }

    #[test]
    fn a_file_that_holds_no_passphrase_is_refused() {
        let kind = |bytes: &[u8]| read(bytes).err().unwrap().kind;
        assert_eq!(kind(b"\n"), "empty-passphrase");
        assert_eq!(kind(b"one\ntwo\n"), "bad-passphrase-file");
        assert_eq!(kind(&[b'a'; 5_000]), "bad-passphrase-file");
        assert_eq!(kind(b"\xff\xfe"), "file-unusable");
    }
}
