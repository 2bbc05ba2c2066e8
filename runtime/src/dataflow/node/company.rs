//! The workers of a node over several processes, before it begins: they are
//! there, and those who are in charge hear what the others read. How processes
//! reach each other, and what a node is, is not known here.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use timely::communication::allocator::AllocatorBuilder;

use crate::dataflow::crew::Crew;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Order;
use crate::dataflow::node::hands;
use crate::dataflow::node::hands::Hands;
use crate::dataflow::node::routes;
use crate::dataflow::node::setup::Setup;
use crate::dataflow::node::task::Task;
use crate::dataflow::node::task::What;
use crate::kernel::Engine;
use crate::kernel::Rows;

/// The workers of this process, and what it takes to reach the others.
pub struct Company {
    setup: Arc<Setup>,
    crew: Crew,
}

impl Company {
    /// Begins the workers of this process, numbered as `here` says.
    pub fn begin(
        setup: Setup,
        here: Range<usize>,
        (builders, others): (Vec<AllocatorBuilder>, Box<dyn Any + Send>),
    ) -> Result<Company, Broken> {
        let setup = Arc::new(setup);
        let works = hands::works(&setup, here.clone());
        let crew = Crew::over(builders, others, works, here.start)?;
        Ok(Company { setup, crew })
    }

    /// At the process in charge: the rows that others read, in the words of an
    /// engine.
    pub fn rows(&mut self, engine: &mut Engine) -> Result<Vec<Rows>, Broken> {
        let give = Order::Task(Task { commits: false, what: What::Give });
        let said = hands::said(self.crew.order(give)?)?;
        let unread = || Broken("rows of another process cannot be read".to_owned());
        let given = said.into_iter().flat_map(|said| said.given);
        given.map(|packet| routes::rows(packet, engine).ok_or_else(unread)).collect()
    }

    /// At any other process: does what it is told until the end.
    pub fn follow(self) -> Result<(), Broken> {
        self.crew.stop().map(drop)
    }

    /// At the process in charge: what a node needs.
    pub(super) fn hands(self) -> (Arc<Setup>, Hands) {
        let hands = Hands::of(&self.setup, self.crew);
        (self.setup, hands)
    }
}
