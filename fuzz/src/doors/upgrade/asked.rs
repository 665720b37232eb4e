//! A stranger's HTTP request, as the server reads it.

use heliograph_wire::SMALL_FRAME;

#[path = "../../../../server/daemon/src/upgrade.rs"]
mod server;

use server::{Upgrade, upgrade};

/// Answered with one frame's length and nothing swallowed behind it, or as shortly as any web server.
pub fn upgrade_asked(data: &[u8]) -> bool {
    let mut stream = tokio::io::join(data, Vec::new());
    let done = super::at_once(upgrade(&mut stream)).expect("memory does not break");
    let (_, said) = stream.into_inner();
    match done {
        Upgrade::Frames(rest) => {
            assert!(said.starts_with(b"HTTP/1.1 101 ") && said.len() == SMALL_FRAME);
            // Whatever was read behind the head comes back; the rest is still in the stream.
            let taken = data
                .windows(rest.len().max(1))
                .any(|seen| seen == &rest[..]);
            assert!(rest.is_empty() || taken);
            true
        }
        Upgrade::Refused => {
            assert!(said.len() < 100);
            false
        }
    }
}
