//! Standard input as batches of lines: a line never waits for a later one, memory stays bounded.

use std::io::{self, BufRead, Read};

use heliograph_rpc::{TEXT_MAX, TEXTS_MAX};

/// Text of one call: with the dearest JSON escapes it still fits on one line of the interface.
const BATCH_BYTES: usize = 32 * 1_024;

/// Longest line that a terminal passes on, bytes; it drops what is typed beyond, without a word.
const TERMINAL_LINE: usize = 4_095;

/// Whether a terminal has cut a line of what was typed.
pub(super) fn is_cut(terminal: bool, typed: &[u8]) -> bool {
    let mut lines = typed.split(|byte| *byte == b'\n');
    terminal && lines.any(|line| line.len() >= TERMINAL_LINE)
}

/// Lines that go into one call.
#[derive(Default, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) texts: Vec<String>,
}

/// Why no further batch comes.
#[derive(Debug)]
pub(super) enum End {
    /// The input is used up.
    Done,
    /// The terminal has cut this line. What came through.
    Cut(Vec<u8>),
    /// This line is longer than a message can be. The bytes of it that were read so far.
    TooLong(usize, Vec<u8>),
    /// This line is not UTF-8. Its bytes.
    NotText(usize, Vec<u8>),
    /// The input cannot be read.
    Failed(io::Error),
}

/// Cuts an input into batches.
pub(super) struct Lines<R> {
    pub(super) input: io::BufReader<R>,
    number: usize,
    terminal: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R, terminal: bool) -> Self {
        Self {
            input: io::BufReader::with_capacity(64 * 1_024, input),
            number: 0,
            terminal,
        }
    }

    /// The next batch, with the end if it is the last one. Waits for input only while the batch is
    /// empty.
    pub(super) fn next_batch(&mut self) -> (Batch, Option<End>) {
        let (mut batch, mut size) = (Batch::default(), 0);
        loop {
            match self.next_line() {
                Err(end) => return (batch, Some(end)),
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => {
                    size += text.len();
                    batch.texts.push(text);
                }
            }
            let full = batch.texts.len() == TEXTS_MAX || size + TEXT_MAX > BATCH_BYTES;
            if full || (!batch.texts.is_empty() && !self.input.buffer().contains(&b'\n')) {
                return (batch, None);
            }
        }
    }

    /// A line without its end, byte for byte.
    fn next_line(&mut self) -> Result<String, End> {
        let mut bytes = Vec::new();
        let most = TEXT_MAX as u64 + 1;
        let read = self.input.by_ref().take(most).read_until(b'\n', &mut bytes);
        if read.map_err(End::Failed)? == 0 {
            return Err(End::Done);
        }
        self.number += 1;
        let ended = bytes.last() == Some(&b'\n');
        if is_cut(self.terminal, bytes.strip_suffix(b"\n").unwrap_or(&bytes)) {
            return Err(End::Cut(bytes));
        }
        if !ended && bytes.len() > TEXT_MAX {
            return Err(End::TooLong(self.number, bytes));
        }
        let mut text = String::from_utf8(bytes)
            .map_err(|error| End::NotText(self.number, error.into_bytes()))?;
        if ended {
            text.pop();
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(input: &[u8]) -> (Vec<String>, End) {
        let (mut lines, mut out) = (Lines::new(input, false), Vec::new());
        loop {
            let (batch, end) = lines.next_batch();
            assert!(batch.texts.len() <= TEXTS_MAX);
            assert!(batch.texts.iter().map(String::len).sum::<usize>() <= BATCH_BYTES);
            out.extend(batch.texts);
            if let Some(end) = end {
                return (out, end);
            }
        }
    }

    #[test]
    fn the_longest_line_passes_and_one_more_byte_is_named_with_its_line() {
        let longest = "a".repeat(TEXT_MAX);
        let (lines, end) = all(format!("\n{longest}\n{longest}").as_bytes());
        assert!(lines == [longest.clone(), longest.clone()] && matches!(end, End::Done));
        let (lines, end) = all(format!("first\n\n{longest}a\nlast").as_bytes());
        assert_eq!(lines, ["first"]);
        assert!(matches!(end, End::TooLong(3, _)));
    }

    #[test]
    fn a_line_that_fills_the_terminals_buffer_counts_as_cut() {
        let full = [b"short\n".as_slice(), &[b'a'; TERMINAL_LINE]].concat();
        assert!(is_cut(true, &full) && !is_cut(false, &full));
        assert!(!is_cut(true, full.strip_suffix(b"a").unwrap()));
    }

    #[test]
    fn a_line_that_is_not_text_is_named_and_those_before_it_stand() {
        let (lines, end) = all(b"good\nb\xffd\nlater\n");
        assert_eq!(lines, ["good"]);
        assert!(matches!(end, End::NotText(2, bytes) if bytes == b"b\xffd\n"));
    }

    proptest! {
        #[test]
        fn every_line_that_is_not_empty_comes_once_in_order_byte_for_byte(
            lines in proptest::collection::vec("[^\n]{0,300}", 0..300),
        ) {
            let (found, end) = all(lines.join("\n").as_bytes());
            let wanted: Vec<_> = lines.into_iter().filter(|line| !line.trim().is_empty()).collect();
            prop_assert_eq!(found, wanted);
            prop_assert!(matches!(end, End::Done));
        }
    }
}
