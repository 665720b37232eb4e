//! A server and two people on one disk, and one round of their life: work, power cut, and the
//! question what is left.

use std::path::{Path, PathBuf};
use std::time::Duration;

use heliograph_client::Device;
use heliograph_lab::{Person, befriend, key};
use heliograph_wire::link::BoardLink;
use tokio::runtime::Runtime;

use crate::board::{self, Told};
use crate::disk::Disk;
use crate::people::{self, Profile, Words};
use crate::process::{Fault, Process, beside};
use crate::toll::Toll;

/// See the module's words.
pub(crate) struct World {
    /// Before the disk, because it has files open there.
    server: Option<Process>,
    disk: Disk,
    log: PathBuf,
    fault: Fault,
    listen: String,
    link: BoardLink,
    ben: Profile,
    anna: Profile,
    rounds: u64,
    first_hour: u32,
    /// Everything that was ever told.
    told: Told,
    words: Words,
}

/// A port that is free, below those that the system gives to outgoing connections: a client that
/// tries to reach a server that is down must not be given its port.
fn free_address() -> String {
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = (21_000..30_000).find(free).unwrap();
    format!("127.0.0.1:{port}")
}

fn serve(disk: &Disk, listen: &str, (log, fault): (&Path, &Fault)) -> Option<(Process, BoardLink)> {
    let data = disk.path("board");
    let data = data.to_str().unwrap();
    let words = ["serve", "--json", "--listen", listen, "--data", data];
    let mut process = Process::start(&beside("heliographd"), &words, log, fault);
    let ready: serde_json::Value = serde_json::from_str(&process.first_line()?).ok()?;
    let link = BoardLink::decode(ready["board"].as_str()?).ok()?;
    Some((process, link))
}

async fn person(home: &Path, name: &str, link: &BoardLink) -> Person {
    std::fs::create_dir(home).unwrap();
    let made = Device::create(home, &key(), name, &link.encode()).await;
    assert!(made.is_ok(), "{name} has no profile");
    let person = Person::open(home).await;
    let receipts = person.device.setting("receipts", Some("prompt")).await;
    assert!(receipts.is_ok(), "{name} cannot set receipts");
    person
}

impl World {
    /// Makes everything in `home`, which must be empty; `fault` is what the programs load from then on.
    pub(crate) fn make(home: &Path, fault: &Fault) -> Self {
        let (disk, log, listen) = (Disk::make(home), home.join("programs.log"), free_address());
        let (server, link) = serve(&disk, &listen, (&log, &None)).unwrap();
        let runtime = Runtime::new().unwrap();
        let (anna, ben) = runtime.block_on(async {
            let anna = person(&disk.path("anna"), "Anna", &link).await;
            let ben = person(&disk.path("ben"), "Ben", &link).await;
            let (anna_side, ben_side) = befriend(&anna, &ben).await;
            for person in [&anna, &ben, &anna] {
                let synced = person.device.sync(true, Duration::from_secs(60)).await;
                assert!(synced.is_ok(), "they cannot meet");
            }
            anna.device.close().await;
            ben.device.close().await;
            let profile = |home, side| Profile { home, side };
            (profile(anna.home, anna_side), profile(ben.home, ben_side))
        });
        server.kill();
        disk.settle();
        let mut world = Self {
            server: None,
            disk,
            log,
            fault: fault.clone(),
            listen,
            link,
            ben,
            anna,
            rounds: 0,
            first_hour: board::hour_now(),
            told: Told::default(),
            words: Words::default(),
        };
        world.serve().unwrap();
        world
    }

    fn serve(&mut self) -> Result<(), String> {
        let started = serve(&self.disk, &self.listen, (&self.log, &self.fault));
        let (server, link) = started.ok_or("the server does not start")?;
        self.server = Some(server);
        if link == self.link {
            Ok(())
        } else {
            Err("the server is another one now".into())
        }
    }

    fn start_person(&self, what: &str, profile: &Profile) -> Process {
        let (home, side) = (profile.home.to_str().unwrap(), profile.side.to_string());
        let words = [what, home, &side, &self.rounds.to_string()];
        Process::start(
            &beside("heliograph-power-cut"),
            &words,
            &self.log,
            &self.fault,
        )
    }

    /// Everybody works for `working`, the power is cut, and what is left is held against what was
    /// said; work can go on from there.
    pub(crate) fn round(&mut self, working: Duration, toll: &mut Toll) {
        self.rounds += 1;
        let runtime = Runtime::new().unwrap();
        let mut speaker = self.start_person("speak", &self.ben);
        let mut listener = self.start_person("listen", &self.anna);
        // Both are at work now; or cannot be, which shows below.
        drop((speaker.first_line(), listener.first_line()));
        let told = board::load(&runtime, &self.link, self.rounds);
        std::thread::sleep(working);
        // What was said up to here is on the disk, or a promise is broken: first the words are
        // copied, then the disk. The programs go on meanwhile.
        let told = told.lock().unwrap().clone();
        let mut words = Words::default();
        words.add(&speaker.said());
        words.add(&listener.said());
        self.disk.cut();
        for process in self.server.take().into_iter().chain([speaker, listener]) {
            process.kill();
        }
        runtime.shutdown_background();
        self.disk.power_on();
        toll.cuts += 1;
        toll.cells += told.stored.len();
        toll.ticks += told.ticks.len();
        toll.kept += words.kept.len();
        toll.stored += words.stored.len();
        let known = |text: &&String| !self.words.shown.contains_key(*text);
        toll.shown += words.shown.keys().filter(known).count();
        // A store that cannot be used has lost everything.
        if let Err(why) = self.look_at_devices(&words, toll) {
            toll.lost_messages += words.kept.len();
            toll.broken = Some(why);
        }
        if let Err(why) = self.look_at_server(&told, toll) {
            toll.lost_cells += told.stored.len();
            toll.broken = Some(why);
        }
        self.remember(told, words);
    }

    fn look_at_devices(&self, words: &Words, toll: &mut Toll) -> Result<(), String> {
        let runtime = Runtime::new().unwrap();
        let ben = runtime.block_on(people::look(&self.ben))?;
        let anna = runtime.block_on(people::look(&self.anna))?;
        toll.judge(words, &ben, &anna);
        toll.judge(&self.words, &ben, &anna);
        Ok(())
    }

    fn look_at_server(&mut self, told: &Told, toll: &mut Toll) -> Result<(), String> {
        self.serve()?;
        self.count_missing(&Runtime::new().unwrap(), told, toll)
    }

    fn count_missing(&self, runtime: &Runtime, told: &Told, toll: &mut Toll) -> Result<(), String> {
        let missing = board::missing(&self.link, told, self.rounds);
        let (cells, ticks) = runtime.block_on(missing)?;
        toll.lost_cells += cells;
        toll.lost_ticks += ticks;
        Ok(())
    }

    fn remember(&mut self, told: Told, words: Words) {
        self.told.stored.extend(told.stored);
        self.told.ticks.extend(told.ticks);
        for (list, more) in [
            (&mut self.words.kept, words.kept),
            (&mut self.words.stored, words.stored),
            (&mut self.words.shown, words.shown),
        ] {
            // How often one run showed it has been judged.
            list.extend(more.into_keys().map(|text| (text, 1)));
        }
    }

    /// The end of a world: both people catch up and have the same words in the same order, and the
    /// server has one record from its first tick on, and every cell.
    pub(crate) fn end(mut self, toll: &mut Toll) {
        toll.broken = self.agree(toll).err();
    }

    fn agree(&mut self, toll: &mut Toll) -> Result<(), String> {
        let runtime = Runtime::new().unwrap();
        let ben = runtime.block_on(people::read(&self.ben, true))?;
        let anna = runtime.block_on(people::read(&self.anna, true))?;
        toll.judge(&self.words, &ben, &anna);
        if !ben.iter().map(|m| &m.text).eq(anna.iter().map(|m| &m.text)) {
            return Err("the two do not have the same words in the same order".into());
        }
        self.rounds += 1;
        self.count_missing(&runtime, &self.told, toll)?;
        runtime.block_on(board::record(&self.link, &self.told, self.first_hour))?;
        Ok(())
    }
}
