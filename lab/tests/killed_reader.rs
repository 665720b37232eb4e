//! SIGKILL of a device in the middle of reading loses nothing and shows nothing twice.

use std::path::Path;

use heliograph_lab::{Toll, kill_while_reading, rounds};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_while_reading_lose_nothing_and_double_nothing() {
    let reader = Path::new(env!("CARGO_BIN_EXE_heliograph-lab-reader"));
    let none = Toll {
        lost: 0,
        doubled: 0,
        in_order: true,
    };
    assert_eq!(kill_while_reading(reader, rounds(20)).await, none);
}
