//! Opus in Ogg: RFC 7845, with nothing in it that tells of a program, a device or a time.

use ogg::{PacketWriteEndInfo, PacketWriter};
use zeroize::Zeroizing;

use crate::rate::RATE;

/// Packets of a page: a second of sound.
const PACKETS: u64 = 50;
/// A stream is alone in its file, so its number says nothing.
const SERIAL: u32 = 1;

/// The pages of a note, in memory.
pub(crate) struct Pages {
    writer: PacketWriter<'static, Vec<u8>>,
    /// Held back: only the last packet knows that it is the last.
    held: Option<Vec<u8>>,
    written: u64,
    /// Samples that a player leaves out at the beginning.
    skip: u16,
}

impl Pages {
    /// Room for a whole note is taken at once, so that no copy stays behind as it grows.
    pub(crate) fn new(skip: u16, room: usize) -> std::io::Result<Self> {
        let mut writer = PacketWriter::new(Vec::with_capacity(room));
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend_from_slice(&skip.to_le_bytes());
        head.extend_from_slice(&RATE.to_le_bytes());
        // No gain, one channel.
        head.extend_from_slice(&[0, 0, 0]);
        writer.write_packet(head, SERIAL, PacketWriteEndInfo::EndPage, 0)?;
        // A maker of no name, and no comments.
        let tags = b"OpusTags\0\0\0\0\0\0\0\0".to_vec();
        writer.write_packet(tags, SERIAL, PacketWriteEndInfo::EndPage, 0)?;
        Ok(Self {
            writer,
            held: None,
            written: 0,
            skip,
        })
    }

    /// Appends a packet of 20 ms.
    pub(crate) fn push(&mut self, packet: Vec<u8>) -> std::io::Result<()> {
        let Some(before) = self.held.replace(packet) else {
            return Ok(());
        };
        self.written += 1;
        let end = if self.written.is_multiple_of(PACKETS) {
            PacketWriteEndInfo::EndPage
        } else {
            PacketWriteEndInfo::NormalPacket
        };
        let at = self.written * u64::from(RATE / 50);
        self.writer.write_packet(before, SERIAL, end, at)
    }

    /// Ends the stream; a player stops after `samples`, wherever the last packet ends.
    pub(crate) fn finish(mut self, samples: u64) -> std::io::Result<Zeroizing<Vec<u8>>> {
        let last = self.held.take().unwrap_or_default();
        let at = samples + u64::from(self.skip);
        self.writer
            .write_packet(last, SERIAL, PacketWriteEndInfo::EndStream, at)?;
        Ok(Zeroizing::new(self.writer.into_inner()))
    }
}
