//! A thousand words said under a timer, in every place where words can be: when their time is up, no version of any page
//! that ever was on the disk gives one away, with all keys that are left. Two controls must find them.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::path::{Path, PathBuf};

use heliograph_client::{ConversationId, Draft, FileMeasured, FileWords, Look, MessageId, Search};
use heliograph_lab::{
    Canaries, Hoard, KeysInImage, TwoFaced, accept, card, dice, on_disk, raw_image,
};

const NAMES: [&str; 2] = ["Anna", "Ben"];
const ANNA: usize = 0;
const BEN: usize = 1;
const HOUR: u32 = 3_600;
const HALF_A_MINUTE: u32 = 30;
/// Rounds of talk; each has twenty words.
const ROUNDS: usize = 50;

/// Where homes are made: in the mounted image of a disk, if there is one to look through afterwards.
fn homes() -> tempfile::TempDir {
    match std::env::var_os("HELIOGRAPH_HOMES") {
        Some(place) => tempfile::tempdir_in(place).unwrap(),
        None => tempfile::tempdir().unwrap(),
    }
}

struct Story {
    world: TwoFaced,
    homes: tempfile::TempDir,
    /// Files of the people's own: no part of a profile.
    own: tempfile::TempDir,
    sides: [ConversationId; 2],
    hoards: [Hoard; 2],
    words: Vec<String>,
    /// Those that only Anna has: of drafts.
    annas: Vec<String>,
    roll: Box<dyn FnMut(u32) -> u32>,
}

impl Story {
    fn begin(seed: u64) -> Self {
        let homes = homes();
        let mut world = on_disk(&NAMES, homes.path());
        let card = card(&mut world, ANNA);
        let bens = world.engines[BEN].add_contact(world.now, &card).unwrap();
        world.run();
        let sides = [accept(&mut world, ANNA), bens];
        world.run();
        Self {
            world,
            homes,
            own: tempfile::tempdir().unwrap(),
            sides,
            hoards: Default::default(),
            words: Vec::new(),
            annas: Vec::new(),
            roll: Box::new(dice(seed)),
        }
    }

    fn home(&self, at: usize) -> PathBuf {
        self.homes.path().join(NAMES[at])
    }

    fn keys(&self, at: usize) -> PathBuf {
        self.home(at).join("profile.keys")
    }

    fn gather(&mut self) {
        for at in [ANNA, BEN] {
            let home = self.home(at);
            self.hoards[at].gather(&home);
        }
    }

    /// Everything that can happen happens, word by word, and the thief looks after each.
    fn run(&mut self) {
        let (mut quiet, mut heard) = (0, 0);
        while quiet < 3 {
            for at in [ANNA, BEN] {
                self.world.serve_asked(at);
            }
            self.gather();
            self.world.announce();
            self.gather();
            let now = self.world.cells_held();
            quiet = if now == heard { quiet + 1 } else { 0 };
            heard = now;
        }
    }

    /// A word that is nowhere else.
    fn word(&mut self) -> String {
        let mut letter = || char::from(b'a' + u8::try_from((self.roll)(26)).unwrap());
        let word: String = (0..14).map(|_| letter()).collect();
        self.words.push(word.clone());
        word
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<String> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn say(&mut self, at: usize, words: usize) -> MessageId {
        let (now, text) = (self.world.now, self.words(words));
        let made = self.world.engines[at].send(now, self.sides[at], &[text]);
        self.run();
        made.unwrap()[0]
    }

    /// Texts, a long one, replies, other texts, a file with its name and its thumbnail, and a draft.
    fn round(&mut self, number: usize) {
        let by = number % 2;
        let (now, sides) = (self.world.now, self.sides);
        let first = self.say(by, 5);
        self.say(1 - by, 4);
        let reply = self.words(2);
        self.world.engines[1 - by]
            .reply(now, (sides[1 - by], first), &reply)
            .unwrap();
        self.run();
        let padded = format!("{} {}", self.words(2), "and so on ".repeat(400));
        self.world.engines[by]
            .edit(now, (sides[by], first), &padded)
            .unwrap();
        self.run();
        self.file(by);
        let draft = self.words(4);
        self.annas.extend(draft.split(' ').map(str::to_owned));
        self.world.engines[ANNA]
            .set_draft(now, sides[ANNA], draft.as_str())
            .unwrap();
        self.gather();
        // As a person would: it is looked for, so that an index of it is made.
        for at in [ANNA, BEN] {
            let search = Search {
                words: reply.clone(),
                limit: 5,
                ..Search::default()
            };
            assert_eq!(self.world.engines[at].search(&search).unwrap().len(), 1);
            self.world.engines[at]
                .mark_read(now, sides[at], (None, None))
                .unwrap();
        }
        self.run();
    }

    fn file(&mut self, by: usize) {
        let (now, sides) = (self.world.now, self.sides);
        let name = format!("{}.txt", self.word());
        let path = self.own.path().join(name);
        std::fs::write(&path, "nothing in it").unwrap();
        let words = FileWords {
            caption: self.word(),
            media: "text/plain".to_owned(),
            ..FileWords::default()
        };
        // The thumbnail of a picture is a few bytes; here they are a word.
        let look = Look {
            width: 160,
            height: 90,
            blur: self.word().into_bytes(),
        };
        let file = FileMeasured {
            look: Some(look),
            ..FileMeasured::read(&path).unwrap()
        };
        let sent = self.world.engines[by]
            .send_file(now, sides[by], (&file, &words))
            .unwrap();
        self.run();
        let folder = self.own.path().join(NAMES[1 - by]);
        std::fs::create_dir_all(&folder).unwrap();
        let there = folder.to_str().unwrap();
        self.world.engines[1 - by]
            .save_file(now, (sides[1 - by], sent), there)
            .unwrap();
        self.run();
    }

    /// The canaries a device had.
    fn canaries(&self, at: usize) -> Canaries {
        let had = |word: &&String| at == ANNA || !self.annas.contains(word);
        let words: Vec<String> = self.words.iter().filter(had).cloned().collect();
        Canaries::of(&words)
    }
}

fn shown(story: &Story, at: usize) -> usize {
    let page = story.world.engines[at]
        .messages(story.sides[at], None, 1_000)
        .unwrap();
    page.items
        .iter()
        .filter(|message| message.kind != "change")
        .count()
}

fn copied(keys: &Path, aside: &Path) -> PathBuf {
    std::fs::copy(keys, aside).unwrap();
    aside.to_owned()
}

#[test]
fn when_their_time_is_up_a_thousand_canaries_are_gone_from_everything_that_was_ever_on_the_disk() {
    let mut story = Story::begin(7);
    let now = story.world.now;
    story.world.engines[ANNA]
        .set_timer(now, story.sides[ANNA], HOUR)
        .unwrap();
    story.run();
    for number in 0..ROUNDS {
        story.round(number);
    }
    assert_eq!(story.words.len(), 1_000);
    let old = [ANNA, BEN].map(|at| {
        let aside = story.own.path().join(format!("keys-{at}"));
        copied(&story.keys(at), &aside)
    });
    story.world.pass(i64::from(HOUR) * 1_000);
    story.run();
    story.world.pass(i64::from(HOUR) * 1_000);
    story.run();
    for at in [ANNA, BEN] {
        assert_eq!(shown(&story, at), 0);
    }
    for at in [ANNA, BEN] {
        let canaries = story.canaries(at);
        let left = story.hoards[at].finds(&canaries, &story.keys(at));
        // Control: the same thief with the keys as they were.
        let before = story.hoards[at].finds(&canaries, &old[at]);
        let (pages, copies) = story.hoards[at].size();
        println!(
            "{}: {left} of {} found on {pages} pages and in {copies} copies with the keys that are left, {before} \
             with those of before",
            NAMES[at],
            canaries.count(),
        );
        assert_eq!((left, before), (0, canaries.count()));
    }
    let all = Canaries::of(&story.words);
    let now = [ANNA, BEN].map(|at| story.keys(at));
    let homes = story.homes;
    drop(story.world);
    if let Some(image) = raw_image() {
        let found = all.in_image(&image);
        println!("raw image: {found} of {} found", all.count());
        assert_eq!(found, 0);
        for at in [ANNA, BEN] {
            let keys = KeysInImage::look(&image, &old[at], &now[at]);
            println!("{}: {keys:?}", NAMES[at]);
            assert!(keys.destroyed > 100);
            assert_eq!((keys.destroyed_found, keys.left_found), (0, keys.left));
        }
    }
    drop(homes);
}

#[test]
fn a_voice_note_that_was_on_its_way_is_gone_with_its_key() {
    let mut story = Story::begin(9);
    let (now, sides) = (story.world.now, story.sides);
    story.world.engines[ANNA]
        .set_timer(now, sides[ANNA], HOUR)
        .unwrap();
    story.run();
    // What a note holds are words here, so that they can be found.
    let spoken = story.words(20);
    let path = story.own.path().join("spoken");
    std::fs::write(&path, &spoken).unwrap();
    let note = FileMeasured {
        path: String::new(),
        held: Some(spoken.into_bytes().into()),
        ..FileMeasured::read(&path).unwrap()
    };
    let words = FileWords {
        media: "audio/ogg".to_owned(),
        ..FileWords::default()
    };
    story.world.engines[ANNA]
        .send_file(now, sides[ANNA], (&note, &words))
        .unwrap();
    story.gather();
    let home = story.home(ANNA);
    story.hoards[ANNA].copy(&home);
    let old = copied(&story.keys(ANNA), &story.own.path().join("keys"));
    story.run();
    for _ in 0..2 {
        story.world.pass(i64::from(HOUR) * 1_000);
        story.run();
    }
    assert_eq!(shown(&story, ANNA), 0);
    let canaries = Canaries::of(&story.words);
    let found = [&story.keys(ANNA), &old].map(|keys| story.hoards[ANNA].finds(&canaries, keys));
    assert_eq!(found, [0, 20]);
}

#[test]
fn the_text_of_a_draft_that_was_sent_goes_with_its_message_though_its_files_stay() {
    let mut story = Story::begin(10);
    let (now, sides) = (story.world.now, story.sides);
    story.world.engines[ANNA]
        .set_timer(now, sides[ANNA], HALF_A_MINUTE)
        .unwrap();
    story.run();
    let draft = Draft {
        text: story.words(12),
        attachments: vec!["/tmp/plan.pdf".to_owned()],
        ..Draft::default()
    };
    let now = story.world.now;
    story.world.engines[ANNA]
        .set_draft(now, sides[ANNA], draft)
        .unwrap();
    story.gather();
    let home = story.home(ANNA);
    story.hoards[ANNA].copy(&home);
    let old = copied(&story.keys(ANNA), &story.own.path().join("keys"));
    story.world.engines[ANNA]
        .send_draft(now, sides[ANNA])
        .unwrap();
    story.run();
    story.world.pass(2_000 * i64::from(HALF_A_MINUTE));
    story.run();
    assert_eq!(shown(&story, ANNA), 0);
    let left = story.world.engines[ANNA].draft(sides[ANNA]).unwrap();
    assert_eq!(left.unwrap().draft.attachments.len(), 1);
    let canaries = Canaries::of(&story.words);
    let found = [&story.keys(ANNA), &old].map(|keys| story.hoards[ANNA].finds(&canaries, keys));
    assert_eq!(found, [0, 12]);
}

#[test]
fn without_a_timer_the_same_words_are_on_the_disk_long_after_they_were_deleted() {
    let mut story = Story::begin(8);
    for number in 0..ROUNDS {
        story.round(number);
    }
    let (now, sides) = (story.world.now, story.sides);
    story.world.engines[ANNA]
        .set_draft(now, sides[ANNA], "")
        .unwrap();
    for at in [ANNA, BEN] {
        story.world.engines[at]
            .delete_conversation(now, sides[at])
            .unwrap();
        story.world.engines[at].rest();
    }
    story.run();
    // No key was ever made; any file will do.
    let none = story.own.path().join("no-keys");
    std::fs::write(&none, "").unwrap();
    for at in [ANNA, BEN] {
        assert_eq!(shown(&story, at), 0);
        let canaries = story.canaries(at);
        let found = story.hoards[at].finds(&canaries, &none);
        println!("{}: {found} of {} found", NAMES[at], canaries.count());
        assert_eq!(found, canaries.count());
    }
    let all = Canaries::of(&story.words);
    let homes = story.homes;
    drop(story.world);
    if let Some(image) = raw_image() {
        let found = all.in_image(&image);
        println!("raw image: {found} of {} found", all.count());
        assert!(2 * found > all.count());
    }
    drop(homes);
}
