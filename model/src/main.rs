//! Tries scenarios to their end and prints the figures: `heliograph-model [NAME…]`, all without a name.

use std::process::ExitCode;
use std::time::Instant;

use heliograph_model::promises;
use heliograph_model::scenario::{Foreign, Scenario};
use stateright::{Checker, HasDiscoveries, Model};

/// The most memory this program has used, MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

/// Every state of a scenario. False if a promise is broken in one, or if a state that must be
/// reached for the figures to mean anything is not.
fn judge(scenario: &Scenario) -> bool {
    let name = scenario.name;
    println!("{scenario:?}");
    let began = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // Everything in it is a finite tree of budgets: the depth is bounded, so depth first costs
    // least memory. With a known weakness the search goes on after finding it.
    let until = match scenario.insider {
        Foreign::Junk => HasDiscoveries::AnyFailures,
        Foreign::Echo => HasDiscoveries::All,
    };
    let search = scenario.clone().checker().threads(threads);
    let checker = search.finish_when(until).spawn_dfs().join();
    println!(
        "{name}: {} states, {} transitions, depth {}, {} s, {} MiB at most so far",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        began.elapsed().as_secs(),
        memory(),
    );
    let found = checker.discoveries();
    let mut good = true;
    for property in scenario.properties() {
        let known = promises::is_known_weakness(scenario, property.name);
        let expected = known || property.expectation == stateright::Expectation::Sometimes;
        if promises::applies(scenario, property.name)
            && found.contains_key(property.name) != expected
        {
            println!("{name}: {}: {:?}", property.name, found.get(property.name));
            good = false;
        }
    }
    good
}

fn main() -> ExitCode {
    let all = [
        Scenario::full(),
        Scenario::foreign(),
        Scenario::led_out(),
        Scenario::together(),
        Scenario::race(),
        Scenario::echo(),
    ];
    let names: Vec<String> = std::env::args().skip(1).collect();
    if let Some(name) = names
        .iter()
        .find(|name| all.iter().all(|s| s.name != **name))
    {
        eprintln!("no such scenario: {name}");
        return ExitCode::FAILURE;
    }
    let wanted = |s: &&Scenario| names.is_empty() || names.iter().any(|name| name == s.name);
    let broken = all.iter().filter(wanted).filter(|s| !judge(s)).count();
    if broken > 0 {
        return ExitCode::FAILURE;
    }
    println!("every promise was kept in every state, but for the weakness that README.md names");
    ExitCode::SUCCESS
}
