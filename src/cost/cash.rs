//! Cash by month: what leaves the account. Twelve months of operation sum to a year of the comparison.

use super::build::Build;
use super::capital::Own;
use super::grid::Grid;
use super::sheet::{CellId, Expr, Part};

/// Months of a year.
const MONTHS: u32 = 12;

impl Build<'_> {
    /// Months from the order on. Hardware that is ordered is paid for at once and works after its
    /// lead time; until then what jobs need is rented, if renting has a price.
    pub fn months(&mut self, own: Option<&Own>) -> Grid {
        let columns = [
            ("own_capital_usd", "USD"),
            ("own_running_usd", "USD"),
            ("own_rent_until_delivery_usd", "USD"),
            ("own_tax_usd", "USD"),
            ("own_usd", "USD"),
            ("own_cumulative_usd", "USD"),
            ("rent_usd", "USD"),
            ("rent_cumulative_usd", "USD"),
        ];
        let mut grid = Grid::new("cashflow", "Cash flow by month", &["month"], &columns);
        let opex = own.map(|own| match self.sheet.find("own_opex_per_year") {
            Some(cell) => cell,
            None => self.opex(own),
        });
        let rent = self.rent_of_a_year();
        let lead = self.money.input("finance.lead_time").map_or(0.0, |input| input.value);
        let lead = lead.round().clamp(0.0, 120.0) as u32;
        let months = self.term() * MONTHS + lead;
        let mut sums: [Option<CellId>; 2] = [None, None];
        for month in 0..=months {
            let own_cells = own
                .zip(opex)
                .map(|(own, opex)| self.owned(own, (opex, rent), (month, lead, months), sums[0]));
            let rented = rent.map(|rent| self.rented(rent, month, sums[1]));
            sums = [own_cells.map(|cells| cells[5]), rented.map(|cells| cells[1])];
            let mut cells: Vec<Option<CellId>> = match own_cells {
                Some(cells) => cells.map(Some).to_vec(),
                None => vec![None; 6],
            };
            cells.extend(rented.map_or([None, None], |cells| cells.map(Some)));
            grid.row([month.to_string()], cells);
        }
        if let (Some(rent), true) = (rent, lead > 0) {
            let usd = rent * f64::from(lead) / f64::from(MONTHS);
            let label = "Rent until the hardware is delivered";
            self.sheet.set(Part::Tenure, "rent_until_delivery", label, "USD", usd);
        }
        grid
    }

    /// Rent of a year, if renting has a price.
    fn rent_of_a_year(&mut self) -> Option<CellId> {
        if let Some(cell) = self.sheet.find("rent_per_year") {
            return Some(cell);
        }
        let tenure = self.reference()?;
        let rent = self.rent(tenure);
        let label = "Rent of a year";
        Some(self.sheet.set(Part::Tenure, "rent_per_year", label, "USD/year", rent))
    }

    fn owned(
        &mut self,
        own: &Own,
        (opex, rent): (CellId, Option<CellId>),
        (month, lead, last): (u32, u32, u32),
        before: Option<CellId>,
    ) -> [CellId; 6] {
        let tax = self.given("finance.tax");
        let term = f64::from(self.term());
        let works = month > lead;
        let rise = self.rise(month.div_ceil(MONTHS));
        let none = || Expr::Number(0.0);
        let twelfth = |of: Expr| of / f64::from(MONTHS);
        let mut of = |formula: Expr| self.sheet.of_table(Part::Cash, "USD", formula);
        let capital = of(match month {
            0 => Expr::Cell(own.capex),
            _ if month == last => none() - own.residual,
            _ => none(),
        });
        let running = of(if works { twelfth(opex * rise.clone()) } else { none() });
        let meanwhile = of(match rent {
            Some(rent) if month > 0 && !works => twelfth(rent * rise),
            _ => none(),
        });
        // Tax falls by its rate on what is paid and, once the hardware works, written off.
        let written_off = match works {
            true => twelfth((own.capex - own.residual) / term),
            false => none(),
        };
        let shield = of(match tax {
            Some(tax) if month > 0 => none() - (running + meanwhile + written_off) * tax,
            _ => none(),
        });
        let all = of(capital + running + meanwhile + shield);
        let sum = of(before.map_or(Expr::Cell(all), |before| before + all));
        [capital, running, meanwhile, shield, all, sum]
    }

    fn rented(&mut self, rent: CellId, month: u32, before: Option<CellId>) -> [CellId; 2] {
        let rise = self.rise(month.div_ceil(MONTHS));
        let after_tax = Expr::Number(1.0) - self.given_or("finance.tax", 0.0);
        let usd = match month {
            0 => Expr::Number(0.0),
            _ => rent * rise * after_tax / f64::from(MONTHS),
        };
        let usd = self.sheet.of_table(Part::Cash, "USD", usd);
        let sum = before.map_or(Expr::Cell(usd), |before| before + usd);
        [usd, self.sheet.of_table(Part::Cash, "USD", sum)]
    }
}
