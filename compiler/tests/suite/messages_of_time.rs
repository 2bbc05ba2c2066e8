//! Whole messages about rules over time, as people see them. What is right is
//! specified elsewhere; this is about how it reads.

use crate::messages::messages;
use crate::messages::said;

messages! {
    deleted_and_derived: "\
table stock(item: str, shop: str);
table cart(item: str);
input sold(item: str);
cart(i) <= stock(i, _);
cart(i) <- sold(i), cart(i);
";
    lost_update_of_an_input: "\
table visits(page: str => n: int);
input hit(user: str, page: str);
visits(p, n + 1) <+- visits(p, n), hit(_, p);
";
    now_in_a_view: "\
table session(id: int => until: time);
view expired(id: int);
expired(id) <= session(id, t), t < now;
";
    random_in_a_rule_that_fires: "\
channel ping(@to: node);
table peer(n: node);
ping(n) <~ peer(n), random() < 0.5;
";
    fact_with_now: "\
table began(at: time);
began(now);
";
    fresh_in_a_function: "\
fn id(): uuid = fresh();
";
    negated_event_fires: "\
input ack(n: node);
channel ping(@to: node);
table peer(n: node);
ping(n) <~ peer(n), not ack(n);
";
    greeting_and_echo: "\
stdout(\"ready\");
stdout(line) <= stdin(line, _);
";
    replaced_without_key: "\
table seen(who: str, page: str);
input hit(who: str, page: str);
seen(w, p) <+- hit(w, p);
";
    key_left_out: "\
table at(who: str => page: str, n: int);
input hit(who: str, page: str);
at{page: p} <+- hit(_, p);
";
    aggregate_in_a_deletion: "\
table bid(item: int, cents: int);
input close(item: int);
bid(i, max(c)) <- close(i), bid(i, c);
";
    view_written_later: "\
table t(a: int);
view v(a: int);
v(a) <+ t(a);
";
    message_as_a_fact: "\
channel hello(@to: node);
hello(me);
";
    type_in_a_stage: "\
table t(k: int => n: int);
input i(k: str);
t(k, 1) <+ i(k);
";
    startup_is_written: "\
startup(1);
";
    no_period: "\
periodic beat every 0s;
";
    circle_of_a_table: "\
table light(n: int);
table switch(n: int);
light(n) <= switch(n), not light(n);
";
    given_with_wrong_arity: "\
stdout(1, 2) <= stdin(_);
";
}
