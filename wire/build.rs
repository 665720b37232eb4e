//! Compiles the wire schema; nothing is downloaded and no compiler of protobuf's own is needed.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let descriptors = protox::compile(["schema/v1/board.proto"], ["schema"])?;
    prost_build::Config::new()
        .bytes(["."])
        .compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=schema");
    Ok(())
}
