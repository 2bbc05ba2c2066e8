//! What the user wants to see, as the editor hands it over at the start and when it
//! changes. What is not understood stays as it was.

use serde_json::Value;

/// Above what verdicts stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lenses {
    /// Outputs, invariants, unread channels, and rules.
    #[default]
    All,
    /// All but rules.
    Outputs,
    /// Nothing.
    Off,
}

/// What is shown of who has to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Verdicts above the text.
    pub lenses: Lenses,
    /// Messages at points.
    pub points: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { lenses: Lenses::All, points: true }
    }
}

impl Settings {
    /// Takes over what is said: `{"lenses": "outputs", "points": false}`, also in an
    /// object of our name.
    pub fn read(&mut self, said: &Value) {
        let own = said.get("bloom").unwrap_or(said);
        match own.get("lenses").and_then(Value::as_str) {
            Some("all") => self.lenses = Lenses::All,
            Some("outputs") => self.lenses = Lenses::Outputs,
            Some("off") => self.lenses = Lenses::Off,
            _ => {}
        }
        if let Some(points) = own.get("points").and_then(Value::as_bool) {
            self.points = points;
        }
    }

    /// Whether anything of it is to be shown, so that it has to be found out.
    pub fn wants_any(&self) -> bool {
        self.points || self.lenses != Lenses::Off
    }
}
