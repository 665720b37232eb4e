//! Runs everything and prints what was passed and what was not run: `heliograph-interop [LIBRARIES [PROVIDERS]]`, the
//! numbers of histories between libraries and between providers. Fails if anything disagrees.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use heliograph_interop::basics::{self, Basics};
use heliograph_interop::encodings::{Head, Messages, judge_head, judge_messages};
use heliograph_interop::history::run;
use heliograph_interop::meeting::{Events, Meeting};
use heliograph_interop::passive;
use heliograph_interop::tally::Tally;
use heliograph_interop::vectors::{File, LEFT_OUT, read};
use heliograph_interop::xwing;
use openmls::prelude::{Ciphersuite, OpenMlsCrypto, OpenMlsProvider};
use openmls_libcrux_crypto::Provider as Libcrux;
use openmls_rust_crypto::OpenMlsRustCrypto as RustCrypto;

/// Prints a count. False if something failed.
fn said(name: &str, tally: &Tally) -> bool {
    println!("{name}: {tally}");
    tally.failed.is_empty() && tally.passed > 0
}

fn encodings() -> Result<bool, String> {
    let mut heads = Tally::default();
    for head in read::<Head>(File::Deserialization)? {
        heads.count("head", judge_head(&head));
    }
    let mut messages = Tally::default();
    for one in read::<Messages>(File::Messages)? {
        judge_messages(&one, &mut messages);
    }
    let heads = said(File::Deserialization.name(), &heads);
    Ok(said(File::Messages.name(), &messages) && heads)
}

fn primitives(name: &str, crypto: &impl OpenMlsCrypto) -> Result<bool, String> {
    let mut labelled = Tally::default();
    for all in read::<Basics>(File::CryptoBasics)? {
        match Ciphersuite::try_from(all.cipher_suite) {
            Ok(suite) if crypto.supports(suite).is_ok() => {
                labelled.count("suite", basics::judge(crypto, &all));
            }
            _ => labelled.leave("the provider has no such suite", 1),
        }
    }
    let mut sealed = Tally::default();
    for one in &xwing::answers()? {
        sealed.count("X-Wing", xwing::judge_provider(crypto, one));
    }
    let labelled = said(&format!("{}, {name}", File::CryptoBasics.name()), &labelled);
    Ok(said(&format!("x-wing through HPKE, {name}"), &sealed) && labelled)
}

fn known_answers() -> Result<bool, String> {
    let (mut libcrux, mut rustcrypto) = (Tally::default(), Tally::default());
    for one in &xwing::answers()? {
        libcrux.count("answer", xwing::judge_libcrux(one));
        rustcrypto.count("answer", xwing::judge_rustcrypto(one));
    }
    let libcrux = said("x-wing, libcrux", &libcrux);
    Ok(said("x-wing, RustCrypto", &rustcrypto) && libcrux)
}

fn vectors() -> Result<bool, String> {
    let mut well = encodings()?;
    well &= primitives("libcrux", Libcrux::default().crypto())?;
    well &= primitives("RustCrypto", RustCrypto::default().crypto())?;
    well &= known_answers()?;
    for file in [
        File::PassiveWelcome,
        File::PassiveCommit,
        File::PassiveRandom,
    ] {
        let tally = passive::all::<Libcrux>(file)?;
        well &= said(&format!("{}, libcrux", file.name()), &tally);
        let tally = passive::all::<RustCrypto>(file)?;
        well &= said(&format!("{}, RustCrypto", file.name()), &tally);
    }
    for (name, how_many, why) in LEFT_OUT {
        println!("{name}: 0 passed, 0 failed, {how_many} not run: {why}");
    }
    Ok(well)
}

/// Seeds 1 to as many as given, on every core. False if one disagreed.
fn histories(meeting: Meeting, how_many: u64) -> bool {
    let began = Instant::now();
    let next = AtomicU64::new(1);
    let (all, wrong) = (Mutex::new(Events::default()), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > how_many {
                        break;
                    }
                    match (run(meeting, seed, None), all.lock(), wrong.lock()) {
                        (Ok(events), Ok(mut all), _) => *all += events,
                        (Err(why), _, Ok(mut wrong)) => wrong.push(why),
                        _ => break,
                    }
                }
            });
        }
    });
    let all = all.into_inner().unwrap_or_default();
    let wrong = wrong
        .into_inner()
        .unwrap_or_else(|_| vec!["a thread died".to_owned()]);
    println!("{meeting:?}, {:.1} s: {all}", began.elapsed().as_secs_f64());
    for why in wrong.iter().take(10) {
        println!("    DISAGREED {why}");
    }
    wrong.is_empty() && u64::try_from(all.histories) == Ok(how_many)
}

fn main() -> ExitCode {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|number| number.parse::<u64>().ok());
    let (Some(libraries), Some(providers)) = (
        numbers.next().unwrap_or(Some(200)),
        numbers.next().unwrap_or(Some(100)),
    ) else {
        eprintln!("usage: heliograph-interop [LIBRARIES [PROVIDERS]], numbers of histories");
        return ExitCode::from(2);
    };
    let began = Instant::now();
    let vectors = vectors().unwrap_or_else(|why| {
        println!("FAILED {why}");
        false
    });
    println!("vectors, {:.1} s", began.elapsed().as_secs_f64());
    let libraries = histories(Meeting::Libraries, libraries);
    let providers = histories(Meeting::Providers, providers);
    if vectors && libraries && providers {
        println!("All agreed");
        ExitCode::SUCCESS
    } else {
        println!("Something did not agree");
        ExitCode::FAILURE
    }
}
