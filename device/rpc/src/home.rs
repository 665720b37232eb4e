//! Where a profile lives.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::RpcError;
use crate::private::make_directory;

/// The home that was named, else `$XDG_DATA_HOME/heliograph/default`, else the same under
/// `~/.local/share`. (`HELIOGRAPH_HOME` is read by the command line.)
///
/// # Errors
/// `no-home` when nothing says where this user's files are.
pub fn locate(named: Option<PathBuf>) -> Result<PathBuf, RpcError> {
    place(named, |name| std::env::var_os(name))
}

fn place(
    named: Option<PathBuf>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, RpcError> {
    let absolute = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    named
        .filter(|path| !path.as_os_str().is_empty())
        .or_else(|| absolute("XDG_DATA_HOME").map(|data| data.join("heliograph/default")))
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share/heliograph/default")))
        .ok_or_else(|| {
            RpcError::unchanged(
                "no-home",
                "Nothing says where this profile lives: neither --home nor $HOME is set.",
                "Name a directory with --home DIR.",
            )
        })
}

/// Makes the home, closed to everybody else.
pub(crate) fn make(home: &Path) -> Result<(), RpcError> {
    make_directory(home).map_err(|error| RpcError::file(home, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_home_wins_then_the_data_directory_then_the_users_own() {
        let both = |name: &str| Some(OsString::from(format!("/x/{name}")));
        let own = |name: &str| (name == "HOME").then(|| OsString::from("/u"));
        let find = |named: Option<&str>, vars: &dyn Fn(&str) -> Option<OsString>| {
            place(named.map(PathBuf::from), vars).map_err(|error| error.kind)
        };
        assert_eq!(find(Some("here"), &both), Ok("here".into()));
        assert_eq!(
            find(None, &both),
            Ok("/x/XDG_DATA_HOME/heliograph/default".into())
        );
        assert_eq!(
            find(None, &own),
            Ok("/u/.local/share/heliograph/default".into())
        );
        assert_eq!(find(None, &|_| None), Err("no-home".into()));
    }
}
