//! Chains of ticks: what is undone was never there, what is collected was held
//! by nobody, and changes are what differs. Twins play the same pages, one of
//! them on a straight way.

use std::collections::BTreeMap;

use bloom::dataflow::node::Body;
use bloom::dataflow::node::Workers;
use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom::kernel::Machine;
use bloom::kernel::Rows;
use bloom::kernel::TickInput;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;

use crate::blocks::Block;
use crate::steps;
use crate::ticks;

/// The changes of a relation as text, with those before and after in order.
fn changes(machine: &mut Body, rel: usize) -> (Vec<String>, Vec<String>) {
    let changes = machine.changes(RelId(rel as u32));
    let engine = machine.engine();
    let declared = &engine.plan().rels[rel].declared;
    let text = |row: &Vec<u64>| {
        let word = |(d, &word): (&plan::ir::Declared, &u64)| {
            let mut out = Vec::new();
            bloom::value::text::literal(
                &engine.plan().types,
                d.ty,
                word,
                engine.interner(),
                &mut out,
            );
            String::from_utf8_lossy(&out).into_owned()
        };
        declared.iter().zip(row).map(word).collect::<Vec<_>>().join(", ")
    };
    let of = |sign: i8| {
        let some = changes.iter().filter(|change| change.0 == sign);
        some.map(|change| text(&change.1)).collect::<Vec<String>>()
    };
    (of(1), of(-1))
}

/// Plays a page with a machine that tries every tick before it takes it and
/// forgets values after it, beside one that does not, and has one worker.
fn play(program: &Block, wanted: &Block, workers: &Workers) -> Result<(), String> {
    let compiled = steps::compile(&program.text)?;
    let steps = steps::steps(&program.text, &compiled, &wanted.text)?;
    let typed = compiled.typed.as_ref().ok_or("there is no program")?;
    let count = typed.rels.len();
    let machine = |workers| ticks::machine(&compiled, workers).ok_or("there is no machine");
    let (mut straight, mut winding) = (machine(&ticks::workers(1))?, machine(workers)?);
    for rel in 0..count {
        straight.watch(RelId(rel as u32));
        winding.watch(RelId(rel as u32));
    }
    for (nth, step) in steps.iter().enumerate() {
        let before = straight.state_hash();
        if winding.state_hash() != before {
            return Err(format!("{}: the states differ", step.line));
        }
        // Two ticks that are undone, and one that stays.
        let input = ticks::words(&mut winding, &step.input);
        winding.begin();
        let tried = winding.tick(&input, &Limits::default());
        let tried = tried.and_then(|_| winding.tick(&TickInput::default(), &Limits::default()));
        winding.rollback();
        if winding.state_hash() != before {
            return Err(format!("{}: undone, the state is another ({tried:?})", step.line));
        }
        let played = ticks::by_machine(&compiled, &mut straight, &step.input);
        let again = ticks::by_machine(&compiled, &mut winding, &step.input);
        let is_open = workers.seen.is_none();
        let alike = match (&played, &again) {
            (Some(Ok(played)), Some(Ok(again))) if !is_open => played.own == again.own,
            _ => played == again,
        };
        if !alike {
            return Err(format!("{}: wanted {played:?}\nfound {again:?}", step.line));
        }
        if is_open && matches!(played, Some(Ok(_))) {
            for rel in 0..count {
                if changes(&mut straight, rel) != changes(&mut winding, rel) {
                    let name = &typed.rels[rel].name;
                    return Err(format!("{}: changes of {name} differ", step.line));
                }
            }
        }
        if nth % 2 == 1 {
            winding.collect_but(&[], &[]);
        }
    }
    Ok(())
}

#[test]
fn what_is_undone_was_never_there() {
    ticks::on_every_page(|program, wanted| play(program, wanted, &ticks::workers(1)));
}

#[test]
fn what_many_workers_undo_was_never_there() {
    ticks::on_every_page(|program, wanted| play(program, wanted, &ticks::workers(3)));
}

#[test]
fn workers_that_nobody_looks_at_have_the_same_state() {
    let unseen = Workers { seen: Some(Vec::new()), ..ticks::workers(2) };
    ticks::on_every_page(|program, wanted| play(program, wanted, &unseen));
}

/// A machine of a program, and the numbers of its collections.
fn node(text: &str) -> (Machine, BTreeMap<String, RelId>) {
    let compiled: Compiled = driver::check("test.bloom", text, &driver::Options::default());
    let (typed, strata) = compiled.typed.zip(compiled.strata).expect("the program is right");
    let engine = Engine::new(plan::build(&typed, &strata, &Sizes::default()));
    let rels = typed.rels.iter().enumerate();
    // Stages have the names of their targets, and come after them.
    let rels = rels.rev().map(|(at, rel)| (rel.name.clone(), RelId(at as u32))).collect();
    (Machine::new(&typed, engine), rels)
}

fn chain(machine: &mut Machine, input: &TickInput) {
    machine.begin();
    let mut own = machine.tick(input, &Limits::default()).expect("the tick goes well").own;
    while own {
        own = machine.tick(&TickInput::default(), &Limits::default()).expect("so does its own").own;
    }
    machine.commit();
}

#[test]
fn a_million_texts_that_come_and_go_leave_nothing() {
    const TEXTS: usize = 1_000_000;
    const BATCH: usize = 5_000;
    let (mut machine, rels) = node(
        "input come(t: str, n: int);\ninput go(t: str);\n\
         table all(t: str, n: int);\nview long(t: str);\n\
         all(t, n) <+ come(t, n);\nall(t, _) <- go(t);\nlong(t) <= all(t, n), n > 3;\n",
    );
    let (come, go) = (rels["come"], rels["go"]);
    let rows = |machine: &mut Machine, rel: RelId, from: usize| {
        let mut words = Vec::new();
        for n in from..from + BATCH {
            words.push(machine.engine_mut().interner_mut().bytes(format!("text {n}").as_bytes()));
            if rel == come {
                words.push(n as u64);
            }
        }
        let insert = vec![Rows { rel, count: BATCH, words }];
        TickInput { delete: Vec::new(), insert }
    };
    // Some stay all the time.
    let input = rows(&mut machine, come, TEXTS);
    chain(&mut machine, &input);
    machine.collect(&[]);
    let (before, hash) = (machine.bytes(), machine.state_hash());
    let mut most = 0;
    for from in (0..TEXTS).step_by(BATCH) {
        for rel in [come, go] {
            let input = rows(&mut machine, rel, from);
            chain(&mut machine, &input);
            if machine.wants_collect() {
                machine.collect(&[]);
            }
        }
        most = most.max(machine.bytes());
    }
    machine.collect(&[]);
    assert_eq!(machine.state_hash(), hash);
    assert_eq!(machine.engine().len(rels["all"]), BATCH);
    let after = machine.bytes();
    assert!(after * 100 <= before * 105, "{after} bytes after {before}");
    assert!(most <= before * 20, "never many more than in use: {most} bytes after {before}");
}
