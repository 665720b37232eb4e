//! The server's configuration: not foreign, but typed by people.

use heliographd::{Config, ConfigError};

/// TOML. What is shown of it reads as the same but for what is hidden; an error names a line there is.
pub fn config(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    let config = match Config::parse(&text) {
        Ok(config) => config,
        Err(ConfigError::Line { line, .. }) => {
            assert!((1..=text.matches('\n').count() + 1).contains(&line));
            return false;
        }
        Err(_) => return false,
    };
    let mut shown = Config::parse(&config.redacted()).expect("what is shown can be read");
    assert!(shown.tls.key.is_some() == config.tls.key.is_some());
    shown.tls.key.clone_from(&config.tls.key);
    assert!(shown == config);
    #[cfg(feature = "planted")]
    crate::planted::config(&config);
    true
}
