//! Where the profile's socket is: a short name for a home of any length.
//!
//! Unix socket paths end near 108 bytes, so the name is a hash of the home, in a directory that
//! belongs to this user alone.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use crate::RpcError;
use crate::private::{is_ours, make_directory};

/// Longest socket path every supported system takes.
pub const PATH_MAX: usize = 103;

/// The socket of the profile in `home`, which exists.
///
/// # Errors
/// The home is missing, or there is no private directory to put the socket in.
pub fn path(home: &Path) -> Result<PathBuf, RpcError> {
    let home = home.canonicalize().map_err(|_| no_profile(home))?;
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let directory = directory(runtime, &std::env::temp_dir())?;
    Ok(directory.join(name(&home)))
}

/// The refusal for a home without a profile.
pub(crate) fn no_profile(home: &Path) -> RpcError {
    RpcError::unchanged(
        "profile-missing",
        format!("There is no profile in {}.", home.display()),
        "Make one with `heliograph --home DIR init --name NAME --board LINK`, or name another --home.",
    )
}

/// `heliograph-` and 128 bits of the home's hash.
fn name(home: &Path) -> String {
    let hash = Sha256::digest(home.as_os_str().as_bytes());
    let short = hash.get(..16).unwrap_or_default();
    format!(
        "heliograph-{}",
        BASE32_NOPAD.encode(short).to_ascii_lowercase()
    )
}

fn fits(directory: &Path) -> bool {
    directory.as_os_str().len() + 1 + name(Path::new("/")).len() <= PATH_MAX
}

/// The runtime directory if it is private and short; else one of our own beside other temporary
/// files, which must be ours and closed, for anybody may make names there.
fn directory(runtime: Option<PathBuf>, temporary: &Path) -> Result<PathBuf, RpcError> {
    let usable =
        |path: &PathBuf| path.is_absolute() && fits(path) && is_ours(path).unwrap_or(false);
    if let Some(runtime) = runtime.filter(usable) {
        return Ok(runtime);
    }
    let own = format!("heliograph-{}", rustix::process::geteuid().as_raw());
    let own = [temporary, Path::new("/tmp")]
        .map(|base| base.join(&own))
        .into_iter()
        .find(|path| fits(path))
        .unwrap_or_else(|| Path::new("/tmp").join(own));
    if !own.exists() {
        make_directory(&own).map_err(|error| RpcError::file(&own, &error))?;
    }
    match is_ours(&own) {
        Ok(true) => Ok(own),
        _ => Err(RpcError::unchanged(
            "socket-directory-unsafe",
            format!("{} is not a private directory of yours.", own.display()),
            "Set XDG_RUNTIME_DIR to a directory of mode 0700 that belongs to you.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_runtime_directory_is_used_when_it_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let set = |mode| {
            std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        let runtime = || Some(dir.path().to_owned());
        let other = tempfile::tempdir().unwrap();
        set(0o700);
        assert_eq!(directory(runtime(), other.path()).unwrap(), dir.path());
        set(0o755);
        assert!(
            directory(runtime(), other.path())
                .unwrap()
                .starts_with(other.path())
        );
    }

    #[test]
    fn a_directory_others_can_enter_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let own = directory(None, dir.path()).unwrap();
        std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o777)).unwrap();
        let refused = directory(None, dir.path()).unwrap_err();
        assert_eq!(refused.kind, "socket-directory-unsafe");
    }

    #[test]
    fn a_symbolic_link_is_not_our_directory() {
        let dir = tempfile::tempdir().unwrap();
        let own = directory(None, dir.path()).unwrap();
        std::fs::remove_dir(&own).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), &own).unwrap();
        let refused = directory(None, dir.path()).unwrap_err();
        assert_eq!(refused.kind, "socket-directory-unsafe");
    }

    #[test]
    fn a_home_that_is_not_there_has_no_socket() {
        assert_eq!(
            path(Path::new("/nowhere/at/all")).unwrap_err().kind,
            "profile-missing"
        );
    }

    proptest! {
        #[test]
        fn a_home_of_any_length_has_a_socket_path_that_fits(
            home in "(/[a-zà-ü]{1,200}){1,20}",
            other in "(/[a-z]{1,20}){1,3}",
            runtime in "(/[a-z]{1,40}){1,4}",
        ) {
            let directory = PathBuf::from(runtime);
            prop_assume!(fits(&directory));
            let socket = directory.join(name(Path::new(&home)));
            prop_assert!(socket.as_os_str().len() <= PATH_MAX);
            prop_assert_eq!(home == other, name(Path::new(&home)) == name(Path::new(&other)));
        }
    }
}
