//! The kills of a reader notice a device that uses up labels in one transaction and keeps messages in
//! another.

#![allow(clippy::panic, reason = "a suite that misses a fault is a failed test")]

use std::path::Path;

use heliograph_lab::kill_while_reading;

/// How often twenty kills may miss the gap.
const ATTEMPTS: u32 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_uses_up_labels_in_another_transaction_is_caught() {
    let reader = Path::new(env!("CARGO_BIN_EXE_heliograph-lab-reader"));
    // A kill has to fall between the two transactions, which chance decides on a machine that has
    // other things to do: a suite that never notices runs out of attempts.
    for _ in 0..ATTEMPTS {
        if kill_while_reading(reader, 20).await.lost > 0 {
            return;
        }
    }
    panic!("nothing was lost in {ATTEMPTS} times 20 kills");
}
