//! Where seeds come from: golden vectors first, and inputs made here for what they do not hold.

mod frames;
mod people;
mod texts;

/// Door, name and bytes of a seed.
pub(crate) type Seed = (&'static str, String, Vec<u8>);

/// Every seed.
pub(crate) fn all() -> Vec<Seed> {
    let mut out = frames::all();
    out.extend(people::all());
    out.extend(texts::all());
    out
}

/// Hexadecimal digits as bytes.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}
