//! Register code as text. This room must not know steps.

use crate::plan::ir::Code;
use crate::plan::ir::Const;
use crate::plan::ir::Op;
use crate::plan::ir::Program;
use crate::plan::ir::Reg;
use crate::plan::ir::TextPart;
use crate::plan::types::show;
use crate::types::typed::Slack;

/// Names registers: variables by their names, others by number.
pub struct Names<'a> {
    /// The plan, for constants, functions and relations.
    pub program: &'a Program,
    /// Variables of the rule.
    pub vars: &'a [(String, crate::plan::ir::TypeId, Reg)],
}

impl Names<'_> {
    /// The name of a register.
    pub fn reg(&self, reg: Reg) -> String {
        match self.vars.iter().find(|(_, _, own)| *own == reg) {
            Some((name, _, _)) => name.clone(),
            None => format!("${reg}"),
        }
    }

    /// Names of registers, separated by commas.
    pub fn regs(&self, regs: &[Reg]) -> String {
        regs.iter().map(|r| self.reg(*r)).collect::<Vec<_>>().join(", ")
    }

    /// Code in one line.
    pub fn code(&self, code: &Code) -> String {
        code.ops.iter().map(|op| self.op(op)).collect::<Vec<_>>().join("; ")
    }

    fn constant(&self, index: u32) -> String {
        match self.program.consts.get(index as usize) {
            Some(Const::Word(word)) => (*word as i64).to_string(),
            Some(Const::Float(f)) => format!("{f:?}"),
            Some(Const::Text(t)) => format!("{t:?}"),
            Some(Const::Bytes(b)) => format!("b\"{}\"", b.escape_ascii()),
            None => format!("const {index}"),
        }
    }

    fn op(&self, op: &Op) -> String {
        let r = |reg: &Reg| self.reg(*reg);
        match op {
            Op::Const { d, index } => format!("{} = {}", r(d), self.constant(*index)),
            Op::Move { d, a } => format!("{} = {}", r(d), r(a)),
            Op::Int { op, d, a, b, slack } => {
                format!("{} = {} {} {}{}", r(d), r(a), op.sign(), r(b), slack_text(*slack))
            }
            Op::Float { op, d, a, b } => format!("{} = {} {}. {}", r(d), r(a), op.sign(), r(b)),
            Op::NegInt { d, a, slack } => format!("{} = -{}{}", r(d), r(a), slack_text(*slack)),
            Op::NegFloat { d, a } => format!("{} = -.{}", r(d), r(a)),
            Op::Same { d, a, b, negated } => {
                format!("{} = {} {} {}", r(d), r(a), if *negated { "!=" } else { "==" }, r(b))
            }
            Op::CompareInt { cmp, d, a, b } | Op::Compare { cmp, d, a, b, .. } => {
                format!("{} = {} {} {}", r(d), r(a), cmp.sign(), r(b))
            }
            Op::Not { d, a } => format!("{} = not {}", r(d), r(a)),
            Op::Jump { to } => format!("go to {to}"),
            Op::JumpIf { a, to } => format!("if {} go to {to}", r(a)),
            Op::JumpIfNot { a, to } => format!("unless {} go to {to}", r(a)),
            Op::NoRow => "no row".into(),
            Op::Fail(kind) => format!("fail {kind:?}"),
            _ => self.value_op(op),
        }
    }

    /// Operations that build or take apart values.
    fn value_op(&self, op: &Op) -> String {
        let r = |reg: &Reg| self.reg(*reg);
        match op {
            Op::Words { d, of } => format!("{} = ({})", r(d), self.regs(of)),
            Op::Set { d, of, .. } => format!("{} = {{{}}}", r(d), self.regs(of)),
            Op::Map { d, of, .. } => {
                let entries: Vec<String> =
                    of.iter().map(|(k, v)| format!("{}: {}", r(k), r(v))).collect();
                format!("{} = {{{}}}", r(d), entries.join(", "))
            }
            Op::Enum { d, variant, of, .. } => {
                format!("{} = variant {variant}({})", r(d), self.regs(of))
            }
            Op::Some { d, a } => format!("{} = Some({})", r(d), r(a)),
            Op::None { d } => format!("{} = None", r(d)),
            Op::Field { d, a, field } => format!("{} = {}.{field}", r(d), r(a)),
            Op::IsVariant { d, a, variant } => {
                format!("{} = {} is variant {variant}", r(d), r(a))
            }
            Op::Payload { d, a, field } => format!("{} = payload {field} of {}", r(d), r(a)),
            Op::IsSome { d, a } => format!("{} = {} is Some", r(d), r(a)),
            Op::Inner { d, a } => format!("{} = inside {}", r(d), r(a)),
            Op::InList { d, a, of } | Op::InSet { d, a, of, .. } | Op::InMap { d, a, of, .. } => {
                format!("{} = {} in {}", r(d), r(a), r(of))
            }
            Op::IndexList { d, a, at } | Op::IndexMap { d, a, at, .. } => {
                format!("{} = {}[{}]", r(d), r(a), r(at))
            }
            Op::Owns { d, rel, row, element } => {
                let name = &self.program.rels[rel.index()].name;
                format!("{} = {} in {name} of row {}", r(d), r(element), r(row))
            }
            Op::Join { d, a, b, .. } => format!("{} = join({}, {})", r(d), r(a), r(b)),
            Op::Leq { d, a, b, .. } => format!("{} = leq({}, {})", r(d), r(a), r(b)),
            Op::Range { d, lo, hi } => format!("{} = {}..{}", r(d), r(lo), r(hi)),
            Op::Text { d, parts } => {
                let part = |part: &TextPart| match part {
                    TextPart::Text(text) => format!("{text:?}"),
                    TextPart::Value(reg, _) => self.reg(*reg),
                };
                let parts: Vec<String> = parts.iter().map(part).collect();
                format!("{} = text {}", r(d), parts.join(" "))
            }
            Op::Call { d, f, args } => format!("{} = fn {f}({})", r(d), self.regs(args)),
            Op::Builtin { d, f, args, ty } => {
                let args: Vec<Reg> = args.iter().map(|(reg, _)| *reg).collect();
                let ty = show(&self.program.types, *ty);
                format!("{} = {f:?}({}): {ty}", r(d), self.regs(&args))
            }
            Op::Native { d, id, args, ty, .. } => {
                let args: Vec<Reg> = args.iter().map(|(reg, _)| *reg).collect();
                let ty = show(&self.program.types, *ty);
                format!("{} = native {}({}): {ty}", r(d), id.0, self.regs(&args))
            }
            // The others are shown by `op`.
            _ => String::new(),
        }
    }
}

fn slack_text(slack: Slack) -> &'static str {
    match slack {
        Slack::Fail => "",
        Slack::NoRowAbove => " (no row above)",
        Slack::NoRowBelow => " (no row below)",
    }
}
