//! Rust types as types of columns: how a value of each becomes a word and how
//! a word becomes one again. Rows and functions are put together elsewhere.

use std::collections::BTreeSet;

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::types::show;

use crate::value::collections;
use crate::value::interner::Interner;
use crate::value::text;
use crate::value::word::float_word;
use crate::value::word::word_float;

/// A value of a column, to be read.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    pub(super) types: &'a [Type],
    pub(super) interner: &'a Interner,
    pub(super) ty: TypeId,
    pub(super) word: u64,
}

impl<'a> Cell<'a> {
    pub(super) fn type_of(&self) -> &'a Type {
        &self.types[self.ty.0 as usize]
    }

    pub(super) fn part(&self, ty: TypeId, word: u64) -> Cell<'a> {
        Cell { ty, word, ..*self }
    }

    fn no(&self, wanted: &str) -> String {
        format!("a column of type {} is no {wanted}", show(self.types, self.ty))
    }
}

/// A place for a value of a column.
pub struct Slot<'a> {
    pub(super) types: &'a [Type],
    pub(super) interner: &'a mut Interner,
    pub(super) ty: TypeId,
}

impl<'a> Slot<'a> {
    pub(super) fn part(&mut self, ty: TypeId, value: &dyn ToColumn) -> Result<u64, String> {
        value.to_column(&mut Slot { types: self.types, interner: self.interner, ty })
    }

    pub(super) fn parts<'v, T: ToColumn + 'v>(
        &mut self,
        parts: impl Iterator<Item = (TypeId, &'v T)>,
    ) -> Result<Vec<u64>, String> {
        parts.map(|(ty, value)| self.part(ty, value)).collect()
    }

    fn type_of(&self) -> &'a Type {
        &self.types[self.ty.0 as usize]
    }
}

/// A type whose values can be put into a column.
pub trait ToColumn {
    /// Puts the value there, or says why it does not fit.
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String>;
}

/// A type whose values can be read from a column.
pub trait FromColumn<'a>: Sized {
    /// Reads the value, or says why it is none of the type.
    fn from_column(cell: Cell<'a>) -> Result<Self, String>;
}

/// A type that stands for one type of the language.
pub trait Typed {
    /// That type, as a program writes it.
    fn type_text() -> String;
}

macro_rules! ints {
    ($($int:ty => $text:literal),*) => {$(
        impl ToColumn for $int {
            fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
                let value = i64::try_from(*self).map_err(|_| slot.mismatch(self))?;
                match slot.type_of() {
                    Type::Int | Type::Time | Type::Duration => Ok(value as u64),
                    Type::Nat if value >= 0 => Ok(value as u64),
                    _ => Err(slot.mismatch(self)),
                }
            }
        }

        impl FromColumn<'_> for $int {
            fn from_column(cell: Cell<'_>) -> Result<$int, String> {
                let value = match cell.type_of() {
                    Type::Int | Type::Nat | Type::Time | Type::Duration => cell.word as i64,
                    _ => return Err(cell.no(stringify!($int))),
                };
                <$int>::try_from(value).map_err(|_| format!("{value} is no {}", stringify!($int)))
            }
        }

        impl Typed for $int {
            fn type_text() -> String {
                $text.into()
            }
        }
    )*};
}

ints!(i64 => "int", i32 => "int", u32 => "nat", u64 => "nat", usize => "nat");

impl ToColumn for f64 {
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
        match slot.type_of() {
            Type::Float => Ok(float_word(*self)),
            _ => Err(slot.mismatch(self)),
        }
    }
}

impl FromColumn<'_> for f64 {
    fn from_column(cell: Cell<'_>) -> Result<f64, String> {
        match cell.type_of() {
            Type::Float => Ok(word_float(cell.word)),
            _ => Err(cell.no("f64")),
        }
    }
}

impl ToColumn for bool {
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
        match slot.type_of() {
            Type::Bool => Ok(u64::from(*self)),
            _ => Err(slot.mismatch(self)),
        }
    }
}

impl FromColumn<'_> for bool {
    fn from_column(cell: Cell<'_>) -> Result<bool, String> {
        match cell.type_of() {
            Type::Bool => Ok(cell.word != 0),
            _ => Err(cell.no("bool")),
        }
    }
}

impl ToColumn for str {
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
        match slot.type_of() {
            Type::Str | Type::Node => Ok(slot.interner.bytes(self.as_bytes())),
            _ => Err(slot.mismatch(&self)),
        }
    }
}

impl<T: ToColumn + ?Sized> ToColumn for &T {
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
        (**self).to_column(slot)
    }
}

impl ToColumn for String {
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
        self.as_str().to_column(slot)
    }
}

impl<'a> FromColumn<'a> for &'a str {
    fn from_column(cell: Cell<'a>) -> Result<&'a str, String> {
        match cell.type_of() {
            Type::Str | Type::Node => Ok(cell.interner.get_text(cell.word)),
            _ => Err(cell.no("text")),
        }
    }
}

impl FromColumn<'_> for String {
    fn from_column(cell: Cell<'_>) -> Result<String, String> {
        <&str>::from_column(cell).map(str::to_owned)
    }
}

macro_rules! typed {
    ($($ty:ty => $text:literal),*) => {$(
        impl Typed for $ty {
            fn type_text() -> String {
                $text.into()
            }
        }
    )*};
}

typed!(f64 => "float", bool => "bool", &str => "str", String => "str");

impl<T: ToColumn> ToColumn for Option<T> {
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
        match (self, slot.type_of()) {
            (None, Type::Option(_)) => Ok(0),
            (Some(value), Type::Option(ty)) => {
                let word = slot.part(*ty, value)?;
                Ok(1 + slot.interner.words(&[word]))
            }
            _ => Err(slot.mismatch(&"an Option")),
        }
    }
}

impl<'a, T: FromColumn<'a>> FromColumn<'a> for Option<T> {
    fn from_column(cell: Cell<'a>) -> Result<Option<T>, String> {
        match cell.type_of() {
            Type::Option(ty) => text::some(cell.word, cell.interner)
                .map(|word| T::from_column(cell.part(*ty, word)))
                .transpose(),
            _ => Err(cell.no("Option")),
        }
    }
}

impl<T: Typed> Typed for Option<T> {
    fn type_text() -> String {
        format!("{}?", T::type_text())
    }
}

impl<T: ToColumn> ToColumn for Vec<T> {
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
        match slot.type_of() {
            Type::List(ty) => {
                let words = slot.parts(self.iter().map(|part| (*ty, part)))?;
                Ok(slot.interner.words(&words))
            }
            _ => Err(slot.mismatch(&"a Vec")),
        }
    }
}

impl<'a, T: FromColumn<'a>> FromColumn<'a> for Vec<T> {
    fn from_column(cell: Cell<'a>) -> Result<Vec<T>, String> {
        match cell.type_of() {
            Type::List(ty) | Type::Set(ty) => {
                let words = cell.interner.get_words(cell.word).iter();
                words.map(|word| T::from_column(cell.part(*ty, *word))).collect()
            }
            _ => Err(cell.no("list")),
        }
    }
}

impl<T: Typed> Typed for Vec<T> {
    fn type_text() -> String {
        format!("[{}]", T::type_text())
    }
}

impl<T: ToColumn> ToColumn for BTreeSet<T> {
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
        match slot.type_of() {
            Type::Set(ty) => {
                let words = slot.parts(self.iter().map(|part| (*ty, part)))?;
                Ok(collections::set(slot.types, *ty, words, slot.interner))
            }
            _ => Err(slot.mismatch(&"a BTreeSet")),
        }
    }
}

impl<'a, T: FromColumn<'a> + Ord> FromColumn<'a> for BTreeSet<T> {
    fn from_column(cell: Cell<'a>) -> Result<BTreeSet<T>, String> {
        match cell.type_of() {
            Type::Set(_) => Ok(Vec::<T>::from_column(cell)?.into_iter().collect()),
            _ => Err(cell.no("set")),
        }
    }
}

impl<T: Typed> Typed for BTreeSet<T> {
    fn type_text() -> String {
        format!("Set<{}>", T::type_text())
    }
}
