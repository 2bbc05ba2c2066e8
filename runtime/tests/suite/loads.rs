//! Random bytes against the loader: whatever a file holds, nothing panics, and
//! rows, mistakes and their places do not depend on how the text is cut up for
//! threads. `BLOOM_CASES` says how many files, `BLOOM_SEED` which.

use bloom::connect::files::Format;
use bloom::connect::header::HeaderRule;
use bloom::connect::load;
use bloom::connect::load::Cutting;
use bloom::connect::load::LoadError;
use bloom::connect::load::Reading;
use bloom::connect::load::Store;
use bloom::connect::schema::Filler;
use bloom::connect::schema::Schema;
use bloom::value::interner::Interner;
use bloom::value::text;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::ir::Type;

use crate::cases::cases;

const TABLES: &[&str] = &[
    "table t(a: int, b: str);",
    "table t(a: nat, b: str, c: float?, n: nat);",
    "enum Op { Put(str, int), Noop }\ntable t(b: str, d: Set<int>, e: Op?, n: nat);",
    "type P = { x: int, y: float };\ntable t(f: P?, g: Map<str, Max<nat>>, h: [str], i: (int, bool));",
    "table t(a: time, b: duration, c: uuid, d: bytes, e: bool?);",
];

/// Bytes that mean something to one format or another, and some that do not.
const SCRAPS: &[&[u8]] = &[
    b"a",
    b"b",
    b"n",
    b"1",
    b"-7",
    b"12",
    b"9223372036854775808",
    b"0.5",
    b"1e400",
    b",",
    b",",
    b",",
    b"\t",
    b"\n",
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\"",
    b"\"",
    b"\"\"",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b" ",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"{1, 2}",
    b"Put(\"k\", 2)",
    b"Noop",
    b"None",
    b"Some(",
    b"P{x: 1, y: 2.5}",
    b"null",
    b"true",
    b"{\"a\":1,\"b\":\"x\"}\n",
    b"[1,\"x\",2.5,3]\n",
    b"{\"f\":{\"x\":1,\"y\":2},\"g\":{\"k\":1},\"h\":[],\"i\":[1,true]}\n",
    b"2026-01-31T12:00:00Z",
    b"1h30m",
    b"550e8400-e29b-41d4-a716-446655440000",
    b"b\"\\xff\"",
    b"\\u0000",
    b"\xc3\xa9",
    b"a,b\n",
    b"1,x\n",
    b"\"x\ny\",",
    b"()",
    b"\\",
    b"'",
];

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((self.0 >> 33) % n as u64) as usize
    }
}

/// Rows as text, since ids depend on the order of reading.
struct Rows<'a> {
    types: &'a [Type],
    schema: &'a Schema,
    interner: Interner,
    rows: Vec<String>,
}

impl Store for Rows<'_> {
    fn interner(&mut self) -> &mut Interner {
        &mut self.interner
    }

    fn store(&mut self, _: RelId, rows: &[u64], _: usize) -> usize {
        for row in rows.chunks_exact(self.schema.columns.len()) {
            let mut out = Vec::new();
            for (word, column) in row.iter().zip(&self.schema.columns) {
                text::literal(self.types, column.ty, *word, &self.interner, &mut out);
                out.push(b' ');
            }
            self.rows.push(String::from_utf8_lossy(&out).into_owned());
        }
        0
    }
}

fn table(program: &str) -> plan::ir::Program {
    let compiled = driver::check("t.bloom", program, &driver::Options::default());
    let (Some(typed), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        panic!("{program}: {:?}", compiled.diagnostics);
    };
    plan::build(typed, strata, &plan::Sizes::default())
}

/// All that came of a file, as one text.
fn read(plan: &plan::ir::Program, bytes: &[u8], mut reading: Reading, cutting: Cutting) -> String {
    reading.cutting = cutting;
    let count = plan.rels[0].declared.len();
    let mut fillers = vec![Filler::Required; count];
    if plan.rels[0].declared[count - 1].name == "n" {
        fillers[count - 1] = Filler::Line;
    }
    let schema = Schema::new(plan, RelId(0), &fillers);
    let mut rows =
        Rows { types: &plan.types, schema: &schema, interner: Interner::new(), rows: Vec::new() };
    let source = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let types = &plan.types;
    match load::load(source, None, &schema, types, reading, &mut rows, &mut |_| {}) {
        Ok(o) => {
            let told = (o.rows, o.bad_count, o.bad, o.notice);
            format!("{:#?}\n{told:#?}", rows.rows)
        }
        // A header is looked for in the first block only.
        Err(LoadError::Header(why)) => why,
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn random_files_are_read_alike_however_they_are_cut() {
    let seed = std::env::var("BLOOM_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let tables: Vec<plan::ir::Program> = TABLES.iter().map(|program| table(program)).collect();
    let mut good = 0;
    for case in 0..cases(400).cases {
        let mut dice = Dice(seed ^ u64::from(case).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let plan = &tables[dice.below(tables.len())];
        let length = 1 + dice.below(120);
        let bytes: Vec<u8> =
            (0..length).flat_map(|_| SCRAPS[dice.below(SCRAPS.len())]).copied().collect();
        for format in [Format::Csv, Format::Tsv, Format::Facts, Format::Jsonl] {
            let header = [HeaderRule::Auto, HeaderRule::Yes, HeaderRule::No][dice.below(3)];
            let whole = Cutting { block: 1 << 20, piece: 1 << 20, threads: 1 };
            let reading = Reading { format, header, keep: 1_000, bytes: None, cutting: whole };
            let serial = read(plan, &bytes, reading, whole);
            good += usize::from(serial.contains('('));
            let block = 1 + dice.below(60);
            let small = Cutting { block, piece: 1 + dice.below(20), threads: 1 + dice.below(4) };
            let parallel = read(plan, &bytes, reading, small);
            let shown = String::from_utf8_lossy(&bytes);
            let differs = serial.lines().zip(parallel.lines()).find(|(a, b)| a != b);
            assert!(
                serial == parallel,
                "case {case} {format:?} {header:?} {small:?}: {differs:?}\n{shown:?}"
            );
        }
    }
    assert!(good > 0);
}
