//! Every page of a stolen database and of its log, decrypted without the database's own program, so that
//! free pages, slack and overwritten versions are seen as well.
//!
//! The format is SQLCipher 4's, as its design page and SQLite's page on the write-ahead log describe it:
//! pages of 4,096 bytes that end in an IV (16) and an HMAC-SHA-512 (64), AES-256-CBC in between; the first
//! 16 bytes of the file are a salt. A log is a header of 32 bytes and frames of 24 bytes and a page.

#![allow(
    clippy::unwrap_used,
    reason = "a thief who cannot read is a failed test, reported by panicking"
)]

use std::path::Path;

use aes::Aes256;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use cbc::Decryptor;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;

const PAGE: usize = 4_096;
const IV: usize = 16;
const CODE: usize = 64;
const PLAIN: usize = PAGE - IV - CODE;
const SALT: usize = 16;
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// What stood on pages, each version once as it was found.
#[derive(Default)]
pub struct Pages {
    /// Plaintexts of the file's pages and then of the log's.
    pub plain: Vec<Vec<u8>>,
    /// How many are of the log.
    pub in_log: usize,
    /// Pages whose code does not fit the key: must stay none.
    pub unread: usize,
}

struct Reader {
    key: [u8; 32],
    code: [u8; 32],
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; CODE] {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl Reader {
    /// The key of the codes: PBKDF2-HMAC-SHA-512 of key and salt XOR 3a, two rounds, 32 bytes.
    fn new(key: [u8; 32], salt: &[u8]) -> Self {
        let salt: Vec<u8> = salt.iter().map(|byte| byte ^ 0x3a).collect();
        let first = mac(&key, &[&salt, &1_u32.to_be_bytes()]);
        let second = mac(&key, &[&first]);
        let mut code = [0; 32];
        for (to, (a, b)) in code.iter_mut().zip(first.iter().zip(second)) {
            *to = a ^ b;
        }
        Self { key, code }
    }

    fn page(&self, number: u32, page: &[u8]) -> Option<Vec<u8>> {
        let from = if number == 1 { SALT } else { 0 };
        let (signed, code) = page.split_at(PAGE - CODE);
        if mac(&self.code, &[&signed[from..], &number.to_le_bytes()]) != *code {
            return None;
        }
        let iv: [u8; IV] = page[PLAIN..PLAIN + IV].try_into().unwrap();
        let mut cipher = Decryptor::<Aes256>::new(&self.key.into(), &iv.into());
        let mut plain = page[..PLAIN].to_vec();
        for block in plain[from..].chunks_exact_mut(16) {
            cipher.decrypt_block(block.try_into().unwrap());
        }
        Some(plain)
    }
}

impl Pages {
    /// Reads `database` and the log beside it.
    #[must_use]
    pub fn read(database: &Path, key: [u8; 32]) -> Self {
        let file = std::fs::read(database).unwrap();
        let log = std::fs::read(database.with_extension("db-wal")).unwrap_or_default();
        let salt = if file.len() >= SALT {
            &file[..SALT]
        } else {
            // A file whose first page is still in the log.
            &log[LOG_HEADER + FRAME_HEADER..][..SALT]
        };
        let reader = Reader::new(key, salt);
        let mut pages = Self::default();
        for (page, number) in file.chunks_exact(PAGE).zip(1..) {
            pages.take(reader.page(number, page));
        }
        let frames = log.get(LOG_HEADER..).unwrap_or_default();
        for frame in frames.chunks_exact(FRAME_HEADER + PAGE) {
            let (header, page) = frame.split_at(FRAME_HEADER);
            let number = u32::from_be_bytes(header[..4].try_into().unwrap());
            pages.take(reader.page(number, page));
            pages.in_log += 1;
        }
        pages
    }

    fn take(&mut self, page: Option<Vec<u8>>) {
        match page {
            Some(page) => self.plain.push(page),
            None => self.unread += 1,
        }
    }
}
