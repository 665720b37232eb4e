//! What the process that reads pictures may still do: read what it was given, take a little memory, answer, end.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Memory it may write to, bytes.
const MEMORY: u64 = 62 << 20;
/// Time it may work, seconds.
const WORK_S: u64 = 1;

/// Gives everything else up, for good.
///
/// # Errors
/// In words; then nothing may be read.
pub(crate) fn enter() -> Result<(), String> {
    let bounds = [
        (Resource::Data, MEMORY),
        (Resource::Cpu, WORK_S),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 3),
    ];
    for (resource, most) in bounds {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit).map_err(|error| error.to_string())?;
    }
    filter()
}

/// Only these calls, and memory that is run from is never written to; anything else ends the process.
#[cfg(target_os = "linux")]
fn filter() -> Result<(), String> {
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };
    const WRITE_TO: u64 = 1;
    const RUN: u64 = 4;
    let only_if =
        |argument, operation, value| -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
            let condition =
                SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operation, value)?;
            Ok(vec![SeccompRule::new(vec![condition])?])
        };
    let free = sandbox_calls::FREE.iter().map(|call| (*call, Vec::new()));
    let build = || -> Result<BpfProgram, seccompiler::BackendError> {
        let mut rules: std::collections::BTreeMap<_, _> = free.collect();
        rules.insert(
            sandbox_calls::WRITE,
            only_if(0, SeccompCmpOp::Eq, WRITE_TO)?,
        );
        for call in [sandbox_calls::MMAP, sandbox_calls::MPROTECT] {
            rules.insert(call, only_if(2, SeccompCmpOp::MaskedEq(RUN), 0)?);
        }
        SeccompFilter::new(
            rules,
            SeccompAction::KillProcess,
            SeccompAction::Allow,
            std::env::consts::ARCH.try_into()?,
        )?
        .try_into()
    };
    let program = build().map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&program).map_err(|error| error.to_string())
}

#[cfg(not(target_os = "linux"))]
fn filter() -> Result<(), String> {
    Ok(())
}

#[cfg(target_os = "linux")]
mod sandbox_calls {
    pub(super) const WRITE: i64 = libc::SYS_write;
    pub(super) const MMAP: i64 = libc::SYS_mmap;
    pub(super) const MPROTECT: i64 = libc::SYS_mprotect;
    pub(super) const FREE: [i64; 21] = [
        libc::SYS_read,
        libc::SYS_close,
        libc::SYS_fcntl,
        libc::SYS_pread64,
        libc::SYS_lseek,
        libc::SYS_fstat,
        libc::SYS_statx,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_sched_yield,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
}
