//! From a stream of bytes to lines, with a bound on what is held.

use super::LINE_MAX;

/// What the bytes so far hold.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// No line is complete yet.
    More,
    /// A line without its end.
    Line(Vec<u8>),
    /// A line longer than [`LINE_MAX`]; nothing can be read after it.
    TooLong,
}

/// Collects bytes until a line ends. Holds at most one line and what came with it.
#[derive(Default)]
pub struct Splitter {
    held: Vec<u8>,
    searched: usize,
    broken: bool,
}

impl Splitter {
    /// Takes bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.held.extend_from_slice(bytes);
        }
    }

    /// The next line, empty lines left out. Call until [`Reading::More`] before pushing again.
    pub fn next_line(&mut self) -> Reading {
        loop {
            if self.broken {
                return Reading::TooLong;
            }
            let unseen = self.held.get(self.searched..).unwrap_or_default();
            let Some(end) = unseen.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.held.len();
                return self.unless(self.held.len() > LINE_MAX, Reading::More);
            };
            let end = self.searched + end;
            self.searched = 0;
            let mut line: Vec<u8> = self.held.drain(..=end).collect();
            line.pop();
            if line.len() > LINE_MAX {
                return self.unless(true, Reading::More);
            }
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            if !line.is_empty() {
                return Reading::Line(line);
            }
        }
    }

    fn unless(&mut self, too_long: bool, reading: Reading) -> Reading {
        if too_long {
            self.broken = true;
            self.held = Vec::new();
            return Reading::TooLong;
        }
        reading
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(splitter: &mut Splitter) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        while let Reading::Line(line) = splitter.next_line() {
            out.push(line);
        }
        out
    }

    #[test]
    fn a_line_of_the_longest_length_passes_and_one_more_byte_does_not() {
        let mut splitter = Splitter::default();
        splitter.push(&vec![b'a'; LINE_MAX]);
        assert_eq!(splitter.next_line(), Reading::More);
        splitter.push(b"\n");
        assert_eq!(splitter.next_line(), Reading::Line(vec![b'a'; LINE_MAX]));
        splitter.push(&vec![b'a'; LINE_MAX + 1]);
        assert_eq!(splitter.next_line(), Reading::TooLong);
    }

    #[test]
    fn after_a_line_that_is_too_long_nothing_is_read_or_held() {
        let mut splitter = Splitter::default();
        splitter.push(&vec![b'a'; LINE_MAX + 1]);
        assert_eq!(splitter.next_line(), Reading::TooLong);
        splitter.push(b"\n{}\n");
        assert_eq!(splitter.next_line(), Reading::TooLong);
        assert!(splitter.held.is_empty());
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_the_bytes_are_cut(
            text in proptest::collection::vec(proptest::collection::vec(0x20..0x7f_u8, 1..40), 0..10),
            cuts in proptest::collection::vec(1..30_usize, 1..60),
        ) {
            let whole: Vec<u8> = text.iter().flat_map(|l| [l.as_slice(), b"\n"].concat()).collect();
            let (mut splitter, mut found, mut rest) = (Splitter::default(), Vec::new(), &whole[..]);
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                splitter.push(now);
                found.extend(lines(&mut splitter));
                rest = later;
            }
            prop_assert_eq!(found, text);
        }
    }
}
