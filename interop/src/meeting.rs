//! Who meets in a history, on what they stand, what may go wrong, and the count of what happened. What they do is in
//! `history`.

use std::fmt;
use std::ops::AddAssign;

use openmls_libcrux_crypto::Provider as Libcrux;
use openmls_rust_crypto::OpenMlsRustCrypto as RustCrypto;
use rand_chacha::ChaCha12Rng;
use rand_core::Rng as _;

use crate::member::{Member, Said, Style};
use crate::open_member::OpenMember;
use crate::rs_member;

const PEOPLE: usize = 6;

/// What a member stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// OpenMLS with libcrux, as in the product.
    Libcrux,
    /// OpenMLS with RustCrypto.
    RustCrypto,
    /// mls-rs with RustCrypto.
    MlsRs,
}

/// Who meets whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// OpenMLS on both providers, and mls-rs, on suite 0x0001 or 0x0003.
    Libraries,
    /// OpenMLS on both providers, on suite 0x004E.
    Providers,
}

impl Meeting {
    const fn stands(self) -> &'static [Stands] {
        match self {
            Self::Libraries => &[Stands::MlsRs, Stands::Libcrux, Stands::RustCrypto],
            Self::Providers => &[Stands::Libcrux, Stands::RustCrypto],
        }
    }

    const fn suites(self) -> &'static [u16] {
        match self {
            Self::Libraries => &[0x0001, 0x0003],
            Self::Providers => &[0x004E],
        }
    }
}

/// Something that goes wrong on purpose, once; a history with it must not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// One bit of a commit is another for one member.
    Commit,
    /// One bit of a welcome is another.
    Welcome,
    /// One bit of an application message is another for one member.
    Text,
    /// One member does not get a commit.
    Withheld,
}

/// What happened in histories.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Events {
    pub histories: usize,
    pub commits_libcrux: usize,
    pub commits_rustcrypto: usize,
    pub commits_mls_rs: usize,
    pub joined: usize,
    pub removed: usize,
    pub proposals: usize,
    pub texts_read: usize,
    pub views_compared: usize,
}

impl AddAssign for Events {
    fn add_assign(&mut self, other: Self) {
        self.histories += other.histories;
        self.commits_libcrux += other.commits_libcrux;
        self.commits_rustcrypto += other.commits_rustcrypto;
        self.commits_mls_rs += other.commits_mls_rs;
        self.joined += other.joined;
        self.removed += other.removed;
        self.proposals += other.proposals;
        self.texts_read += other.texts_read;
        self.views_compared += other.views_compared;
    }
}

impl fmt::Display for Events {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} histories: commits {} by OpenMLS on libcrux, {} by OpenMLS on RustCrypto, {} by mls-rs; \
             {} joined, {} removed, {} proposals, {} texts read, {} views compared",
            self.histories,
            self.commits_libcrux,
            self.commits_rustcrypto,
            self.commits_mls_rs,
            self.joined,
            self.removed,
            self.proposals,
            self.texts_read,
            self.views_compared,
        )
    }
}

/// Somebody who may be in the group.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) stands: Stands,
    pub(crate) inside: bool,
    pub(crate) member: Box<dyn Member>,
}

/// Everybody: one on each stand at least, in any order.
pub(crate) fn people(meeting: Meeting, chance: &mut ChaCha12Rng) -> Said<Vec<Person>> {
    let suite = meeting.suites()[below(chance, meeting.suites().len())];
    let hidden = below(chance, 3) > 0;
    let mut stands: Vec<Stands> = meeting.stands().to_vec();
    while stands.len() < PEOPLE {
        stands.push(meeting.stands()[below(chance, meeting.stands().len())]);
    }
    shuffle(chance, &mut stands);
    let mut all = Vec::new();
    for (at, stands) in stands.into_iter().enumerate() {
        let name = format!("{stands:?} {at}");
        let style = Style {
            suite,
            hidden,
            path: below(chance, 2) == 0,
        };
        let member: Box<dyn Member> = match stands {
            Stands::Libcrux => Box::new(OpenMember::new(Libcrux::default(), &name, style)?),
            Stands::RustCrypto => Box::new(OpenMember::new(RustCrypto::default(), &name, style)?),
            Stands::MlsRs => rs_member::member(&name, style)?,
        };
        all.push(Person {
            name,
            stands,
            inside: false,
            member,
        });
    }
    Ok(all)
}

/// A number below the limit.
pub(crate) fn below(chance: &mut ChaCha12Rng, limit: usize) -> usize {
    let limit = u64::try_from(limit.max(1)).unwrap_or(1);
    usize::try_from(chance.next_u64() % limit).unwrap_or(0)
}

/// Any order.
pub(crate) fn shuffle<T>(chance: &mut ChaCha12Rng, all: &mut [T]) {
    for at in (1..all.len()).rev() {
        all.swap(at, below(chance, at + 1));
    }
}
