//! Every rule refuses a made-up tree that breaks it, with the reason, and lets one pass that does not.

use std::collections::BTreeSet;
use std::path::Path;

use xtask::breach::Breach;
use xtask::imports::{House, Room};
use xtask::tree::Source;
use xtask::{citations, claims, imports, sans_io, sizes, words};

fn only(breaches: &[Breach]) -> String {
    assert_eq!(breaches.len(), 1, "{breaches:?}");
    breaches.iter().map(ToString::to_string).collect()
}

fn room(name: &str, directory: &str, imports: &[&str], in_tests: &[&str]) -> Room {
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Room {
        name: name.into(),
        directory: directory.into(),
        imports: set(imports),
        in_tests: set(in_tests),
    }
}

fn house(rooms: Vec<Room>) -> House {
    House {
        rooms,
        daemon_closure: BTreeSet::new(),
    }
}

#[test]
fn a_forbidden_import_is_refused_with_its_reason() {
    let rooms = vec![
        room("trust", "device/trust", &[], &[]),
        room("delivery", "device/delivery", &["trust"], &[]),
    ];
    let said = only(&imports::check(&house(rooms)));
    assert!(
        said.starts_with("device/delivery/Cargo.toml: device/delivery imports device/trust"),
        "{said}"
    );
    assert!(
        said.contains("because: it must be unable to link a label to a person"),
        "{said}"
    );
}

#[test]
fn an_import_in_the_table_passes() {
    let rooms = vec![
        room("wire", "wire", &["sha2"], &[]),
        room("delivery", "device/delivery", &["wire"], &[]),
    ];
    assert_eq!(imports::check(&house(rooms)), []);
}

#[test]
fn a_library_with_a_room_of_its_own_is_refused_elsewhere() {
    let said = only(&imports::check(&house(vec![room(
        "client",
        "device/client",
        &["rusqlite"],
        &[],
    )])));
    assert!(said.contains("only SQL"), "{said}");
    let said = only(&imports::check(&house(vec![room(
        "wire",
        "wire",
        &["tokio"],
        &[],
    )])));
    assert!(said.contains("simulated"), "{said}");
}

#[test]
fn a_server_that_contains_a_device_crate_far_below_is_refused() {
    let mut built = house(vec![room("trust", "device/trust", &[], &[])]);
    built.daemon_closure.insert("trust".into());
    let said = only(&imports::check(&built));
    assert!(said.contains("where the plaintext never is"), "{said}");
}

#[test]
fn a_crate_may_test_itself_and_a_client_may_test_against_a_server() {
    let rooms = vec![
        room("board", "server/board", &[], &["board"]),
        room("client", "device/client", &[], &["board"]),
    ];
    assert_eq!(imports::check(&house(rooms)), []);
    let rooms = vec![
        room("trust", "device/trust", &[], &[]),
        room("board", "server/board", &[], &["trust"]),
    ];
    assert_eq!(imports::check(&house(rooms)).len(), 1);
}

#[test]
fn a_crate_without_a_rule_is_refused() {
    let said = only(&imports::check(&house(vec![room(
        "helper",
        "device/helper",
        &[],
        &[],
    )])));
    assert!(said.contains("not in the import table"), "{said}");
}

#[test]
fn a_real_workspace_with_a_server_that_imports_a_device_is_refused() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("forbidden-import");
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let package = |name: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n")
    };
    let members = "[workspace]\nresolver = \"3\"\nmembers = [\"device/trust\", \"server/board\", \"server/daemon\"]\n";
    write("Cargo.toml", members);
    write("device/trust/Cargo.toml", &package("trust"));
    write("device/trust/src/lib.rs", "");
    let board = package("board") + "[dependencies]\ntrust = { path = \"../../device/trust\" }\n";
    write("server/board/Cargo.toml", &board);
    write("server/board/src/lib.rs", "");
    let daemon = package("daemon") + "[dependencies]\nboard = { path = \"../board\" }\n";
    write("server/daemon/Cargo.toml", &daemon);
    write("server/daemon/src/lib.rs", "");

    let said: Vec<String> = imports::check(&imports::read(&root).unwrap())
        .iter()
        .map(|breach| breach.what.clone())
        .collect();
    assert_eq!(
        said,
        [
            "server/board imports device/trust",
            "the server's program contains device/trust"
        ]
    );
}

#[test]
fn a_long_file_is_refused_with_its_reason() {
    let long = Source::new("wire/src/cell.rs", &"//! A door sign.\n".repeat(401));
    let said = only(&sizes::check(&[long]));
    assert!(said.contains("401 lines, and 400 is the most"), "{said}");
    assert!(said.contains("split it by flow"), "{said}");
    let just = Source::new("wire/src/cell.rs", &"//! A door sign.\n".repeat(400));
    assert_eq!(sizes::check(&[just]), []);
}

#[test]
fn a_file_without_a_door_sign_is_refused() {
    let said = only(&sizes::check(&[Source::new(
        "wire/src/cell.rs",
        "struct Cell;\n",
    )]));
    assert!(said.contains("does not open with `//!`"), "{said}");
}

#[test]
fn a_drawer_for_everything_is_refused_as_file_and_as_directory() {
    for path in [
        "wire/src/utils.rs",
        "device/store/src/types/mod.rs",
        "server/daemon/tests/common/mod.rs",
    ] {
        let said = only(&sizes::check(&[Source::new(path, "//! Things.\n")]));
        assert!(said.contains("a concept without a name"), "{said}");
    }
}

#[test]
fn a_clock_in_a_pure_crate_is_refused() {
    let text = "//! Door.\nfn now() { std::time::SystemTime::now(); }\n";
    let said = only(&sans_io::check(&[Source::new(
        "device/delivery/src/slots.rs",
        text,
    )]));
    assert!(
        said.starts_with("device/delivery/src/slots.rs:2: `SystemTime`"),
        "{said}"
    );
    assert_eq!(
        sans_io::check(&[Source::new("device/client/src/live.rs", text)]),
        []
    );
}

#[test]
fn tests_and_comments_of_a_pure_crate_may_name_a_clock() {
    let text = "//! Uses no tokio.\n#[cfg(test)]\nmod tests { use std::fs; }\n";
    assert_eq!(sans_io::check(&[Source::new("wire/src/cell.rs", text)]), []);
}

#[test]
fn a_test_of_a_pure_crate_that_sleeps_is_refused() {
    let text = ["//! Waits.\nfn wait() { sl", "eep(SECOND); }\n"].concat();
    let said = only(&sans_io::check(&[Source::new(
        "wire/tests/frames.rs",
        &text,
    )]));
    assert!(said.contains("it owns the clock"), "{said}");
    let elsewhere = Source::new("server/daemon/tests/story.rs", &text);
    assert_eq!(sans_io::check(&[elsewhere]), []);
}

#[test]
fn a_skipped_test_a_note_and_a_silent_exception_are_refused() {
    let skipped = ["#[test]\n#[", "ignore]\nfn later() {}\n"].concat();
    assert!(only(&words::check(&[Source::new("a.rs", &skipped)])).contains("skipped"));
    let note = ["// TO", "DO: think\n"].concat();
    assert!(only(&words::check(&[Source::new("a.md", &note)])).contains("note to oneself"));
    let silent = "#[cfg_attr(\n    test,\n    allow(clippy::unwrap_used)\n)]\nfn f() {}\n";
    assert!(
        only(&words::check(&[Source::new("a.rs", silent)]))
            .starts_with("a.rs:1: a lint is switched off")
    );
    let said =
        "#[expect(\n    clippy::unwrap_used,\n    reason = \"[seen] to hold\"\n)]\nfn f() {}\n";
    assert_eq!(words::check(&[Source::new("a.rs", said)]), []);
}

const TEST: &str = "//! Door.\n#[test]\nfn a_cell_is_read_once() {\n}\n\nfn not_a_test() {}\n";

fn claiming(row: &str) -> Vec<Source> {
    vec![
        Source::new("docs/claims.md", row),
        Source::new("wire/tests/cells.rs", TEST),
    ]
}

#[test]
fn a_claim_with_its_test_passes() {
    assert_eq!(
        claims::check(&claiming(
            "| C-01 | Once. | `wire/tests/cells.rs::a_cell_is_read_once` |\n"
        )),
        []
    );
}

#[test]
fn a_claim_without_a_test_is_refused() {
    let said = only(&claims::check(&claiming("| C-01 | Once. | by design |\n")));
    assert!(said.contains("C-01 names no test"), "{said}");
    for gone in [
        "`wire/tests/cells.rs::gone`",
        "`wire/tests/cells.rs::not_a_test`",
        "`gone.rs::a_cell_is_read_once`",
    ] {
        let said = only(&claims::check(&claiming(&format!(
            "| C-01 | Once. | {gone} |\n"
        ))));
        assert!(said.contains("which does not exist"), "{said}");
    }
}

#[test]
fn a_promise_of_a_conformance_suite_counts_if_the_suite_runs_it() {
    let row = "| C-01 | Once. | `server/board/src/conformance/putting.rs::one_winner` |\n";
    let promise = "//! Puts.\npub async fn one_winner<F: Fixture>(scene: Scene<F>) {\n}\n";
    let tree = |suite: &str| {
        vec![
            Source::new("docs/claims.md", row),
            Source::new("server/board/src/conformance/mod.rs", suite),
            Source::new("server/board/src/conformance/putting.rs", promise),
        ]
    };
    assert_eq!(
        claims::check(&tree("//! All.\n            one_winner,\n")),
        []
    );
    assert!(only(&claims::check(&tree("//! None.\n"))).contains("does not exist"));
}

#[test]
fn a_number_that_stands_twice_and_a_citation_of_nothing_are_refused() {
    let row = "| C-01 | Once. | `wire/tests/cells.rs::a_cell_is_read_once` |\n";
    assert!(only(&claims::check(&claiming(&row.repeat(2)))).contains("stands twice"));
    let mut sources = claiming(row);
    sources.push(Source::new(
        "wire/src/cell.rs",
        "//! Keeps C-01 and C-99.\n",
    ));
    assert!(only(&claims::check(&sources)).contains("cites C-99"));
}

#[test]
fn a_house_without_a_list_of_claims_is_refused() {
    assert!(only(&claims::check(&[])).contains("docs/claims.md: is missing"));
}

#[test]
fn a_page_or_section_that_does_not_exist_cannot_be_cited() {
    let page = Source::new("docs/protocol/wire.md", "# Wire\n\n## Frames\n");
    let said = |text: &str| {
        let code = Source::new("wire/src/lib.rs", text);
        citations::check(&[page.clone(), code])
    };
    assert_eq!(
        said("//! See `docs/protocol/wire.md`. (docs/protocol/wire.md, Frames)"),
        []
    );
    assert!(
        only(&said("//! (docs/protocol/wire.md, Ticks; Frames)")).contains("no section \"Ticks\"")
    );
    assert!(only(&said("//! See docs/gone.md.")).contains("names docs/gone.md"));
}
