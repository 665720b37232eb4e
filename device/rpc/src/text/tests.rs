//! What texts look like, and what no text can do.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;

/// What a second judge, an HTML sanitiser, leaves of HTML when only the format's tags may stand.
fn judged(html: &str) -> String {
    let tags = [
        "p",
        "br",
        "strong",
        "em",
        "del",
        "code",
        "pre",
        "span",
        "ul",
        "ol",
        "li",
        "blockquote",
    ];
    ammonia::Builder::empty()
        .tags(HashSet::from(tags))
        .allowed_classes(HashMap::from([("span", HashSet::from(["spoiler"]))]))
        .clean(html)
        .to_string()
}

#[test]
fn each_shape_becomes_its_tag() {
    for (text, wanted) in [
        (
            "**b** *i* _i_ ~~s~~ `c`",
            "<p><strong>b</strong> <em>i</em> <em>i</em> <del>s</del> <code>c</code></p>",
        ),
        ("||no one||", "<p><span class=\"spoiler\">no one</span></p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("- a\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("1. a\n2. b", "<ol><li><p>a</p></li><li><p>b</p></li></ol>"),
        ("> said", "<blockquote><p>said</p></blockquote>"),
        (
            "```rust\nlet a = 1 < 2;\n```",
            "<pre><code>let a = 1 &lt; 2;\n</code></pre>",
        ),
    ] {
        assert_eq!(html(text), wanted, "{text}");
    }
}

#[test]
fn what_is_no_part_of_the_format_is_shown_as_it_was_typed() {
    for text in [
        "[click](https://evil.example)",
        "![x](https://evil.example/p.png)",
        "[x]: https://evil.example 'hidden'",
        "<https://evil.example>",
        "<b>b</b>",
        "<script>alert(1)</script>",
        "# not a heading",
        "&lt;b&gt; &amp;",
        "1990. What a year",
        "| a | b |",
        "- [ ] task",
        "3) three",
    ] {
        let shown: String = tokens(text)
            .into_iter()
            .filter_map(|token| match token {
                Token::Words(words) => Some(words),
                _ => None,
            })
            .collect();
        assert_eq!(shown, text.trim_start_matches("- "), "{text}");
        assert!(!html(text).contains("href"), "{text}");
    }
    assert_eq!(html("a\n\n---\n\nb"), "<p>a</p><p>---</p><p>b</p>");
    assert!(html("```hidden words\nx\n```").contains("hidden words"));
    assert!(html("~~~alone").contains("alone"));
}

#[test]
fn previews_keep_hidden_words_hidden_and_lose_marks() {
    assert_eq!(plain("**Meet** at `nine`"), "Meet at nine");
    assert_eq!(plain("it is ||the *butler*||!"), "it is ▒▒▒!");
    assert_eq!(plain("- tea\n- milk"), "• tea\n• milk");
    assert_eq!(
        plain("  as typed\n\n\nwith lines "),
        "  as typed\n\n\nwith lines "
    );
}

#[test]
fn direction_marks_and_controls_do_not_pass() {
    let shown = html("a\u{202e}b\u{1b}[2Jc\u{2066}");
    assert_eq!(shown, "<p>a\u{fffd}b\u{fffd}[2Jc\u{fffd}</p>");
}

/// The worst of what can be written into one message; the test ends at all only if each is read in
/// about linear time.
#[test]
fn deep_and_repeated_marks_are_read_and_shown_within_bounds() {
    let most = crate::TEXT_MAX;
    let mut worst: Vec<String> = [
        "*", "[", "`", "> ", "||", "~~", "_a", "**a", "- ", "1. ", "![", "<a", "*_", "||a ", "\\",
    ]
    .iter()
    .map(|sign| sign.repeat(most / sign.len()))
    .collect();
    worst.push(format!("{}x", ">".repeat(10_000)));
    worst.push(
        (0..150)
            .map(|n| format!("{}- a\n", " ".repeat(n)))
            .collect(),
    );
    worst.push("- a\n".repeat(most / 4));
    worst.push("**a** ".repeat(most / 6));
    worst.push("||*a*||".repeat(most / 7));
    for text in worst {
        let shown = html(&text);
        assert_eq!(judged(&shown), shown);
        assert!(shown.len() <= 96 * 1_024, "{}", shown.len());
        let (mut depth, mut deepest) = (0_usize, 0);
        for token in tokens(&text) {
            match token {
                Token::Open(_) => depth += 1,
                Token::Close(_) => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        assert_eq!(depth, 0);
        assert!(deepest <= DEPTH_MAX + 3, "{deepest}");
        assert!(plain(&text).len() <= 2 * most);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_becomes_html_of_the_formats_tags_alone(
        text in "([a-c <>&\"'\\n\\t\\\\]|\\PC|[*_~|`#\\[\\]()!:/>-]|https://a.b|<script>|<a href=x>|&lt;|\\|\\||1\\. |> |- |```){0,60}"
    ) {
        let shown = html(&text);
        prop_assert_eq!(judged(&shown), shown);
        prop_assert!(plain(&text).len() <= 4 * text.len() + 16);
    }

    #[test]
    fn every_letter_that_was_typed_is_there_to_read(text in "[a-z *_~|>`\\n-]{0,80}") {
        let mut shown = String::new();
        for token in tokens(&text) {
            if let Token::Words(words) = token { shown.push_str(&words); }
        }
        let letters = |text: &str| text.chars().filter(char::is_ascii_lowercase).collect::<String>();
        let fenced = text.contains("```") || text.contains("~~~");
        prop_assert!(fenced || letters(&shown) == letters(&text), "{:?} {:?}", shown, text);
    }
}
