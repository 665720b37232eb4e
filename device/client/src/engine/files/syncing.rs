//! The disk takes a file that comes in, beside the rest of the work: now and then on the way, so that little is left
//! to wait for at its end.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::Builder;

/// What the disk has, memory need not: a large file would push out what other programs read.
#[cfg(target_os = "linux")]
fn let_go(file: &File) {
    use rustix::fs::{Advice, fadvise};
    let _only_a_hint = fadvise(file, 0, None, Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn let_go(_: &File) {}

/// A thread that writes through. A failure on the way is one at the end: the system tells of it only once.
pub(super) struct Syncing {
    asks: Sender<()>,
    answers: Receiver<io::Result<()>>,
    waits_for: usize,
    failed: Option<io::Error>,
}

impl Syncing {
    /// Starts the thread; it ends with this.
    pub(super) fn start(file: File) -> io::Result<Self> {
        Self::with(move || {
            file.sync_all()?;
            let_go(&file);
            Ok(())
        })
    }

    fn with(mut sync: impl FnMut() -> io::Result<()> + Send + 'static) -> io::Result<Self> {
        let (asks, asked) = channel();
        let (answer, answers) = channel();
        Builder::new().spawn(move || {
            // Ends when nobody asks any more.
            while asked.recv().is_ok() && answer.send(sync()).is_ok() {}
        })?;
        Ok(Self {
            asks,
            answers,
            waits_for: 0,
            failed: None,
        })
    }

    /// Asks the disk to take what is there by now.
    pub(super) fn ask(&mut self) {
        if self.asks.send(()).is_ok() {
            self.waits_for += 1;
        } else {
            self.failed = Some(io::ErrorKind::Other.into());
        }
    }

    /// Asks unless it is still at it.
    ///
    /// # Errors
    /// What failed so far.
    pub(super) fn ask_on_the_way(&mut self) -> Result<(), io::ErrorKind> {
        if self.is_done() {
            self.ask();
        }
        self.failed
            .as_ref()
            .map_or(Ok(()), |error| Err(error.kind()))
    }

    /// Whether everything asked for was answered.
    pub(super) fn is_done(&mut self) -> bool {
        while self.waits_for > 0 {
            match self.answers.try_recv() {
                Ok(answer) => self.note(answer),
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => self.note(Err(io::ErrorKind::Other.into())),
            }
        }
        true
    }

    fn note(&mut self, answer: io::Result<()>) {
        self.waits_for = self.waits_for.saturating_sub(1);
        if let Err(error) = answer {
            self.failed.get_or_insert(error);
        }
    }

    /// Waits for everything asked for.
    ///
    /// # Errors
    /// The first thing that failed.
    pub(super) fn end(mut self) -> io::Result<()> {
        while self.waits_for > 0 {
            let gone = |_| Err(io::ErrorKind::Other.into());
            let answer = self.answers.recv().unwrap_or_else(gone);
            self.note(answer);
        }
        self.failed.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn a_failure_on_the_way_is_one_at_the_end() {
        let mut answers = vec![Ok(()), Err(io::ErrorKind::StorageFull.into()), Ok(())].into_iter();
        let mut syncing = Syncing::with(move || answers.next().unwrap()).unwrap();
        for _ in 0..3 {
            syncing.ask();
        }
        let ended = syncing.end().unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_failure_on_the_way_is_told_before_more_is_written() {
        let mut syncing = Syncing::with(|| Err(io::ErrorKind::StorageFull.into())).unwrap();
        syncing.ask();
        while !syncing.is_done() {
            std::thread::yield_now();
        }
        let told = syncing.ask_on_the_way();
        assert_eq!(told, Err(io::ErrorKind::StorageFull));
    }

    #[test]
    fn a_thread_that_is_gone_is_a_failure() {
        let mut syncing = Syncing::with(|| panic!("as if")).unwrap();
        syncing.ask();
        assert!(syncing.end().is_err());
    }

    #[test]
    fn on_the_way_nothing_queues() {
        let (go, gone) = channel();
        let mut syncing = Syncing::with(move || {
            gone.recv().unwrap();
            Ok(())
        })
        .unwrap();
        for _ in 0..9 {
            syncing.ask_on_the_way().unwrap();
        }
        assert_eq!(syncing.waits_for, 1);
        assert!(!syncing.is_done());
        go.send(()).unwrap();
        syncing.end().unwrap();
    }
}
