//! From a command to its flow, and from its end to an exit code.

use std::process::ExitCode;
use std::time::Duration;

use clap::CommandFactory;
use heliograph_rpc::{Caller, RpcError};

use crate::arguments::{Arguments, Verb};
use crate::output::Output;
use crate::profile::Profile;
use crate::{
    annotate, board, daemon, demo, draft, file, given, group, keep, order, passing, people, read,
    search, send, steps, verify, voice, wipe,
};

/// How long threads may take to end: one that still reads standard input must not hold up the end,
/// one that used the database's cryptography must be gone before that library clears up.
const LAST_THREADS: Duration = Duration::from_millis(100);

/// Does what was typed: 0 done, 1 refused or failed.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let output = Output::new(arguments.common.json);
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(RpcError::bug)
        .and_then(|runtime| {
            let done = runtime.block_on(Box::pin(perform(arguments)));
            runtime.shutdown_timeout(LAST_THREADS);
            done
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            output.refusal(&refusal);
            ExitCode::FAILURE
        }
    }
}

async fn perform(arguments: Arguments) -> Result<(), RpcError> {
    if matches!(arguments.verb, Verb::Demo) {
        return Box::pin(demo::run(Output::new(arguments.common.json))).await;
    }
    if let Verb::Completions { shell } = arguments.verb {
        return completions(shell);
    }
    let profile = Profile::new(arguments.common)?;
    match arguments.verb {
        Verb::Init(wanted) => return Box::pin(profile.init(&wanted)).await,
        Verb::Daemon { websocket } => {
            return Box::pin(daemon::run(&profile, websocket)).await;
        }
        Verb::Rpc => return Box::pin(daemon::streams(&profile)).await,
        Verb::Wipe { yes } => wipe::run(&profile, yes),
        Verb::Send(wanted) => return Box::pin(send::run(&profile, wanted)).await,
        Verb::Read(wanted) => return Box::pin(read::run(&profile, &wanted)).await,
        mut other => {
            let given = given::read(profile.home(), &mut other).await?;
            let caller = profile.caller().await;
            let caller =
                caller.map_err(|refusal| given::kept(&profile, given.as_ref(), refusal))?;
            let done = Box::pin(short(&profile, &caller, other)).await;
            caller.close().await;
            done
        }
    }
}

fn completions(shell: clap_complete::Shell) -> Result<(), RpcError> {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(shell, &mut command, "heliograph", &mut script);
    Output::new(false).line(String::from_utf8_lossy(&script).trim_end())
}

/// Commands of one question.
async fn short(profile: &Profile, caller: &Caller, verb: Verb) -> Result<(), RpcError> {
    match verb {
        Verb::Card { once, qr } => people::card(profile, caller, (once, qr)).await,
        Verb::Verify(wanted) => verify::run(profile, caller, &wanted).await,
        Verb::Add { card } => people::add(profile, caller, &card).await,
        Verb::Requests => people::requests(profile, caller).await,
        Verb::Accept { id } => people::accept(profile, caller, &id).await,
        Verb::Decline { id } => people::decline(profile, caller, &id).await,
        Verb::Conversations(wanted) => people::conversations(profile, caller, &wanted).await,
        Verb::Group { wanted } => group::run(profile, caller, wanted).await,
        Verb::Search(wanted) => search::run(profile, caller, &wanted).await,
        Verb::Keep(wanted) => keep::keep(profile, caller, wanted).await,
        Verb::Draft(wanted) => draft::draft(profile, caller, wanted).await,
        Verb::Sync { until_idle, within } => {
            steps::sync(profile, caller, (until_idle, within)).await
        }
        Verb::Board { wanted } => board::run(profile, caller, wanted).await,
        Verb::File { wanted } => file::run(profile, caller, wanted).await,
        Verb::Voice { wanted } => voice::run(profile, caller, wanted).await,
        Verb::Passing(wanted) => passing::run(profile, caller, wanted).await,
        Verb::Order(wanted) => order::run(profile, caller, wanted).await,
        Verb::Message(wanted) => annotate::run(profile, caller, wanted).await,
        Verb::Status => steps::status(profile, caller).await,
        Verb::Settings { name, value } => steps::settings(profile, caller, (name, value)).await,
        Verb::Init(_)
        | Verb::Daemon { .. }
        | Verb::Rpc
        | Verb::Send(_)
        | Verb::Read(_)
        | Verb::Demo
        | Verb::Wipe { .. }
        | Verb::Completions { .. } => Err(RpcError::bug("a command has lost its way")),
    }
}
