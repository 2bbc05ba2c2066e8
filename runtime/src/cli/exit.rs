//! Exit codes, and what is said when the tool itself is broken. This room must
//! not know subcommands.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Why a command ended early. What is wrong was said before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// The program or its data is wrong, or a limit was reached.
    Program,
    /// The command line or the world around is wrong.
    Invocation,
    /// Nobody reads the output any more, which is no mistake.
    Closed,
    /// The program itself said with which code it ends.
    Halted(u8),
    /// The tool is wrong; what was found was said before.
    Bug,
    /// Someone wanted it, by this signal; what was begun is finished.
    Interrupted(i32),
    /// Another process of the node is gone.
    Down,
    /// Another process ended with this code, and this one with it.
    Other(u8),
}

impl Exit {
    /// The code of the process.
    pub fn code(self) -> ExitCode {
        ExitCode::from(self.number())
    }

    /// The same as a number.
    pub fn number(self) -> u8 {
        match self {
            Exit::Program => 1,
            Exit::Invocation => 2,
            Exit::Bug => BUG,
            Exit::Closed => 0,
            Exit::Halted(code) | Exit::Other(code) => code,
            Exit::Interrupted(signal) => (128 + signal).clamp(0, 255) as u8,
            Exit::Down => DOWN,
        }
    }
}

/// Code of a process whose node is down: it may be begun anew.
pub const DOWN: u8 = 120;

/// Code of a process that met a mistake of its own.
pub const BUG: u8 = 101;

/// The meaning of the codes, for `bloom help exit-codes`.
pub const TEXT: &str = "\
0    done; warnings do not change it
1    the program, its data or a limit: a diagnostic says where
2    the command line, or a file that cannot be read or written; also other
     processes of the node that do not come, or do not fit (--hosts)
101  a mistake in bloom itself: please report it
120  the node is down: another of its processes is gone (--hosts)
130  interrupted; nothing half written is left

A program that halts ends with the code that it says, 0 to 99.
A reader that closes the pipe early (`bloom run … | head`) is no mistake: 0.";

/// Makes a panic say what a user can do about it.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let payload = info.payload();
        let what = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        eprintln!(
            "bloom made a mistake of its own, which no program should be able to cause.\n\
             Please report it with the program, the command line and these lines:\n\n  \
             bloom {} at {place}\n  {what}",
            env!("CARGO_PKG_VERSION")
        );
        if let Some(hearer) = PANIC.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            hearer();
        }
    }));
}

/// Who wants to hear of a panic, after it was said.
static PANIC: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// From now on panics of any thread are told.
pub fn on_panic(hearer: impl Fn() + Send + 'static) {
    *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(hearer));
}
