//! Temporary.
use bloom_compiler::diag::Severity;
use bloom_compiler::names;
use bloom_compiler::oracle::random;
use bloom_compiler::source::SourceMap;
use bloom_compiler::syntax::parse;
#[test]
fn peek() {
    let mut bad = 0;
    let n = 2000;
    for seed in 0..n {
        let case = random::program(seed).case();
        let mut sources = SourceMap::default();
        let file = sources.add("x", case.source.clone());
        let parsed = parse::parse(file, &case.source);
        let mut diags = parsed.diagnostics;
        names::resolve(&parsed.module, &names::Options { set: vec![] }, &mut diags);
        let errors: Vec<_> = diags.iter().filter(|d| d.severity == Severity::Error).collect();
        if seed < 3 { println!("{}", case.source); }
        if !errors.is_empty() {
            bad += 1;
            if bad < 30 {
            for e in errors { println!("{seed}: {} {:?} {:?}", e.title, e.labels.first().map(|l| sources.text(l.span)), e.labels.first().map(|l| { let (line,_)=sources.file(l.span.file).line_col(l.span.lo); sources.file(l.span.file).line(line).to_string()})); } }
        }
    }
    println!("{bad} of {n}");
}
