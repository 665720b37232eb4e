//! Messages found again, and conversations kept in order, told as stories.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{
    ATTACHMENTS_MAX, ConversationId, Draft, FOREVER, FileMeasured, FileWords, KeepAsked, MessageId,
    Search,
};
use heliograph_lab::{Board, Cli, TwoFaced, introduce};
use serde_json::{Value, json};

const ANNA: usize = 0;
const BEN: usize = 1;

/// Ben knocks with a first message; Anna has not answered.
fn knocking(first: &str) -> (TwoFaced, ConversationId) {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let now = world.now;
    let (_, card) = world.engines[ANNA].make_card(now, false).unwrap();
    world.run();
    let bens = world.engines[BEN].add_contact(now, &card).unwrap();
    world.engines[BEN].send(now, bens, &[first.into()]).unwrap();
    world.run();
    (world, bens)
}

fn accept(world: &mut TwoFaced) -> ConversationId {
    let id = world.engines[ANNA].requests().unwrap()[0].id;
    world.engines[ANNA].accept(world.now, id).unwrap();
    world.run();
    id
}

fn say(world: &mut TwoFaced, at: usize, id: ConversationId, text: &str) {
    let now = world.now;
    world.engines[at].send(now, id, &[text.to_owned()]).unwrap();
    world.run();
}

fn words(words: &str) -> Search {
    Search {
        words: words.into(),
        limit: 10,
        ..Search::default()
    }
}

/// Who said what was found, newest first, and the pieces that hit.
fn found(world: &TwoFaced, search: &Search) -> Vec<(String, String)> {
    let finds = world.engines[ANNA].search(search).unwrap();
    let told = finds.into_iter().map(|find| {
        let hits = find.snippet.iter().filter(|piece| piece.hit);
        let hits: Vec<&str> = hits.map(|piece| piece.text.as_str()).collect();
        (find.from, hits.join("+"))
    });
    told.collect()
}

fn told(finds: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = finds
        .iter()
        .map(|(from, hit)| ((*from).into(), (*hit).into()));
    owned.collect()
}

#[test]
fn what_was_said_is_found_by_its_words_by_who_said_it_and_when() {
    let (mut world, bens) = knocking("Meet at the Leuchtturm-Café?");
    let annas = accept(&mut world);
    world.pass(60_000);
    let later = world.now;
    say(&mut world, ANNA, annas, "Which cafe, 灯台の?");
    assert_eq!(
        found(&world, &words("CAFE")),
        told(&[("me", "cafe"), ("Ben", "Café")])
    );
    assert_eq!(found(&world, &words("台")), told(&[("me", "台")]));
    let narrowed = |change: &dyn Fn(&mut Search)| {
        let mut search = words("cafe");
        change(&mut search);
        found(&world, &search)
    };
    let (me, ben) = (told(&[("me", "cafe")]), told(&[("Ben", "Café")]));
    assert_eq!(narrowed(&|s| s.from = Some("me".into())), me);
    assert_eq!(narrowed(&|s| s.from = Some("ben".into())), ben);
    let id = world.engines[BEN].status().unwrap().person;
    assert_eq!(narrowed(&|s| s.from = Some(id.clone())), ben);
    assert_eq!(narrowed(&|s| s.before_ms = Some(later)), ben);
    assert_eq!(narrowed(&|s| s.after_ms = Some(later)), me);
    assert_eq!(narrowed(&|s| s.conversation = Some(annas)).len(), 2);
    let mut nobody = words("cafe");
    nobody.from = Some("Carl".into());
    let refused = world.engines[ANNA].search(&nobody).unwrap_err();
    assert_eq!(refused.kind, "unknown-person");
    nobody.from = None;
    nobody.conversation = Some(bens);
    let refused = world.engines[ANNA].search(&nobody).unwrap_err();
    assert_eq!(refused.kind, "unknown-conversation");
}

#[test]
fn a_request_is_found_once_it_is_accepted() {
    let (mut world, _) = knocking("the lighthouse");
    assert!(found(&world, &words("light")).is_empty());
    accept(&mut world);
    assert_eq!(
        found(&world, &words("light")),
        told(&[("Ben", "lighthouse")])
    );
}

/// Anna's only conversation, changed and as it then is.
fn keep(world: &mut TwoFaced, id: ConversationId, asked: KeepAsked) {
    let now = world.now;
    world.engines[ANNA].keep(now, id, asked).unwrap();
}

fn archived(world: &TwoFaced) -> bool {
    let all = world.engines[ANNA].conversations_at(world.now).unwrap();
    all[0].kept.archived
}

#[test]
fn what_is_archived_comes_back_with_a_message_unless_it_is_muted() {
    let (mut world, bens) = knocking("hello");
    let annas = accept(&mut world);
    let put_away = |muted_until| KeepAsked {
        archived: Some(true),
        muted_until,
        ..KeepAsked::default()
    };
    keep(&mut world, annas, put_away(None));
    assert!(archived(&world));
    say(&mut world, BEN, bens, "are you there?");
    assert!(!archived(&world));
    keep(&mut world, annas, put_away(Some(FOREVER)));
    say(&mut world, BEN, bens, "still?");
    assert!(archived(&world));
    let soon = world.now + 60_000;
    keep(&mut world, annas, put_away(Some(soon)));
    say(&mut world, BEN, bens, "and now?");
    assert!(archived(&world));
    world.pass(60_001);
    say(&mut world, BEN, bens, "at last");
    assert!(!archived(&world));
}

#[test]
fn pinned_ones_come_first_and_archived_ones_last() {
    let mut world = TwoFaced::new(&["Anna"]);
    let now = world.now;
    let mut ids = Vec::new();
    for title in ["one", "two", "three"] {
        ids.push(world.engines[ANNA].create_group(now, title).unwrap());
    }
    let mark = |archived, pinned| KeepAsked {
        archived: Some(archived),
        pinned: Some(pinned),
        ..KeepAsked::default()
    };
    keep(&mut world, ids[0], mark(true, false));
    keep(&mut world, ids[2], mark(false, true));
    let all = world.engines[ANNA].conversations().unwrap();
    let titles: Vec<&str> = all.iter().map(|info| info.title.as_str()).collect();
    assert_eq!(titles, ["three", "two", "one"]);
}

#[test]
fn a_mark_lasts_until_the_person_reads_and_a_draft_until_it_is_cleared() {
    let (mut world, _) = knocking("hello");
    let annas = accept(&mut world);
    let now = world.now;
    let mark = KeepAsked {
        marked_unread: Some(true),
        ..KeepAsked::default()
    };
    keep(&mut world, annas, mark);
    let draft = "Dear Ben,\n\u{1}";
    world.engines[ANNA].set_draft(now, annas, draft).unwrap();
    world.restart(ANNA);
    let kept = world.engines[ANNA].kept(now, annas).unwrap();
    assert!(kept.marked_unread);
    assert_eq!(kept.draft.unwrap().draft.text, draft);
    world.engines[ANNA]
        .mark_read(now, annas, (None, None))
        .unwrap();
    world.engines[ANNA].set_draft(now, annas, "").unwrap();
    let kept = world.engines[ANNA].kept(now, annas).unwrap();
    assert!(!kept.marked_unread && kept.draft.is_none());
}

#[test]
fn a_draft_has_the_message_it_answers_and_files_and_outlives_a_crash() {
    let (mut world, bens) = knocking("hello");
    let annas = accept(&mut world);
    let now = world.now;
    let hello = world.engines[ANNA].messages(annas, None, 9).unwrap().items[0].id;
    let draft = Draft {
        text: String::new(),
        in_reply_to: Some(hello),
        attachments: vec!["/tmp/plan.pdf".into(), "/tmp/map\n.png".into()],
    };
    let kept = |world: &TwoFaced| world.engines[ANNA].draft(annas).unwrap();
    world.engines[ANNA]
        .set_draft(now, annas, draft.clone())
        .unwrap();
    world.restart(ANNA);
    assert_eq!(kept(&world).unwrap().draft, draft);
    let refused = |world: &mut TwoFaced, wrong: Draft| {
        let now = world.now;
        world.engines[ANNA]
            .set_draft(now, annas, wrong)
            .unwrap_err()
            .kind
    };
    let mut wrong = draft.clone();
    wrong.attachments = vec!["plan.pdf".into()];
    assert_eq!(refused(&mut world, wrong), "bad-path");
    let mut wrong = draft.clone();
    wrong.attachments = vec!["/tmp/plan.pdf".into(); ATTACHMENTS_MAX + 1];
    assert_eq!(refused(&mut world, wrong), "too-many-files");
    let mut wrong = draft.clone();
    wrong.in_reply_to = Some(MessageId([7; 16]));
    assert_eq!(refused(&mut world, wrong), "unknown-message");
    assert_eq!(
        kept(&world).unwrap().draft,
        draft,
        "a refusal changes nothing"
    );

    let now = world.now;
    world.engines[BEN].delete(now, (bens, hello)).unwrap();
    world.run();
    let left = kept(&world).unwrap().draft;
    assert_eq!((left.in_reply_to, left.attachments.len()), (None, 2));
    world.engines[ANNA].set_draft(now, annas, "").unwrap();
    assert!(kept(&world).is_none());
}

#[test]
fn an_answer_brings_an_archived_conversation_back() {
    let (mut world, _) = knocking("hello");
    let annas = accept(&mut world);
    let now = world.now;
    let hello = world.engines[ANNA].messages(annas, None, 9).unwrap().items[0].id;
    let archive = KeepAsked {
        archived: Some(true),
        ..KeepAsked::default()
    };
    let anna = &mut world.engines[ANNA];
    assert!(anna.keep(now, annas, archive).unwrap().archived);
    anna.reply(now, (annas, hello), "hello too").unwrap();
    assert!(!anna.kept(now, annas).unwrap().archived);
}

#[test]
fn a_draft_that_is_sent_leaves_in_the_step_that_writes_its_message() {
    let (mut world, bens) = knocking("hello");
    let annas = accept(&mut world);
    let now = world.now;
    let hello = world.engines[ANNA].messages(annas, None, 9).unwrap().items[0].id;
    let draft = |text: &str, attachments: &[&str]| Draft {
        text: text.to_owned(),
        in_reply_to: Some(hello),
        attachments: attachments.iter().map(|&path| path.to_owned()).collect(),
    };
    let kept = |world: &TwoFaced| world.engines[ANNA].draft(annas).unwrap().map(|it| it.draft);
    let send = |world: &mut TwoFaced| world.engines[ANNA].send_draft(now, annas);
    assert_eq!(send(&mut world).unwrap_err().kind, "no-draft");

    let long = draft(&"n".repeat(20_000), &["/tmp/plan.pdf"]);
    world.engines[ANNA]
        .set_draft(now, annas, long.clone())
        .unwrap();
    assert_eq!(send(&mut world).unwrap_err().kind, "message-too-long");
    assert_eq!(kept(&world), Some(long), "a refusal keeps what was typed");

    world.engines[ANNA]
        .set_draft(now, annas, draft("Hello too.", &["/tmp/plan.pdf"]))
        .unwrap();
    send(&mut world).unwrap();
    let files = Draft {
        in_reply_to: None,
        ..draft("", &["/tmp/plan.pdf"])
    };
    assert_eq!(kept(&world), Some(files));
    assert_eq!(send(&mut world).unwrap_err().kind, "no-draft");
    let directory = tempfile::tempdir().unwrap();
    let plan = directory.path().join("plan.pdf");
    std::fs::write(&plan, "second floor").unwrap();
    let words = FileWords {
        media: "application/pdf".to_owned(),
        from_draft: Some("/tmp/plan.pdf".to_owned()),
        ..FileWords::default()
    };
    let measured = FileMeasured::read(&plan).unwrap();
    let send_file = |world: &mut TwoFaced| {
        let engine = &mut world.engines[ANNA];
        engine.send_file(now, annas, (&measured, &words))
    };
    send_file(&mut world).unwrap();
    assert_eq!(kept(&world), None, "nothing is left of it");
    // Asked again, as after a lost answer: it goes once.
    assert_eq!(send_file(&mut world).unwrap_err().kind, "no-draft");
    world.restart(ANNA);
    world.run();
    let heard = world.engines[BEN].messages(bens, None, 9).unwrap().items;
    let answers: Vec<_> = heard
        .iter()
        .filter(|one| one.in_reply_to.is_some())
        .collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].text, "Hello too.");
}

#[test]
fn the_commands_find_page_by_page_and_keep_conversations_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (_, side) = introduce(&anna, &ben);
    let lines: Vec<String> = (0..230).map(|n| format!("Größe {n}, 灯台")).collect();
    assert_eq!(ben.send_lines(&side, &lines, None), lines.len());
    let all = ben.run(&["search", "grosse", "grö", "--in", &side, "--limit", "300"]);
    assert!(
        all.lines.is_empty() && all.status.success(),
        "{}",
        all.error
    );
    let all = ben.run(&["search", "grö", "--from", "me", "--limit", "300"]);
    let texts = all.lines.iter().map(|find| {
        let pieces = find["snippet"].as_array().unwrap().iter();
        let text = pieces.map(|piece| piece["text"].as_str().unwrap());
        text.collect::<String>()
    });
    assert!(texts.eq(lines.iter().rev().cloned()), "{}", all.error);
    let some = ben.run(&["search", "台", "--limit", "2", "--after", "2020-01-01"]);
    assert_eq!(some.lines.len(), 2);
    assert!(some.error.contains("There are more"), "{}", some.error);
    let one = ben.run(&["search", "größe 229"]);
    let hit = json!({"text": "Größe", "hit": true});
    assert_eq!(one.object()["snippet"][0], hit);
    assert!(!one.error.contains("There are more"), "{}", one.error);

    let kept = ben.run(&["keep", &side, "--muted", "forever", "--pinned", "yes"]);
    assert_eq!(kept.object()["muted_until"], "forever");
    let draft = ben.run_with(&["draft", &side, "-"], "Dear Anna,\n\n…\n".as_bytes());
    assert_eq!(draft.object()["text"], "Dear Anna,\n\n…");
    let listed = ben.run(&["conversations"]);
    let listed = listed.object();
    assert_eq!(listed["draft"], "Dear Anna,\n\n…");
    assert_eq!(
        (&listed["pinned"], &listed["archived"]),
        (&json!(true), &json!(false))
    );
    assert!(ben.run(&["draft", &side, "--clear"]).status.success());
    assert_eq!(ben.run(&["draft", &side]).object()["text"], Value::Null);
}
