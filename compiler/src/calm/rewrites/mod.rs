//! Changes to a program that may remove a point or make it cheaper, worked out
//! on its trees as written. They are only proposed here: whether the changed
//! program compiles, whether the point is gone, and whether it still means the
//! same, is found by whoever compiles it again and is not known here.
//!
//! | room | owns |
//! |---|---|
//! | `draft` | trees that change, and the texts that come out |
//! | `walk` | where a tree names what |
//! | `site` | a point with the statements around it |
//! | `threshold` | a bound in place of a number, in its own direction |
//! | `uses` | columns that come and go where a collection is used |
//! | `growing` | a value that is shown as one that grows |
//! | `manifest` | the closing message lists what it stands for |
//! | `listed` | "all of them", with the list in a message |
//! | `keys` | a column that is carried along the way |
//! | `shares` | a bound that is split |
//! | `keep` | both sides of a rendezvous in tables |
//! | `stored` | deletions as rows, rows that go with others |
//! | `writers` | which of two writes stays |
//! | `absorb` | two rules that are one |
//! | `promises` | seals that are declared, values that are drawn |

mod absorb;
mod draft;
mod growing;
mod keep;
mod keys;
mod listed;
mod manifest;
mod promises;
mod shares;
mod site;
mod stored;
mod threshold;
mod uses;
mod walk;
mod writers;

use std::collections::BTreeSet;

use crate::calm::System;
use crate::calm::model::Point;
use crate::calm::model::Report;
use crate::source::FileId;

pub use draft::Written;
pub use site::words;

/// A change that may help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// Its name: `threshold`, `manifest`, …
    pub id: &'static str,
    /// What to do, in half a sentence without a full stop.
    pub title: String,
    /// The files that change, with their new texts.
    pub files: Vec<(FileId, String)>,
    /// What the changed program promises otherwise, whatever runs show; `None`:
    /// it is meant to say the same.
    pub by_design: Option<String>,
    /// Whether it only writes down what has to be promised: the point stays.
    pub declares: bool,
}

/// What might help at a point, best first. `files` are the trees of the
/// program's own files, and `words` what they declare.
pub fn proposals(
    system: &System<'_>,
    report: &Report,
    point: &Point,
    files: &[Written],
    words: &BTreeSet<String>,
) -> Vec<Proposal> {
    let site = site::Site { system, report, point, files, words };
    let mut out = Vec::new();
    threshold::propose(&site, &mut out);
    absorb::propose(&site, &mut out);
    manifest::propose(&site, &mut out);
    listed::propose(&site, &mut out);
    keep::propose(&site, &mut out);
    shares::propose(&site, &mut out);
    keys::propose(&site, &mut out);
    stored::propose(&site, &mut out);
    writers::propose(&site, &mut out);
    growing::propose(&site, &mut out);
    promises::propose(&site, &mut out);
    let mut seen: Vec<Vec<(FileId, String)>> = Vec::new();
    out.retain(|proposal| {
        let new = !proposal.files.is_empty() && !seen.contains(&proposal.files);
        if new {
            seen.push(proposal.files.clone());
        }
        new
    });
    out
}
