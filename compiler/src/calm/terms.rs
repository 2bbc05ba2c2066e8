//! The terms in which a report speaks: codes, kinds of waiting, promises, what
//! goes wrong, and the four ways in which a result may follow its input. What
//! they are said of is not known here.

/// What an occurrence is called in messages, exit codes and `bloom explain`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
#[allow(missing_docs)]
pub enum Code {
    NegatedGrowing = 1,
    AggregateShown = 2,
    ThresholdWrongWay = 3,
    OverwriteInArrivalOrder = 4,
    RendezvousWithoutState = 5,
    RepeatsChangeResult = 6,
    InvariantBreaksOnMerge = 7,
    LatticeRevealed = 8,
    NoKeySurvives = 9,
    SealOutsideGate = 10,
    WaitsForEndless = 11,
    CycleThroughNegation = 12,
    TieBreakMissing = 13,
    GrowingMembership = 14,
    Threshold = 20,
    PlacementAssumed = 21,
    DeclaredNondeterminism = 22,
    GrowsForEver = 30,
}

impl Code {
    /// All of them, in order.
    pub const ALL: &[Code] = &[
        Code::NegatedGrowing,
        Code::AggregateShown,
        Code::ThresholdWrongWay,
        Code::OverwriteInArrivalOrder,
        Code::RendezvousWithoutState,
        Code::RepeatsChangeResult,
        Code::InvariantBreaksOnMerge,
        Code::LatticeRevealed,
        Code::NoKeySurvives,
        Code::SealOutsideGate,
        Code::WaitsForEndless,
        Code::CycleThroughNegation,
        Code::TieBreakMissing,
        Code::GrowingMembership,
        Code::Threshold,
        Code::PlacementAssumed,
        Code::DeclaredNondeterminism,
        Code::GrowsForEver,
    ];

    /// `CALM002`
    pub fn text(self) -> String {
        format!("CALM{:03}", self as u16)
    }

    /// Its meaning in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Code::NegatedGrowing => "negation of a growing input",
            Code::AggregateShown => "exact aggregate shown",
            Code::ThresholdWrongWay => "threshold in the wrong direction",
            Code::OverwriteInArrivalOrder => "overwrite in arrival order",
            Code::RendezvousWithoutState => "rendezvous without state",
            Code::RepeatsChangeResult => "repeats change the result",
            Code::InvariantBreaksOnMerge => "invariant breaks on merge",
            Code::LatticeRevealed => "lattice revealed",
            Code::NoKeySurvives => "no key survives",
            Code::SealOutsideGate => "seal outside the gate",
            Code::WaitsForEndless => "waits for an endless input",
            Code::CycleThroughNegation => "cycle through negation",
            Code::TieBreakMissing => "tie-break missing",
            Code::GrowingMembership => "growing membership",
            Code::Threshold => "threshold",
            Code::PlacementAssumed => "placement assumed",
            Code::DeclaredNondeterminism => "declared nondeterminism",
            Code::GrowsForEver => "grows for ever",
        }
    }
}

/// What has to be waited for at a point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Kind {
    /// Every producer says "no more" of a part of the relation.
    Seal,
    /// Replicas agree on one order of the events of a key, or of all.
    Order,
    /// Conflicting operations of a key go to one owner.
    Exclusive,
    /// Operations spend shares that were split before; to the owner only when
    /// they are used up.
    Escrow,
    /// Two events meet only if one of them is kept: no coordination, memory.
    Persist,
    /// Free under a placement that the program declares.
    Local,
    /// Inside one node of many workers: the dataflow's frontier.
    Frontier,
}

impl Kind {
    /// How it is written in reports.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Seal => "seal",
            Kind::Order => "order",
            Kind::Exclusive => "exclusive",
            Kind::Escrow => "escrow",
            Kind::Persist => "persist",
            Kind::Local => "local",
            Kind::Frontier => "frontier",
        }
    }

    /// Whether nodes wait for each other there.
    pub fn coordinates(self) -> bool {
        matches!(self, Kind::Seal | Kind::Order | Kind::Exclusive | Kind::Escrow)
    }
}

/// What an observable promises.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub enum Goal {
    /// Once shown, never taken back; the same everywhere.
    #[default]
    Final,
    /// `@eventually`: replicas converge, values on the way may be seen.
    Eventually,
    /// `@snapshot("why")`: a read of the moment.
    Snapshot,
    /// `invariant`: holds at every replica, always.
    Invariant,
}

impl Goal {
    /// How it is written in reports.
    pub fn word(self) -> &'static str {
        match self {
            Goal::Final => "final",
            Goal::Eventually => "eventually",
            Goal::Snapshot => "snapshot",
            Goal::Invariant => "invariant",
        }
    }
}

/// What goes wrong without waiting, from mild to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Severity {
    /// Two runs may differ.
    Run,
    /// Replicas differ for a while.
    Replica,
    /// Replicas differ for ever.
    Diverge,
}

impl Severity {
    /// How it is written in reports.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Run => "run",
            Severity::Replica => "replica",
            Severity::Diverge => "diverge",
        }
    }
}

/// How something follows when an input gains facts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub enum Variance {
    /// It does not hang on it.
    #[default]
    Zero,
    /// More there is more here.
    Plus,
    /// More there may be less here.
    Minus,
    /// Anything may happen.
    Any,
}

impl Variance {
    /// `0`, `+`, `-`, `±`
    pub fn sign(self) -> &'static str {
        match self {
            Variance::Zero => "0",
            Variance::Plus => "+",
            Variance::Minus => "-",
            Variance::Any => "±",
        }
    }

    /// Two uses of one input.
    pub fn join(self, other: Variance) -> Variance {
        match (self, other) {
            (Variance::Zero, v) | (v, Variance::Zero) => v,
            (a, b) if a == b => a,
            _ => Variance::Any,
        }
    }

    /// `self` of something that is itself `inner`.
    pub fn of(self, inner: Variance) -> Variance {
        match (self, inner) {
            (Variance::Zero, _) | (_, Variance::Zero) => Variance::Zero,
            (Variance::Any, _) | (_, Variance::Any) => Variance::Any,
            (a, b) if a == b => Variance::Plus,
            _ => Variance::Minus,
        }
    }

    /// Whether more there never takes anything away here.
    pub fn is_safe(self) -> bool {
        matches!(self, Variance::Zero | Variance::Plus)
    }
}

/// Compared with a baseline.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
#[allow(missing_docs)]
pub enum Status {
    #[default]
    New,
    Unchanged,
    Gone,
    Accepted,
    Dearer,
    Cheaper,
}

impl Status {
    /// How it is written in reports.
    pub fn word(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Unchanged => "unchanged",
            Status::Gone => "gone",
            Status::Accepted => "accepted",
            Status::Dearer => "dearer",
            Status::Cheaper => "cheaper",
        }
    }
}
