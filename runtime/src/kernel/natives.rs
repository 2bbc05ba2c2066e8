//! Functions of an embedding program, as the kernel sees them: words in, a word
//! out. What words mean to a Rust function is for others to know.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use bloom_compiler::ids::NativeId;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::kernel::engine::Engine;
use crate::kernel::functions::Outcome;
use crate::value::interner::Interner;

/// Computes functions by number.
pub trait Natives: Send + Sync {
    /// The word of a call, of type `result`; `None`: there is no row.
    fn call(
        &self,
        id: NativeId,
        args: &[(TypeId, u64)],
        result: TypeId,
        types: &[Type],
        interner: &mut Interner,
    ) -> Result<Option<u64>, String>;
}

impl Engine {
    /// Puts functions of the embedding program at hand.
    pub fn bring(&mut self, natives: Arc<dyn Natives>) {
        self.natives = Some(natives);
    }

    /// The functions of the embedding program.
    pub fn natives(&self) -> Option<Arc<dyn Natives>> {
        self.natives.clone()
    }
}

/// Calls a function; one that panics fails.
pub(super) fn call(
    natives: Option<&dyn Natives>,
    id: NativeId,
    args: &[(TypeId, u64)],
    result: TypeId,
    (types, interner): (&[Type], &mut Interner),
) -> Outcome {
    let called = match natives {
        // A value that a panicking function leaves half made is never looked at.
        Some(natives) => {
            catch_unwind(AssertUnwindSafe(|| natives.call(id, args, result, types, interner)))
                .unwrap_or_else(|payload| Err(panicked(&*payload)))
        }
        None => Err("it is not at hand".to_owned()),
    };
    match called {
        Ok(Some(word)) => Ok(word),
        Ok(None) => Err(None),
        Err(message) => Err(Some(FailKind::Native(id, interner.bytes(message.as_bytes())))),
    }
}

fn panicked(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("without a message"))
}
