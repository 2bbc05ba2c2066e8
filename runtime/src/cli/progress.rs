//! The bar of a load and the counter of a run: only on a terminal, and only
//! when it is slow enough to ask oneself whether anything happens.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use bloom_compiler::names::scenarios::Mode;
use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;

use crate::cli::stats::count;
use crate::cli::talk::Talk;
use crate::kernel::Pulse;
use crate::testing::nodes::Caught;
use crate::testing::nodes::Play;

/// What is done faster than this needs no bar.
const PATIENCE: Duration = Duration::from_millis(250);
/// Redraws per second.
const REDRAWS: u8 = 20;
/// Between two looks at how far a run is.
const PULSE: Duration = Duration::from_millis(100);
const SEEDS: &str = "  {spinner} test  {msg}  {elapsed}";
const COUNTER: &str = "  {spinner} run  {msg}  {elapsed}";
const TEMPLATE: &str = "  load {msg}  {bar:24} {bytes} of {total_bytes}  {eta} left";

/// Progress of a load.
pub struct Bar {
    bar: Option<ProgressBar>,
    since: Instant,
    watched: bool,
    total: u64,
    done: u64,
    name: String,
}

impl Bar {
    /// A bar for so many bytes; none is shown yet.
    pub fn new(talk: &Talk, total: u64) -> Bar {
        let watched = talk.watched();
        Bar { bar: None, since: Instant::now(), watched, total, done: 0, name: String::new() }
    }

    /// What is being loaded.
    pub fn name(&mut self, name: &str) {
        self.name = name.to_owned();
        if let Some(bar) = &self.bar {
            bar.set_message(self.name.clone());
        }
    }

    /// So many more bytes are done.
    pub fn add(&mut self, bytes: u64) {
        self.done += bytes;
        if self.watched && self.bar.is_none() && self.since.elapsed() > PATIENCE {
            let target = ProgressDrawTarget::stderr_with_hz(REDRAWS);
            let bar = ProgressBar::with_draw_target(Some(self.total), target);
            if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                bar.set_style(style);
            }
            bar.set_message(self.name.clone());
            self.bar = Some(bar);
        }
        if let Some(bar) = &self.bar {
            // More than the files' sizes comes in when one is stdin.
            bar.set_length(self.total.max(self.done));
            bar.set_position(self.done);
        }
    }

    /// Makes room for a message.
    pub fn pause(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Takes the bar away.
    pub fn finish(mut self) {
        self.pause();
    }
}

/// Shows how far a run is until it is dropped.
pub struct Counter {
    end: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Counter {
    /// Watches a pulse from a thread of its own, if anybody watches the terminal.
    pub fn new(talk: &Talk) -> (Counter, Option<Arc<Pulse>>) {
        let none = Counter { end: None, thread: None };
        if !talk.watched() {
            return (none, None);
        }
        let pulse = Arc::new(Pulse::default());
        let (end, ended) = mpsc::channel();
        let seen = Arc::clone(&pulse);
        match std::thread::Builder::new().spawn(move || draw(&seen, &ended)) {
            Ok(thread) => (Counter { end: Some(end), thread: Some(thread) }, Some(pulse)),
            // A run without a counter is as good as one with it.
            Err(_) => (none, None),
        }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // The thread only draws; should it have failed, the run has not.
            let _ = thread.join();
        }
    }
}

fn draw(pulse: &Pulse, ended: &mpsc::Receiver<()>) {
    let wait = |time| matches!(ended.recv_timeout(time), Err(RecvTimeoutError::Timeout));
    if !wait(PATIENCE) {
        return;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(REDRAWS));
    if let Ok(style) = ProgressStyle::with_template(COUNTER) {
        bar.set_style(style);
    }
    loop {
        let (rows, rounds) = pulse.read();
        bar.set_message(format!("{} rows  {} rounds", count(rows), count(rounds)));
        bar.tick();
        if !wait(PULSE) {
            break;
        }
    }
    bar.finish_and_clear();
}

/// The line of a test that is run with seed after seed.
pub struct Seeds {
    bar: Option<Mutex<Option<ProgressBar>>>,
    since: Instant,
    title: String,
}

impl Seeds {
    /// A line for a test; none is shown yet.
    pub fn new(talk: &Talk, title: &str) -> Seeds {
        let bar = talk.watched().then(|| Mutex::new(None));
        Seeds { bar, since: Instant::now(), title: title.to_owned() }
    }

    /// What came of the runs so far.
    pub fn show(&self, caught: &Caught, play: &Play<'_>) {
        let Some(bar) = &self.bar else { return };
        let passed = self.since.elapsed();
        if passed < PATIENCE {
            return;
        }
        let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bar.get_or_insert_with(|| {
            let target = ProgressDrawTarget::stderr_with_hz(REDRAWS);
            let bar = ProgressBar::with_draw_target(None, target);
            if let Ok(style) = ProgressStyle::with_template(SEEDS) {
                bar.set_style(style);
            }
            bar
        });
        let rate = (caught.runs as f64 / passed.as_secs_f64()) as u64;
        let wanted: Vec<bool> = play
            .properties()
            .iter()
            .zip(&caught.reached)
            .filter(|(property, _)| property.mode == Mode::Sometimes)
            .map(|(_, runs)| *runs > 0)
            .collect();
        let reached = match wanted.len() {
            0 => String::new(),
            all => {
                let some = wanted.iter().filter(|reached| **reached).count();
                format!("  sometimes {some} of {all}")
            }
        };
        let runs = count(caught.runs);
        bar.set_message(format!("{}  {runs} seeds  {}/s{reached}", self.title, count(rate)));
        bar.tick();
    }

    /// Takes the line away.
    pub fn finish(&self) {
        let Some(bar) = &self.bar else { return };
        if let Some(bar) = bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}
