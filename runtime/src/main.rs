//! The binary `bloom`. Everything is in the library; here is the allocator.

use std::process::ExitCode;

/// Relations grow by doubling large blocks, which this allocator gives back
/// and takes anew without faulting every page in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Number of the allocator's option `purge_delay` in its header.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
/// Milliseconds after which freed memory goes back to the system. The default
/// of a second is as long as many runs: their peak would count what they freed.
const PURGE_DELAY_MS: i64 = 10;

/// Bytes from the allocator's first block on that are not in huge pages.
const SMALL_PAGES_BYTES: usize = 32 << 20;

fn main() -> ExitCode {
    bloom::cli::system::keep_pages_small(&raw const *Box::new(0u8), SMALL_PAGES_BYTES);
    // SAFETY: the option exists, the value is in its range, and no other
    // thread runs yet.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, PURGE_DELAY_MS as _) };
    bloom::cli::entry::main()
}
