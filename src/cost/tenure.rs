//! Buying against renting, year by year. Capital is paid at once, everything else at the end of its
//! year; depreciation is no payment and stays out, but for the tax that it saves.

use super::HOURS_PER_YEAR;
use super::build::Build;
use super::capital::Own;
use super::grid::Grid;
use super::sheet::{CellId, Expr, Part};
use crate::model::Tenure;

impl Build<'_> {
    /// Years that are compared: the term, else the life, in whole years.
    pub fn term(&self) -> u32 {
        let life = self.money.input("finance.life").map_or(1.0, |input| input.value);
        self.money.term.unwrap_or_else(|| (life.ceil() as u32).clamp(1, 40))
    }

    /// The rent that buying is compared with: on demand, else reserved, else spot.
    pub fn reference(&self) -> Option<Tenure> {
        [Tenure::OnDemand, Tenure::Reserved, Tenure::Spot]
            .into_iter()
            .find(|tenure| tenure.rent_key().is_some_and(|key| self.given(key).is_some()))
    }

    /// Rent of a year on these terms.
    pub fn rent(&mut self, tenure: Tenure) -> Expr {
        let year = self.cell("gpus") * HOURS_PER_YEAR;
        let held = self.cell("held_share");
        match tenure {
            Tenure::Reserved => year * self.need("price.rent_reserved"),
            Tenure::Spot => year * held * self.spot_price(),
            _ => year * held * self.need("price.rent_on_demand"),
        }
    }

    /// The comparison; an empty table if not both have prices.
    pub fn years(&mut self, own: Option<&Own>) -> Grid {
        let columns = [
            ("own_capital_usd", "USD"),
            ("own_running_usd", "USD"),
            ("own_tax_usd", "USD"),
            ("own_usd", "USD"),
            ("rent_usd", "USD"),
            ("saving_usd", "USD"),
            ("discount_factor", "1"),
            ("own_discounted_usd", "USD"),
            ("rent_discounted_usd", "USD"),
            ("saving_cumulative_usd", "USD"),
            ("saving_discounted_cumulative_usd", "USD"),
        ];
        let title = "Buying against renting, by year";
        let mut grid = Grid::new("buy_vs_rent", title, &["year"], &columns);
        let (Some(own), Some(reference)) = (own, self.reference()) else { return grid };
        if self.given("finance.wacc").is_none() {
            return grid;
        }
        let part = Part::Tenure;
        let opex = self.opex(own);
        let rent = self.rent(reference);
        let rent = self.sheet.set(part, "rent_per_year", "Rent of a year", "USD/year", rent);
        let mut before: Option<(CellId, CellId)> = None;
        for year in 0..=self.term() {
            let row = self.year(own, year, (opex, rent), before);
            before = Some((row[9], row[10]));
            grid.row([year.to_string()], row.map(Some));
        }
        self.conclude(own, reference, &grid);
        grid
    }

    /// Running costs of a year of owning: all lines but capital, and energy as the run had it.
    pub fn opex(&mut self, own: &Own) -> CellId {
        let (u, gpus, idle) =
            (self.cell("useful_share"), self.cell("gpus"), self.cell("idle_share"));
        let running = Expr::sum(own.running.iter().map(|(_, _, cell)| *cell));
        let energy = gpus * (u * own.energy.active + idle * own.energy.idle);
        let opex = (running + energy) * HOURS_PER_YEAR;
        let label = "Running costs of owning, first year";
        self.sheet.set(Part::Tenure, "own_opex_per_year", label, "USD/year", opex)
    }

    /// A year's row.
    fn year(
        &mut self,
        own: &Own,
        year: u32,
        (opex, rent): (CellId, CellId),
        before: Option<(CellId, CellId)>,
    ) -> [CellId; 11] {
        let tax = self.given("finance.tax");
        let last = year == self.term();
        let growth = self.growth();
        let rise = self.rise(year);
        let mut of = |unit: &str, formula: Expr| self.sheet.of_table(Part::Tenure, unit, formula);
        let none = || Expr::Number(0.0);
        let capital = of(
            "USD",
            match year {
                0 => Expr::Cell(own.capex),
                _ if last => none() - own.residual,
                _ => none(),
            },
        );
        let running = of("USD", if year == 0 { none() } else { opex * rise.clone() });
        // What is written off in equal parts, and the running costs, are taken from profit.
        let shield = match tax {
            Some(tax) if year > 0 => {
                let written_off = (own.capex - own.residual) / f64::from(self.term());
                none() - (running + written_off) * tax
            }
            _ => none(),
        };
        let mut of = |unit: &str, formula: Expr| self.sheet.of_table(Part::Tenure, unit, formula);
        let shield = of("USD", shield);
        let all = of("USD", capital + running + shield);
        let after_tax = tax.map_or(Expr::Number(1.0), |tax| Expr::Number(1.0) - tax);
        let rent = of("USD", if year == 0 { none() } else { rent * rise * after_tax });
        let saving = of("USD", rent - all);
        let factor = of("1", Expr::Number(1.0) / growth.power(f64::from(year)));
        let (own_now, rent_now) = (of("USD", all * factor), of("USD", rent * factor));
        // Payback leaves what the hardware fetches at its end out.
        let resale = if last { Expr::Cell(own.residual) } else { none() };
        let kept = saving - resale;
        let (sum, discounted) = match before {
            None => (kept.clone(), kept * factor),
            Some((sum, discounted)) => (sum + kept.clone(), discounted + kept * factor),
        };
        let (sum, discounted) = (of("USD", sum), of("USD", discounted));
        [capital, running, shield, all, rent, saving, factor, own_now, rent_now, sum, discounted]
    }

    /// How running costs and rents have risen by a year.
    pub fn rise(&self, year: u32) -> Expr {
        let years = f64::from(year.saturating_sub(1));
        match self.given("finance.inflation") {
            Some(rate) => (Expr::Number(1.0) + rate).power(years),
            None => Expr::Number(1.0),
        }
    }

    fn conclude(&mut self, own: &Own, reference: Tenure, grid: &Grid) {
        let column = |key: &str| -> Vec<CellId> { grid.cells(key).collect() };
        let (own_now, rent_now) = (column("own_discounted_usd"), column("rent_discounted_usd"));
        let term = f64::from(self.term());
        let factor = self.annuity_factor(Expr::Number(term));
        let growth = self.growth();
        let a = self.put("annuity_factor", "Annuity factor", "years", factor);
        self.put(
            "capital_recovery_factor",
            "Capital recovery factor",
            "/year",
            Expr::Number(1.0) / a,
        );
        let buy = self.put("npv_cost_own", "Buying, present value", "USD", Self::sum_of(&own_now));
        let rented = Self::sum_of(&rent_now);
        let rented = self.put("npv_cost_rent", "Renting, present value", "USD", rented);
        self.put("npv_advantage_own", "Buying saves, present value", "USD", rented - buy);
        let eac = self.put("equivalent_annual_cost_own", "Buying, a year", "USD/year", buy / a);
        let rent =
            self.put("equivalent_annual_cost_rent", "Renting, a year", "USD/year", rented / a);
        let (gpus, held) = (self.cell("gpus"), self.cell("held_share"));
        let year = gpus * HOURS_PER_YEAR;
        let label = "Buying, an owned GPU-hour";
        self.put("own_cost_per_owned_gpu_hour", label, "USD/GPU-h", eac / year.clone());
        let label = "Buying, a GPU-hour that jobs hold";
        self.put("own_cost_per_used_gpu_hour", label, "USD/GPU-h", eac / (year * held));
        self.break_even(own, reference, (eac, rent));
        let saving = column("saving_usd");
        let label = "Buying saves in the first year";
        self.put("saving_per_year", label, "USD/year", Expr::Cell(saving[1.min(saving.len() - 1)]));
        let payback = self.payback(&column("saving_cumulative_usd"));
        self.put("simple_payback", "Payback", "years", payback);
        let payback = self.payback(&column("saving_discounted_cumulative_usd"));
        self.put("discounted_payback", "Payback, discounted", "years", payback);
        let label = "Return of buying instead of renting (IRR)";
        self.put("irr_buy_vs_rent", label, "/year", Expr::Irr(saving));
        self.options.push(("own", buy));
        self.options.push((reference.name(), rented));
        self.others(reference, growth);
    }

    /// The utilisation and the rent at which buying and renting cost the same. Of owning, only the
    /// energy of held GPUs beyond that of idle ones depends on utilisation.
    fn break_even(&mut self, own: &Own, reference: Tenure, (eac, rent): (CellId, CellId)) {
        let (held, gpus, u) =
            (self.cell("held_share"), self.cell("gpus"), self.cell("useful_share"));
        let extra = gpus * u * (own.energy.active - own.energy.idle) * HOURS_PER_YEAR;
        let first = self.cell("rent_per_year");
        // Both rise alike over the term, and tax takes the same part of both.
        let label = "Of this, energy that depends on use";
        let extra = self.put("energy_with_use_per_year", label, "USD/year", extra * rent / first);
        if reference == Tenure::Reserved {
            return;
        }
        let even = held * (eac - extra) / (rent - extra);
        let key = format!("breakeven_utilisation_vs_{}", reference.name().replace('-', "_"));
        self.put(&key, "Share of hours held from which buying is cheaper", "1", even);
        let price = self.need(reference.rent_key().expect("it is rented"));
        let label = "Rent at which both cost the same";
        self.put("breakeven_rent_price_at_u", label, "USD/GPU-h", price * eac / rent);
    }

    /// Years until a running sum is no longer below zero, straight within a year; not a number if it
    /// ends below.
    fn payback(&mut self, sums: &[CellId]) -> Expr {
        let parts: Vec<CellId> = sums
            .windows(2)
            .map(|pair| {
                let part = (Expr::Number(0.0) - pair[0]) / (pair[1] - pair[0]).at_least(1e-9);
                let part = part.at_least(0.0).at_most(1.0);
                self.sheet.of_table(Part::Tenure, "years", part)
            })
            .collect();
        let last = *sums.last().expect("a term has years");
        Expr::Reached(Box::new(Self::sum_of(&parts)), last)
    }

    /// The other ways to rent.
    fn others(&mut self, reference: Tenure, growth: Expr) {
        let held = self.cell("held_share");
        let rises: Vec<Expr> = (1..=self.term())
            .map(|year| self.rise(year) / growth.clone().power(f64::from(year)))
            .collect();
        let after_tax = Expr::Number(1.0) - self.given_or("finance.tax", 0.0);
        let worth = self.put(
            "rent_now",
            "A dollar of rent a year, present value",
            "years",
            Expr::Sum(rises) * after_tax,
        );
        for tenure in [Tenure::Reserved, Tenure::Spot] {
            let key = tenure.rent_key().expect("it is rented");
            if tenure == reference || self.given(key).is_none() {
                continue;
            }
            let name = tenure.name();
            let a_year = self.rent(tenure);
            let label = format!("Renting {name}, a year");
            let a_year = self.put(&format!("{name}_per_year"), &label, "USD/year", a_year);
            let label = format!("Renting {name}, present value");
            let now = self.put(&format!("npv_cost_{name}"), &label, "USD", a_year * worth);
            self.options.push((name, now));
            let used = a_year / (self.cell("gpus") * HOURS_PER_YEAR * held);
            let label = format!("Renting {name}, a GPU-hour that jobs hold");
            self.put(&format!("{name}_cost_per_used_gpu_hour"), &label, "USD/GPU-h", used);
        }
        if let (Some(reserved), Some(on_demand)) =
            (self.given("price.rent_reserved"), self.given("price.rent_on_demand"))
        {
            let label = "Share of hours held from which reserved is cheaper than on demand";
            let key = "breakeven_utilisation_reserved_vs_on_demand";
            self.put(key, label, "1", reserved / on_demand);
        }
    }

    fn put(&mut self, key: &str, label: &str, unit: &str, formula: Expr) -> CellId {
        self.sheet.set(Part::Tenure, key, label, unit, formula)
    }
}
