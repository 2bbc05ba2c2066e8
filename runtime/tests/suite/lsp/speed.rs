//! How long answers take for a program of a thousand rules. Times are shown,
//! not judged: they say more about the machine than about the code. What is
//! judged is that every answer comes.

use std::time::Instant;

use serde_json::json;

use super::client::Client;
use super::client::URI;
use super::client::at;

const ROUNDS: u32 = 5;

fn program() -> String {
    let mut text = String::from("table link(from: int, to: int);\n");
    for i in 0..1_000 {
        let before = if i == 0 { "link".to_string() } else { format!("v{}", i - 1) };
        text.push_str(&format!(
            "view v{i}(a, c) <= {before}(a, b), link(b, c), a + {i} != c, not link(c, a);\n"
        ));
    }
    text
}

#[test]
fn a_thousand_rules() {
    let mut client = Client::working(&["utf-16"]);
    client.open(URI, &program());
    client.diagnostics(URI, 1);
    let document = json!({ "textDocument": { "uri": URI } });
    let mut references = at(0, 7);
    references["context"] = json!({ "includeDeclaration": true });
    let mut rename = at(0, 7);
    rename["newName"] = json!("edge");
    let asked = [
        ("textDocument/hover", at(500, 22)),
        ("textDocument/definition", at(500, 22)),
        ("textDocument/references", references),
        ("textDocument/rename", rename),
        ("textDocument/completion", at(500, 22)),
        ("textDocument/signatureHelp", at(500, 27)),
        ("textDocument/documentSymbol", document.clone()),
        ("textDocument/semanticTokens/full", document.clone()),
        ("textDocument/foldingRange", document.clone()),
        ("textDocument/codeLens", document.clone()),
        (
            "textDocument/formatting",
            json!({
                "textDocument": { "uri": URI },
                "options": { "tabSize": 2, "insertSpaces": true },
            }),
        ),
    ];
    for (method, params) in asked {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let answer = client.ask(method, params.clone());
            assert!(answer.is_ok_and(|a| !a.is_null()), "{method}");
        }
        println!("{method}: {:?}", start.elapsed() / ROUNDS);
    }
    let start = Instant::now();
    for version in 2..2 + ROUNDS as i32 {
        client.change(version, (500, 0, 0), " ");
        assert!(client.ask("textDocument/hover", at(500, 30)).is_ok());
    }
    println!("an edit, and the answer after it: {:?}", start.elapsed() / ROUNDS);
    let start = Instant::now();
    for version in 20..20 + ROUNDS as i32 {
        client.change(version, (500, 0, 0), " ");
        assert!(client.ask("textDocument/codeLens", document.clone()).is_ok());
    }
    println!("an edit, and the verdicts after it: {:?}", start.elapsed() / ROUNDS);
    client.goodbye();
}
