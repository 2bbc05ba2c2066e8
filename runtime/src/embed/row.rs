//! Rows of a collection as Rust tuples, or as lists of values where the types
//! are not known before. What a collection is, is not known here.

use crate::embed::column::Cell;
use crate::embed::column::FromColumn;
use crate::embed::column::ToColumn;
use crate::embed::value::Value;

/// What can be inserted as a row: a tuple, or a list of values.
pub trait Row {
    /// The columns, from the left.
    fn columns(&self) -> Vec<&dyn ToColumn>;
}

/// What a row can be read as: a tuple, or a list of values.
pub trait FromRow: Sized {
    /// How many columns it has; `None`: any number.
    const COLUMNS: Option<usize>;

    /// Reads a row of that many columns; what does not fit is told with the
    /// number of its column.
    fn from_row(cells: &[Cell<'_>]) -> Result<Self, (usize, String)>;
}

impl Row for Vec<Value> {
    fn columns(&self) -> Vec<&dyn ToColumn> {
        self.iter().map(|value| value as &dyn ToColumn).collect()
    }
}

impl FromRow for Vec<Value> {
    const COLUMNS: Option<usize> = None;

    fn from_row(cells: &[Cell<'_>]) -> Result<Vec<Value>, (usize, String)> {
        let one = |(i, cell): (usize, &Cell<'_>)| Value::from_column(*cell).map_err(|why| (i, why));
        cells.iter().enumerate().map(one).collect()
    }
}

macro_rules! tuples {
    ($($n:literal: $($name:ident $at:tt),*;)*) => {$(
        impl<$($name: ToColumn),*> Row for ($($name,)*) {
            fn columns(&self) -> Vec<&dyn ToColumn> {
                vec![$(&self.$at),*]
            }
        }

        impl<$($name: for<'a> FromColumn<'a>),*> FromRow for ($($name,)*) {
            const COLUMNS: Option<usize> = Some($n);

            fn from_row(cells: &[Cell<'_>]) -> Result<Self, (usize, String)> {
                let [$($name),*] = cells else { return Err((0, "is missing".into())) };
                Ok(($($name::from_column(*$name).map_err(|why| ($at, why))?,)*))
            }
        }
    )*};
}

mod tuples {
    #![allow(non_snake_case, reason = "a type and its column share a letter")]
    use super::*;

    tuples! {
        1: A 0;
        2: A 0, B 1;
        3: A 0, B 1, C 2;
        4: A 0, B 1, C 2, D 3;
        5: A 0, B 1, C 2, D 3, E 4;
        6: A 0, B 1, C 2, D 3, E 4, F 5;
        7: A 0, B 1, C 2, D 3, E 4, F 5, G 6;
        8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
    }
}
