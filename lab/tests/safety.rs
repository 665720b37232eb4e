//! Two people compare safety numbers.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_lab::TwoFaced;

const ANNA: usize = 0;
const BEN: usize = 1;

#[test]
fn only_the_number_that_both_see_marks_a_person_as_verified() {
    let mut world = TwoFaced::new(&["Anna", "Ben", "Carl"]);
    let now = world.now;
    let mut meet = |other: usize| {
        let (_, card) = world.engines[ANNA].make_card(now, false).unwrap();
        world.run();
        let theirs = world.engines[other].add_contact(now, &card).unwrap();
        world.run();
        let ours = world.engines[ANNA].requests().unwrap()[0].id;
        world.engines[ANNA].accept(now, ours).unwrap();
        world.run();
        (ours, theirs)
    };
    let (with_ben, ben_side) = meet(BEN);
    let (with_carl, _) = meet(2);
    let shown = |world: &TwoFaced, at: usize, id| world.engines[at].safety(id).unwrap().remove(0);
    let (ben, anna) = (shown(&world, ANNA, with_ben), shown(&world, BEN, ben_side));
    assert_eq!(ben.number, anna.number);
    assert_eq!(ben.level, "self-declared");

    let carl = shown(&world, ANNA, with_carl);
    let slip = world.engines[ANNA].confirm(now, (with_ben, &ben.person, &carl.number));
    assert_eq!(slip.unwrap_err().kind, "other-safety-number");
    let nobody = world.engines[ANNA].confirm(now, (with_ben, &carl.person, &carl.number));
    assert_eq!(nobody.unwrap_err().kind, "unknown-person");
    assert_eq!(shown(&world, ANNA, with_ben).level, "self-declared");

    let typed = ben.number.replace(' ', "");
    world.engines[ANNA]
        .confirm(now, (with_ben, &ben.person, &typed))
        .unwrap();
    world.restart(ANNA);
    assert_eq!(shown(&world, ANNA, with_ben).level, "verified in person");
    assert_eq!(shown(&world, ANNA, with_carl).level, "self-declared");
    assert_eq!(shown(&world, BEN, ben_side).level, "self-declared");

    world.engines[ANNA]
        .withdraw(now, (with_ben, &ben.person))
        .unwrap();
    assert_eq!(shown(&world, ANNA, with_ben).level, "self-declared");
}
