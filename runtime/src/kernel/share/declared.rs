//! A row as it was declared, from what a match gives to it. Who gets it is not
//! known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::CellIn;
use bloom_compiler::plan::ir::Emit;
use bloom_compiler::plan::ir::Shape;

use crate::value::interner::Interner;

/// What a match gives to a row, as the row is declared: a set is what it adds.
pub fn declared(
    emit: &Emit,
    regs: &[u64],
    rels: &[ir::Rel],
    rel: usize,
    interner: &mut Interner,
) -> Vec<u64> {
    let schema = &rels[rel];
    let row: Vec<u64> = emit.row.iter().map(|&reg| regs[reg as usize]).collect();
    let mut given = Given { rels, regs, interner };
    schema.declared.iter().map(|col| given.value(schema, &row, &emit.cells, &col.shape)).collect()
}

struct Given<'a> {
    rels: &'a [ir::Rel],
    regs: &'a [u64],
    interner: &'a mut Interner,
}

impl Given<'_> {
    fn value(&mut self, of: &ir::Rel, row: &[u64], cells: &[CellIn], shape: &Shape) -> u64 {
        let fixed = of.keys + of.values;
        match shape {
            Shape::Word(col) if *col < fixed => row[*col],
            Shape::Word(col) => match &cells[*col - fixed] {
                CellIn::Word(reg) | CellIn::Elements(reg) | CellIn::Entries(reg, _) => {
                    self.regs[*reg as usize]
                }
                _ => 0,
            },
            Shape::Tuple(_, parts) => {
                let parts: Vec<u64> =
                    parts.iter().map(|part| self.value(of, row, cells, part)).collect();
                self.interner.words(&parts)
            }
            Shape::Set { rel, element, .. } => match self.cell(*rel, of, cells) {
                CellIn::Element(regs) => {
                    let element = self.element(&regs, element);
                    self.interner.words(&[element])
                }
                CellIn::Elements(reg) => self.regs[reg as usize],
                _ => self.interner.words(&[]),
            },
            Shape::Map { rel, key, value, .. } => match self.cell(*rel, of, cells) {
                CellIn::Entry(regs, inner) => {
                    let held = &self.rels[rel.index()];
                    let mut words = vec![0];
                    words.extend(regs.iter().map(|&reg| self.regs[reg as usize]));
                    let key = self.element(&regs, key);
                    let value = self.value(held, &words, &inner, value);
                    self.interner.words(&[key, value])
                }
                CellIn::Entries(reg, _) => self.regs[reg as usize],
                _ => self.interner.words(&[]),
            },
        }
    }

    /// What goes into the cell that counts the rows of a hidden relation.
    fn cell(&self, held: RelId, of: &ir::Rel, cells: &[CellIn]) -> CellIn {
        let fixed = of.keys + of.values;
        let owner = self.rels[held.index()].owner;
        let at = owner.and_then(|(_, col)| col.checked_sub(fixed));
        at.and_then(|at| cells.get(at)).cloned().unwrap_or(CellIn::Nothing)
    }

    /// An element or key: its columns stand behind that of the owner.
    fn element(&mut self, regs: &[u16], shape: &Shape) -> u64 {
        match shape {
            Shape::Word(col) => self.regs[regs[col - 1] as usize],
            Shape::Tuple(_, parts) => {
                let parts: Vec<u64> = parts.iter().map(|part| self.element(regs, part)).collect();
                self.interner.words(&parts)
            }
            Shape::Set { .. } | Shape::Map { .. } => 0,
        }
    }
}
