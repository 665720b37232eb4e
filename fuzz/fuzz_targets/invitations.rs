//! Bytes for the door `invitations`; what they must hold to stands there.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    heliograph_fuzz::doors::invitations(data);
});
