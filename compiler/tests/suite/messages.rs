//! Whole messages as people see them. What is right is specified elsewhere;
//! this is about how it reads.

use bloom_compiler::diag::render::Format;
use bloom_compiler::diag::render::render;
use bloom_compiler::driver;

/// All messages of a program.
pub fn said(text: &str) -> String {
    let compiled = driver::check("program.bloom", text, &driver::Options::default());
    render(Format::Human { color: false, unicode: true }, &compiled.sources, &compiled.diagnostics)
}

/// A test per program: its whole messages, by the `said` in sight.
macro_rules! messages {
    ($($name:ident: $text:literal;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(said($text));
        }
    )*};
}

pub(crate) use messages;

messages! {
    head_variable: "\
table link(from: str, to: str);
view reach(from: str, to: str, hops: int);
reach(a, b, n) <= link(a, b);
";
    head_variable_for_a_blank: "\
table link(from: str, to: str);
view reach(from: str, to: str);
reach(a, b) <= link(a, _);
";
    part_of_json_as_value: "\
table event(body: json);
view user(of: json, name: str);
user(e.user, e.user.name) <= event(e);
";
    misspelt_variable: "\
table sale(shop: str, amount: int);
view total(shop: str, n: int);
total(shop, amuont * 2) <= sale(shop, amount), amount > 0;
";
    fact_without_quotes: "\
table link(from: str, to: str);
link(home, \"work\");
";
    only_negated: "\
table person(name: str);
table knows(a: str, b: str);
view lonely(a: str, b: str);
lonely(a, b) <= person(a), not knows(a, b);
";
    only_compared: "\
table sale(shop: str, amount: int);
view big(shop: str);
big(s) <= sale(s, a), a > limit;
";
    assigned_again: "\
table counter(n: int);
view next(n: int);
next(n) <= counter(m), m > 0, n = n + 1;
";
    circle_of_definitions: "\
table bill(id: int, net: int);
view full(id: int, net: int, gross: int);
full(id, net, gross) <= bill(id, _), net = gross - 19, gross = net + 19;
";
    or_with_one_side: "\
table call(from: str, to: str);
table mail(to: str);
view reached(who: str, by: str);
reached(who, by) <= call(by, who) or mail(who);
";
    else_with_one_side: "\
table item(name: str);
table price(name: str, cents: int);
view shown(name: str, cents: int);
shown(n, c) <= item(n), price(n, c) else n == \"gift\";
";
    input_written: "\
input click(user: str);
table user(name: str);
click(u) <= user(u);
";
    view_of_events: "\
input click(user: str);
view active(user: str);
active(u) <= click(u);
";
    scratch_of_state: "\
table stock(item: str, n: int);
scratch empty(item: str);
empty(i) <= stock(i, 0);
";
    table_that_counts: "\
input table vote(who: str, topic: str);
table tally(topic: str, n: int);
tally(t, count()) <= vote(_, t);
";
    table_that_negates: "\
static table person(name: str);
input table blocked(name: str);
table welcome(name: str);
welcome(p) <= person(p), not blocked(p);
";
    output_of_two_kinds: "\
input ask(q: str);
table known(q: str, a: str);
output answer(q: str, a: str);
answer(q, a) <= ask(q), known(q, a);
answer(q, a) <= known(q, a), q == \"help\";
";
    fact_in_a_scratch: "\
scratch seed(n: int);
seed(1);
";
    negation_of_itself: "\
static table move(from: int, to: int);
view win(at: int);
win(a) <= move(a, b), not win(b);
";
    negation_in_a_long_circle: "\
static table item(name: str);
static table part(of: str, name: str);
view usable(name: str);
view broken(name: str);
view suspect(name: str);
usable(x) <= item(x), not suspect(x);
suspect(x) <= broken(x);
broken(x) <= part(x, y), usable(y), y != x;
";
    least_in_recursion: "\
static table link(from: str, to: str, cost: int);
view best(to: str, cost: int);
best(\"home\", 0);
best(b, min(c + w)) <= best(a, c), link(a, b, w);
";
    sum_of_int_in_recursion: "\
static table owns(by: str, company: str => percent: int);
view control(by: str, company: str);
view total(by: str, company: str => percent: int);
control(x, x) <= owns(x, _, _);
control(x, y) <= total(x, y, p), p > 50;
total(x, y, sum(p)) <= control(x, z), owns(z, y, p);
";
    two_counts_in_recursion: "\
static table friend(a: str, b: str);
static table host(name: str);
view comes(name: str);
view friends_coming(name: str, n: int);
comes(h) <= host(h);
comes(p) <= friends_coming(p, n), n >= 3;
friends_coming(p, count()) <= friend(p, f), comes(f);
friends_coming(p, count()) <= friend(f, p), comes(f);
";
    count_read_two_ways_in_recursion: "\
static table friend(a: str, b: str);
static table host(name: str);
view comes(name: str);
view friends_coming(name: str, n: int);
comes(h) <= host(h);
comes(p) <= friends_coming(p, n), n >= 3, n < 10;
friends_coming(p, count()) <= friend(p, f), comes(f);
";
    growing_sum_stored: "\
static table owns(by: str, company: str => percent: nat);
view control(by: str, company: str);
view part(by: str, company: str => percent: nat);
view total(by: str, company: str => percent: nat);
control(x, x) <= owns(x, _, _);
control(x, y) <= total(x, y, p), p > 50;
total(x, y, p) <= part(x, y, p);
part(x, y, sum(p)) <= control(x, z), owns(z, y, p);
";
    growing_sum_summed: "\
static table owns(by: str, company: str => percent: nat);
view control(by: str, company: str);
view part(by: str, company: str => percent: nat);
view total(by: str => percent: nat);
control(x, x) <= owns(x, _, _);
control(x, y) <= total(x, p), p > 50, owns(_, y, _);
total(x, sum(p)) <= part(x, _, p);
part(x, y, sum(p)) <= control(x, z), owns(z, y, p);
";
    average_in_recursion: "\
static table grade(who: str, by: str, mark: nat);
view trusted(who: str);
view mean(who: str, mark: float);
trusted(\"dean\");
trusted(x) <= mean(x, m), m > 4.0;
mean(x, avg(m)) <= trusted(y), grade(x, y, m);
";
    lattice_compared_for_equality: "\
static table link(from: str, to: str, cost: int);
view best(to: str, cost: Min<int>);
best(\"home\", 0);
best(b, c + w) <= best(a, c), link(a, b, w), c != 7;
";
    lattice_into_a_key: "\
static table link(from: str, to: str, cost: int);
view best(to: str, cost: Min<int>);
view via(to: str, cost: int);
best(\"home\", 0);
best(b, c) <= via(b, c);
via(b, c + w) <= best(a, c), link(a, b, w);
";
    several_at_once: "\
table link(from: str, to: str);
input poll(at: int);
view reach(from: str, to: str);
reach(a, c) <= link(a, b), not reach(b, d);
reach(a, b) <= link(a, b), poll(n), n > k;
rech(a, b) <= link(a, b);
";
}
