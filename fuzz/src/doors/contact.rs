//! What strangers hand over to be found: board links, cards and the bundles behind them.

use heliograph_delivery::{Bundle, Card, HELLO_SLOTS, PACKAGES_MAX};
use heliograph_wire::link::{BoardLink, armour, key_pin, split_address};

const ADDRESS: &str = "board.example:4433";

/// A board link, once as text and once as the bytes behind its checksum, which no fuzzer guesses.
pub fn links(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    if let Ok((host, _)) = split_address(&text) {
        assert!(!host.is_empty() && text.contains(host));
    }
    let typed = BoardLink::decode(&text);
    if let Ok(link) = &typed {
        assert!(BoardLink::decode(&link.encode()).as_ref() == Ok(link));
    }
    let Ok(link) = BoardLink::from_code(ADDRESS, data) else {
        return typed.is_ok();
    };
    assert!(link.code() == data);
    assert!(BoardLink::decode(&link.encode()) == Ok(link));
    true
}

/// A card, once as text and once as the bytes behind its checksums.
pub fn cards(data: &[u8]) -> bool {
    let typed = Card::decode(&String::from_utf8_lossy(data));
    if let Ok(card) = &typed {
        assert!(Card::decode(&card.encode()).is_ok_and(|again| again.encode() == card.encode()));
    }
    let check = key_pin(ADDRESS.as_bytes());
    let code = armour(&[data, &check[..4]].concat());
    let text = format!("heliograph://card/{ADDRESS}#{code}");
    let Ok(card) = Card::decode(&text) else {
        return typed.is_ok();
    };
    assert!(card.encode() == text);
    true
}

/// What a card's owner publishes. Nobody has signed it yet when it is read.
pub fn bundles(data: &[u8]) -> bool {
    let Some((bundle, signed, signature)) = Bundle::read(data) else {
        return false;
    };
    assert!(bundle.packages <= PACKAGES_MAX);
    assert!(bundle.hello_erase_hash(HELLO_SLOTS - 1).is_some());
    assert!(bundle.hello_erase_hash(HELLO_SLOTS).is_none());
    assert!(bundle.hello_erase_hash(u32::MAX).is_none());
    let again = Bundle::read(&Bundle::payload(signed.clone(), signature));
    assert!(again.is_some_and(|(_, bytes, by)| bytes == signed && by == signature));
    let rewritten = Bundle::read(&Bundle::payload(bundle.signing_bytes(), signature));
    assert!(rewritten.is_some_and(|(again, _, _)| again.signing_bytes() == bundle.signing_bytes()));
    true
}
