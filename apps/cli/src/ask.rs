//! What a person is asked: the passphrase, from a file or at a terminal without echo; and whether they mean it.

use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use heliograph_rpc::{Passphrase, RpcError};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::output::Output;

/// Longest passphrase that can be typed, bytes; room is taken at once, so that no copy stays behind.
const LINE_MAX: usize = 1_024;

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

    /// Asks without echo. The keys that end programs are read here too, so that the terminal is
    /// never left silent.
    fn ask(&mut self, prompt: &str) -> Result<Zeroizing<String>, RpcError> {
        let mut silent = self.before.clone();
        silent
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        let set = |device: &File, modes: &Termios| {
            tcsetattr(device, OptionalActions::Flush, modes)
                .map_err(|error| unusable(&error.into()))
        };
        set(&self.device, &silent)?;
        let asked = self
            .device
            .write_all(prompt.as_bytes())
            .map_err(|error| unusable(&error))
            .and_then(|()| typed_line(&self.device));
        set(&self.device, &self.before)?;
        self.device
            .write_all(b"\n")
            .map_err(|error| unusable(&error))?;
        asked
    }
}

fn unusable(error: &std::io::Error) -> RpcError {
    RpcError::file(Path::new("/dev/tty"), error)
}

/// A line typed key by key: backspace and Ctrl-U mend it, Ctrl-C and Ctrl-D give up.
fn typed_line(mut keys: impl Read) -> Result<Zeroizing<String>, RpcError> {
    let mut line = Zeroizing::new(Vec::with_capacity(LINE_MAX));
    let mut key = [0];
    // One byte at a time: what is typed ahead belongs to the next question.
    while keys.read(&mut key).map_err(|error| unusable(&error))? == 1 {
        match key[0] {
            b'\n' | b'\r' => {
                let text = std::str::from_utf8(&line).map_err(|_| given_up())?;
                return Ok(Zeroizing::new(text.to_owned()));
            }
            0x03 | 0x04 => return Err(given_up()),
            0x15 => line.clear(),
            0x08 | 0x7f => while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            byte if line.len() < LINE_MAX => line.push(byte),
            _ => {}
        }
    }
    Err(given_up())
}

fn given_up() -> RpcError {
    RpcError::unchanged(
        "no-passphrase",
        "No passphrase was given.",
        "Run the command again when you have it at hand.",
    )
}

fn no_terminal() -> RpcError {
    RpcError::unchanged(
        "passphrase-needed",
        "The profile needs its passphrase, and there is neither a passphrase file nor a terminal to ask at.",
        "Give --passphrase-file FILE or set HELIOGRAPH_PASSPHRASE_FILE.",
    )
}

/// Whether a person types `word` after reading what is about to happen; nobody does where there is no
/// terminal.
pub(crate) fn agreed(warning: &str, word: &str) -> Result<bool, RpcError> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(false);
    }
    let mut words = std::io::stderr();
    let mut line = String::new();
    write!(words, "{warning}\nType {word} to go on: ")
        .and_then(|()| words.flush())
        .and_then(|()| input.read_line(&mut line))
        .map_err(RpcError::bug)?;
    Ok(line.trim() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> Result<String, String> {
        typed_line(keys)
            .map(|line| line.to_string())
            .map_err(|refusal| refusal.kind)
    }

    #[test]
    fn a_typed_line_can_be_mended_and_given_up() {
        assert_eq!(typed("grüß\x7f\x7fün\n".as_bytes()), Ok("grün".into()));
        assert_eq!(typed(b"wrong\x15right\r"), Ok("right".into()));
        for given_up in [&b"se\x03cret\n"[..], b"\x04", b"no end"] {
            assert_eq!(typed(given_up), Err("no-passphrase".into()));
        }
    }
}
