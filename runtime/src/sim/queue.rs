//! What is to come, by time; what is due at one instant comes in the order in
//! which it was put in. What becomes of it is not known here.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Something that is to come.
#[derive(Clone)]
struct Entry<E> {
    event: E,
    /// Whether the world is not at rest as long as it is to come.
    is_work: bool,
}

/// What is to come.
#[derive(Clone)]
pub(super) struct Queue<E> {
    heap: BinaryHeap<Reverse<(i64, u64, u32)>>,
    slots: Vec<Option<Entry<E>>>,
    free: Vec<u32>,
    next: u64,
    work: usize,
}

impl<E> Queue<E> {
    pub fn new() -> Queue<E> {
        let (heap, slots) = (BinaryHeap::new(), Vec::new());
        Queue { heap, slots, free: Vec::new(), next: 0, work: 0 }
    }

    pub fn push(&mut self, at: i64, is_work: bool, event: E) {
        let entry = Some(Entry { event, is_work });
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = entry;
                slot
            }
            None => {
                self.slots.push(entry);
                self.slots.len() as u32 - 1
            }
        };
        self.work += usize::from(is_work);
        self.heap.push(Reverse((at, self.next, slot)));
        self.next += 1;
    }

    /// When the next is due.
    pub fn next_at(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// The next, with its time.
    pub fn pop(&mut self) -> Option<(i64, E)> {
        let Reverse((at, _, slot)) = self.heap.pop()?;
        let entry = self.slots[slot as usize].take()?;
        self.free.push(slot);
        self.work -= usize::from(entry.is_work);
        Some((at, entry.event))
    }

    /// How much of it keeps the world from being at rest.
    pub fn work(&self) -> usize {
        self.work
    }
}
