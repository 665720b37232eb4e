//! Content: both directions, bounds, later versions.

use super::*;
use proptest::prelude::*;

fn content(kind: Kind) -> Content {
    Content {
        id: [7; 16],
        at: 1_795_000_000_000,
        tick: Some(vec![1; 220]),
        kind,
    }
}

proptest! {
    #[test]
    fn any_text_within_the_limit_comes_back(text in ".{1,400}", in_reply_to in any::<Option<[u8; 16]>>()) {
        let more = More::default();
        let said = content(Kind::Text { text, in_reply_to, more });
        prop_assert!(Content::decode(&said.encode().unwrap()).unwrap() == said);
    }

    #[test]
    fn receipts_come_back(delivered in proptest::collection::vec(any::<[u8; 16]>(), 0..RECEIPT_MAX), read in proptest::collection::vec(any::<[u8; 16]>(), 0..20)) {
        let said = content(Kind::Receipt { delivered, read });
        prop_assert!(Content::decode(&said.encode().unwrap()).unwrap() == said);
    }

    #[test]
    fn what_is_said_about_a_message_comes_back(of in any::<[u8; 16]>(), text in ".{1,400}", emoji in "[^\\s\\p{Cc}]{0,16}") {
        for kind in [
            Kind::Pin { in_reply_to: of, pinned: emoji.is_empty() },
            Kind::Reaction { in_reply_to: of, emoji },
            Kind::Edit { replaces: of, text, mentions: vec![[9; 32]; 3] },
            Kind::Deletion { replaces: of },
        ] {
            let said = content(kind);
            prop_assert!(Content::decode(&said.encode().unwrap()).unwrap() == said);
        }
    }

    #[test]
    fn garbage_is_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let read = Content::decode(&bytes);
        prop_assert!(read.is_err() || read.is_ok_and(|c| c.kind == Kind::Unknown || c.encode().is_ok()));
    }
}

#[test]
fn limits_hold_on_both_sides() {
    let text = |text: String| {
        let in_reply_to = None;
        let more = More::default();
        content(Kind::Text {
            text,
            in_reply_to,
            more,
        })
        .encode()
    };
    let (of, limit) = ([1; 16], Err(ContentError::Limit));
    assert_eq!(text(String::new()), limit);
    assert!(text("x".repeat(TEXT_MAX)).is_ok());
    assert_eq!(text("x".repeat(TEXT_MAX + 1)), limit);
    for words in [String::new(), "x".repeat(TEXT_MAX + 1)] {
        let (replaces, text, mentions) = (of, words, Vec::new());
        let edit = Kind::Edit {
            replaces,
            text,
            mentions,
        };
        assert_eq!(content(edit).encode(), limit);
    }
    for sign in ["👍 ", "a\n", "\u{1b}", &"x".repeat(REACTION_MAX + 1)] {
        let (in_reply_to, emoji) = (of, sign.to_owned());
        assert_eq!(
            content(Kind::Reaction { in_reply_to, emoji }).encode(),
            limit
        );
    }
    let many = Kind::Receipt {
        delivered: vec![[1; 16]; RECEIPT_MAX + 1],
        read: vec![],
    };
    assert_eq!(content(many).encode(), Err(ContentError::Limit));
}

#[test]
fn a_kind_of_a_later_version_is_unknown_and_not_an_error() {
    let fields = Fields {
        id: vec![1; 16],
        at: 5,
        kind: 77,
        ..Fields::default()
    };
    for version in [1_u8, 2] {
        let mut bytes = Vec::new();
        ciborium::into_writer(&(version, &fields), &mut bytes).unwrap();
        assert!(Content::decode(&bytes).unwrap().kind == Kind::Unknown);
    }
}

#[test]
fn fields_of_a_later_version_may_have_any_shape() {
    #[derive(serde::Serialize)]
    struct Later<'a> {
        id: &'a serde_bytes::Bytes,
        at: i64,
        kind: u32,
        text: [u8; 3],
        file: &'a str,
    }
    let later = |kind| {
        let said = Later {
            id: serde_bytes::Bytes::new(&[1; 16]),
            at: 5,
            kind,
            text: [1, 2, 3],
            file: "none of ours",
        };
        let mut bytes = Vec::new();
        ciborium::into_writer(&(1_u8, said), &mut bytes).unwrap();
        Content::decode(&bytes).map(|said| said.kind == Kind::Unknown)
    };
    assert_eq!(later(77), Ok(true));
    assert_eq!(
        later(1),
        Err(ContentError::Encoding),
        "a known kind is read strictly"
    );
}

fn with(more: More) -> Result<Vec<u8>, ContentError> {
    let (text, in_reply_to) = ("see https://a.example/b".to_owned(), None);
    let said = Kind::Text {
        text,
        in_reply_to,
        more,
    };
    content(said).encode()
}

#[test]
fn what_stands_with_a_text_comes_back_and_is_bounded() {
    let preview = Preview {
        address: "https://a.example/b".to_owned(),
        title: "t".repeat(TITLE_MAX),
        text: "d".repeat(DESCRIPTION_MAX),
        picture: vec![255; PICTURE_MAX],
    };
    let more = More {
        mentions: vec![[3; 32]; MENTIONS_MAX],
        forwarded: Some(String::new()),
        preview: Some(preview.clone()),
    };
    let read = Content::decode(&with(more.clone()).unwrap()).unwrap().kind;
    assert!(matches!(read, Kind::Text { more: came, .. } if came == more));
    let spoilt = |spoil: &dyn Fn(&mut Preview)| {
        let mut preview = preview.clone();
        spoil(&mut preview);
        let preview = Some(preview);
        with(More {
            preview,
            ..More::default()
        })
    };
    let limit = Err(ContentError::Limit);
    assert_eq!(spoilt(&|p| p.address = "https://b.example".into()), limit);
    assert_eq!(spoilt(&|p| p.address = "see".into()), limit);
    assert_eq!(spoilt(&|p| p.title.clear()), limit);
    assert_eq!(spoilt(&|p| p.picture.push(0)), limit);
    assert_eq!(spoilt(&|p| p.text.push('x')), limit);
    let mentions = vec![[3; 32]; MENTIONS_MAX + 1];
    let many = More {
        mentions,
        ..More::default()
    };
    assert_eq!(with(many), limit);
    let long = Some("n".repeat(NAME_MAX + 1));
    let named = More {
        forwarded: long,
        ..More::default()
    };
    assert_eq!(with(named), limit);
    let (card, name) = ("c".repeat(CARD_MAX + 1), "Ben".to_owned());
    assert_eq!(content(Kind::Contact { card, name }).encode(), limit);
}

#[test]
fn the_largest_text_with_the_largest_preview_is_one_message() {
    let address = format!("https://{}", "a".repeat(ADDRESS_MAX - 8));
    let preview = Preview {
        title: "t".repeat(TITLE_MAX),
        text: "d".repeat(DESCRIPTION_MAX),
        picture: vec![255; PICTURE_MAX],
        address: address.clone(),
    };
    let said = Kind::Text {
        text: address + &"x".repeat(TEXT_MAX - ADDRESS_MAX),
        in_reply_to: Some([1; 16]),
        more: More {
            mentions: vec![[3; 32]; MENTIONS_MAX],
            forwarded: Some("n".repeat(NAME_MAX)),
            preview: Some(preview),
        },
    };
    // Eight fragments of 3,900 bytes; MLS adds less than a thousand (docs/protocol/delivery.md).
    assert!(content(said).encode().unwrap().len() < 28_000);
}

fn a_file() -> Pointer {
    Pointer {
        key: [1; 32],
        size: 5,
        hash: [2; 32],
        name: "report.pdf".into(),
        media: "application/pdf".into(),
        picture: None,
        voice: None,
    }
}

fn with_file(file: Pointer, caption: &str) -> Result<Vec<u8>, ContentError> {
    let kind = Kind::File {
        file: Box::new(file),
        caption: caption.to_owned(),
        in_reply_to: None,
        more: More::default(),
    };
    content(kind).encode()
}

#[test]
fn a_file_may_answer_name_people_and_say_whose_it_was() {
    let passed = |forwarded: &str| Kind::File {
        file: Box::new(a_file()),
        caption: "@Zoë, look.".to_owned(),
        in_reply_to: Some([4; 16]),
        more: More {
            mentions: vec![[3; 32]],
            forwarded: Some(forwarded.to_owned()),
            preview: None,
        },
    };
    for name in ["", "Zoë"] {
        let bytes = content(passed(name)).encode().unwrap();
        assert!(Content::decode(&bytes).unwrap().kind == passed(name));
    }
    let long = "n".repeat(NAME_MAX + 1);
    assert_eq!(content(passed(&long)).encode(), Err(ContentError::Limit));
}

#[test]
fn a_file_comes_back_with_and_without_words() {
    for caption in ["", "The draft."] {
        let bytes = with_file(a_file(), caption).unwrap();
        let kind = Content::decode(&bytes).unwrap().kind;
        assert!(
            matches!(kind, Kind::File { file, caption: said, .. } if *file == a_file() && said == caption)
        );
    }
}

#[test]
fn what_a_file_looks_like_keeps_to_its_bounds() {
    let voice = |millis, values| {
        let waveform = vec![7; values];
        Some(Voice { millis, waveform })
    };
    let picture = |width, height, values| {
        let blur = vec![7; values];
        Some(Picture {
            width,
            height,
            blur,
        })
    };
    let with = |picture, voice| {
        let file = Pointer {
            picture,
            voice,
            ..a_file()
        };
        let bytes = with_file(file.clone(), "")?;
        let read = Content::decode(&bytes).unwrap().kind;
        assert!(matches!(read, Kind::File { file: again, .. } if *again == file));
        Ok(())
    };
    for good in [voice(1, 64), voice(VOICE_MAX_MS, 64)] {
        assert_eq!(with(None, good), Ok(()));
    }
    assert_eq!(with(picture(1, SIDE_MAX, BLUR_MAX), None), Ok(()));
    for bad in [
        voice(0, 64),
        voice(VOICE_MAX_MS + 1, 64),
        voice(1, 63),
        voice(1, 65),
    ] {
        assert_eq!(with(None, bad), Err(ContentError::Limit));
    }
    for bad in [
        picture(0, 1, 0),
        picture(1, SIDE_MAX + 1, 0),
        picture(1, 1, BLUR_MAX + 1),
    ] {
        assert_eq!(with(bad, None), Err(ContentError::Limit));
    }
    assert_eq!(
        with(picture(1, 1, 0), voice(1, 64)),
        Err(ContentError::Limit)
    );
}

#[test]
fn a_file_with_a_name_that_deceives_or_leads_elsewhere_is_not_read() {
    for name in [
        "",
        ".",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "..\\boot.ini",
        "C:evil",
        ".bashrc",
        "report.pdf ",
        "report.",
        "cod\u{202e}fdp.exe",
        "a\u{200b}b",
        "invoice.pdf\u{3164}\u{3164}\u{3164}.exe",
        "a\u{ffa0}b",
        "a\u{1160}b",
        "a\u{e0041}b",
        "a\nb",
        "a\0b",
        &"n".repeat(FILE_NAME_MAX + 1),
    ] {
        let file = Pointer {
            name: name.into(),
            ..a_file()
        };
        assert_eq!(with_file(file, ""), Err(ContentError::Limit), "{name:?}");
    }
    let large = Pointer {
        size: FILE_MAX + 1,
        ..a_file()
    };
    assert_eq!(with_file(large, ""), Err(ContentError::Limit));
    for media in ["", "pdf", "a/b/c", "text/ plain", "text/pl\u{e4}in"] {
        let file = Pointer {
            media: media.into(),
            ..a_file()
        };
        assert_eq!(with_file(file, ""), Err(ContentError::Limit), "{media:?}");
    }
}

#[test]
fn what_is_not_seen_goes_from_a_name_and_the_form_of_an_emoji_stays() {
    let sun = "\u{2600}\u{fe0f} plan.pdf";
    assert!(is_file_name(sun));
    assert_eq!(clean_file_name(sun), sun);
    let padded = "invoice.pdf\u{3164}\u{200b}.exe";
    assert_eq!(clean_file_name(padded), "invoice.pdf.exe");
}

proptest! {
    #[test]
    fn every_name_can_be_cleaned(name in any::<String>(), long in ".{0,3}[\\./\u{202e}a\u{1f600}]{0,300}") {
        for name in [name, long] {
            let cleaned = clean_file_name(&name);
            prop_assert!(is_file_name(&cleaned), "{cleaned:?}");
            prop_assert_eq!(clean_file_name(&cleaned), cleaned.clone(), "once is enough");
            if is_file_name(&name) {
                prop_assert_eq!(cleaned, name, "a good name stays");
            }
        }
    }
}
