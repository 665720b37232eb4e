//! `heliograph`: the command line of the messenger, for people and for scripts.
//!
//! A thin layer: words in, calls through the door ([`heliograph_rpc`]), words or JSON out. Exit
//! codes: 0 done, 1 refused or failed with a reason, 2 used wrongly. See `docs/cli.md`.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test that cannot go on has failed"
    )
)]

mod adding;
mod annotate;
mod arguments;
mod ask;
mod asks;
mod board;
mod daemon;
mod demo;
mod draft;
mod file;
mod format;
mod given;
mod group;
mod keep;
mod members;
mod message_arguments;
mod order;
mod output;
mod passing;
mod people;
mod profile;
mod qr;
mod read;
mod search;
mod send;
mod steps;
mod timer;
mod verbs;
mod verify;
mod voice;
mod wipe;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // The process that reads pictures knows nothing else, no home and no arguments.
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|first| first == heliograph_rpc::PICTURES)
    {
        heliograph_rpc::read_pictures(arguments.next().as_deref());
    }
    keep_memory_at_hand();
    verbs::run(arguments::Arguments::parse())
}

/// The C library gives freed memory back to the system beyond a bound, which rises to twice the largest piece freed so
/// far. Chunks of files come and go all the time: with the bound it begins with each is asked for anew.
fn keep_memory_at_hand() {
    const LARGEST: usize = 4 << 20;
    drop(std::hint::black_box(vec![0_u8; LARGEST]));
}
