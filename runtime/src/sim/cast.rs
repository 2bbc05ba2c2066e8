//! Who plays: nodes with the programs of their roles and the rows that they
//! begin with. What is the same in every run is made once, here, so that a
//! world costs little to begin. What happens to the nodes is not known here.

use std::rc::Rc;
use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::typed;
use rustc_hash::FxHashMap;

use crate::kernel::Choice;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::sim::values;
use crate::tick;
use crate::tick::Node;
use crate::value::codec;
use crate::value::codec::Malformed;
use crate::value::interner::Interner;

/// Ticks of a chain that may follow by themselves, if nobody says otherwise.
const OWN_TICKS_MAX: u64 = 10_000;

/// All nodes, in the order of their numbers.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The nodes.
    pub nodes: Vec<Member>,
    /// Ticks of a chain that may follow by themselves.
    pub max_own_ticks: u64,
    /// What a tick may spend.
    pub limits: Limits,
    /// Whether ticks tell whoever looks on what they took in.
    pub traced: bool,
    /// How many workers each node has.
    pub workers: usize,
    /// Who follows views.
    pub views: Choice,
}

impl Cast {
    /// These nodes, within the usual limits.
    pub fn new(nodes: Vec<Member>) -> Cast {
        Cast {
            nodes,
            max_own_ticks: OWN_TICKS_MAX,
            limits: Limits::default(),
            traced: false,
            workers: 1,
            views: Choice::default(),
        }
    }
}

/// A node.
#[derive(Clone, Debug)]
pub struct Member {
    /// What it is called; `me` and addresses hold that name.
    pub name: String,
    /// What it is among the members.
    pub role: String,
    /// Its role's program, with the values of its parameters.
    pub program: Arc<typed::Program>,
    /// The plan of that program.
    pub plan: Arc<ir::Program>,
    /// Rows that its tables begin with, at its first start and after it lost
    /// its disk.
    pub tables: Vec<(RelId, Vec<Value>)>,
    /// Nanoseconds between the events of each periodic.
    pub periods: Vec<(RelId, i64)>,
    /// Collections whose rows the chains tell to whoever looks on: events in
    /// `Tick::shown`, changes of state in `Tick::changed`.
    pub show: Vec<RelId>,
}

/// A cast, ready to play as often as one likes, in this thread.
pub struct Prepared {
    pub(crate) shared: Rc<Shared>,
}

/// What all runs of a cast share.
pub(crate) struct Shared {
    pub cast: Cast,
    pub channels: Vec<String>,
    /// The numbers of the members, by name.
    pub numbers: FxHashMap<Box<[u8]>, usize>,
    pub players: Vec<Player>,
}

/// A member, ready to start.
pub(crate) struct Player {
    /// It, before its first tick.
    pub node: Node,
    pub shapes: Rc<Shapes>,
    pub periods: Vec<i64>,
    /// Whether its rules read the clock.
    pub reads_now: bool,
}

/// How the rows of a program are written.
pub(crate) struct Shapes {
    types: Vec<Type>,
    cols: Vec<Vec<TypeId>>,
    /// By collection, the number of the channel, and the column of its address.
    channels: Vec<Option<(u32, usize)>>,
    /// By channel.
    rels: Vec<Option<RelId>>,
}

impl Prepared {
    /// Makes ready what all runs share.
    pub fn new(cast: &Cast) -> Prepared {
        let mut channels: Vec<String> = Vec::new();
        for member in &cast.nodes {
            for rel in member.program.rels.iter().filter(|rel| rel.kind == RelKind::Channel) {
                if !channels.contains(&rel.name) {
                    channels.push(rel.name.clone());
                }
            }
        }
        let members: Vec<(String, String)> =
            cast.nodes.iter().map(|of| (of.name.clone(), of.role.clone())).collect();
        let numbers = cast.nodes.iter().enumerate();
        let numbers = numbers.map(|(at, of)| (of.name.as_bytes().into(), at)).collect();
        let player = |member| Player::new(member, cast, &members, &channels);
        let players = cast.nodes.iter().map(player).collect();
        let cast = cast.clone();
        Prepared { shared: Rc::new(Shared { cast, channels, numbers, players }) }
    }

    /// Who plays.
    pub fn cast(&self) -> &Cast {
        &self.shared.cast
    }

    /// The names of all channels of all programs. Keys, messages and traces
    /// call a channel by its place in this list.
    pub fn channels(&self) -> &[String] {
        &self.shared.channels
    }

    /// A row of a channel of the trace as words of any engine of the node's
    /// program: of its collection, and in the interner that is given.
    pub fn row(
        &self,
        node: usize,
        channel: u32,
        row: &[u8],
        interner: &mut Interner,
    ) -> Option<(RelId, Vec<u64>)> {
        let shapes = &self.shared.players.get(node)?.shapes;
        let rel = shapes.rel(channel)?;
        Some((rel, shapes.read(rel, row, interner).ok()?))
    }
}

impl Player {
    fn new(
        member: &Member,
        cast: &Cast,
        members: &[(String, String)],
        channels: &[String],
    ) -> Player {
        let mut engine = Engine::new((*member.plan).clone());
        let shapes = Shapes::of(&member.program, engine.plan(), channels);
        for (rel, row) in &member.tables {
            let words = shapes.words(*rel, row, engine.interner_mut());
            match words.is_empty() {
                true => engine.load_unit(*rel),
                false => engine.load(*rel, &words),
            };
        }
        let settings = tick::Settings {
            name: member.name.clone(),
            role: member.role.clone(),
            members: members.to_vec(),
            batch: usize::MAX,
            max_own_ticks: cast.max_own_ticks,
            limits: cast.limits.clone(),
            periods: member.periods.clone(),
            show: member.show.clone(),
            traced: cast.traced,
            workers: cast.workers,
            views: cast.views,
            // Whoever judges a world looks into its nodes.
            open: true,
            // No word is held by a world between two chains.
            held: Some(Vec::new()),
            ..tick::Settings::default()
        };
        Player {
            node: Node::new(&member.program, engine, settings, 0),
            shapes: Rc::new(shapes),
            periods: member.periods.iter().map(|(_, every)| *every).collect(),
            reads_now: member.program.rels.iter().any(|rel| rel.given == Some(Given::Now)),
        }
    }
}

impl Shapes {
    fn of(program: &typed::Program, plan: &ir::Program, channels: &[String]) -> Shapes {
        let number = |name: &str| channels.iter().position(|channel| channel == name);
        let channel = |rel: &typed::Rel| {
            let is_one = rel.kind == RelKind::Channel;
            let number = number(&rel.name).filter(|_| is_one)?;
            Some((number as u32, rel.at.unwrap_or_default()))
        };
        let of: Vec<Option<(u32, usize)>> = program.rels.iter().map(channel).collect();
        let rel = |number: usize| {
            let is_it = |of: &Option<(u32, usize)>| of.is_some_and(|of| of.0 as usize == number);
            of.iter().position(is_it).map(|at| RelId(at as u32))
        };
        let rels = (0..channels.len()).map(rel).collect();
        let types = |rel: &ir::Rel| rel.declared.iter().map(|column| column.ty).collect();
        Shapes {
            types: plan.types.clone(),
            cols: plan.rels.iter().map(types).collect(),
            channels: of,
            rels,
        }
    }

    fn cols(&self, rel: RelId) -> &[TypeId] {
        self.cols.get(rel.index()).map_or(&[], Vec::as_slice)
    }

    /// The number of a channel, and the column of its address.
    #[inline]
    pub fn channel(&self, rel: RelId) -> Option<(u32, usize)> {
        self.channels.get(rel.index()).copied().flatten()
    }

    /// What a channel is in this program.
    #[inline]
    pub fn rel(&self, channel: u32) -> Option<RelId> {
        self.rels.get(channel as usize).copied().flatten()
    }

    /// Appends the bytes of a row.
    #[inline]
    pub fn write(&self, rel: RelId, row: &[u64], interner: &Interner, out: &mut Vec<u8>) {
        codec::encode(&self.types, self.cols(rel), row, interner, out);
    }

    /// The row of these bytes.
    #[inline]
    pub fn read(
        &self,
        rel: RelId,
        bytes: &[u8],
        interner: &mut Interner,
    ) -> Result<Vec<u64>, Malformed> {
        codec::decode(&self.types, self.cols(rel), bytes, interner)
    }

    /// The row of these values.
    pub fn words(&self, rel: RelId, row: &[Value], interner: &mut Interner) -> Vec<u64> {
        values::words(&self.types, self.cols(rel), row, interner)
    }
}
