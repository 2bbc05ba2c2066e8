//! What a value in a rule does while facts arrive: it stays, or it moves along
//! some order, driven by collections and columns. Signs are relative to the
//! order of the value: plus is along it. Where values come from and where they
//! go is not known here.

use crate::calm::model::Code;
use crate::calm::model::Variance;
use crate::source::Span;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;

/// What drives something: the rows of a collection, the value in a column of
/// it, or the matches of a rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub(crate) enum Node {
    Rows(usize),
    Col(usize, usize),
    Matches(usize),
    /// Of a rule the matches without what only switches groups on and off.
    Counted(usize),
}

/// The order along which a value moves.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Order {
    /// Larger and larger in the order of the values; of bools, from false to true.
    Up,
    /// Smaller and smaller.
    Down,
    /// Along a lattice whose order is not that of the values.
    Lat(Lattice),
    /// Along none.
    None,
}

/// The order in which a column with this lattice grows.
pub(crate) fn order_of(lattice: &Lattice) -> Order {
    match lattice {
        Lattice::Max(_) | Lattice::Any => Order::Up,
        Lattice::Min(_) | Lattice::All => Order::Down,
        other => Order::Lat(other.clone()),
    }
}

impl Order {
    pub(crate) fn flipped(&self) -> Order {
        match self {
            Order::Up => Order::Down,
            Order::Down => Order::Up,
            Order::Lat(_) | Order::None => Order::None,
        }
    }

    /// How moving along this order looks along another one.
    pub(crate) fn along(&self, other: &Order) -> Variance {
        match (self, other) {
            (Order::Up, Order::Up) | (Order::Down, Order::Down) => Variance::Plus,
            (Order::Up, Order::Down) | (Order::Down, Order::Up) => Variance::Minus,
            (Order::Lat(a), Order::Lat(b)) if same(a, b) => Variance::Plus,
            _ => Variance::Any,
        }
    }
}

fn same(a: &Lattice, b: &Lattice) -> bool {
    match (a, b) {
        (Lattice::Max(_), Lattice::Max(_))
        | (Lattice::Min(_), Lattice::Min(_))
        | (Lattice::Any, Lattice::Any)
        | (Lattice::All, Lattice::All)
        | (Lattice::Set(_), Lattice::Set(_))
        | (Lattice::Point(_), Lattice::Point(_)) => true,
        (Lattice::Map(_, l), Lattice::Map(_, m)) => same(l, m),
        (Lattice::Pair(l, m), Lattice::Pair(n, o)) | (Lattice::Lex(l, m), Lattice::Lex(n, o)) => {
            same(l, n) && same(m, o)
        }
        _ => false,
    }
}

/// A place in a rule where a sign may turn: what is written there, and which
/// columns of what it reads are known from outside of it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Place {
    pub(crate) span: Span,
    pub(crate) operator: String,
    pub(crate) code: Code,
    pub(crate) gate: Gate,
    /// An aggregate, or an `else`, that turns nothing by itself: other places are
    /// taken before it.
    pub(crate) mild: bool,
}

/// What is known from outside at a place: of each collection read there, the
/// variables of the rule with the columns they stand in.
pub(crate) type Gate = Vec<(usize, Vec<(usize, usize)>)>;

/// That a value moves because something else does.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Flow {
    pub(crate) node: Node,
    pub(crate) sign: Variance,
    /// Where it was turned on the way.
    pub(crate) via: Option<Place>,
}

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Val {
    Fixed,
    Moves {
        order: Order,
        flows: Vec<Flow>,
        /// It is never negative.
        nonneg: bool,
    },
    /// A tuple, part by part.
    Parts(Vec<Val>),
    /// A map with fixed keys and values that move so.
    Entries(Box<Val>),
}

impl Val {
    pub(crate) fn moves(order: Order, flows: Vec<Flow>) -> Val {
        match flows.is_empty() {
            true => Val::Fixed,
            false => Val::Moves { order, flows, nonneg: false },
        }
    }

    pub(crate) fn is_fixed(&self) -> bool {
        match self {
            Val::Fixed => true,
            Val::Moves { flows, .. } => flows.is_empty(),
            Val::Parts(parts) => parts.iter().all(Val::is_fixed),
            Val::Entries(of) => of.is_fixed(),
        }
    }

    /// Everything that drives it.
    pub(crate) fn flows(&self) -> Vec<Flow> {
        match self {
            Val::Fixed => Vec::new(),
            Val::Moves { flows, .. } => flows.clone(),
            Val::Parts(parts) => parts.iter().flat_map(Val::flows).collect(),
            Val::Entries(of) => of.flows(),
        }
    }

    /// The order in which it moves as one value.
    pub(crate) fn order(&self) -> Order {
        match self {
            Val::Moves { order, .. } => order.clone(),
            Val::Entries(of) => match (of.order(), &**of) {
                (Order::Up, _) => Order::Lat(entries(Lattice::Max(Ty::Error))),
                (Order::Down, _) => Order::Lat(entries(Lattice::Min(Ty::Error))),
                (Order::Lat(l), _) => Order::Lat(entries(l)),
                (Order::None, _) => Order::None,
            },
            Val::Parts(parts) => {
                let lattices: Vec<Lattice> =
                    parts.iter().filter_map(|part| lattice_of(&part.order())).collect();
                match <[Lattice; 2]>::try_from(lattices) {
                    Ok([l, m]) if parts.len() == 2 => {
                        Order::Lat(Lattice::Pair(Box::new(l), Box::new(m)))
                    }
                    _ => Order::None,
                }
            }
            Val::Fixed => Order::Up,
        }
    }

    /// Its flows along an order.
    pub(crate) fn along(&self, order: &Order, place: &Place) -> Vec<Flow> {
        match (self, order) {
            (Val::Parts(parts), Order::Lat(Lattice::Pair(l, m) | Lattice::Lex(l, m)))
                if parts.len() == 2 =>
            {
                let mut out = parts[0].along(&order_of(l), place);
                out.extend(parts[1].along(&order_of(m), place));
                out
            }
            // Tuples compare from the left: a part may move as the whole does
            // when all before it stay.
            (Val::Parts(parts), Order::Up | Order::Down) => {
                parts.iter().flat_map(|part| part.along(order, place)).collect()
            }
            (Val::Entries(of), Order::Lat(Lattice::Map(_, l))) => of.along(&order_of(l), place),
            _ => turned(self.flows(), self.order().along(order), place),
        }
    }

    /// It moves along no order that is of use.
    pub(crate) fn any(&self, place: &Place) -> Val {
        Val::moves(Order::None, turned(self.flows(), Variance::Any, place))
    }

    /// Of one of several values.
    pub(crate) fn join(vals: Vec<Val>, place: &Place) -> Val {
        let mut order = None;
        let mut out = Vec::new();
        let mut nonneg = true;
        for val in vals.into_iter().filter(|val| !val.is_fixed()) {
            let to = order.get_or_insert_with(|| val.order()).clone();
            nonneg &= val.nonneg();
            out.extend(val.along(&to, place));
        }
        match order {
            None => Val::Fixed,
            Some(order) => Val::Moves { order, flows: out, nonneg },
        }
    }

    pub(crate) fn nonneg(&self) -> bool {
        matches!(self, Val::Moves { nonneg: true, .. })
    }
}

fn entries(of: Lattice) -> Lattice {
    Lattice::Map(Ty::Error, Box::new(of))
}

fn lattice_of(order: &Order) -> Option<Lattice> {
    match order {
        Order::Up => Some(Lattice::Max(Ty::Error)),
        Order::Down => Some(Lattice::Min(Ty::Error)),
        Order::Lat(l) => Some(l.clone()),
        Order::None => None,
    }
}

/// Flows behind something that does this to them.
pub(crate) fn turned(flows: Vec<Flow>, by: Variance, place: &Place) -> Vec<Flow> {
    flows
        .into_iter()
        .map(|flow| {
            let sign = by.of(flow.sign);
            // What moves in no order was turned where it began to.
            let kept = by == Variance::Plus || flow.sign == Variance::Any && flow.via.is_some();
            let via = if kept { flow.via } else { Some(place.clone()) };
            Flow { node: flow.node, sign, via }
        })
        .collect()
}
