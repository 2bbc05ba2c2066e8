//! What became of tests, for people: a line for each as it ends, and below
//! those that failed what was expected, what there is, and why.

use crate::cli::exit::Exit;
use crate::cli::stats::count;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;
use crate::cli::test::Suite;
use crate::cli::test::failure;
use crate::cli::test::told;
use crate::cli::test::told::Hunted;
use crate::cli::test::told::Told;
use crate::kernel::Limits;

/// Runs and reports; how many tests failed.
pub fn report(suites: &[Suite], limits: &Limits, talk: &Talk) -> Result<usize, Exit> {
    let (mut tests, mut failed, mut kept) = (0, 0, false);
    for suite in suites {
        if !talk.is_quiet() {
            write_out(talk, format!("{}\n", suite.name).as_bytes())?;
        }
        for test in &suite.wanted {
            let Some(told) = suite.run(*test, limits, talk)? else { continue };
            tests += 1;
            failed += usize::from(told.failed.is_some());
            write_out(talk, one(&told, talk).as_bytes())?;
            if !kept && told.report.is_some() {
                failure::keep(&told, talk)?;
                kept = true;
            }
        }
    }
    if tests > 0 {
        write_out(talk, summary(tests, failed).as_bytes())?;
    }
    Ok(failed)
}

fn one(told: &Told, talk: &Talk) -> String {
    let Some(failed) = &told.failed else {
        let runs = told.hunted.as_ref().map(|hunted| format!("   {}", runs(hunted)));
        let line = format!("  ok      {}{}\n", told.title, runs.unwrap_or_default());
        return if talk.is_quiet() { String::new() } else { line };
    };
    let mut out = match talk.is_quiet() {
        true => format!("FAILED  {} ({}:{})\n\n", told.title, told.suite.name, told.line),
        false => format!("  FAILED  {}\n\n", told.title),
    };
    let sources = &told.suite.tested.sources;
    match talk.drawn(sources, &failed.diagnostic) {
        Some(drawn) => out.push_str(&drawn),
        None => talk.diagnostics(sources, std::slice::from_ref(&failed.diagnostic)),
    }
    let rows = told::rows(failed);
    if !rows.is_empty() {
        out.push('\n');
        out.push_str(&rows);
    }
    let again = told.hunted.as_ref().and_then(|hunted| hunted.again.as_deref());
    if let Some(covered) = told.hunted.as_ref().and_then(|hunted| hunted.covered.as_deref()) {
        out.push_str(&format!("\n  searched: {covered}\n"));
    }
    if let (Some(report), Some(again)) = (&told.report, again)
        && report.charts.is_some()
    {
        out.push_str(&failure::show(report, sources, told.suite.failure.all, again));
        out.push('\n');
        return out;
    }
    let derivation = told.why();
    for line in derivation.iter().flat_map(|text| text.lines()).enumerate() {
        out.push_str(if line.0 == 0 { "\n" } else { "" });
        out.push_str(&format!("  {}\n", line.1));
    }
    if let Some(again) = again {
        out.push_str(&format!("\n  again: {again}\n"));
    }
    out.push('\n');
    out
}

/// What was tried, in few words.
fn runs(hunted: &Hunted) -> String {
    let before = match &hunted.covered {
        Some(covered) if hunted.events == 0 => return covered.clone(),
        Some(covered) => format!("{covered}; then "),
        None => String::new(),
    };
    let many = |n: u64, one: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{} {one}s", count(n)),
    };
    let faults = match hunted.faults {
        0 => String::new(),
        n => format!(", {} each", many(n as u64, "fault")),
    };
    let missed = match hunted.missed {
        0 => String::new(),
        n => format!(", {n} `sometimes` not reached"),
    };
    let (seeds, events) = (many(hunted.runs, "seed"), many(hunted.events, "event"));
    format!("{before}{seeds}, {events}{faults}{missed}")
}

fn summary(count: usize, failed: usize) -> String {
    let tests = |n: usize| if n == 1 { "1 test".to_owned() } else { format!("{n} tests") };
    match failed {
        0 => format!("{} passed\n", tests(count)),
        _ => format!("{failed} of {} failed\n", tests(count)),
    }
}
