//! People who talk with each other are added to groups without a card passed by hand, told as stories.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, GroupChange};
use heliograph_conversation::content::Kind;
use heliograph_delivery::Card;
use heliograph_lab::{
    Board, Cli, Mallory, TwoFaced, accept, brought, card, changes, introduce, texts,
};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

fn talk(world: &mut TwoFaced, one: usize, other: usize) -> (ConversationId, ConversationId) {
    let card = card(world, other);
    let ones = world.engines[one].add_contact(world.now, &card).unwrap();
    world.run();
    (ones, accept(world, other))
}

/// Anna talks with Ben, and has a group in which Carl is, with whom she never talked alone.
struct Scene {
    world: TwoFaced,
    /// Anna's and Ben's conversation, on each side.
    annas: ConversationId,
    bens: ConversationId,
    group: ConversationId,
    /// The same at Carl's.
    carls: ConversationId,
}

impl Scene {
    fn new() -> Self {
        let mut world = TwoFaced::new(&["Anna", "Ben", "Carl"]);
        let (annas, bens) = talk(&mut world, ANNA, BEN);
        let group = world.engines[ANNA].create_group(world.now, "Crew").unwrap();
        let carls = brought(&mut world, (ANNA, group), CARL);
        Self {
            world,
            annas,
            bens,
            group,
            carls,
        }
    }

    fn bring(&mut self, known: &str) -> Result<(), String> {
        let now = self.world.now;
        let done = self.world.engines[ANNA].bring_known(now, self.group, known);
        done.map_err(|refusal| refusal.kind.to_owned())
    }

    fn asked(&self) -> Vec<String> {
        let asked = self.world.engines[ANNA].asked_into(self.group).unwrap();
        asked.into_iter().map(|who| who.name).collect()
    }

    fn person(&self, at: usize) -> String {
        self.world.engines[at].status().unwrap().person
    }

    fn requests(&self, at: usize) -> Vec<String> {
        let all = self.world.engines[at].requests().unwrap();
        all.into_iter().filter_map(|one| one.group).collect()
    }
}

#[test]
fn who_talks_with_somebody_is_added_by_their_id_and_nothing_of_it_shows_in_the_conversation() {
    for by_person in [false, true] {
        let mut scene = Scene::new();
        let known = if by_person {
            scene.person(BEN)
        } else {
            scene.annas.to_string()
        };
        scene.bring(&known).unwrap();
        assert_eq!(scene.asked(), ["Ben"]);
        scene.world.run();
        assert!(scene.asked().is_empty());
        assert_eq!(scene.requests(BEN), ["Crew"]);
        let asked = &scene.world.engines[BEN].requests().unwrap()[0];
        assert_eq!(asked.name, "Anna");
        let in_group = accept(&mut scene.world, BEN);
        let (now, hello) = (scene.world.now, ["hello".to_owned()]);
        scene.world.engines[BEN]
            .send(now, in_group, &hello)
            .unwrap();
        scene.world.run();
        for (at, id) in [(ANNA, scene.group), (CARL, scene.carls)] {
            assert_eq!(texts(&scene.world, at, id), ["hello"]);
        }
        assert_eq!(
            changes(&scene.world, CARL, scene.carls).last().unwrap(),
            "Anna added Ben."
        );
        for (at, id) in [(ANNA, scene.annas), (BEN, scene.bens)] {
            let page = scene.world.engines[at].messages(id, None, 100).unwrap();
            assert!(page.items.is_empty());
        }
        assert_eq!(scene.bring(&known).unwrap_err(), "already-member");
    }
}

#[test]
fn a_device_that_is_off_answers_when_it_is_on_again() {
    let mut scene = Scene::new();
    scene.world.cut(BEN);
    let known = scene.annas.to_string();
    scene.bring(&known).unwrap();
    scene.world.run();
    scene.world.restart(ANNA);
    scene.world.run();
    assert_eq!(scene.asked(), ["Ben"]);
    // Asked again meanwhile: one answer is enough, and the other changes nothing.
    scene.bring(&known).unwrap();
    scene.world.run();
    scene.world.reconnect(BEN);
    scene.world.run();
    assert!(scene.asked().is_empty());
    assert_eq!(scene.requests(BEN), ["Crew"]);
    let status = scene.world.engines[ANNA].status().unwrap();
    assert!(status.alarms.is_empty(), "{:?}", status.alarms);
}

#[test]
fn an_ask_before_the_request_is_accepted_is_answered_afterwards() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let ben = card(&mut world, BEN);
    let annas = world.engines[ANNA].add_contact(world.now, &ben).unwrap();
    world.run();
    let now = world.now;
    let crew = world.engines[ANNA].create_group(now, "Crew").unwrap();
    world.engines[ANNA]
        .bring_known(now, crew, &annas.to_string())
        .unwrap();
    world.run();
    // Nothing goes back to a stranger.
    assert_eq!(world.engines[ANNA].asked_into(crew).unwrap().len(), 1);
    assert_eq!(world.engines[BEN].requests().unwrap().len(), 1);
    world.restart(BEN);
    accept(&mut world, BEN);
    world.run();
    let asked = world.engines[BEN].requests().unwrap();
    assert_eq!(asked[0].group.as_deref(), Some("Crew"));
    assert!(world.engines[ANNA].asked_into(crew).unwrap().is_empty());
}

#[test]
fn who_was_removed_meanwhile_or_is_not_awaited_any_more_is_not_added_by_a_late_answer() {
    for way in ["added and removed", "cancelled", "blocked"] {
        let mut scene = Scene::new();
        let (ben, known) = (scene.person(BEN), scene.annas.to_string());
        scene.world.cut(BEN);
        scene.bring(&known).unwrap();
        scene.world.run();
        let (now, group) = (scene.world.now, scene.group);
        let engine = &mut scene.world.engines[ANNA];
        match way {
            "added and removed" => {
                scene.world.reconnect(BEN);
                let bens = scene.world.engines[BEN].make_card(now, true).unwrap().1;
                scene.world.cut(BEN);
                scene.world.engines[ANNA].bring(now, group, &bens).unwrap();
                scene.world.run();
                let removed = scene.world.engines[ANNA].remove_person(now, (group, &ben));
                removed.unwrap();
            }
            "cancelled" => engine.remove_person(now, (group, &ben)).unwrap(),
            _ => {
                engine.block(now, &ben, true).unwrap();
                engine.block(now, &ben, false).unwrap();
            }
        }
        scene.world.run();
        assert!(scene.asked().is_empty(), "{way}");
        scene.world.reconnect(BEN);
        scene.world.run();
        let now = scene.world.now;
        let members = scene.world.engines[ANNA].group_members(now, group).unwrap();
        assert_eq!(members.len(), 2, "{way}: Anna and Carl");
    }
}

#[test]
fn nobody_is_added_whom_one_does_not_talk_with_or_may_not_add() {
    let mut scene = Scene::new();
    let carl = scene.person(CARL);
    for nobody in ["", "p_nobody", carl.as_str(), &scene.group.to_string()] {
        assert_eq!(scene.bring(nobody).unwrap_err(), "unknown-person");
    }
    let (now, ben) = (scene.world.now, scene.person(BEN));
    scene.world.engines[ANNA].block(now, &ben, true).unwrap();
    assert_eq!(scene.bring(&ben).unwrap_err(), "person-blocked");
    scene.world.engines[ANNA].block(now, &ben, false).unwrap();
    // Whoever blocks gives no card either.
    let anna = scene.person(ANNA);
    scene.world.engines[BEN].block(now, &anna, true).unwrap();
    scene.bring(&ben).unwrap();
    scene.world.run();
    assert_eq!(scene.asked(), ["Ben"]);
    assert!(scene.requests(BEN).is_empty());
    let rule = GroupChange {
        members_add: Some(false),
        ..GroupChange::default()
    };
    let (crew, carls) = (scene.group, scene.carls);
    scene.world.engines[ANNA]
        .change_group(now, (crew, &rule))
        .unwrap();
    scene.world.run();
    let refused = scene.world.engines[CARL].bring_known(now, carls, &anna);
    assert_eq!(refused.unwrap_err().kind, "not-admin");
}

/// Anna and Mallory in a conversation of two, and a group of Anna's.
fn with_mallory() -> (TwoFaced, Mallory, ConversationId, ConversationId) {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let mut mallory = Mallory::new("Mallory", world.now);
    let (_, annas) = world.engines[ANNA].make_card(world.now, false).unwrap();
    world.run();
    mallory.knock(&mut world, &annas);
    let id = accept(&mut world, ANNA);
    mallory.follow(&world);
    mallory.hear(&world);
    let group = world.engines[ANNA].create_group(world.now, "Crew").unwrap();
    (world, mallory, id, group)
}

fn alarms(world: &TwoFaced) -> Vec<String> {
    let status = world.engines[ANNA].status().unwrap();
    status.alarms.into_iter().map(|alarm| alarm.kind).collect()
}

#[test]
fn a_card_that_nobody_asked_for_or_that_is_somebody_elses_adds_nobody() {
    let (mut world, mut mallory, id, group) = with_mallory();
    let bens = world.engines[BEN].make_card(world.now, true).unwrap().1;
    world.run();
    let given = |asked: [u8; 16]| Kind::CardGiven {
        in_reply_to: asked,
        card: bens.clone(),
    };
    mallory.say(&mut world, 1, given([9; 16]));
    assert!(alarms(&world).is_empty());
    let known = id.to_string();
    world.engines[ANNA]
        .bring_known(world.now, group, &known)
        .unwrap();
    world.run();
    let heard = mallory.hear(&world);
    let asked = heard.iter().find(|(_, kind)| *kind == Kind::CardWanted);
    let asked = asked.unwrap().0.0;
    mallory.say(&mut world, 2, given(asked));
    assert_eq!(alarms(&world), ["not-added"]);
    assert!(world.engines[ANNA].asked_into(group).unwrap().is_empty());
    // Nor does the same answer count twice.
    mallory.say(&mut world, 3, given(asked));
    assert_eq!(alarms(&world), ["not-added"]);
    assert!(world.engines[BEN].requests().unwrap().is_empty());
    let now = world.now;
    let members = world.engines[ANNA].group_members(now, group).unwrap();
    assert_eq!(members.len(), 1);
}

#[test]
fn a_card_that_was_asked_for_is_good_for_whoever_asked_alone_and_few_are_good_at_once() {
    let (mut world, mut mallory, id, _) = with_mallory();
    let mut cards = Vec::new();
    for nonce in 10..60 {
        mallory.say(&mut world, nonce, Kind::CardWanted);
        for (_, kind) in mallory.hear(&world) {
            if let Kind::CardGiven { in_reply_to, card } = kind {
                assert_eq!(in_reply_to, mallory.id_of(&[nonce; 16]).0);
                cards.push(card);
            }
        }
    }
    assert_eq!(cards.len(), 8);
    assert!(Card::decode(&cards[0]).unwrap().once);
    // Ben, to whom she passed some on, knocks with them in vain, and they are none the worse for it.
    for (card, title) in cards.iter().zip(["Trap", "Again"]) {
        let trap = world.engines[BEN].create_group(world.now, title).unwrap();
        world.engines[BEN].bring(world.now, trap, card).unwrap();
        world.run();
    }
    assert!(world.engines[ANNA].requests().unwrap().is_empty());
    let seen = world.engines[ANNA].messages(id, None, 100).unwrap();
    assert!(seen.items.is_empty());
}

#[test]
fn the_command_line_makes_a_group_of_people_one_talks_with() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (annas, _) = introduce(&anna, &ben);
    // More than one call takes: the one who can be added is in the second.
    let mut asked = vec!["group", "create", "Crew"];
    for named in std::iter::repeat_n("c_nobody", 70).chain([annas.as_str(), "p_nobody"]) {
        asked.extend(["--member", named]);
    }
    let made = anna.run(&asked);
    assert_eq!(made.status.code(), Some(1), "a script is to notice");
    assert!(made.error.contains("some-not-added"), "{}", made.error);
    let refused = made.lines[0]["refused"].as_array().unwrap();
    let places: Vec<_> = refused
        .iter()
        .map(|one| one["member"].as_u64().unwrap())
        .collect();
    assert_eq!(places, (0..70).chain([71]).collect::<Vec<_>>());
    assert!(refused.iter().all(|one| one["kind"] == "unknown-person"));
    let crew = made.lines[0]["conversation"].as_str().unwrap().to_owned();
    assert!(
        made.error.contains("Person 72 was not added"),
        "{}",
        made.error
    );
    let members = anna.run(&["group", "members", &crew]);
    let roles: Vec<_> = members.lines.iter().map(|who| &who["role"]).collect();
    assert_eq!(roles, ["admin", "asked"], "{:?}", members.lines);
    assert_eq!(members.lines[1]["name"], "Ben");
    for who in [&ben, &anna, &ben] {
        let synced = who.run(&["sync", "--until-idle"]);
        assert!(synced.status.success(), "{}", synced.error);
    }
    let asked = ben.run(&["requests"]);
    assert_eq!(asked.object()["group"], "Crew");
    let id = asked.object()["id"].as_str().unwrap().to_owned();
    assert!(ben.run(&["accept", &id]).status.success());
    let members = anna.run(&["group", "members", &crew]);
    assert_eq!(members.lines.len(), 2, "{:?}", members.lines);
    // Who may add people is set and read back, by whoever is in it.
    let adding = |who: &Cli, id: &str| who.run(&["group", "adding", id]).object()["adding"].clone();
    assert_eq!(adding(&anna, &crew), "members");
    let set = anna.run(&["group", "adding", &crew, "admins"]);
    assert!(set.status.success(), "{}", set.error);
    assert!(ben.run(&["sync", "--until-idle"]).status.success());
    assert_eq!(adding(&ben, &id), "admins");
    // Whoever has left does not know it any more, and is told so.
    assert!(ben.run(&["group", "leave", &id]).status.success());
    assert!(ben.run(&["sync", "--until-idle"]).status.success());
    let refused = ben.run(&["group", "adding", &id]);
    assert!(!refused.status.success());
    assert!(
        refused.error.contains("conversation-closed"),
        "{}",
        refused.error
    );
    let listed = ben.run(&["conversations"]).lines;
    assert!(
        listed
            .iter()
            .any(|one| one["id"] == *id && one["state"] == "left")
    );
}
