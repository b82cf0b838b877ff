//! A sheet of named cells, as in a spreadsheet: inputs, and formulas over cells above them. The cost
//! model is written as one, so that the program, the workbook and the documentation cannot disagree:
//! the program evaluates the formulas, the workbook prints them.

use crate::define_id;
use crate::kernel::id::Table;
use crate::kernel::stats::ExactSum;
use std::collections::BTreeSet;
use std::ops::{Add, Div, Mul, Sub};

define_id!(
    /// A cell of a sheet.
    CellId,
);

/// A formula.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A constant.
    Number(f64),
    /// Another cell.
    Cell(CellId),
    /// The sum of any number of terms, rounded once.
    Sum(Vec<Expr>),
    /// The first less the second.
    Difference(Box<Expr>, Box<Expr>),
    /// The product.
    Product(Box<Expr>, Box<Expr>),
    /// The first over the second.
    Quotient(Box<Expr>, Box<Expr>),
    /// The first to the power of the second.
    Power(Box<Expr>, Box<Expr>),
    /// The smaller.
    Least(Box<Expr>, Box<Expr>),
    /// The larger.
    Greatest(Box<Expr>, Box<Expr>),
    /// The first where the cell is not below zero, else not a number.
    Reached(Box<Expr>, CellId),
    /// The internal rate of return of a series of payments, one a year; none: not a number.
    Irr(Vec<CellId>),
}

impl From<f64> for Expr {
    fn from(number: f64) -> Expr {
        Expr::Number(number)
    }
}

impl From<CellId> for Expr {
    fn from(cell: CellId) -> Expr {
        Expr::Cell(cell)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $made:ident) => {
        impl<R: Into<Expr>> $trait<R> for Expr {
            type Output = Expr;
            fn $method(self, right: R) -> Expr {
                Expr::$made(Box::new(self), Box::new(right.into()))
            }
        }
        impl<R: Into<Expr>> $trait<R> for CellId {
            type Output = Expr;
            fn $method(self, right: R) -> Expr {
                Expr::from(self).$method(right)
            }
        }
    };
}

operator!(Sub, sub, Difference);
operator!(Mul, mul, Product);
operator!(Div, div, Quotient);

impl<R: Into<Expr>> Add<R> for Expr {
    type Output = Expr;
    fn add(self, right: R) -> Expr {
        match self {
            Expr::Sum(mut terms) => {
                terms.push(right.into());
                Expr::Sum(terms)
            }
            other => Expr::Sum(vec![other, right.into()]),
        }
    }
}

impl<R: Into<Expr>> Add<R> for CellId {
    type Output = Expr;
    fn add(self, right: R) -> Expr {
        Expr::from(self) + right
    }
}

impl Expr {
    /// The sum of terms.
    pub fn sum<T: Into<Expr>>(terms: impl IntoIterator<Item = T>) -> Expr {
        Expr::Sum(terms.into_iter().map(Into::into).collect())
    }
    /// To the power of `exponent`.
    pub fn power(self, exponent: impl Into<Expr>) -> Expr {
        Expr::Power(Box::new(self), Box::new(exponent.into()))
    }
    /// At most `other`.
    pub fn at_most(self, other: impl Into<Expr>) -> Expr {
        Expr::Least(Box::new(self), Box::new(other.into()))
    }
    /// At least `other`.
    pub fn at_least(self, other: impl Into<Expr>) -> Expr {
        Expr::Greatest(Box::new(self), Box::new(other.into()))
    }

    fn cells(&self, into: &mut Vec<CellId>) {
        match self {
            Expr::Number(_) => {}
            Expr::Cell(cell) => into.push(*cell),
            Expr::Sum(terms) => terms.iter().for_each(|term| term.cells(into)),
            Expr::Irr(cells) => into.extend(cells),
            Expr::Reached(of, cell) => {
                of.cells(into);
                into.push(*cell);
            }
            Expr::Difference(a, b)
            | Expr::Product(a, b)
            | Expr::Quotient(a, b)
            | Expr::Power(a, b)
            | Expr::Least(a, b)
            | Expr::Greatest(a, b) => {
                a.cells(into);
                b.cells(into);
            }
        }
    }

    fn value(&self, of: &Values) -> f64 {
        match self {
            Expr::Number(number) => *number,
            Expr::Cell(cell) => of[*cell],
            Expr::Sum(terms) => total(terms.iter().map(|term| term.value(of))),
            Expr::Difference(a, b) => a.value(of) - b.value(of),
            Expr::Product(a, b) => a.value(of) * b.value(of),
            Expr::Quotient(a, b) => a.value(of) / b.value(of),
            Expr::Power(a, b) => libm::pow(a.value(of), b.value(of)),
            Expr::Least(a, b) => a.value(of).min(b.value(of)),
            Expr::Greatest(a, b) => a.value(of).max(b.value(of)),
            Expr::Reached(value, cell) if of[*cell] >= 0.0 => value.value(of),
            Expr::Reached(..) => f64::NAN,
            Expr::Irr(cells) => irr(&cells.iter().map(|cell| of[*cell]).collect::<Vec<_>>()),
        }
    }
}

/// A sum rounded once; what is not finite stays so.
fn total(terms: impl Iterator<Item = f64>) -> f64 {
    let terms: Vec<f64> = terms.collect();
    match terms.iter().find(|term| !term.is_finite()) {
        Some(_) => terms.iter().sum(),
        None => terms.into_iter().collect::<ExactSum>().value(),
    }
}

/// The rate at which the payments' present value is nothing, between −99 % and 1,000,000 %, by
/// bisection; not a number if there is none, or if money only comes or only goes.
pub fn irr(payments: &[f64]) -> f64 {
    let present = |rate: f64| {
        // Horner's rule, from the last payment on.
        payments.iter().rev().fold(0.0, |sum, payment| sum / (1.0 + rate) + payment)
    };
    let (mut low, mut high) = (-0.99, 1e4);
    let sign = present(low) > 0.0;
    if payments.iter().any(|p| !p.is_finite()) || sign == (present(high) > 0.0) {
        return f64::NAN;
    }
    // Halving a range of 1e4 leaves neighbours after 80 steps.
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if (present(middle) > 0.0) == sign { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Where a cell belongs in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A number of the scenario's author: a price, a rate.
    Assumption,
    /// A count of the scenario's hardware.
    Count,
    /// A number of the ledger: measured, recorded or simulated.
    Ledger,
    /// Capital, and costs by line.
    Costs,
    /// Where the GPU time goes.
    Idle,
    /// What a unit of work costs.
    Unit,
    /// Buying against renting.
    Tenure,
    /// By month.
    Cash,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its name: `price.node`, `capex`. Empty for a cell of a table, which has none.
    pub key: String,
    /// What it is.
    pub label: String,
    /// Its unit.
    pub unit: String,
    /// Where it belongs.
    pub part: Part,
    /// What it is: a number put in, or a formula.
    pub what: What,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A number.
    Input(f64),
    /// A formula over cells before it.
    Formula(Expr),
}

/// Values of all cells.
pub type Values = Table<CellId, f64>;

/// The sheet: cells in an order in which each comes after all that it uses.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    cells: Table<CellId, Cell>,
}

impl Sheet {
    /// Adds an input.
    pub fn input(
        &mut self,
        part: Part,
        key: impl Into<String>,
        label: impl Into<String>,
        unit: impl Into<String>,
        value: f64,
    ) -> CellId {
        let (key, label, unit) = (key.into(), label.into(), unit.into());
        self.cells.push(Cell { key, label, unit, part, what: What::Input(value) })
    }

    /// Adds a formula.
    pub fn set(
        &mut self,
        part: Part,
        key: impl Into<String>,
        label: impl Into<String>,
        unit: impl Into<String>,
        formula: impl Into<Expr>,
    ) -> CellId {
        let (key, label, unit) = (key.into(), label.into(), unit.into());
        let what = What::Formula(formula.into());
        self.cells.push(Cell { key, label, unit, part, what })
    }

    /// Adds a formula without a name: a cell of a table.
    pub fn of_table(&mut self, part: Part, unit: &str, formula: impl Into<Expr>) -> CellId {
        self.set(part, "", "", unit, formula)
    }

    /// All cells.
    pub fn cells(&self) -> &Table<CellId, Cell> {
        &self.cells
    }

    /// The cell called `key`.
    pub fn find(&self, key: &str) -> Option<CellId> {
        self.cells.iter().find(|(_, cell)| cell.key == key).map(|(id, _)| id)
    }

    /// What a formula makes of the cells before it.
    pub fn uses(&self, cell: CellId) -> Vec<CellId> {
        let mut used = Vec::new();
        if let What::Formula(formula) = &self.cells[cell].what {
            formula.cells(&mut used);
        }
        used
    }

    /// The cells that `targets` come from, themselves included, in order.
    pub fn needed(&self, targets: &[CellId]) -> Vec<CellId> {
        let mut needed: BTreeSet<CellId> = targets.iter().copied().collect();
        for id in self.cells.ids().rev() {
            if needed.contains(&id) {
                needed.extend(self.uses(id));
            }
        }
        needed.into_iter().collect()
    }

    /// Values of all cells, some inputs changed.
    pub fn evaluate(&self, changed: &[(CellId, f64)]) -> Values {
        let all: Vec<CellId> = self.cells.ids().collect();
        self.evaluate_only(&all, changed)
    }

    /// The same, of those cells only (which hold all that they need); the others are 0.
    pub fn evaluate_only(&self, cells: &[CellId], changed: &[(CellId, f64)]) -> Values {
        let mut values: Values = self.cells.ids().map(|_| 0.0).collect();
        for &id in cells {
            values[id] = match &self.cells[id].what {
                What::Input(value) => {
                    changed.iter().find(|(cell, _)| *cell == id).map_or(*value, |(_, new)| *new)
                }
                What::Formula(formula) => formula.value(&values),
            };
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 lent for 110 a year later is 10 %; a bond at par yields its coupon. Bisection ends at
    /// neighbouring floats: 1e-15.
    #[test]
    fn rates_of_return_are_those_of_textbooks() {
        assert!((irr(&[-100.0, 110.0]) - 0.1).abs() < 1e-14);
        assert!((irr(&[-100.0, 5.0, 5.0, 105.0]) - 0.05).abs() < 1e-14);
        assert!(irr(&[100.0, 5.0]).is_nan() && irr(&[-100.0, -5.0]).is_nan());
    }

    #[test]
    fn formulas_use_cells_before_them() {
        let mut sheet = Sheet::default();
        let a = sheet.input(Part::Assumption, "a", "", "1", 3.0);
        let b = sheet.input(Part::Assumption, "b", "", "1", 4.0);
        let c = sheet.set(Part::Costs, "c", "", "1", (a * a + b * b).power(0.5));
        let d = sheet.set(Part::Costs, "d", "", "1", c / 2.0);
        assert_eq!(sheet.evaluate(&[])[c], 5.0);
        assert_eq!(sheet.evaluate(&[(a, 0.0)])[d], 2.0);
        assert_eq!(sheet.needed(&[c]), [a, b, c]);
        assert_eq!(sheet.find("d"), Some(d));
        let debt = sheet.set(Part::Costs, "debt", "", "1", a - b);
        let reached = |end: CellId| Expr::Reached(Box::new(c.into()), end);
        let (yes, no) = (reached(c), reached(debt));
        let [yes, no] = [yes, no].map(|formula| sheet.of_table(Part::Costs, "1", formula));
        let values = sheet.evaluate(&[]);
        assert!(values[yes] == 5.0 && values[no].is_nan());
    }
}
