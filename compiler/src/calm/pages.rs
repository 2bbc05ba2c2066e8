//! The longer story of each code of a report, as `bloom explain CALM002` tells
//! it. Which program has which code is not known here.

use super::terms::Code;

/// What the texts of these codes begin with.
const PREFIX: &str = "CALM";

/// The page of a code of reports given as text (`CALM002`, `calm2`), or a sentence
/// for the user that says why there is none; `None` of a text that is no such code.
pub fn explain(text: &str) -> Option<Result<&'static str, String>> {
    let head = text.get(..PREFIX.len())?;
    if !head.eq_ignore_ascii_case(PREFIX) {
        return None;
    }
    let number = text.get(PREFIX.len()..).and_then(|number| number.parse::<u16>().ok());
    let code = Code::ALL.iter().find(|code| Some(**code as u16) == number);
    Some(code.map(|code| page(*code)).ok_or_else(|| {
        let all = Code::ALL;
        let ends = [all.first(), all.last()].map(|code| code.map_or(String::new(), |c| c.text()));
        format!(
            "there is no code `{text}`; the codes of `bloom report` look like CALM002 and lie \
             between {} and {} (`bloom explain codes` lists them)",
            ends[0], ends[1]
        )
    }))
}

/// One line for each code: its number and its meaning in a few words.
pub fn list() -> String {
    Code::ALL.iter().map(|code| format!("{}  {}\n", code.text(), code.title())).collect()
}

/// The page of a code.
pub fn page(code: Code) -> &'static str {
    macro_rules! of {
        ($number:literal) => {
            include_str!(concat!("../../points/CALM", $number, ".md"))
        };
    }
    match code {
        Code::NegatedGrowing => of!("001"),
        Code::AggregateShown => of!("002"),
        Code::ThresholdWrongWay => of!("003"),
        Code::OverwriteInArrivalOrder => of!("004"),
        Code::RendezvousWithoutState => of!("005"),
        Code::RepeatsChangeResult => of!("006"),
        Code::InvariantBreaksOnMerge => of!("007"),
        Code::LatticeRevealed => of!("008"),
        Code::NoKeySurvives => of!("009"),
        Code::SealOutsideGate => of!("010"),
        Code::WaitsForEndless => of!("011"),
        Code::CycleThroughNegation => of!("012"),
        Code::TieBreakMissing => of!("013"),
        Code::GrowingMembership => of!("014"),
        Code::Threshold => of!("020"),
        Code::PlacementAssumed => of!("021"),
        Code::DeclaredNondeterminism => of!("022"),
        Code::GrowsForEver => of!("030"),
    }
}
