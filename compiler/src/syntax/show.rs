//! Tokens and trees as text for people who want to see what was understood.
//! The forms are for reading and may change; nothing parses them.

use crate::source::FileId;
use crate::source::SourceMap;
use crate::syntax::ast::Item;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Lit;
use crate::syntax::ast::Module;
use crate::syntax::ast::Rule;
use crate::syntax::ast::TestStmt;
use crate::syntax::lexer;
use crate::syntax::print;
use crate::syntax::token::Token;

mod tree;

/// One token per line: place, kind, text. Comments are left out.
pub fn tokens_text(file: FileId, text: &str) -> String {
    let mut map = SourceMap::default();
    let id = map.add("", text);
    let source = map.file(id);
    let mut out = String::new();
    for tok in lexer::lex(file, text).tokens {
        let (line, column) = source.line_col(tok.lo as u32);
        let place = format!("{line}:{column}");
        let slice = text.get(tok.lo..tok.hi).unwrap_or("");
        let kind = match tok.kind {
            Token::TooDeep => "too deep".to_string(),
            Token::Error => "error".to_string(),
            kind if kind.text().is_some() => {
                if kind.is_word() { "word" } else { "sign" }.to_string()
            }
            Token::Float => "number".to_string(),
            Token::Duration => "duration".to_string(),
            Token::Upper => "capitalised".to_string(),
            kind => kind.name().trim_start_matches("a ").to_string(),
        };
        out.push_str(&format!("{place:<8} {kind:<12} {slice}\n"));
    }
    out
}

/// The tree, a node per line, deeper nodes further in.
pub fn ast_text(module: &Module) -> String {
    let mut out = Lines::default();
    items(&mut out, module);
    out.text
}

/// Lines with indentation.
#[derive(Default)]
struct Lines {
    text: String,
    depth: usize,
}

impl Lines {
    fn line(&mut self, text: &str) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn inside(&mut self, work: impl FnOnce(&mut Self)) {
        self.depth += 1;
        work(self);
        self.depth -= 1;
    }
}

fn items(out: &mut Lines, module: &Module) {
    for item in &module.items {
        self::item(out, item);
    }
}

fn item(out: &mut Lines, item: &Item) {
    let at = format!("{:?}", item.span);
    match &item.kind {
        ItemKind::Rule(rule) => self::rule(out, rule, &at),
        ItemKind::ViewRule { name, args, body } => {
            out.line(&format!("view rule {} @{at}", name.text));
            out.inside(|out| {
                tree::args(out, args);
                lits(out, body);
            });
        }
        ItemKind::Role(role) => block(out, item, &role.body, &at),
        ItemKind::Module(module) => block(out, item, &module.body, &at),
        ItemKind::Protocol { body, .. } => block(out, item, body, &at),
        ItemKind::Test { body, .. } => {
            out.line(&format!("{} @{at}", header(item)));
            out.inside(|out| body.iter().for_each(|stmt| test(out, stmt)));
        }
        ItemKind::Broken { words } => {
            out.line(&format!("broken ({}) @{at}", words.join(" ")));
        }
        ItemKind::Fn { name, body, .. } => {
            out.line(&format!("fn {} @{at}", name.text));
            out.inside(|out| tree::expr(out, body));
        }
        ItemKind::Const { name, value, .. } => {
            out.line(&format!("const {} @{at}", name.text));
            out.inside(|out| tree::expr(out, value));
        }
        ItemKind::Collection(collection) => {
            out.line(&format!("{} {} @{at}", tree::kind(collection.kind), collection.name.text));
            out.inside(|out| tree::columns(out, collection));
        }
        _ => out.line(&format!("{} @{at}", header(item))),
    }
    out.inside(|out| {
        for attr in &item.attrs {
            out.line(&format!("attribute {}", attr.name.text));
        }
        for line in item.doc.iter().flat_map(|doc| doc.lines()) {
            out.line(&format!("doc {line}"));
        }
    });
}

fn block(out: &mut Lines, item: &Item, body: &Module, at: &str) {
    out.line(&format!("{} @{at}", header(item)));
    out.inside(|out| items(out, body));
}

/// The statement's first line as it would be printed.
fn header(item: &Item) -> String {
    let bare = Item { doc: None, attrs: Vec::new(), ..item.clone() };
    let text = print::print_module(&Module { items: vec![bare] });
    text.lines().next().unwrap_or("").trim_end_matches([' ', '{', ';']).to_string()
}

fn rule(out: &mut Lines, rule: &Rule, at: &str) {
    let sort = if rule.op.is_none() { "fact" } else { "rule" };
    let seal = if rule.seal { "seal " } else { "" };
    let op = rule.op.map_or("", |(op, _)| tree::op(op));
    let path: Vec<&str> = rule.head.path.iter().map(|name| name.text.as_str()).collect();
    let title = format!("{sort} {seal}{} {op}", path.join("."));
    out.line(&format!("{} @{at}", title.trim_end()));
    out.inside(|out| {
        tree::args(out, &rule.head.args);
        lits(out, &rule.body);
    });
}

fn lits(out: &mut Lines, body: &[Lit]) {
    for lit in body {
        self::lit(out, lit);
    }
}

fn lit(out: &mut Lines, lit: &Lit) {
    match lit {
        Lit::Plain { expr, otherwise } => {
            out.line("literal");
            out.inside(|out| tree::expr(out, expr));
            if let Some(other) = otherwise {
                out.line("else");
                out.inside(|out| tree::expr(out, other));
            }
        }
        Lit::All { var, range, lit, .. } => {
            out.line(&format!("all {}", var.text));
            out.inside(|out| {
                tree::expr(out, range);
                self::lit(out, lit);
            });
        }
    }
}

fn test(out: &mut Lines, stmt: &TestStmt) {
    let wrapped = ItemKind::Test {
        title: crate::syntax::ast::Literal::Str(Vec::new()),
        title_span: stmt.span,
        body: vec![stmt.clone()],
    };
    let item = Item { doc: None, attrs: Vec::new(), kind: wrapped, span: stmt.span };
    let text = print::print_module(&Module { items: vec![item] });
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.get(1..lines.len().saturating_sub(1)).unwrap_or(&[]) {
        out.line(line.strip_prefix("  ").unwrap_or(line));
    }
}
