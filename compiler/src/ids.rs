//! Typed numbers for the things of a program, so that a rule is never looked
//! up where a relation is meant.

macro_rules! declare_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The number as an index.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

declare_id! {
    /// A collection.
    RelId;
    /// A rule, in source order.
    RuleId;
    /// A variable of one rule or function.
    VarId;
    /// A user-defined function.
    FnId;
    /// A `const`.
    ConstId;
    /// An enum.
    EnumId;
    /// A record type.
    RecordId;
    /// A function that an embedding program brings along.
    NativeId;
}
