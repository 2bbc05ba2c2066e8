//! A node that several processes share, at the first of them: the workers of
//! all, the rows that the others read, and their leave. How they meet is not
//! known here; nor is what a node does.

use bloom_compiler::names::hir::RelKind;

use crate::cli::cluster::Phase;
use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::options::RunOptions;
use crate::cli::processes;
use crate::cli::talk::Talk;
use crate::cli::together;
use crate::cluster;
use crate::dataflow::job::Broken;
use crate::dataflow::node::Company;
use crate::kernel::Engine;
use crate::kernel::Rows;
use crate::tick::Node;

/// The processes that share a node, of which this is the first: it is in charge.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    /// Its connections.
    pub node: &'a cluster::node::Node,
    /// What others hear if it fails.
    pub phase: &'a Phase<'a>,
}

impl Shared<'_> {
    /// What others hear if it fails from now on.
    pub fn begin(shared: Option<Shared<'_>>, failed: &'static str) {
        if let Some(shared) = shared {
            shared.phase.begin(failed);
        }
    }

    /// How many workers the node has.
    pub fn workers(shared: Option<Shared<'_>>, options: &RunOptions) -> usize {
        shared.map_or(options.workers, |shared| shared.node.processes() * shared.node.workers())
    }

    /// The workers of all processes, if there are others. The rows that those
    /// read are loaded, or come to the other events.
    pub fn company(
        shared: Option<Shared<'_>>,
        of: (&Checked, &RunOptions),
        (engine, mut events): (&mut Engine, Vec<Rows>),
        talk: &Talk,
    ) -> Result<(Option<Company>, Vec<Rows>), Exit> {
        let Some(shared) = shared.filter(|shared| shared.node.processes() > 1) else {
            return Ok((None, events));
        };
        let company = shared.gather(of, engine, &mut events);
        let company = company.map_err(|broken| together::is_broken(&broken, talk))?;
        Ok((Some(company), events))
    }

    fn gather(
        self,
        (checked, options): (&Checked, &RunOptions),
        engine: &mut Engine,
        events: &mut Vec<Rows>,
    ) -> Result<Company, Broken> {
        let mut company = processes::company(checked, options, self.node, None)?;
        for rows in company.rows(engine)? {
            match checked.typed.rels[rows.rel.index()].kind {
                RelKind::Input => events.push(rows),
                _ if rows.words.is_empty() => drop(engine.load_unit(rows.rel)),
                _ => drop(engine.load(rows.rel, &rows.words)),
            }
        }
        Ok(company)
    }

    /// Everything is here: who dies now does no harm.
    pub fn part(shared: Option<Shared<'_>>, node: &mut Node) {
        if let Some(shared) = shared {
            node.part();
            shared.node.life().heed_only(shared.node.me());
        }
    }
}
