//! What follows from the declaration of an enum: what its constructors hold
//! with given type arguments, and where a value of one may become too deep.
//! Rules are not known here.

use crate::types::parts::is_written_out;
use crate::types::ty::Ty;
use crate::types::typed::Enum;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Program;

impl Enum {
    /// What a constructor holds, with these type arguments.
    pub fn payload(&self, variant: usize, args: &[Ty]) -> Vec<Ty> {
        let payload = self.variants.get(variant).map_or(&[][..], |(_, payload)| payload);
        payload.iter().map(|t| t.instance(args)).collect()
    }
}

impl Program {
    /// Whether an expression itself (not its parts) may make a value that is
    /// too deep. How deep a value that is written out can be is known.
    pub fn may_be_too_deep(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Construct(id, _, payload) => {
                self.enums[id.index()].recursive && !payload.iter().all(is_written_out)
            }
            _ => false,
        }
    }
}
