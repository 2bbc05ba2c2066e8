//! An answer as a tree of box characters. It chooses no words.

use crate::cli::why::outline::Kind;
use crate::cli::why::outline::Line;
use crate::cli::why::outline::Scene;

/// The answer as text.
pub fn show(scene: &Scene) -> String {
    let outline = scene.outline();
    let mut out = String::new();
    for (i, tree) in outline.trees.iter().enumerate() {
        out.push_str(if i > 0 { "\n" } else { "" });
        line(tree, "", "", &mut out);
    }
    out.push_str(if outline.remarks.is_empty() { "" } else { "\n" });
    for remark in &outline.remarks {
        out.push_str(remark);
        out.push('\n');
    }
    out
}

/// Lines of an answer one below the other.
pub fn lines(lines: &[Line]) -> String {
    let mut out = String::new();
    lines.iter().for_each(|one| line(one, "", "", &mut out));
    out
}

/// `first` stands before the line itself, `rest` before what is below it.
fn line(of: &Line, first: &str, rest: &str, out: &mut String) {
    out.push_str(first);
    if of.kind == Kind::Failing {
        out.push_str("✗ ");
    }
    out.push_str(&of.text);
    if let Some(mark) = of.mark {
        let see = if of.is_reference { "see " } else { "" };
        out.push_str(&format!("   {see}[{mark}]"));
    }
    for note in &of.notes {
        out.push_str("   ");
        out.push_str(note);
    }
    out.push('\n');
    if let Some((place, text)) = &of.rule {
        let bar = if of.below.is_empty() { " " } else { "│" };
        out.push_str(&format!("{rest}{bar}  {place}  {text}\n"));
    }
    for (i, below) in of.below.iter().enumerate() {
        let last = i + 1 == of.below.len();
        let (branch, bar) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        line(below, &format!("{rest}{branch}"), &format!("{rest}{bar}"), out);
    }
}
