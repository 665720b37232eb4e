//! What the program says to words alone: help, wrong usage, and refusals that need no server.

#[test]
fn every_command_says_what_its_file_says() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .case("tests/cmd/*.toml");
}
