//! What the grammar's actions call when they need more than a constructor:
//! texts of tokens, values of literals, nodes made of several parts. It
//! builds the tree and does not judge it.

use std::cell::RefCell;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::FileId;
use crate::source::Span;
use crate::syntax::ast::Attr;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::Closing;
use crate::syntax::ast::Collection;
use crate::syntax::ast::CollectionKind;
use crate::syntax::ast::Column;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ImportFrom;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Literal;
use crate::syntax::ast::Module;
use crate::syntax::ast::Name;
use crate::syntax::ast::NetworkWord;
use crate::syntax::ast::StrPart;
use crate::syntax::ast::TestStmt;
use crate::syntax::literals;
use crate::syntax::literals::Piece;
use crate::syntax::literals::Sink;
use crate::syntax::parse;

/// What one run of the parser gives, by its marker.
pub enum Entry {
    /// A whole file.
    Module(Module),
    /// One declaration or rule.
    Item(Box<Item>),
    /// One statement of a test.
    Test(Box<TestStmt>),
    /// One expression.
    Expr(Box<Expr>),
}

/// What the actions share: the text, and a place for messages.
pub struct Ctx<'t> {
    /// The file of all spans.
    pub file: FileId,
    /// Its whole text.
    pub text: &'t str,
    /// Messages about literals.
    pub diagnostics: RefCell<Vec<Diagnostic>>,
}

/// A list with one more.
pub fn push<T>(mut list: Vec<T>, item: T) -> Vec<T> {
    list.push(item);
    list
}

/// Columns before and after `=>`.
pub type Columns = (Vec<Column>, Option<Vec<Column>>);

/// How a stream closes, and whether its events stand alone in a tick.
pub type Mods = (Option<Closing>, Option<Vec<Name>>);

impl<'t> Ctx<'t> {
    /// For one file.
    pub fn new(file: FileId, text: &'t str) -> Ctx<'t> {
        Ctx { file, text, diagnostics: RefCell::default() }
    }

    /// A range of this file.
    pub fn span(&self, lo: usize, hi: usize) -> Span {
        // An empty list puts its end before its beginning.
        Span::new(self.file, lo, hi.max(lo))
    }

    /// The text of a range; empty where a mended token has none.
    pub fn slice(&self, lo: usize, hi: usize) -> &'t str {
        self.text.get(lo..hi).unwrap_or("")
    }

    fn sink<T>(&self, work: impl FnOnce(&mut Sink) -> T) -> T {
        let mut diagnostics = self.diagnostics.borrow_mut();
        work(&mut Sink { file: self.file, diagnostics: &mut diagnostics })
    }

    /// A word.
    pub fn name(&self, lo: usize, hi: usize) -> Name {
        Name { text: self.slice(lo, hi).to_string(), span: self.span(lo, hi) }
    }

    /// `42`
    pub fn int(&self, lo: usize, hi: usize) -> u64 {
        self.sink(|sink| literals::int(sink, lo, self.slice(lo, hi)))
    }

    /// `2.5`
    pub fn float(&self, lo: usize, hi: usize) -> Literal {
        Literal::Float(self.sink(|sink| literals::float(sink, lo, self.slice(lo, hi))))
    }

    /// `1h30m`
    pub fn duration(&self, lo: usize, hi: usize) -> Literal {
        Literal::Duration(self.sink(|sink| literals::duration(sink, lo, self.slice(lo, hi))))
    }

    /// `"text {x}\n"`
    pub fn string(&self, lo: usize, hi: usize) -> Literal {
        let inside = self.slice(lo + 1, hi.saturating_sub(1));
        let pieces = self.sink(|sink| literals::pieces(sink, lo + 1, inside));
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) => parts.push(StrPart::Text(text)),
                Piece::Expr(lo, hi) => parts.extend(self.interpolated(lo, hi).map(StrPart::Expr)),
            }
        }
        Literal::Str(parts)
    }

    fn interpolated(&self, lo: usize, hi: usize) -> Option<Expr> {
        if self.slice(lo, hi).trim().is_empty() {
            let span = self.span(lo - 1, hi + 1);
            self.diagnostics.borrow_mut().push(
                Diagnostic::error(
                    codes::MALFORMED_STRING,
                    span,
                    "nothing between `{` and `}` in a string",
                )
                .help("put an expression between them, or write `{{}}` for braces"),
            );
            return None;
        }
        let (expr, found) = parse::expression(self.file, self.text, lo, hi);
        self.diagnostics.borrow_mut().extend(found);
        expr
    }

    /// `r"raw"`
    pub fn raw_string(&self, lo: usize, hi: usize) -> Literal {
        let inside = self.slice(lo + 2, hi.saturating_sub(1));
        let text = StrPart::Text(inside.to_string());
        Literal::Str(if inside.is_empty() { Vec::new() } else { vec![text] })
    }

    /// `b"\x00"`
    pub fn bytes(&self, lo: usize, hi: usize) -> Literal {
        let inside = self.slice(lo + 2, hi.saturating_sub(1));
        Literal::Bytes(self.sink(|sink| literals::bytes(sink, lo + 2, inside)))
    }

    /// A statement with what stands before it; documentation comes later.
    pub fn item(&self, lo: usize, attrs: Vec<Attr>, kind: ItemKind, hi: usize) -> Item {
        Item { doc: None, attrs, kind, span: self.span(lo, hi) }
    }

    /// A declaration with columns.
    pub fn collection(
        &self,
        kind: CollectionKind,
        name: Name,
        columns: Option<Columns>,
        (closing, serial): Mods,
    ) -> ItemKind {
        let (columns, values) = columns.unwrap_or_default();
        ItemKind::Collection(Collection { kind, name, columns, values, closing, serial })
    }

    /// `import "./voting.bloom";`
    pub fn import(&self, lo: usize, hi: usize) -> ImportFrom {
        let Literal::Str(parts) = self.string(lo, hi) else {
            return ImportFrom::File(String::new(), self.span(lo, hi));
        };
        let mut path = String::new();
        for part in parts {
            match part {
                StrPart::Text(text) => path.push_str(&text),
                StrPart::Expr(expr) => self.diagnostics.borrow_mut().push(
                    Diagnostic::error(
                        codes::MALFORMED_STRING,
                        expr.span,
                        "the file of an import is fixed text",
                    )
                    .help("write `{{` and `}}` for braces"),
                ),
            }
        }
        ImportFrom::File(path, self.span(lo, hi))
    }

    /// `test "title" { … }`
    pub fn test(&self, lo: usize, hi: usize, body: Vec<TestStmt>) -> ItemKind {
        ItemKind::Test { title: self.string(lo, hi), title_span: self.span(lo, hi), body }
    }

    /// An operator with two sides.
    pub fn binary(&self, a: Expr, op: BinOp, lo: usize, hi: usize, b: Expr) -> Expr {
        let span = a.span.to(b.span);
        Expr { kind: ExprKind::Binary(op, self.span(lo, hi), Box::new(a), Box::new(b)), span }
    }

    /// `t.0`
    pub fn tuple_field(&self, e: Expr, lo: usize, hi: usize) -> ExprKind {
        let index = self.int(lo, hi);
        let small = u32::try_from(index).unwrap_or_else(|_| {
            let title = format!("no tuple has a field {index}");
            let message = Diagnostic::error(codes::MALFORMED_NUMBER, self.span(lo, hi), title);
            self.diagnostics.borrow_mut().push(message);
            0
        });
        ExprKind::TupleField(Box::new(e), small, self.span(lo, hi))
    }

    /// `(a,)`, `(a, b)`
    pub fn tuple(&self, first: Expr, rest: Option<Vec<Expr>>) -> ExprKind {
        let mut all = vec![first];
        all.extend(rest.unwrap_or_default());
        ExprKind::Tuple(all)
    }

    /// A line of `network`: its tokens, a blank where there was one.
    pub fn network(&self, lo: usize, tokens: Vec<(usize, usize)>, hi: usize) -> NetworkWord {
        let mut text = String::new();
        let mut end = lo;
        for (l, r) in tokens {
            if l > end {
                text.push(' ');
            }
            text.push_str(self.slice(l, r));
            end = r;
        }
        NetworkWord { text, span: self.span(lo, hi) }
    }
}
