//! The passphrase: from a file, or from a person at a terminal, without echo.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use heliograph_rpc::{Passphrase, RpcError};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::output::Output;

/// The passphrase of a profile that exists.
pub(crate) fn passphrase(file: Option<&Path>, output: Output) -> Result<Passphrase, RpcError> {
    match file {
        Some(path) => read(path, output),
        None => typed("Passphrase: "),
    }
}

/// The passphrase for a new profile: typed twice when it is typed.
pub(crate) fn new_passphrase(file: Option<&Path>, output: Output) -> Result<Passphrase, RpcError> {
    let Some(path) = file else {
        let mut terminal = Terminal::open()?;
        let first = terminal.ask("New passphrase: ")?;
        if *terminal.ask("The same again: ")? != *first {
            return Err(RpcError::user(
                "passphrases-differ",
                "The two passphrases are not the same.",
                "No profile was made.",
                "Try again.",
            ));
        }
        return Passphrase::new(first);
    };
    read(path, output)
}

fn read(path: &Path, output: Output) -> Result<Passphrase, RpcError> {
    if path.metadata().is_ok_and(|found| found.mode() & 0o077 != 0) {
        output.note(&format!(
            "Others on this machine may read {}; close it with `chmod 600`.",
            path.display()
        ));
    }
    Passphrase::read(path)
}

fn typed(prompt: &str) -> Result<Passphrase, RpcError> {
    Passphrase::new(Terminal::open()?.ask(prompt)?)
}

/// The terminal of this process, not standard input, which may be a file of messages.
struct Terminal {
    device: File,
    before: Termios,
}

impl Terminal {
    fn open() -> Result<Self, RpcError> {
        let device = std::io::stderr()
            .is_terminal()
            .then(|| File::options().read(true).write(true).open("/dev/tty").ok())
            .flatten()
            .ok_or_else(no_terminal)?;
        let before = tcgetattr(&device).map_err(|_| no_terminal())?;
        Ok(Self { device, before })
    }

    fn ask(&mut self, prompt: &str) -> Result<Zeroizing<String>, RpcError> {
        let unusable = |error: std::io::Error| RpcError::file(Path::new("/dev/tty"), &error);
        let mut silent = self.before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&self.device, OptionalActions::Flush, &silent)
            .map_err(|error| unusable(error.into()))?;
        let mut line = Zeroizing::new(String::new());
        let asked = self
            .device
            .write_all(prompt.as_bytes())
            .and_then(|()| BufReader::new(&self.device).read_line(&mut line));
        drop(tcsetattr(&self.device, OptionalActions::Now, &self.before));
        drop(self.device.write_all(b"\n"));
        asked.map_err(unusable)?;
        let end = line.trim_end_matches(['\n', '\r']).len();
        line.truncate(end);
        Ok(line)
    }
}

fn no_terminal() -> RpcError {
    RpcError::unchanged(
        "passphrase-needed",
        "The profile needs its passphrase, and there is neither a passphrase file nor a terminal to ask at.",
        "Give --passphrase-file FILE or set HELIOGRAPH_PASSPHRASE_FILE.",
    )
}
