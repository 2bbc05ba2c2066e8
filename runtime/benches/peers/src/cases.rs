//! The one table of cases. Adding a case is a row here, a generator, an Ascent program and a
//! Bloom program; this room must not know how any of them works.

use std::path::Path;
use std::path::PathBuf;

use crate::generate;
use crate::generate::Tables;

/// How large the inputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Large enough that start-up does not count.
    Full,
    /// About a fiftieth, for a check that everything runs.
    Small,
}

impl Scale {
    /// A quantity that the work is proportional to.
    pub fn linear(self, full: u64) -> u64 {
        match self {
            Scale::Full => full,
            Scale::Small => full / 50,
        }
    }

    /// A quantity whose square the work is proportional to: a seventh of it is a forty-ninth of
    /// the work.
    pub fn square(self, full: u64) -> u64 {
        match self {
            Scale::Full => full,
            Scale::Small => full / 7,
        }
    }

    /// The word of the command line.
    pub fn name(self) -> &'static str {
        match self {
            Scale::Full => "full",
            Scale::Small => "small",
        }
    }
}

/// One program over one input.
#[derive(Debug)]
pub struct Case {
    /// Name in tables and on the command line.
    pub name: &'static str,
    /// Name of the program; several cases may share one.
    pub program: &'static str,
    /// Whether there is a loop written by hand.
    pub plain: bool,
    /// Makes the input relations.
    pub generate: fn(Scale) -> Tables,
}

impl Case {
    /// Where the input of this case is, below the folder of all inputs. Sizes never share a
    /// folder, so a small check cannot be mistaken for the input of a measurement.
    pub fn folder(&self, scale: Scale, data: &Path) -> PathBuf {
        match scale {
            Scale::Full => data.join(self.name),
            Scale::Small => data.join("small").join(self.name),
        }
    }

    /// The Bloom program of this case.
    pub fn bloom_program(&self, programs: &Path) -> PathBuf {
        programs.join(self.program).with_extension("bloom")
    }
}

const fn case(
    name: &'static str,
    program: &'static str,
    plain: bool,
    generate: fn(Scale) -> Tables,
) -> Case {
    Case { name, program, plain, generate }
}

/// Every case, in the order in which tables show them.
pub static ALL: &[Case] = &[
    case("tc_s", "tc", true, generate::tc_small_graph),
    case("tc_l", "tc", true, generate::tc_large_graph),
    case("tc_chain", "tc", true, generate::tc_chain),
    case("reach_s", "reach", true, generate::reach_small_graph),
    case("reach_l", "reach", true, generate::reach_large_graph),
    case("reach_chain", "reach", true, generate::reach_chain),
    case("sg", "sg", true, generate::same_generation),
    case("cc", "cc", true, generate::components),
    case("sssp", "sssp", true, generate::shortest_paths),
    case("andersen", "andersen", false, generate::andersen),
    case("cspa", "cspa", false, generate::cspa),
    case("tri", "tri", true, generate::triangles),
    case("clique", "clique", true, generate::cliques),
    case("bowtie", "bowtie", true, generate::bowties),
    case("analytic", "analytic", false, generate::analytic),
];

/// The case of this name.
pub fn find(name: &str) -> Option<&'static Case> {
    ALL.iter().find(|case| case.name == name)
}
