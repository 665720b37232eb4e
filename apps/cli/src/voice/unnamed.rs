//! Sound on its way to the process that has the profile open: a file without a name, in memory.

use std::fs::File;
use std::io::{Read, Seek, Write};

use heliograph_rpc::RpcError;

/// Most bytes from a pipe: half an hour of the largest usual kind.
const PIPED_MAX: u64 = 1 << 30;

/// Gone with this process.
pub(super) struct Unnamed(File);

fn unable(error: &std::io::Error) -> RpcError {
    RpcError::user(
        "voice-unusable",
        format!("The sound could not be taken in: {error}."),
        "Nothing was sent.",
        "Send a WAV file: `heliograph voice send CONVERSATION FILE`.",
    )
}

impl Unnamed {
    #[cfg(target_os = "linux")]
    pub(super) fn new() -> Result<Self, RpcError> {
        use rustix::fs::{MemfdFlags, memfd_create};
        let file = memfd_create("voice", MemfdFlags::CLOEXEC);
        file.map(|file| Self(file.into()))
            .map_err(|error| unable(&error.into()))
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn new() -> Result<Self, RpcError> {
        Err(unable(&std::io::ErrorKind::Unsupported.into()))
    }

    /// All of standard input.
    pub(super) fn piped() -> Result<Self, RpcError> {
        let Self(mut file) = Self::new()?;
        std::io::copy(&mut std::io::stdin().lock().take(PIPED_MAX), &mut file)
            .map_err(|error| unable(&error))?;
        Ok(Self(file))
    }

    /// Where other processes of the same person find it while this one runs.
    pub(super) fn path(&self) -> String {
        use std::os::fd::AsRawFd;
        format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd())
    }
}

impl Write for Unnamed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Seek for Unnamed {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}
