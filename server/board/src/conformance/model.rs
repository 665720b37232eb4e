//! Random histories against a model that is too simple to be wrong.

use std::collections::BTreeMap;

use heliograph_wire::{ClaimId, Class, Keep};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::scene::{Fixture, LANE, Scene, cell_of, key, label, word};
use crate::{Board, EraseOrder, EraseOutcome, PutOutcome};

/// Labels a history uses.
const NAMES: u32 = 10;

/// One step of a history.
#[derive(Debug, Clone)]
enum Step {
    /// Puts of (name, content, one-day keep).
    Put(Vec<(u32, u8, bool)>),
    /// Erases of (name, whose key, claim).
    Erase(Vec<(u32, u32, u8)>),
    Announce(usize),
    Days(u32),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let puts = prop::collection::vec((0..NAMES, 0..2_u8, any::<bool>()), 1..5);
    let name_and_key = (0..NAMES).prop_flat_map(|name| {
        let keys = prop_oneof![8 => Just(name), 1 => 0..NAMES];
        (Just(name), keys, 0..2_u8)
    });
    prop_oneof![
        6 => puts.prop_map(Step::Put),
        4 => prop::collection::vec(name_and_key, 1..4).prop_map(Step::Erase),
        5 => (1..6_usize).prop_map(Step::Announce),
        2 => (0..4_u32).prop_map(Step::Days),
        1 => Just(Step::Reopen),
    ]
}

/// What the model knows of a label.
#[derive(Clone, Copy)]
struct Known {
    content: u8,
    brief: bool,
    expiry: u32,
    shown: bool,
    erased: Option<u8>,
}

#[derive(Default)]
struct Model {
    known: BTreeMap<u32, Known>,
    waiting: Vec<u32>,
    ticks: u64,
    today: u32,
}

fn keep(brief: bool) -> Keep {
    if brief { Keep::Day } else { Keep::Fortnight }
}

impl Model {
    fn put(&mut self, name: u32, content: u8, brief: bool) -> PutOutcome {
        if let Some(known) = self.known.get(&name) {
            let same = known.content == content && known.brief == brief;
            return if same {
                PutOutcome::Same
            } else {
                PutOutcome::Taken
            };
        }
        let known = Known {
            content,
            brief,
            expiry: keep(brief).expiry_day(self.today),
            shown: false,
            erased: None,
        };
        self.known.insert(name, known);
        self.waiting.push(name);
        PutOutcome::Stored
    }

    fn erase(&mut self, name: u32, whose: u32, claim: u8) -> EraseOutcome {
        match self.known.get_mut(&name) {
            Some(known) if known.shown && whose == name => {
                if *known.erased.get_or_insert(claim) == claim {
                    EraseOutcome::Erased
                } else {
                    EraseOutcome::Absent
                }
            }
            _ => EraseOutcome::Absent,
        }
    }

    fn announce(&mut self, most: usize) -> usize {
        let count = most.min(self.waiting.len());
        for name in self.waiting.drain(..count) {
            if let Some(known) = self.known.get_mut(&name) {
                known.shown = true;
            }
        }
        self.ticks += u64::from(count > 0);
        count
    }

    fn expire(&mut self) {
        let today = self.today;
        self.known
            .retain(|_, known| !known.shown || known.expiry > today);
    }

    fn word(&self, name: u32) -> &'static str {
        match self.known.get(&name) {
            Some(Known {
                shown: true,
                erased: None,
                ..
            }) => "found",
            Some(Known { shown: true, .. }) => "erased",
            _ => "absent",
        }
    }
}

async fn play<F: Fixture>(scene: Scene<F>, model: &mut Model, step: Step) -> Scene<F> {
    match step {
        Step::Put(puts) => {
            let cells: Vec<_> = puts
                .iter()
                .map(|&(name, content, brief)| {
                    let mut new = cell_of(name, content, keep(brief), Class::Small);
                    new.expiry_day = keep(brief).expiry_day(model.today);
                    new
                })
                .collect();
            let expected: Vec<_> = puts.iter().map(|&(n, c, b)| model.put(n, c, b)).collect();
            assert_eq!(scene.put(&cells).await, expected);
        }
        Step::Erase(erases) => {
            let orders = erases.iter().map(|&(name, whose, claim)| EraseOrder {
                label: label(name),
                key: key(whose),
                claim: ClaimId([claim; 16]),
            });
            let done = scene.board.erase(LANE, orders.collect()).await.unwrap();
            let expected: Vec<_> = erases
                .iter()
                .map(|&(n, w, c)| model.erase(n, w, c))
                .collect();
            assert_eq!(done, expected);
        }
        Step::Announce(most) => {
            let count = model.announce(most);
            if count > 0 {
                let tick = scene.announce(count, model.today * 24).await.unwrap();
                assert_eq!(tick.head.number, model.ticks);
            }
        }
        Step::Days(days) => {
            model.today += days;
            model.expire();
            scene.board.expire(model.today * 24).await.unwrap();
        }
        Step::Reopen => return scene.reopen(),
    }
    scene
}

async fn compare<F: Fixture>(scene: &Scene<F>, model: &Model) {
    for name in 0..NAMES {
        assert_eq!(
            word(&scene.get(name).await),
            model.word(name),
            "cell {name}"
        );
    }
    let waiting = scene.pending().await;
    let expected = model.waiting.iter().map(|name| label(*name));
    assert!(
        waiting.iter().map(|p| p.label).eq(expected),
        "pending order"
    );
    let head = scene.board.head(LANE).await.unwrap();
    assert_eq!(head.map_or(0, |head| head.head.number), model.ticks);
    let shown: usize = scene
        .ticks(0)
        .await
        .iter()
        .map(|tick| tick.items.iter().filter(|item| item.cell.is_some()).count())
        .sum();
    let found = (0..NAMES).filter(|name| model.word(*name) == "found");
    assert_eq!(shown, found.count(), "bodies in the feed");
}

/// Puts, erases, ticks, days and reopenings in any order do what the model does.
pub fn random_histories_agree_with_a_simple_model<F: Fixture>(fixture: impl Fn() -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    let histories = prop::collection::vec(step(), 1..40);
    let result = TestRunner::new(config).run(&histories, |history| {
        runtime.block_on(async {
            let mut scene = Scene::new(fixture());
            let mut model = Model::default();
            for step in history {
                scene = play(scene, &mut model, step).await;
                compare(&scene, &model).await;
            }
        });
        Ok(())
    });
    result.unwrap();
}
