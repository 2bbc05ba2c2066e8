//! A run written down, and run again: the instants of its batches and what came
//! in from outside, in the form of lines of events. So a recording can be read,
//! cut and changed by hand. What a tick does is not known here.

use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;

use bloom_compiler::plan::ir::Type;

use crate::cli::exit::Exit;
use crate::cli::node::Told;
use crate::cli::node::facts;
use crate::cli::node::source::Names;
use crate::cli::talk::Talk;
use crate::connect::events;
use crate::connect::schema::Schema;
use crate::tick::Ask;
use crate::tick::Choices;
use crate::tick::Step;
use crate::value::interner::Interner;
use crate::value::parse;
use crate::value::text;

/// What a recording begins with.
const HEADER: &str = "# bloom recording 1";
/// What a line with the instant of a batch begins with.
const AT: &str = "@ ";

/// Writes down what another one chooses.
pub struct Recorder<'a, C> {
    inner: C,
    file: File,
    types: &'a [Type],
    schemas: &'a [Schema],
    name: &'a str,
}

impl<'a, C: Choices> Recorder<'a, C> {
    /// Begins a recording of a node of this name.
    pub fn new(
        inner: C,
        path: &Path,
        types: &'a [Type],
        schemas: &'a [Schema],
        name: &'a str,
    ) -> io::Result<Recorder<'a, C>> {
        Ok(Recorder { inner, file: File::create(path)?, types, schemas, name })
    }
}

impl<C: Choices> Choices for Recorder<'_, C> {
    fn secret(&mut self) -> Result<u64, io::Error> {
        let secret = self.inner.secret()?;
        writeln!(self.file, "{HEADER}, seed {secret}, name {}", self.name)?;
        Ok(secret)
    }

    fn next(&mut self, ask: Ask, interner: &mut Interner) -> Result<Step, io::Error> {
        let step = self.inner.next(ask, interner)?;
        if let Step::Take { now, gifts } = &step {
            let mut lines = AT.as_bytes().to_vec();
            text::time(*now, &mut lines);
            lines.push(b'\n');
            for gift in gifts {
                facts::gift(gift, self.types, self.schemas, interner, &mut lines);
                lines.push(b'\n');
            }
            self.file.write_all(&lines)?;
        }
        Ok(step)
    }
}

/// Chooses as a recording says.
pub struct Replayer<'a> {
    lines: io::Lines<BufReader<File>>,
    path: &'a Path,
    number: u64,
    /// The instant of the next batch.
    now: Option<i64>,
    secret: u64,
    types: &'a [Type],
    schemas: &'a [Schema],
    names: &'a Names,
    talk: &'a Talk,
}

impl<'a> Replayer<'a> {
    /// Opens a recording of a node of this name.
    pub fn open(
        path: &'a Path,
        name: &str,
        (types, schemas): (&'a [Type], &'a [Schema]),
        names: &'a Names,
        talk: &'a Talk,
    ) -> Result<Replayer<'a>, Exit> {
        let shown = path.display();
        let file = File::open(path);
        let file = file.map_err(|error| talk.refuse(format!("cannot read {shown}: {error}")))?;
        let mut lines = BufReader::new(file).lines();
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        let header = first.strip_prefix(HEADER).and_then(|rest| {
            let (seed, name) = rest.strip_prefix(", seed ")?.split_once(", name ")?;
            Some((seed.parse::<u64>().ok()?, name.to_owned()))
        });
        let Some((secret, recorded)) = header else {
            return Err(talk.refuse(format!("{shown} is no recording that this bloom can read")));
        };
        if recorded != name {
            return Err(talk.refuse(format!(
                "{shown} is of a node called `{recorded}`; add --name {recorded}"
            )));
        }
        let (number, now) = (1, None);
        Ok(Replayer { lines, path, number, now, secret, types, schemas, names, talk })
    }

    /// A line that is none of a recording.
    fn bad(&self, column: usize, why: &str) -> io::Error {
        let code = bloom_compiler::diag::codes::BAD_RECORD.to_string();
        let name = self.path.display().to_string();
        self.talk.bad(&code, (&name, self.number, column), why);
        io::Error::other(Told(Exit::Program))
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let line = self.lines.next().transpose()?;
        self.number += 1;
        Ok(line)
    }

    fn at(&self, line: &str) -> io::Result<Option<i64>> {
        let Some(time) = line.strip_prefix(AT) else { return Ok(None) };
        let time = parse::time(time.trim_end().as_bytes());
        time.map(Some).ok_or_else(|| self.bad(AT.len() + 1, "this is no time"))
    }
}

impl Choices for Replayer<'_> {
    fn secret(&mut self) -> Result<u64, io::Error> {
        Ok(self.secret)
    }

    fn next(&mut self, _: Ask, interner: &mut Interner) -> Result<Step, io::Error> {
        let now = match self.now.take() {
            Some(now) => now,
            None => {
                let Some(line) = self.line()? else { return Ok(Step::Quiet) };
                let at = self.at(&line)?;
                at.ok_or_else(|| self.bad(1, "expected a line such as `@ 2026-01-31T12:00:00Z`"))?
            }
        };
        let mut gifts = Vec::new();
        while let Some(line) = self.line()? {
            if let Some(next) = self.at(&line)? {
                self.now = Some(next);
                break;
            }
            let layout = events::Layout {
                types: self.types,
                schemas: self.schemas,
                names: &self.names.open,
                others: &self.names.closed,
            };
            let gift = events::read(&layout, line.as_bytes(), self.number, interner);
            gifts.push(gift.map_err(|bad| self.bad(bad.trouble.at + 1, &bad.trouble.mismatch.0))?);
        }
        Ok(Step::Take { now, gifts })
    }
}
