//! Runs one child process and says what it cost. The numbers come from the kernel's accounting of
//! that very child (`wait4`), so neither the parent nor other children are counted. This room must
//! not know what the child computes.

use std::io;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::thread;
use std::thread::JoinHandle;
use std::time::Instant;

/// What a run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// User and system time of all threads.
    pub cpu_seconds: f64,
    /// From start to end.
    pub wall_seconds: f64,
    /// Largest resident set.
    ///
    /// The kernel carries the peak of the process that forked over to the child, so a parent that
    /// ever held much memory would spoil this number. Hence inputs are generated in a child too.
    pub peak_bytes: u64,
}

/// A child that has ended.
#[derive(Debug)]
pub struct Finished {
    /// What it cost.
    pub cost: Cost,
    /// How it ended.
    pub status: ExitStatus,
    /// Everything it printed.
    pub stdout: String,
    /// Everything it complained about.
    pub stderr: String,
}

impl Finished {
    /// Success, or how it ended and what it said.
    pub fn check(&self) -> Result<(), String> {
        if self.status.success() {
            return Ok(());
        }
        let how = match self.status.signal() {
            Some(libc::SIGXCPU) => "stopped at the CPU limit".to_owned(),
            Some(signal) => format!("killed by signal {signal}"),
            None => self.status.to_string(),
        };
        Err(format!("{how}\n{}", self.stderr.trim_end()))
    }
}

/// Runs a command to its end. After `max_cpu_seconds` the kernel stops it: a program that does not
/// terminate must not stop the cases after it.
pub fn run(command: &mut Command, max_cpu_seconds: u64) -> io::Result<Finished> {
    let limit = libc::rlimit { rlim_cur: max_cpu_seconds, rlim_max: max_cpu_seconds + 5 };
    // SAFETY: the closure runs between fork and exec and makes a single async-signal-safe call.
    unsafe {
        command.pre_exec(move || match libc::setrlimit(libc::RLIMIT_CPU, &limit) {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        });
    }
    let start = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // Both pipes are drained while the child runs: a full pipe would block it for ever.
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let (status, usage) = wait(child.id())?;
    let wall_seconds = start.elapsed().as_secs_f64();
    let cost = Cost {
        cpu_seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        wall_seconds,
        peak_bytes: peak_bytes(&usage),
    };
    Ok(Finished { cost, status, stdout: collect(stdout)?, stderr: collect(stderr)? })
}

/// The medians of several runs, each number by itself.
pub fn median(costs: &[Cost]) -> Cost {
    let middle = |value: fn(&Cost) -> f64| -> f64 {
        let mut values: Vec<f64> = costs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        match values.len() {
            0 => 0.0,
            n => (values[(n - 1) / 2] + values[n / 2]) / 2.0,
        }
    };
    Cost {
        cpu_seconds: middle(|cost| cost.cpu_seconds),
        wall_seconds: middle(|cost| cost.wall_seconds),
        peak_bytes: middle(|cost| cost.peak_bytes as f64) as u64,
    }
}

type Reader = JoinHandle<io::Result<Vec<u8>>>;

fn drain<R: Read + Send + 'static>(pipe: Option<R>) -> Option<Reader> {
    pipe.map(|mut pipe| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).map(|_| bytes)
        })
    })
}

fn collect(reader: Option<Reader>) -> io::Result<String> {
    let bytes = match reader.map(JoinHandle::join) {
        Some(Ok(bytes)) => bytes?,
        Some(Err(_)) => return Err(io::Error::other("the reader of a pipe panicked")),
        None => Vec::new(),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Waits for this child alone and takes its accounting along.
fn wait(pid: u32) -> io::Result<(ExitStatus, libc::rusage)> {
    let mut status = 0;
    // SAFETY: `rusage` is a plain structure of integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to live locals, and the pid is of a child nobody else waits
        // for: the handle is only dropped, and dropping does not wait.
        let waited = unsafe { libc::wait4(pid as libc::pid_t, &mut status, 0, &mut usage) };
        if waited >= 0 {
            return Ok((ExitStatus::from_raw(status), usage));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}

/// Linux counts kilobytes, macOS bytes.
fn peak_bytes(usage: &libc::rusage) -> u64 {
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    usage.ru_maxrss as u64 * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, max_cpu_seconds: u64) -> Finished {
        run(Command::new("sh").args(["-c", script]), max_cpu_seconds).expect("sh runs")
    }

    #[test]
    fn streams_and_status_are_kept_apart() {
        let finished = shell("echo out; echo err >&2; exit 3", 10);
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
        assert_eq!(finished.status.code(), Some(3));
        assert!(finished.check().expect_err("it failed").ends_with("err"));
        assert!(finished.cost.peak_bytes > 0);
    }

    #[test]
    fn a_loop_without_end_is_stopped() {
        let finished = shell("while :; do :; done", 1);
        assert!(finished.check().expect_err("it was stopped").contains("CPU limit"));
        assert!(finished.cost.cpu_seconds > 0.5);
    }

    #[test]
    fn medians_are_per_number() {
        let cost = |cpu_seconds, peak_bytes| Cost { cpu_seconds, wall_seconds: 1.0, peak_bytes };
        let middle = median(&[cost(3.0, 10), cost(1.0, 30), cost(2.0, 20)]);
        assert_eq!(middle, cost(2.0, 20));
        assert_eq!(median(&[cost(1.0, 10), cost(2.0, 20)]), cost(1.5, 15));
        assert_eq!(median(&[]), Cost::default());
    }
}
