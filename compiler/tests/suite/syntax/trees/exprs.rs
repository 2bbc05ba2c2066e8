//! Random expressions with the parentheses that text would need.

use super::*;

fn expr_of(kind: ExprKind) -> Expr {
    Expr { kind, span: NOWHERE }
}

/// Literals; `quotes` says whether strings may stand here.
fn literal(quotes: bool) -> BoxedStrategy<Literal> {
    let plain = prop_oneof![
        (0u64..=1 << 63).prop_map(Literal::Int),
        (0.0f64..1e300).prop_map(Literal::Float),
        any::<bool>().prop_map(Literal::Bool),
        (0i64..i64::MAX).prop_map(Literal::Duration),
        (0i64..1000).prop_map(|s| Literal::Duration(s * 1_000_000_000)),
    ];
    if !quotes {
        return plain.boxed();
    }
    let part = || {
        prop_oneof![
            "[a-z{}\\\\\" é\\n\\t]{1,6}".prop_map(StrPart::Text),
            expr(false).prop_map(StrPart::Expr),
        ]
    };
    prop_oneof![
        4 => plain,
        1 => vec(any::<u8>(), 0..5).prop_map(Literal::Bytes),
        2 => vec(part(), 0..3).prop_map(|parts| Literal::Str(joined(parts))),
    ]
    .boxed()
}

/// Two texts side by side are one.
fn joined(parts: Vec<StrPart>) -> Vec<StrPart> {
    let mut out: Vec<StrPart> = Vec::new();
    for part in parts {
        match (out.last_mut(), part) {
            (Some(StrPart::Text(before)), StrPart::Text(text)) => before.push_str(&text),
            (_, part) => out.push(part),
        }
    }
    out
}

fn leaf(quotes: bool) -> BoxedStrategy<Expr> {
    prop_oneof![
        4 => word().prop_map(ExprKind::Name),
        1 => uid().prop_map(|n| ExprKind::Upper(n.text)),
        1 => Just(ExprKind::Wildcard),
        3 => literal(quotes).prop_map(ExprKind::Literal),
        1 => name().prop_map(ExprKind::At),
        1 => Just(ExprKind::Tuple(Vec::new())),
        1 => Just(ExprKind::Set(Vec::new())),
    ]
    .prop_map(expr_of)
    .boxed()
}

const LEVELS: &[(u8, &[BinOp])] = &[
    (1, &[BinOp::Or]),
    (2, &[BinOp::And]),
    (
        4,
        &[BinOp::Eq, BinOp::Ne, BinOp::Lt, BinOp::Le, BinOp::Gt, BinOp::Ge, BinOp::Bind, BinOp::In],
    ),
    (5, &[BinOp::Range]),
    (6, &[BinOp::Add, BinOp::Sub]),
    (7, &[BinOp::Mul, BinOp::Div, BinOp::Rem]),
];

fn level(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::If(..) => 0,
        ExprKind::Binary(BinOp::Bind, _, _, b) if level(b) == 0 => 0,
        ExprKind::Binary(op, ..) => {
            LEVELS.iter().find(|(_, ops)| ops.contains(op)).map_or(4, |l| l.0)
        }
        ExprKind::Not(_) => 3,
        ExprKind::Neg(_) => 8,
        ExprKind::Field(..) | ExprKind::TupleField(..) | ExprKind::Index(..) => 9,
        ExprKind::Call(..) | ExprKind::Named(..) | ExprKind::Try(_) => 9,
        _ => 10,
    }
}

/// In parentheses when it would not stand alone.
fn at_least(expr: Expr, least: u8) -> Box<Expr> {
    // `1.0` would be another number, not a field.
    let number = least == 9 && matches!(expr.kind, ExprKind::Literal(Literal::Int(_)));
    match level(&expr) >= least && !number {
        true => Box::new(expr),
        false => Box::new(expr_of(ExprKind::Paren(Box::new(expr)))),
    }
}

fn binary(op: BinOp, a: Expr, b: Expr) -> ExprKind {
    let (left, right) = match op {
        BinOp::Or => (1, 2),
        BinOp::And => (2, 3),
        BinOp::Range => (6, 6),
        BinOp::Add | BinOp::Sub => (6, 7),
        BinOp::Mul | BinOp::Div | BinOp::Rem => (7, 8),
        // `x = if c then a else b`.
        BinOp::Bind if matches!(b.kind, ExprKind::If(..)) => (5, 0),
        _ => (5, 5),
    };
    ExprKind::Binary(op, NOWHERE, at_least(a, left), at_least(b, right))
}

pub(super) fn named(value: BoxedStrategy<Expr>) -> impl Strategy<Value = NamedArg> {
    (name(), option::of(value)).prop_map(|(name, value)| NamedArg { name, value })
}

/// An expression; `quotes` is false inside strings.
pub(super) fn expr(quotes: bool) -> BoxedStrategy<Expr> {
    let (depth, size) = if quotes { (4, 24) } else { (2, 4) };
    leaf(quotes)
        .prop_recursive(depth, size, 3, move |inner| {
            let ops: Vec<BinOp> = LEVELS.iter().flat_map(|(_, ops)| ops.iter().copied()).collect();
            let many = |range| vec(inner.clone(), range);
            let pairs = || vec((inner.clone(), inner.clone()), 1..3);
            let base = || inner.clone().prop_map(|e| at_least(e, 9));
            prop_oneof![
                5 => (prop::sample::select(ops), inner.clone(), inner.clone()).prop_map(|(op, a, b)| binary(op, a, b)),
                1 => inner.clone().prop_map(|e| ExprKind::Not(at_least(e, 3))),
                1 => inner.clone().prop_map(|e| ExprKind::Neg(at_least(e, 8))),
                1 => inner.clone().prop_map(|e| ExprKind::Paren(Box::new(e))),
                1 => (inner.clone(), inner.clone(), inner.clone())
                    .prop_map(|(c, a, b)| ExprKind::If(Box::new(c), Box::new(a), Box::new(b))),
                1 => many(1..3).prop_map(ExprKind::Tuple),
                1 => many(0..3).prop_map(ExprKind::List),
                1 => many(0..3).prop_map(ExprKind::Set),
                1 => pairs().prop_map(ExprKind::Map),
                1 => (inner.clone(), pairs()).prop_map(|(e, arms)| ExprKind::Match(Box::new(e), arms)),
                1 => (base(), name()).prop_map(|(e, n)| ExprKind::Field(e, n)),
                1 => (base(), 0u32..9).prop_map(|(e, i)| ExprKind::TupleField(e, i, NOWHERE)),
                1 => (base(), inner.clone()).prop_map(|(e, i)| ExprKind::Index(e, Box::new(i))),
                3 => (base(), many(0..4)).prop_map(|(e, args)| ExprKind::Call(e, args)),
                1 => (base(), vec(named(inner.clone().boxed()), 1..3)).prop_map(|(e, args)| ExprKind::Named(e, args)),
                1 => base().prop_map(ExprKind::Try),
                1 => (name(), many(0..3)).prop_map(|(n, args)| ExprKind::Seal(n, args)),
            ]
            .prop_map(expr_of)
        })
        .boxed()
}

fn args() -> impl Strategy<Value = Args> {
    prop_oneof![
        3 => vec(expr(true), 0..4).prop_map(Args::Positional),
        1 => vec(named(expr(true)), 1..3).prop_map(Args::Named),
    ]
}

pub(super) fn head() -> impl Strategy<Value = Head> {
    (path(), args()).prop_map(|(path, args)| Head { path, args, span: NOWHERE })
}

fn lit() -> impl Strategy<Value = Lit> {
    let plain = (expr(true), option::weighted(0.1, expr(true)))
        .prop_map(|(expr, otherwise)| Lit::Plain { expr, otherwise });
    plain.prop_recursive(2, 3, 1, |inner| {
        (name(), expr(true), inner).prop_map(|(var, range, lit)| Lit::All {
            var,
            range: *at_least(range, 5),
            lit: Box::new(lit),
            span: NOWHERE,
        })
    })
}

pub(super) fn body() -> impl Strategy<Value = Vec<Lit>> {
    vec(lit(), 1..4)
}
