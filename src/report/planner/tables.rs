//! The CSV files. Fractions are 0–1, what is not known is empty.

use crate::kernel::stats::{kn_eta, kn_h2, ocba_shares};
use crate::report::table::{Table, number};
use crate::spec::brief::Brief;
use crate::study::planner::{Answer, probability, replicates_needed};

/// Every table: (file name, content).
pub fn tables(answer: &Answer, brief: &Brief) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("designs.csv", designs(answer, brief)),
        ("selection.csv", selection(answer, brief)),
        ("pareto.csv", pareto(answer, brief)),
        ("worth.csv", worth(answer)),
    ];
    if !answer.survivals.is_empty() {
        files.push(("robustness.csv", robustness(answer)));
    }
    if !answer.bill.is_empty() {
        files.push(("bill.csv", bill(answer)));
    }
    if answer.upgrade.is_some() {
        files.push(("upgrade.csv", upgrade(answer)));
    }
    files.into_iter().map(|(name, table)| (name.to_owned(), table.done())).collect()
}

fn optional(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

fn designs(answer: &Answer, brief: &Brief) -> Table {
    let mut header: Vec<String> = answer.columns.clone();
    header.extend(["verdict", "fate", "replicates"].map(str::to_owned));
    for name in &brief.study.metrics {
        header.push(name.clone());
        header.push(format!("{name}_half_width"));
        if brief.selection.precision.is_some() {
            header.push(format!("{name}_relative_half_width"));
            header.push(format!("{name}_precise"));
            header.push(format!("{name}_replicates_needed"));
        }
    }
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = Table::new(&header);
    for row in &answer.rows {
        let mut cells = answer.designs[row.design].labels.clone();
        cells.extend([row.verdict(&answer.terms), row.fate.clone(), row.replicates.to_string()]);
        for (figure, sd) in row.figures.iter().zip(&row.sds) {
            let half = figure.and_then(|figure| figure.half_width);
            cells.push(optional(figure.map(|figure| figure.mean)));
            cells.push(optional(half));
            if let Some(gamma) = brief.selection.precision {
                let relative = figure.zip(half).map(|(figure, half)| half / figure.mean.abs());
                let precise = relative.map(|relative| relative <= gamma / (1.0 + gamma));
                let first = u64::from(brief.selection.first);
                let needed = figure
                    .zip(*sd)
                    .and_then(|(figure, sd)| replicates_needed(figure.mean, sd, first, gamma));
                cells.push(optional(relative));
                cells.push(precise.map(|precise| precise.to_string()).unwrap_or_default());
                cells.push(needed.map(|needed| needed.to_string()).unwrap_or_default());
            }
        }
        table.row(&cells);
    }
    table
}

/// Constants of the procedures, for who wants to check them.
fn selection(answer: &Answer, brief: &Brief) -> Table {
    let (selection, solved) = (&brief.selection, &answer.solved);
    let mut table = Table::new(&["item", "of", "value"]);
    let k = solved.candidates.len();
    let mut put = |item: &str, of: &str, value: f64| {
        table.row(&[item.to_owned(), of.to_owned(), number(value)]);
    };
    put("candidates", "", k as f64);
    put("confidence", "", selection.confidence);
    put("guaranteed", "", f64::from(solved.choice.guaranteed));
    put("first_replicates", "", f64::from(selection.first));
    put("comparison_error", "", solved.shares.1);
    let eta = kn_eta(solved.shares.1 / (k.max(2) - 1) as f64, selection.first);
    put("kn_eta", "", eta);
    put("kn_h2", "", kn_h2(eta, selection.first));
    if let Some(delta) = solved.choice.delta {
        put("indifference", "", delta);
    }
    for (&constraint, error) in solved.dynamic.iter().zip(&solved.shares.0) {
        let code = answer.terms.constraints[constraint].code();
        put("constraint_error", &code, *error);
        let eta = kn_eta(error / k.max(1) as f64, selection.first);
        put("constraint_eta", &code, eta);
    }
    if let Some(gamma) = selection.precision {
        put("adjusted_precision", "", gamma / (1.0 + gamma));
    }
    if let Some(budget) = selection.budget {
        let metric = brief.objectives[0].metric;
        let sign = if brief.objectives[0].maximise { -1.0 } else { 1.0 };
        let rows = solved.candidates.iter().map(|&i| &answer.rows[i]);
        let known: Vec<_> = rows
            .filter_map(|row| Some((row, sign * row.mean(metric)?, row.sds[metric]?)))
            .collect();
        let means: Vec<f64> = known.iter().map(|one| one.1).collect();
        let sds: Vec<f64> = known.iter().map(|one| one.2).collect();
        if !known.is_empty() {
            let shares = ocba_shares(&means, &sds, f64::MIN_POSITIVE);
            for ((row, ..), share) in known.iter().zip(&shares) {
                let name = answer.known().name(row.design);
                put("ocba_share", &name, *share);
                put("ocba_replicates", &name, share * budget as f64);
            }
            let ns: Vec<f64> = known
                .iter()
                .map(|one| one.0.figures[metric].map_or(1.0, |figure| figure.n as f64))
                .collect();
            put("probability_of_correct_selection", "estimate", probability(&means, &sds, &ns));
        }
    }
    table
}

fn pareto(answer: &Answer, brief: &Brief) -> Table {
    let names: Vec<&str> =
        answer.sides.iter().map(|side| brief.study.metrics[side.0].as_str()).collect();
    let mut header: Vec<&str> = answer.columns.iter().map(String::as_str).collect();
    header.push("among");
    header.extend(&names);
    let mut table = Table::new(&header);
    for (among, front) in ["all", "feasible"].iter().zip(&answer.fronts) {
        for &design in front {
            let mut cells = answer.designs[design].labels.clone();
            cells.push((*among).to_owned());
            let row = &answer.rows[design];
            cells.extend(answer.sides.iter().map(|side| optional(row.mean(side.0))));
            table.row(&cells);
        }
    }
    table
}

fn worth(answer: &Answer) -> Table {
    let header = ["constraint", "change", "bound", "best", "objective", "improvement", "reaches"];
    let mut table = Table::new(&header);
    let sign = match answer.terms.goal {
        crate::study::planner::Goal::Figure(_, true, _) => -1.0,
        _ => 1.0,
    };
    for worth in &answer.worth {
        let name = worth.best.map(|best| answer.known().name(best)).unwrap_or_default();
        let improvement = answer.solved.value().zip(worth.value).map(|(now, then)| now - then);
        table.row(&[
            answer.terms.constraints[worth.constraint].code(),
            worth.change.name().to_owned(),
            optional(worth.bound),
            name,
            optional(worth.value.map(|value| sign * value)),
            optional(improvement),
            optional(worth.reaches),
        ]);
    }
    table
}

fn robustness(answer: &Answer) -> Table {
    let header = ["under", "survives", "keeps_bounds", "best", "objective", "best_objective"];
    let mut table = Table::new(&header);
    let sign = match answer.terms.goal {
        crate::study::planner::Goal::Figure(_, true, _) => -1.0,
        _ => 1.0,
    };
    for one in &answer.survivals {
        let survives = one.keeps && one.best == answer.best();
        table.row(&[
            one.what.clone(),
            survives.to_string(),
            one.keeps.to_string(),
            one.best.map(|best| answer.known().name(best)).unwrap_or_default(),
            optional(one.value.map(|value| sign * value)),
            optional(one.best_value.map(|value| sign * value)),
        ]);
    }
    table
}

fn bill(answer: &Answer) -> Table {
    let mut table = Table::new(&["part", "model", "count", "price_usd", "cost_usd", "source"]);
    for line in &answer.bill {
        table.row(&[
            line.part.clone(),
            line.model.clone(),
            line.count.to_string(),
            optional(line.price_usd),
            optional(line.cost_usd()),
            line.source.clone(),
        ]);
    }
    table
}

fn upgrade(answer: &Answer) -> Table {
    let mut header: Vec<&str> = vec!["step", "cost_usd", "keeps_bounds"];
    header.extend(answer.columns.iter().map(String::as_str));
    let mut table = Table::new(&header);
    let Some(upgrade) = &answer.upgrade else { return table };
    let last = upgrade.best.iter().map(|step| (step, true));
    for (i, (step, keeps)) in upgrade.steps.iter().map(|step| (step, false)).chain(last).enumerate()
    {
        let mut cells = vec![(i + 1).to_string(), number(step.cost_usd), keeps.to_string()];
        cells.extend(answer.designs[step.design].labels.iter().cloned());
        table.row(&cells);
    }
    table
}
