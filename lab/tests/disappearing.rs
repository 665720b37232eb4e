//! Messages that disappear, told as stories on a virtual clock.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::engine::Input;
use heliograph_client::{ConversationId, FileMeasured, FileWords, MessageId, Refusal, Search};
use heliograph_lab::{Board, Cli, Trio, TwoFaced, accept, card, changes, introduce, texts};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;
const MINUTE: i64 = 60_000;
const HOUR: u32 = 3_600;
const DAY: i64 = 86_400_000;

/// Two who talk; the conversation of each.
struct Pair {
    world: TwoFaced,
    sides: [ConversationId; 2],
}

impl Pair {
    /// Anna and Ben, who said hello.
    fn meet() -> Self {
        let mut world = TwoFaced::new(&["Anna", "Ben"]);
        let card = card(&mut world, ANNA);
        let bens = world.engines[BEN].add_contact(world.now, &card).unwrap();
        world.engines[BEN]
            .send(world.now, bens, &["hello".into()])
            .unwrap();
        world.run();
        let sides = [accept(&mut world, ANNA), bens];
        world.run();
        Self { world, sides }
    }

    fn timer(&mut self, at: usize, seconds: u32) -> Result<(), Refusal> {
        let now = self.world.now;
        self.world.engines[at].set_timer(now, self.sides[at], seconds)?;
        self.world.run();
        Ok(())
    }

    fn say(&mut self, at: usize, text: &str) -> MessageId {
        let now = self.world.now;
        let made = self.world.engines[at].send(now, self.sides[at], &[text.to_owned()]);
        self.world.run();
        made.unwrap()[0]
    }

    fn read(&mut self, at: usize) {
        let now = self.world.now;
        self.world.engines[at]
            .mark_read(now, self.sides[at], (None, None))
            .unwrap();
        self.world.run();
    }

    /// Words of people that a device shows.
    fn texts(&self, at: usize) -> Vec<String> {
        let page = self.world.engines[at]
            .messages(self.sides[at], None, 100)
            .unwrap();
        let said = page
            .items
            .into_iter()
            .filter(|message| message.kind != "change");
        said.map(|message| message.text).collect()
    }

    fn found(&self, at: usize, words: &str) -> usize {
        let search = Search {
            words: words.into(),
            limit: 10,
            ..Search::default()
        };
        self.world.engines[at].search(&search).unwrap().len()
    }
}

#[test]
fn what_is_said_under_a_timer_goes_after_it_is_sent_here_and_after_it_is_read_there() {
    let mut pair = Pair::meet();
    pair.say(ANNA, "this stays");
    pair.timer(BEN, HOUR).unwrap();
    for at in [ANNA, BEN] {
        let timer = pair.world.engines[at].timer(pair.sides[at]).unwrap();
        assert_eq!((timer.timer_s, timer.agreed), (Some(HOUR), true));
        let told = changes(&pair.world, at, pair.sides[at]).pop().unwrap();
        let who = if at == BEN { "You" } else { "Ben" };
        assert_eq!(
            told,
            format!("{who} set messages to disappear after 1 hour.")
        );
    }
    pair.say(ANNA, "this goes");
    pair.world.pass(30 * MINUTE);
    pair.read(BEN);
    let all = ["hello", "this stays", "this goes"];
    assert_eq!(
        (pair.texts(ANNA), pair.texts(BEN)),
        (all.map(String::from).into(), all.map(String::from).into())
    );
    pair.world.pass(30 * MINUTE - 1);
    assert_eq!(pair.texts(ANNA).len(), 3);
    pair.world.pass(1);
    assert_eq!((pair.texts(ANNA).len(), pair.texts(BEN).len()), (2, 3));
    pair.world.pass(30 * MINUTE);
    assert_eq!(pair.texts(BEN), ["hello", "this stays"]);
    // Off again: what is said from now on stays.
    pair.timer(ANNA, 0).unwrap();
    pair.say(BEN, "and this stays");
    pair.read(ANNA);
    pair.world.pass(3 * DAY);
    assert_eq!(pair.texts(ANNA), ["hello", "this stays", "and this stays"]);
    let told = changes(&pair.world, ANNA, pair.sides[ANNA]);
    assert!(told.contains(&"You let messages stay.".to_owned()));
}

#[test]
fn a_device_that_was_off_shows_nothing_whose_time_ran_out() {
    let mut pair = Pair::meet();
    pair.timer(BEN, 30).unwrap();
    pair.say(BEN, "meet at nine");
    pair.read(ANNA);
    assert_eq!(pair.texts(ANNA), ["hello", "meet at nine"]);
    // The clock goes on and nobody wakes the device; then it is started.
    pair.world.now += DAY;
    pair.world.restart(ANNA);
    assert_eq!(pair.texts(ANNA), ["hello"]);
    assert_eq!(pair.found(ANNA, "nine"), 0);
    // One that was off when it was said counts from when its person reads it.
    pair.say(BEN, "at ten");
    pair.world.now += DAY;
    pair.world.restart(ANNA);
    pair.world.run();
    assert_eq!(pair.texts(ANNA), ["hello", "at ten"]);
    pair.read(ANNA);
    pair.world.pass(30_000);
    assert_eq!(pair.texts(ANNA), ["hello"]);
}

#[test]
fn what_nobody_reads_goes_after_four_weeks() {
    let mut pair = Pair::meet();
    pair.timer(BEN, HOUR).unwrap();
    pair.say(BEN, "unread");
    for _ in 0..27 {
        pair.world.pass(DAY);
        pair.world.beat(None);
    }
    assert_eq!(pair.texts(ANNA), ["hello", "unread"]);
    pair.world.pass(DAY);
    assert_eq!(pair.texts(ANNA), ["hello"]);
}

#[test]
fn everything_about_a_message_goes_with_it() {
    let mut pair = Pair::meet();
    pair.timer(ANNA, HOUR).unwrap();
    let said = pair.say(ANNA, "the lighthouse");
    pair.read(BEN);
    let (now, [annas, bens]) = (pair.world.now, pair.sides);
    pair.world.engines[ANNA]
        .edit(now, (annas, said), "the beacon")
        .unwrap();
    pair.world.engines[ANNA]
        .star(now, (annas, said), true)
        .unwrap();
    pair.world.engines[BEN]
        .react(now, (bens, said), "👍")
        .unwrap();
    pair.world.engines[BEN]
        .set_draft(now, bens, "Dear Anna")
        .unwrap();
    pair.world.run();
    let now = pair.world.now;
    pair.world.engines[BEN]
        .reply(now, (bens, said), "seen")
        .unwrap();
    pair.world.run();
    for at in [ANNA, BEN] {
        assert_eq!(pair.texts(at), ["hello", "the beacon", "seen"]);
        assert_eq!(
            (pair.found(at, "beacon"), pair.found(at, "lighthouse")),
            (1, 0)
        );
        pair.read(at);
    }
    let history = pair.world.engines[BEN].history((bens, said)).unwrap();
    assert_eq!(history.len(), 2);
    pair.world.restart(BEN);
    assert_eq!(pair.found(BEN, "beacon"), 1);
    pair.world.pass(i64::from(HOUR) * 1_000);
    for at in [ANNA, BEN] {
        assert_eq!(pair.texts(at), ["hello"]);
        assert_eq!(
            (pair.found(at, "beacon"), pair.found(at, "lighthouse")),
            (0, 0)
        );
        let about = (pair.sides[at], said);
        assert_eq!(
            pair.world.engines[at].history(about).unwrap_err().kind,
            "unknown-message"
        );
        let starred = pair.world.engines[at].starred(None, (None, 9)).unwrap();
        assert!(starred.is_empty());
        let kept = pair.world.engines[at]
            .kept(pair.world.now, pair.sides[at])
            .unwrap();
        assert_eq!(kept.draft, None);
    }
    // Somebody says more about it: nobody has it, nothing comes of it.
    let refused = pair.world.engines[BEN].react(pair.world.now, (bens, said), "👍");
    assert_eq!(refused.unwrap_err().kind, "unknown-message");
}

#[test]
fn what_was_written_before_the_timer_and_leaves_under_it_goes_too() {
    let mut pair = Pair::meet();
    let (now, sides) = (pair.world.now, pair.sides);
    pair.world.cut(ANNA);
    pair.world.engines[ANNA]
        .send(now, sides[ANNA], &["written early".into()])
        .unwrap();
    pair.timer(BEN, HOUR).unwrap();
    pair.world.engines[ANNA].input(now, Input::Online);
    pair.world.run();
    assert_eq!(pair.texts(BEN), ["hello", "written early"]);
    pair.read(BEN);
    pair.world.restart(ANNA);
    assert_eq!(pair.found(ANNA, "early"), 1);
    pair.world.pass(i64::from(HOUR) * 1_000);
    for at in [ANNA, BEN] {
        assert_eq!(pair.texts(at), ["hello"]);
        assert_eq!(pair.found(at, "early"), 0);
    }
}

#[test]
fn two_who_choose_at_once_agree_on_one() {
    let mut pair = Pair::meet();
    let now = pair.world.now;
    for (at, seconds) in [(ANNA, HOUR), (BEN, 2 * HOUR)] {
        pair.world.engines[at]
            .set_timer(now, pair.sides[at], seconds)
            .unwrap();
    }
    pair.world.run();
    let timer = |at: usize| pair.world.engines[at].timer(pair.sides[at]).unwrap();
    assert!(timer(ANNA).agreed && timer(ANNA) == timer(BEN));
    for seconds in [1, 29, 28 * 86_400 + 1, u32::MAX] {
        assert_eq!(pair.timer(ANNA, seconds).unwrap_err().kind, "bad-timer");
    }
}

#[test]
fn a_timer_chosen_before_the_first_contact_holds_from_the_first_message_on() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let card = card(&mut world, ANNA);
    let now = world.now;
    world.cut(BEN);
    let bens = world.engines[BEN].add_contact(now, &card).unwrap();
    world.engines[BEN].set_timer(now, bens, HOUR).unwrap();
    world.engines[BEN]
        .send(now, bens, &["hello".into()])
        .unwrap();
    world.engines[BEN].input(now, Input::Online);
    world.run();
    let annas = accept(&mut world, ANNA);
    world.run();
    for (at, id) in [(ANNA, annas), (BEN, bens)] {
        let timer = world.engines[at].timer(id).unwrap();
        assert_eq!((timer.timer_s, timer.agreed), (Some(HOUR), true));
        assert_eq!(texts(&world, at, id), ["hello"]);
    }
    world.engines[ANNA]
        .mark_read(now, annas, (None, None))
        .unwrap();
    world.pass(i64::from(HOUR) * 1_000);
    assert!(texts(&world, ANNA, annas).is_empty() && texts(&world, BEN, bens).is_empty());
}

#[test]
fn in_a_group_admins_decide_and_whoever_comes_later_has_the_timer_too() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let refused = trio.world.engines[CARL].set_timer(now, sides[CARL], HOUR);
    assert_eq!(refused.unwrap_err().kind, "not-admin");
    trio.world.engines[ANNA]
        .set_timer(now, sides[ANNA], HOUR)
        .unwrap();
    trio.world.run();
    let said = trio.say(BEN, "in the group");
    trio.world.run();
    for at in [ANNA, CARL] {
        trio.world.engines[at]
            .mark_read(now, sides[at], (None, None))
            .unwrap();
    }
    let shown = trio
        .seen(CARL)
        .into_iter()
        .find(|message| message.id == said)
        .unwrap();
    assert_eq!(shown.disappears_ms, Some(now + i64::from(HOUR) * 1_000));
    trio.world.pass(i64::from(HOUR) * 1_000);
    for at in [ANNA, BEN, CARL] {
        assert!(trio.seen(at).iter().all(|message| message.id != said));
        let listed = trio.world.engines[at].conversations().unwrap();
        assert_eq!(listed[0].timer_s, Some(HOUR));
    }
}

#[test]
fn a_file_on_its_way_goes_with_its_message() {
    let mut pair = Pair::meet();
    pair.timer(BEN, HOUR).unwrap();
    let (now, [annas, bens]) = (pair.world.now, pair.sides);
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("plan.txt");
    std::fs::write(&source, "the plan").unwrap();
    let words = FileWords {
        caption: "our plan".to_owned(),
        media: "text/plain".to_owned(),
        ..FileWords::default()
    };
    let file = FileMeasured::read(&source).unwrap();
    let sent = pair.world.engines[BEN]
        .send_file(now, bens, (&file, &words))
        .unwrap();
    pair.world.run();
    pair.read(ANNA);
    // Anna wants it, and the board says nothing.
    pair.world.lies.silent = true;
    let wanted = directory.path().join("saved.txt");
    pair.world.engines[ANNA]
        .save_file(now, (annas, sent), wanted.to_str().unwrap())
        .unwrap();
    pair.world.run();
    let half = directory.path().join(".saved.txt.heliograph-part");
    assert!(half.exists());
    assert_eq!(pair.world.engines[ANNA].transfers().unwrap().len(), 1);
    pair.world.pass(i64::from(HOUR) * 1_000);
    assert!(pair.world.engines[ANNA].transfers().unwrap().is_empty());
    assert!(!half.exists() && !wanted.exists());
    assert_eq!(pair.texts(ANNA), ["hello"]);
    assert!(source.exists(), "files of people's own are theirs");
}

#[test]
fn a_timer_is_set_and_seen_from_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let anna = Cli::init(directory.path(), "Anna", &board.link, None);
    let ben = Cli::init(directory.path(), "Ben", &board.link, None);
    let (annas, bens) = introduce(&anna, &ben);
    assert!(anna.run(&["sync", "--until-idle"]).status.success());
    let set = anna.run(&["timer", &annas, "1d"]);
    assert_eq!(set.object()["seconds"], 86_400, "{}", set.error);
    assert_eq!(set.object()["agreed"], true);
    assert!(
        anna.run(&["send", &annas, "for a day", "--wait", "sent"])
            .status
            .success()
    );
    let read = ben.run(&["read", &bens]);
    let kinds: Vec<&str> = read
        .lines
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["change", "text"]);
    assert_eq!(
        read.lines[0]["text"],
        "Anna set messages to disappear after 1 day."
    );
    assert!(read.lines[1]["disappears"].is_string());
    let list = ben.run(&["conversations"]);
    assert_eq!(list.object()["timer"], 86_400);
    assert_eq!(ben.run(&["timer", &bens]).object()["seconds"], 86_400);
    assert!(ben.run(&["timer", &bens, "off"]).object()["seconds"].is_null());
    let wrong = ben.run(&["timer", &bens, "10s"]);
    assert!(
        !wrong.status.success() && wrong.error.contains("bad-timer"),
        "{}",
        wrong.error
    );
}
