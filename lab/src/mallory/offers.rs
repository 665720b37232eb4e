//! Cards of a member without manners, and a second person on the same device.

use heliograph_conversation::{Credentialed, make_key_package};
use heliograph_delivery::{Bundle, Card, HELLO_SLOTS, seal, week_of};
use heliograph_store::StoreError;
use heliograph_trust::{CertificateChain, DisplayName, PersonSecret, issue_device, issue_person};
use heliograph_wire::{Class, EraseHash};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{Mallory, cell};
use crate::TwoFaced;

impl Mallory {
    /// Publishes a card with a key package for any number of invitations; every secret makes another card.
    pub fn offer(&mut self, world: &mut TwoFaced, secret: u8) -> String {
        let board = world.board();
        let card = Card::new(board, *self.person.bytes(), false, [secret; 32]);
        let who = Credentialed {
            device: &self.device,
            chain: &self.chain,
        };
        let crypto = &self.crypto;
        let package = self.store.step(|tx| {
            Ok::<_, StoreError>(make_key_package(crypto, &tx.mls(), who, true).unwrap())
        });
        let bundle = Bundle {
            version: 1,
            week: week_of(world.now),
            chain: self.chain.clone(),
            last_resort: Some(package.unwrap()),
            packages: 0,
            hello_erase: vec![1; HELLO_SLOTS as usize * 32],
        };
        let signed = bundle.signing_bytes();
        let signature = self.device.sign(b"heliograph bundle v1", &signed);
        let payload = Bundle::payload(signed, signature);
        let place = card.bundle(bundle.week, 0);
        let body = seal(
            &place.key,
            &place.label,
            &payload,
            Class::Large,
            &mut self.rng,
        );
        assert!(world.post(cell(place.label, EraseHash([5; 32]), body.unwrap())));
        world.run();
        card.encode()
    }

    /// From now on the same device speaks for somebody else, who certified it too.
    pub fn change_sides(&mut self, name: &str, now_ms: i64) {
        let mut rng = ChaCha20Rng::from_seed([0x50; 32]);
        let person = PersonSecret::generate(&mut rng);
        let name = DisplayName::parse(name).unwrap();
        let chain = CertificateChain {
            person_der: issue_person(&person, &name, now_ms, &mut rng).unwrap(),
            device_der: issue_device(&person, &name, &self.device, now_ms, &mut rng).unwrap(),
        };
        (self.person, self.chain) = (person.id(), chain.encode());
    }
}
