//! `bloom run --hosts`: from the flags to a node whose processes have met, and
//! from its end to that of the process. What the node computes is not known
//! here.

pub mod args;

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use bloom_compiler::plan;
use sha2::Digest;
use sha2::Sha256;

use crate::cli::cluster::args::ClusterOptions;
use crate::cli::compile::Checked;
use crate::cli::exit;
use crate::cli::exit::Exit;
use crate::cli::node;
use crate::cli::options::RunOptions;
use crate::cli::supervise;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cluster::hello::HASH;
use crate::cluster::hello::Terms;
use crate::cluster::hosts::Hosts;
use crate::cluster::join;
use crate::cluster::join::Apart;
use crate::cluster::key::Key;
use crate::cluster::life::End;
use crate::cluster::node::Node;

/// What a process is at, in the words that others hear when it fails there.
pub struct Phase<'a>(&'a Cell<&'static str>);

impl Phase<'_> {
    /// What comes from now on.
    pub fn begin(&self, failed: &'static str) {
        self.0.set(failed);
    }
}

/// Joins the processes of a node, does the work, and ends with all of them.
pub fn with_node(
    checked: &Checked,
    options: &RunOptions,
    cluster: &ClusterOptions,
    talk: &Talk,
    work: impl FnOnce(&Arc<Node>, &Phase<'_>) -> Result<(), Exit>,
) -> Result<(), Exit> {
    let node = joined(checked, options, cluster, talk)?;
    system::on_interrupt({
        let node = node.clone();
        move |signal| {
            node.leave(system::interrupted(signal), "it was interrupted");
            system::end_at_once(i32::from(system::interrupted(signal)));
        }
    });
    watch(&node, talk)?;
    let words = Cell::new("it failed");
    let done = work(&node, &Phase(&words));
    let left = match done {
        Ok(()) if node.me() > 0 => return follow(&node),
        Ok(()) => {
            // Who dies from here on has done what was to be done.
            supervise::mark_done();
            node.leave(0, "")
        }
        Err(exit) => node.leave(exit.number(), said(exit, words.get())),
    };
    if left { done } else { wait() }
}

/// What others hear of the end of a process that was busy with something.
fn said(exit: Exit, busy: &'static str) -> &'static str {
    match exit {
        Exit::Interrupted(_) => "it was interrupted",
        Exit::Halted(_) => "the program wanted it",
        _ => busy,
    }
}

/// What is left to do for a process that gave everything to the first one: it
/// ends as that does.
fn follow(node: &Node) -> Result<(), Exit> {
    node.life().heed_only(0);
    match node.life().ended() {
        Some(End::Told { code: 0, .. }) => Ok(()),
        // Who watches says what it is, and ends the process.
        _ => wait(),
    }
}

/// Until the process ends.
fn wait() -> ! {
    loop {
        std::thread::park();
    }
}

/// How long a process has to end by itself when the node has.
const LAST: Duration = Duration::from_secs(1);

/// Ends the process with the node, whatever its threads are at.
fn watch(node: &Arc<Node>, talk: &Talk) -> Result<(), Exit> {
    let (watched, aside) = (node.clone(), talk.twin());
    let watching = std::thread::Builder::new().name("node-watch".into()).spawn(move || {
        let (text, code) = match watched.watch() {
            // The outputs are written, so nothing is left to do, even if workers wait
            // here for one that died behind that.
            Some(End::Told { process: 0, code: 0, .. }) => {
                std::thread::sleep(LAST);
                (None, 0)
            }
            None | Some(End::Told { code: 0, .. }) => return,
            Some(End::Panicked) => (None, exit::BUG),
            Some(end @ End::Down { .. }) => (Some(end.to_string()), exit::DOWN),
            Some(End::Told { process, code, why }) => {
                let end = End::Told { process, code, why };
                (Some(end.to_string()), code)
            }
        };
        if let Some(text) = text {
            aside.error(&text);
            aside.finish();
        }
        system::end_at_once(i32::from(code));
    });
    watching.map_err(|error| talk.refuse(format!("the system gives no thread: {error}")))?;
    let life = node.life().clone();
    exit::on_panic(move || life.end(End::Panicked));
    Ok(())
}

fn joined(
    checked: &Checked,
    options: &RunOptions,
    cluster: &ClusterOptions,
    talk: &Talk,
) -> Result<Arc<Node>, Exit> {
    let hosts = hosts(cluster).map_err(|why| talk.refuse(why))?;
    let key = key(cluster, &hosts).map_err(|why| talk.refuse(why))?;
    let terms = Terms {
        process: cluster.process,
        processes: hosts.count() as u16,
        workers: options.workers as u16,
        epoch: supervise::epoch().unwrap_or(1),
        program: program(checked),
        plan: planned(checked),
        tool: Terms::tool(env!("CARGO_PKG_VERSION")),
        ticks: node::wanted(&checked.typed, options),
    };
    let waits = |text: &str| talk.note(text);
    let (epoch, links) =
        join::join(&hosts, &key, terms, cluster.patience, &waits).map_err(|apart| match apart {
            Apart::Port(why) => talk.refuse(why),
            Apart::Disagree(why) => talk.refuse(why),
            Apart::Missing(why) => talk.refuse(format!("the node did not come together: {why}")),
            Apart::Told(process, code, why) => {
                talk.error(&End::Told { process, code, why }.to_string());
                Exit::Other(code)
            }
        })?;
    let begun = Node::new(usize::from(terms.process), options.workers, epoch, links);
    let begun = begun.map_err(|error| talk.refuse(format!("the node cannot begin: {error}")))?;
    Ok(Arc::new(begun))
}

/// The processes of the node, of which this must be one.
pub fn hosts(cluster: &ClusterOptions) -> Result<Hosts, String> {
    let shown = cluster.hosts.display();
    let text = std::fs::read_to_string(&cluster.hosts)
        .map_err(|error| format!("cannot read the hosts {shown}: {error}"))?;
    let hosts = Hosts::parse(&text)
        .map_err(|wrong| format!("{shown}:{}:{}: {}", wrong.line, wrong.column, wrong.why))?;
    let (me, count) = (cluster.process, hosts.count());
    if usize::from(me) >= count {
        return Err(match count {
            1 => format!("--process {me}: {shown} has one host, so there is process 0 only"),
            _ => format!("--process {me}: {shown} has {count} hosts: 0 to {}", count - 1),
        });
    }
    Ok(hosts)
}

/// What keeps strangers out.
pub fn key(cluster: &ClusterOptions, hosts: &Hosts) -> Result<Key, String> {
    match (&cluster.key, hosts.first_open()) {
        (Some(path), _) => Key::read(path),
        (None, None) => Ok(Key::none()),
        (None, Some(host)) => Err(format!(
            "other machines can reach {host}: give all processes the same --key FILE, made by \
             `head -c 32 /dev/urandom > FILE; chmod 600 FILE`"
        )),
    }
}

/// What the program says, wherever its files are.
fn program(checked: &Checked) -> [u8; HASH] {
    let mut hash = Sha256::new();
    hash.update(checked.role.as_bytes());
    for file in checked.sources.files() {
        hash.update((file.text.len() as u64).to_le_bytes());
        hash.update(file.text.as_bytes());
    }
    hash.finalize().into()
}

/// What becomes of it, before anything is known of the rows.
fn planned(checked: &Checked) -> [u8; HASH] {
    let plan = plan::build(&checked.typed, &checked.strata, &plan::Sizes::default());
    Sha256::digest(format!("{plan:?}")).into()
}
