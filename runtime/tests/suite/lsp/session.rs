//! Sessions in which everything goes well: the answers, and that places are
//! counted as editors count them, with characters of several units before them.

use serde_json::Value;
use serde_json::json;

use super::client::Client;
use super::client::URI;
use super::client::at;
use super::client::range;

/// The character before the place takes four bytes, or two units of UTF-16.
const TEXT: &str = "\
/// Direct links.
table link(from: str, to: str);
output far(x: str, y: str);
far(\"😀{x}\", y) <= lnk(x, y);
";

fn ranges(all: &Value) -> Vec<String> {
    let place = |v: &Value| range(&v["range"]);
    all.as_array().map_or(Vec::new(), |a| a.iter().map(place).collect())
}

/// Opens the text with its mistake, and mends it by what the server offers.
fn opened_and_mended(client: &mut Client, column: u32) {
    client.open(URI, TEXT);
    let said = client.diagnostics(URI, 1);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0]["code"], "B0101");
    assert_eq!(said[0]["severity"], 1);
    assert_eq!(range(&said[0]["range"]), format!("3:{column}-{}", column + 3));
    let params = json!({
        "textDocument": { "uri": URI },
        "range": said[0]["range"],
        "context": { "diagnostics": said },
    });
    let actions = client.ask("textDocument/codeAction", params).expect("there is a fix");
    assert_eq!(actions[0]["title"], "write `link`");
    let edit = &actions[0]["edit"]["changes"][URI][0];
    assert_eq!(
        (range(&edit["range"]), &edit["newText"]),
        (range(&said[0]["range"]), &json!("link"))
    );
    client.change(2, (3, column, column + 3), "link");
    assert_eq!(client.diagnostics(URI, 2), Vec::<Value>::new());
}

#[test]
fn a_whole_session() {
    let mut client = Client::working(&["utf-16"]);
    opened_and_mended(&mut client, 19);

    let hover = client.ask("textDocument/hover", at(3, 20)).expect("it knows");
    let shown = hover["contents"]["value"].as_str().unwrap_or("");
    assert!(shown.contains("table link(from: str, to: str)"), "{shown}");
    assert!(shown.contains("Direct links."), "{shown}");
    assert_eq!(range(&hover["range"]), "3:19-23");

    let found = client.ask("textDocument/definition", at(3, 19)).expect("it knows");
    assert_eq!(ranges(&found), ["1:6-10"]);
    // The variable inside of the text, behind the character of two units.
    let found = client.ask("textDocument/definition", at(3, 8)).expect("it knows");
    assert_eq!(ranges(&found), ["3:24-25"]);

    let mut params = at(3, 24);
    params["context"] = json!({ "includeDeclaration": true });
    let found = client.ask("textDocument/references", params).expect("it knows");
    assert_eq!(ranges(&found), ["3:8-9", "3:24-25"]);
    let found = client.ask("textDocument/documentHighlight", at(1, 7)).expect("it knows");
    assert_eq!(ranges(&found), ["1:6-10", "3:19-23"]);

    let ready = client.ask("textDocument/prepareRename", at(3, 24)).expect("it can");
    assert_eq!((range(&ready["range"]), &ready["placeholder"]), ("3:24-25".into(), &json!("x")));
    let mut params = at(3, 24);
    params["newName"] = json!("start");
    let edit = client.ask("textDocument/rename", params.clone()).expect("it can");
    assert_eq!(ranges(&edit["changes"][URI]), ["3:8-9", "3:24-25"]);
    params["newName"] = json!("y");
    let (code, why) = client.ask("textDocument/rename", params).expect_err("taken");
    assert_eq!((code, why.as_str()), (-32803, "`y` is declared already, on line 4"));
    client.goodbye();
}

#[test]
fn answers_about_the_whole_text() {
    let mut client = Client::working(&["utf-16"]);
    opened_and_mended(&mut client, 19);
    let document = json!({ "textDocument": { "uri": URI } });

    let symbols = client.ask("textDocument/documentSymbol", document.clone()).expect("it knows");
    let names: Vec<&str> = symbols
        .as_array()
        .map_or(Vec::new(), |all| all.iter().filter_map(|s| s["name"].as_str()).collect());
    assert_eq!(names, ["link", "far", "far(\"😀{x}\", y)"]);
    assert_eq!(symbols[0]["children"][1]["name"], "to");

    let tokens =
        client.ask("textDocument/semanticTokens/full", document.clone()).expect("it knows");
    let data: Vec<i64> = tokens["data"]
        .as_array()
        .map_or(Vec::new(), |all| all.iter().filter_map(Value::as_i64).collect());
    assert_eq!(data.len() % 5, 0);
    assert_eq!(data[..10], [0, 0, 17, 12, 8, 1, 0, 5, 8, 0], "a comment that documents, `table`");
    // `far`, the text up to `{`, `x`: three units of text and quotation mark, then the brace.
    let rule = data.chunks(5).position(|t| t == [1, 0, 3, 0, 0]).expect("the head of the rule");
    let after: Vec<&[i64]> = data.chunks(5).skip(rule + 1).take(2).collect();
    assert_eq!(after, [[0, 4, 4, 10, 0], [0, 4, 1, 2, 0]]);

    let folds = client.ask("textDocument/foldingRange", document.clone()).expect("it knows");
    assert_eq!(folds, json!([]));
    client.change(3, (2, 0, 0), "  ");
    let edits = client.ask(
        "textDocument/formatting",
        json!({
            "textDocument": { "uri": URI },
            "options": { "tabSize": 2, "insertSpaces": true },
        }),
    );
    let shown = edits.expect("it can");
    assert_eq!(shown[0]["newText"], "output far(x: str, y: str);\n", "{shown}");
    client.goodbye();
}

#[test]
fn completion_while_typing() {
    let mut client = Client::working(&["utf-16"]);
    client.open(URI, "table link(from: str, to: str);\noutput o(x: str);\n");
    for (version, text) in [(2, "o(\"😀\") <= "), (3, "li")] {
        let column = if version == 2 { 0 } else { 11 };
        client.change(version, (2, column, column), text);
    }
    let offers = client.ask("textDocument/completion", at(2, 13)).expect("it knows");
    let items = offers["items"].as_array().cloned().unwrap_or_default();
    let link = items.iter().find(|i| i["label"] == "link").expect("the collection is offered");
    assert_eq!(link["textEdit"]["newText"], "link(${1:from}, ${2:to})");
    assert_eq!(range(&link["textEdit"]["range"]), "2:11-13");
    assert_eq!(link["insertTextFormat"], 2);
    client.change(4, (2, 11, 13), "link{");
    let offers = client.ask("textDocument/completion", at(2, 16)).expect("it knows");
    let labels: Vec<&Value> = offers["items"]
        .as_array()
        .map_or(Vec::new(), |all| all.iter().map(|i| &i["label"]).collect());
    assert_eq!(labels, ["from", "to"]);
    client.change(5, (2, 15, 16), "(a, ");
    let help = client.ask("textDocument/signatureHelp", at(2, 19)).expect("it knows");
    assert_eq!(help["activeParameter"], 1);
    assert_eq!(help["signatures"][0]["label"], "table link(from: str, to: str)");
    client.goodbye();
}

#[test]
fn columns_in_bytes_when_both_agree() {
    let mut client = Client::working(&["utf-8", "utf-16"]);
    opened_and_mended(&mut client, 21);
    let found = client.ask("textDocument/definition", at(3, 10)).expect("it knows");
    assert_eq!(ranges(&found), ["3:26-27"]);
    client.goodbye();
}

#[test]
fn several_documents_at_once() {
    let mut client = Client::working(&["utf-16"]);
    let other = "untitled:Untitled-1";
    client.open(URI, "table a(x: int);\n");
    client.open(other, "table b(x: itn);\n");
    assert_eq!(client.diagnostics(URI, 1).len(), 0);
    assert_eq!(client.diagnostics(other, 1)[0]["code"], "B0102");
    let params = json!({
        "textDocument": { "uri": other },
        "position": { "line": 0, "character": 6 },
    });
    let hover = client.ask("textDocument/hover", params.clone()).expect("it knows");
    assert_eq!(range(&hover["range"]), "0:6-7");
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": other } }));
    let (code, why) = client.ask("textDocument/hover", params).expect_err("closed");
    assert_eq!((code, why.as_str()), (-32602, "untitled:Untitled-1 is not open"));
    client.goodbye();
}
