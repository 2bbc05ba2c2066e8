//! The one binary of the measurements. Without a subcommand it compares; `gen`, `peer` and
//! `plain` are what it starts as child processes, so that each is measured alone. It only routes:
//! what a case is and how it is timed is known further in.

use std::path::Path;
use std::process::ExitCode;

use bloom_peers::Size;
use bloom_peers::args;
use bloom_peers::args::Task;
use bloom_peers::compare;
use bloom_peers::generate;
use bloom_peers::peers;
use bloom_peers::plain;

/// Peers and Bloom allocate through the same allocator; otherwise the comparison would partly be
/// one of allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match args::parse(&words).and_then(perform) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("compare: {message}");
            ExitCode::from(2)
        }
    }
}

fn perform(task: Task) -> Result<ExitCode, String> {
    match task {
        Task::Help => print!("{}", args::HELP),
        Task::Generate(options) => {
            for case in &options.cases {
                generate::ensure(case, options.scale, &options.data)?;
                eprintln!("{}", case.folder(options.scale, &options.data).display());
            }
        }
        Task::Peer { program, folder } => show(&peers::run(&program, Path::new(&folder))?),
        Task::Plain { program, folder } => show(&plain::run(&program, Path::new(&folder))?),
        Task::Compare(options) => return compare::compare(&options),
    }
    Ok(ExitCode::SUCCESS)
}

fn show(sizes: &[Size]) {
    for (relation, rows) in sizes {
        println!("{relation}\t{rows}");
    }
}
