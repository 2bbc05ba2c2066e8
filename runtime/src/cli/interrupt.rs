//! An interrupted process leaves nothing half written. The signals are taken by
//! a thread that waits for them, so that what it does need not be safe inside a
//! signal handler. This room must not know commands.

/// Gets ready for interruption. To be called before there are other threads,
/// which take over what is blocked here.
#[cfg(unix)]
pub fn install() {
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
pub fn install() {}

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

#[cfg(unix)]
fn wait(set: libc::sigset_t) {
    use std::io::IsTerminal;
    use std::io::Write;
    let mut signal = 0;
    // SAFETY: both are references to what lives longer than the call.
    if unsafe { libc::sigwait(&set, &mut signal) } != 0 {
        return;
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
