//! Finding messages by their words.

use heliograph_store::{Found, MessageRow, Sought, Store, StoreError};
use proptest::prelude::*;

use crate::scene::{conversation, message, step, with_conversation};

fn said(conversation: i64, n: u32, text: &str) -> MessageRow {
    let mut row = message(conversation, 0, None);
    row.id[..4].copy_from_slice(&n.to_be_bytes());
    row.at_ms = i64::from(n);
    row.text = Some(text.into());
    row
}

fn with_texts(texts: &[&str]) -> (Store, i64) {
    let (mut store, id) = with_conversation();
    step(&mut store, |tx| {
        for (n, text) in (0..).zip(texts) {
            tx.insert_message(&said(id, n, text))?;
        }
        Ok(())
    });
    (store, id)
}

fn words(words: &str) -> Sought {
    Sought {
        words: words.into(),
        limit: 50,
        ..Sought::default()
    }
}

fn search(store: &Store, sought: &Sought) -> Result<Vec<Found>, StoreError> {
    store.view(|view| view.search(sought))
}

/// Finds with what was hit in brackets.
fn marked(store: &Store, asked: &str) -> Vec<String> {
    let found = search(store, &words(asked)).unwrap();
    let shown = found.iter().map(|found| {
        let pieces = found.snippet.iter().map(|piece| match piece.hit {
            true => format!("[{}]", piece.text),
            false => piece.text.clone(),
        });
        pieces.collect()
    });
    shown.collect()
}

fn times(store: &Store, sought: &Sought) -> Vec<i64> {
    let found = search(store, sought).unwrap();
    found.iter().map(|found| found.at_ms).collect()
}

#[test]
fn every_word_must_be_there_and_the_last_may_be_only_begun() {
    let (store, _) = with_texts(&["The harbour light", "harbour, at night", "the lightship"]);
    assert_eq!(
        marked(&store, "harb"),
        ["[harbour], at night", "The [harbour] light"]
    );
    assert_eq!(marked(&store, "HARBOUR ligh"), ["The [harbour] [light]"]);
    assert_eq!(marked(&store, "ligh harbour"), Vec::<String>::new());
    assert_eq!(
        marked(&store, "l"),
        ["the [lightship]", "The harbour [light]"]
    );
}

#[test]
fn accents_are_passed_over_however_they_are_written() {
    let (store, _) = with_texts(&["Café Ångström", "cafe\u{301} später", "nuit, naïve"]);
    assert_eq!(
        marked(&store, "cafe"),
        ["[cafe\u{301}] später", "[Café] Ångström"]
    );
    assert_eq!(marked(&store, "ÅNGSTROM"), ["Café [Ångström]"]);
    assert_eq!(marked(&store, "nÄive"), ["nuit, [naïve]"]);
}

#[test]
fn a_part_of_a_text_without_spaces_is_found_be_it_one_character() {
    let (store, _) = with_texts(&[
        "明日灯台で会う",
        "灯台",
        "สวัสดีครับ",
        "오늘밤바다",
        "sea 海 🌊!",
    ]);
    assert_eq!(marked(&store, "灯台で"), ["明日[灯台で]会う"]);
    assert_eq!(marked(&store, "台"), ["灯[台]", "明日灯[台]で会う"]);
    assert_eq!(marked(&store, "台灯"), Vec::<String>::new());
    assert_eq!(marked(&store, "ครับ"), ["สวัสดี[ครับ]"]);
    assert_eq!(marked(&store, "바다"), ["오늘밤[바다]"]);
    assert_eq!(marked(&store, "🌊"), ["sea 海 [🌊]!"]);
    assert_eq!(marked(&store, "海 se"), ["[sea] [海] 🌊!"]);
}

#[test]
fn what_narrows_a_search_narrows_it() {
    let (mut store, one) = with_texts(&["sea 0", "sea 1", "sea 2", "sea 3"]);
    let two = step(&mut store, |tx| tx.insert_conversation(&conversation(2)));
    step(&mut store, |tx| {
        let mut row = said(two, 4, "sea 4");
        row.person = [9; 32];
        tx.insert_message(&row)
    });
    let sea = words("sea");
    assert_eq!(times(&store, &sea), [4, 3, 2, 1, 0]);
    let narrowed = |change: &dyn Fn(&mut Sought)| {
        let mut sought = sea.clone();
        change(&mut sought);
        times(&store, &sought)
    };
    assert_eq!(narrowed(&|s| s.conversation = Some(one)), [3, 2, 1, 0]);
    assert_eq!(narrowed(&|s| s.people = Some(vec![[9; 32], [8; 32]])), [4]);
    assert!(narrowed(&|s| s.people = Some(Vec::new())).is_empty());
    assert_eq!(narrowed(&|s| s.before_ms = Some(2)), [1, 0]);
    assert_eq!(narrowed(&|s| s.after_ms = Some(2)), [4, 3, 2]);
    assert!(narrowed(&|s| s.but_states = vec![0]).is_empty());
}

#[test]
fn pages_follow_each_other_and_miss_nothing_though_messages_come() {
    let (mut store, id) = with_texts(&["sea"; 7]);
    let mut sought = words("sea");
    sought.limit = 3;
    let mut seen = Vec::new();
    for n in 100.. {
        let page = search(&store, &sought).unwrap();
        let Some(last) = page.last() else { break };
        sought.beyond = Some(last.seq);
        seen.extend(page.iter().map(|found| found.at_ms));
        step(&mut store, |tx| tx.insert_message(&said(id, n, "sea")));
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
}

#[test]
fn a_removed_conversation_is_not_found_any_more() {
    let (mut store, id) = with_texts(&["sea", "mist"]);
    step(&mut store, |tx| tx.remove_conversation(id));
    assert!(marked(&store, "sea").is_empty());
    store.check_whole().unwrap();
}

#[test]
fn a_long_text_is_shown_around_its_find_and_cut() {
    let long = format!("{}needle {}", "hay ".repeat(500), "straw ".repeat(500));
    let giant = "x".repeat(9_000);
    let (store, _) = with_texts(&[&long, &giant]);
    let shown = marked(&store, "needle");
    assert!(shown[0].contains("[needle]") && shown[0].chars().count() < 200);
    assert!(marked(&store, "xxx")[0].chars().count() <= 402);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_query_is_wrong_and_no_text_is_shown_otherwise_than_it_is(
        text in "\\PC{0,40}|[a-c灯台 \"*():^{}+-]{0,20}|.{0,20}",
        query in "\\PC{0,40}|[a-c灯台 \"*():^{}+\\-\0\u{1}\u{2}]{0,20}|(NEAR|AND|OR|NOT|text:| |\"|a|\\*){0,9}",
    ) {
        let (store, _) = with_texts(&[&text]);
        let found = search(&store, &words(&query)).unwrap();
        for find in found {
            let shown: String = find.snippet.iter().map(|piece| piece.text.as_str()).collect();
            let plain: String = text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c }).collect();
            prop_assert!(plain.contains(shown.trim_matches('…')), "{plain:?} {shown:?}");
            prop_assert!(find.snippet.iter().any(|piece| piece.hit));
        }
    }

    #[test]
    fn a_word_of_a_text_finds_it_from_its_first_character_on(
        before in "[a-zé ]{0,10}", word in "[a-zéäø灯台]{1,8}", after in "[a-z ]{0,10}", cut in 1_usize..8,
    ) {
        let (store, _) = with_texts(&[&format!("{before} {word} {after}")]);
        let begun: String = word.chars().take(cut).collect();
        prop_assert_eq!(search(&store, &words(&begun)).unwrap().len(), 1);
    }
}

/// What happens to a message: said, its text changed, or erased.
#[derive(Debug, Clone)]
enum Happening {
    Said(String),
    Changed(usize, String),
    Erased(usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    let words = || "(light|lighthouse|again|answer|the|灯台|ä)( (light|lights|a|again|台)){0,3}";
    prop_oneof![
        3 => words().prop_map(Happening::Said),
        3 => (0..6_usize, words()).prop_map(|(at, text)| Happening::Changed(at, text)),
        1 => (0..6_usize).prop_map(Happening::Erased),
    ]
}

proptest! {
    #[test]
    fn search_finds_what_stands_after_any_changes(
        steps in proptest::collection::vec(proptest::collection::vec(happening(), 1..3), 1..16),
        asked in proptest::collection::vec("(light|lighthouse|a|again|台|t)", 1..4),
    ) {
        let (mut store, id) = with_conversation();
        let mut texts: Vec<Option<String>> = Vec::new();
        for happenings in steps {
            step(&mut store, |tx| {
                for happening in happenings {
                    match happening {
                        Happening::Said(text) => {
                            let n = u32::try_from(texts.len()).unwrap();
                            tx.insert_message(&said(id, n, &text))?;
                            texts.push(Some(text));
                        }
                        Happening::Changed(at, text) => {
                            let Some(Some(before)) = texts.get_mut(at) else { continue };
                            let n = u32::try_from(at).unwrap();
                            tx.set_text(id, &said(id, n, "").id, (Some(&text), true))?;
                            *before = text;
                        }
                        Happening::Erased(at) => {
                            let Some(before) = texts.get_mut(at) else { continue };
                            let n = u32::try_from(at).unwrap();
                            tx.erase_message(id, &said(id, n, "").id, true)?;
                            *before = None;
                        }
                    }
                }
                Ok(())
            });
            for word in &asked {
                let found = times(&store, &words(word));
                let alone = word == "台";
                let holds = |text: &String| {
                    if alone { text.contains(word.as_str()) } else {
                        text.split(' ').any(|one| one.starts_with(word.as_str()) || (word == "a" && one == "ä"))
                    }
                };
                let mut wanted: Vec<i64> = (0..).zip(&texts).filter(|(_, text)| text.as_ref().is_some_and(holds))
                    .map(|(at, _)| at).collect();
                wanted.reverse();
                prop_assert_eq!(found, wanted, "{}", word);
            }
        }
    }
}
