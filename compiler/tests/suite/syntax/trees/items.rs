//! Random declarations, rules and blocks.

use super::exprs::body;
use super::exprs::expr;
use super::exprs::head;
use super::exprs::named;
use super::test_blocks::test_stmt;
use super::*;

fn column() -> impl Strategy<Value = Column> {
    (any::<bool>(), name(), ty(), option::weighted(0.2, expr(true)))
        .prop_map(|(at, name, ty, default)| Column { at, name, ty, default, span: NOWHERE })
}

fn columns() -> impl Strategy<Value = (Vec<Column>, Option<Vec<Column>>)> {
    (vec(column(), 0..3), option::of(vec(column(), 0..3)))
}

fn params() -> impl Strategy<Value = Vec<Param>> {
    let param = (name(), ty(), option::of(expr(true))).prop_map(|(name, ty, default)| Param {
        name,
        ty,
        default,
    });
    vec(param, 0..3)
}

const KINDS: &[CollectionKind] = &[
    CollectionKind::Table,
    CollectionKind::StaticTable,
    CollectionKind::Scratch,
    CollectionKind::Input,
    CollectionKind::InputTable,
    CollectionKind::InputView,
    CollectionKind::Output,
    CollectionKind::OutputTable,
    CollectionKind::OutputView,
    CollectionKind::Channel,
    CollectionKind::Timer,
];

fn collection() -> impl Strategy<Value = ItemKind> {
    let names = || vec(name(), 0..3);
    let closing = option::weighted(
        0.3,
        prop_oneof![names().prop_map(Closing::Sealed), Just(Closing::Endless(NOWHERE))],
    );
    let stored =
        (prop::sample::select(KINDS), name(), columns(), closing, option::weighted(0.3, names()))
            .prop_map(|(kind, name, (columns, values), closing, serial)| Collection {
                kind,
                name,
                columns,
                values,
                closing,
                serial,
            });
    let view = (name(), columns()).prop_map(|(name, (columns, values))| Collection {
        kind: CollectionKind::View,
        name,
        columns,
        values,
        closing: None,
        serial: None,
    });
    prop_oneof![stored, view].prop_map(ItemKind::Collection)
}

fn rule() -> impl Strategy<Value = Rule> {
    let ops = &[Op::Now, Op::Next, Op::Delete, Op::Replace, Op::Send][..];
    let fact = head().prop_map(|head| Rule { seal: false, head, op: None, body: Vec::new() });
    let full = (any::<bool>(), head(), prop::sample::select(ops), body())
        .prop_map(|(seal, head, op, body)| Rule { seal, head, op: Some((op, NOWHERE)), body });
    prop_oneof![1 => fact, 3 => full]
}

fn definition() -> impl Strategy<Value = ItemKind> {
    let uids = || vec(uid(), 0..3);
    let variant = (uid(), vec(ty(), 0..3)).prop_map(|(name, payload)| Variant { name, payload });
    let file = "[a-z./{}\"]{0,8}".prop_map(|f| ImportFrom::File(f, NOWHERE));
    let kinds = prop::sample::select(KINDS);
    prop_oneof![
        (kinds, name(), path()).prop_map(|(kind, name, of)| ItemKind::Like { kind, name, of }),
        (name(), expr(true)).prop_map(|(name, every)| ItemKind::Periodic { name, every }),
        prop_oneof![path().prop_map(ImportFrom::Path), file].prop_map(ItemKind::Import),
        (vec(name(), 0..2), uid(), vec(ty(), 0..3), vec(named(expr(true)), 0..3), name()).prop_map(
            |(mut path, module, type_args, args, alias)| {
                path.push(module);
                ItemKind::Use { path, type_args, args, alias }
            }
        ),
        (name(), params(), ty(), expr(true)).prop_map(|(name, params, ret, body)| ItemKind::Fn {
            name,
            params,
            ret,
            body
        }),
        (name(), option::of(ty()), expr(true)).prop_map(|(name, ty, value)| ItemKind::Const {
            name,
            ty,
            value
        }),
        (uid(), ty()).prop_map(|(name, ty)| ItemKind::TypeAlias { name, ty }),
        (uid(), vec(column(), 1..4)).prop_map(|(name, fields)| ItemKind::Record { name, fields }),
        (uid(), uids(), ty()).prop_map(|(name, type_params, ty)| ItemKind::Lattice {
            name,
            type_params,
            ty
        }),
        (uid(), uids(), vec(variant, 1..4)).prop_map(|(name, type_params, variants)| {
            ItemKind::Enum { name, type_params, variants }
        }),
        (name(), expr(true)).prop_map(|(name, condition)| ItemKind::Invariant { name, condition }),
    ]
}

fn view_rule() -> impl Strategy<Value = ItemKind> {
    (name(), head(), body()).prop_map(|(name, head, body)| ItemKind::ViewRule {
        name,
        args: head.args,
        body,
    })
}

fn test() -> impl Strategy<Value = ItemKind> {
    ("[a-z {}]{0,8}", vec(test_stmt(), 0..4)).prop_map(|(title, body)| {
        let parts = if title.is_empty() { Vec::new() } else { vec![StrPart::Text(title)] };
        ItemKind::Test { title: Literal::Str(parts), title_span: NOWHERE, body }
    })
}

fn item(kind: impl Strategy<Value = ItemKind>) -> impl Strategy<Value = Item> {
    let attr = (name(), option::of(vec(expr(true), 1..3))).prop_map(|(name, args)| Attr {
        name,
        args,
        span: NOWHERE,
    });
    let doc = option::weighted(0.2, "[a-z]{1,5}( [a-z]{1,5})?(\n[a-z]{1,4})?");
    (doc, vec(attr, 0..2), kind).prop_map(|(doc, attrs, kind)| Item {
        doc,
        attrs,
        kind,
        span: NOWHERE,
    })
}

fn plain() -> impl Strategy<Value = Item> {
    item(prop_oneof![
        3 => collection(),
        4 => rule().prop_map(ItemKind::Rule),
        2 => view_rule(),
        3 => definition(),
        1 => test(),
    ])
}

fn inside(items: BoxedStrategy<Item>) -> impl Strategy<Value = Module> {
    vec(items, 0..3).prop_map(|items| Module { items })
}

fn block(items: BoxedStrategy<Item>) -> impl Strategy<Value = ItemKind> {
    let counts = option::of(option::of(1u64..9));
    let role = (
        name(),
        params(),
        option::of((name(), ty())),
        counts,
        any::<bool>(),
        inside(items.clone()),
    )
        .prop_map(|(name, params, partitioned, replicated, durable, body)| {
            ItemKind::Role(Role { name, params, partitioned, replicated, durable, body })
        });
    let module = (uid(), vec(uid(), 0..2), params(), option::of(ty()), inside(items.clone()))
        .prop_map(|(name, type_params, params, protocol, body)| {
            ItemKind::Module(ModuleDecl { name, type_params, params, protocol, body })
        });
    let protocol = (uid(), vec(uid(), 0..2), inside(items))
        .prop_map(|(name, type_params, body)| ItemKind::Protocol { name, type_params, body });
    prop_oneof![role, module, protocol]
}

/// A file.
pub(super) fn module() -> impl Strategy<Value = Module> {
    let nested = plain().boxed().prop_recursive(2, 6, 3, |inner| item(block(inner.boxed())));
    vec(nested, 0..4).prop_map(|items| Module { items })
}
