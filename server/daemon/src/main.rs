//! heliographd: only reads the arguments and runs the command.

use std::process::ExitCode;

use clap::Parser;
use heliographd::command::Command;

/// A put allocates on one thread and frees on another; the C library's allocator is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Command::parse().run()
}
