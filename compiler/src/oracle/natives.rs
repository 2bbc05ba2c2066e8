//! Functions of an embedding program, over plain values. They are at hand
//! while [`with`] runs, on its thread: a program is data and cannot hold them.
//! What they compute is not known here.

use std::cell::RefCell;
use std::rc::Rc;

use crate::ids::NativeId;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::typed::Expr;
use crate::types::typed::Program;

/// Computes functions by number.
pub trait Natives {
    /// The value of a call, of the type of the expression `call`; `None`: there
    /// is no row.
    fn call(
        &self,
        id: NativeId,
        args: &[Value],
        call: &Expr,
        program: &Program,
    ) -> Result<Option<Value>, String>;
}

thread_local! {
    static AT_HAND: RefCell<Option<Rc<dyn Natives>>> = const { RefCell::new(None) };
}

/// Puts back what was at hand before, also after a panic.
struct Before(Option<Rc<dyn Natives>>);

impl Drop for Before {
    fn drop(&mut self) {
        AT_HAND.set(self.0.take());
    }
}

/// Runs with these functions at hand.
pub fn with<R>(natives: Rc<dyn Natives>, run: impl FnOnce() -> R) -> R {
    let _before = Before(AT_HAND.replace(Some(natives)));
    run()
}

pub(super) fn call(
    id: NativeId,
    args: &[Value],
    expr: &Expr,
    program: &Program,
    span: Span,
) -> Result<Value, Stop> {
    let natives = AT_HAND.with_borrow(Clone::clone);
    let Some(natives) = natives else {
        return Err(Stop::Fail(Kind::Broken("a native function is not at hand"), span));
    };
    match natives.call(id, args, expr, program) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(Stop::NoRow),
        Err(message) => Err(Stop::Fail(Kind::Native(id, message), span)),
    }
}
