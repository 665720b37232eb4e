//! A server's HTTP answer, as the client reads it.

use tokio::io::AsyncReadExt;

#[path = "../../../../device/client/src/link/upgrade.rs"]
mod client;

/// The two reasons that the file compiled in gives, under the product's names.
enum LinkFault {
    Connect(std::io::ErrorKind),
    NotABoard,
}

/// Accepted or refused; of what follows the head not a byte is swallowed.
pub fn upgrade_answered(data: &[u8]) -> bool {
    let mut stream = tokio::io::join(data, Vec::new());
    match super::at_once(client::upgrade(&mut stream, "board.example:4433")) {
        Ok(()) => {
            let mut rest = Vec::new();
            let read = super::at_once(stream.read_to_end(&mut rest));
            assert!(read.is_ok() && data.ends_with(&rest));
            assert!(data[..data.len() - rest.len()].ends_with(b"\r\n\r\n"));
            true
        }
        Err(LinkFault::Connect(kind)) => {
            assert!(kind == std::io::ErrorKind::UnexpectedEof);
            false
        }
        Err(LinkFault::NotABoard) => false,
    }
}
