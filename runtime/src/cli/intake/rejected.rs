//! The file of records that are no rows. What becomes of the run is not decided
//! here.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use crate::cli::exit::Exit;
use crate::cli::intake::records;
use crate::cli::place;
use crate::cli::place::Place;
use crate::cli::talk::Talk;
use crate::connect::load::Outcome;
use crate::connect::rejects;
use crate::connect::schema::Schema;

/// The file of bad records, complete or not there.
pub struct Rejects {
    path: PathBuf,
    file: Place,
}

impl Rejects {
    /// Begins it.
    pub fn open(path: &Path, talk: &Talk) -> Result<Rejects, Exit> {
        let cannot = |error: std::io::Error| {
            talk.refuse(format!("cannot write {}: {}", path.display(), place::why(&error)))
        };
        let mut file = Place::new(path).map_err(cannot)?;
        file.write_all(rejects::HEADER.as_bytes()).map_err(cannot)?;
        Ok(Rejects { path: path.to_path_buf(), file })
    }

    /// Adds those of one file.
    pub fn write(
        &mut self,
        name: &str,
        schema: &Schema,
        outcome: &Outcome,
        talk: &Talk,
    ) -> Result<(), Exit> {
        rejects::write(&mut self.file, name, schema, &outcome.bad)
            .map_err(|error| talk.refuse(format!("cannot write {}: {error}", self.path.display())))
    }

    /// Completes it.
    pub fn finish(self, bad: u64, talk: &Talk) -> Result<(), Exit> {
        let shown = self.path.display().to_string();
        self.file
            .finish()
            .map_err(|error| talk.refuse(format!("cannot write {shown}: {error}")))?;
        if bad > 0 {
            talk.note(&format!("left out {}; see {shown}", records(bad)));
        }
        Ok(())
    }
}
