//! The kills of a reader notice a device that uses up labels in one transaction and keeps messages in
//! another.

use std::path::Path;

use heliograph_lab::kill_while_reading;

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_uses_up_labels_in_another_transaction_is_caught() {
    let reader = Path::new(env!("CARGO_BIN_EXE_heliograph-lab-reader"));
    assert!(kill_while_reading(reader, 20).await.lost > 0);
}
