//! The canonical programs: what the analysis finds of every program in
//! `spec/calm/*.md` must be what stands under it, no more and no less. What is
//! right is known by the pages alone.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use bloom_compiler::calm::invariants;
use bloom_compiler::calm::invariants::Operation;
use bloom_compiler::calm::model::Answer;
use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Code;
use bloom_compiler::calm::model::Goal;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Verdict;
use bloom_compiler::calm::model::What;
use bloom_compiler::calm::proof::Dependence;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::types::typed::Lit;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Rel;
use bloom_compiler::types::typed::Rule;

use crate::blocks;
use crate::blocks::Block;
use crate::calm_proofs;
use crate::calm_proofs::At;

/// The least number of programs that the pages hold.
const AT_LEAST: usize = 140;

/// The least number of invariants in programs without roles.
const LEAST_INVARIANTS: usize = 30;

/// The least number of proofs that are checked.
const LEAST_PROOFS: usize = 300;

/// A program with what is to be found.
pub struct Case {
    /// Page, line and title.
    pub name: String,
    /// Its text.
    pub program: String,
    wanted: Wanted,
}

/// What stands in a block `calm`, or was found.
#[derive(Default)]
struct Wanted {
    /// For each observable the answer.
    answers: BTreeMap<String, Wish>,
    /// `fault CALM011`, `fault`.
    faults: Vec<String>,
    /// The number of different points, where it is said.
    points: Option<usize>,
}

/// What an observable answers.
#[derive(Clone, PartialEq, Eq)]
pub enum Wish {
    /// `free`, `threshold`, `declared`.
    Word(String),
    /// What is waited for.
    Points(BTreeSet<PointWish>),
}

/// `seal(action by session)`, with what is said of it beside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PointWish {
    /// Kind, relation, key.
    what: String,
    code: Option<String>,
    severity: Option<String>,
    accepted: bool,
}

impl PointWish {
    /// Whether what was found is this, as far as it says.
    fn is_met_by(&self, found: &PointWish) -> bool {
        self.what == found.what
            && (self.code.is_none() || self.code == found.code)
            && (self.severity.is_none() || self.severity == found.severity)
            && self.accepted == found.accepted
    }

    fn text(&self) -> String {
        let accepted = self.accepted.then(|| "accepted".to_string());
        let beside = [&self.code, &self.severity, &accepted];
        let beside = beside.into_iter().flatten().map(|word| format!(" {word}"));
        self.what.clone() + &beside.collect::<String>()
    }
}

impl Wish {
    fn text(&self) -> String {
        match self {
            Wish::Word(word) => word.clone(),
            Wish::Points(points) => {
                points.iter().map(PointWish::text).collect::<Vec<_>>().join(" + ")
            }
        }
    }

    fn is_met_by(&self, found: &Wish) -> bool {
        match (self, found) {
            (Wish::Points(wanted), Wish::Points(found)) => {
                wanted.len() == found.len()
                    && wanted.iter().all(|w| found.iter().any(|f| w.is_met_by(f)))
            }
            _ => self == found,
        }
    }

    /// Whether a page could mean it: a word of the list, or points.
    fn is_known(&self) -> bool {
        match self {
            Wish::Word(word) => ["free", "threshold", "declared"].contains(&word.as_str()),
            Wish::Points(points) => !points.is_empty(),
        }
    }
}

impl Case {
    /// What its page says of an observable: `output total`.
    pub fn answer(&self, of: &str) -> Option<&Wish> {
        self.wanted.answers.get(of)
    }
}

/// Those that are looked at from all sides.
pub fn cases() -> Vec<Case> {
    cases_in("spec/calm")
}

/// The programs of the pages in a folder.
fn cases_in(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).expect("the folder of the canonical programs");
    let mut paths: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "md"));
    paths.sort();
    let mut out = Vec::new();
    for path in paths {
        let stem = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
        let page = std::fs::read_to_string(&path).expect("a page can be read");
        let mut program: Option<Block> = None;
        for block in blocks::blocks(&page) {
            if block.is_program() {
                assert!(program.is_none(), "{stem}:{} has no block `calm`", block.line);
                program = Some(block);
            } else if block.lang() == "calm" {
                let of = program.take().expect("a program stands before `calm`");
                let name = format!("{stem}:{} {}", of.line, of.heading);
                let wanted = wanted(&name, &block.text);
                out.push(Case { name, program: of.text, wanted });
            }
        }
        let of = |word: &str| page.lines().filter(|line| line.starts_with(word)).count();
        let programs = of("```bloom");
        assert_eq!(of("Source: "), programs, "{stem}: each program has one source");
        assert_eq!(of("Why: "), programs, "{stem}: each program says why");
    }
    out
}

/// A block `calm`.
fn wanted(name: &str, text: &str) -> Wanted {
    let mut out = Wanted::default();
    for line in text.lines() {
        if let Some(number) = line.strip_prefix("points ") {
            out.points = number.trim().parse().ok();
            assert!(out.points.is_some(), "{name}: a number stands behind `points`");
        } else if line == "fault" || line.starts_with("fault ") {
            out.faults.push(line.to_string());
        } else {
            let (of, answer) = line.split_once(": ").expect("an observable, a colon, an answer");
            let answer = wish(answer.trim());
            assert!(answer.is_known(), "{name}: `{line}` is no answer");
            out.answers.insert(of.to_string(), answer);
        }
    }
    assert!(!out.answers.is_empty(), "{name}: something can be observed");
    out
}

fn wish(text: &str) -> Wish {
    if !text.contains('(') {
        return Wish::Word(text.to_string());
    }
    let point = |text: &str| {
        let end = text.find(')').map_or(text.len(), |at| at + 1);
        let words: Vec<&str> = text[end..].split_whitespace().collect();
        let found = |of: &dyn Fn(&&str) -> bool| {
            words.iter().copied().find(|word| of(word)).map(str::to_string)
        };
        PointWish {
            what: text[..end].trim().to_string(),
            code: found(&|word| word.starts_with("CALM")),
            severity: found(&|word| ["run", "replica", "diverge"].contains(word)),
            accepted: words.contains(&"accepted"),
        }
    };
    Wish::Points(text.split(" + ").map(point).collect())
}

/// What was found, in the form of the pages.
fn found(report: &Report) -> Wanted {
    let answer = |verdict: &Verdict| match verdict.answer {
        Answer::Free => Wish::Word("free".into()),
        Answer::Threshold => Wish::Word("threshold".into()),
        Answer::Declared => Wish::Word("declared".into()),
        Answer::Waits => {
            let points = verdict.points.iter().filter_map(|id| report.point(id));
            Wish::Points(points.map(point_found).collect())
        }
    };
    let what = |verdict: &Verdict| match verdict.what {
        What::Output => "output",
        What::Invariant => "invariant",
        What::Channel => "channel",
    };
    let goal = |verdict: &Verdict| match verdict.goal {
        Goal::Final | Goal::Invariant => String::new(),
        goal => format!(" ({})", goal.word()),
    };
    let named = |v: &Verdict| (format!("{} {}{}", what(v), v.name.text(), goal(v)), answer(v));
    let fault = |code: Option<Code>| match code {
        Some(code) => format!("fault {}", code.text()),
        None => "fault".to_string(),
    };
    let points: BTreeSet<String> = report.points.iter().map(|p| point_found(p).what).collect();
    Wanted {
        answers: report.verdicts.iter().map(named).collect(),
        faults: report.faults.iter().map(|f| fault(f.code)).collect(),
        points: Some(points.len()),
    }
}

fn point_found(point: &Point) -> PointWish {
    let by = match point.key.is_empty() {
        true => String::new(),
        false => format!(" by {}", point.key.join(", ")),
    };
    PointWish {
        what: format!("{}({}{by})", point.kind.word(), point.relation.text()),
        code: Some(point.code.text()),
        severity: Some(point.severity.word().to_string()),
        accepted: point.accepted.is_some(),
    }
}

/// The differences, line by line; none where all is as written.
fn differences(case: &Case) -> Vec<String> {
    let options = driver::Options::default();
    let compiled = driver::check("program.bloom", &case.program, &options);
    if let Some(error) = compiled.diagnostics.iter().find(|d| d.is_error()) {
        return vec![format!("the program is not right: {}", error.title)];
    }
    let report = compiled.report(&Assume::default());
    let found = found(&report);
    let mut out = Vec::new();
    for (of, wish) in &case.wanted.answers {
        match found.answers.get(of) {
            Some(answer) if wish.is_met_by(answer) => {}
            answer => {
                let answer = answer.map_or("nothing".to_string(), Wish::text);
                out.push(format!("{of}: wanted {}, found {answer}", wish.text()));
            }
        }
    }
    for (of, answer) in &found.answers {
        if !case.wanted.answers.contains_key(of) {
            out.push(format!("{of}: not asked for, found {}", answer.text()));
        }
    }
    if case.wanted.faults != found.faults {
        let [wanted, found] = [&case.wanted.faults, &found.faults].map(|f| f.join(", "));
        out.push(format!("faults: wanted [{wanted}], found [{found}]"));
    }
    let shown: BTreeSet<&String> = report.verdicts.iter().flat_map(|v| &v.points).collect();
    for point in report.points.iter().filter(|p| !shown.contains(&p.id)) {
        out.push(format!("no observable has the point {}", point_found(point).text()));
    }
    if case.wanted.points.is_some() && case.wanted.points != found.points {
        let [wanted, found] = [case.wanted.points, found.points].map(Option::unwrap_or_default);
        out.push(format!("points: wanted {wanted}, found {found}"));
    }
    out
}

#[test]
fn canonical_programs_are_judged_as_written() {
    let mut cases = cases();
    cases.extend(cases_in("spec/calm/more"));
    assert!(cases.len() >= AT_LEAST, "{} programs are too few", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let differences = differences(case);
        if !differences.is_empty() {
            wrong.push(format!("{}\n    {}", case.name, differences.join("\n    ")));
        }
    }
    let (all, bad) = (cases.len(), wrong.len());
    assert!(bad == 0, "{bad} of {all} programs are judged otherwise:\n\n{}\n", wrong.join("\n"));
}

/// The rows of the pages about invariants, decided by the room that owns them.
#[test]
fn invariants_are_decided_from_the_rules() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for case in cases() {
        let options = driver::Options::default();
        let compiled = driver::check("program.bloom", &case.program, &options);
        let Some(program) = compiled.typed.as_ref().filter(|_| compiled.roles.is_empty()) else {
            continue;
        };
        for found in invariants::breaks(program, &|_| false) {
            let name = &program.rels[found.invariant.index()].name;
            seen += 1;
            let answer = match found.operations.is_empty() {
                true => Wish::Word("free".into()),
                false => {
                    Wish::Points(found.operations.iter().map(|o| exclusive(program, o)).collect())
                }
            };
            match case.wanted.answers.get(&format!("invariant {name}")) {
                Some(wish) if wish.is_met_by(&answer) => {}
                wish => {
                    let wish = wish.map_or("nothing".to_string(), Wish::text);
                    wrong.push(format!("{}: wanted {wish}, found {}", case.name, answer.text()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(seen >= LEAST_INVARIANTS, "{seen} invariants are too few");
}

fn exclusive(program: &Program, operation: &Operation) -> PointWish {
    let rel = &program.rels[operation.rel.index()];
    let key: Vec<&str> = operation.key.iter().map(|at| rel.cols[*at].name.as_str()).collect();
    let by = if key.is_empty() { String::new() } else { format!(" by {}", key.join(", ")) };
    PointWish {
        what: format!("exclusive({}{by})", rel.name),
        code: Some(Code::InvariantBreaksOnMerge.text()),
        severity: None,
        accepted: false,
    }
}

/// What is claimed of a verdict follows from the rules, step by step.
#[test]
fn proofs_of_canonical_programs_hold() {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for case in cases() {
        let more = calm_proofs::MORE_THAN_SIGNS.iter().any(|(title, _)| case.name.ends_with(title));
        let found = unproven(&case, &mut checked);
        match more {
            true if found.is_empty() => wrong.push(format!("{}: signs are enough", case.name)),
            true => {}
            false => wrong.extend(found),
        }
    }
    assert!(wrong.is_empty(), "{} of {checked}\n{}\n", wrong.len(), wrong.join("\n"));
    assert!(checked >= LEAST_PROOFS, "{checked} proofs are too few");
}

/// The least number of programs of the other pages that signs alone prove. The
/// checker cannot follow the others; many of them look into what is denied, but it
/// has not been said of each what it rests on.
const LEAST_BY_SIGNS: usize = 258;

/// Where one claim is left out the rest is no proof, but for one in fifty at most.
#[test]
fn a_proof_that_claims_too_little_is_none() {
    let (mut missed, mut all) = (0, 0);
    for case in cases() {
        each_proof(&case, &mut |_, of, faults| {
            for at in (0..of.between.len()).filter(|at| of.between[*at].name != of.input) {
                let mut less = of.clone();
                less.between.remove(at);
                all += 1;
                missed += usize::from(faults(&less).is_empty());
            }
        });
    }
    assert!(missed * 50 < all && all > 500, "{missed} of {all}");
}

/// Of what was taken from the field later most is proven by signs alone too.
#[test]
fn proofs_of_most_other_programs_hold() {
    let cases = cases_in("spec/calm/more");
    let open = |case: &&Case| !unproven(case, &mut 0).is_empty();
    let left: Vec<&str> = cases.iter().filter(open).map(|case| &*case.name).collect();
    let proven = cases.len() - left.len();
    assert!(proven >= LEAST_BY_SIGNS, "{proven} are too few; not:\n{}\n", left.join("\n"));
}

/// The steps of a program's proofs that do not follow.
fn unproven(case: &Case, checked: &mut usize) -> Vec<String> {
    let mut found = Vec::new();
    each_proof(case, &mut |name, of, faults| {
        *checked += 1;
        let told = |fault| format!("{}: {name} to {}: {fault}", case.name, of.input.text());
        found.extend(faults(of).into_iter().map(told));
    });
    found
}

/// What is wrong with a dependence, if anything.
type Checker<'a> = &'a dyn Fn(&Dependence) -> Vec<String>;

/// Each proof of a program by the name of its observable, with who checks it.
fn each_proof(case: &Case, f: &mut dyn FnMut(&str, &Dependence, Checker<'_>)) {
    let compiled = driver::check("program.bloom", &case.program, &driver::Options::default());
    let programs: Vec<&Program> = match compiled.roles.is_empty() {
        true => compiled.typed.iter().collect(),
        false => compiled.roles.iter().map(|role| &role.typed).collect(),
    };
    for verdict in compiled.report(&Assume::default()).verdicts {
        let rules = behind(&programs, (verdict.role_at, verdict.rel));
        let once = verdict.answer != Answer::Waits;
        let faults = |of: &Dependence| calm_proofs::faults(&programs, &rules, of, once);
        verdict.proof.inputs.iter().for_each(|of| f(&verdict.name.text(), of, &faults));
    }
}

/// The rules on which an observable hangs, each with where its rows end up.
fn behind<'a>(programs: &[&'a Program], shown: At) -> Vec<(usize, &'a Rule, Vec<At>)> {
    let all = programs.iter().enumerate().flat_map(|(role, program)| {
        let rules = program.rules.iter().filter(|rule| !rule.is_fact);
        rules.map(move |rule| (role, rule, targets(programs, role, rule.head)))
    });
    let all: Vec<_> = all.collect();
    let mut known = BTreeSet::from([shown]);
    loop {
        let before = known.len();
        for (role, rule, targets) in &all {
            if targets.iter().any(|at| known.contains(at)) {
                atoms(&rule.body.lits, &mut |rel| {
                    known.insert((*role, rel));
                });
            }
        }
        if known.len() == before {
            break;
        }
    }
    let within = |(role, rule, mut targets): (usize, &'a Rule, Vec<At>)| {
        targets.retain(|at| known.contains(at));
        (role, rule, targets)
    };
    all.into_iter().map(within).collect()
}

/// Where the rows of a head end up: a message in every role that hears it.
fn targets(programs: &[&Program], role: usize, head: RelId) -> Vec<At> {
    let rels = &programs[role].rels;
    let to = match rels[head.index()].kind {
        RelKind::Stage(Stage::Send, to) => &rels[to.index()],
        RelKind::Stage(_, to) => return vec![(role, to)],
        _ => return vec![(role, head)],
    };
    let hears = |rel: &Rel| rel.name == to.name && rel.kind == to.kind;
    let heard = programs
        .iter()
        .enumerate()
        .filter_map(|(at, program)| Some((at, RelId(program.rels.iter().position(hears)? as u32))));
    heard.collect()
}

fn atoms(lits: &[Lit], f: &mut dyn FnMut(RelId)) {
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) => f(atom.rel),
            LitKind::Not(inner) | LitKind::All { lits: inner, .. } => atoms(inner, f),
            LitKind::Or(branches) => branches.iter().for_each(|lits| atoms(lits, f)),
            LitKind::Else { atom, otherwise, .. } => {
                f(atom.rel);
                atoms(otherwise, f);
            }
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
        }
    }
}
