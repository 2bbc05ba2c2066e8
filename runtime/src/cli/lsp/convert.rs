//! Answers of the compiler in the words of the protocol. Nothing is decided
//! here; every function takes one thing and gives the same thing as editors
//! know it.

use std::ops::Range;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::Severity;
use bloom_compiler::diag::codes;
use bloom_compiler::ide;
use bloom_compiler::ide::Colour;
use bloom_compiler::ide::OfferKind;
use bloom_compiler::ide::SymbolKind;
use bloom_compiler::source::FileId;
use bloom_compiler::source::Span;
use lsp_types as lsp;

use crate::cli::lsp::lines::Lines;
use crate::cli::lsp::offer::Client;

/// A text with its lines: what places are counted by.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Places<'d> {
    pub text: &'d str,
    pub lines: &'d Lines,
}

impl Places<'_> {
    /// A range of bytes.
    pub fn range(&self, range: &Range<usize>) -> lsp::Range {
        self.lines.range(self.text, range)
    }

    /// A place of the program.
    pub fn span(&self, span: Span) -> lsp::Range {
        self.range(&span.range())
    }

    /// A change.
    pub fn edit(&self, edit: &ide::Edit) -> lsp::TextEdit {
        lsp::TextEdit { range: self.range(&edit.range), new_text: edit.text.clone() }
    }
}

/// A message. One about an option stands at the beginning of the text.
pub fn diagnostic(one: &Diagnostic, uri: &lsp::Uri, places: Places) -> lsp::Diagnostic {
    let mut message = one.title.clone();
    let mut add = |text: &str| {
        if !text.is_empty() {
            message.push('\n');
            message.push_str(text);
        }
    };
    add(&one.primary.text);
    one.notes.iter().for_each(|note| add(note));
    if let Some(help) = &one.help {
        add(&format!("help: {help}"));
    }
    let here = |span: Span| span.file == FileId(0);
    let related = one.labels.iter().filter(|l| here(l.span)).map(|label| {
        let location = lsp::Location { uri: uri.clone(), range: places.span(label.span) };
        let message = if label.text.is_empty() { "here".into() } else { label.text.clone() };
        lsp::DiagnosticRelatedInformation { location, message }
    });
    let unused = [codes::SINGLE_USE, codes::UNUSED_PARAMETER].contains(&one.code);
    lsp::Diagnostic {
        range: match here(one.primary.span) {
            true => places.span(one.primary.span),
            false => lsp::Range::default(),
        },
        severity: Some(match one.severity {
            Severity::Error => lsp::DiagnosticSeverity::ERROR,
            Severity::Warning => lsp::DiagnosticSeverity::WARNING,
            Severity::Note => lsp::DiagnosticSeverity::INFORMATION,
        }),
        code: Some(lsp::NumberOrString::String(one.code.to_string())),
        source: Some("bloom".into()),
        message,
        related_information: Some(related.collect()),
        tags: unused.then(|| vec![lsp::DiagnosticTag::UNNECESSARY]),
        ..lsp::Diagnostic::default()
    }
}

/// Markdown, or plain text where an editor shows no other.
pub fn markup(text: String, client: &Client) -> lsp::MarkupContent {
    match client.markdown {
        true => lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value: text },
        false => {
            let lines = text.lines().filter(|l| !l.starts_with("```"));
            let value = lines.collect::<Vec<_>>().join("\n").replace('`', "");
            lsp::MarkupContent { kind: lsp::MarkupKind::PlainText, value }
        }
    }
}

/// Something that may be written. `number` keeps the order of the offers.
pub fn offer(
    one: ide::Offer,
    number: usize,
    client: &Client,
    places: Places,
) -> lsp::CompletionItem {
    let snippet = one.snippet.filter(|_| client.snippets);
    let format = match snippet.is_some() {
        true => lsp::InsertTextFormat::SNIPPET,
        false => lsp::InsertTextFormat::PLAIN_TEXT,
    };
    let new_text = snippet.unwrap_or_else(|| one.label.clone());
    let range = places.range(&one.range);
    lsp::CompletionItem {
        kind: Some(match one.kind {
            OfferKind::Variable => lsp::CompletionItemKind::VARIABLE,
            OfferKind::Column => lsp::CompletionItemKind::FIELD,
            OfferKind::Collection => lsp::CompletionItemKind::CLASS,
            OfferKind::Constant => lsp::CompletionItemKind::CONSTANT,
            OfferKind::Function => lsp::CompletionItemKind::FUNCTION,
            OfferKind::Constructor => lsp::CompletionItemKind::ENUM_MEMBER,
            OfferKind::Type => lsp::CompletionItemKind::STRUCT,
            OfferKind::Keyword => lsp::CompletionItemKind::KEYWORD,
            OfferKind::Attribute => lsp::CompletionItemKind::PROPERTY,
        }),
        detail: (!one.detail.is_empty()).then_some(one.detail),
        documentation: (!one.doc.is_empty())
            .then(|| lsp::Documentation::MarkupContent(markup(one.doc, client))),
        sort_text: Some(format!("{number:05}")),
        insert_text_format: Some(format),
        text_edit: Some(lsp::CompletionTextEdit::Edit(lsp::TextEdit { range, new_text })),
        label: one.label,
        ..lsp::CompletionItem::default()
    }
}

/// The ways to call.
pub fn signatures(found: ide::Signatures, client: &Client) -> lsp::SignatureHelp {
    let signature = |one: ide::Signature| lsp::SignatureInformation {
        label: one.label,
        documentation: (!one.doc.is_empty())
            .then(|| lsp::Documentation::MarkupContent(markup(one.doc, client))),
        parameters: Some(
            one.params
                .into_iter()
                .map(|label| lsp::ParameterInformation {
                    label: lsp::ParameterLabel::Simple(label),
                    documentation: None,
                })
                .collect(),
        ),
        active_parameter: None,
    };
    lsp::SignatureHelp {
        signatures: found.all.into_iter().map(signature).collect(),
        active_signature: Some(found.active as u32),
        active_parameter: Some(found.parameter as u32),
    }
}

fn symbol_kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::Collection => lsp::SymbolKind::CLASS,
        SymbolKind::Column => lsp::SymbolKind::FIELD,
        SymbolKind::Rule => lsp::SymbolKind::EVENT,
        SymbolKind::Function => lsp::SymbolKind::FUNCTION,
        SymbolKind::Constant => lsp::SymbolKind::CONSTANT,
        SymbolKind::Type => lsp::SymbolKind::STRUCT,
        SymbolKind::Enum => lsp::SymbolKind::ENUM,
        SymbolKind::Constructor => lsp::SymbolKind::ENUM_MEMBER,
        SymbolKind::Role => lsp::SymbolKind::NAMESPACE,
        SymbolKind::Module => lsp::SymbolKind::MODULE,
        SymbolKind::Test => lsp::SymbolKind::METHOD,
    }
}

/// An entry of the outline, with what is inside.
pub fn symbol(one: ide::Symbol, places: Places) -> lsp::DocumentSymbol {
    #[allow(deprecated)]
    lsp::DocumentSymbol {
        name: one.name,
        detail: Some(one.detail),
        kind: symbol_kind(one.kind),
        tags: None,
        deprecated: None,
        range: places.span(one.span),
        selection_range: places.span(one.selection),
        children: Some(one.children.into_iter().map(|c| symbol(c, places)).collect()),
    }
}

/// The same for editors whose outline has one level.
pub fn flat_symbols(
    all: Vec<ide::Symbol>,
    container: Option<&str>,
    uri: &lsp::Uri,
    places: Places,
    out: &mut Vec<lsp::SymbolInformation>,
) {
    for one in all {
        #[allow(deprecated)]
        out.push(lsp::SymbolInformation {
            name: one.name.clone(),
            kind: symbol_kind(one.kind),
            tags: None,
            deprecated: None,
            location: lsp::Location { uri: uri.clone(), range: places.span(one.selection) },
            container_name: container.map(str::to_string),
        });
        flat_symbols(one.children, Some(&one.name), uri, places, out);
    }
}

/// Lines that fold, which editors count from 0.
pub fn fold(one: ide::Fold) -> lsp::FoldingRange {
    lsp::FoldingRange {
        start_line: one.first as u32 - 1,
        end_line: one.last as u32 - 1,
        kind: one.comment.then_some(lsp::FoldingRangeKind::Comment),
        ..lsp::FoldingRange::default()
    }
}

/// The number of a kind in the list that was offered.
fn token_type(colour: Colour) -> u32 {
    match colour {
        Colour::Relation => 0,
        Colour::Column => 1,
        Colour::Variable | Colour::Constant => 2,
        Colour::Parameter => 3,
        Colour::Function => 4,
        Colour::Type => 5,
        Colour::Lattice => 6,
        Colour::Constructor => 7,
        Colour::Keyword => 8,
        Colour::Attribute => 9,
        Colour::Text => 10,
        Colour::Number => 11,
        Colour::Comment => 12,
        Colour::Operator => 13,
    }
}

/// Coloured words, each told by its distance from the one before. What goes
/// over several lines is a word on each.
pub fn tokens(all: Vec<ide::Coloured>, places: Places) -> Vec<lsp::SemanticToken> {
    let mut out = Vec::with_capacity(all.len());
    let mut last = lsp::Position::default();
    for one in all {
        let bits = [one.declares, one.colour == Colour::Constant, one.given, one.documents];
        let modifiers = bits.iter().enumerate().map(|(i, set)| u32::from(*set) << i).sum();
        let range = one.span.range();
        let mut lo = range.start;
        for line in places.text.get(range).unwrap_or("").split_inclusive('\n') {
            let text = line.trim_end_matches(['\n', '\r']);
            let start = places.lines.position(places.text, lo);
            lo += line.len();
            if text.is_empty() {
                continue;
            }
            let delta_line = start.line - last.line;
            let same = delta_line == 0;
            out.push(lsp::SemanticToken {
                delta_line,
                delta_start: start.character - if same { last.character } else { 0 },
                length: places.lines.units(text) as u32,
                token_type: token_type(one.colour),
                token_modifiers_bitset: modifiers,
            });
            last = start;
        }
    }
    out
}
