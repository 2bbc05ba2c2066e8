//! Heads to the last step of a variant. This room must not know bodies.

use crate::plan::cells::CellExpr;
use crate::plan::cells::Head;
use crate::plan::cells::HeadArg;
use crate::plan::ir::CellIn;
use crate::plan::ir::Emit;
use crate::plan::ir::Reg;
use crate::plan::ir::Step;
use crate::plan::lower::Lower;
use crate::types::typed::Expr;

impl Lower<'_, '_> {
    /// Computes the head from left to right and derives its row.
    pub fn emit(&mut self, head: &Head) {
        let mut value = |lower: &mut Self, e: &Expr| lower.eval(e);
        self.emit_with(head, &mut value);
    }

    /// The same with another way to evaluate.
    pub fn emit_with(&mut self, head: &Head, value: &mut dyn FnMut(&mut Self, &Expr) -> Reg) {
        let (mut keys, mut values, mut cells) = (Vec::new(), Vec::new(), Vec::new());
        for arg in &head.args {
            match arg {
                HeadArg::Key(e) => keys.push(value(self, e)),
                HeadArg::Value(e) => values.push(value(self, e)),
                HeadArg::Cells(of) => {
                    cells.extend(of.iter().map(|cell| self.cell(cell, value)));
                }
            }
        }
        keys.append(&mut values);
        self.steps.push(Step::Emit(Emit { rel: head.rel, row: keys, cells }));
    }

    fn cell(&mut self, cell: &CellExpr, value: &mut dyn FnMut(&mut Self, &Expr) -> Reg) -> CellIn {
        match cell {
            CellExpr::Word(e) | CellExpr::Seed(e) => CellIn::Word(value(self, e)),
            CellExpr::Nothing => CellIn::Nothing,
            CellExpr::Element(es) => CellIn::Element(es.iter().map(|e| value(self, e)).collect()),
            CellExpr::Elements(e) => CellIn::Elements(value(self, e)),
            CellExpr::Entry(key, cells) => {
                let key = key.iter().map(|e| value(self, e)).collect();
                CellIn::Entry(key, cells.iter().map(|c| self.cell(c, value)).collect())
            }
            CellExpr::Entries(e, paths) => CellIn::Entries(value(self, e), paths.clone()),
        }
    }
}
