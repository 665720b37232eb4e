//! Seeds of what people and programs type: names, configuration, calls and HTTP.

use super::Seed;

const TEXTS: [(&str, &str, &str); 19] = [
    ("names", "plain", "Anna Lee"),
    ("names", "hidden", "\u{202e}Zoë \u{200d} O'Hara\u{3000}本"),
    ("names", "refused-nothing-visible", " \u{200b}\t"),
    ("config", "empty", ""),
    (
        "config",
        "much",
        "data = \"d\"\nlisten = \"[::1]:4433\"\nlanes = 4\nmetrics = \"127.0.0.1:9464\"\n\
         store = \"memory\"\nlog = \"warn\"\n[tls]\npin = false\ncertificate = \"c\"\nkey = \"k\"\n\
         [limits]\nconnections = 9\nidle_seconds = 8\nstall_seconds = 7\n",
    ),
    ("config", "refused-lanes", "lanes = 0\n"),
    (
        "config",
        "refused-unknown",
        "data = \"d\"\nlisen = \"h:1\"\n",
    ),
    ("config", "refused-half", "[tls]\ncertificate = \"c\"\n"),
    (
        "rpc",
        "hello",
        "\u{7}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.hello\",\"params\":{\"version\":1}}\n",
    ),
    (
        "rpc",
        "send",
        "\u{1}{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"message.send\",\"params\":\
         {\"conversation\":\"c_a\",\"texts\":[\"hi\"]}}\r\n\n",
    ),
    (
        "rpc",
        "wait",
        "\u{30}{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"message.wait\",\"params\":\
         {\"message\":\"m_a\",\"state\":\"read\",\"within_ms\":5}}\n",
    ),
    (
        "rpc",
        "list",
        "\u{30}{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"message.list\",\"params\":\
         {\"conversation\":\"c_aaaaaaaaaaaaaaaaaaaaaaaaaa\"}}\n",
    ),
    ("rpc", "refused-batch", "\u{30}[{\"jsonrpc\":\"2.0\"}]\n"),
    ("rpc", "refused-not-json", "\u{2}{\n"),
    (
        "upgrade_asked",
        "good",
        "GET /board HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: heliograph/1\r\n\r\nrest",
    ),
    (
        "upgrade_asked",
        "refused-elsewhere",
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    ),
    (
        "upgrade_answered",
        "good",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
         Upgrade: heliograph/1\r\nX-Pad: 000\r\n\r\nrest",
    ),
    (
        "upgrade_answered",
        "refused-not-found",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ),
    ("upgrade_answered", "refused-cut", "HTTP/1.1 101 Sw"),
];

/// Seeds of these doors.
pub(super) fn all() -> Vec<Seed> {
    let seed = |(door, name, text): (&'static str, &str, &str)| {
        (door, name.to_owned(), text.as_bytes().to_vec())
    };
    let mut out: Vec<Seed> = TEXTS.into_iter().map(seed).collect();
    let commented = include_str!("../../../server/daemon/src/default.toml");
    out.push(("config", "commented".into(), commented.into()));
    out
}
