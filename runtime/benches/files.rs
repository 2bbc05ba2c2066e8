//! Files in and out beside loops written by hand, in CPU seconds of all
//! threads, on the same generated rows and with the same allocator. One loop
//! reads, sorts, drops what is equal and writes, so that its bytes are the same
//! as ours; the other only reads and writes. `BLOOM_ROWS` says how many rows.
//! This room measures and prints; it judges nothing but that both agree.

use std::hint::black_box;

use bloom::cli::system;
use bloom::connect::export;
use bloom::connect::export::Export;
use bloom::connect::files::Format;
use bloom::connect::header::HeaderRule;
use bloom::connect::load;
use bloom::connect::load::Cutting;
use bloom::connect::load::Reading;
use bloom::connect::load::Store;
use bloom::connect::schema::Schema;
use bloom::connect::sort;
use bloom::connect::write::Form;
use bloom::kernel::Engine;
use bloom::value::interner::Interner;
use bloom::value::parse;
use bloom::value::text;
use bloom::value::word::float_word;
use bloom::value::word::word_float;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of a file, unless the variable says otherwise.
const ROWS: usize = 10_000_000;
/// Runs of which the fastest counts.
const RUNS: usize = 3;
const HEADER: &[u8] = b"a,b\n";

struct Rows(Engine);

impl Store for Rows {
    fn interner(&mut self) -> &mut Interner {
        self.0.interner_mut()
    }

    fn store(&mut self, rel: RelId, rows: &[u64], _: usize) -> usize {
        self.0.load(rel, rows).equal
    }

    fn expect(&mut self, rel: RelId, rows: usize) {
        self.0.expect(rel, rows);
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 20) % n
    }
}

fn file(rows: usize, mut row: impl FnMut(&mut Dice, &mut Vec<u8>)) -> Vec<u8> {
    let mut text = HEADER.to_vec();
    let mut dice = Dice(1);
    for _ in 0..rows {
        row(&mut dice, &mut text);
    }
    text
}

fn compiled(types: &str) -> plan::ir::Program {
    let program = format!("output table t({types});\n");
    let compiled = driver::check("bench.bloom", &program, &driver::Options::default());
    let (Some(typed), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        eprintln!("the program of the bench is wrong: {:?}", compiled.diagnostics);
        std::process::exit(1);
    };
    plan::build(typed, strata, &plan::Sizes::default())
}

fn ours(plan: &plan::ir::Program, file: &'static [u8]) -> Vec<u8> {
    let schema = Schema::new(plan, RelId(0), &[]);
    let mut rows = Rows(Engine::new(plan.clone()));
    let bytes = Some(file.len() as u64);
    let cutting = Cutting::default();
    let reading =
        Reading { format: Format::Csv, header: HeaderRule::Auto, keep: 1, bytes, cutting };
    let read =
        load::load(Box::new(file), None, &schema, &plan.types, reading, &mut rows, &mut |_| {});
    if let Err(error) = read {
        eprintln!("the file of the bench is wrong: {error:?}");
        std::process::exit(1);
    }
    let mut engine = rows.0;
    let count = engine.len(RelId(0));
    let words = engine.rows_as_they_lie(RelId(0));
    let cols: Vec<_> = schema.columns.iter().map(|column| column.ty).collect();
    let sorted = sort::sort(&plan.types, &cols, words, count, engine.interner());
    let of = Export {
        types: &plan.types,
        schema: &schema,
        interner: engine.interner(),
        form: Form::Csv,
        compression: None,
    };
    let mut out = Vec::with_capacity(file.len());
    let written = export::export(of, &sorted, &mut |bytes| {
        out.extend_from_slice(bytes);
        Ok(())
    });
    assert!(written.is_ok());
    out
}

/// The loop by hand: `read` and `write` of a row, and whether to sort.
fn by_hand<'f, R: Ord + Copy>(
    file: &'f [u8],
    sorted: bool,
    read: impl Fn(&'f [u8], &'f [u8]) -> R,
    write: impl Fn(&R, &mut Vec<u8>),
) -> Vec<u8> {
    let mut rows: Vec<R> = Vec::new();
    let mut at = HEADER.len();
    while at < file.len() {
        let comma = at + memchr::memchr(b',', &file[at..]).unwrap_or(0);
        let end = comma + memchr::memchr(b'\n', &file[comma..]).unwrap_or(0);
        rows.push(read(&file[at..comma], &file[comma + 1..end]));
        at = end + 1;
    }
    if sorted {
        rows.sort_unstable();
        rows.dedup();
    }
    let mut out = Vec::with_capacity(file.len());
    out.extend_from_slice(HEADER);
    for row in &rows {
        write(row, &mut out);
    }
    out
}

fn int(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let value = digits.iter().fold(0i64, |value, byte| value * 10 + i64::from(byte & 15));
    if negative { -value } else { value }
}

fn least(mut f: impl FnMut() -> Vec<u8>) -> (Vec<u8>, f64) {
    let mut best = (Vec::new(), f64::MAX);
    for _ in 0..RUNS {
        let start = system::cpu_seconds();
        let out = black_box(f());
        let took = system::cpu_seconds() - start;
        best = (out, best.1.min(took));
    }
    best
}

fn compare<R: Ord + Copy>(
    what: &str,
    types: &str,
    file: Vec<u8>,
    read: impl Fn(&'static [u8], &'static [u8]) -> R,
    write: impl Fn(&R, &mut Vec<u8>),
) {
    let plan = compiled(types);
    let file: &'static [u8] = file.leak();
    let (mine, time) = least(|| ours(&plan, file));
    let (wanted, same) = least(|| by_hand(file, true, &read, &write));
    let (_, plain) = least(|| by_hand(file, false, &read, &write));
    assert!(mine == wanted, "{what}: both sides must agree");
    println!(
        "{what:>12} {time:7.2} s, by hand {same:6.2} s, ratio {:5.2}; only read and written \
         {plain:6.2} s, ratio {:5.2}",
        time / same.max(1e-6),
        time / plain.max(1e-6)
    );
}

fn main() {
    let asked = std::env::var("BLOOM_ROWS").ok().and_then(|text| text.parse().ok());
    let rows: usize = asked.unwrap_or(ROWS);
    println!("CPU of all threads for {rows} rows of CSV in and out, least of {RUNS} runs");
    let pair = |a: i64, b: i64, out: &mut Vec<u8>| {
        text::int(a, out);
        out.push(b',');
        text::int(b, out);
        out.push(b'\n');
    };
    let ints = file(rows, |dice, out| {
        pair(dice.below(1 << 30) as i64, dice.below(10_000_000) as i64, out);
    });
    compare("ints", "a: int, b: int", ints, |a, b| (int(a), int(b)), |r, out| pair(r.0, r.1, out));
    let named = |a: i64, b: &[u8], out: &mut Vec<u8>| {
        text::int(a, out);
        out.push(b',');
        out.extend_from_slice(b);
        out.push(b'\n');
    };
    let texts = file(rows, |dice, out| {
        let user = format!("user-{}", dice.below(1_000_000));
        named(dice.below(1 << 30) as i64, user.as_bytes(), out);
    });
    let types = "a: int, b: str";
    compare("ints, texts", types, texts, |a, b| (int(a), b), |r, out| named(r.0, r.1, out));
    let floats = |a: u64, b: u64, out: &mut Vec<u8>| {
        text::float(word_float(a), out);
        out.push(b',');
        text::float(word_float(b), out);
        out.push(b'\n');
    };
    let file = file(rows, |dice, out| {
        let a = dice.below(1 << 40) as f64 / 1e9;
        let b = dice.below(1 << 20) as f64 / 1e3 - 500.0;
        floats(float_word(a), float_word(b), out);
    });
    let read = |text: &[u8]| float_word(parse::float(text).unwrap_or(f64::NAN));
    let types = "a: float, b: float";
    compare("floats", types, file, |a, b| (read(a), read(b)), |r, out| floats(r.0, r.1, out));
    println!("peak {} MB, files and results of the bench among them", system::peak_bytes() >> 20);
}
