//! A program inside a Rust program: compiled once, given rows and a Rust
//! function, run for two sets of data. `cargo run --release --example embed`

use bloom::Natives;
use bloom::Program;

const TEXT: &str = r#"
    const near: float = 5.0;
    table place(name: str, x: float, y: float);
    view linked(a: str, b: str);
    linked(a, b) <= place(a, x, y), place(b, v, w), a < b, distance(x, y, v, w) <= near;
    output group(name: str, first: str);
    view reach(a: str, b: str);
    reach(a, a) <= place(a, _, _);
    reach(a, c) <= reach(a, b), linked(b, c);
    reach(a, c) <= reach(a, b), linked(c, b);
    group(a, min(b)) <= reach(a, b);
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut natives = Natives::new();
    natives.add("distance", |x: f64, y: f64, v: f64, w: f64| (x - v).hypot(y - w));
    let program = Program::builder("groups.bloom", TEXT).natives(natives).compile()?;

    for shift in [0.0, 10.0] {
        let mut session = program.start();
        session
            .insert("place", [("inn", 0.0, 0.0), ("mill", 3.0, 4.0), ("well", 6.0 + shift, 6.0)])?;
        session.run()?;
        for (name, first) in session.rows::<(String, String)>("group")? {
            println!("{name} is in the group of {first}");
        }
        println!("{} rounds", session.stats().rounds);
    }
    Ok(())
}
