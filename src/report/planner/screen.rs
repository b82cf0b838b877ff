//! One terminal screen: what to buy, how sure that is, what else was close, what bounds are worth,
//! what would tip the choice; or what stands in the way.

use super::{PlanContext, called, place, said, sureness};
use crate::report::cost::usd;
use crate::report::screen::{COLUMNS, Screen, fit};
use crate::spec::brief::{Bound, Brief};
use crate::study::planner::{Answer, Change, Goal, Project, Row, Worth};
use crate::study::words::{capital, thousands};

/// Rows of a list that are shown; the rest is in the files.
const ROWS: usize = 6;

/// The screen. Colours are for terminals alone.
pub fn screen(answer: &Answer, context: &PlanContext<'_>, colour: bool) -> String {
    let mut screen = Screen { lines: Vec::new(), colour };
    head(&mut screen, answer, context);
    match answer.best() {
        Some(best) => chosen(&mut screen, answer, context, best),
        None => infeasible(&mut screen, answer, context),
    }
    fell_out(&mut screen, answer, context);
    screen.line("");
    screen.line(format!("results  {}", place(context).display()));
    screen.lines.join("\n") + "\n"
}

/// `text` beside `head`, broken so that its lines begin below each other.
fn hang(screen: &mut Screen, head: &str, text: &str) {
    let indent = " ".repeat(head.chars().count());
    let mut lead = head;
    let mut line = String::new();
    for word in text.split(' ') {
        let columns = indent.len() + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && columns > COLUMNS {
            screen.line(format!("{lead}{line}"));
            (lead, line) = (&indent, String::new());
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    screen.line(format!("{lead}{line}").trim_end());
}

fn paragraph(screen: &mut Screen, text: &str) {
    hang(screen, "  ", text);
}

fn head(screen: &mut Screen, answer: &Answer, context: &PlanContext<'_>) {
    let name = screen.style("1", &fit(&context.brief.study.name, 40));
    let description = &context.brief.study.description;
    let colon = if description.is_empty() { "" } else { "  " };
    screen.line(format!("{name}{colon}{}", fit(description, COLUMNS - 4)));
    let run = answer.rows.iter().filter(|row| row.replicates > 0).count();
    let all = thousands(context.designs as f64);
    let looked = match answer.designs.len() as u64 {
        n if n < context.designs => {
            format!("{all} designs, {} visited by local search", thousands(n as f64))
        }
        _ => format!("{all} designs"),
    };
    screen.line(match context.table {
        Some(table) => format!("{looked} from {}", fit(table, 50)),
        None => {
            let [total, choice] = answer.replicates.map(|n| thousands(n as f64));
            format!("{looked}, {run} run, {choice} replicates for the choice, {total} in all")
        }
    });
}

fn figure_line(brief: &Brief, row: &Row, metric: usize) -> String {
    let name = &brief.study.metrics[metric];
    match row.figures[metric] {
        Some(estimate) => {
            let half = estimate.half_width.map(|half| format!(" ± {}", said(name, half)));
            format!("{}{}", said(name, estimate.mean), half.unwrap_or_default())
        }
        None => "not known".to_owned(),
    }
}

fn chosen(screen: &mut Screen, answer: &Answer, context: &PlanContext<'_>, best: usize) {
    let brief = context.brief;
    let row = &answer.rows[best];
    screen.heading("Recommended");
    let name = screen.style("1", &answer.known().name(best));
    screen.line(format!("  {name}"));
    for wanted in &brief.objectives {
        let what = called(&brief.study.metrics[wanted.metric]);
        screen.line(format!("  {what:<34} {}", figure_line(brief, row, wanted.metric)));
    }
    for constraint in &answer.terms.constraints {
        let Bound::Number(limit) = &constraint.bound else { continue };
        let metric = &brief.study.metrics[limit.metric];
        let sign = if limit.at_least { "at least" } else { "at most" };
        let bound = format!("{sign} {}", said(metric, limit.value));
        let what = fit(&called(metric), 34);
        let value = figure_line(brief, row, limit.metric);
        screen.line(format!("  {what:<34} {value:<24} {bound}"));
    }
    paragraph(screen, &capital(&sureness(answer, brief)));
    bill(screen, answer);
    next_best(screen, answer, context);
    worth(screen, answer, brief);
    survivals(screen, answer);
    upgrade(screen, answer);
}

fn bill(screen: &mut Screen, answer: &Answer) {
    if answer.bill.is_empty() {
        return;
    }
    screen.heading("Bill of materials");
    let mut total = 0.0;
    for line in &answer.bill {
        let price = line.price_usd.map_or(line.source.clone(), |p| format!("{} USD", usd(p)));
        let cost = line.cost_usd().map_or(String::new(), |c| format!("{} USD", usd(c)));
        total += line.cost_usd().unwrap_or(0.0);
        let part = match line.model.is_empty() {
            true => line.part.clone(),
            false => format!("{}, {}", line.part, line.model),
        };
        let count = thousands(line.count as f64);
        let text = format!("  {count:>7}  {:<50} {price:>14} {cost:>16}", fit(&part, 50));
        screen.line(text.trim_end());
    }
    if total > 0.0 {
        screen.line(format!("  {:>7}  {:<50} {:>14} {:>12} USD", "", "together", "", usd(total)));
    }
}

fn next_best(screen: &mut Screen, answer: &Answer, context: &PlanContext<'_>) {
    let brief = context.brief;
    if answer.sides.len() > 1 && brief.objectives.len() > 1 {
        let n = answer.fronts[1].len();
        let text = format!("No one design is best in all of it: {n} are not beaten (pareto.csv)");
        screen.heading(&text);
        for &design in answer.fronts[1].iter().take(2 * ROWS) {
            let row = &answer.rows[design];
            let sides = answer.sides.iter().map(|&(metric, _)| {
                let name = &brief.study.metrics[metric];
                format!("{} {}", figure_line(brief, row, metric), called(name))
            });
            let sides = sides.collect::<Vec<_>>().join(", ");
            hang(screen, "  ", &format!("{}: {sides}", answer.known().name(design)));
        }
        return;
    }
    let Some(next) = &answer.runner_up else { return };
    screen.heading("Next best");
    let name = &brief.study.metrics[brief.objectives[0].metric];
    let half = next.difference.half_width.map(|half| format!(" ± {}", said(name, half)));
    let words = if brief.objectives[0].maximise { "less" } else { "more" };
    let text = format!(
        "{}: {}{} {words} ({})",
        answer.known().name(next.design),
        said(name, next.difference.mean),
        half.unwrap_or_default(),
        called(name)
    );
    paragraph(screen, &text);
}

/// What a changed question does to the goal.
fn effect(answer: &Answer, brief: &Brief, worth: &Worth) -> String {
    let Goal::Figure(metric, maximise, _) = answer.terms.goal else { return String::new() };
    let name = &brief.study.metrics[metric];
    match (worth.value, answer.solved.value()) {
        (Some(then), Some(now)) => {
            let change = then - now;
            if change == 0.0 || worth.best == answer.best() {
                return "the same design".to_owned();
            }
            let better = (change < 0.0) != maximise;
            let words = if better { "saves" } else { "costs" };
            let words = if maximise { "changes by" } else { words };
            let said = said(name, change.abs());
            let to = worth.best.map(|best| answer.known().name(best)).unwrap_or_default();
            format!("{words} {said}: {to}")
        }
        (Some(then), None) => {
            let to = worth.best.map(|best| answer.known().name(best)).unwrap_or_default();
            let value = if maximise { -then } else { then };
            format!("{}: {to}", said(name, value))
        }
        (None, _) => "nothing is feasible".to_owned(),
    }
}

fn worth(screen: &mut Screen, answer: &Answer, brief: &Brief) {
    if answer.worth.is_empty() {
        return;
    }
    let Goal::Figure(metric, ..) = answer.terms.goal else { return };
    screen.heading(&format!("What bounds are worth ({})", called(&brief.study.metrics[metric])));
    for worth in &answer.worth {
        let constraint = &answer.terms.constraints[worth.constraint];
        let what = match (worth.change, worth.bound, &constraint.bound) {
            (Change::Dropped, ..) => format!("{} dropped", constraint.code()),
            (_, Some(bound), Bound::Number(limit)) => {
                let sign = if limit.at_least { "≥" } else { "≤" };
                let name = &brief.study.metrics[limit.metric];
                format!("{} {sign} {}", constraint.code(), said(name, bound))
            }
            _ => continue,
        };
        let head = format!("  {:<34} ", fit(&what, 34));
        hang(screen, &head, &effect(answer, brief, worth));
    }
}

fn survivals(screen: &mut Screen, answer: &Answer) {
    if answer.survivals.is_empty() {
        return;
    }
    let best = answer.best();
    let holds = |one: &&crate::study::planner::Survival| one.keeps && one.best == best;
    let kept = answer.survivals.iter().filter(holds).count();
    let all = answer.survivals.len();
    screen.heading(&format!("Survives {kept} of {all} changes of prices and circumstances"));
    for one in answer.survivals.iter().filter(|one| !holds(one)).take(ROWS) {
        let what = match (one.keeps, one.best) {
            (_, None) => "none of the best keeps its bounds".to_owned(),
            (false, Some(other)) => {
                format!("it breaks a bound; {} holds", answer.known().name(other))
            }
            (true, Some(other)) => format!("{} would be better", answer.known().name(other)),
        };
        hang(screen, &format!("  {:<34} ", fit(&one.what, 34)), &what);
    }
}

fn upgrade(screen: &mut Screen, answer: &Answer) {
    let Some(upgrade) = &answer.upgrade else { return };
    screen.heading("From what there is");
    let Some(best) = &upgrade.best else {
        screen.line("  no design that can be reached keeps every bound");
        return;
    };
    if best.cost_usd == 0.0 {
        let name = answer.known().name(best.design);
        paragraph(screen, &format!("nothing has to be bought: {name} keeps every bound"));
        return;
    }
    for step in upgrade.steps.iter().chain([best]) {
        let head = format!("  {:>12} USD  ", usd(step.cost_usd));
        hang(screen, &head, &answer.known().name(step.design));
    }
    screen.line("  each step is on the way to the next; the last keeps every bound");
}

fn infeasible(screen: &mut Screen, answer: &Answer, context: &PlanContext<'_>) {
    let brief = context.brief;
    screen.heading("No design keeps every bound");
    paragraph(screen, &capital(&sureness(answer, brief)));
    screen.heading("Nearest to it");
    for row in answer.near_misses().into_iter().take(ROWS) {
        let broken: Vec<String> = row
            .broken
            .iter()
            .map(|&c| {
                let constraint = &answer.terms.constraints[c];
                match &constraint.bound {
                    Bound::Number(limit) => {
                        let name = &brief.study.metrics[limit.metric];
                        let value = row.mean(limit.metric);
                        let has = value.map_or("cannot".to_owned(), |value| said(name, value));
                        format!("{} {has} of {}", constraint.code(), said(name, limit.value))
                    }
                    Bound::OneOf { .. } => constraint.code(),
                }
            })
            .collect();
        let text = format!("{}: {}", answer.known().name(row.design), broken.join(", "));
        paragraph(screen, &text);
    }
    screen.heading("Cheapest single relaxation");
    let mut ways: Vec<&Worth> = answer.worth.iter().filter(|way| way.best.is_some()).collect();
    ways.sort_by(|a, b| {
        let value = |way: &Worth| way.value.unwrap_or(f64::INFINITY);
        value(a).total_cmp(&value(b))
    });
    if ways.is_empty() {
        screen.line("  none: more than one bound would have to give");
    }
    for way in ways {
        let constraint = &answer.terms.constraints[way.constraint];
        let to = match (&constraint.bound, way.reaches) {
            (Bound::Number(limit), Some(value)) => {
                let name = &brief.study.metrics[limit.metric];
                format!(
                    "{} from {} to {}",
                    constraint.code(),
                    said(name, limit.value),
                    said(name, value)
                )
            }
            _ => format!("{} dropped", constraint.code()),
        };
        hang(screen, &format!("  {:<40} ", fit(&to, 40)), &effect(answer, brief, way));
    }
}

/// Why the others fell out, counted.
fn fell_out(screen: &mut Screen, answer: &Answer, context: &PlanContext<'_>) {
    let several = context.brief.objectives.len() > 1;
    let ran = if context.table.is_some() { "" } else { "run: " };
    let mut reasons: Vec<(String, usize)> = Vec::new();
    for row in answer.rows.iter().filter(|row| Some(row.design) != answer.best()) {
        let fate = &row.fate;
        let short = match fate.split_once(": ") {
            _ if several && answer.fronts[1].contains(&row.design) => continue,
            Some(("not run", _)) if several => format!("{ran}beaten"),
            Some(("not run", _)) => "not run: cannot beat one that keeps its bounds".to_owned(),
            Some(("ruled out", why)) => {
                let (code, how) = why.split_once(", ").unwrap_or((why, ""));
                let how = if how.starts_with("cannot") { ", cannot be reached" } else { "" };
                let without = if context.table.is_some() { "" } else { " without a run" };
                format!("ruled out{without}: {code}{how}")
            }
            Some(("invalid", why)) => format!("no valid scenario: {why}"),
            Some(("infeasible", code)) => format!("{ran}break {code}"),
            Some(("failed", _)) => format!("{ran}failed"),
            _ if fate.starts_with("beaten") => format!("{ran}beaten"),
            _ => fate.clone(),
        };
        match reasons.iter_mut().find(|(reason, _)| *reason == short) {
            Some((_, count)) => *count += 1,
            None => reasons.push((short, 1)),
        }
    }
    if reasons.is_empty() {
        return;
    }
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    screen.heading("Why the others fell out");
    for (reason, count) in reasons.into_iter().take(2 * ROWS) {
        screen.line(format!("  {:>7}  {}", thousands(count as f64), fit(&reason, 88)));
    }
}

/// What a plan means, for `gapcast check`; without a project its designs come from a table.
pub fn describe(brief: &Brief, project: Option<&Project>) -> String {
    let mut text = String::new();
    let mut line = |label: &str, words: String| text += &format!("  {label:10} {words}\n");
    let description = &brief.study.description;
    let colon = if description.is_empty() { "" } else { ": " };
    line("name", format!("{}{colon}{description}", brief.study.name));
    line(
        "designs",
        match project {
            None => "those of a table: --results".to_owned(),
            Some(project) => {
                let how = if project.is_local() { ", looked through by local search" } else { "" };
                format!("{}{how}", thousands(project.plan.points() as f64))
            }
        },
    );
    for axis in &brief.study.axes {
        let values: Vec<&str> = axis.list().iter().map(|level| level.text.as_str()).collect();
        line("decision", fit(&format!("{}: {}", axis.name, values.join(", ")), COLUMNS - 14));
    }
    for wanted in &brief.objectives {
        let way = if wanted.maximise { "most" } else { "least" };
        line("objective", format!("{way} {}", called(&brief.study.metrics[wanted.metric])));
    }
    for constraint in &brief.constraints {
        let words = match &constraint.bound {
            Bound::Number(limit) => {
                let name = &brief.study.metrics[limit.metric];
                let sign = if limit.at_least { "at least" } else { "at most" };
                format!("{} {sign} {}", called(name), said(name, limit.value))
            }
            Bound::OneOf { of, names } => format!("{of} one of {}", names.join(", ")),
        };
        line("bound", format!("{}: {words}", constraint.code()));
    }
    text
}
