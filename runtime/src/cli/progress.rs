//! The bar: only on a terminal, and only when a load is slow enough to ask
//! oneself whether anything happens.

use std::time::Duration;
use std::time::Instant;

use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;

use crate::cli::talk::Talk;

/// What is done faster than this needs no bar.
const PATIENCE: Duration = Duration::from_millis(250);
/// Redraws per second.
const REDRAWS: u8 = 20;
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
