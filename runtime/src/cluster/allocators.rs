//! What a dataflow is started from, so that its workers reach those of other
//! processes. What flows there is not known here.

use std::any::Any;
use std::io;

use timely::communication::Hooks;
use timely::communication::allocator::AllocatorBuilder;
use timely::communication::allocator::ProcessBuilder;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;

use crate::cluster::node::Node;

/// For each worker of this process what it is to be started with, and what has
/// to be kept until all of them have ended.
pub type Allocators = (Vec<AllocatorBuilder>, Box<dyn Any + Send>);

/// For the workers of this process; to be had once.
pub fn allocators(node: &Node) -> io::Result<Allocators> {
    let hooks = Hooks::default();
    let near = ProcessBuilder::new_typed_vector(node.workers(), hooks.refill.clone(), None);
    if node.processes() == 1 {
        return Ok((near.into_iter().map(AllocatorBuilder::Process).collect(), Box::new(())));
    }
    let (all, guard) =
        initialize_networking_from_sockets(near, node.wires(), node.me(), node.workers(), hooks)?;
    Ok((all.into_iter().map(AllocatorBuilder::Tcp).collect(), Box::new(guard)))
}
