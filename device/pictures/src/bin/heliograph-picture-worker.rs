//! The process that reads pictures, alone, for programs that are not the command line; and, for tests of the wall around
//! it, what happens to one that has been taken over.

use std::io::Write;

fn main() {
    let Some(misdeed) = std::env::args().nth(1) else {
        heliograph_pictures::worker(false);
    };
    if misdeed == heliograph_pictures::PORTRAIT {
        heliograph_pictures::worker(true);
    }
    if heliograph_pictures::shut_in().is_err() {
        std::process::exit(3);
    }
    let done = match misdeed.as_str() {
        "nothing" => true,
        "open" => std::fs::File::open("/etc/passwd").is_ok(),
        "create" => std::fs::File::create("taken-over").is_ok(),
        "connect" => std::net::TcpStream::connect("127.0.0.1:9").is_ok(),
        "start" => std::process::Command::new("/bin/true").status().is_ok(),
        "elsewhere" => std::io::stderr().write_all(b"x").is_ok(),
        "memory" => vec![1_u8; 200 << 20].iter().all(|byte| *byte == 1),
        "work" => loop {
            std::hint::spin_loop();
        },
        _ => false,
    };
    if done {
        drop(std::io::stdout().write_all(b"done"));
    }
}
