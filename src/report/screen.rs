//! One terminal screen: how busy the GPUs are, where the time goes, which box, what follows.

use super::{Context, health, store};
use crate::kernel::units::MIB;
use crate::study::words::{figures, percent, seconds, thousands};
use crate::study::{Estimate, FaultOutcome, JobOutcome, Outcome, RequestOutcome};

/// Columns of the screen.
pub(super) const COLUMNS: usize = 100;
/// Columns of a full bar.
const BAR: usize = 36;
/// Jobs that are shown with their requests; more would not fit.
const JOBS: usize = 2;
/// Disturbances whose faults are shown.
const FAULTS: usize = 3;
/// Stages that are shown.
const STAGES: usize = 4;

/// Writes lines, coloured or plain.
pub(super) struct Screen {
    pub(super) lines: Vec<String>,
    pub(super) colour: bool,
}

impl Screen {
    pub(super) fn line(&mut self, text: impl Into<String>) {
        self.lines.push(text.into());
    }
    /// `text` in an SGR style such as `1` (bold).
    pub(super) fn style(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
    pub(super) fn heading(&mut self, text: &str) {
        self.line("");
        let text = self.style("1", text);
        self.line(text);
    }
    /// A name, a bar, a share.
    fn bar(&mut self, name: &str, share: f64, code: &str, beside: &str) {
        let bar = self.style(code, &blocks(share));
        let gap = " ".repeat(BAR.saturating_sub(blocks(share).chars().count()));
        let name = fit(name, 28);
        let line = format!("  {name:<28} {bar}{gap} {:>6}  {beside}", percent(share));
        self.line(line.trim_end());
    }
}

/// A bar in eighths of a column.
fn blocks(share: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// The screen of a run, at most 40 lines of 100 columns. Colours are for terminals alone.
pub fn screen(outcome: &Outcome, context: &Context<'_>, colour: bool) -> String {
    let mut screen = Screen { lines: Vec::new(), colour };
    head(&mut screen, outcome, context);
    for job in outcome.jobs.iter().take(JOBS) {
        job_lines(&mut screen, job);
    }
    if outcome.jobs.len() > JOBS {
        screen.line(format!("… and {} more jobs in summary.csv", outcome.jobs.len() - JOBS));
    }
    states(&mut screen, outcome);
    stages(&mut screen, outcome);
    bottleneck(&mut screen, outcome);
    let asked = || outcome.requests.iter().filter(|r| r.issued > 0);
    for requests in asked().take(JOBS) {
        request_line(&mut screen, requests);
    }
    if asked().nth(JOBS).is_some() {
        let others: Vec<String> = asked().skip(JOBS).map(|r| fit(&r.job, 30)).collect();
        let text = format!("            in summary.csv: {}", others.join(", "));
        screen.lines.extend(wrap(&text, "            ").into_iter().take(1));
    }
    super::classes::screen(&mut screen, outcome);
    super::accounts::screen(&mut screen, outcome);
    for fault in outcome.faults.iter().filter(|f| f.faults.mean > 0.0).take(FAULTS) {
        fault_line(&mut screen, fault);
    }
    health::lines(&mut screen, outcome);
    screen.line("");
    let place = store::place(outcome, context);
    screen.line(format!("results  {}", place.display()));
    screen.lines.join("\n") + "\n"
}

fn head(screen: &mut Screen, outcome: &Outcome, context: &Context<'_>) {
    let name = screen.style("1", &fit(&context.scenario.name, 40));
    let runs = match outcome.replicates() {
        1 => "1 replicate".to_owned(),
        n => format!("{n} replicates, ± is a 95 % interval"),
    };
    screen.line(format!(
        "{name}  {} GPUs, {} simulated, seed {}, {runs}",
        thousands(context.scenario.gpus() as f64),
        seconds(outcome.end_s.mean),
        context.scenario.seed
    ));
}

/// `mean ± half-width` in the units of `say`.
fn plus_minus(estimate: &Estimate, say: impl Fn(f64) -> String) -> String {
    let mean = say(estimate.mean);
    estimate.half_width.map_or(mean.clone(), |half| format!("{mean} ± {}", say(half)))
}

fn job_lines(screen: &mut Screen, job: &JobOutcome) {
    let name = fit(&job.name, 30);
    let unfinished = if job.finished < job.steps.n { ", stopped at the horizon" } else { "" };
    screen.heading(&format!("{name}  {} GPUs{unfinished}", thousands(job.gpus as f64)));
    let au = plus_minus(&job.accelerator_utilisation, percent);
    let first = match job.first_batch_s.mean > 0.0 {
        true => plus_minus(&job.first_batch_s, seconds),
        false => "– (none arrived)".to_owned(),
    };
    let (rate, ceiling) = (job.samples_per_s.mean, job.ceiling_samples_per_s.mean);
    let of_ceiling = if ceiling > 0.0 { percent(rate / ceiling) } else { "–".to_owned() };
    let mib = plus_minus(&job.bytes_per_s, |bytes| figures(bytes / MIB));
    screen.line(format!("  accelerator utilisation  {au:<24} first batch after  {first}"));
    screen.line(format!(
        "  samples/s  {}, {of_ceiling} of the ceiling of {}   MiB/s  {mib}",
        plus_minus(&job.samples_per_s, figures),
        figures(ceiling)
    ));
}

fn states(screen: &mut Screen, outcome: &Outcome) {
    let owned = outcome.gpu_seconds_owned.mean;
    if owned <= 0.0 {
        return;
    }
    screen.heading("GPU time");
    for (name, spent) in outcome.gpu_seconds.iter().filter(|(_, spent)| spent.mean > 0.0) {
        let code = match *name {
            "useful" => "32",
            "data_stall" => "33",
            "unallocated" => "2",
            _ => "35",
        };
        let beside = gpu_time(spent.mean, owned);
        screen.bar(&name.replace('_', " "), spent.mean / owned, code, &beside);
    }
}

/// GPU-hours, or GPU-seconds if the `whole` it is a part of is short.
fn gpu_time(gpu_seconds: f64, whole: f64) -> String {
    if whole >= 360.0 {
        format!("{} GPU-h", figures(gpu_seconds / 3600.0))
    } else {
        format!("{} GPU-s", figures(gpu_seconds))
    }
}

fn stages(screen: &mut Screen, outcome: &Outcome) {
    let mut stages: Vec<_> = outcome.lost_by_stage.iter().filter(|s| s.share >= 0.005).collect();
    if stages.is_empty() || outcome.bottleneck.kind == "none" {
        return;
    }
    stages.sort_by(|a, b| b.share.total_cmp(&a.share));
    screen.heading(
        "Time lost to data (stalls, and waiting for stalled ranks), by where the data was",
    );
    for stage in stages.iter().take(STAGES) {
        let beside = gpu_time(stage.gpu_seconds.mean, outcome.gpu_seconds_owned.mean);
        screen.bar(&stage.name.replace('_', " "), stage.share, "33", &beside);
    }
}

fn bottleneck(screen: &mut Screen, outcome: &Outcome) {
    let finding = &outcome.bottleneck;
    screen.line("");
    let mut lines = wrap(&format!("bottleneck  {}", finding.headline), "            ");
    let label = screen.style("1", "bottleneck");
    lines[0] = lines[0].replacen("bottleneck", &label, 1);
    if let Some((name, share)) = &finding.next {
        lines.push(format!("            next: {}, {}", fit(name, 70), percent(*share)));
    }
    let advice = wrap(&format!("advice      {}", finding.advice), "            ");
    screen.lines.extend(lines);
    let label = screen.style("1", "advice");
    let styled = |(i, line): (usize, String)| {
        if i == 0 { line.replacen("advice", &label, 1) } else { line }
    };
    screen.lines.extend(advice.into_iter().enumerate().map(styled));
}

fn fault_line(screen: &mut Screen, fault: &FaultOutcome) {
    let text = format!(
        "faults      {}: {} in a run (targets: {}), down for {} in all, availability {}",
        fit(&fault.disturbance, 20),
        figures(fault.faults.mean),
        thousands(fault.targets as f64),
        seconds(fault.down_s.mean),
        percent(fault.availability.mean)
    );
    screen.lines.extend(wrap(&text, "            "));
}

fn request_line(screen: &mut Screen, requests: &RequestOutcome) {
    let counted = [
        (requests.refused, "× 503"),
        (requests.resets, "resets"),
        (requests.degraded, "degraded reads"),
        (requests.stranded, "waited for failed drives"),
        (requests.policies.timeouts, "time-outs"),
        (requests.policies.hedges, "hedges"),
    ];
    let trouble = counted.iter().filter(|(n, _)| *n > 0);
    let trouble: String =
        trouble.map(|(n, what)| format!("; {} {what}", thousands(*n as f64))).collect();
    let conserved = match requests.failed {
        0 if requests.answered > 0 => String::new(),
        _ => format!(
            "; {} issued = {} answered + {} failed + {} in flight",
            thousands(requests.issued as f64),
            thousands(requests.answered as f64),
            thousands(requests.failed as f64),
            thousands(requests.in_flight_end as f64)
        ),
    };
    let (first, total) = (&requests.first_byte, &requests.total);
    let answers = match requests.answered {
        0 => "none answered".to_owned(),
        _ => format!(
            "{}/s; first byte p50 {}, p99 {}; all bytes p50 {}, p99 {}",
            figures(requests.requests_per_s.mean),
            seconds(first.p50_s),
            seconds(first.p99_s),
            seconds(total.p50_s),
            seconds(total.p99_s)
        ),
    };
    let text = format!("requests    {}: {answers}{trouble}{conserved}", fit(&requests.job, 20));
    screen.lines.extend(wrap(&text, "            "));
}

/// `text`, cut to `columns` with an ellipsis.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    text.chars().take(columns - 1).chain(['…']).collect()
}

/// `text` in lines of at most 100 columns, those after the first indented. Spaces are kept, and a
/// number stays with its unit.
pub(super) fn wrap(text: &str, indent: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in glue(text).split_inclusive(' ') {
        let line = lines.last_mut().expect("there is a first line");
        let columns = line.chars().count() + word.trim_end_matches(' ').chars().count();
        if columns > COLUMNS && !line.trim().is_empty() {
            lines.push(format!("{indent}{word}"));
        } else {
            line.push_str(word);
        }
    }
    lines.into_iter().map(|line| line.trim_end().replace(GLUE, " ")).collect()
}

/// Stands between a number and its unit while lines are broken.
const GLUE: char = '\u{a0}';

/// `text` with its numbers glued to their units.
fn glue(text: &str) -> String {
    const UNITS: [&str; 9] = ["%", "s", "ms", "us", "ns", "Tb/s", "Gb/s", "GB/s", "slots"];
    let mut glued = String::new();
    for word in text.split(' ') {
        let unit = word.trim_end_matches([',', ';', ':', '.', ')']);
        let after_number = glued.ends_with(|symbol: char| symbol.is_ascii_digit());
        if after_number && UNITS.contains(&unit) {
            glued.push(GLUE);
        } else if !glued.is_empty() {
            glued.push(' ');
        }
        glued.push_str(word);
    }
    glued
}
