//! The costs of an hour, line by line: those of owning or renting, of storage, of bytes and requests.

use super::build::{Build, Nature};
use super::capital::Own;
use super::grid::Grid;
use super::sheet::{CellId, Expr, Part};
use super::{HOURS_PER_MONTH, HOURS_PER_YEAR};
use crate::model::Tenure;

impl Build<'_> {
    /// All lines. Of a line that is paid for hours, the idle part is that of the hours; bytes and
    /// requests are paid for work, so none of them is idle.
    pub fn hourly(&mut self, own: Option<&Own>) {
        let idle_share = Expr::Number(1.0) - self.cell("useful_share");
        let label = "Idle share of GPU time";
        let idle_share = self.sheet.set(Part::Costs, "idle_share", label, "1", idle_share);
        let mut fixed = Vec::new();
        let mut time = |build: &mut Self, group, label: &str, cell: CellId| {
            fixed.push(cell);
            build.line(group, label, Nature::Sunk, cell, cell * idle_share);
        };
        match (self.money.tenure, own) {
            (Tenure::Owned, Some(own)) => {
                for (label, cell) in &own.capital {
                    time(self, "capital", label, *cell);
                }
                for (group, label, cell) in &own.running {
                    time(self, group, label, *cell);
                }
            }
            (Tenure::Reserved, _) => {
                let rent = self.cell("gpus") * self.need("price.rent_reserved");
                let label = "GPUs, reserved";
                let rent = self.sheet.set(Part::Costs, "rent_per_hour", label, "USD/h", rent);
                time(self, "rent", label, rent);
            }
            _ => {}
        }
        for (label, cell) in self.stored() {
            time(self, "storage", &label, cell);
        }
        let fixed = Expr::sum(fixed);
        let label = "Costs of an hour that do not depend on use";
        self.sheet.set(Part::Costs, "fixed_per_hour", label, "USD/h", fixed);
        self.used(own);
        let moved = self.moved();
        let label = "Bytes and requests";
        self.sheet.set(Part::Costs, "usage_per_hour", label, "USD/h", Expr::sum(moved));
    }

    /// What is paid for hours that are used: energy of owned GPUs, rent of GPUs that jobs hold.
    fn used(&mut self, own: Option<&Own>) {
        let (u, gpus, idle) =
            (self.cell("useful_share"), self.cell("gpus"), self.cell("idle_share"));
        let part = Part::Costs;
        let none = Expr::Number(0.0);
        let (active, resting) = match (self.money.tenure, own) {
            (Tenure::Owned, Some(own)) => (own.energy.active, own.energy.idle),
            _ => {
                let label = "Energy (in the rent)";
                let key = "energy_in_rent";
                let zero = self.sheet.set(part, key, label, "USD/GPU-h", none.clone());
                (zero, zero)
            }
        };
        if self.money.tenure == Tenure::Owned {
            let label = "Energy, GPU nodes computing";
            let usd = u * gpus * active;
            let cell = self.sheet.set(part, "energy_useful_per_hour", label, "USD/h", usd);
            self.line("energy", "GPU nodes, computing", Nature::Avoidable, cell, none);
            let label = "Energy, GPU nodes idle";
            let usd = idle * gpus * resting;
            let cell = self.sheet.set(part, "energy_of_idle_per_hour", label, "USD/h", usd);
            self.line("energy", "GPU nodes, idle", Nature::Avoidable, cell, cell);
        }
        let rent = match self.money.tenure {
            Tenure::OnDemand => Some(Expr::Cell(self.need("price.rent_on_demand"))),
            Tenure::Spot => Some(self.spot_price()),
            _ => None,
        };
        let label = "Rent of a GPU-hour that a job holds";
        let rented = rent.is_some();
        let rent = rent.unwrap_or(Expr::Number(0.0));
        let rent = self.sheet.set(part, "rent_per_held_gpu_hour", label, "USD/GPU-h", rent);
        self.held_share();
        if rented {
            let held = self.cell("held_share");
            let label = format!("GPUs, {}", self.money.tenure.name());
            let usd = gpus * held * rent;
            let cell = self.sheet.set(part, "rent_per_hour", &label, "USD/h", usd);
            let idle = gpus * (held - u) * rent;
            self.line("rent", label, Nature::Avoidable, cell, idle);
        }
        let label = "Cost of a computing GPU-hour that depends on use";
        self.sheet.set(part, "variable_per_useful_gpu_hour", label, "USD/GPU-h", active + rent);
        let label = "Energy of an idle GPU-hour";
        self.sheet.set(part, "variable_per_idle_gpu_hour", label, "USD/GPU-h", Expr::Cell(resting));
    }

    /// The price of a spot GPU-hour of work that is not lost again: over 1 − interruptions · hours
    /// lost in each.
    pub fn spot_price(&mut self) -> Expr {
        let lost = self.need("finance.spot_interruptions") * self.need("finance.spot_lost");
        let kept = (Expr::Number(1.0) - lost).at_least(0.01);
        Expr::Cell(self.need("price.rent_spot")) / kept
    }

    /// The share of GPU time in which jobs hold GPUs: useful, and the causes of idling that are not
    /// a lack of jobs.
    fn held_share(&mut self) {
        let ledger = self.ledger;
        let idle: f64 = ledger.idle().map(|row| row.gpu_hours).sum();
        for (i, row) in ledger.idle().enumerate() {
            let weight = match idle > 0.0 {
                true => row.gpu_hours / idle,
                false => f64::from(u8::from(i == 0)),
            };
            let of = if row.detail.is_empty() {
                row.state.replace('_', " ")
            } else {
                format!("{}: {}", row.state.replace('_', " "), row.detail)
            };
            let (key, label) =
                (format!("idle_weight.{}", i + 1), format!("Part of idle time: {of}"));
            self.sheet.input(Part::Ledger, key, label, "1", weight);
        }
        let weights: Vec<CellId> = ledger
            .idle()
            .enumerate()
            .filter(|(_, row)| row.is_allocated())
            .map(|(i, _)| self.cell(&format!("idle_weight.{}", i + 1)))
            .collect();
        let held = self.cell("useful_share") + self.cell("idle_share") * Expr::sum(weights);
        self.sheet.set(Part::Costs, "held_share", "Share of GPU time that jobs hold", "1", held);
    }

    /// The lines as a table, with the total last.
    pub fn line_grid(&mut self) -> Grid {
        let columns = [
            ("usd_per_hour", "USD/h"),
            ("usd_per_run", "USD"),
            ("usd_per_year", "USD/year"),
            ("share", "1"),
            ("idle_usd_per_hour", "USD/h"),
        ];
        let words = ["group", "line", "nature"];
        let mut grid = Grid::new("cost_lines", "Costs by line", &words, &columns);
        let (run, total) = (self.cell("run_hours"), self.cell("total_cost_per_hour"));
        for line in self.lines.clone() {
            let cell = line.per_hour;
            let mut of =
                |unit: &str, formula: Expr| self.sheet.of_table(Part::Costs, unit, formula);
            let cells = [
                cell,
                of("USD", cell * run),
                of("USD/year", cell * HOURS_PER_YEAR),
                of("1", cell / total),
                line.idle_per_hour,
            ];
            let words = [line.group.to_string(), line.label, line.nature.name().to_string()];
            grid.row(words, cells.map(Some));
        }
        grid
    }

    /// Object storage: what is stored at each site, in tiers, an hour.
    fn stored(&mut self) -> Vec<(String, CellId)> {
        let Some(tariff) = self.money.storage.clone() else { return Vec::new() };
        let mut lines = Vec::new();
        for (site, place) in self.scenario.places().iter() {
            let held = self.scenario.datasets.iter().filter(|(id, _)| {
                self.scenario.sites.is_empty() || self.scenario.replicas(*id).contains(&site)
            });
            let gib: f64 = held.map(|(id, _)| self.stored_gib(id)).sum();
            if gib == 0.0 {
                continue;
            }
            let (suffix, at) = match place.name.as_str() {
                "" => (String::new(), String::new()),
                name => (format!(".{name}"), format!(" at {name}")),
            };
            let label = format!("Stored{at}");
            let key = format!("stored_gib{suffix}");
            let stored = self.sheet.input(Part::Count, key, &label, "GiB", gib);
            let a_month = self.tiers(&tariff, Expr::Cell(stored));
            let label = format!("Object storage{at}");
            let key = format!("storage_per_month{suffix}");
            let a_month = self.sheet.set(Part::Costs, key, &label, "USD/month", a_month);
            let key = format!("storage_per_hour{suffix}");
            let an_hour = a_month / HOURS_PER_MONTH;
            lines.push((label.clone(), self.sheet.set(Part::Costs, key, label, "USD/h", an_hour)));
        }
        lines
    }
}
