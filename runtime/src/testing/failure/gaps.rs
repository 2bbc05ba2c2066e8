//! Finds out why something is not there: how far each rule came at the node, in
//! the tick in which it came furthest; and of a message whether it was lost, is
//! late, or was never sent.

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::typed;

use crate::testing::failure::history;
use crate::testing::failure::history::Fate;
use crate::testing::failure::history::Row;
use crate::testing::failure::history::TickId;
use crate::testing::failure::lineage::Finder;
use crate::testing::failure::rows;
use crate::testing::failure::story::Attempt;
use crate::testing::failure::story::Failing;
use crate::testing::failure::story::Gap;
use crate::testing::failure::story::Remark;
use crate::why;
use crate::why::Answer;

/// Gaps that are explained in all.
const GAPS_MOST: usize = 16;
/// Nodes that are asked why they did not send a message.
const SENDERS_MOST: usize = 2;
/// One below the other.
pub const DEEP: usize = 4;

const OPTIONS: why::Options =
    why::Options { depth: 2, size: 40, matches: 3, rows: 1, effort: 1_000_000 };

/// What is asked for.
type Wanted = [Option<Value>];

/// Whether a row is one of those that are asked for.
fn fits(row: &Row, wanted: &Wanted) -> bool {
    row.len() == wanted.len()
        && row.iter().zip(wanted).all(|(value, wanted)| wanted.as_ref().is_none_or(|w| w == value))
}

/// `put("b", _)`.
pub fn pattern(program: &typed::Program, rel: RelId, wanted: &Wanted) -> String {
    let Some(rel) = program.rels.get(rel.index()) else { return String::new() };
    let column = |(col, value): (&typed::Col, &Option<Value>)| match value {
        Some(value) => oracle::show(value, &col.ty, program),
        None => "_".to_owned(),
    };
    let columns: Vec<String> = rel.cols.iter().zip(wanted).map(column).collect();
    format!("{}({})", rel.name, columns.join(", "))
}

impl Finder<'_> {
    /// Why no row of a node has these columns in a tick.
    pub(super) fn gap(&mut self, tick: TickId, rel: RelId, wanted: &Wanted, deep: usize) -> usize {
        let key = (tick, rel, wanted.to_vec());
        if let Some(number) = self.gaps.get(&key) {
            return *number;
        }
        let number = self.story.gaps.len();
        self.gaps.insert(key, number);
        let program = self.program(tick);
        self.story.gaps.push(Gap {
            moment: self.moment(tick),
            text: program.map_or(String::new(), |program| pattern(program, rel, wanted)),
            near: String::new(),
            remarks: Vec::new(),
            attempts: Vec::new(),
        });
        let Some(program) = program else { return number };
        let Some(declared) = program.rels.get(rel.index()) else { return number };
        let mut found = Gap { remarks: Vec::new(), ..self.story.gaps[number].clone() };
        if number < GAPS_MOST {
            match declared.kind {
                RelKind::Channel => self.channel(tick, declared, rel, wanted, deep, &mut found),
                RelKind::Timer => self.unsent(tick, rel, wanted, deep, &mut found),
                RelKind::Input | RelKind::InputTable | RelKind::InputView => {
                    self.input(tick, rel, wanted, &mut found);
                }
                _ => self.rules(tick, rel, wanted, deep, &mut found),
            }
        }
        if let Some(place) = self.story.gaps.get_mut(number) {
            *place = found;
        }
        number
    }

    /// How far rules came that could give it, now or a tick before.
    fn rules(&mut self, tick: TickId, rel: RelId, wanted: &Wanted, deep: usize, found: &mut Gap) {
        let is_gone = self.gone(tick, rel, wanted, found);
        let mut heads = vec![rel];
        heads.extend(self.stages(tick, rel, &[Stage::Next, Stage::Replace]));
        let program = self.program(tick);
        let writes =
            |head: &RelId| program.is_some_and(|p| p.rules.iter().any(|rule| rule.head == *head));
        if !heads.iter().any(writes) {
            found.remarks.push(Remark::NoRule);
        }
        for head in heads {
            let Some(explanation) = self.asked(tick, head, wanted) else { continue };
            let Answer::Absent(absence) = &explanation.answer else { continue };
            if head == rel {
                found.near = absence.near.clone();
            }
            // What was given once and taken away needs no other reason.
            for attempt in absence.attempts.iter().filter(|_| !is_gone) {
                let attempt = self.attempt(tick, (head, wanted), &explanation, attempt, deep);
                found.attempts.extend(attempt);
            }
        }
    }

    fn asked(&mut self, tick: TickId, rel: RelId, wanted: &Wanted) -> Option<why::Explanation> {
        let (program, engine) = (self.program(tick)?, self.engine(tick)?);
        why::pattern(program, &engine, (rel, wanted), &OPTIONS)
    }

    /// How far a rule came: in this tick, or where it waits for an event, in the
    /// last one that had it. `None`: it gave what is asked for then.
    fn attempt(
        &mut self,
        tick: TickId,
        (head, wanted): (RelId, &Wanted),
        explanation: &why::Explanation,
        attempt: &why::Attempt,
        deep: usize,
    ) -> Option<Attempt> {
        if let why::Failing::Atom { asked: (rel, columns), .. } = &attempt.failing
            && let Some(then) = self.last_with(tick, *rel, columns)
        {
            let again = self.asked(then, head, wanted)?;
            let Answer::Absent(absence) = &again.answer else { return None };
            let attempt = absence.attempts.iter().find(|other| other.rule == attempt.rule)?;
            let mut told = self.told(then, &again, attempt, deep);
            told.moment = self.moment(then);
            return Some(told);
        }
        Some(self.told(tick, explanation, attempt, deep))
    }

    /// The last tick before this one that had such an event.
    fn last_with(&self, tick: TickId, rel: RelId, wanted: &Wanted) -> Option<TickId> {
        let declared = self.program(tick)?.rels.get(rel.index())?;
        if !history::is_event(declared) {
            return None;
        }
        let has = |ticked: &history::Ticked| {
            let rows = ticked.took.get(&rel).into_iter().chain(ticked.events.get(&rel));
            rows.flatten().any(|row| fits(row, wanted))
        };
        let mut before = self.history.back(tick).skip(1);
        before.find(|(_, ticked)| has(ticked)).map(|(id, _)| id)
    }

    fn told(
        &mut self,
        tick: TickId,
        explanation: &why::Explanation,
        attempt: &why::Attempt,
        deep: usize,
    ) -> Attempt {
        let rows: Vec<usize> =
            explanation.nodes.iter().map(|node| self.row(tick, node.rel, &node.row)).collect();
        let premises = self.premises(tick, explanation, &rows, &attempt.premises);
        let failing = match &attempt.failing {
            why::Failing::Atom { asked: (rel, columns), fact, near, .. } if deep == 0 => {
                let gap = Gap {
                    moment: self.moment(tick),
                    text: fact.clone(),
                    near: near.clone(),
                    remarks: Vec::new(),
                    attempts: Vec::new(),
                };
                let key = (tick, *rel, columns.clone());
                let next = self.story.gaps.len();
                let number = *self.gaps.entry(key).or_insert(next);
                if number == next {
                    self.story.gaps.push(gap);
                }
                Failing::Gap(number)
            }
            why::Failing::Atom { asked: (rel, columns), near, .. } => {
                let number = self.gap(tick, *rel, columns, deep - 1);
                if let Some(gap) = self.story.gaps.get_mut(number)
                    && gap.near.is_empty()
                {
                    gap.near = near.clone();
                }
                Failing::Gap(number)
            }
            why::Failing::Present { span, premises } => {
                let premises = self.premises(tick, explanation, &rows, premises);
                Failing::Present { span: *span, premises }
            }
            why::Failing::Test { span, values } => {
                Failing::Test { span: *span, values: values.clone() }
            }
            why::Failing::Head { span, gives } => {
                Failing::Head { span: *span, gives: gives.clone() }
            }
            why::Failing::Effort => Failing::Effort,
        };
        let rule = self.program(tick).and_then(|p| p.rules.get(attempt.rule));
        Attempt {
            rule: rule.map(|rule| rule.span).unwrap_or_default(),
            moment: None,
            premises,
            others: attempt.matches.saturating_sub(1),
            failing,
        }
    }

    /// Tells that it was there once, and what took it away; whether that is known.
    fn gone(&mut self, tick: TickId, rel: RelId, wanted: &Wanted, found: &mut Gap) -> bool {
        let lost = self.history.back(tick).find_map(|(_, ticked)| {
            let row = ticked.lost.get(&rel)?.iter().find(|row| fits(row, wanted))?;
            Some((row.clone(), ticked.at, ticked.before))
        });
        let Some((row, at, before)) = lost else { return false };
        let Some(program) = self.program(tick) else { return false };
        let mut by = None;
        // What a view had goes by itself; rows of tables are taken out.
        let is_table = program.rels.get(rel.index()).is_some_and(|rel| rel.kind.is_table());
        if let (Some(before), true) = (before, is_table) {
            by = self.remover(before, rel, &row);
        }
        found.remarks.push(Remark::Gone { text: history::fact(program, rel, &row), at, by });
        by.is_some()
    }

    /// What a tick put aside that took a row of a table out, or put another one
    /// in its place.
    fn remover(&mut self, tick: TickId, rel: RelId, row: &Row) -> Option<usize> {
        let program = self.program(tick)?;
        let declared = program.rels.get(rel.index())?;
        for stage in self.stages(tick, rel, &[Stage::Delete, Stage::Replace]) {
            let is_key =
                |at: &usize| declared.cols.get(*at).is_some_and(|col| col.role == typed::Role::Key);
            let keys = (0..row.len()).filter(is_key);
            let width = program.rels.get(stage.index())?.cols.len();
            let wanted: Vec<Option<Value>> = match width == row.len() {
                true => row
                    .iter()
                    .enumerate()
                    .map(|(at, value)| is_key(&at).then(|| value.clone()))
                    .collect(),
                false => keys.map(|at| row.get(at).cloned()).collect(),
            };
            if wanted.len() != width {
                continue;
            }
            let Some(explanation) = self.asked(tick, stage, &wanted) else { continue };
            if let Answer::Present { rows, .. } = &explanation.answer
                && let Some(node) = rows.first().and_then(|row| explanation.nodes.get(*row))
            {
                return Some(self.fact(tick, vec![stage], &node.row));
            }
        }
        None
    }

    /// What became of the message that should have brought it.
    fn channel(
        &mut self,
        tick: TickId,
        declared: &typed::Rel,
        rel: RelId,
        wanted: &Wanted,
        deep: usize,
        found: &mut Gap,
    ) {
        let Some(node) = self.history.ticks.get(tick).map(|ticked| ticked.node) else { return };
        let mut last = None;
        for message in self.history.messages.values() {
            let is_it = message.to == Some(node)
                && message.channel == declared.name
                && fits(&message.row, wanted);
            if !is_it {
                continue;
            }
            let taken = message.fates.iter().find_map(|(_, fate)| match fate {
                Fate::Taken(then) => Some(*then),
                _ => None,
            });
            let lost = message.fates.iter().rev().find_map(|(at, fate)| match fate {
                Fate::Lost(why) => Some((*at, *why)),
                _ => None,
            });
            let (text, from, sent) = (rows::fact(self.history, message), message.from, message.at);
            let name = self.history.member(node).map_or("", |member| &member.name);
            let remark = match (taken, lost) {
                (Some(then), _) => self.moment(then).map(Remark::Earlier),
                (None, Some((at, why))) => {
                    let why = rows::lost(why, name, at);
                    Some(Remark::Lost { text, from, sent, why, fact: None })
                }
                (None, None) => Some(Remark::Late { text, from, sent }),
            };
            last = remark.map(|remark| (message.id, remark)).or(last);
        }
        match last {
            Some((id, mut remark)) => {
                self.story.messages.push(id);
                if let (Remark::Lost { fact, .. }, Some(message)) =
                    (&mut remark, self.history.messages.get(&id))
                {
                    *fact = self.sending(message);
                }
                found.remarks.push(remark);
            }
            None => {
                found.remarks.push(Remark::NeverSent);
                self.unsent(tick, rel, wanted, deep, found);
            }
        }
    }

    /// Why nobody sent a message, or set a timer: how far the rules came that
    /// could have.
    fn unsent(&mut self, tick: TickId, rel: RelId, wanted: &Wanted, deep: usize, found: &mut Gap) {
        let Some(program) = self.program(tick) else { return };
        let Some(declared) = program.rels.get(rel.index()) else { return };
        let Some(node) = self.history.ticks.get(tick).map(|ticked| ticked.node) else { return };
        let mut wanted = wanted.to_vec();
        let is_timer = declared.kind == RelKind::Timer;
        let name = self.history.member(node).map(|member| member.name.clone());
        if let (Some(at), Some(name), false) = (declared.at, name, is_timer)
            && let Some(address) = wanted.get_mut(at)
        {
            *address = Some(Value::Node(name));
        }
        if deep == 0 {
            return;
        }
        let mut asked = 0;
        for sender in 0..self.history.cast.nodes.len() {
            let Some(last) = self.history.last.get(sender).copied().flatten() else { continue };
            if is_timer && sender != node || asked >= SENDERS_MOST {
                continue;
            }
            let Some(theirs) = self.program(last) else { continue };
            let target = theirs
                .rels
                .iter()
                .position(|rel| rel.kind == declared.kind && rel.name == declared.name);
            let Some(target) = target else { continue };
            for stage in self.stages(last, RelId(target as u32), &[Stage::Send]) {
                let Some(explanation) = self.asked(last, stage, &wanted) else { continue };
                let Answer::Absent(absence) = &explanation.answer else { continue };
                for attempt in &absence.attempts {
                    let told =
                        self.attempt(last, (stage, &wanted), &explanation, attempt, deep - 1);
                    let moment = self.moment(last);
                    found.attempts.extend(
                        told.map(|told| Attempt { moment: told.moment.or(moment), ..told }),
                    );
                }
                asked += 1;
            }
        }
    }

    /// Whether the test gave it.
    fn input(&mut self, tick: TickId, rel: RelId, wanted: &Wanted, found: &mut Gap) {
        match self.last_with(tick, rel, wanted).and_then(|then| self.moment(then)) {
            Some(then) => found.remarks.push(Remark::Earlier(then)),
            None => found.remarks.push(Remark::NeverGiven),
        }
    }
}
