//! What must not throw the server: messages that are none, questions at the
//! wrong time, texts that change before the answer, ends without goodbye.

use serde_json::Value;
use serde_json::json;

use super::client::Client;
use super::client::URI;
use super::client::at;
use super::client::changed;
use super::client::framed;

#[test]
fn messages_at_the_wrong_time() {
    let mut client = Client::start();
    let code = |r: Result<Value, (i64, String)>| r.expect_err("refused").0;
    assert_eq!(code(client.ask("textDocument/hover", at(0, 0))), -32002);
    client.tell("textDocument/didOpen", json!({}));
    let hello = json!({ "processId": null, "rootUri": null, "capabilities": {} });
    assert!(client.ask("initialize", hello.clone()).is_ok());
    assert_eq!(code(client.ask("initialize", hello)), -32600);
    assert_eq!(code(client.ask("textDocument/hover", at(0, 0))), -32602);
    assert_eq!(code(client.ask("textDocument/hover", json!([1]))), -32602);
    assert_eq!(code(client.ask("textDocument/teleport", at(0, 0))), -32601);
    client.open(URI, "table a(x: int);\n");
    let nowhere = client.ask("textDocument/hover", at(4_000_000_000, 4_000_000_000));
    assert_eq!(nowhere, Ok(Value::Null));
    let params = json!({ "textDocument": { "uri": URI }, "position": "here" });
    assert_eq!(code(client.ask("textDocument/hover", params)), -32602);
    assert_eq!(client.ask("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(code(client.ask("textDocument/hover", at(0, 0))), -32600);
    client.tell("exit", Value::Null);
    assert_eq!(client.code(), Some(0));
}

#[test]
fn messages_that_are_none() {
    let mut client = Client::working(&[]);
    for text in ["{", "[]", "{\"jsonrpc\": \"2.0\"}", "null", "\"\\ud800\""] {
        client.send_raw(&format!("Content-Length: {}\r\n\r\n{text}", text.len()));
        let answer = client.receive();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(-32700)));
    }
    client.send_raw("Content-Size: 3\r\n\r\n");
    assert_eq!(client.receive()["error"]["code"], -32700);
    client.tell("textDocument/didChange", json!({ "textDocument": 7 }));
    client.tell("textDocument/didOpen", json!({ "textDocument": { "uri": URI } }));
    client.open(URI, "table a(x: int);\n");
    assert!(client.ask("textDocument/hover", at(0, 6)).is_ok_and(|h| h.is_object()));
    client.goodbye();
}

/// Rules enough for the check to take longer than reading a few messages.
fn large() -> String {
    let mut text = String::from("table t(x: int);\noutput p0(x: int);\np0(x) <= t(x);\n");
    for i in 1..3_000 {
        text.push_str(&format!("output p{i}(x: int);\np{i}(x) <= p{}(x), x > {i};\n", i - 1));
    }
    text
}

#[test]
fn a_newer_edit_makes_questions_out_of_date() {
    let mut client = Client::working(&["utf-16"]);
    client.open(URI, &large());
    client.diagnostics(URI, 1);
    let (first, hover) = client.request("textDocument/hover", at(0, 6));
    let (second, again) = client.request("textDocument/hover", at(0, 6));
    let (third, cancelled) = client.request("textDocument/hover", at(0, 6));
    let cancel = json!({
        "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": third },
    });
    let messages =
        [changed(2, (0, 0, 0), " "), hover, changed(3, (0, 0, 0), " "), again, cancelled, cancel];
    let all: String = messages.iter().map(framed).collect();
    client.send_raw(&all);
    let gone = client.answer(first).expect_err("the text has changed");
    assert_eq!(gone.0, -32801);
    let gone = client.answer(third).expect_err("it was cancelled");
    assert_eq!(gone.0, -32800);
    assert!(client.answer(second).is_ok_and(|h| h["range"]["start"]["character"] == 2));
    client.goodbye();
}

#[test]
fn messages_wait_until_typing_pauses() {
    let mut client = Client::working(&["utf-16"]);
    client.open(URI, "table a(x: int);\n");
    client.diagnostics(URI, 1);
    let edits: String = (2..40).map(|v| framed(&changed(v, (0, 0, 0), " "))).collect();
    client.send_raw(&edits);
    client.diagnostics(URI, 39);
    let shown = client.heard.iter().filter(|m| m["method"] == "textDocument/publishDiagnostics");
    assert!(shown.count() < 10, "not every edit has its own messages");
    client.goodbye();
}

#[test]
fn ends_without_goodbye() {
    let mut client = Client::working(&[]);
    client.tell("exit", Value::Null);
    assert_eq!(client.code(), Some(1));
    let mut client = Client::working(&[]);
    client.hang_up();
    assert_eq!(client.code(), Some(1));
    let mut client = Client::start();
    client.tell("exit", Value::Null);
    assert_eq!(client.code(), Some(1));
}
