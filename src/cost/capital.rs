//! Capital: what is bought, and how its price becomes a cost of years.

use super::build::Build;
use super::sheet::{CellId, Expr, Part};
use super::{HOURS_PER_YEAR, power};
use crate::model::Depreciation;

/// The cells of owning the cluster.
pub(super) struct Own {
    /// Purchase price.
    pub capex: CellId,
    /// What is left of it at the end of its life.
    pub residual: CellId,
    /// Depreciation (or annuity) lines: label, US dollars an hour.
    pub capital: Vec<(String, CellId)>,
    /// Running costs that do not depend on use: group, label, US dollars an hour.
    pub running: Vec<(&'static str, String, CellId)>,
    /// Energy of a GPU-hour, computing and idle.
    pub energy: power::Energy,
}

impl Build<'_> {
    /// Owning: capital, running costs, energy.
    pub fn own(&mut self) -> Own {
        let assets = self.assets();
        let part = Part::Costs;
        let network = ["switches", "cables_optics", "cables", "optics", "nics"];
        let of = |keys: &[&str]| -> Vec<CellId> {
            assets.iter().filter(|a| keys.contains(&a.0)).map(|a| a.2).collect()
        };
        let (network, all) = (of(&network), assets.iter().map(|a| a.2));
        let capex = Expr::sum(all);
        let network = self.sheet.set(part, "network_capex", "Network", "USD", Expr::sum(network));
        let capex = self.sheet.set(part, "capex", "Capital", "USD", capex);
        let label = "Network's share of capital";
        self.sheet.set(part, "network_share_of_capex", label, "1", network / capex);
        let residual = capex * self.given_or("finance.salvage", 0.0);
        let label = "Residual value at the end of life";
        let residual = self.sheet.set(part, "residual_value", label, "USD", residual);
        let rate = self.depreciation_rate();
        self.sheet.set(part, "depreciation_per_year", "Depreciation", "USD/year", capex * rate);
        let capital: Vec<(String, CellId)> = assets
            .iter()
            .map(|(_, label, cost)| {
                let per_hour = *cost * rate / HOURS_PER_YEAR;
                (label.clone(), self.sheet.of_table(part, "USD/h", per_hour))
            })
            .collect();
        let sum = Expr::sum(capital.iter().map(|(_, cell)| *cell));
        let label = "Depreciation";
        self.sheet.set(part, "depreciation_per_hour", label, "USD/h", sum);
        let power = self.power();
        let mut own = Own { capex, residual, capital, running: Vec::new(), energy: power };
        self.building(&mut own);
        self.running(&mut own);
        own
    }

    /// What is bought: key, label, cell of its price.
    fn assets(&mut self) -> Vec<(&'static str, String, CellId)> {
        let mut assets = Vec::new();
        let groups = self.parts.groups.clone();
        for (gpus, key, what) in
            [(true, "price.node", "GPU nodes"), (false, "price.cpu_node", "Nodes without GPUs")]
        {
            let of = groups.iter().filter(|group| (group.2 > 0) == gpus);
            let counts: Vec<CellId> =
                of.map(|group| self.cell(&format!("count.nodes.{}", group.0))).collect();
            if let Some(price) = self.given(key).filter(|_| !counts.is_empty()) {
                let name = if gpus { "gpu_nodes" } else { "cpu_nodes" };
                let cost = Expr::sum(counts) * price;
                assets.push((name, what.to_string(), self.capital_cell(name, what, cost)));
            }
        }
        let lump = self.given("price.cables_optics");
        for (name, key, what) in [
            ("nics", "price.nic", "Network adapters"),
            ("switches", "price.switch", "Switches"),
            ("cables", "price.cable", "Cables"),
            ("optics", "price.optic", "Transceivers"),
            ("controllers", "price.controller", "Store gateways"),
            ("storage_nodes", "price.storage_node", "Storage nodes"),
            ("devices", "price.device", "Drives"),
        ] {
            let replaced = lump.is_some() && ["cables", "optics"].contains(&name);
            if let Some(price) = self.given(key).filter(|_| !replaced) {
                let cost = self.cell(&format!("count.{name}")) * price;
                assets.push((name, what.to_string(), self.capital_cell(name, what, cost)));
            }
        }
        for (name, key, what) in [
            ("cables_optics", "price.cables_optics", "Cables and optics"),
            ("installation", "price.installation", "Installation"),
        ] {
            if let Some(price) = self.given(key) {
                let cell = self.capital_cell(name, what, Expr::Cell(price));
                assets.push((name, what.to_string(), cell));
            }
        }
        assets
    }

    fn capital_cell(&mut self, name: &str, label: &str, cost: Expr) -> CellId {
        self.sheet.set(Part::Costs, format!("capex.{name}"), label, "USD", cost)
    }

    /// The part of the price that a year of use costs.
    fn depreciation_rate(&mut self) -> CellId {
        let life = self.need("finance.life");
        let salvage = self.given_or("finance.salvage", 0.0);
        let straight = (Expr::Number(1.0) - salvage.clone()) / life;
        let (formula, label) = match self.money.depreciation {
            Depreciation::StraightLine => (straight, "Straight-line depreciation"),
            Depreciation::Annuity => {
                let discounted = salvage / self.growth().power(life);
                let factor = self.annuity_factor(Expr::Cell(life));
                ((Expr::Number(1.0) - discounted) / factor, "Annuity, interest included")
            }
            Depreciation::DecliningBalance => {
                (self.declining(life, salvage), "Declining-balance depreciation")
            }
        };
        self.sheet.set(Part::Costs, "depreciation_rate", label, "1/year", formula)
    }

    /// 1 + WACC.
    pub fn growth(&self) -> Expr {
        Expr::Number(1.0) + self.need("finance.wacc")
    }

    /// (1 − (1 + r)^−n) / r; n where r is nothing.
    pub fn annuity_factor(&self, years: Expr) -> Expr {
        let wacc = self.money.input("finance.wacc").map_or(0.0, |input| input.value);
        if wacc == 0.0 {
            return years;
        }
        let left = Expr::Number(1.0) / self.growth().power(years);
        (Expr::Number(1.0) - left) / self.need("finance.wacc")
    }

    /// Year by year: the part `factor`/life of what is left, or the straight line over the years
    /// that remain if that is more, down to the salvage.
    fn declining(&mut self, life: CellId, salvage: Expr) -> Expr {
        let part = Part::Costs;
        let mut book = self.sheet.set(part, "", "Book value", "1", 1.0);
        let mut year = 1.0;
        loop {
            let share = book * self.given_or("finance.factor", 2.0) / life;
            let remaining = (Expr::Cell(life) - (year - 1.0)).at_least(1.0);
            let straight = (book - salvage.clone()) / remaining;
            let most = book - salvage.clone();
            let charge = share.at_least(straight).at_most(most);
            let charge = self.sheet.set(part, "", format!("Charge of year {year}"), "1", charge);
            if year >= self.money.year {
                return Expr::Cell(charge);
            }
            book = self.sheet.set(part, "", format!("Book after year {year}"), "1", book - charge);
            year += 1.0;
        }
    }
}
