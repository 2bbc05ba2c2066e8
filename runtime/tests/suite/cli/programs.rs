//! Programs as texts: check, fmt, explain.

use crate::cli::bench::Bench;

const WRONG: &str = "table t(a: int, b: str);\noutput o(x: int);\no(x) <= t(x, y), nope(x);\n";

#[test]
fn check() {
    let bench = Bench::routes();
    bench.put("wrong.bloom", WRONG.as_bytes());
    bench.put("latin.bloom", b"// caf\xe9\n");
    insta::assert_snapshot!("check", bench.run("check routes.bloom"));
    insta::assert_snapshot!("check_wrong", bench.run("check wrong.bloom"));
    let short = bench.run("check wrong.bloom --message-format short");
    insta::assert_snapshot!("check_short", short);
    insta::assert_snapshot!("check_quiet", bench.run("check routes.bloom -q"));
    insta::assert_snapshot!("check_many", bench.run("check routes.bloom none.bloom"));
    insta::assert_snapshot!("check_encoding", bench.run("check latin.bloom"));
}

#[test]
fn colours_only_when_wanted() {
    let bench = Bench::new(&[("wrong.bloom", WRONG)]);
    assert!(!bench.run("check wrong.bloom").contains('\x1b'));
    assert!(bench.run("check wrong.bloom --color always").contains('\x1b'));
}

#[test]
fn fmt() {
    let messy = "table   t( a:int );   // why\no(x)<=t(x)  ;output o(x:int);\n";
    let bench = Bench::new(&[("a.bloom", messy), ("sub/b.bloom", "table t(a: int);\n")]);
    insta::assert_snapshot!("fmt_check", bench.run("fmt --check ."));
    assert_eq!(bench.read("a.bloom"), messy);
    insta::assert_snapshot!("fmt", bench.run("fmt .") + &bench.read("a.bloom"));
    insta::assert_snapshot!("fmt_again", bench.run("fmt --check a.bloom sub"));
    insta::assert_snapshot!("fmt_stdin", bench.run_with("fmt -", messy.as_bytes()));
    insta::assert_snapshot!("fmt_wrong", bench.run_with("fmt -", b"table t(a int);\n"));
    insta::assert_snapshot!("fmt_none", bench.run("fmt c.bloom"));
}

#[test]
fn explain() {
    let bench = Bench::routes();
    insta::assert_snapshot!("explain_code", bench.run("explain B0501"));
    insta::assert_snapshot!("explain_unknown", bench.run("explain B0000").replace('\n', " "));
    insta::assert_snapshot!("explain_path", bench.run("explain routes.bloom"));
    assert!(bench.run("explain codes").contains("B0602  bad-record\n"));
}

#[test]
fn stages() {
    let bench = Bench::routes();
    for stage in ["tokens", "ast", "names", "types", "strata", "plan"] {
        let out = bench.run(&format!("explain routes.bloom --stage {stage}"));
        assert!(out.ends_with("--- code 0\n") && out.lines().count() > 5, "{out}");
        assert!(out.contains("route"), "{out}");
    }
    bench.put("wrong.bloom", WRONG.as_bytes());
    let out = bench.run("explain wrong.bloom --stage plan");
    assert!(out.contains("keep the program from reaching this stage"), "{out}");
}
