//! The one style: what it looks like, where comments go, and that printing
//! twice is printing once.

use bloom_compiler::syntax;

use crate::syntax::support::formatted;
use crate::syntax::support::parse_clean;
use crate::syntax::support::strip_spans;

#[track_caller]
fn prints(text: &str, expected: &str) {
    let once = formatted(text);
    assert_eq!(once, expected);
    assert_eq!(formatted(&once), once, "not idempotent");
    assert_eq!(strip_spans(&parse_clean(&once)), strip_spans(&parse_clean(text)), "another tree");
}

#[test]
fn blanks_and_lines() {
    prints("table   t( a:int,b :str=>c:[ int ] );", "table t(a: int, b: str => c: [int]);\n");
    prints("p(x)<=q( x ),not r(x);\n\n\n\ns(1);", "p(x) <= q(x), not r(x);\n\ns(1);\n");
    prints("p(-x+1*2,a..b,t.0.1,m[k]?)<~q(x);", "p(-x + 1 * 2, a..b, t.0.1, m[k]?) <~ q(x);\n");
    prints("role r{}", "role r {}\n");
    prints(
        "role r(a:int){table t(a:int);\n\nt(1);}",
        "role r(a: int) {\n  table t(a: int);\n\n  t(1);\n}\n",
    );
}

#[test]
fn long_statements_break() {
    prints(
        "reachable(from, to, cost_a + cost_b) <= reachable(from, middle, cost_a), link(middle, to, cost_b), cost_a < 1000;",
        "reachable(from, to, cost_a + cost_b) <=\n  reachable(from, middle, cost_a),\n  link(middle, to, cost_b),\n  cost_a < 1000;\n",
    );
    prints(
        "table measurement(station: str, sensor: str, taken_at: time => temperature: float, humidity: float, wind: float);",
        "table measurement(\n  station: str,\n  sensor: str,\n  taken_at: time\n  => temperature: float,\n  humidity: float,\n  wind: float\n);\n",
    );
    prints(
        "enum Command { PutThisValueThere(str, str), GetThatValueFromThere(str), RemoveEverythingThatIsOldEnough, Nothing }",
        "enum Command {\n  PutThisValueThere(str, str),\n  GetThatValueFromThere(str),\n  RemoveEverythingThatIsOldEnough,\n  Nothing,\n}\n",
    );
}

#[test]
fn spelling_is_kept() {
    prints("const k = 0xFF;\nconst l = 1_000;\n", "const k = 0xFF;\nconst l = 1_000;\n");
    prints("const r = r\"a\\b\";\nconst d = 90s;\n", "const r = r\"a\\b\";\nconst d = 90s;\n");
    prints("const s = \"{ x }\\u{41}\";\n", "const s = \"{ x }\\u{41}\";\n");
}

#[test]
fn comments_stay_in_place() {
    prints(
        "// first\n\n// second\np(x) <= q(x);   // why\n",
        "// first\n\n// second\np(x) <= q(x);  // why\n",
    );
    prints(
        "p(x) <= q(x), // one\n   // two\n  r(x); // three\n// four\n",
        "p(x) <=\n  q(x),  // one\n  // two\n  r(x);  // three\n// four\n",
    );
    prints(
        "table t( // key\n a: int, /* b */ b: str\n // last\n);\n",
        "table t(  // key\n  a: int,\n  /* b */ b: str\n  // last\n);\n",
    );
    prints("role r {\n  // nothing yet\n}\n", "role r {\n  // nothing yet\n}\n");
    prints(
        "role r { // open\n  p(1);\n\n  // end\n} // closed\n",
        "role r {  // open\n  p(1);\n\n  // end\n}  // closed\n",
    );
    prints("enum A { X, // x\n Y, // y\n}", "enum A {\n  X,  // x\n  Y,  // y\n}\n");
    prints("p(x) // odd\n  ;\n", "p(x)  // odd\n;\n");
    prints(
        "/* a\n   b */\np(1);\n/* c */ p(2); /* d */ p(3);\n",
        "/* a\n   b */\np(1);\n/* c */ p(2);\n/* d */ p(3);\n",
    );
}

#[test]
fn broken_texts_are_not_formatted() {
    assert!(syntax::format(Default::default(), "table t(a: int;").is_err());
}

#[test]
fn trees_as_text() {
    let text =
        "/// Pairs.\ntable t(a: int => b: str);\np(x, -1) <= t(x, y), not q{a: x} else x = 2;\n";
    insta::assert_snapshot!(syntax::ast_text(&parse_clean(text)), @r#"
    table t @11..37
      key a: int
      value b: str
      doc Pairs.
    rule p <= @38..82
      head
        name x @40..41
        minus @43..45
          constant 1 @44..45
      literal
        call @50..57
          name t @50..51
          name x @52..53
          name y @55..56
      literal
        not @59..70
          named @63..70
            name q @63..64
            a:
              name x @68..69
      else
        binary = @76..81
          name x @76..77
          constant 2 @80..81
    "#);
}

#[test]
fn tokens_as_text() {
    insta::assert_snapshot!(syntax::tokens_text(Default::default(), "p(x)\n  <= 1.5 \"a\"; // c"), @r#"
    1:1      name         p
    1:2      sign         (
    1:3      name         x
    1:4      sign         )
    2:3      sign         <=
    2:6      number       1.5
    2:10     string       "a"
    2:13     sign         ;
    "#);
}
