//! Bytes for the door `asks`; what they must hold to stands there.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    heliograph_fuzz::doors::asks(data);
});
