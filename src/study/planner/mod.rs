//! The planner: what to buy, with a guarantee. A plan's designs are ruled out by what is known of them
//! for certain, the rest are run until the best feasible one is known as surely as was asked, and the
//! same runs then answer what constraints are worth, what else was close, and what would tip the choice.
//!
//! ```text
//! plan file ─▶ Design (fixed figures, bounds) ─ruled─▶ candidates ─select, ocba─▶ Choice
//!     Choice ─row, front, worth, robust, bill─▶ Answer
//! table of results ─────────────────────────────▶ candidates …
//! ```

pub mod bill;
mod bound;
mod design;
mod exhaust;
mod figure;
mod front;
mod local;
mod ocba;
mod robust;
mod row;
mod runs;
pub mod select;
mod solve;
mod table;
mod upgrade;
mod worth;

pub use bill::BillLine;
pub use bound::{Bounds, Least};
pub use design::{Design, Ruled};
pub use exhaust::{Exhausted, exhaust};
pub use figure::{Figure, least_cost};
pub use ocba::{allocate, probability};
pub use robust::Survival;
pub use row::{Row, replicates_needed};
pub use runs::{Runs, RunsError};
pub use solve::{Bench, Goal, Solved, Terms, solve};
pub use table::Table;
pub use upgrade::{Step, Upgrade};
pub use worth::{Change, Worth};

use super::estimate::{Estimate, estimate};
use super::sweep::Plan;
use crate::model::Scenario;
use crate::spec::brief::{Brief, LoadedBrief, Search};
use crate::spec::{self, Diagnostic, Diagnostics};
use std::path::Path;

/// Above this many designs `search = "auto"` looks at neighbours of good ones only.
pub const MANY: u64 = 100_000;

/// Designs that are looked at for a valid one before anything is run.
const TRIED: u64 = 1_000;

/// Designs of an answer, with the names of their labels.
#[derive(Debug, Clone, Copy)]
pub struct Designs<'a> {
    /// Names of the labels: decisions, or text columns of a table.
    pub columns: &'a [String],
    /// The designs.
    pub designs: &'a [Design],
}

impl Designs<'_> {
    /// `gateways 8, storage_nodes 12`; of a table the design's own name.
    pub fn name(&self, design: usize) -> String {
        let labels = &self.designs[design].labels;
        if self.columns.first().is_some_and(|first| first == "design") {
            return labels[0].clone();
        }
        pairs(self.columns, labels)
    }
}

/// Values of decisions: `gateways 8, storage_nodes 12`.
fn pairs(columns: &[String], labels: &[String]) -> String {
    let pairs = columns.iter().zip(labels).map(|(column, label)| format!("{column} {label}"));
    pairs.collect::<Vec<_>>().join(", ")
}

/// What replicates said.
pub trait Knowledge {
    /// The figures of a design's first `n` replicates, those that went well.
    fn known(&self, design: u64, n: u32) -> Vec<&Vec<Option<f64>>>;
    /// Deviation and number of replicates of a figure, where a table gives them instead.
    fn spread(&self, design: usize, metric: usize) -> Option<(f64, f64)>;
}

impl Knowledge for Runs<'_> {
    fn known(&self, design: u64, n: u32) -> Vec<&Vec<Option<f64>>> {
        Runs::known(self, design).take(n as usize).collect()
    }
    fn spread(&self, _: usize, _: usize) -> Option<(f64, f64)> {
        None
    }
}

impl Knowledge for Table {
    fn known(&self, design: u64, n: u32) -> Vec<&Vec<Option<f64>>> {
        // A table knows its designs whether they were looked at or not.
        let all = (0..n.max(1)).map_while(|replicate| self.get(design, replicate));
        all.filter_map(|values| values.as_ref().ok()).collect()
    }
    fn spread(&self, design: usize, metric: usize) -> Option<(f64, f64)> {
        self.spread.get(&(design, metric)).copied()
    }
}

/// A plan whose designs are simulated.
#[derive(Debug)]
pub struct Project {
    /// The plan file.
    pub brief: Brief,
    /// Its designs as points.
    pub plan: Plan,
    /// Names of its decisions.
    pub columns: Vec<String>,
}

impl Project {
    /// Reads a plan file: what is to be decided, and what looks unintended though it can be done.
    ///
    /// # Errors
    /// Everything that is wrong with the plan or its base scenario.
    pub fn read(path: &Path) -> Result<(Project, Diagnostics), Diagnostics> {
        let known = |name: &str, scenario: &Scenario| Figure::parse(name, scenario).map(|_| ());
        let LoadedBrief { brief, base, mut warnings } = spec::brief::load(path, Some(&known))?;
        let (mut loaded, file) = base.expect("a plan that is simulated has a base");
        std::mem::take(&mut loaded.warnings).into_iter().for_each(|finding| warnings.push(finding));
        let plan = Plan::of(brief.study.clone(), file, &loaded.canonical);
        let columns = brief.study.axes.iter().map(|axis| axis.name.clone()).collect();
        let project = Project { brief, plan, columns };
        project.some_design_is_valid()?;
        Ok((project, warnings))
    }

    /// Whether there is anything to choose from.
    ///
    /// # Errors
    /// What is wrong with the first design, if no design is a valid scenario (of many designs: none of the
    /// first thousand).
    fn some_design_is_valid(&self) -> Result<(), Diagnostics> {
        let load = |point| self.plan.base.load(&self.plan.fields(&self.plan.point(point)));
        let mut first = Diagnostics::default();
        for point in 0..self.plan.points().min(TRIED) {
            match load(point) {
                Ok(_) => return Ok(()),
                Err(found) if first.is_empty() => first = found,
                Err(_) => {}
            }
        }
        let name = pairs(&self.columns, &design::labels(&self.plan, 0));
        let message = "no design is a valid scenario".to_owned();
        let help = format!("the first one, {name}, has the errors above");
        first.push(Diagnostic::without_place(message).help(help));
        Err(first)
    }

    /// The scenario of what there is already: the base with decisions and fields as they are now.
    ///
    /// # Errors
    /// A name that is neither, or values that are no scenario.
    pub fn existing(&self, from: &[(String, String)]) -> Result<Option<Scenario>, Diagnostics> {
        if from.is_empty() {
            return Ok(None);
        }
        let axes = &self.brief.study.axes;
        let mut fields = self.brief.study.set.clone();
        for (name, value) in from {
            match axes.iter().find(|axis| axis.name == *name) {
                Some(axis) => {
                    // A value that the plan offers may stand for several settings.
                    let level = axis.list().iter().find(|level| level.is(value));
                    let settings = level.map_or_else(
                        || vec![value.clone(); axis.fields.len()],
                        |level| level.settings.clone(),
                    );
                    fields.extend(axis.fields.iter().cloned().zip(settings));
                }
                None if name.contains('.') => fields.push((name.clone(), value.clone())),
                None => {
                    let message = format!("what there is: no decision is called `{name}`");
                    let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
                    let help = match spec::nearest(name, names.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("decisions: {}", names.join(", ")),
                    };
                    return Err(Diagnostic::without_place(message).help(help).into());
                }
            }
        }
        Ok(Some(self.plan.base.load(&fields)?.scenario))
    }

    /// Whether only neighbours of good designs are looked at.
    pub fn is_local(&self) -> bool {
        match self.brief.selection.search {
            Search::All => false,
            Search::Local => true,
            Search::Auto => self.plan.points() > MANY,
        }
    }

    /// The designs that are looked at: all, or those that a local search visits.
    ///
    /// # Errors
    /// Those of the runs.
    pub fn designs(&self, terms: &Terms, runs: &mut Runs<'_>) -> Result<Vec<Design>, RunsError> {
        match self.is_local() {
            true => local::visit(&self.brief, &self.columns, terms, runs),
            false => Ok(Design::all(&self.brief, runs)),
        }
    }
}

/// Reads a plan whose designs come from a table.
///
/// # Errors
/// Everything that is wrong with the plan, or with the table.
pub fn read_with_table(path: &Path, table: &Path) -> Result<(Brief, Table), Diagnostics> {
    let loaded = spec::brief::load(path, None)?;
    let table = Table::read(table, &loaded.brief)?;
    Ok((loaded.brief, table))
}

/// The next best design.
#[derive(Debug, Clone)]
pub struct RunnerUp {
    /// Its position.
    pub design: usize,
    /// Its goal less that of the chosen, on common replicates (made small: positive is worse).
    pub difference: Estimate,
}

/// Everything that a plan answers.
#[derive(Debug)]
pub struct Answer {
    /// Names of the designs' labels.
    pub columns: Vec<String>,
    /// The designs.
    pub designs: Vec<Design>,
    /// What was asked.
    pub terms: Terms,
    /// The choice.
    pub solved: Solved,
    /// A row a design.
    pub rows: Vec<Row>,
    /// The next best.
    pub runner_up: Option<RunnerUp>,
    /// What constraints are worth; with nothing feasible, what leaving each out gives.
    pub worth: Vec<Worth>,
    /// Positions of designs that no other beats in the trade-off: of all, and of feasible ones.
    pub fronts: [Vec<usize>; 2],
    /// The trade-off's figures: (position, whether more is better).
    pub sides: Vec<(usize, bool)>,
    /// Under what else the choice survives.
    pub survivals: Vec<Survival>,
    /// What the chosen consists of.
    pub bill: Vec<BillLine>,
    /// Ways up from an existing cluster.
    pub upgrade: Option<Upgrade>,
    /// Replicates that were needed for all of this, and for the choice alone.
    pub replicates: [u64; 2],
}

impl Answer {
    /// The designs with their names.
    pub fn known(&self) -> Designs<'_> {
        Designs { columns: &self.columns, designs: &self.designs }
    }

    /// The chosen design.
    pub fn best(&self) -> Option<usize> {
        self.solved.best()
    }

    /// Designs by how near they come to keeping all constraints: fewest broken, then by how many
    /// tolerances the worst is missed.
    pub fn near_misses(&self) -> Vec<&Row> {
        let miss = |row: &&Row| {
            let each = self.terms.limits().filter_map(|(_, limit)| {
                let mean = row.mean(limit.metric)?;
                Some((-limit.slack(mean) / limit.tolerance).max(0.0))
            });
            each.fold(0.0, f64::max)
        };
        let mut rows: Vec<&Row> =
            self.rows.iter().filter(|row| row.judged && !row.broken.is_empty()).collect();
        rows.sort_by(|a, b| {
            let by_count = a.broken.len().cmp(&b.broken.len());
            by_count.then(miss(a).total_cmp(&miss(b))).then(a.design.cmp(&b.design))
        });
        rows
    }
}

/// What is to be worked out beside the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Runner-up and worth of constraints.
    pub worth: bool,
    /// Prices, stresses and doubled disturbances.
    pub robustness: bool,
}

/// Answers a plan from a table of results.
///
/// # Errors
/// None that a table has.
pub fn answer_table(brief: &Brief, mut table: Table) -> Result<Answer, RunsError> {
    let (columns, designs) = (table.columns.clone(), table.designs.clone());
    let terms = Terms::of(brief);
    let known = Designs { columns: &columns, designs: &designs };
    let solved = solve(brief, &columns, &designs, &terms, &mut table)?;
    let mut answer = concluded(brief, known, &terms, solved, &mut table, true)?;
    answer.replicates = [0, 0];
    Ok(answer)
}

/// Answers a plan by simulation.
///
/// # Errors
/// The journal, or the threads.
pub fn answer(project: &Project, runs: &mut Runs<'_>, depth: Depth) -> Result<Answer, RunsError> {
    let (brief, terms) = (&project.brief, Terms::of(&project.brief));
    let designs = project.designs(&terms, runs)?;
    let known = Designs { columns: &project.columns, designs: &designs };
    let solved = solve(brief, &project.columns, &designs, &terms, runs)?;
    let for_choice = runs.used();
    if brief.objectives.len() > 1 {
        measure_all(brief, &solved, &designs, runs)?;
    }
    let mut answer = concluded(brief, known, &terms, solved, runs, depth.worth)?;
    if let Some(best) = answer.best() {
        if depth.robustness {
            answer.survivals = robust::survivals(brief, &known, &terms, &answer.rows, best, runs);
        }
        if let Ok(scenario) = runs.scenario(designs[best].point) {
            answer.bill = bill::bill(&scenario);
        }
    }
    if let Some(from) = runs.existing.clone() {
        answer.upgrade = Some(upgrade::upgrade(brief, known, &answer, &from, runs)?);
    }
    answer.replicates = [runs.used(), for_choice];
    Ok(answer)
}

/// For a trade-off every candidate needs its figures.
fn measure_all(
    brief: &Brief,
    solved: &Solved,
    designs: &[Design],
    runs: &mut Runs<'_>,
) -> Result<(), RunsError> {
    let first = brief.selection.first;
    let points = solved.candidates.iter().map(|&i| (designs[i].point, 0, first));
    runs.ensure(&points.collect::<Vec<_>>())
}

fn concluded<B: Bench + Knowledge>(
    brief: &Brief,
    known: Designs<'_>,
    terms: &Terms,
    solved: Solved,
    bench: &mut B,
    deep: bool,
) -> Result<Answer, RunsError> {
    let mut runner_up = None;
    let mut worths = Vec::new();
    if deep {
        match solved.best() {
            Some(best) => {
                runner_up = next_best(brief, known, terms, &solved, best, bench)?;
                let changes = [Change::Looser, Change::Tighter, Change::Dropped];
                worths = worth::worth(brief, &known, terms, &changes, bench)?;
            }
            None => worths = worth::worth(brief, &known, terms, &[Change::Dropped], bench)?,
        }
    }
    let rows = row::rows(brief, &known, terms, &solved, bench);
    let sides = sides(brief);
    let all = front::front(rows.iter(), &sides);
    let feasible = front::front(rows.iter().filter(|row| row.feasible()), &sides);
    Ok(Answer {
        columns: known.columns.to_vec(),
        designs: known.designs.to_vec(),
        terms: terms.clone(),
        solved,
        rows,
        runner_up,
        worth: worths,
        fronts: [all, feasible],
        sides,
        survivals: Vec::new(),
        bill: Vec::new(),
        upgrade: None,
        replicates: [0, 0],
    })
}

/// The figures of the trade-off that is shown.
fn sides(brief: &Brief) -> Vec<(usize, bool)> {
    if !brief.trade_offs.is_empty() {
        return brief.trade_offs.clone();
    }
    let mut sides: Vec<(usize, bool)> =
        brief.objectives.iter().map(|wanted| (wanted.metric, wanted.maximise)).collect();
    let limits = brief.constraints.iter().filter_map(|constraint| match constraint.bound {
        spec::brief::Bound::Number(limit) => Some((limit.metric, limit.at_least)),
        spec::brief::Bound::OneOf { .. } => None,
    });
    if let ([only], Some(limit)) =
        (sides.as_slice(), limits.into_iter().find(|limit| limit.0 != sides[0].0))
        && only.0 != limit.0
    {
        sides.push(limit);
    }
    sides
}

/// The best design but for the chosen.
fn next_best<B: Bench>(
    brief: &Brief,
    known: Designs<'_>,
    terms: &Terms,
    solved: &Solved,
    best: usize,
    bench: &mut B,
) -> Result<Option<RunnerUp>, RunsError> {
    let mut others = terms.clone();
    others.without.push(best);
    let second = solve(brief, known.columns, known.designs, &others, bench)?;
    let (Some(a), Some(b)) = (solved.choice.best, second.choice.best) else { return Ok(None) };
    let pairs = second.choice.draws[b].iter().zip(&solved.choice.draws[a]);
    let difference = estimate(pairs.map(|(other, best)| other.objective - best.objective));
    Ok(second.best().map(|design| RunnerUp { design, difference }))
}
