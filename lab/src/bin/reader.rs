//! A device as a process of its own that only reads: it prints a line for each change and never ends
//! by itself, so that a story can kill it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "it is part of a test: failing loudly is its report"
)]

use std::io::Write;
use std::path::PathBuf;

use heliograph_lab::Person;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let home = PathBuf::from(std::env::args_os().nth(1).unwrap());
    let reader = Person::open(&home).await;
    let mut events = reader.device.events();
    while events.recv().await.is_ok() {
        println!("changed");
        std::io::stdout().flush().unwrap();
    }
}
