//! The profile this run is about: where it is and how its door opens.

use std::path::{Path, PathBuf};
use std::time::Duration;

use heliograph_rpc::keys::Locks;
use heliograph_rpc::{Caller, Door, RpcError, create_profile, home};
use serde_json::{Value, json};

use crate::arguments::{Common, Init};
use crate::ask;
use crate::output::{Output, tame, text};

/// Why nothing goes to a board that shows another record.
const ASTRAY: &str =
    "it shows another record than this device followed; look at `heliograph status`";
/// How long an opened profile tries to catch up before it shows what is here.
const FRESH: Duration = Duration::from_secs(5);
/// How long a command that ends may go on sending what it began.
const SETTLE: Duration = Duration::from_secs(5);
const BUSY: Duration = Duration::from_secs(5);

/// What every command needs.
pub(crate) struct Profile {
    home: PathBuf,
    passphrase_file: Option<PathBuf>,
    pub(crate) output: Output,
}

impl Profile {
    pub(crate) fn new(common: Common) -> Result<Self, RpcError> {
        Ok(Self {
            home: home::locate(common.home)?,
            passphrase_file: common.passphrase_file,
            output: Output::new(common.json),
        })
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Makes the profile.
    pub(crate) async fn init(&self, wanted: &Init) -> Result<(), RpcError> {
        let file = self.passphrase_file.as_deref();
        let locks = || {
            let passphrase = (file.is_some() || !wanted.keyring)
                .then(|| ask::new_passphrase(file, self.output))
                .transpose()?;
            Ok(Locks {
                passphrase,
                keyring: wanted.keyring,
            })
        };
        create_profile(&self.home, &wanted.name, &wanted.board, locks).await?;
        let home = self.home.display().to_string();
        let made = json!({"home": home, "name": wanted.name});
        self.output.either(&made, || {
            format!(
                "The profile is in {home}.\nNext: `heliograph --home {home} card` makes the link others need to write to you."
            )
        })
    }

    /// The door at hand: the holder's, or one's own.
    pub(crate) async fn caller(&self) -> Result<Caller, RpcError> {
        let unlock = || ask::passphrase(self.passphrase_file.as_deref(), self.output);
        Box::pin(Caller::open(&self.home, unlock)).await
    }

    /// The profile in this process, for as long as it runs.
    pub(crate) async fn door(&self) -> Result<Door, RpcError> {
        let unlock = || ask::passphrase(self.passphrase_file.as_deref(), self.output);
        Box::pin(Door::open(&self.home, BUSY, unlock)).await
    }

    /// A profile that was opened just now catches up; if the board is away, a note says that what
    /// follows may be old.
    pub(crate) async fn freshen(&self, caller: &Caller) -> Result<(), RpcError> {
        if !caller.is_here() {
            return Ok(());
        }
        let asked = json!({"within_ms": milliseconds(FRESH)});
        let caught_up = async {
            tokio::select! {
                done = caller.call("sync.run", asked) => done.map(drop),
                reason = offline(caller) => Err(unreached(&reason)),
            }
        };
        match Box::pin(caught_up).await {
            Err(refusal) if refusal.fault == heliograph_rpc::Fault::Server => {
                self.output
                    .note(&format!("{} What follows may be old.", refusal.happened));
                Ok(())
            }
            other => other,
        }
    }

    /// Before a profile that was opened for one step is closed, the step goes out if it can.
    pub(crate) async fn settle(&self, caller: &Caller) {
        if caller.is_here() {
            let asked = json!({"until_idle": true, "within_ms": milliseconds(SETTLE)});
            // What does not go out now is kept and goes out the next time the profile is open.
            tokio::select! {
                done = caller.call("sync.run", asked) => drop(done),
                _ = offline(caller) => {}
            }
        }
    }
}

/// Ends once nothing goes to the board for now, and says why.
pub(crate) async fn offline(caller: &Caller) -> String {
    loop {
        match caller.call("profile.status", json!({})).await {
            Ok(status) if text(&status, "link") == "offline" => {
                return text(&status, "reason").to_owned();
            }
            Ok(status) if text(&status, "link") == "astray" => return ASTRAY.to_owned(),
            Ok(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(_) => std::future::pending().await,
        }
    }
}

fn unreached(reason: &str) -> RpcError {
    RpcError {
        fault: heliograph_rpc::Fault::Server,
        ..RpcError::unchanged(
            "board-unreachable",
            format!("The board is not reached: {}.", tame(reason)),
            "Try again later.",
        )
    }
}

pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Every item of a list, page by page.
pub(crate) async fn all(
    caller: &Caller,
    method: &str,
    show: impl FnMut(&Value) -> Result<(), RpcError>,
) -> Result<u64, RpcError> {
    all_of(caller, (method, json!({})), show).await
}

/// The same, with more parameters.
pub(crate) async fn all_of(
    caller: &Caller,
    (method, mut asked): (&str, Value),
    mut show: impl FnMut(&Value) -> Result<(), RpcError>,
) -> Result<u64, RpcError> {
    let (mut after, mut count) = (Value::Null, 0);
    loop {
        asked["after"] = after;
        let page = caller.call(method, asked.clone()).await?;
        for item in page["items"].as_array().into_iter().flatten() {
            show(item)?;
            count += 1;
        }
        after = page["next"].clone();
        if after.is_null() {
            return Ok(count);
        }
    }
}
