//! Packed data: gzip and zstd in and out, cut off, damaged and falsely named;
//! programs from stdin.

use bloom::connect::compress::Compression;

use crate::cli::bench::Bench;
use crate::cli::bench::ROUTES;

const LINKS: &[u8] = b"from,to,cost\nhome,work,12\nhome,park,3\npark,work,4\n";
const BOTH: [Compression; 2] = [Compression::Gzip, Compression::Zstd];

fn pack(format: Compression, text: &[u8]) -> Vec<u8> {
    format.pack(text).expect("a text can be packed")
}

#[test]
fn packed_files_are_read_by_name_and_by_content() {
    let plain = Bench::new(&[("routes.bloom", ROUTES)]);
    plain.put("data/link.csv", LINKS);
    let wanted = plain.run("run routes.bloom --facts data");
    for format in BOTH {
        let bench = Bench::new(&[("routes.bloom", ROUTES)]);
        // Two members after each other.
        let packed = [pack(format, &LINKS[..20]), pack(format, &LINKS[20..])].concat();
        bench.put(&format!("data/link.csv.{}", format.extension()), &packed);
        assert_eq!(bench.run("run routes.bloom --facts data"), wanted);
        bench.put("other.csv", &packed);
        let rows = |run: String| run.split_once('\n').map(|(_, rest)| rest.to_owned());
        let named = bench.run("run routes.bloom --in link=other.csv");
        assert_eq!(rows(named), rows(wanted.clone()));
        let piped = bench.run_with("run routes.bloom --in link=-", &packed);
        assert_eq!(rows(piped), rows(wanted.clone()));
        let json = b"{\"from\":\"home\",\"to\":\"x\",\"cost\":1}\n[\"x\",\"work\",1]\n";
        bench.put(&format!("l.jsonl.{}", format.extension()), &pack(format, json));
        let run = bench.run(&format!("run routes.bloom --in link=l.jsonl.{}", format.extension()));
        assert!(run.contains("cheapest(\"work\", 2)"), "{run}");
    }
}

#[test]
fn damaged_files_stop_the_run_at_their_place() {
    for format in BOTH {
        let extension = format.extension();
        let bench = Bench::new(&[("routes.bloom", ROUTES)]);
        let text: String = (0..60_000).map(|i| format!("a{i},b{},{i}\n", i * 7)).collect();
        let packed = pack(format, text.as_bytes());
        bench.put(&format!("l.csv.{extension}"), &packed[..packed.len() / 2]);
        let run = bench.run(&format!("run routes.bloom --in link=l.csv.{extension} --out o"));
        assert!(run.contains("ends too early: the file is cut off or damaged"), "{run}");
        let line =
            run.split(&format!("l.csv.{extension}:")).nth(1).and_then(|t| t.split(':').next());
        let line: u64 = line.and_then(|line| line.parse().ok()).unwrap_or(0);
        assert!((1_000..60_000).contains(&line), "{run}");
        assert!(run.ends_with("--- code 1\n"), "{run}");
        assert_eq!(bench.list("o"), [""; 0]);
        let flipped: Vec<u8> = packed
            .iter()
            .enumerate()
            .map(|(i, b)| if i == 20_000 { b ^ 255 } else { *b })
            .collect();
        bench.put(&format!("l.csv.{extension}"), &flipped);
        let run = bench.run(&format!("run routes.bloom --in link=l.csv.{extension}"));
        assert!(run.contains("damaged") && run.ends_with("--- code 1\n"), "{run}");
        bench.put(&format!("l.csv.{extension}"), LINKS);
        let run = bench.run(&format!("run routes.bloom --in link=l.csv.{extension}"));
        assert!(run.contains("but the content is something else"), "{run}");
        bench.put(&format!("l.csv.{extension}"), b"");
        let run = bench.run(&format!("run routes.bloom --in link=l.csv.{extension}"));
        assert!(run.contains("the file is empty, which no"), "{run}");
    }
}

#[test]
fn packed_results_are_the_plain_ones() {
    let bench = Bench::routes();
    bench.run("run routes.bloom --facts data --out plain --format tsv");
    for (flag, name) in [("gz", "cheapest.tsv.gz"), ("zst", "cheapest.tsv.zst")] {
        let out = bench.run(&format!(
            "run routes.bloom --facts data --out {flag} --format tsv --compress {flag}"
        ));
        assert_eq!(bench.list(flag), [name], "{out}");
        let program = "table cheapest(to: str, cost: int);\noutput o(to: str, cost: int);\n\
                       o(t, c) <= cheapest(t, c);\n";
        bench.put("again.bloom", program.as_bytes());
        bench.run(&format!("run again.bloom --facts {flag} --out again --format tsv"));
        assert_eq!(bench.read("again/o.tsv"), bench.read("plain/cheapest.tsv"));
    }
    let refused = bench.run("run routes.bloom --facts data --compress gz");
    assert!(refused.contains("--compress packs files: add --out DIR or --format"), "{refused}");
}

#[test]
fn bombs_meet_the_limit_of_memory() {
    for format in BOTH {
        let bench = Bench::new(&[("routes.bloom", ROUTES)]);
        let text: String = (0..400_000).map(|i| format!("a{i},b,{i}\n")).collect();
        bench.put("l.csv", &pack(format, text.as_bytes()));
        let run = bench.run("run routes.bloom --in link=l.csv --max-memory 3MiB");
        assert!(run.contains("reached --max-memory: 3.0 MiB, while"), "{run}");
        bench.put("l.csv", &pack(format, &vec![b'x'; 80 << 20]));
        let run = bench.run("run routes.bloom --in link=l.csv");
        assert!(run.contains("l.csv:1:1: this record is longer than 64 MiB"), "{run}");
        let mut open = b"a,\"".to_vec();
        open.resize(80 << 20, b'\n');
        bench.put("l.csv", &pack(format, &[b"a,b,1\n", &open[..]].concat()));
        let run = bench.run("run routes.bloom --in link=l.csv");
        assert!(run.contains("l.csv:2:1: this record is longer than 64 MiB; is a quote"), "{run}");
    }
}

#[test]
fn programs_come_from_stdin() {
    let bench = Bench::routes();
    let run = bench.run_with("run - --facts data", ROUTES.as_bytes());
    assert!(run.contains("cheapest("), "{run}");
    let run = bench.run_with("check -", b"output o(x: int);\no(y);\n");
    assert!(run.contains("<stdin>:2:3"), "{run}");
    let run = bench.run_with("run - --in link=-", ROUTES.as_bytes());
    assert!(run.contains("cannot be both the program and the rows"), "{run}");
    let run = bench.run_with("check - -", ROUTES.as_bytes());
    assert!(run.contains("stdin (`-`) can be read once"), "{run}");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_parquet_the_way_to_it_is_told() {
    let bench = Bench::routes();
    bench.put("l.parquet", b"PAR1");
    for flags in ["--in link=l.parquet", "--facts data --format parquet"] {
        let run = bench.run(&format!("run routes.bloom {flags}"));
        assert!(run.contains("`cargo build --release --features parquet`"), "{run}");
        assert!(run.ends_with("--- code 2\n"), "{run}");
    }
}
