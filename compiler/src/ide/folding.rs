//! What can be folded away: statements over several lines, brackets, comments,
//! runs of line comments.

use crate::ide::Analysis;
use crate::syntax::token::Token;
use crate::syntax::trivia::CommentKind;

/// Lines that fold into their first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Fold {
    /// First line, from 1.
    pub first: usize,
    /// Last line.
    pub last: usize,
    /// Whether these are comments.
    pub comment: bool,
}

impl Analysis {
    /// All folds, by their first lines; of several on one line the longest.
    pub fn folds(&self) -> Vec<Fold> {
        let mut folds = Vec::new();
        self.statements(&mut folds);
        self.brackets(&mut folds);
        self.comment_runs(&mut folds);
        folds.retain(|f: &Fold| f.last > f.first);
        folds.sort_by_key(|f| (f.first, usize::MAX - f.last));
        folds.dedup_by_key(|f| f.first);
        folds
    }

    fn statements(&self, folds: &mut Vec<Fold>) {
        for item in &self.module.items {
            let last = item.span.hi.saturating_sub(1);
            let (first, last) = (self.line(item.span.lo), self.line(last));
            folds.push(Fold { first, last, comment: false });
        }
    }

    fn brackets(&self, folds: &mut Vec<Fold>) {
        let mut open: Vec<(Token, usize)> = Vec::new();
        for word in &self.words {
            if let Some(closer) = word.kind.closer() {
                open.push((closer, word.lo));
            } else if word.kind.closes()
                && let Some(i) = open.iter().rposition(|(closer, _)| *closer == word.kind)
            {
                let (_, lo) = open[i];
                open.truncate(i);
                // The line with the closing bracket stays in sight.
                let last = self.line(word.lo as u32).saturating_sub(1);
                folds.push(Fold { first: self.line(lo as u32), last, comment: false });
            }
        }
    }

    fn comment_runs(&self, folds: &mut Vec<Fold>) {
        let mut run: Option<Fold> = None;
        for comment in &self.comments {
            let first = self.line(comment.span.lo);
            let last = self.line(comment.span.hi.saturating_sub(1).max(comment.span.lo));
            let alone = crate::syntax::trivia::starts_line(&self.text, comment.span.lo as usize);
            match &mut run {
                Some(open)
                    if alone && comment.kind != CommentKind::Block && open.last + 1 == first =>
                {
                    open.last = last;
                }
                _ => {
                    folds.extend(run.take());
                    run = alone.then_some(Fold { first, last, comment: true });
                }
            }
        }
        folds.extend(run);
    }
}
