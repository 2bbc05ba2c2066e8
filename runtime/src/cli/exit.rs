//! Exit codes, and what is said when the tool itself is broken. This room must
//! not know subcommands.

use std::process::ExitCode;

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
}

impl Exit {
    /// The code of the process.
    pub fn code(self) -> ExitCode {
        match self {
            Exit::Program => ExitCode::from(1),
            Exit::Invocation => ExitCode::from(2),
            Exit::Bug => ExitCode::from(BUG),
            Exit::Closed => ExitCode::SUCCESS,
            Exit::Halted(code) => ExitCode::from(code),
            Exit::Interrupted(signal) => ExitCode::from((128 + signal).clamp(0, 255) as u8),
        }
    }
}

/// Code of a process that met a mistake of its own.
pub const BUG: u8 = 101;

/// The meaning of the codes, for `bloom help exit-codes`.
pub const TEXT: &str = "\
0    done; warnings do not change it
1    the program, its data or a limit: a diagnostic says where
2    the command line, or a file that cannot be read or written
101  a mistake in bloom itself: please report it
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
    }));
}
