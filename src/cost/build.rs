//! Building the sheet: what each part adds to.

use super::grid::Grid;
use super::ledger::Ledger;
use super::sheet::{CellId, Expr, Part, Sheet, Values};
use crate::model::{Money, Parts, Scenario};

/// Whether a dollar could have been kept by not using the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Paid or promised whether the machine works or not.
    Sunk,
    /// Paid for the hours, bytes and requests that are used.
    Avoidable,
}

impl Nature {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Nature::Sunk => "sunk",
            Nature::Avoidable => "avoidable",
        }
    }
}

/// A line of the costs of an hour.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its group: `capital`, `energy`.
    pub group: &'static str,
    /// What it is of.
    pub label: String,
    /// Whether it could be avoided.
    pub nature: Nature,
    /// US dollars an hour.
    pub per_hour: CellId,
    /// Of these, for hours in which GPUs idle.
    pub idle_per_hour: CellId,
}

/// The cost model of a scenario and a ledger.
#[derive(Debug, Clone)]
pub struct Costs {
    /// Every cell.
    pub sheet: Sheet,
    /// Cells of the scenario's inputs: (place in [`Money::inputs`], cell).
    pub inputs: Vec<(usize, CellId)>,
    /// Lines of the costs of an hour.
    pub lines: Vec<Line>,
    /// The cost lines as a table.
    pub line_grid: Grid,
    /// Idle time by cause.
    pub idle: Grid,
    /// Tables that not every scenario has, in order.
    pub more: Vec<Grid>,
    /// Years of buying against renting; empty if not both have prices.
    pub years: Grid,
    /// Months.
    pub cash: Grid,
    /// The ways to have the cluster that are compared, and the present value of each.
    pub options: Vec<(&'static str, CellId)>,
    /// Things without a price that would usually have one: left out, and said so.
    pub left_out: Vec<&'static str>,
}

/// Relative error that sums by two ways may have: some hundred roundings.
const ROUNDING: f64 = 1e-12;

impl Costs {
    /// The model of a scenario with this ledger.
    ///
    /// # Panics
    /// If the scenario says nothing of money.
    pub fn new(scenario: &Scenario, ledger: &Ledger) -> Costs {
        let money = scenario.money.as_ref().expect("a scenario with prices");
        let parts = Parts::of(scenario);
        let mut build = Build {
            scenario,
            money,
            parts,
            ledger,
            sheet: Sheet::default(),
            inputs: Vec::new(),
            lines: Vec::new(),
            more: Vec::new(),
            options: Vec::new(),
        };
        build.all()
    }

    /// The cell called `key`.
    ///
    /// # Panics
    /// If there is none.
    pub fn cell(&self, key: &str) -> CellId {
        self.sheet.find(key).unwrap_or_else(|| panic!("no cell is called {key}"))
    }

    /// Values of all cells, some inputs changed.
    ///
    /// # Panics
    /// If money is not conserved: see [`conserved`](Self::conserved).
    pub fn evaluate(&self, changed: &[(CellId, f64)]) -> Values {
        let values = self.sheet.evaluate(changed);
        if let Err(why) = self.conserved(&values) {
            panic!("{why}");
        }
        values
    }

    /// Whether lines sum to the total, idle dollars by cause to the idle dollars of the lines, and
    /// hours to owned hours.
    ///
    /// # Errors
    /// Which of them does not.
    pub fn conserved(&self, values: &Values) -> Result<(), String> {
        let sum = |cells: &mut dyn Iterator<Item = CellId>| -> f64 {
            let sum: crate::kernel::stats::ExactSum = cells.map(|cell| values[cell]).collect();
            sum.value()
        };
        let lines = sum(&mut self.lines.iter().map(|line| line.per_hour));
        let idle_of_lines = sum(&mut self.lines.iter().map(|line| line.idle_per_hour));
        let causes = sum(&mut self.idle.cells("usd_per_hour"));
        let hours = sum(&mut self.idle.cells("gpu_hours"));
        let of = |key: &str| values[self.cell(key)];
        let (total, idle) = (of("total_cost_per_hour"), of("idle_cost_per_hour"));
        let owned = of("owned_gpu_hours");
        let checks = [
            ("lines sum to the total", lines, total, total),
            ("idle dollars by cause sum to idle dollars", causes, idle, total),
            ("idle parts of lines sum to idle dollars", idle_of_lines, idle, total),
            ("hours sum to owned hours", hours + of("useful_gpu_hours"), owned, owned),
        ];
        for (what, found, expected, size) in checks {
            if (found - expected).abs() > ROUNDING * size.abs() {
                return Err(format!("{what}: {found} is not {expected}"));
            }
        }
        Ok(())
    }
}

/// The model while it is built.
pub(super) struct Build<'a> {
    pub scenario: &'a Scenario,
    pub money: &'a Money,
    pub parts: Parts,
    pub ledger: &'a Ledger,
    pub sheet: Sheet,
    pub inputs: Vec<(usize, CellId)>,
    pub lines: Vec<Line>,
    pub more: Vec<Grid>,
    pub options: Vec<(&'static str, CellId)>,
}

impl Build<'_> {
    fn all(&mut self) -> Costs {
        for (i, input) in self.money.inputs.iter().enumerate() {
            let (key, label, unit) = (&input.key, &input.label, &input.unit);
            let cell = self.sheet.input(Part::Assumption, key, label, unit, input.value);
            self.inputs.push((i, cell));
        }
        self.counts();
        self.record();
        let own = self.money.prices_ownership().then(|| self.own());
        self.hourly(own.as_ref());
        let idle = self.idle();
        let line_grid = self.line_grid();
        self.units(own.as_ref());
        self.replicate();
        self.gap();
        self.jobs();
        self.fixes(&idle);
        let years = self.years(own.as_ref());
        let cash = self.months(own.as_ref());
        Costs {
            line_grid,
            idle,
            years,
            cash,
            left_out: self.left_out(),
            sheet: std::mem::take(&mut self.sheet),
            inputs: std::mem::take(&mut self.inputs),
            lines: std::mem::take(&mut self.lines),
            more: std::mem::take(&mut self.more),
            options: std::mem::take(&mut self.options),
        }
    }

    /// The cell of an input, if the scenario gives it.
    pub fn given(&self, key: &str) -> Option<CellId> {
        self.money.input(key)?;
        self.sheet.find(key)
    }

    /// The input, or a number that changes nothing.
    pub fn given_or(&self, key: &str, neutral: f64) -> Expr {
        self.given(key).map_or(Expr::Number(neutral), Expr::Cell)
    }

    /// The cell of an input that the reader has made sure of.
    pub fn need(&self, key: &str) -> CellId {
        self.given(key).unwrap_or_else(|| panic!("the reader asks for {key}"))
    }

    /// A cell made before.
    pub fn cell(&self, key: &str) -> CellId {
        self.sheet.find(key).unwrap_or_else(|| panic!("{key} is not made yet"))
    }

    /// Adds a line of the costs of an hour.
    pub fn line(
        &mut self,
        group: &'static str,
        label: impl Into<String>,
        nature: Nature,
        per_hour: CellId,
        idle: impl Into<Expr>,
    ) {
        let idle_per_hour = self.sheet.of_table(Part::Costs, "USD/h", idle);
        self.lines.push(Line { group, label: label.into(), nature, per_hour, idle_per_hour });
    }

    /// How many of what there is.
    fn counts(&mut self) {
        let mut gpus = Vec::new();
        for (name, nodes, each) in self.parts.groups.clone() {
            let mut count = |what: &str, label: &str, n: u64| {
                let (key, label) = (format!("count.{what}.{name}"), format!("{label} \"{name}\""));
                self.sheet.input(Part::Count, key, label, "1", n as f64)
            };
            let nodes = count("nodes", "Nodes", nodes);
            if each > 0 {
                let each = count("gpus_per_node", "GPUs a node of", each);
                gpus.push(nodes * each);
            }
        }
        let parts = &self.parts;
        for (what, label, n, price, power) in [
            ("nics", "Ports of nodes' network adapters", parts.nics, "price.nic", ""),
            ("switches", "Switches", parts.switches, "price.switch", "facility.switch_power"),
            ("cables", "Cables", parts.cables, "price.cable", ""),
            ("optics", "Transceivers", parts.optics, "price.optic", ""),
            (
                "controllers",
                "Gateways of the store",
                parts.controllers,
                "price.controller",
                "facility.controller_power",
            ),
            (
                "storage_nodes",
                "Storage nodes",
                parts.storage_nodes,
                "price.storage_node",
                "facility.storage_node_power",
            ),
            ("devices", "Drives", parts.devices, "price.device", ""),
        ] {
            // What nobody prices is not counted.
            if self.money.input(price).is_some() || self.money.input(power).is_some() {
                self.sheet.input(Part::Count, format!("count.{what}"), label, "1", n as f64);
            }
        }
        self.sheet.set(Part::Costs, "gpus", "GPUs", "GPU", Expr::Sum(gpus));
    }

    /// What the run did.
    fn record(&mut self) {
        let ledger = self.ledger;
        let mut put = |key: &str, label: &str, unit: &str, value: f64| {
            self.sheet.input(Part::Ledger, key, label, unit, value)
        };
        put("run_hours", "Length of the run", "h", ledger.hours);
        let owned = ledger.owned();
        let share = |hours: f64| if owned > 0.0 { hours / owned } else { 0.0 };
        put("useful_share", "Useful share of GPU time", "1", share(ledger.useful()));
        if let Some(units) = ledger.units {
            let rate = units / (ledger.hours * 3600.0);
            put("throughput", "Throughput", &format!("{}/s", ledger.unit), rate);
        }
        put("gets", "GET requests of the run", "1", ledger.gets);
        put("puts", "PUT requests of the run", "1", ledger.puts);
        put("internet_bytes", "Bytes to the internet in the run", "B", ledger.internet_bytes);
        for moved in &ledger.moved {
            let label = format!("Bytes over {}", moved.link);
            put(&format!("bytes.{}", moved.link), &label, "B", moved.bytes);
        }
        let part = Part::Ledger;
        let (gpus, hours) = (self.cell("gpus"), self.cell("run_hours"));
        let owned = self.sheet.set(part, "owned_gpu_hours", "Owned", "GPU-h", gpus * hours);
        let useful = owned * self.cell("useful_share");
        self.sheet.set(part, "useful_gpu_hours", "Useful", "GPU-h", useful);
    }

    /// Things without a price that would usually have one.
    fn left_out(&self) -> Vec<&'static str> {
        let asked = [
            ("price.installation", "installation", true),
            ("price.staff", "staff", true),
            ("price.licence", "licences", true),
            ("price.software", "software", true),
            ("price.demand", "demand charge", true),
            ("finance.tax", "tax", false),
            ("finance.inflation", "inflation", false),
        ];
        let owned = self.money.prices_ownership();
        let missing = asked
            .iter()
            .filter(|(key, ..)| self.money.input(key).is_none() && !self.money.is_included(key));
        missing.filter(|(.., of_owned)| owned || !of_owned).map(|(_, what, _)| *what).collect()
    }
}
