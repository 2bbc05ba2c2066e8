//! Files read side by side, each by a thread: what is slow holds nobody up but
//! itself. Pieces go through one bounded queue, so that a quick file is not read
//! faster than its rows are taken. This room must not know what becomes of rows.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;

use bloom_compiler::plan::ir::Type;

use crate::cli::intake;
use crate::cli::intake::Opened;
use crate::connect::compress::Compression;
use crate::connect::files::Source;
use crate::connect::flow;
use crate::connect::flow::Arrived;
use crate::connect::load::LoadError;
use crate::connect::load::Reading;
use crate::connect::schema::Schema;

/// Files that are read at the same time; of more, some have to wait.
const READERS_MAX: usize = 256;
/// Pieces that wait to be taken.
const QUEUED_MAX: usize = 16;

/// A file to read.
#[allow(missing_docs)]
pub struct Task {
    pub source: Source,
    pub reading: Reading,
    pub schema: Schema,
}

/// What a reader has to say of the file with this number.
#[allow(missing_docs)]
pub enum Came {
    Rows(usize, Box<Arrived>),
    /// It was read to its end; what is to be known of it.
    End(usize, Option<String>),
    /// It could not be opened, because of this.
    Closed(String),
    /// It could not be read any further.
    Broken(usize, LoadError),
}

/// Begins to read all files. Readers end by themselves when nobody listens any
/// more, or with the process: one that waits for a pipe cannot be told to stop.
pub fn start(tasks: Vec<Task>, types: &Arc<[Type]>) -> Receiver<Came> {
    let (said, heard) = mpsc::sync_channel(QUEUED_MAX);
    let threads = tasks.len().min(READERS_MAX);
    let waiting: VecDeque<(usize, Task)> = tasks.into_iter().enumerate().collect();
    let waiting = Arc::new(Mutex::new(waiting));
    for _ in 0..threads {
        let (waiting, types, said) = (waiting.clone(), types.clone(), said.clone());
        std::thread::spawn(move || {
            loop {
                let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some((number, task)) = next else { break };
                if !one(number, &task, &types, &said) {
                    break;
                }
            }
        });
    }
    heard
}

/// Reads one file; whether anybody listens.
fn one(number: usize, task: &Task, types: &[Type], said: &SyncSender<Came>) -> bool {
    let text = match intake::open(&task.source) {
        Ok(Opened::Text(text)) => text,
        #[cfg(feature = "parquet")]
        Ok(Opened::Parquet(_)) => {
            return said.send(Came::Closed("Parquet is no stream of rows".to_owned())).is_ok();
        }
        Err(why) => return said.send(Came::Closed(why)).is_ok(),
    };
    let promised = task.source.path.as_deref().and_then(|path| Compression::of(path).0);
    let mut listens = true;
    let mut give = |arrived: Arrived| {
        listens = said.send(Came::Rows(number, Box::new(arrived))).is_ok();
        listens
    };
    let read = flow::read(text, promised, &task.schema, types, task.reading, &mut give);
    let last = match read {
        Ok(notice) => Came::End(number, notice),
        Err(error) => Came::Broken(number, error),
    };
    listens && said.send(last).is_ok()
}
