//! Parquet in and out, where it is built in: what is written reads back to the
//! same rows, and what does not fit names file, row and column.

use crate::cli::bench::Bench;

const KINDS: &str = "\
enum Op { Put(str, int), Noop }
type P = { x: int, y: float };
table t(a: str, b: int?, c: Set<int>, d: Op, e: P, f: time, g: duration, h: [str], i: bool,
        j: float, k: bytes, l: uuid?, m: nat, n: str??);
output o(a: str, b: int?, c: Set<int>, d: Op, e: P, f: time, g: duration, h: [str], i: bool,
         j: float, k: bytes, l: uuid?, m: nat, n: str??);
o(a, b, c, d, e, f, g, h, i, j, k, l, m, n) <= t(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
";

const ROWS: &str = "\
x,,\"{3, 1}\",\"Put(\"\"k\"\", 2)\",\"P{x: 1, y: 2.5}\",2026-01-31T12:00:00.000000001Z,1h30m,\
\"[\"\"x\"\"]\",true,-0.5,\"b\"\"\\xff\"\"\",550e8400-e29b-41d4-a716-446655440000,7,Some(None)
y,-3,{},Noop,\"P{x: 0, y: 1.0}\",1970-01-01T00:00:00Z,-5s,[],false,1e300,\"b\"\"\"\"\",,0,None
";

#[test]
fn every_type_can_be_read_back() {
    let bench = Bench::new(&[("k.bloom", KINDS), ("t.csv", ROWS)]);
    let csv = bench.run("run k.bloom --in t=t.csv --out plain");
    for flags in ["", "--compress gz", "--compress zst"] {
        bench.run(&format!("run k.bloom --in t=t.csv --out packed --format parquet {flags}"));
        assert_eq!(bench.list("packed"), ["o.parquet"], "{csv}");
        let again = bench.run("run k.bloom --in t=packed/o.parquet --out again");
        assert!(again.ends_with("--- code 0\n"), "{again}");
        assert_eq!(bench.read("again/o.csv"), bench.read("plain/o.csv"));
    }
}

#[test]
fn many_rows_keep_their_order_and_number() {
    let program = "table t(a: int, b: str);\noutput o(a: int, b: str);\no(a, b) <= t(a, b);\n";
    let rows: String = (0..300_000).map(|i| format!("{},n{}\n", i * 7 % 300_007, i % 13)).collect();
    let bench = Bench::new(&[("p.bloom", program), ("t.csv", &rows)]);
    bench.run("run p.bloom --in t=t.csv --out plain");
    bench.run("run p.bloom --in t=t.csv --out packed --format parquet");
    bench.run("run p.bloom --in t=packed/o.parquet --out again");
    assert_eq!(bench.read("again/o.csv"), bench.read("plain/o.csv"));
}

#[test]
fn what_does_not_fit_is_told() {
    let bench = Bench::new(&[
        ("w.bloom", "output o(a: int, b: str);\no(1, \"x\");\no(2, \"y\");\n"),
        ("r.bloom", "table o(a: str, b: str);\noutput p(a: str);\np(a) <= o(a, _);\n"),
        ("m.bloom", "table o(a: int, z: str);\noutput p(a: int);\np(a) <= o(a, _);\n"),
        (
            "d.bloom",
            "table o(a: int, z: int = 5, n: nat = line);\noutput p(a: int, z: int, n: nat);\n\
                     p(a, z, n) <= o(a, z, n);\n",
        ),
    ]);
    bench.run("run w.bloom --out d --format parquet");
    let run = bench.run("run r.bloom --facts d");
    assert!(run.contains("d/o.parquet:1:1: expected a text, found 1 (column a of o)"), "{run}");
    let run = bench.run("run m.bloom --facts d");
    assert!(run.contains("the file lacks `z`; its columns are a, b"), "{run}");
    let run = bench.run("run d.bloom --facts d");
    assert!(run.contains("p(1, 5, 1)\np(2, 5, 2)"), "{run}");
    let run = bench.run("run r.bloom --facts d --on-bad-row reject --rejects bad.csv");
    assert!(run.contains("left out 2 bad records"), "{run}");
    bench.put("d/o.parquet", b"PAR1, but no more");
    let run = bench.run("run d.bloom --facts d");
    assert!(run.contains("the Parquet data is damaged") && run.ends_with("code 1\n"), "{run}");
    let run = bench.run_with("run d.bloom --in o=- --in-format parquet", b"PAR1");
    assert!(run.contains("Parquet is read from files, not from stdin"), "{run}");
}
