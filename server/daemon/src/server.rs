//! Puts a server together, starts it and stops it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use heliograph_board::Board;
use heliograph_board::fjall::Settings;
use heliograph_wire::LaneId;
use heliograph_wire::link::{BoardLink, split_address};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::data::DataDir;
use crate::keys::{CELLS, Keys};
use crate::lane::{Ground, Lane};
use crate::log::Event;
use crate::metrics::{self, Counters};
use crate::session::Shared;
use crate::stop::Stop;
use crate::{Clock, Config, Fault, StartError, StoreKind, accept, expiry, files, store, tls};

/// A server that has not been started.
pub struct Server {
    config: Config,
    clock: Clock,
    fault: Fault,
}

/// A running server. Dropping it stops it in the background; [`Running::shutdown`] waits for the end.
pub struct Running {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    link: BoardLink,
    stop: watch::Sender<bool>,
    failed: watch::Receiver<bool>,
    expire: mpsc::Sender<expiry::Now>,
    work: JoinHandle<()>,
}

/// Everything but the board: the data directory is locked, keys are read, the port is open.
pub(crate) struct Prepared {
    config: Config,
    clock: Clock,
    data: DataDir,
    keys: Keys,
    listener: TcpListener,
    address: SocketAddr,
    link: BoardLink,
    /// Files that the store may keep open.
    tables: usize,
}

impl Server {
    /// A server with the machine's clock.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            clock: Clock::system(),
            fault: Fault::default(),
        }
    }

    /// Takes another clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Takes planted faults; a server as it is released has none.
    #[must_use]
    pub fn with_fault(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }

    /// Starts with the board that the configuration names.
    ///
    /// # Errors
    /// [`StartError`]; nothing runs then.
    pub async fn start(self) -> Result<Running, StartError> {
        let fault = self.fault;
        store::start(self.prepare().await?, fault).await
    }

    /// Starts with a given board, whatever the configuration names.
    ///
    /// # Errors
    /// [`StartError`]; nothing runs then.
    pub async fn start_on<B: Board>(self, board: B) -> Result<Running, StartError> {
        self.prepare().await?.serve(board).await
    }

    async fn prepare(self) -> Result<Prepared, StartError> {
        let Self {
            mut config, clock, ..
        } = self;
        config.check()?;
        let files = files::share(config.limits.connections)?;
        config.limits.connections = files.connections;
        let public = public_address(&config)?;
        let data = DataDir::open(&config.data)?;
        let keys = Keys::open(&data, &config.tls)?;
        let failed = |source| StartError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let link = BoardLink {
            address: public.unwrap_or_else(|| address.to_string()),
            key: keys.signer.public(),
            lane: LaneId(0),
            pin: keys.pin,
        };
        Event::Configuration(&config.redacted()).log();
        if keys.created {
            Event::KeysCreated.log();
        }
        Ok(Prepared {
            config,
            clock,
            data,
            keys,
            listener,
            address,
            link,
            tables: files.tables,
        })
    }
}

/// Checks where the server may listen, and what the board link says about it.
fn public_address(config: &Config) -> Result<Option<String>, StartError> {
    if !config.trusted_network && !config.listen.ip().is_loopback() {
        return Err(StartError::OpenNetwork(config.listen));
    }
    match &config.public_address {
        Some(public) => match split_address(public) {
            Ok((_, port)) if port != 0 => Ok(Some(public.clone())),
            _ => Err(StartError::PublicAddress),
        },
        None if config.listen.ip().is_unspecified() => Err(StartError::PublicAddress),
        None => Ok(None),
    }
}

impl Prepared {
    /// The lanes to serve.
    pub(crate) fn lanes(&self) -> Vec<LaneId> {
        (0..self.config.lanes).map(LaneId).collect()
    }

    /// The back end to serve from.
    pub(crate) fn kind(&self) -> StoreKind {
        self.config.store
    }

    /// How the embedded board is to be opened.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            files: self.tables,
            ..Settings::new(self.lanes())
        }
    }

    /// The directory of cells.
    pub(crate) fn cells(&self) -> PathBuf {
        self.data.join(CELLS)
    }

    /// Starts all tasks over `board`.
    pub(crate) async fn serve<B: Board>(self, board: B) -> Result<Running, StartError> {
        let (board, counters) = (Arc::new(board), Arc::new(Counters::default()));
        let tls = tls::config(self.keys.certified.clone(), self.config.tls.require_hybrid)?;
        let scrape = match self.config.metrics {
            Some(address) => Some(metrics::bind(address).await?),
            None => None,
        };
        let lane_ids = self.lanes();
        let failed = Arc::new(watch::Sender::new(false));
        let ground = Ground {
            failed: Arc::clone(&failed),
            board: Arc::clone(&board),
            signer: Arc::new(self.keys.signer),
            clock: self.clock.clone(),
            counters: Arc::clone(&counters),
        };
        let (mut lanes, mut tickers) = (Vec::new(), Vec::new());
        for id in lane_ids {
            let (lane, ticker) = Lane::start(id, &ground).await?;
            lanes.push(lane);
            tickers.push(ticker);
        }
        drop(ground);
        let shared = Arc::new(Shared {
            lanes,
            clock: self.clock.clone(),
            counters: Arc::clone(&counters),
            limits: self.config.limits,
            failed: Arc::clone(&failed),
        });
        let (stop, stopped) = Stop::pair();
        let (expire, asked) = mpsc::channel(1);
        let metrics = scrape.as_ref().map(|(_, address)| *address);
        let work = Work {
            accept: accept::run(self.listener, TlsAcceptor::from(tls), shared, stopped),
            tickers,
            forget: tokio::spawn(expiry::run(board, self.clock, Arc::clone(&counters), asked)),
            scrape: scrape.map(|(listener, _)| tokio::spawn(metrics::serve(listener, counters))),
            data: self.data,
        };
        if metrics.is_some() {
            Event::MetricsListening.log();
        }
        Event::Listening.log();
        Ok(Running {
            address: self.address,
            metrics,
            link: self.link,
            stop,
            failed: failed.subscribe(),
            expire,
            work: tokio::spawn(work.run()),
        })
    }
}

/// What runs, in the order in which it ends.
struct Work<A> {
    accept: A,
    tickers: Vec<JoinHandle<()>>,
    forget: JoinHandle<()>,
    scrape: Option<JoinHandle<()>>,
    data: DataDir,
}

impl<A: Future<Output = ()>> Work<A> {
    async fn run(self) {
        self.accept.await;
        // The lanes ended with the last session; they announce what is stored, then stop.
        for ticker in self.tickers {
            drop(ticker.await);
        }
        // Ends when nobody can ask it any more.
        drop(self.forget.await);
        if let Some(scrape) = self.scrape {
            scrape.abort();
        }
        drop(self.data);
        Event::Stopped.log();
    }
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where counters are served, if they are.
    #[must_use]
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// What clients need to know.
    #[must_use]
    pub fn board_link(&self) -> &BoardLink {
        &self.link
    }

    /// Returns when the board can serve nothing any more until it is opened again (a full or broken
    /// disk). Nothing is acknowledged from then on.
    pub async fn failed(&self) {
        let mut failed = self.failed.clone();
        if failed.wait_for(|failed| *failed).await.is_err() {
            // The server has stopped for another reason.
            std::future::pending::<()>().await;
        }
    }

    /// Forgets what is due, as happens every hour by itself; returns when it is done.
    pub async fn expire(&self) {
        let (done, told) = oneshot::channel();
        if self.expire.send(done).await.is_ok() {
            // An error says that the server has stopped.
            drop(told.await);
        }
    }

    /// Takes no more requests, answers what is open, closes the board and gives the directory back.
    pub async fn shutdown(self) {
        Event::Stopping.log();
        // An error says that it has stopped already.
        let _ = self.stop.send(true);
        drop(self.expire);
        drop(self.work.await);
    }
}
