//! What a board finds on its disk: fixed layouts, where damage must be seen and never guessed over.

use bytes::Bytes;

#[allow(
    dead_code,
    reason = "the product uses all of it, a door only what reads"
)]
#[path = "../../../server/board/src/fjall/records.rs"]
mod records;

use records::{
    read_body, read_lane, read_placed, read_range, read_record, read_tick, read_waiting,
    write_lane, write_range, write_record, write_tick, write_waiting,
};

/// A stored value; the first byte says of which kind. What reads is exactly what would be written.
pub fn stored(data: &[u8]) -> bool {
    let Some((&kind, value)) = data.split_first() else {
        return false;
    };
    let written = match kind {
        0 => read_record(value).map(|record| write_record(&record)),
        1 => read_waiting(value).map(|(label, record)| write_waiting(&label, &record)),
        2 => read_tick(value).map(|(signed, items)| {
            #[cfg(feature = "planted")]
            crate::planted::tick(&signed, items.iter().map(|item| item.seq));
            write_tick(&signed, &items)
        }),
        3 => read_range(value).map(|range| write_range(&range)),
        4 => read_lane(value).map(|state| write_lane(&state)),
        5 => read_body(Bytes::copy_from_slice(value)).map(|cell| {
            let keep = [cell.keep.code()];
            [&keep, cell.erase_hash.0.as_slice(), cell.body.bytes()].concat()
        }),
        // Of what stands before the slot only the form is looked at: the record has the same.
        6 => read_placed(value).map(|placed| {
            let ends = [placed.slot, placed.checksum].map(u64::to_be_bytes);
            [&value[..33], ends.as_flattened()].concat()
        }),
        _ => return false,
    };
    assert!(written.as_ref().is_ok_and(|w| w == value) || written.is_err());
    written.is_ok()
}
