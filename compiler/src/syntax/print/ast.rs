//! The printer itself: emits tokens in the order of the source and wraps them
//! in groups. With a source a token's text is the source's, so literals keep
//! their spelling and comments come along; without one it is made.

use crate::syntax::ast::Module;
use crate::syntax::ast::Name;
use crate::syntax::ast::Path;
use crate::syntax::print::comments::Source;
use crate::syntax::print::doc::Doc;
use crate::syntax::print::doc::group;
use crate::syntax::print::doc::nest;
use crate::syntax::token::Token;

/// Gathers a document.
#[derive(Default)]
pub struct Printer<'a> {
    source: Option<Source<'a>>,
    pub(super) out: Vec<Doc<'a>>,
}

impl<'a> Printer<'a> {
    /// Prints the tree of this source.
    pub fn with_source(source: Source<'a>) -> Printer<'a> {
        Printer { source: Some(source), out: Vec::new() }
    }

    /// A whole file.
    pub fn file(&mut self, module: &Module) {
        self.items(module);
        if let Some(source) = &mut self.source {
            source.leading(&mut self.out);
        }
    }

    /// The document.
    pub fn finish(self) -> Doc<'a> {
        Doc::Concat(self.out)
    }

    /// One token.
    pub(super) fn tok(&mut self, text: &str) {
        match &mut self.source {
            Some(source) => source.token(&mut self.out),
            None => self.out.push(Doc::Text(text.to_string().into())),
        }
    }

    /// A token with a blank before it.
    pub(super) fn spaced(&mut self, text: &str) {
        self.out.push(Doc::Space);
        self.tok(text);
    }

    /// A token with a blank after it.
    pub(super) fn word(&mut self, text: &str) {
        self.tok(text);
        self.out.push(Doc::Space);
    }

    pub(super) fn push(&mut self, doc: Doc<'a>) {
        self.out.push(doc);
    }

    /// Collects what `work` emits.
    pub(super) fn part(&mut self, work: impl FnOnce(&mut Self)) -> Vec<Doc<'a>> {
        let outer = std::mem::take(&mut self.out);
        work(self);
        std::mem::replace(&mut self.out, outer)
    }

    pub(super) fn group(&mut self, work: impl FnOnce(&mut Self)) {
        let part = self.part(work);
        self.out.push(group(part));
    }

    pub(super) fn nest(&mut self, work: impl FnOnce(&mut Self)) {
        let part = self.part(work);
        self.out.push(nest(part));
    }

    pub(super) fn name(&mut self, name: &Name) {
        self.tok(&name.text);
    }

    pub(super) fn path(&mut self, path: &Path) {
        for (i, name) in path.iter().enumerate() {
            if i > 0 {
                self.tok(".");
            }
            self.name(name);
        }
    }

    /// Items parted by commas, each on its own line when they do not fit.
    pub(super) fn commas<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.tok(",");
                self.push(Doc::Line);
            }
            self.group(|p| each(p, item));
        }
    }

    /// A bracketed list.
    pub(super) fn list<T>(
        &mut self,
        (open, close): (&str, &str),
        items: &[T],
        each: impl FnMut(&mut Self, &T),
    ) {
        if items.is_empty() {
            self.tok(open);
            self.tok(close);
            return;
        }
        self.group(|p| {
            p.tok(open);
            p.nest(|p| {
                p.push(Doc::SoftLine);
                p.commas(items, each);
                p.before_closing();
            });
            p.push(Doc::SoftLine);
            p.tok(close);
        });
    }

    /// A braced list with blanks inside, whose lines all end with commas when
    /// broken: arms, variants.
    pub(super) fn braced<T>(&mut self, items: &[T], each: impl FnMut(&mut Self, &T)) {
        self.group(|p| {
            p.tok("{");
            p.nest(|p| {
                p.push(Doc::Line);
                p.commas(items, each);
                p.trailing_comma();
                p.before_closing();
            });
            p.push(Doc::Line);
            p.tok("}");
        });
    }

    /// A comma where the list is broken, whether or not there was one.
    pub(super) fn trailing_comma(&mut self) {
        self.push(Doc::IfBroken(","));
        if let Some(source) = &mut self.source
            && source.peek() == Some(Token::Comma)
        {
            source.skip(&mut self.out);
        }
    }

    /// Comments before a closing bracket stand as deep as what it closes.
    pub(super) fn before_closing(&mut self) {
        if let Some(source) = &mut self.source {
            source.closing(&mut self.out);
        }
    }

    /// Whether a tree without a source is printed.
    pub(super) fn is_free(&self) -> bool {
        self.source.is_none()
    }

    /// Whether the source goes on with `(`.
    pub(super) fn next_is_paren(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.peek() == Some(Token::LParen))
    }

    /// What stands before a statement.
    pub(super) fn statement_start(&mut self, doc: Option<&str>) {
        match &mut self.source {
            Some(source) => source.statement(&mut self.out),
            None => {
                for line in doc.iter().flat_map(|doc| doc.split('\n')) {
                    let line = if line.is_empty() { "///".into() } else { format!("/// {line}") };
                    self.push(Doc::Text(line.into()));
                    self.push(Doc::HardLine);
                }
            }
        }
    }

    /// A line of `network`, token by token up to its `;`.
    pub(super) fn raw_line(&mut self, text: &str) {
        let Some(source) = &mut self.source else {
            self.push(Doc::Text(text.to_string().into()));
            return;
        };
        let mut first = true;
        while source.peek().is_some_and(|kind| kind != Token::Semi) {
            if !first && source.spaced() {
                self.out.push(Doc::Space);
            }
            source.token(&mut self.out);
            first = false;
        }
    }
}
