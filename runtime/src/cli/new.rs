//! `bloom new`: a project that runs and is as expected, to be changed from
//! there. Templates are texts of this room; it must not know the language. What
//! their nodes wait for is looked up when a project is made.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use crate::cli::exit::Exit;
use crate::cli::place;
use crate::cli::report;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;

/// `bloom new`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  bloom new routes
  bloom new audit --template log
  bloom new watch --template gossip

The folder then holds main.bloom, a README.md, the report's points in calm.lock,
and data/ and expected/ where there are some.")]
pub struct NewArgs {
    /// The folder to make; its last part is the project's name
    #[arg(value_name = "NAME")]
    pub path: PathBuf,
    /// What to start from
    #[arg(long, value_enum, default_value = "routes")]
    pub template: Template,
}

/// What a project starts from.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// recursion over a table with a lattice: cheapest routes
    Routes,
    /// counting, conditions and negation over a log
    Log,
    /// many nodes that tell each other what they know
    Gossip,
    /// one rule, no data
    Empty,
}

/// Path below the project and content; `NAME` is the project's.
type Files = &'static [(&'static str, &'static str)];

const IGNORE: (&str, &str) = (".gitignore", "/results\n");

const ROUTES: Files = &[
    (
        "main.bloom",
        "\
/// What a direct connection costs.
table link(from: str, to: str, cost: int);

/// The cheapest way between two places. A `Min` only ever gets smaller.
view route(from: str, to: str, cost: Min<int>);
route(a, b, c) <= link(a, b, c);
route(a, d, c1 + c2) <= route(a, b, c1), link(b, d, c2);

/// The cheapest way from home to everywhere.
output cheapest(to: str, cost: int);
cheapest(b, c) <= route(\"home\", b, c);

test \"the cheaper way wins\" {
  tick { link(\"home\", \"market\", 4); link(\"market\", \"harbour\", 3); }
  expect cheapest == {(\"market\", 4), (\"harbour\", 7)};
  tick { link(\"home\", \"harbour\", 5); }
  expect cheapest(\"harbour\", 5);
}
",
    ),
    (
        "data/link.csv",
        "from,to,cost\nhome,market,4\nmarket,harbour,3\nhome,harbour,9\nharbour,island,20\n",
    ),
    ("expected/cheapest.csv", "to,cost\nharbour,7\nisland,27\nmarket,4\n"),
    IGNORE,
];

const LOG: Files = &[
    (
        "main.bloom",
        "\
/// Who did what. The line number tells two equal records apart.
table event(line: nat = line => user: str, action: str, ok: bool);

/// How often each user did anything.
output activity(user: str => events: nat);
activity(u, count()) <= event{user: u};

/// Users whose sign-in failed and never succeeded.
output locked_out(user: str);
locked_out(u) <= event{user: u, action: \"sign-in\", ok: false}, not signed_in(u);
view signed_in(u) <= event{user: u, action: \"sign-in\", ok: true};

test \"a sign-in that works opens the door again\" {
  tick { event(1, \"ann\", \"sign-in\", false); event(2, \"ann\", \"sign-in\", false); }
  expect activity(\"ann\", 2) and locked_out(\"ann\");
  tick { event(3, \"ann\", \"sign-in\", true); }
  expect not locked_out(_);
}
",
    ),
    (
        "data/event.csv",
        "user,action,ok\nann,sign-in,true\nann,order,true\nbob,sign-in,false\nbob,sign-in,false\ncem,sign-in,false\ncem,sign-in,true\n",
    ),
    ("expected/activity.csv", "user,events\nann,2\nbob,2\ncem,2\n"),
    ("expected/locked_out.csv", "user\nbob\n"),
    IGNORE,
];

const GOSSIP: Files = &[
    (
        "main.bloom",
        "\
/// Somebody saw something.
channel told(@to: node, what: str, by: node);
input see(what: str);

/// Everything this node knows, and who saw it.
table known(what: str => by: Set<node>);
known(w, {me}) <= see(w);
known(w, {b}) <= told(_, w, b);

// Messages can be lost, so everything is told again every now and then.
periodic again every 200ms;
told(n, w, b) <~ again(_), known(w, bs), b in bs, members(n, \"node\"), n != me;

/// Seen by two nodes: whoever sees it as well changes nothing.
output confirmed(what: str);
confirmed(w) <= known(w, bs), size(bs) >= 2;

test \"two are enough\" {
  nodes node: 3;
  network { delay 1ms..50ms; loss 20%; duplicate 10%; crash node[1] at 300ms for 1s; }
  seeds 20;
  node[0] at 10ms { see(\"smoke\"); }
  node[1] at 20ms { see(\"smoke\"); see(\"fire\"); }
  always { not node.confirmed(_, \"fire\"); }
  eventually within 10s { all node: confirmed(\"smoke\"); }
}
",
    ),
    IGNORE,
];

const EMPTY: Files = &[
    (
        "main.bloom",
        "\
output greeting(text: str);
greeting(\"hello\");

test \"it greets\" {
  expect greeting == {\"hello\"};
}
",
    ),
    ("expected/greeting.csv", "text\nhello\n"),
    IGNORE,
];

/// Makes the project.
pub fn new(args: &NewArgs, talk: &Talk) -> Result<(), Exit> {
    let path = &args.path;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    if !is_name(name) {
        return Err(talk.refuse(format!(
            "`{name}` is no name for a project: take letters, digits, `-` and `_`, and begin with \
             a letter"
        )));
    }
    let shown = path.display();
    if path.exists() && !is_empty(path) {
        return Err(talk.refuse(format!("{shown} is there already; nothing was changed")));
    }
    let template = args.template;
    let made = make(path, name, template);
    made.map_err(|error| talk.refuse(format!("cannot make {shown}: {}", place::why(&error))))?;
    let text = format!("made {shown}; next:\n\n{}", listed(&commands(&pasted(path), template)));
    write_out(talk, text.as_bytes())
}

impl Template {
    fn files(self) -> Files {
        match self {
            Template::Routes => ROUTES,
            Template::Log => LOG,
            Template::Gossip => GOSSIP,
            Template::Empty => EMPTY,
        }
    }

    /// What its README says of the report's first line.
    fn waits(self) -> &'static str {
        match self {
            Template::Routes | Template::Log => {
                "The rows are loaded before the first rule runs, and no rule adds to them. So nothing \
                 can come late, and what is denied or counted is final at once. A collection that is \
                 an `input` in place of a `table` grows, and then there may be something to wait for."
            }
            Template::Gossip => {
                "Nodes only add to what they know, and two that saw it are enough whatever else comes. \
                 That is a threshold: it waits for data, never for agreement. An exact number of those \
                 who saw it would be another matter: try it, and look at the report again."
            }
            Template::Empty => "There is nothing to wait for.",
        }
    }
}

/// A path as a shell reads it back.
fn pasted(path: &Path) -> String {
    let shown = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/\\._-+:@,=~".contains(c);
    if shown.chars().all(is_plain) {
        return shown;
    }
    format!("'{}'", shown.replace('\'', "'\\''"))
}

/// Commands that work as they stand, and what each of them does.
fn commands(path: &str, template: Template) -> Vec<(String, &'static str)> {
    let files = template.files();
    let mut out = Vec::new();
    if template != Template::Gossip {
        let facts = if has_data(files) { format!(" --facts {path}/data") } else { String::new() };
        out.push((format!("bloom run {path}{facts}"), "shows the results"));
        out.push((
            format!("bloom run {path}{facts} --expect {path}/expected"),
            "compares them with those in `expected/`",
        ));
    }
    out.push((format!("bloom test {path}"), "runs the tests in `main.bloom`"));
    out.push((format!("bloom report {path}"), "tells who would have to wait for whom"));
    out
}

fn listed(commands: &[(String, &str)]) -> String {
    commands.iter().map(|(command, _)| format!("  {command}\n")).collect()
}

fn has_data(files: Files) -> bool {
    files.iter().any(|(name, _)| name.starts_with("data/"))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn is_empty(path: &Path) -> bool {
    path.read_dir().is_ok_and(|mut entries| entries.next().is_none())
}

/// All files are written into a folder beside, which then gets the name, so
/// that there is never half a project.
fn make(path: &Path, name: &str, template: Template) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let beside = tempfile::Builder::new().prefix(".bloom-").tempdir_in(parent)?;
    let root = beside.path().join("project");
    std::fs::create_dir(&root)?;
    for (file, text) in template.files() {
        let file = root.join(file);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, text)?;
    }
    let found = report::kept(&root).map_err(std::io::Error::other)?;
    std::fs::write(root.join("calm.lock"), found.lock)?;
    std::fs::write(root.join("README.md"), readme(name, template, &found.summary))?;
    if path.exists() {
        // It is empty; on some systems a folder does not take another's place.
        std::fs::remove_dir(path)?;
    }
    std::fs::rename(root, path)
}

fn readme(name: &str, template: Template, summary: &str) -> String {
    let mut page = format!("# {name}\n\nFrom this folder:\n\n| | |\n|---|---|\n");
    for (command, does) in commands(".", template) {
        let command = command.replace("./", "");
        page.push_str(&format!("| `{command}` | {does} |\n"));
    }
    page.push_str(&format!(
        "\n## Who waits\n\n`bloom report .` says: {summary}\n\n{}\n\n`calm.lock` keeps what the \
         report found. After a change\n\n```sh\nbloom report . --baseline calm.lock --deny new\n```\n\n\
         tells what nodes have to wait for that they did not before, and ends with an exit code of 1 \
         if there is something.\n",
        template.waits()
    ));
    page
}
