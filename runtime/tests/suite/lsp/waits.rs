//! Who has to wait, in the editor: verdicts above outputs and rules, messages and
//! hovers at points, changes that would help, and the settings that switch them off.

use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use super::client::Client;
use super::client::URI;
use super::client::at;
use super::client::range;

/// Something free, a threshold, and a point that a change removes.
const VOTES: &str = "\
input vote(topic: str, who: str);
table votes(topic: str, who: str);
votes(t, w) <= vote(t, w);
view tally(topic: str => n: nat);
tally(t, count(w)) <= votes(t, w);
output open(topic: str);
open(t) <= tally(t, n), n != 0;
output passed(topic: str);
passed(t) <= tally(t, n), n >= 3;
output log(topic: str, mark: str);
log(t, \"😀\") <= votes(t, _);
";

/// Two outputs at one point that waits, and one that is accepted.
const CART: &str = "\
channel action(@to: node, session: str, item: str);
channel checkout(@to: node, session: str);
table bought(session: str, item: str);
bought(s, i) <= action(_, s, i);
output empty(session: str);
empty(s) <= checkout(_, s), not bought(s, _);
output same(session: str);
same(s) <= empty(s);
table closed(session: str);
closed(s) <= checkout(_, s);
output lost(session: str);
@nondet(\"a guess\")
lost(s) <= bought(s, _), not closed(s);
";

/// How long something that is found out beside the rest may take here.
const PATIENCE: Duration = Duration::from_secs(30);

/// `line: title` of each verdict.
fn lenses(client: &mut Client) -> Vec<String> {
    let params = json!({ "textDocument": { "uri": URI } });
    let found = client.ask("textDocument/codeLens", params).expect("there are verdicts");
    let found = found.as_array().cloned().unwrap_or_default();
    let one = |lens: &Value| {
        assert_eq!(lens["command"]["command"], "", "it is a text, no button");
        let title = lens["command"]["title"].as_str().unwrap_or("");
        format!("{}: {title}", lens["range"]["start"]["line"])
    };
    found.iter().map(one).collect()
}

/// The messages about a version once they are as wanted: what takes longer is told
/// in messages of its own.
fn told(client: &mut Client, version: i32, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let start = Instant::now();
    loop {
        let found = client.diagnostics(URI, version);
        if wanted(&found) {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{found:#?}");
    }
}

/// Asks until the answer is as wanted.
fn asked(client: &mut Client, method: &str, params: &Value, wanted: &str) -> Value {
    let start = Instant::now();
    loop {
        let found = client.ask(method, params.clone()).expect("there is an answer");
        if found.to_string().contains(wanted) {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{found:#}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn codes(all: &[Value]) -> Vec<&str> {
    all.iter().filter_map(|one| one["code"].as_str()).collect()
}

#[test]
fn verdicts_stand_above_outputs_and_rules() {
    let mut client = Client::working(&["utf-16"]);
    client.open(URI, VOTES);
    assert_eq!(
        lenses(&mut client),
        [
            "2: free",
            "4: free",
            "5: waits: seal(vote by topic), P1",
            "6: waits: seal(vote by topic), P1",
            "7: threshold: n >= 3",
            "8: threshold: n >= 3",
            "9: free",
            "10: free",
        ]
    );
    // The other direction is no threshold.
    client.change(2, (8, 28, 30), "<=");
    let now = lenses(&mut client);
    assert_eq!(now[4], "7: waits: seal(vote by topic), P1");
    // While the program is wrong nothing is called free.
    client.change(3, (10, 0, 3), "lag");
    let part = lenses(&mut client);
    assert!(part.iter().all(|lens| lens.contains("waits")), "{part:?}");
    assert!(!part.is_empty());
    client.goodbye();
}

#[test]
fn points_are_told_where_they_are() {
    let mut client = Client::working(&["utf-16"]);
    client.open(URI, CART);
    let said = told(&mut client, 1, |all| codes(all).contains(&"CALM001"));
    let points: Vec<&Value> = said
        .iter()
        .filter(|one| one["code"].as_str().is_some_and(|code| code.starts_with("CALM")))
        .collect();
    assert_eq!(points.len(), 2, "{points:#?}");
    assert_eq!(range(&points[0]["range"]), "5:28-44");
    assert_eq!(points[0]["severity"], 3);
    let text = points[0]["message"].as_str().unwrap_or("");
    assert!(text.starts_with("P1 seal(action by session): a late fact can make"), "{text}");
    assert_eq!(points[0]["relatedInformation"][0]["message"], "`empty` hangs on it");
    assert_eq!(points[1]["severity"], 4, "what is accepted is a hint");

    let hover = asked(&mut client, "textDocument/hover", &at(5, 33), "late");
    let text = hover["contents"]["value"].as_str().unwrap_or("");
    let parts = [
        "**P1 seal(action by session)** · CALM001",
        "`empty` is final: what it has shown must not change.",
        "gone      empty(",
        "To wait: `empty` of one `session` waits until",
        "table bought(session: str, item: str)",
    ];
    for part in parts {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    let marks = lenses(&mut client);
    assert!(marks.contains(&"4: waits: seal(action by session), P1".to_string()), "{marks:?}");
    let accepted = marks.iter().any(|lens| lens.starts_with("10: may change, accepted: "));
    assert!(accepted, "{marks:?}");
    client.goodbye();
}

#[test]
fn changes_that_help_are_offered() {
    let mut client = Client::working(&["utf-16"]);
    client.open(URI, VOTES);
    let place = json!({ "line": 6, "character": 26 });
    let params = json!({
        "textDocument": { "uri": URI },
        "range": { "start": place, "end": place },
        "context": { "diagnostics": [] },
    });
    let method = "textDocument/codeAction";
    let found = asked(&mut client, method, &params, "in place of `n != 0`");
    let found = found.as_array().cloned().unwrap_or_default();
    let fix = found.iter().find(|one| one["kind"] == "quickfix").expect("a fix");
    let title = fix["title"].as_str().unwrap_or("");
    assert_eq!(title, "P1: ask for `n > 0` in place of `n != 0` (no point is left)");
    assert_eq!(fix["diagnostics"][0]["code"], "CALM002");
    let edits = fix["edit"]["changes"][URI].as_array().cloned().unwrap_or_default();
    assert_eq!(edits.len(), 1);
    assert_eq!(edits[0]["newText"], "open(t) <= tally(t, n), n > 0;\n");
    client.change(2, (6, 26, 28), ">");
    let now = lenses(&mut client);
    assert_eq!(now[2], "5: threshold: n > 0");
    client.goodbye();
}

/// A session that begins with settings.
fn with_settings(settings: &Value) -> Client {
    let mut client = Client::start();
    let params = json!({
        "processId": null,
        "rootUri": null,
        "capabilities": { "textDocument": { "hover": { "contentFormat": ["markdown"] } } },
        "initializationOptions": settings,
    });
    client.ask("initialize", params).expect("it agrees");
    client.tell("initialized", json!({}));
    client
}

#[test]
fn settings_switch_it_off() {
    let mut client = with_settings(&json!({ "lenses": "outputs", "points": false }));
    client.open(URI, CART);
    let found = lenses(&mut client);
    assert_eq!(found.len(), 3, "{found:?}");
    let calm = |all: &[Value]| codes(all).iter().any(|code| code.starts_with("CALM"));
    assert!(!calm(&client.diagnostics(URI, 1)));
    client.tell(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "bloom": { "lenses": "off", "points": true } } }),
    );
    told(&mut client, 1, calm);
    assert_eq!(lenses(&mut client), Vec::<String>::new());
    client.tell(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "bloom": { "points": false } } }),
    );
    told(&mut client, 1, |all| !calm(all));
    // What nobody wants to see is not found out, and asking for it is no mistake.
    client.change(2, (0, 0, 0), " ");
    assert_eq!(lenses(&mut client), Vec::<String>::new());
    let hover = client.ask("textDocument/hover", at(5, 33)).expect("it answers");
    assert!(!hover.to_string().contains("CALM001"), "{hover}");
    client.goodbye();
}

/// Verdicts of a text that is changed again are not waited for.
#[test]
fn verdicts_of_yesterday_are_not_given() {
    let mut client = Client::working(&["utf-16"]);
    client.open(URI, VOTES);
    let document = json!({ "textDocument": { "uri": URI } });
    client.change(2, (0, 0, 0), " ");
    let (early, message) = client.request("textDocument/codeLens", document);
    client.send(&message);
    client.change(3, (0, 0, 1), "");
    let (code, _) = client.answer(early).expect_err("it is too late");
    assert_eq!(code, -32801);
    assert_eq!(lenses(&mut client).len(), 8);
    client.goodbye();
}
