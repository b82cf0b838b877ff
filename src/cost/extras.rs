//! The production gap in dollars, the bill of each job, the return of each fix.

use super::HOURS_PER_YEAR;
use super::build::Build;
use super::grid::{Grid, is_cause};
use super::ledger::UNALLOCATED;
use super::sheet::{CellId, Expr, Part};

impl Build<'_> {
    /// The production gap: of what an hour costs, the part that buys nothing, cause by cause.
    pub fn gap(&mut self) {
        let Some(gap) = &self.ledger.gap else { return };
        let part = Part::Idle;
        let total = self.cell("total_cost_per_hour");
        let put = |build: &mut Self, key: &str, label: &str, value: f64| {
            build.sheet.input(Part::Ledger, key, label, gap.unit.clone(), value)
        };
        let lab = put(self, "goodput_lab", "Goodput of the laboratory", gap.lab);
        let production = put(self, "goodput_production", "Goodput of production", gap.production);
        let columns = [
            ("share", ""),
            ("alone", ""),
            ("of_gap", "1"),
            ("usd_per_hour", "USD/h"),
            ("usd_per_run", "USD"),
            ("usd_per_year", "USD/year"),
        ];
        let title = "The production gap by cause (Shapley shares)";
        let mut grid = Grid::new("production_gap", title, &["cause"], &columns);
        let whole =
            self.sheet.set(part, "gap", "Production gap", gap.unit.clone(), lab - production);
        let label = "Production gap";
        let usd = total * whole / lab;
        let usd = self.sheet.set(part, "gap_cost_per_hour", label, "USD/h", usd);
        let mut alone_all = Vec::new();
        for cause in &gap.causes {
            let name = &cause.name;
            let label = format!("Shapley share of {name}");
            let share = put(self, &format!("shapley_{name}"), &label, cause.share);
            let label = format!("What {name} costs alone");
            let alone = put(self, &format!("one_at_a_time_{name}"), &label, cause.alone);
            alone_all.push(alone);
            let key = format!("gap_cost_{name}");
            let label = format!("Production gap: {name}");
            let cost = usd * share / whole;
            let cost = self.sheet.set(part, key, label, "USD/h", cost);
            let run = self.cell("run_hours");
            let mut of = |unit: &str, formula: Expr| self.sheet.of_table(part, unit, formula);
            let cells = [
                share,
                alone,
                of("1", share / whole),
                cost,
                of("USD", cost * run),
                of("USD/year", cost * HOURS_PER_YEAR),
            ];
            grid.row([name.clone()], cells.map(Some));
        }
        let rest = whole - Self::sum_of(&alone_all);
        let label = "Interaction: gap less what causes cost alone";
        self.sheet.set(part, "interaction_residual", label, gap.unit.clone(), rest);
        self.more.push(grid);
        if gap.unit.ends_with("/s") {
            let of = gap.unit.trim_end_matches("/s");
            for (which, label, rate) in
                [("ideal", "laboratory", lab), ("actual", "production", production)]
            {
                let key = format!("cost_per_million_{which}");
                let label = format!("A million {of} at the goodput of {label}");
                let usd = total / 3600.0 / rate * 1e6;
                self.sheet.set(Part::Unit, key, label, format!("USD/1e6 {of}"), usd);
            }
        }
    }

    /// The bill of each job. Hours that no job holds stay with the owner of the cluster, at what they
    /// cost: a share of what is paid whatever happens, and idle energy. All else is paid for work, and
    /// goes to jobs by the hours that they hold.
    pub fn jobs(&mut self) {
        if self.ledger.jobs.is_empty() {
            return;
        }
        let columns = [("gpu_hours", "GPU-h"), ("share", "1"), ("usd_per_run", "USD")];
        let title = "Chargeback by job";
        let mut grid = Grid::new("chargeback", title, &["job", "team"], &columns);
        let (run, owned) = (self.cell("run_total_cost"), self.cell("owned_gpu_hours"));
        let (gpus, share) = (self.cell("gpus"), self.cell("held_share"));
        let (fixed, resting) =
            (self.cell("fixed_per_hour"), self.cell("variable_per_idle_gpu_hour"));
        let all_hours = self.sheet.of_table(Part::Unit, "GPU-h", owned * share);
        let nobody = (Expr::Number(1.0) - share) * (fixed + gpus * resting);
        let nobody = self.sheet.of_table(Part::Unit, "USD", nobody * self.cell("run_hours"));
        let an_hour = self.sheet.of_table(
            Part::Unit,
            "USD/GPU-h",
            (run - nobody) / Expr::Cell(all_hours).at_least(1e-12),
        );
        let mut rows = Vec::new();
        for (name, hours) in &self.ledger.jobs {
            let (key, label) = (format!("job_gpu_hours.{name}"), format!("GPU-hours of {name}"));
            let cell = self.sheet.input(Part::Ledger, key, label, "GPU-h", *hours);
            let team = self.money.teams.get(name).cloned().unwrap_or_default();
            rows.push((name.clone(), team, cell));
        }
        for (name, team, hours) in rows {
            let share = self.sheet.of_table(Part::Unit, "1", hours / owned);
            let usd = self.sheet.of_table(Part::Unit, "USD", hours * an_hour);
            grid.row([name, team], [Some(hours), Some(share), Some(usd)]);
        }
        let hours = self.sheet.of_table(Part::Unit, "GPU-h", owned - all_hours);
        let share = self.sheet.of_table(Part::Unit, "1", hours / owned);
        grid.row([UNALLOCATED, ""], [Some(hours), Some(share), Some(nobody)]);
        self.more.push(grid);
    }

    /// What each fix costs against the idle dollars that it removes.
    pub fn fixes(&mut self, idle: &Grid) {
        let columns = [
            ("price_usd", "USD"),
            ("removes_usd_per_year", "USD/year"),
            ("return", "/year"),
            ("payback_years", "years"),
        ];
        let title = "Return of each fix";
        let mut grid = Grid::new("fixes", title, &["fix", "cause"], &columns);
        for fix in self.money.fixes.clone() {
            let a_year = idle.column("usd_per_year");
            let of_state: Vec<CellId> = idle
                .rows
                .iter()
                .filter(|row| is_cause(&row.words, &fix.cause))
                .filter_map(|row| row.cells[a_year])
                .collect();
            let of_gap = self.sheet.find(&format!("gap_cost_{}", fix.cause));
            if of_state.is_empty() && of_gap.is_none() {
                // Nothing idles on it in this run.
                let price = self.given(&fix.price);
                let none = self.sheet.of_table(Part::Unit, "USD/year", Expr::Number(0.0));
                let back = self.sheet.of_table(Part::Unit, "/year", Expr::Number(0.0));
                grid.row([fix.name, fix.cause], [price, Some(none), Some(back), None]);
                continue;
            }
            let idle = match of_gap {
                Some(cell) if of_state.is_empty() => cell * HOURS_PER_YEAR,
                _ => Self::sum_of(&of_state),
            };
            let (Some(price), Some(removes)) = (self.given(&fix.price), self.given(&fix.removes))
            else {
                continue;
            };
            let mut of = |unit: &str, formula: Expr| self.sheet.of_table(Part::Unit, unit, formula);
            let removed = of("USD/year", idle * removes);
            let back = of("/year", removed / price);
            let years = of("years", price / removed);
            let cells = [Some(price), Some(removed), Some(back), Some(years)];
            grid.row([fix.name, fix.cause], cells);
        }
        if !grid.rows.is_empty() {
            self.more.push(grid);
        }
    }
}
