//! A disk whose power can be cut: ext4 in a file, on a file system that copies a file in an instant.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Size of the file with the ext4, and of the file system around it; both are sparse.
const INNER: &str = "3G";
const OUTER: &str = "12G";

/// Mounted while it lives; gone afterwards.
pub(crate) struct Disk {
    outer: PathBuf,
    inner: PathBuf,
}

fn run(program: &str, arguments: &[&str]) -> bool {
    // These are the rig's own, and their syncs count also where those of the programs do not.
    let mut command = Command::new(program);
    let done = command.args(arguments).env_remove("LD_PRELOAD").output();
    done.is_ok_and(|done| done.status.success())
}

fn must(program: &str, arguments: &[&str]) {
    assert!(run(program, arguments), "{program} {arguments:?}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

impl Disk {
    /// Makes and mounts it below `home`.
    pub(crate) fn make(home: &Path) -> Self {
        let (pool, outer, inner) = (home.join("pool.img"), home.join("pool"), home.join("disk"));
        std::fs::create_dir(&outer).unwrap();
        std::fs::create_dir(&inner).unwrap();
        must("truncate", &["-s", OUTER, text(&pool)]);
        must("mkfs.btrfs", &["-q", text(&pool)]);
        must("mount", &["-o", "loop", text(&pool), text(&outer)]);
        let disk = Self { outer, inner };
        must("truncate", &["-s", INNER, text(&disk.file())]);
        let quick = ["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"];
        must("mkfs.ext4", &[&quick[..], &[text(&disk.file())]].concat());
        disk.mount();
        disk
    }

    fn file(&self) -> PathBuf {
        self.outer.join("disk.img")
    }

    fn copy(&self) -> PathBuf {
        self.outer.join("cut.img")
    }

    fn mount(&self) {
        let (file, inner) = (self.file(), &self.inner);
        must("mount", &["-o", "loop", text(&file), text(inner)]);
    }

    /// Where its files are.
    pub(crate) fn root(&self) -> PathBuf {
        self.inner.clone()
    }

    /// Something on it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.inner.join(name)
    }

    /// Everything so far is on it for good.
    pub(crate) fn settle(&self) {
        must("sync", &["-f", text(&self.inner)]);
    }

    /// Takes the disk as it is now, without what the kernel still holds back.
    pub(crate) fn cut(&self) {
        let (file, copy) = (self.file(), self.copy());
        must("cp", &["--reflink=always", text(&file), text(&copy)]);
    }

    /// Goes on from the last cut; nothing may be open on the disk.
    pub(crate) fn go_on_from_the_cut(&self) {
        must("umount", &[text(&self.inner)]);
        std::fs::rename(self.copy(), self.file()).unwrap();
        self.mount();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        for mounted in [&self.inner, &self.outer] {
            if !run("umount", &[text(mounted)]) {
                // Something is still open on it: let go when it closes.
                run("umount", &["-l", text(mounted)]);
            }
        }
    }
}
