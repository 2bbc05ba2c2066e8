//! One line for each diagnostic, in the form that editors and `grep` know. It
//! leaves out everything that does not fit a line.

use crate::source::SourceMap;

use super::super::Diagnostic;
use super::position;
use super::word;

/// `file:line:col: error[B0203]: title` and a line break, for each.
pub(super) fn render(map: &SourceMap, diags: &[&Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diags {
        let (file, (line, col), _) = position(map, diagnostic.primary.span);
        let severity = word(diagnostic.severity);
        let code = diagnostic.code;
        let title = diagnostic.title.replace('\n', " ");
        out.push_str(&format!("{file}:{line}:{col}: {severity}[{code}]: {title}\n"));
    }
    out
}
