//! `make bench`: one figure a name, each from the real programs in a release build.
//!
//! Prints a line of JSON for each figure and, at the end, a table with the bars of docs/bench.md.
//! `peers` is apart: figures in the terms of bench/peers, without bars.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that cannot be taken fails loudly"
)]

mod bombs;
mod churn;
mod compare;
mod crowd;
mod everybody;
mod feed;
mod figure;
mod file;
mod harm;
mod idle;
mod long;
mod machine;
mod peers;
mod peers_heal;
mod put;
mod seal;
mod search;
mod start;
mod talk;
mod thousand;
mod warm;

use std::path::Path;

use figure::{Figure, table};

/// Every figure there is, in the order in which they are taken.
const NAMES: [&str; 19] = [
    "put",
    "put-followed",
    "talk",
    "seal",
    "sqlite",
    "foreign",
    "start",
    "start-full",
    "churn",
    "open",
    "search",
    "long",
    "catch-up",
    "idle",
    "thousand",
    "everybody",
    "warm",
    "harm",
    "file",
];

fn take(name: &str, seconds: u64) -> Vec<Figure> {
    match name {
        "put" => vec![put::rate(seconds, 0)],
        "put-followed" => vec![put::rate(seconds, 1)],
        "talk" => talk::latency(),
        "seal" => seal::both_layers(),
        "sqlite" => seal::with_database(),
        "foreign" => vec![feed::foreign()],
        "catch-up" => vec![feed::catch_up()],
        "start" => vec![start::empty()],
        "start-full" => vec![start::full()],
        "churn" => vec![churn::space()],
        "open" => vec![start::conversations()],
        "search" => search::typing(),
        "long" => long::conversation(),
        "idle" => vec![idle::memory()],
        "thousand" => thousand::group(),
        "everybody" => everybody::group(),
        "warm" => vec![thousand::warm_commit()],
        "harm" => harm::worst(),
        "crowd" => crowd::memory(),
        "file" => file::gibibyte(),
        _ => {
            eprintln!(
                "There is no figure {name}. Choose from: {}.",
                NAMES.join(", ")
            );
            std::process::exit(2);
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, before, after] = arguments.as_slice()
        && command == "compare"
    {
        let good = compare::run(Path::new(before), Path::new(after));
        std::process::exit(i32::from(!good));
    }
    if let [command, home] = arguments.as_slice()
        && command == "hold"
    {
        crowd::hold(Path::new(home));
        return;
    }
    if arguments == ["peers"] {
        println!("{}", machine::described());
        for taken in [peers::costs, peers_heal::healing] {
            taken().iter().for_each(|line| println!("{line}"));
        }
        return;
    }
    let mut seconds = 60;
    let mut wanted: Vec<String> = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => seconds = words.next().unwrap().parse().unwrap(),
            name => wanted.push(name.to_owned()),
        }
    }
    if wanted.is_empty() {
        wanted = NAMES.map(str::to_owned).to_vec();
    }
    println!("{}", machine::described());
    let mut figures = Vec::new();
    for name in wanted {
        for figure in take(&name, seconds) {
            println!("{}", figure.json());
            figures.push(figure);
        }
    }
    eprintln!("{}", table(&figures));
}
