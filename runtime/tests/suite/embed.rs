//! The library as an embedding program sees it: rows in and out, functions
//! that are not written in the language, and everything that can go wrong.

use std::collections::BTreeSet;
use std::rc::Rc;

use bloom::Error;
use bloom::Grows;
use bloom::Limits;
use bloom::Natives;
use bloom::Program;
use bloom::Value;
use bloom_compiler::driver;
use bloom_compiler::driver::NativeSignature;
use bloom_compiler::ids::NativeId;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::native::Growth;
use bloom_compiler::oracle;
use bloom_compiler::types::typed;

const ROUTES: &str = "table link(from: str, to: str, cost: int);
    view route(from: str, to: str, cost: Min<int>);
    route(a, b, c) <= link(a, b, c);
    route(a, d, c1 + c2) <= route(a, b, c1), link(b, d, c2);
    output cheapest(to: str, cost: int);
    cheapest(b, c) <= route(\"a\", b, c);";

#[test]
fn sessions_of_one_program_are_apart() {
    fn can_be_sent<T: Send + Sync>(_: &T) {}
    let program = Program::compile("routes.bloom", ROUTES).expect("it is right");
    can_be_sent(&program);
    let cost = |c: i64| {
        let mut session = program.start();
        session.insert("link", [("a", "b", c), ("b", "c", 2)]).expect("rows fit");
        session.run().expect("it ends");
        session.rows::<(String, i64)>("cheapest").expect("it is there").collect::<Vec<_>>()
    };
    assert_eq!(cost(1), [("b".to_owned(), 1), ("c".to_owned(), 3)]);
    let other = std::thread::scope(|scope| scope.spawn(|| cost(5)).join().expect("it runs"));
    assert_eq!(other, [("b".to_owned(), 5), ("c".to_owned(), 7)]);
}

#[test]
fn any_value_goes_in_and_comes_out() {
    let text = "enum Shape { Dot, Box(int, float) }
        type At = { x: int, y: int };
        table t(k: nat, s: Shape, at: At, l: [str], o: int?, m: {int}, j: json, b: bool);
        output o(k: nat, s: Shape, at: At, l: [str], o: int?, m: {int}, j: json, b: bool);
        o(k, s, a, l, o, m, j, b) <= t(k, s, a, l, o, m, j, b);"
        .replace("{int}", "Set<int>");
    let program = Program::compile("t.bloom", &text).expect("it is right");
    let row = |k: i64, shape: Value| {
        vec![
            Value::Int(k),
            shape,
            Value::Record(vec![Value::Int(1), Value::Int(-2)]),
            Value::List(vec![Value::Str("ä".into())]),
            Value::Some(Box::new(Value::Int(7))),
            Value::Set(vec![Value::Int(1), Value::Int(2)]),
            Value::Json("{\"a\":[1,null]}".into()),
            Value::Bool(true),
        ]
    };
    let boxed = Value::Enum("Box".into(), vec![Value::Int(3), Value::Float(0.5)]);
    let rows = vec![row(1, boxed), row(2, Value::Enum("Dot".into(), vec![]))];
    let mut session = program.start();
    assert_eq!(session.insert("t", rows.clone()).expect("rows fit"), 2);
    let bad = session.insert("t", [row(-1, Value::None)]).expect_err("it is negative");
    assert_eq!(bad.to_string(), "column k of `t`: expected nat, found Int(-1)");
    session.run().expect("it ends");
    assert_eq!(session.rows::<Vec<Value>>("o").expect("it is there").collect::<Vec<_>>(), rows);
}

#[test]
fn what_is_wrong_is_told_as_data() {
    let wrong = Program::compile("p.bloom", "output o(a: int); o(b) <= t(b);").expect_err("no t");
    assert_eq!(wrong.all[0].code.to_string(), "B0101");
    assert!(wrong.to_string().contains("p.bloom"), "{wrong}");
    let program = Program::compile("routes.bloom", ROUTES).expect("it is right");
    let mut session = program.start();
    let said = |error: Result<usize, Error>| error.expect_err("it does not fit").to_string();
    assert_eq!(
        said(session.insert("lnik", [("a", 1)])),
        "unknown collection `lnik`; did you mean `link`?"
    );
    assert_eq!(said(session.insert("link", [("a", 1)])), "rows of `link` have 3 columns, not 2");
    assert_eq!(
        said(session.insert("link", [("a", 1, 1)])),
        "column to of `link`: expected str, found 1"
    );
    assert_eq!(
        said(session.insert("route", [("a", "b", 1)])),
        "only the rules of the program fill `route`"
    );
    let bad = session.load_csv("link", &b"a,b,1\na,c,x\n"[..]).expect_err("x is no int");
    assert!(bad.to_string().starts_with("bad records: line 2: "), "{bad}");
    assert_eq!(session.load_csv("link", &b"a,b,1\na,c,4\n"[..]).expect("rows fit"), 2);
    session.run().expect("it ends");
    assert!(matches!(session.run(), Err(Error::OutOfTurn(_))));
    assert_eq!(session.rows::<(String, i64)>("cheapest").expect("it is there").count(), 2);
    let other = session.rows::<(i64, i64)>("cheapest").expect_err("texts are no numbers");
    assert_eq!(other.to_string(), "column to of `cheapest`: a column of type str is no i64");
}

#[test]
fn limits_and_failures_end_a_run() {
    let text = "table t(a: int); output o(a: int); o(a) <= t(a); o(a + 1) <= o(a);";
    let mut session = Program::compile("p.bloom", text).expect("it is right").start();
    session.insert("t", [(1,)]).expect("rows fit");
    let limits = Limits { rounds: Some(50), ..Limits::default() };
    match session.run_within(&limits) {
        Err(Error::Failed(why)) => assert_eq!(why.all[0].code.to_string(), "B0601"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(session.rows::<(i64,)>("o"), Err(Error::OutOfTurn(_))));
}

fn natives() -> Natives {
    let mut natives = Natives::new();
    natives.add("common", |a: &str, b: &str| {
        a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count() as i64
    });
    natives.add("half", |n: i64| (n % 2 == 0).then_some(n / 2));
    natives.add("checked", |n: i64| if n < 0 { Err(format!("{n} is negative")) } else { Ok(n) });
    natives.add("burst", |n: i64| -> i64 {
        if n == 13 { panic!("unlucky {n}") } else { n }
    });
    natives.add("doubled", |n: i64| n.saturating_mul(2)).grows(0, Grows::Max, Grows::Max);
    natives.add("letters", |s: String| s.chars().map(String::from).collect::<BTreeSet<String>>());
    natives
}

/// The only column of `o`, as ints, for ints in `t`.
fn ints(text: &str, given: &[i64]) -> Result<Vec<i64>, String> {
    let text = format!("table t(n: int); output o(n: int); {text}");
    let program = Program::builder("p.bloom", &text).natives(natives()).compile();
    let mut session = program.map_err(|why| format!("{why:?}"))?.start();
    session.insert("t", given.iter().map(|n| (*n,))).map_err(|why| why.to_string())?;
    session.run().map_err(|why| why.to_string())?;
    Ok(session.rows::<(i64,)>("o").map_err(|why| why.to_string())?.map(|(n,)| n).collect())
}

#[test]
fn native_functions_are_called() {
    assert_eq!(ints("o(common(\"roses\", \"rosa\") + n) <= t(n);", &[1]), Ok(vec![4]));
    assert_eq!(ints("o(half(n)) <= t(n);", &[1, 2, 4]), Ok(vec![1, 2]));
    assert_eq!(ints("o(m) <= t(n), m = half(half(n));", &[2, 4]), Ok(vec![1]));
    assert_eq!(ints("o(checked(n)) <= t(n), n >= 0;", &[-1, 3]), Ok(vec![3]));
    assert_eq!(ints("o(size(letters(\"abba\")) + n) <= t(n);", &[0]), Ok(vec![2]));
    assert_eq!(ints("fn twice(n: int): int = doubled(n); o(twice(n)) <= t(n);", &[4]), Ok(vec![8]));
}

#[test]
fn failing_functions_fail_the_run() {
    let said = ints("o(checked(n)) <= t(n);", &[5, -3, -2]).expect_err("it fails");
    assert!(said.contains("B0701"), "{said}");
    assert!(said.contains("the native function `checked` failed: -3 is negative"), "{said}");
    assert!(said.contains("n = -3"), "{said}");
    let said = ints("o(burst(n)) <= t(n);", &[5, 13]).expect_err("it fails");
    assert!(said.contains("the native function `burst` failed: it panicked: unlucky 13"), "{said}");
}

#[test]
fn growth_is_what_was_declared() {
    // Without `grows` the recursion would go through a revealed value.
    let rules = |f: &str| {
        format!(
            "view best(=> n: Max<int>); best(n) <= t(n);
             best({f}(n)) <= best(n), n < 100; o(n) <= best(n);"
        )
    };
    let threshold = |f: &str| rules(f).replace("n < 100", "t(_)");
    let said = ints(&threshold("checked"), &[3]).expect_err("it reveals");
    assert!(said.contains("B0403"), "{said}");
    assert_eq!(ints(&threshold("doubled"), &[3]), Ok(vec![i64::MAX]));
}

#[test]
fn names_are_judged_as_all_others() {
    let unknown = ints("o(doubeld(n)) <= t(n);", &[]).expect_err("a slip");
    assert!(unknown.contains("B0204"), "{unknown}");
    let types = ints("o(doubled(\"a\")) <= t(n);", &[]).expect_err("no int");
    assert!(types.contains("B0201"), "{types}");
    let count = ints("o(doubled(n, n)) <= t(n);", &[]).expect_err("too many");
    assert!(count.contains("B0109") || count.contains("argument"), "{count}");
    let twice = ints("fn doubled(n: int): int = n; o(n) <= t(n);", &[]).expect_err("taken");
    assert!(twice.contains("doubled"), "{twice}");
    let mut shadowing = Natives::new();
    shadowing.add("length", |n: i64| n);
    let said = Program::builder("p.bloom", "").natives(shadowing).compile().expect_err("taken");
    assert_eq!(said.all[0].code.to_string(), "B0219");
    let mut odd = Natives::new();
    odd.add("Odd name", |n: i64| n);
    let said = Program::builder("p.bloom", "").natives(odd).compile().expect_err("no name");
    assert!(said.all.iter().any(|d| d.code.to_string() == "B0224"), "{said:?}");
}

/// The oracle's own functions: half of even numbers, and what fails below zero.
struct Plain;

impl oracle::Natives for Plain {
    fn call(
        &self,
        id: NativeId,
        args: &[oracle::Value],
        _: &typed::Expr,
        _: &typed::Program,
    ) -> Result<Option<oracle::Value>, String> {
        match (id.0, args) {
            (0, [oracle::Value::Int(n)]) => Ok((n % 2 == 0).then_some(oracle::Value::Int(n / 2))),
            (1, [oracle::Value::Int(n)]) if *n < 0 => Err(format!("{n} is negative")),
            (1, [oracle::Value::Int(n)]) => Ok(Some(oracle::Value::Int(*n))),
            _ => Err("unknown".into()),
        }
    }
}

#[test]
fn kernel_and_oracle_call_alike() {
    let text = "table t(n: int); output o(n: int);
        view low(k: int => n: Min<int>);
        low(n, checked(n)) <= t(n), n > 0 - 100;
        o(half(n)) <= t(n);
        o(half(m) + checked(n)) <= t(n), low(n, m), not t(half(n));";
    let signature = |name: &str, fails| NativeSignature {
        name: name.into(),
        params: vec!["int".into()],
        result: "int".into(),
        fails,
        partial: !fails,
        growth: Growth::default(),
    };
    let natives = vec![signature("half", false), signature("checked", true)];
    let options = driver::Options { natives, ..driver::Options::default() };
    let compiled = driver::check("p.bloom", text, &options);
    let (typed, strata) = (compiled.typed.expect("typed"), compiled.strata.expect("right"));
    for given in [vec![1, 2, 3, 4, 8], vec![6, -7, 12], vec![-200, 4], vec![]] {
        let rows = given.iter().map(|n| vec![oracle::Value::Int(*n)]).collect();
        let input = oracle::Input { rows: [(RelId(0), rows)].into() };
        let expected = oracle::with_natives(Rc::new(Plain), || {
            oracle::run(&typed, &strata.of_rule, strata.count, &input, &Default::default())
        });
        let expected = expected.map(|state| {
            let ints = state.rows[1].iter().map(|row| match row[0] {
                oracle::Value::Int(n) => n,
                _ => i64::MIN,
            });
            ints.collect::<Vec<i64>>()
        });
        let mut natives = Natives::new();
        natives.add("half", |n: i64| (n % 2 == 0).then_some(n / 2));
        natives.add(
            "checked",
            |n: i64| {
                if n < 0 { Err(format!("{n} is negative")) } else { Ok(n) }
            },
        );
        let program = Program::builder("p.bloom", text).natives(natives).compile().expect("right");
        let mut session = program.start();
        session.insert("t", given.iter().map(|n| (*n,))).expect("rows fit");
        match (session.run(), expected) {
            (Ok(()), Ok(expected)) => {
                let found: Vec<i64> = session.rows("o").expect("there").map(|(n,)| n).collect();
                assert_eq!(found, expected, "{given:?}");
            }
            (Err(why), Err(failure)) => match &failure.kind {
                oracle::Kind::Native(_, said) => assert!(why.to_string().contains(said), "{why}"),
                other => panic!("{other:?}"),
            },
            (found, expected) => panic!("{given:?}: {found:?} and {expected:?}"),
        }
    }
}
