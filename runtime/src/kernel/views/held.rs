//! A dataflow belongs to the thread that built it, a node to nobody: it may go
//! to another thread between two ticks. The dataflow stays behind then, and is
//! built again when it is needed. What it is for is not known here.

use send_wrapper::SendWrapper;

use crate::kernel::views::built::Built;

/// A dataflow, or none.
#[derive(Default)]
pub struct Held(Option<SendWrapper<Built>>);

impl Held {
    /// The dataflow, where it was built.
    pub fn get(&mut self) -> Option<&mut Built> {
        self.leave_others();
        self.0.as_deref_mut()
    }

    /// The same, to look at.
    pub fn look(&self) -> Option<&Built> {
        self.0.as_ref().filter(|held| held.valid()).map(|held| &**held)
    }

    /// Whether there is one here.
    pub fn is_some(&self) -> bool {
        self.look().is_some()
    }

    /// Takes the dataflow out.
    pub fn take(&mut self) -> Option<Built> {
        self.leave_others();
        self.0.take().map(SendWrapper::take)
    }

    /// Puts one in, or none.
    pub fn set(&mut self, built: Option<Built>) {
        self.leave_others();
        self.0 = built.map(SendWrapper::new);
    }

    /// What another thread built cannot be taken down from here: its memory
    /// stays taken.
    fn leave_others(&mut self) {
        if let Some(other) = self.0.take_if(|held| !held.valid()) {
            std::mem::forget(other);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.leave_others();
    }
}
