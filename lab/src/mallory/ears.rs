//! What Mallory reads of her victim.

use heliograph_client::MessageId;
use heliograph_conversation::content::{Content, Kind};
use heliograph_delivery::open;

use super::{Mallory, VICTIM};
use crate::TwoFaced;

impl Mallory {
    /// Reads the victim's next cells that stand on the board, in their order.
    pub fn read_on(&mut self, world: &TwoFaced) {
        self.wholes(world);
    }

    /// What the victim said since she read last, with the ids of its messages.
    pub fn hear(&mut self, world: &TwoFaced) -> Vec<(MessageId, Kind)> {
        let wholes = self.wholes(world);
        let open = |mls: &Vec<u8>| {
            let opened = self.group(|group, crypto, _, tx| group.open(crypto, &tx.mls(), mls));
            let opened = opened.unwrap_or_else(|_| unreachable!("a message that she cannot open"));
            let said = Content::decode(&opened.content).unwrap();
            let id = opened.identity.get().device.message_id(&said.id);
            (MessageId(id), said.kind)
        };
        wholes.iter().map(open).collect()
    }

    fn wholes(&mut self, world: &TwoFaced) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        let mut readers = self.keys.readers.iter_mut();
        let Some((_, chain)) = readers.find(|(leaf, _)| *leaf == VICTIM) else {
            return out;
        };
        loop {
            let mut watched = chain.watched();
            let Some((n, label)) = watched.find(|(_, label)| world.cell(label).is_some()) else {
                break;
            };
            drop(watched);
            let place = chain.take(n).unwrap();
            let body = &world.cell(&label).unwrap().body;
            let piece = open(&place.key, &label, body);
            out.extend(piece.and_then(|piece| self.joiner.push(&piece)));
        }
        self.read += out.len();
        out
    }
}
