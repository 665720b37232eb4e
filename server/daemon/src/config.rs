//! Configuration: one struct, parsed once, every key explained in `default.toml`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// The default configuration, every key commented.
pub const COMMENTED: &str = include_str!("default.toml");

/// Everything that can be set. `default.toml` explains each key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Directory of keys and cells.
    pub data: PathBuf,
    /// Address and port to listen on; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// `HOST:PORT` for the board link, if it differs.
    pub public_address: Option<String>,
    /// Whether to listen off loopback although there are no admission tokens.
    pub trusted_network: bool,
    /// Number of lanes, 1 to 256.
    #[serde(deserialize_with = "lanes")]
    pub lanes: u32,
    /// Back end.
    pub store: StoreKind,
    /// Least important event that is written.
    pub log: Level,
    /// Loopback address of the counters.
    #[serde(deserialize_with = "loopback")]
    pub metrics: Option<SocketAddr>,
    /// TLS.
    pub tls: Tls,
    /// Bounds.
    pub limits: Limits,
}

/// See `[tls]` in `default.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM file of the chain.
    pub certificate: Option<PathBuf>,
    /// PEM file of the key.
    pub key: Option<PathBuf>,
    /// Whether the board link pins the key.
    pub pin: bool,
    /// Whether peers without X25519MLKEM768 are refused.
    pub require_hybrid: bool,
}

/// See `[limits]` in `default.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Most connections.
    #[serde(deserialize_with = "positive")]
    pub connections: usize,
    /// Seconds until an unused connection is closed.
    #[serde(deserialize_with = "positive_seconds")]
    pub idle_seconds: u64,
    /// Seconds that a peer may take to receive one write.
    #[serde(deserialize_with = "positive_seconds")]
    pub stall_seconds: u64,
}

/// Where cells are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// On the disk.
    Fjall,
    /// Nowhere.
    Memory,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing.
    Off,
    /// Failures.
    Error,
    /// And what needs attention.
    Warn,
    /// And start and stop.
    Info,
    /// And regular work.
    Debug,
    /// The same; reserved.
    Trace,
}

/// Why a configuration was not accepted; names key and line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A line is wrong.
    #[error("line {line}: {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// Names the key.
        what: String,
    },
    /// Only one of a pair is set.
    #[error("`tls.certificate` and `tls.key` belong together: set both or none")]
    HalfCertificate,
    /// Public roots cannot vouch for a self-made certificate.
    #[error("`tls.pin = false` needs `tls.certificate` and `tls.key`")]
    PinNeeded,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: "heliograph-data".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 4433)),
            public_address: None,
            trusted_network: false,
            lanes: 1,
            store: StoreKind::Fjall,
            log: Level::Info,
            metrics: None,
            tls: Tls::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            certificate: None,
            key: None,
            pin: true,
            require_hybrid: true,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            idle_seconds: 900,
            stall_seconds: 30,
        }
    }
}

impl Config {
    /// Reads TOML text.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..at]
                .iter()
                .filter(|b| **b == b'\n')
                .count()
                + 1;
            let what = match key_of_line(text, line) {
                Some(key) => format!("`{key}`: {}", error.message()),
                None => error.message().to_owned(),
            };
            ConfigError::Line { line, what }
        })?;
        config.check()?;
        Ok(config)
    }

    /// Checks what no single key shows.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn check(&self) -> Result<(), ConfigError> {
        match (&self.tls.certificate, &self.tls.key, self.tls.pin) {
            (Some(_), None, _) | (None, Some(_), _) => Err(ConfigError::HalfCertificate),
            (None, None, false) => Err(ConfigError::PinNeeded),
            _ => Ok(()),
        }
    }

    /// The configuration as TOML for the log; where secrets are kept is left out.
    #[must_use]
    pub fn redacted(&self) -> String {
        let mut shown = self.clone();
        shown.tls.key = shown.tls.key.map(|_| "(set)".into());
        toml::to_string(&shown).unwrap_or_default()
    }
}

/// The key that a line sets, if it sets one.
fn key_of_line(text: &str, line: usize) -> Option<&str> {
    let (key, _) = text.lines().nth(line.checked_sub(1)?)?.split_once('=')?;
    Some(key.trim())
}

fn lanes<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, 1, 256, "a number from 1 to 256 is expected")
}

fn positive<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    within(from, 1, 1_000_000, "a number from 1 to 1000000 is expected")
}

fn positive_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    within(from, 1, 86_400, "a number from 1 to 86400 is expected")
}

fn within<'de, D, T>(from: D, least: T, most: T, why: &str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + PartialOrd + fmt::Display,
{
    let value = T::deserialize(from)?;
    if value < least || value > most {
        return Err(D::Error::custom(format!("{value} is out of range: {why}")));
    }
    Ok(value)
}

fn loopback<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let address = Option::<SocketAddr>::deserialize(from)?;
    match address {
        Some(address) if !address.ip().is_loopback() => Err(D::Error::custom(
            "counters are served on a loopback address only, such as 127.0.0.1:9464",
        )),
        address => Ok(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commented_default_is_the_default() {
        assert_eq!(Config::parse(COMMENTED).unwrap(), Config::default());
        assert_eq!(Config::parse("").unwrap(), Config::default());
    }

    #[test]
    fn every_key_stands_in_the_commented_default_under_a_comment() {
        let all = Config {
            public_address: Some("h:1".into()),
            metrics: Some(SocketAddr::from(([127, 0, 0, 1], 1))),
            tls: Tls {
                certificate: Some("c".into()),
                key: Some("k".into()),
                ..Tls::default()
            },
            ..Config::default()
        };
        for line in toml::to_string(&all).unwrap().lines() {
            let Some((key, _)) = line.split_once(" = ") else {
                continue;
            };
            let at = COMMENTED
                .lines()
                .position(|l| l.trim_start_matches("# ").starts_with(&format!("{key} = ")))
                .unwrap_or_else(|| panic!("{key} is not explained"));
            let before = COMMENTED.lines().nth(at - 1).unwrap();
            assert!(before.starts_with('#'), "{key} has no comment");
        }
    }

    #[test]
    fn errors_name_key_and_line() {
        let text = |toml: &str| Config::parse(toml).unwrap_err().to_string();
        for (toml, needles) in [
            ("\nlisen = \"127.0.0.1:1\"", ["line 2", "lisen"]),
            ("[tls]\npin = 3", ["line 2", "pin"]),
            ("lanes = 0", ["line 1", "`lanes`: 0 is out of range"]),
            ("data = \"d\"\nlisten = \"nowhere\"", ["line 2", "listen"]),
            (
                "metrics = \"10.0.0.1:1\"",
                ["line 1", "`metrics`: counters are served on a loopback"],
            ),
            (
                "tls = {certificate = \"c\"}",
                ["tls.certificate", "tls.key"],
            ),
            ("tls = {pin = false}", ["tls.pin", "tls.key"]),
            ("[limits]\nconnections = 0", ["line 2", "connections"]),
            ("log = \"loud\"", ["line 1", "log"]),
        ] {
            for needle in needles {
                assert!(text(toml).contains(needle), "{toml}: {}", text(toml));
            }
        }
    }

    #[test]
    fn where_the_tls_key_is_kept_is_not_shown() {
        let config =
            Config::parse("tls = {certificate = \"c.pem\", key = \"hidden.pem\"}").unwrap();
        assert!(config.redacted().contains("c.pem"));
        assert!(!config.redacted().contains("hidden"));
    }
}
