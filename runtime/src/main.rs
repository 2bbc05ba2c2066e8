//! The binary `bloom`. Everything is in the library; here is the allocator.

use std::process::ExitCode;

/// Relations grow by doubling large blocks, which this allocator gives back
/// and takes anew without faulting every page in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bloom::cli::entry::main()
}
