//! Memory that is about to be looked at, asked for ahead of time: tables that
//! are larger than the caches are searched many keys at a time. This room must
//! not know what is in them.

/// Brings an element into the cache ahead of its use.
#[inline(always)]
pub fn prefetch<T>(slots: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if at < slots.len() {
        // SAFETY: the address is inside the slice; a prefetch reads nothing.
        unsafe {
            use std::arch::x86_64::_MM_HINT_T0;
            use std::arch::x86_64::_mm_prefetch;
            _mm_prefetch(slots.as_ptr().add(at).cast::<i8>(), _MM_HINT_T0);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slots, at);
}
