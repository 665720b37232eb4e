//! Finding messages by their words, in an encrypted database of 100,000 messages.

use std::path::Path;
use std::time::Instant;

use heliograph_store::{
    ConversationRow, Fate, Life, MessageRow, Sought, Store, StoreError, StoreKey,
};
use serde_json::json;

use crate::figure::{Figure, quantile, spread};

const MESSAGES: u32 = 100_000;
const CONVERSATIONS: u8 = 50;
const STEP: u32 = 1_000;
/// Words there are; the first are said far more often than the last.
const WORDS: u64 = 20_000;
const SYLLABLES: [&str; 16] = [
    "bo", "de", "fi", "go", "ha", "ke", "li", "mo", "nu", "pe", "ra", "si", "to", "ve", "wi", "zu",
];
const OPENINGS: usize = 20;
const SHOWN: u32 = 50;
/// Kind of a message that carries a file.
const FILE: i64 = 6;

/// Dice that always fall the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// A word; its rank is the product of two throws, so that few words are common and many are rare.
    fn word(&mut self) -> String {
        word(self.below(WORDS) * self.below(WORDS) / WORDS)
    }
}

fn word(mut rank: u64) -> String {
    let mut out = String::new();
    loop {
        out.push_str(SYLLABLES[usize::try_from(rank % 16).unwrap()]);
        rank /= 16;
        if rank == 0 {
            return out;
        }
    }
}

fn message(dice: &mut Dice, n: u32) -> MessageRow {
    let mut words: Vec<String> = (0..3 + dice.below(17)).map(|_| dice.word()).collect();
    if n.is_multiple_of(10) {
        words.push("明日灯台で会う".into());
    }
    if n.is_multiple_of(25_000) {
        words.push("Xylophonkonzert".into());
    }
    let text = words.join(" ");
    let mut id = [0; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    let person = [u8::try_from(dice.below(60)).unwrap(); 32];
    MessageRow {
        conversation: 1 + i64::try_from(dice.below(u64::from(CONVERSATIONS))).unwrap(),
        id,
        device: person,
        person,
        mine: false,
        at_ms: i64::from(n) * 60_000,
        received_ms: i64::from(n) * 60_000,
        kind: if n.is_multiple_of(200) { FILE } else { 1 },
        content: text.clone().into_bytes(),
        text: Some(text),
        state: 10,
        order: None,
        read: true,
        in_reply_to: None,
        fate: Fate::default(),
        life: Life::default(),
    }
}

fn fill(path: &Path) {
    let mut store = open(path);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let written: Result<(), StoreError> = store.step(|tx| {
        for n in 1..=CONVERSATIONS {
            tx.insert_conversation(&ConversationRow {
                id: 0,
                public: [n; 16],
                group: [n; 32],
                lane: 0,
                state: 3,
                title: "Ben".into(),
                created_ms: 0,
                detail: Vec::new(),
            })?;
        }
        Ok(())
    });
    written.unwrap();
    for begin in (0..MESSAGES).step_by(STEP as usize) {
        let written: Result<(), StoreError> = store.step(|tx| {
            for n in begin..begin + STEP {
                tx.insert_message(&message(&mut dice, n))?;
            }
            Ok(())
        });
        written.unwrap();
    }
}

fn open(path: &Path) -> Store {
    Store::open(path, &StoreKey::new([7; 32])).unwrap()
}

/// Milliseconds of a question, and how many finds it had.
fn timed(store: &Store, sought: &Sought) -> (f64, usize) {
    let begun = Instant::now();
    let found = store.view(|view| view.search(sought)).unwrap();
    (begun.elapsed().as_secs_f64() * 1e3, found.len())
}

/// Milliseconds of a question that has finds.
fn answered(store: &Store, sought: &Sought) -> f64 {
    let (took, finds) = timed(store, sought);
    assert!(finds > 0, "{}", sought.words);
    took
}

/// A question narrowed in every way there is, by itself and several at once.
fn narrowed(sought: &Sought) -> Vec<(&'static str, Sought)> {
    let with = |change: fn(&mut Sought)| {
        let mut sought = sought.clone();
        change(&mut sought);
        sought
    };
    vec![
        (
            "before",
            with(|it| it.before_ms = Some(i64::from(MESSAGES) * 40_000)),
        ),
        (
            "after",
            with(|it| it.after_ms = Some(i64::from(MESSAGES) * 40_000)),
        ),
        ("in", with(|it| it.conversation = Some(7))),
        ("from", with(|it| it.people = Some(vec![[7; 32]]))),
        ("has:file", with(|it| it.kind = Some(FILE))),
        (
            "all",
            with(|it| {
                it.before_ms = Some(i64::from(MESSAGES) * 50_000);
                it.after_ms = Some(i64::from(MESSAGES) * 10_000);
                it.conversation = Some(7);
                it.people = Some(vec![[7; 32], [8; 32]]);
                it.kind = Some(FILE);
            }),
        ),
    ]
}

fn words(words: &str) -> Sought {
    Sought {
        words: words.to_owned(),
        limit: SHOWN,
        ..Sought::default()
    }
}

/// Every question on the way to a typed one, plain and narrowed; also the slowest, in words.
fn keystrokes(store: &Store, typed: &str, slowest: &mut (f64, String)) -> Vec<f64> {
    let ends = typed.char_indices().map(|(at, c)| at + c.len_utf8());
    let mut waits = Vec::new();
    for end in ends {
        let plain = words(&typed[..end]);
        let mut note = |what: &str, took: f64| {
            if took > slowest.0 {
                *slowest = (took, format!("{what}: {}", &typed[..end]));
            }
            waits.push(took);
        };
        note("plain", answered(store, &plain));
        for (what, sought) in narrowed(&plain) {
            note(what, timed(store, &sought).0);
        }
    }
    waits
}

/// The first finds after opening, and finds at each keystroke.
pub(crate) fn typing() -> Vec<Figure> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("profile.db");
    fill(&path);
    let typed = [
        "bode",
        "lifi zu",
        "xylophonkonzert",
        "台",
        "明日灯台で",
        "ha mo",
    ];
    let mut first: Vec<f64> = (0..OPENINGS)
        .map(|n| answered(&open(&path), &words(typed[n % typed.len()])))
        .collect();
    let store = open(&path);
    let mut slowest = (0.0, String::new());
    let mut each: Vec<f64> = typed
        .iter()
        .flat_map(|typed| keystrokes(&store, typed, &mut slowest))
        .collect();
    // Without a word: everything that is a file.
    for (what, sought) in narrowed(&words("")) {
        if sought.kind.is_some() {
            each.push(timed(&store, &sought).0);
            assert!(what == "all" || timed(&store, &sought).1 > 0);
        }
    }
    let size = std::fs::metadata(&path).unwrap().len();
    let detail = json!({
        "first_milliseconds": spread(&mut first), "keystroke_milliseconds": spread(&mut each),
        "messages": MESSAGES, "database_bytes": size, "slowest": slowest.1,
    });
    [
        ("search 100,000, first finds, max", &first, 50.0),
        ("search 100,000, a keystroke, max", &each, 100.0),
    ]
    .into_iter()
    .map(|(name, waits, bar)| {
        Figure::at_most(name, ("ms", quantile(waits, 1.0), bar), detail.clone())
    })
    .collect()
}
