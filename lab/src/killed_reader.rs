//! Kills of a device that is reading, and the count of what is lost or doubled by them.

#![allow(
    clippy::unwrap_used,
    reason = "a scene that cannot be set up is a failed test, reported by panicking"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use heliograph_client::MessageState;

use crate::{Person, Scene, befriend};

/// Messages in one round of kills.
const A_ROUND: usize = 12;

/// What a reader lacks and what it shows more than once, after kills.
#[derive(Debug, PartialEq, Eq)]
pub struct Toll {
    /// Messages that the sender was told are sent and the reader does not show.
    pub lost: usize,
    /// Messages shown more than once.
    pub doubled: usize,
    /// Whether what is shown stands in the order in which it was said.
    pub in_order: bool,
}

/// Ben talks to Anna while her device, the program `reader`, is killed `rounds` times in the middle of
/// reading.
pub async fn kill_while_reading(reader: &Path, rounds: u32) -> Toll {
    let scene = Scene::start().await;
    let (anna, ben) = (scene.person("Anna").await, scene.person("Ben").await);
    let (anna_side, ben_side) = befriend(&anna, &ben).await;
    let home = anna.home.clone();
    anna.device.close().await;
    let mut said = Vec::new();
    for round in 0..rounds {
        let texts: Vec<String> = (0..A_ROUND).map(|i| format!("{round}.{i}")).collect();
        said.extend(texts.clone());
        let sent = ben.device.send(&ben_side, texts).await.unwrap();
        let home = home.clone();
        let program = reader.to_owned();
        tokio::task::spawn_blocking(move || {
            read_until_killed(&program, &home, 2 + round as usize % 3)
        })
        .await
        .unwrap();
        for id in &sent {
            ben.wait(id, MessageState::Sent).await;
        }
    }
    let anna = Person::open(&home).await;
    let patience = Duration::from_secs(30);
    anna.device.sync(true, patience).await.unwrap();
    let shown: Vec<String> = anna
        .messages(&anna_side)
        .await
        .into_iter()
        .map(|m| m.text)
        .collect();
    let times = |text: &String| shown.iter().filter(|other| *other == text).count();
    let kept: Vec<&String> = said.iter().filter(|text| shown.contains(text)).collect();
    Toll {
        lost: said.iter().filter(|text| times(text) == 0).count(),
        doubled: said.iter().filter(|text| times(text) > 1).count(),
        in_order: shown.iter().collect::<Vec<_>>() == kept,
    }
}

/// Runs the reader and kills it after it reported `changes`.
fn read_until_killed(reader: &Path, home: &Path, changes: usize) {
    let mut child = Command::new(reader)
        .arg(home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.take(changes).count(), changes, "the reader reads");
    child.kill().unwrap();
    child.wait().unwrap();
}
