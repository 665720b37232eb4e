//! Counters of everything at once. None has a dimension that could tell one client, lane or cell
//! from another, and none has a time.

mod serve;

use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use serve::{bind, serve};

/// What is counted. The order is that of [`TABLE`].
#[derive(Clone, Copy)]
pub(crate) enum Count {
    PutsStored,
    PutsSame,
    PutsTaken,
    GetsFound,
    GetsErased,
    GetsAbsent,
    ErasesDone,
    ErasesAbsent,
    Spans,
    Refused,
    Ticks,
    Announced,
    Heartbeats,
    Connections,
    ConnectionsFull,
    AcceptsFailed,
    HandshakesFailed,
    UpgradesRefused,
    FramesRefused,
    FollowersLagged,
    CellsExpired,
    BoardFailures,
    ConnectionsOpen,
    Followers,
}

/// Name, help and whether it only grows.
const TABLE: [(&str, &str, bool); 24] = [
    ("puts_stored_total", "Cells stored.", true),
    ("puts_same_total", "Puts that were retries.", true),
    ("puts_taken_total", "Puts whose label was taken.", true),
    ("gets_found_total", "Gets that found a cell.", true),
    ("gets_erased_total", "Gets of erased cells.", true),
    ("gets_absent_total", "Gets that found nothing.", true),
    ("erases_done_total", "Erases that won.", true),
    ("erases_absent_total", "Erases that did not.", true),
    ("spans_total", "Spans sent whole.", true),
    ("requests_refused_total", "Requests refused.", true),
    ("ticks_total", "Ticks announced.", true),
    ("cells_announced_total", "Cells announced.", true),
    ("heartbeats_total", "Heartbeats sent to followers.", true),
    ("connections_total", "Connections upgraded.", true),
    (
        "connections_full_total",
        "Connections closed for want of room.",
        true,
    ),
    (
        "accepts_failed_total",
        "Times the system gave no connection.",
        true,
    ),
    (
        "handshakes_failed_total",
        "TLS handshakes that failed.",
        true,
    ),
    (
        "upgrades_refused_total",
        "Requests that were no upgrade.",
        true,
    ),
    (
        "frames_refused_total",
        "Connections ended by a bad frame.",
        true,
    ),
    (
        "followers_lagged_total",
        "Followers that were too slow.",
        true,
    ),
    ("cells_expired_total", "Cells forgotten.", true),
    ("board_failures_total", "Calls that the board failed.", true),
    ("connections_open", "Connections open now.", false),
    ("followers", "Connections that follow a lane now.", false),
];

/// The counters of a server.
#[derive(Default)]
pub(crate) struct Counters([AtomicU64; TABLE.len()]);

impl Counters {
    /// Adds one.
    pub(crate) fn one(&self, what: Count) {
        self.add(what, 1);
    }

    /// Adds `many`.
    pub(crate) fn add(&self, what: Count, many: u64) {
        self.0[what as usize].fetch_add(many, Ordering::Relaxed);
    }

    /// Counts one more for as long as the guard lives.
    pub(crate) fn during(self: &std::sync::Arc<Self>, what: Count) -> During {
        self.one(what);
        During(std::sync::Arc::clone(self), what)
    }

    /// All counters in the Prometheus text format.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for ((name, help, grows), value) in TABLE.iter().zip(&self.0) {
            let kind = if *grows { "counter" } else { "gauge" };
            let value = value.load(Ordering::Relaxed);
            let name = format!("heliograph_{name}");
            out.push_str(&format!(
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
            ));
        }
        out
    }
}

/// See [`Counters::during`].
pub(crate) struct During(std::sync::Arc<Counters>, Count);

impl Drop for During {
    fn drop(&mut self) {
        self.0.0[self.1 as usize].fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_counter_is_the_last_row_and_no_row_has_a_dimension() {
        assert_eq!(Count::Followers as usize, TABLE.len() - 1);
        let counters = std::sync::Arc::new(Counters::default());
        let follower = counters.during(Count::Followers);
        counters.add(Count::PutsStored, 3);
        let text = counters.text();
        assert!(text.contains("\nheliograph_followers 1\n"));
        assert!(text.contains(
            "# TYPE heliograph_puts_stored_total counter\nheliograph_puts_stored_total 3\n"
        ));
        assert!(!text.contains('{'));
        drop(follower);
        assert!(counters.text().contains("\nheliograph_followers 0\n"));
    }
}
