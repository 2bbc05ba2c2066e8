//! What only the operating system knows or decides: CPU, memory, signals. An
//! interrupted process leaves nothing half written; the signals are taken by a
//! thread that waits for them, so that what it does need not be safe inside a
//! signal handler. The only room that names the system's library; it must not
//! know commands.

use std::sync::Mutex;
use std::sync::PoisonError;

#[cfg(unix)]
fn usage() -> libc::rusage {
    // SAFETY: the call fills the structure it is given and keeps nothing of it.
    unsafe {
        let mut usage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    }
}

/// CPU time of all threads so far, in user and kernel.
#[cfg(unix)]
pub fn cpu_seconds() -> f64 {
    let usage = usage();
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// The most memory that the process has taken.
#[cfg(unix)]
pub fn peak_bytes() -> u64 {
    // Linux counts in KiB, others in bytes.
    let unit = if cfg!(target_os = "linux") { 1024 } else { 1 };
    usage().ru_maxrss as u64 * unit
}

/// Bytes of memory that the process takes now.
#[cfg(target_os = "linux")]
pub fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    // SAFETY: the call only reads a setting of the system.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages.checked_mul(u64::try_from(page).ok()?)
}

/// Other systems have no cheap way to tell.
#[cfg(not(target_os = "linux"))]
pub fn resident_bytes() -> Option<u64> {
    None
}

/// Keeps the memory from an allocator's first block on, for so many bytes, in
/// pages of the usual size. Huge ones serve large data, and the allocator asks
/// for them everywhere; but a small run would touch a few words of each.
#[cfg(target_os = "linux")]
pub fn keep_pages_small(first: *const u8, bytes: usize) {
    const HUGE: usize = 2 << 20;
    let start = first.map_addr(|at| at & !(HUGE - 1)).cast_mut();
    // SAFETY: this is advice only: no byte changes, and none need be mapped.
    unsafe { libc::madvise(start.cast(), bytes, libc::MADV_NOHUGEPAGE) };
}

/// Other systems decide by themselves.
#[cfg(not(target_os = "linux"))]
pub fn keep_pages_small(_: *const u8, _: usize) {}

/// Other systems do not tell.
#[cfg(not(unix))]
pub fn cpu_seconds() -> f64 {
    0.0
}

/// Other systems do not tell.
#[cfg(not(unix))]
pub fn peak_bytes() -> u64 {
    0
}

/// Gets ready for interruption. To be called before there are other threads,
/// which take over what is blocked here.
#[cfg(unix)]
pub fn heed_signals() {
    // SAFETY: the set is made by the calls that are there for it, and handed on
    // by reference only.
    let set = unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
            if !is_ignored(signal) {
                libc::sigaddset(&mut set, signal);
            }
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
        set
    };
    let waiting = std::thread::Builder::new().name("signals".into()).spawn(move || wait(set));
    if waiting.is_err() {
        // Without the thread nobody would hear a signal.
        // SAFETY: as above.
        unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, std::ptr::null_mut()) };
    }
}

/// Other systems end the process by themselves.
#[cfg(not(unix))]
pub fn heed_signals() {}

/// Whether whoever started the process wants a signal to do nothing.
#[cfg(unix)]
unsafe fn is_ignored(signal: libc::c_int) -> bool {
    // SAFETY: the call fills the structure it is given.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut action) == 0
            && action.sa_sigaction == libc::SIG_IGN
    }
}

/// Who wants to hear of the first signal, to end by itself.
static HEARER: Mutex<Option<Hearer>> = Mutex::new(None);

type Hearer = Box<dyn Fn(i32) + Send>;

/// From now on the first signal is told; the second ends the process at once.
pub fn on_interrupt(hearer: impl Fn(i32) + Send + 'static) {
    *HEARER.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(hearer));
}

/// The exit code of a process that a signal ended.
pub fn interrupted(signal: i32) -> u8 {
    (128 + signal).clamp(0, 255) as u8
}

/// Ends the process, whatever its threads are at; nothing half written is left.
pub fn end_at_once(code: i32) -> ! {
    crate::cli::place::abandon();
    // SAFETY: ends the process at once, whatever other threads do.
    #[cfg(unix)]
    unsafe {
        libc::_exit(code)
    }
    #[cfg(not(unix))]
    std::process::exit(code)
}

/// Asks another process to end.
#[cfg(unix)]
pub fn interrupt(process: u32) {
    // SAFETY: the call only sends a signal.
    unsafe { libc::kill(process as libc::pid_t, libc::SIGTERM) };
}

/// Other systems can only end it at once.
#[cfg(not(unix))]
pub fn interrupt(_: u32) {}

/// From now on the first signal ends the process at once again.
pub fn on_no_interrupt() {
    *HEARER.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

#[cfg(unix)]
fn wait(set: libc::sigset_t) {
    use std::io::IsTerminal;
    use std::io::Write;
    let mut signal = 0;
    loop {
        // SAFETY: both are references to what lives longer than the call.
        if unsafe { libc::sigwait(&set, &mut signal) } != 0 {
            return;
        }
        match HEARER.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(hearer) => hearer(signal),
            None => break,
        }
    }
    crate::cli::place::abandon();
    let mut err = std::io::stderr();
    if err.is_terminal() {
        // A bar may stand there.
        let _ = err.write_all(b"\r\x1b[2K");
    }
    // SAFETY: ends the process at once, whatever other threads do.
    unsafe { libc::_exit(128 + signal) }
}
