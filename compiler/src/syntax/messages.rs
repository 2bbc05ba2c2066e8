//! Words for what is wrong: the grammar's list of terminals becomes a thing a
//! reader knows ("a type", "a column such as `name: type`"). Says where and
//! what, mends nothing.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::actions::Ctx;
use crate::syntax::lexer::Tok;
use crate::syntax::parse::Failure;
use crate::syntax::token::SOFT;
use crate::syntax::token::Token;

/// The place of a token, or the end of the last one.
pub fn span_at(cx: &Ctx, tokens: &[Tok], at: usize) -> Span {
    match (tokens.get(at), tokens.last()) {
        (Some(tok), _) => cx.span(tok.lo, tok.hi),
        (None, Some(last)) => cx.span(last.hi, last.hi),
        (None, None) => cx.span(0, 0),
    }
}

/// Brackets that are open after these tokens, outermost first.
pub fn open_brackets(tokens: &[Tok]) -> Vec<Tok> {
    let mut open: Vec<Tok> = Vec::new();
    for tok in tokens {
        if tok.kind.closer().is_some() {
            open.push(*tok);
        } else if tok.kind.closes()
            && let Some(i) = open.iter().rposition(|o| o.kind.closer() == Some(tok.kind))
        {
            open.truncate(i);
        }
    }
    open
}

/// A bracket without its other half.
pub fn never_closed(cx: &Ctx, opener: &Tok, end: usize) -> Diagnostic {
    let text = opener.kind.text().unwrap_or("");
    let closer = opener.kind.closer().and_then(Token::text).unwrap_or("");
    Diagnostic::error(
        codes::BRACKETS,
        cx.span(opener.lo, opener.hi),
        format!("this `{text}` is never closed"),
    )
    .at("opened here")
    .label(cx.span(end, end), format!("expected `{closer}` at the latest here"))
    .fix(format!("write `{closer}`"), cx.span(end, end), closer)
}

/// A bracket closed by one of another sort.
pub fn mismatched(cx: &Ctx, opener: &Tok, closer: &Tok) -> Diagnostic {
    let (open, close) = (opener.kind.text().unwrap_or(""), closer.kind.text().unwrap_or(""));
    let right = opener.kind.closer().and_then(Token::text).unwrap_or("");
    Diagnostic::error(
        codes::BRACKETS,
        cx.span(closer.lo, closer.hi),
        format!("`{close}` does not close `{open}`"),
    )
    .at(format!("expected `{right}`"))
    .label(cx.span(opener.lo, opener.hi), "opened here")
}

/// A closing bracket or a `;` with nothing before it.
pub fn stray(cx: &Ctx, tok: &Tok) -> Diagnostic {
    let span = cx.span(tok.lo, tok.hi);
    let text = tok.kind.text().unwrap_or("");
    let message = match tok.kind {
        Token::Semi => {
            Diagnostic::error(codes::SYNTAX, span, "no statement stands before this `;`")
        }
        _ => Diagnostic::error(codes::BRACKETS, span, format!("this `{text}` closes nothing")),
    };
    message.at("one too many").fix("take it away", span, "")
}

/// A statement that goes on into the next one.
pub fn missing_semicolon(cx: &Ctx, tokens: &[Tok], at: usize) -> Diagnostic {
    let last = &tokens[at - 1];
    let end = cx.span(last.hi, last.hi);
    let what = statement(tokens);
    let message =
        Diagnostic::error(codes::MISSING_SEMICOLON, end, format!("expected `;` after this {what}"))
            .at("here")
            .fix("write `;`", end, ";");
    match tokens.get(at) {
        Some(next) => message.label(cx.span(next.lo, next.hi), "the next statement begins here"),
        None => message,
    }
}

/// What sort of statement these tokens begin.
fn statement(tokens: &[Tok]) -> &'static str {
    use Token::*;
    let kinds: Vec<Token> = tokens.iter().take(2).map(|t| t.kind).collect();
    match kinds[..] {
        [Table | View | Static | Import | Use | Const | Fn | Type | Lattice | Enum, ..] => {
            "declaration"
        }
        [Tick | Expect | Nodes | Seeds | Network, next] if !matches!(next, LParen | Dot) => {
            "statement"
        }
        [_, LParen | LBrace | Dot] | [Seal, _] => "rule",
        [AtSign, ..] | [] => "statement",
        _ => "declaration",
    }
}

/// The message of last resort: what is here, and what could be.
pub fn unexpected(cx: &Ctx, tokens: &[Tok], failure: &Failure) -> Diagnostic {
    let at = failure.at;
    let span = span_at(cx, tokens, at);
    let here = tokens.get(at).map(|t| t.kind);
    if let Some(message) =
        chained(failure, here, span).or_else(|| untyped_view(cx, tokens, failure))
    {
        return message;
    }
    if let (1, Some(first)) = (at, tokens.first().filter(|t| t.kind == Token::Ident)) {
        let head = cx.slice(first.lo, first.hi);
        return Diagnostic::error(codes::SYNTAX, span, format!("expected `(` after `{head}`"))
            .at("not here")
            .help(format!("a rule begins with its head, as in `{head}(x) <= …;`"));
    }
    let wanted = wanted(tokens, failure);
    let found = match tokens.get(at) {
        Some(tok) if tok.kind.text().is_none() && tok.hi - tok.lo <= 40 => {
            format!("`{}`", cx.slice(tok.lo, tok.hi))
        }
        Some(tok) => tok.kind.name(),
        None => "the end of the text".into(),
    };
    let title = match (&wanted, at) {
        (Some(wanted), _) => format!("expected {wanted}, found {found}"),
        (None, 0) => format!("no statement begins with {found}"),
        (None, _) => format!("did not expect {found} here"),
    };
    let message = Diagnostic::error(codes::SYNTAX, span, title);
    let open = open_brackets(&tokens[..at.min(tokens.len())]);
    let message = match wanted {
        Some(wanted) => message.at(format!("expected {wanted}")),
        None => message.at("not here"),
    };
    match open.last() {
        Some(opener) if here.is_none_or(|k| k == Token::Semi) => {
            message.label(cx.span(opener.lo, opener.hi), "this is still open")
        }
        Some(_) if here == Some(Token::Else) && !failure.expects("else") => {
            message.help("`p(k, v) else v = 0` stands between commas of a body, without brackets")
        }
        _ => message,
    }
}

/// An expression by itself, on a command line or in a string.
pub fn in_expression(
    cx: &Ctx,
    tokens: &[Tok],
    failure: &Failure,
    (lo, hi): (usize, usize),
) -> Diagnostic {
    if tokens.is_empty() {
        return Diagnostic::error(
            codes::SYNTAX,
            cx.span(lo, hi),
            "expected an expression, found nothing",
        );
    }
    let mut message = unexpected(cx, tokens, failure);
    message.title = message.title.replace("the end of the text", "its end");
    message
}

fn chained(failure: &Failure, here: Option<Token>, span: Span) -> Option<Diagnostic> {
    use Token::*;
    let compares = matches!(here?, EqEq | NotEq | Less | OpNow | Greater | GreaterEq | Assign | In);
    (compares && failure.expects("and") && failure.expects("or")).then(|| {
        Diagnostic::error(codes::SYNTAX, span, "comparisons do not chain")
            .at("the second comparison")
            .help("write two of them: `a < b, b < c`, or put one in parentheses")
    })
}

/// `view v(a, b);`: names without types and no rule.
fn untyped_view(cx: &Ctx, tokens: &[Tok], failure: &Failure) -> Option<Diagnostic> {
    let view = tokens.first()?.kind == Token::View;
    if !view
        || tokens.get(failure.at)?.kind != Token::Semi
        || failure.expected.len() != 1
        || !failure.expects("<=")
    {
        return None;
    }
    let name = tokens.get(1)?;
    let title = format!("the columns of `{}` have no types", cx.slice(name.lo, name.hi));
    let last = tokens.get(failure.at - 1)?;
    Some(
        Diagnostic::error(codes::COLUMN_WITHOUT_TYPE, cx.span(name.hi, last.hi), title)
            .at("expected columns such as `name: type`, or `<=` and a body after them")
            .help("give each column a type, or define the view here: `view p(a) <= q(a);`"),
    )
}

/// What was expected, in words; `None` when no words would help.
fn wanted(tokens: &[Tok], failure: &Failure) -> Option<String> {
    let has = |terminal: &str| failure.expects(terminal);
    let before = failure.at.checked_sub(1).and_then(|i| tokens.get(i)).map(|t| t.kind);
    if failure.at == 0 || before == Some(Token::Semi) {
        return None;
    }
    let (name, upper, value) = (has("ident"), has("Upper"), has("int") && has("ident") && has("("));
    if value {
        let part = matches!(
            before,
            Some(
                Token::Comma
                    | Token::OpNow
                    | Token::OpNext
                    | Token::OpDelete
                    | Token::OpReplace
                    | Token::OpSend
            )
        );
        let body = part && open_brackets(&tokens[..failure.at]).is_empty();
        return Some(if body { "an atom or a condition" } else { "an expression" }.into());
    }
    if name && upper && has("[") {
        return Some("a type such as `int` or `Max<int>`".into());
    }
    if name && has("@") {
        return Some("a column such as `name: type`".into());
    }
    if has("<=") && has("<~") && !has("or") {
        return Some("the sign of a rule (`<=`, `<+`, `<-`, `<+-`, `<~`) or `;`".into());
    }
    listed(failure, name)
}

/// At most four alternatives, operators left out when something else can end
/// the place.
fn listed(failure: &Failure, name: bool) -> Option<String> {
    const OPERATORS: &[&str] = &[
        "or", "and", "in", "==", "!=", "<", "<=", ">", ">=", "=", "..", "+", "-", "*", "/", "%",
        "?", ".", "(", "[", "{", "else",
    ];
    let mut words: Vec<String> = Vec::new();
    if name {
        words.push("a name".into());
    }
    for terminal in &failure.expected {
        let terminal = terminal.trim_matches('"');
        let soft = name && (terminal == "ident" || SOFT.contains(&terminal));
        if soft || terminal.starts_with('#') {
            continue;
        }
        words.push(match terminal {
            "Upper" => "a capitalised name".into(),
            "ident" => "a name".into(),
            "int" => "a whole number".into(),
            "string" => "a string".into(),
            "duration" => "a duration such as `5s`".into(),
            "expect error" => "`error`".into(),
            other => format!("`{other}`"),
        });
    }
    if words.len() > 4 {
        words.retain(|w| !OPERATORS.contains(&w.trim_matches('`')));
    }
    match &words[..] {
        [] => None,
        [one] => Some(one.clone()),
        [first @ .., last] if words.len() <= 4 => Some(format!("{} or {last}", first.join(", "))),
        _ => None,
    }
}
