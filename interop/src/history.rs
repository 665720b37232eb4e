//! Random histories of one group whose members stand on different libraries or providers. A seed decides the events;
//! keys are the libraries' own chance, so a seed repeats the same events and not the same bytes. Nothing is lost or
//! reordered between epochs here: that is tried in `lab/` and `model/`.

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::meeting::{Events, Fault, Meeting, Person, Stands, below, people, shuffle};
use crate::member::{Change, Heard, Said, View};

/// A group and everybody who may be in it.
struct World {
    chance: ChaCha12Rng,
    people: Vec<Person>,
    fault: Option<Fault>,
    events: Events,
}

/// One history. What happened in it.
///
/// # Errors
/// When somebody refuses what another made, or two disagree; the seed is named.
pub fn run(meeting: Meeting, seed: u64, fault: Option<Fault>) -> Said<Events> {
    let mut chance = ChaCha12Rng::seed_from_u64(seed);
    let people = people(meeting, &mut chance).map_err(|why| format!("seed {seed}: {why}"))?;
    let events = Events {
        histories: 1,
        ..Events::default()
    };
    let mut world = World {
        chance,
        people,
        fault,
        events,
    };
    match world.live(seed) {
        Ok(()) => Ok(world.events),
        Err(why) => Err(format!("{meeting:?}, seed {seed}: {why}")),
    }
}

impl World {
    fn live(&mut self, seed: u64) -> Said<()> {
        self.people[0].member.create(&seed.to_be_bytes())?;
        self.people[0].inside = true;
        let others = [1, 2];
        let added = self.key_packages(&others)?;
        self.commit(0, &added, &others, &[])?;
        for _ in 0..6 + below(&mut self.chance, 6) {
            match below(&mut self.chance, 4) {
                0 => self.talk()?,
                1 => self.by_reference()?,
                _ => self.by_value()?,
            }
        }
        self.talk()
    }

    /// Those inside or outside, in any order.
    fn some(&mut self, inside: bool) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.people.len())
            .filter(|at| self.people[*at].inside == inside)
            .collect();
        shuffle(&mut self.chance, &mut all);
        all
    }

    fn key_packages(&mut self, who: &[usize]) -> Said<Vec<Change>> {
        who.iter()
            .map(|at| self.people[*at].member.key_package().map(Change::Add))
            .collect()
    }

    fn leaf(&self, of: usize) -> Said<u32> {
        let anyone = self
            .people
            .iter()
            .find(|person| person.inside)
            .ok_or("nobody is left")?;
        let members = anyone.member.view("", b"")?.members;
        let found = members
            .iter()
            .find(|(_, name)| *name == self.people[of].name);
        found
            .map(|(leaf, _)| *leaf)
            .ok_or_else(|| "not in the tree".to_owned())
    }

    /// A commit that holds its changes itself: nothing but new keys, or up to two added and one removed.
    fn by_value(&mut self) -> Said<()> {
        let (inside, mut joining) = (self.some(true), self.some(false));
        let by = inside[0];
        joining.truncate(below(&mut self.chance, 3));
        let mut changes = self.key_packages(&joining)?;
        let mut leaving = Vec::new();
        if inside.len() > 2 && below(&mut self.chance, 3) == 0 {
            leaving.push(inside[1]);
            changes.push(Change::Remove(self.leaf(inside[1])?));
        }
        self.commit(by, &changes, &joining, &leaving)
    }

    /// One to three proposals, each by somebody else and about somebody else, then a commit to all of them.
    fn by_reference(&mut self) -> Said<()> {
        let (inside, outside) = (self.some(true), self.some(false));
        let (by, others) = (inside[0], &inside[1..]);
        let (mut joining, mut leaving) = (Vec::new(), Vec::new());
        for (at, proposer) in others.iter().copied().enumerate().take(3) {
            let change = match below(&mut self.chance, 3) {
                0 if joining.len() < outside.len() => {
                    joining.push(outside[joining.len()]);
                    Change::Add(
                        self.people[outside[joining.len() - 1]]
                            .member
                            .key_package()?,
                    )
                }
                // The last one proposes nothing itself, so that nobody is both renewed and removed.
                1 if others.len() > 3 && at == 0 => {
                    let who = others[others.len() - 1];
                    leaving.push(who);
                    Change::Remove(self.leaf(who)?)
                }
                _ => Change::Update,
            };
            let proposal = self.people[proposer].member.propose(&change)?;
            self.events.proposals += 1;
            for hearer in inside.iter().copied().filter(|hearer| *hearer != proposer) {
                let heard = self.hear(hearer, &proposal)?;
                if heard != Heard::Proposal {
                    return Err(format!("a proposal was heard as {heard:?}"));
                }
            }
        }
        self.commit(by, &[], &joining, &leaving)
    }

    fn hear(&mut self, hearer: usize, message: &[u8]) -> Said<Heard> {
        let person = &mut self.people[hearer];
        person
            .member
            .hear(message)
            .map_err(|why| format!("{}: {why}", person.name))
    }

    /// The bytes, or once, if this is the fault, bytes with one bit turned.
    fn passed_on(&mut self, bytes: &[u8], fault: Fault) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if self.fault == Some(fault) {
            self.fault = None;
            let at = below(&mut self.chance, bytes.len());
            bytes[at] ^= 1 << below(&mut self.chance, 8);
        }
        bytes
    }

    fn commit(
        &mut self,
        by: usize,
        changes: &[Change],
        joining: &[usize],
        leaving: &[usize],
    ) -> Said<()> {
        let committer = &mut self.people[by];
        let made = committer
            .member
            .commit(changes)
            .map_err(|why| format!("{}: {why}", committer.name))?;
        match committer.stands {
            Stands::Libcrux => self.events.commits_libcrux += 1,
            Stands::RustCrypto => self.events.commits_rustcrypto += 1,
            Stands::MlsRs => self.events.commits_mls_rs += 1,
        }
        for hearer in self.some(true) {
            if hearer == by {
                self.people[by].member.enter()?;
                continue;
            }
            if self.fault == Some(Fault::Withheld) && !leaving.contains(&hearer) {
                self.fault = None;
                continue;
            }
            let commit = self.passed_on(&made.commit, Fault::Commit);
            let wanted = if leaving.contains(&hearer) {
                Heard::Removed
            } else {
                Heard::Commit
            };
            let heard = self.hear(hearer, &commit)?;
            if heard != wanted {
                return Err(format!("{} heard {heard:?}", self.people[hearer].name));
            }
        }
        for gone in leaving {
            self.people[*gone].inside = false;
            self.events.removed += 1;
        }
        if !joining.is_empty() {
            let welcome = made.welcome.ok_or("no welcome to those who join")?;
            let welcome = self.passed_on(&welcome, Fault::Welcome);
            for comer in joining {
                let person = &mut self.people[*comer];
                person
                    .member
                    .join(&welcome)
                    .map_err(|why| format!("{}: {why}", person.name))?;
                person.inside = true;
                self.events.joined += 1;
            }
        }
        self.compare()?;
        self.shut_out(leaving)
    }

    /// All who are inside see the same epoch, members, authenticator and exported secret.
    fn compare(&mut self) -> Said<()> {
        let context = self.chance.next_u64().to_be_bytes();
        let mut first: Option<(View, String)> = None;
        for person in self.people.iter().filter(|person| person.inside) {
            let view = person.member.view("heliograph interop", &context)?;
            self.events.views_compared += 1;
            match &first {
                Some((other, name)) if *other != view => {
                    return Err(format!(
                        "{name} sees {other:?}, {} sees {view:?}",
                        person.name
                    ));
                }
                Some(_) => {}
                None => first = Some((view, person.name.clone())),
            }
        }
        let (view, _) = first.ok_or("nobody is left")?;
        let inside = self.people.iter().filter(|person| person.inside).count();
        if view.members.len() == inside {
            Ok(())
        } else {
            Err("not everybody is in the tree".to_owned())
        }
    }

    /// Those who were removed cannot read on.
    fn shut_out(&mut self, gone: &[usize]) -> Said<()> {
        if gone.is_empty() {
            return Ok(());
        }
        let text = self.one_text()?;
        for at in gone {
            if self.hear(*at, &text.sealed).is_ok() {
                return Err(format!("{} reads on after removal", self.people[*at].name));
            }
        }
        self.all_hear(&[text])
    }
}

/// An application message under way.
struct Text {
    by: usize,
    heard: Heard,
    sealed: Vec<u8>,
}

impl World {
    fn one_text(&mut self) -> Said<Text> {
        let by = self.some(true)[0];
        let mut text = vec![0; below(&mut self.chance, 600)];
        self.chance.fill_bytes(&mut text);
        let mut aad = vec![0; below(&mut self.chance, 40)];
        self.chance.fill_bytes(&mut aad);
        let from = self.leaf(by)?;
        let sealed = self.people[by].member.say(&text, &aad)?;
        Ok(Text {
            by,
            heard: Heard::Text { from, text, aad },
            sealed,
        })
    }

    /// Up to five texts by anybody, heard by each in an order of its own.
    fn talk(&mut self) -> Said<()> {
        let how_many = 1 + below(&mut self.chance, 5);
        let texts: Said<Vec<Text>> = (0..how_many).map(|_| self.one_text()).collect();
        self.all_hear(&texts?)
    }

    fn all_hear(&mut self, texts: &[Text]) -> Said<()> {
        for hearer in self.some(true) {
            let mut order: Vec<&Text> = texts.iter().filter(|text| text.by != hearer).collect();
            shuffle(&mut self.chance, &mut order);
            for text in order {
                let sealed = self.passed_on(&text.sealed, Fault::Text);
                if self.hear(hearer, &sealed)? != text.heard {
                    return Err(format!("{} reads another text", self.people[hearer].name));
                }
                self.events.texts_read += 1;
            }
        }
        Ok(())
    }
}
