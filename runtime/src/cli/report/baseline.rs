//! A program held against what was known of it before: the points that are new,
//! dearer or gone. How either is written is not known here.

use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Report;

use super::ReportArgs;
use super::Scene;
use super::deny::Deny;
use super::deny::Open;
use super::known;
use super::known::Compared;
use super::known::Known;
use super::known::Since;
use super::lock;
use super::words;
use crate::cli::exit::Exit;
use crate::cli::talk::Talk;

/// What was known before.
pub struct Before {
    file: String,
    known: Known,
}

/// A report, compared with what was known before.
pub struct Baseline {
    /// The name of the file.
    pub file: String,
    /// What became of the points.
    pub compared: Compared,
}

impl Before {
    /// Reads the lock that was asked for.
    pub fn read(args: &ReportArgs, talk: &Talk) -> Result<Option<Before>, Exit> {
        let Some(path) = &args.baseline else {
            if args.deny.deny.contains(&Deny::New) {
                return Err(talk.refuse(
                    "--deny new needs to know what is not new: --baseline calm.lock, a file \
                     written by --write-lock",
                ));
            }
            return Ok(None);
        };
        let known = lock::read(path).map_err(|why| talk.refuse(why))?;
        let file = path.display().to_string();
        if known.outputs.is_none() {
            talk.note(&format!(
                "{file} is of an older form, which does not keep what hangs on a point: outputs \
                 that wait at known points are not told apart; `--write-lock {file}` renews it"
            ));
        }
        Ok(Some(Before { file, known }))
    }

    /// Gives each point of a report its status.
    pub fn compare(self, report: &mut Report) -> Baseline {
        let compared = known::compare(&self.known, &Known::of(report));
        for (point, since) in report.points.iter_mut().zip(&compared.points) {
            point.status = since.status;
        }
        Baseline { file: self.file, compared }
    }
}

impl Scene<'_> {
    /// What became of a point since then.
    pub fn since(&self, point: &Point) -> Option<&Since> {
        let at = self.report.points.iter().position(|known| known.id == point.id)?;
        self.since.as_ref()?.compared.points.get(at)
    }
}

/// The points that can be denied: where all is local there is nothing to deny.
pub fn open(scene: &Scene<'_>) -> Vec<Open> {
    let is_open = |point: &&Point| point.accepted.is_none() && point.kind != Kind::Local;
    let points = scene.report.points.iter().filter(is_open);
    let one = |point: &Point| Open {
        name: format!("{} {}", point.id, words::answer(point)),
        kind: point.kind.word().to_string(),
        is_whole: point.key.is_empty(),
        is_new: scene.since(point).is_some_and(Since::is_new),
    };
    points.map(one).collect()
}
