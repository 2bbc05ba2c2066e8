//! What all rules of a plan share: types, constants, relations with the
//! indexes asked for so far, and the compiled functions. This room must not
//! know the order of anything.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::ids::RelId;
use crate::ids::VarId;
use crate::plan::build::Sizes;
use crate::plan::goals::Places;
use crate::plan::goals::Regs;
use crate::plan::goals::Vars;
use crate::plan::ir::Code;
use crate::plan::ir::Const;
use crate::plan::ir::Life;
use crate::plan::ir::List;
use crate::plan::ir::Op;
use crate::plan::ir::Reg;
use crate::plan::ir::Rel;
use crate::plan::layout;
use crate::plan::scalar::Coder;
use crate::plan::types::Types;
use crate::types::builtins;
use crate::types::builtins::Func;
use crate::types::builtins::Partial;
use crate::types::typed;
use crate::types::typed::Slack;

/// What all rules share.
pub struct Shared<'a> {
    /// The program that is planned.
    pub program: &'a typed::Program,
    /// Its types.
    pub types: Types<'a>,
    /// Its relations.
    pub rels: Vec<Rel>,
    /// The same as laid out, without indexes: to be read while rules are planned.
    pub layout: Rc<[Rel]>,
    /// Rows of the greatest relation whose size is known.
    pub most_rows: u64,
    /// Its functions.
    pub fns: Vec<Code>,
    /// What is known of its data.
    pub sizes: &'a Sizes,
    /// Number of the recursive component of each relation.
    pub component: Vec<u32>,
    /// Whether rules write a relation.
    pub derived: Vec<bool>,
    consts: Vec<Const>,
    const_ids: BTreeMap<ConstKey, u32>,
    fn_fails: Vec<bool>,
    fn_cuts: Vec<bool>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum ConstKey {
    Word(u64),
    Float(u64),
    Text(String),
    Bytes(Vec<u8>),
}

impl<'a> Shared<'a> {
    /// Lays out the relations and compiles the functions.
    pub fn new(program: &'a typed::Program, components: &[u32], sizes: &'a Sizes) -> Shared<'a> {
        let mut types = Types::new(program);
        let rels = layout::layout(program, &mut types);
        let mut component: Vec<u32> = components.to_vec();
        component.resize(program.rels.len(), 0);
        let mut derived = vec![false; program.rels.len()];
        program.rules.iter().for_each(|rule| derived[rule.head.index()] = true);
        // The contents of a column are completed with the rows that own them.
        for rel in &rels[program.rels.len()..] {
            let owner = rel.owner.map_or(0, |(owner, _)| owner.index());
            component.push(component[owner]);
            derived.push(derived[owner]);
        }
        let mut shared = Shared {
            program,
            types,
            layout: rels.clone().into(),
            rels,
            most_rows: sizes.rows.iter().flatten().max().copied().unwrap_or(0),
            fns: Vec::new(),
            sizes,
            component,
            derived,
            consts: Vec::new(),
            const_ids: BTreeMap::new(),
            fn_fails: vec![false; program.fns.len()],
            fn_cuts: vec![false; program.fns.len()],
        };
        shared.fns = program.fns.iter().map(|f| function(f, &mut shared)).collect();
        shared.judge_functions();
        shared
    }

    /// Takes down what becomes of the rows of each relation; what a row owns
    /// goes with it.
    pub fn live(&mut self, lives: &[Life]) {
        for at in 0..self.rels.len() {
            let owner = self.rels[at].owner.map(|(owner, _)| self.rels[owner.index()].life);
            let life = owner.or_else(|| lives.get(at).copied());
            self.rels[at].life = life.unwrap_or_default();
        }
    }

    /// Whether the rows of a relation are events of a tick.
    pub fn is_event(&self, rel: RelId) -> bool {
        self.rels[rel.index()].life == Life::Tick
    }

    /// The number of a constant.
    pub fn constant(&mut self, value: Const) -> u32 {
        let key = match &value {
            Const::Word(w) => ConstKey::Word(*w),
            Const::Float(f) => ConstKey::Float(f.to_bits()),
            Const::Text(t) => ConstKey::Text(t.clone()),
            Const::Bytes(b) => ConstKey::Bytes(b.clone()),
        };
        *self.const_ids.entry(key).or_insert_with(|| {
            self.consts.push(value);
            self.consts.len() as u32 - 1
        })
    }

    /// All constants, by number.
    pub fn take_consts(&mut self) -> Vec<Const> {
        std::mem::take(&mut self.consts)
    }

    /// The number of the index over these columns.
    pub fn index(&mut self, rel: RelId, cols: &[usize]) -> usize {
        let indexes = &mut self.rels[rel.index()].indexes;
        indexes.iter().position(|known| known == cols).unwrap_or_else(|| {
            indexes.push(cols.to_vec());
            indexes.len() - 1
        })
    }

    /// The number of the list of a column's values under these columns.
    pub fn list(&mut self, rel: RelId, key: &[usize], value: usize) -> usize {
        let lists = &mut self.rels[rel.index()].lists;
        let same = |list: &List| list.key == key && list.value == value;
        lists.iter().position(same).unwrap_or_else(|| {
            lists.push(List { key: key.to_vec(), value });
            lists.len() - 1
        })
    }

    /// Whether a relation is a view of a program that ticks: its rules say how
    /// its rows follow what changes.
    pub fn is_kept(&self, rel: RelId) -> bool {
        self.sizes.ticks && self.rels[rel.index()].life == Life::Follows
    }

    /// Number of columns that are no cells.
    pub fn ordinary(&self, rel: RelId) -> usize {
        let rel = &self.rels[rel.index()];
        rel.keys + rel.values
    }

    /// Whether code can fail.
    pub fn fails(&self, code: &Code) -> bool {
        code.may_fail(&|f| self.fn_fails[f as usize])
    }

    /// Whether code can have no value.
    pub fn cuts(&self, code: &Code) -> bool {
        code.ops.iter().any(|op| match op {
            Op::NoRow | Op::IndexMap { .. } => true,
            Op::Int { slack, .. } | Op::NegInt { slack, .. } => *slack != Slack::Fail,
            Op::Builtin { f, .. } => may(*f, Partial::NoRow),
            Op::Native { partial, .. } => *partial,
            Op::Call { f, .. } => self.fn_cuts[*f as usize],
            _ => false,
        })
    }

    /// Functions call functions: repeats until nothing is learnt.
    fn judge_functions(&mut self) {
        loop {
            let fails: Vec<bool> = self.fns.iter().map(|code| self.fails(code)).collect();
            let cuts: Vec<bool> = self.fns.iter().map(|code| self.cuts(code)).collect();
            if fails == self.fn_fails && cuts == self.fn_cuts {
                return;
            }
            self.fn_fails = fails;
            self.fn_cuts = cuts;
        }
    }
}

fn may(f: Func, partial: Partial) -> bool {
    builtins::of(f).overloads.iter().any(|o| o.partial == partial)
}

fn function(f: &typed::Fn, shared: &mut Shared) -> Code {
    let mut slots: Vec<Option<Reg>> = vec![None; f.vars.len()];
    let mut regs = Regs::default();
    let mut bound = Vars::default();
    for param in &f.params {
        let own = regs.fresh();
        bound.add(own);
        if let Some(slot) = slots.get_mut(param.index()) {
            *slot = Some(own);
        }
    }
    let slots: Vec<Reg> = (0..f.vars.len())
        .map(|v| slots[VarId(v as u32).index()].unwrap_or_else(|| regs.fresh()))
        .collect();
    let mut coder = Coder {
        shared,
        regs: &mut regs,
        prelude: None,
        places: &Places::new(),
        aggs: &[],
        slots: &slots,
        bound,
        code: Code::default(),
    };
    let result = coder.expr(&f.body);
    let mut code = coder.code;
    code.regs = regs.used;
    code.result = result;
    code
}
