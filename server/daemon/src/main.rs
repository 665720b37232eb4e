//! heliographd: only reads the arguments and runs the command.

use std::process::ExitCode;

use clap::Parser;
use heliographd::command::Command;

fn main() -> ExitCode {
    Command::parse().run()
}
