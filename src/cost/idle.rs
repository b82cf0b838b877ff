//! Where GPU time goes and what it costs; what a unit of work costs.

use super::HOURS_PER_YEAR;
use super::build::Build;
use super::capital::Own;
use super::grid::Grid;
use super::sheet::{CellId, Expr, Part};
use crate::model::Tenure;

/// Figures that are shown in another currency too: with `_in_` and its code behind the key.
pub const ABROAD: [&str; 3] = ["total_cost_per_hour", "run_total_cost", "idle_cost_per_year"];

impl Build<'_> {
    /// Useful time, idle time, and idle time by cause. An hour costs what does not depend on use,
    /// spread over all GPUs, and the energy or rent that depends on what the GPU does.
    pub fn idle(&mut self) -> Grid {
        let (gpus, fixed) = (self.cell("gpus"), self.cell("fixed_per_hour"));
        let (u, idle) = (self.cell("useful_share"), self.cell("idle_share"));
        let used = self.cell("variable_per_useful_gpu_hour");
        let resting = self.cell("variable_per_idle_gpu_hour");
        let rent = self.cell("rent_per_held_gpu_hour");
        let part = Part::Idle;
        let useful = u * (fixed + gpus * used);
        let label = "Useful time";
        let useful = self.sheet.set(part, "useful_cost_per_hour", label, "USD/h", useful);
        let columns = [
            ("gpu_hours", "GPU-h"),
            ("share", "1"),
            ("usd_per_hour", "USD/h"),
            ("sunk_usd_per_hour", "USD/h"),
            ("avoidable_usd_per_hour", "USD/h"),
            ("usd_per_run", "USD"),
            ("usd_per_year", "USD/year"),
        ];
        let mut grid =
            Grid::new("idle_by_cause", "Idle time by cause", &["state", "detail"], &columns);
        let (owned, run) = (self.cell("owned_gpu_hours"), self.cell("run_hours"));
        for (i, row) in self.ledger.idle().enumerate() {
            let weight = self.cell(&format!("idle_weight.{}", i + 1));
            let mut of = |unit: &str, formula: Expr| self.sheet.of_table(part, unit, formula);
            let share = of("1", idle * weight);
            let sunk = of("USD/h", share * fixed);
            let held = if row.is_allocated() { 1.0 } else { 0.0 };
            let avoidable = of("USD/h", share * gpus * (resting + rent * held));
            let usd = of("USD/h", sunk + avoidable);
            let cells = [
                of("GPU-h", share * owned),
                share,
                usd,
                sunk,
                avoidable,
                of("USD", usd * run),
                of("USD/year", usd * HOURS_PER_YEAR),
            ];
            grid.row([row.state.clone(), row.detail.clone()], cells.map(Some));
        }
        // By the whole, not by the causes, so that the causes are a check.
        let held = self.cell("held_share");
        let all = idle * (fixed + gpus * resting) + gpus * (held - u) * rent;
        let all = self.sheet.set(part, "idle_cost_per_hour", "Idle time", "USD/h", all);
        let usage = self.cell("usage_per_hour");
        let total = useful + all + usage;
        self.sheet.set(part, "total_cost_per_hour", "Total", "USD/h", total);
        grid
    }

    /// What things cost by the unit.
    pub fn units(&mut self, own: Option<&Own>) {
        let total = self.cell("total_cost_per_hour");
        let idle = self.cell("idle_cost_per_hour");
        let (gpus, run, u) = (self.cell("gpus"), self.cell("run_hours"), self.cell("useful_share"));
        let owned = self.money.tenure == Tenure::Owned;
        let part = Part::Unit;
        let mut set = |key: &str, label: &str, unit: &str, formula: Expr| {
            self.sheet.set(part, key, label, unit, formula)
        };
        set("idle_share_of_cost", "Idle time's share of cost", "1", idle / total);
        let hour = if owned { "An owned GPU-hour" } else { "A GPU-hour, used or not" };
        set("cost_per_owned_gpu_hour", hour, "USD/GPU-h", total / gpus);
        set("cost_per_useful_gpu_hour", "A useful GPU-hour", "USD/GPU-h", total / (gpus * u));
        set("run_total_cost", "The run", "USD", total * run);
        set("run_idle_cost", "Idle time of the run", "USD", idle * run);
        set("total_cost_per_year", "A year", "USD/year", total * HOURS_PER_YEAR);
        set("idle_cost_per_year", "Idle time of a year", "USD/year", idle * HOURS_PER_YEAR);
        if let Some(rate) = self.sheet.find("throughput") {
            let unit = self.ledger.unit.clone();
            let one = total / 3600.0 / rate;
            let singular = unit.trim_end_matches('s').to_string();
            let mut set = |key: String, label: String, unit: String, formula: Expr| {
                self.sheet.set(part, key, label, unit, formula)
            };
            set(
                format!("cost_per_million_{unit}"),
                format!("A million {unit}"),
                format!("USD/1e6 {unit}"),
                one.clone() * 1e6,
            );
            set(
                format!("cost_per_{singular}"),
                format!("A {singular}"),
                format!("USD/{singular}"),
                one,
            );
        }
        self.delay();
        self.carbon(own);
        self.currency();
    }

    /// What the waiting of the run's jobs costs beside the machines: the hours by which it is longer
    /// than it would be without idling while jobs hold GPUs.
    fn delay(&mut self) {
        let (u, held) = (self.cell("useful_share"), self.cell("held_share"));
        let run = self.cell("run_hours");
        let hours = run * (Expr::Number(1.0) - u / held);
        let part = Part::Unit;
        let label = "Run longer than without idling";
        let hours = self.sheet.set(part, "delay_hours", label, "h", hours);
        if let Some(price) = self.given("price.delay") {
            let usd = hours / 24.0 * price;
            self.sheet.set(part, "cost_of_delay", "Cost of that delay", "USD", usd);
        }
    }

    fn carbon(&mut self, own: Option<&Own>) {
        if let (Some(grams), Some(_)) = (self.given("facility.carbon"), own) {
            let run = self.cell("run_hours");
            let meter = self.cell("it_power_mean") * self.given_or("facility.pue", 1.0);
            let part = Part::Unit;
            let energy =
                self.sheet.set(part, "energy_kwh_of_run", "Energy of the run", "kWh", meter * run);
            let label = "Carbon of the run, CO2 equivalent";
            let kg = energy * grams / 1000.0;
            let kg = self.sheet.set(part, "carbon_kg_of_run", label, "kg", kg);
            let each = kg / self.cell("useful_gpu_hours");
            let label = "Carbon of a useful GPU-hour";
            self.sheet.set(part, "carbon_kg_per_useful_gpu_hour", label, "kg/GPU-h", each);
        }
    }

    /// The main figures in another currency.
    fn currency(&mut self) {
        let (Some(code), Some(rate)) = (self.money.currency.clone(), self.given("price.exchange"))
        else {
            return;
        };
        for key in ABROAD {
            let cell = self.cell(key);
            let of = &self.sheet.cells()[cell];
            let (label, unit) = (of.label.clone(), of.unit.replace("USD", &code));
            let key = format!("{key}_in_{}", code.to_lowercase());
            self.sheet.set(Part::Unit, key, format!("{label}, in {code}"), unit, cell * rate);
        }
    }

    /// The sum of cells, as a formula.
    pub fn sum_of(cells: &[CellId]) -> Expr {
        Expr::sum(cells.iter().copied())
    }
}
