//! Answers for editors: what is here, where does it come from, what may be
//! written. Every answer is plain data about byte ranges of one text; nothing
//! here knows a protocol, an encoding of positions, or a file.
//!
//! | room | owns |
//! |---|---|
//! | `analysis` | one text, checked: what all answers are read from |
//! | `fields` | uses of record fields, which types decide |
//! | `places` | the name at a place; its declaration and its uses |
//! | `show` | declarations as the user would write them |
//! | `hover` | what is known about the thing at a place |
//! | `words` | help on words that the language gives a meaning |
//! | `rename` | all changes that a new name needs, or why not |
//! | `around` | what stands around the cursor, also in broken text |
//! | `complete`, `offers` | what may be written here; the lists it is taken from |
//! | `signature` | the parameters of the call at the cursor |
//! | `symbols` | the outline |
//! | `colours` | what kind of word each word is |
//! | `folding` | what can be folded away |
//! | `edits` | changes of the text: formatting, fixes |
//! | `waits` | who has to wait, by places of the text |

mod analysis;
mod around;
mod colours;
mod complete;
mod edits;
mod fields;
mod folding;
mod hover;
mod offers;
mod places;
mod rename;
mod show;
mod signature;
mod symbols;
mod waits;
mod words;

pub use analysis::Analysis;
pub use colours::Colour;
pub use colours::Coloured;
pub use complete::Offer;
pub use complete::OfferKind;
pub use edits::Action;
pub use edits::Edit;
pub use edits::apply;
pub use edits::changes;
pub use folding::Fold;
pub use hover::Hover;
pub use places::Reference;
pub use signature::Signature;
pub use signature::Signatures;
pub use symbols::Symbol;
pub use symbols::SymbolKind;
pub use waits::Coordination;
pub use waits::Effort;
pub use waits::Lens;
pub use waits::Said;
pub use words::help;
