//! From a request about a document to its answer. Every handler takes what the
//! editor asks and what is known about the text; none changes anything. When
//! requests may be answered is not known here.

use bloom_compiler::ide::Analysis;
use bloom_compiler::ide::Coordination;
use lsp_server::ErrorCode;
use lsp_types as lsp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::json;

use crate::cli::lsp::convert;
use crate::cli::lsp::convert::Places;
use crate::cli::lsp::offer::Client;
use crate::cli::lsp::points;
use crate::cli::lsp::settings::Settings;
use crate::cli::lsp::state::Document;

/// Why a request has no answer.
pub struct Refusal {
    /// The number that the protocol gives to the reason.
    pub code: ErrorCode,
    /// In words for the user.
    pub why: String,
}

impl Refusal {
    /// What was asked for cannot be done.
    pub fn failed(why: impl Into<String>) -> Refusal {
        Refusal { code: ErrorCode::RequestFailed, why: why.into() }
    }

    /// The question is not put as it should be.
    pub fn params(why: impl Into<String>) -> Refusal {
        Refusal { code: ErrorCode::InvalidParams, why: why.into() }
    }
}

type Answer = Result<Value, Refusal>;

/// A document that is asked about, and who asks.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Asked<'d> {
    pub uri: &'d lsp::Uri,
    pub document: &'d Document,
    pub analysis: &'d Analysis,
    /// Who has to wait, as far as it is known by now.
    pub coordination: Option<&'d Coordination>,
    pub client: &'d Client,
    pub settings: &'d Settings,
}

/// What a request asks, as one handler for each method.
type Handler = fn(&Asked, Value) -> Answer;

const HANDLERS: &[(&str, Handler)] = &[
    ("textDocument/hover", hover),
    ("textDocument/definition", definition),
    ("textDocument/references", references),
    ("textDocument/documentHighlight", highlights),
    ("textDocument/prepareRename", prepare_rename),
    ("textDocument/rename", rename),
    ("textDocument/completion", completion),
    ("textDocument/signatureHelp", signatures),
    ("textDocument/documentSymbol", symbols),
    ("textDocument/semanticTokens/full", tokens),
    ("textDocument/foldingRange", folds),
    ("textDocument/formatting", formatting),
    ("textDocument/codeAction", actions),
    (LENSES, lenses),
];

/// Verdicts: what is asked for here waits for the report, not only for the check.
const LENSES: &str = "textDocument/codeLens";

/// Whether the answer to a method needs the report on who has to wait.
pub fn needs_report(method: &str) -> bool {
    method == LENSES
}

/// The handler of a method.
pub fn find(method: &str) -> Option<Handler> {
    HANDLERS.iter().find(|(name, _)| *name == method).map(|(_, handler)| *handler)
}

/// The document that a request is about.
pub fn subject(params: &Value) -> Result<lsp::Uri, Refusal> {
    let uri = params.get("textDocument").and_then(|d| d.get("uri")).and_then(Value::as_str);
    let uri = uri.ok_or_else(|| Refusal::params("the request names no text document"))?;
    uri.parse().map_err(|_| Refusal::params(format!("`{uri}` is no address")))
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal::params(error.to_string()))
}

fn give<T: Serialize>(answer: T) -> Answer {
    serde_json::to_value(answer)
        .map_err(|error| Refusal { code: ErrorCode::InternalError, why: error.to_string() })
}

impl Asked<'_> {
    fn places(&self) -> Places<'_> {
        Places { text: &self.document.text, lines: &self.document.lines }
    }

    fn byte(&self, position: lsp::Position) -> usize {
        self.document.lines.byte(&self.document.text, position)
    }

    fn location(&self, range: lsp::Range) -> lsp::Location {
        lsp::Location { uri: self.uri.clone(), range }
    }

    /// Changes of this document, as the protocol wants them.
    fn change(&self, edits: Vec<lsp::TextEdit>) -> Value {
        json!({ "changes": { self.uri.as_str(): edits } })
    }
}

fn hover(asked: &Asked, params: Value) -> Answer {
    let params: lsp::HoverParams = read(params)?;
    let at = asked.byte(params.text_document_position_params.position);
    let word = asked.analysis.hover(at).map(|found| (found.range, found.text));
    // Settings that show nothing of points show nothing here.
    let wanted = asked.coordination.filter(|_| asked.settings.wants_any());
    let point = wanted.and_then(|known| points::hover(known, at));
    let (range, text) = match (word, point) {
        (Some((range, word)), Some((_, point))) => (range, format!("{point}\n\n---\n\n{word}")),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return Ok(Value::Null),
    };
    give(lsp::Hover {
        range: Some(asked.places().range(&range)),
        contents: lsp::HoverContents::Markup(convert::markup(text, asked.client)),
    })
}

fn definition(asked: &Asked, params: Value) -> Answer {
    let params: lsp::GotoDefinitionParams = read(params)?;
    let at = asked.byte(params.text_document_position_params.position);
    let spans = asked.analysis.definition(at).into_iter();
    give(spans.map(|s| asked.location(asked.places().span(s))).collect::<Vec<_>>())
}

fn references(asked: &Asked, params: Value) -> Answer {
    let params: lsp::ReferenceParams = read(params)?;
    let at = asked.byte(params.text_document_position.position);
    let found = asked.analysis.references(at, params.context.include_declaration).into_iter();
    give(found.map(|r| asked.location(asked.places().span(r.span))).collect::<Vec<_>>())
}

fn highlights(asked: &Asked, params: Value) -> Answer {
    let params: lsp::DocumentHighlightParams = read(params)?;
    let at = asked.byte(params.text_document_position_params.position);
    let found = asked.analysis.references(at, true).into_iter().map(|r| lsp::DocumentHighlight {
        range: asked.places().span(r.span),
        kind: Some(match r.writes() {
            true => lsp::DocumentHighlightKind::WRITE,
            false => lsp::DocumentHighlightKind::READ,
        }),
    });
    give(found.collect::<Vec<_>>())
}

fn prepare_rename(asked: &Asked, params: Value) -> Answer {
    let params: lsp::TextDocumentPositionParams = read(params)?;
    let at = asked.byte(params.position);
    let (range, placeholder) = asked.analysis.can_rename(at).map_err(Refusal::failed)?;
    let range = asked.places().range(&range);
    give(lsp::PrepareRenameResponse::RangeWithPlaceholder { range, placeholder })
}

fn rename(asked: &Asked, params: Value) -> Answer {
    let params: lsp::RenameParams = read(params)?;
    let at = asked.byte(params.text_document_position.position);
    let edits = asked.analysis.rename(at, &params.new_name).map_err(Refusal::failed)?;
    Ok(asked.change(edits.iter().map(|e| asked.places().edit(e)).collect()))
}

fn completion(asked: &Asked, params: Value) -> Answer {
    let params: lsp::CompletionParams = read(params)?;
    let at = asked.byte(params.text_document_position.position);
    let offers = asked.analysis.complete(at).into_iter().enumerate();
    let items = offers.map(|(i, o)| convert::offer(o, i, asked.client, asked.places()));
    give(lsp::CompletionList { is_incomplete: false, items: items.collect() })
}

fn signatures(asked: &Asked, params: Value) -> Answer {
    let params: lsp::SignatureHelpParams = read(params)?;
    let at = asked.byte(params.text_document_position_params.position);
    give(asked.analysis.signatures(at).map(|s| convert::signatures(s, asked.client)))
}

fn symbols(asked: &Asked, _params: Value) -> Answer {
    let all = asked.analysis.symbols();
    if asked.client.outline_nests {
        let nested = all.into_iter().map(|s| convert::symbol(s, asked.places()));
        return give(nested.collect::<Vec<_>>());
    }
    let mut flat = Vec::new();
    convert::flat_symbols(all, None, asked.uri, asked.places(), &mut flat);
    give(flat)
}

fn tokens(asked: &Asked, _params: Value) -> Answer {
    let data = convert::tokens(asked.analysis.colours(), asked.places());
    give(lsp::SemanticTokens { result_id: None, data })
}

fn folds(asked: &Asked, _params: Value) -> Answer {
    give(asked.analysis.folds().into_iter().map(convert::fold).collect::<Vec<_>>())
}

fn formatting(asked: &Asked, _params: Value) -> Answer {
    // A text with mistakes stays as it is; they are shown anyway.
    let edits = asked.analysis.format().unwrap_or_default();
    give(edits.iter().map(|e| asked.places().edit(e)).collect::<Vec<_>>())
}

fn actions(asked: &Asked, params: Value) -> Answer {
    let params: lsp::CodeActionParams = read(params)?;
    let range = asked.document.lines.bytes(&asked.document.text, params.range);
    let all = asked.analysis.actions(&range).into_iter().map(|action| {
        let said = asked.analysis.diagnostics().get(action.diagnostic);
        let said = said.map(|d| convert::diagnostic(d, asked.uri, asked.places()));
        json!({
            "title": action.title,
            "kind": lsp::CodeActionKind::QUICKFIX,
            "diagnostics": said.into_iter().collect::<Vec<_>>(),
            "isPreferred": true,
            "edit": asked.change(vec![asked.places().edit(&action.edit)]),
        })
    });
    let mut all: Vec<Value> = all.collect();
    if let Some(known) = asked.coordination {
        let (uri, places) = (asked.uri, asked.places());
        all.extend(points::actions(known, asked.analysis, &range, uri, places));
    }
    Ok(Value::Array(all))
}

fn lenses(asked: &Asked, _params: Value) -> Answer {
    let all = asked
        .coordination
        .map(|known| points::lenses(known, asked.settings.lenses, asked.places()));
    give(all.unwrap_or_default())
}
