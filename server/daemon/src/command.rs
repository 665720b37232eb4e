//! The command line: arguments in, words and exit codes out.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::{COMMENTED, Config, Fault, Running, Server, StartError, log, tls};

/// The blind server of Heliograph: keeps sealed cells and cannot tell who they are from or for.
#[derive(Parser)]
#[command(name = "heliographd", version)]
pub struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve a board until SIGTERM or SIGINT.
    #[command(after_help = "Example:\n  heliographd serve --data ./board --listen 127.0.0.1:4433")]
    Serve(Serve),
    /// Print the default configuration, every key explained.
    #[command(after_help = "Example:\n  heliographd config > heliographd.toml")]
    Config,
}

#[derive(Args)]
struct Serve {
    /// Directory of keys and cells; made if it does not exist.
    #[arg(long, value_name = "DIR", env = "HELIOGRAPHD_DATA")]
    data: Option<PathBuf>,
    /// Address and port; port 0 lets the system choose.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Configuration file; see `heliographd config`.
    #[arg(long, value_name = "FILE", env = "HELIOGRAPHD_CONFIG")]
    config: Option<PathBuf>,
    /// PEM file of the certificate chain.
    #[arg(long, value_name = "FILE", env = "HELIOGRAPHD_TLS_CERTIFICATE")]
    tls_certificate: Option<PathBuf>,
    /// PEM file of the certificate's key.
    #[arg(long, value_name = "FILE", env = "HELIOGRAPHD_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Print the ready line as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    fault: Fault,
}

/// Why the program ends with code 1.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("the configuration file {path} cannot be read: {source}", path = .path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {source}", path = .path.display())]
    Parse {
        path: PathBuf,
        source: crate::ConfigError,
    },
    #[error(
        "the store failed: the disk is full or broken. Nothing was acknowledged after that, and nothing \
         acknowledged is lost. Make room or mend the disk, then start again"
    )]
    Board,
    #[error("{0}")]
    System(#[from] std::io::Error),
}

impl Command {
    /// Does what the arguments say: 0 ok, 1 refused or failed.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let done = match self.verb {
            Verb::Config => print(COMMENTED).map_err(Refusal::from),
            Verb::Serve(arguments) => serve(arguments),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(refusal) => {
                // If standard error is closed there is nobody to tell.
                drop(writeln!(std::io::stderr(), "heliographd: {refusal}"));
                ExitCode::FAILURE
            }
        }
    }
}

fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn load(path: Option<&Path>) -> Result<Config, Refusal> {
    let Some(path) = path else {
        return Ok(Config::default());
    };
    let text = std::fs::read_to_string(path).map_err(|source| Refusal::Read {
        path: path.to_owned(),
        source,
    })?;
    Config::parse(&text).map_err(|source| Refusal::Parse {
        path: path.to_owned(),
        source,
    })
}

fn serve(arguments: Serve) -> Result<(), Refusal> {
    let mut config = load(arguments.config.as_deref())?;
    config.data = arguments.data.unwrap_or(config.data);
    config.listen = arguments.listen.unwrap_or(config.listen);
    config.tls.certificate = arguments.tls_certificate.or(config.tls.certificate);
    config.tls.key = arguments.tls_key.or(config.tls.key);
    // Nothing else sets a subscriber in this program.
    drop(tracing::subscriber::set_global_default(log::subscriber(
        config.log,
        std::io::stderr,
    )));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(Box::pin(async {
        tls::warm_up();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let server = Server::new(config).with_fault(arguments.fault);
        let running = server.start().await?;
        print(&ready(&running, arguments.json))?;
        let asked = tokio::select! {
            _ = terminate.recv() => true,
            _ = interrupt.recv() => true,
            () = running.failed() => false,
        };
        running.shutdown().await;
        if asked { Ok(()) } else { Err(Refusal::Board) }
    }))
}

/// The line that says that clients may connect.
fn ready(running: &Running, json: bool) -> String {
    let (listen, board) = (running.address(), running.board_link().encode());
    let metrics = running.metrics().map(|address| address.to_string());
    if json {
        let mut line = serde_json::json!({
            "ready": true, "listen": listen.to_string(), "board": board,
        });
        if let Some(metrics) = metrics {
            line["metrics"] = metrics.into();
        }
        return format!("{line}\n");
    }
    let counters = metrics.map_or(String::new(), |at| {
        format!("Counters are on http://{at}/metrics\n")
    });
    format!(
        "Listening on {listen}\n{counters}Give this board link to the people who use it:\n{board}\n"
    )
}
