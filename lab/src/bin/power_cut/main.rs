//! `heliograph-power-cut HOME CUTS`: cuts the power of a server and two clients, again and again, and
//! counts what is lost.
//!
//! Their stores lie on ext4 in a file. A cut copies what was acknowledged so far, then that file as it
//! is at that instant, which has nothing of what the kernel still held back; everything goes on from
//! the copy. Then the same with syncs that do nothing: a rig that loses nothing then shows nothing.
//! Needs root, loop devices, mkfs for ext4 and btrfs, `setpriv` and a C compiler; HOME is an empty
//! directory. It does not imitate a disk that forgets what it confirmed.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a rig that cannot be set up fails loudly, and its report goes to standard output"
)]

mod board;
mod disk;
mod people;
mod process;
mod toll;
mod world;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use heliograph_lab::sync_fault;
use process::Fault;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use toll::Toll;
use world::World;

/// Cuts that one world lives through; then another begins, so that the disk does not fill up and
/// devices need not read ever more when they open.
const A_LIFE: u64 = 20;
/// Cuts within which the control must lose something.
const CONTROL: u64 = 20;
const SEED: u64 = 7;

/// Cuts so often; a world lives through `life` of them. Ends early when `enough` says so.
fn cut(home: &Path, (cuts, life): (u64, u64), fault: &Fault, enough: fn(&Toll) -> bool) -> Toll {
    let (mut toll, mut dice) = (Toll::default(), ChaCha8Rng::seed_from_u64(SEED));
    while toll.cuts < cuts && !enough(&toll) {
        let place = home.join("world");
        std::fs::create_dir(&place).unwrap();
        let mut world = World::make(&place, fault);
        for _ in 0..life.min(cuts - toll.cuts) {
            let working = Duration::from_millis(300 + dice.next_u64() % 1_700);
            world.round(working, &mut toll);
            if toll.cuts.is_multiple_of(10) {
                println!("{toll}");
            }
            if toll.harmed() {
                break;
            }
        }
        if toll.harmed() {
            drop(world);
        } else {
            world.end(&mut toll);
        }
        std::fs::remove_dir_all(&place).unwrap();
    }
    toll
}

fn rig(home: &Path, cuts: u64) -> ExitCode {
    let library = sync_fault(home);
    let toll = cut(home, (cuts, A_LIFE), &None, Toll::harmed);
    println!("power cuts, seed {SEED}: {toll}");
    if toll.harmed() {
        return ExitCode::FAILURE;
    }
    // What is left of a world that has lost something is not worth another cut.
    let control = cut(home, (CONTROL, 1), &Some(library), Toll::harmed_everywhere);
    println!("control, syncs do nothing: {control}");
    if control.harmed_everywhere() {
        return ExitCode::SUCCESS;
    }
    println!("The control did not lose both cells and messages: these cuts show nothing.");
    ExitCode::FAILURE
}

fn live(person: impl Future<Output = ()>) -> ExitCode {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(person);
    ExitCode::SUCCESS
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        // The rig starts itself so for the two people.
        ["speak", home, side, round] => live(people::speak(
            Path::new(home),
            &side.parse().unwrap(),
            round,
        )),
        ["listen", home, side, _] => live(people::listen(Path::new(home), &side.parse().unwrap())),
        [home, cuts] => rig(Path::new(home), cuts.parse().unwrap()),
        _ => {
            println!("heliograph-power-cut HOME CUTS");
            ExitCode::from(2)
        }
    }
}
