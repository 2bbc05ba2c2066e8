//! Rust functions that programs may call. Their signatures come from their Rust
//! types; how they behave on growing arguments is declared. When they are
//! called, and what becomes of a failure, is not known here.

use std::fmt::Display;
use std::sync::Arc;

use bloom_compiler::driver::NativeSignature;
use bloom_compiler::ids::NativeId;
pub use bloom_compiler::names::native::Grows;
use bloom_compiler::names::native::Growth;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::embed::column::Cell;
use crate::embed::column::FromColumn;
use crate::embed::column::Slot;
use crate::embed::column::ToColumn;
use crate::embed::column::Typed;
use crate::kernel;
use crate::value::interner::Interner;

type Given = Result<Option<Box<dyn ToColumn>>, String>;
type Call = dyn Fn(&[Cell<'_>]) -> Given + Send + Sync;

/// Functions for programs to call. They are pure: equal arguments give equal
/// results, whenever and however often they are called.
#[derive(Clone, Default)]
pub struct Natives {
    signatures: Vec<NativeSignature>,
    calls: Vec<Arc<Call>>,
}

impl Natives {
    /// No functions yet.
    pub fn new() -> Natives {
        Natives::default()
    }

    /// Adds a function or a closure under a name. Where its result is an
    /// `Option`, `None` means that there is no row; where it is a `Result`, an
    /// error fails the run.
    pub fn add<M, F: Native<M>>(&mut self, name: &str, function: F) -> Added<'_> {
        let call = move |cells: &[Cell<'_>]| function.call(cells)?.give();
        self.calls.push(Arc::new(call));
        let at = self.signatures.len();
        self.signatures.push(NativeSignature {
            name: name.to_owned(),
            params: F::params(),
            result: F::Out::type_text(),
            // Any function may panic, which is a failure.
            fails: true,
            partial: F::Out::PARTIAL,
            growth: Growth::default(),
        });
        Added { signature: &mut self.signatures[at] }
    }

    pub(super) fn signatures(&self) -> &[NativeSignature] {
        &self.signatures
    }
}

/// A function that was added, to say more about it.
pub struct Added<'n> {
    signature: &'n mut NativeSignature,
}

impl Added<'_> {
    /// Declares that the result grows in `into` while argument `arg` (from 0)
    /// grows in `from` and the others stay. Without that a rule that gives a
    /// growing value to the function sees its finished value.
    pub fn grows(self, arg: usize, from: Grows, into: Grows) -> Self {
        let growth = &mut self.signature.growth;
        if growth.args.len() <= arg {
            growth.args.resize(arg + 1, None);
        }
        growth.args[arg] = Some(from);
        growth.result = Some(into);
        self
    }
}

impl kernel::Natives for Natives {
    fn call(
        &self,
        id: NativeId,
        args: &[(TypeId, u64)],
        result: TypeId,
        types: &[Type],
        interner: &mut Interner,
    ) -> Result<Option<u64>, String> {
        let Some(call) = self.calls.get(id.index()) else { return Err("it is unknown".into()) };
        let cells: Vec<Cell<'_>> =
            args.iter().map(|&(ty, word)| Cell { types, interner, ty, word }).collect();
        let given = call(&cells)?;
        let put =
            |value: Box<dyn ToColumn>| value.to_column(&mut Slot { types, interner, ty: result });
        given.map(put).transpose()
    }
}

/// A type of an argument; of those with a lifetime any will do.
pub trait Param: Typed {
    /// The type with the lifetime of a call.
    type Held<'a>: FromColumn<'a>;
}

impl Param for &str {
    type Held<'a> = &'a str;
}

macro_rules! params {
    ($($ty:ty),*) => {$(
        impl Param for $ty {
            type Held<'a> = $ty;
        }
    )*};
}

params!(i64, u64, usize, i32, u32, f64, bool, String);

impl<T: Param> Param for Vec<T> {
    type Held<'a> = Vec<T::Held<'a>>;
}

impl<T: Param> Param for Option<T> {
    type Held<'a> = Option<T::Held<'a>>;
}

/// A type of a result.
pub trait Returns {
    /// Whether it can be nothing.
    const PARTIAL: bool;
    /// The type of the value, as a program writes it.
    fn type_text() -> String;
    /// The value, nothing, or a failure.
    fn give(self) -> Given;
}

macro_rules! returns {
    ($([$($of:tt)*] $ty:ty),*) => {$(
        impl<$($of)*> Returns for $ty {
            const PARTIAL: bool = false;

            fn type_text() -> String {
                <$ty as Typed>::type_text()
            }

            fn give(self) -> Given {
                Ok(Some(Box::new(self)))
            }
        }
    )*};
}

returns! {
    [] i64, [] i32, [] u32, [] u64, [] usize, [] f64, [] bool, [] String,
    [T: ToColumn + Typed + 'static] Vec<T>,
    [T: ToColumn + Typed + 'static] std::collections::BTreeSet<T>
}

impl<T: ToColumn + Typed + Returns + 'static> Returns for Option<T> {
    const PARTIAL: bool = true;

    fn type_text() -> String {
        <T as Typed>::type_text()
    }

    fn give(self) -> Given {
        self.map_or(Ok(None), Returns::give)
    }
}

impl<T: Returns, E: Display> Returns for Result<T, E> {
    const PARTIAL: bool = T::PARTIAL;

    fn type_text() -> String {
        T::type_text()
    }

    fn give(self) -> Given {
        self.map_err(|error| error.to_string())?.give()
    }
}

/// A function of up to six arguments. `M` is made of its types and tells
/// functions of different numbers of arguments apart.
pub trait Native<M>: Send + Sync + 'static {
    /// What it gives.
    type Out: Returns;
    /// Types of the arguments.
    fn params() -> Vec<String>;
    /// Calls it.
    fn call(&self, cells: &[Cell<'_>]) -> Result<Self::Out, String>;
}

macro_rules! functions {
    ($($($name:ident)*;)*) => {$(
        impl<Fun, R, $($name),*> Native<fn($($name),*) -> R> for Fun
        where
            Fun: Fn($($name),*) -> R + for<'a> Fn($($name::Held<'a>),*) -> R + Send + Sync + 'static,
            R: Returns,
            $($name: Param,)*
        {
            type Out = R;
            fn params() -> Vec<String> {
                vec![$($name::type_text()),*]
            }

            fn call(&self, cells: &[Cell<'_>]) -> Result<R, String> {
                // Of the two ways to call it this is the one with the lifetime of the cells.
                fn with<R, $($name),*>(f: impl Fn($($name),*) -> R, $($name: $name),*) -> R {
                    f($($name),*)
                }
                let [$($name),*] = cells else { return Err("has other arguments".into()) };
                Ok(with(self, $(<$name as Param>::Held::from_column(*$name)?),*))
            }
        }
    )*};
}

mod functions {
    #![allow(non_snake_case, reason = "a type and its argument share a letter")]
    use super::*;

    functions! {
        ;
        A;
        A B;
        A B C;
        A B C D;
        A B C D E;
        A B C D E F;
    }
}
