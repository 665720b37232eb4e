//! Reading on and skipping, with the place known.

use std::io::{BufRead, BufReader, ErrorKind, Read, Result, Seek};

pub(crate) struct Reader<R> {
    inner: BufReader<R>,
    at: u64,
}

impl<R: Read + Seek> Reader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner: BufReader::with_capacity(1 << 16, inner),
            at: 0,
        }
    }

    /// Bytes read or skipped so far.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0; N];
        self.inner.read_exact(&mut out)?;
        self.at += N as u64;
        Ok(out)
    }

    pub(crate) fn byte(&mut self) -> Result<u8> {
        self.take().map(|[byte]| byte)
    }

    /// Skips what must be there.
    pub(crate) fn skip(&mut self, count: u64) -> Result<()> {
        let step = i64::try_from(count).map_err(|_| ErrorKind::InvalidData)?;
        let Some(last) = step.checked_sub(1).filter(|last| *last >= 0) else {
            return Ok(());
        };
        // Seeking goes beyond an end without a word; reading the last byte does not.
        self.inner.seek_relative(last)?;
        self.at += count - 1;
        self.byte().map(drop)
    }

    /// Skips up to, and not beyond, the next byte of this value.
    pub(crate) fn skip_to(&mut self, value: u8) -> Result<()> {
        loop {
            let buffer = self.inner.fill_buf()?;
            if buffer.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let found = buffer.iter().position(|byte| *byte == value);
            let passed = found.unwrap_or(buffer.len());
            self.inner.consume(passed);
            self.at += passed as u64;
            if found.is_some() {
                return Ok(());
            }
        }
    }
}

impl<R: Read + Seek> Reader<R> {
    /// The next two bytes, which are still to be read.
    pub(crate) fn peek_two(&mut self) -> Result<[u8; 2]> {
        let two = self.take()?;
        self.inner.seek_relative(-2)?;
        self.at -= 2;
        Ok(two)
    }
}
