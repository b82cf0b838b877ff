//! Formulas as spreadsheets write them.

use crate::cost::{CellId, Expr};

/// How tightly a formula holds together: a sum inside a product needs brackets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sum,
    Product,
    Atom,
}

/// The text of a formula; `refer` says how a cell is named.
pub fn text(formula: &Expr, refer: &dyn Fn(CellId) -> String) -> String {
    let write = |formula: &Expr| text(formula, refer);
    let inside = |formula: &Expr, least: Level| {
        let written = write(formula);
        if level(formula) < least { format!("({written})") } else { written }
    };
    match formula {
        Expr::Number(number) if *number < 0.0 => format!("({number})"),
        Expr::Number(number) => format!("{number}"),
        Expr::Cell(cell) => refer(*cell),
        Expr::Sum(terms) if terms.is_empty() => "0".to_owned(),
        Expr::Sum(terms) if terms.len() == 1 => write(&terms[0]),
        Expr::Sum(terms) if terms.len() <= 3 => {
            terms.iter().map(|term| inside(term, Level::Sum)).collect::<Vec<_>>().join("+")
        }
        Expr::Sum(terms) => {
            format!("SUM({})", terms.iter().map(write).collect::<Vec<_>>().join(","))
        }
        Expr::Difference(a, b) => {
            format!("{}-{}", inside(a, Level::Sum), inside(b, Level::Product))
        }
        Expr::Product(a, b) => {
            format!("{}*{}", inside(a, Level::Product), inside(b, Level::Product))
        }
        Expr::Quotient(a, b) => format!("{}/{}", inside(a, Level::Product), inside(b, Level::Atom)),
        Expr::Power(a, b) => format!("POWER({},{})", write(a), write(b)),
        Expr::Least(a, b) => format!("MIN({},{})", write(a), write(b)),
        Expr::Greatest(a, b) => format!("MAX({},{})", write(a), write(b)),
        Expr::Reached(value, cell) => format!("IF({}>=0,{},NA())", refer(*cell), write(value)),
        Expr::Irr(cells) => {
            // One below the other in a table, so the first and the last say it.
            let end = |cell: Option<&CellId>| cell.map(|cell| refer(*cell)).unwrap_or_default();
            let last = end(cells.last());
            let last = last.rsplit('!').next().unwrap_or(&last);
            format!("IRR({}:{last})", end(cells.first()))
        }
    }
}

fn level(formula: &Expr) -> Level {
    match formula {
        Expr::Sum(terms) if terms.len() == 1 => level(&terms[0]),
        Expr::Sum(terms) if (2..=3).contains(&terms.len()) => Level::Sum,
        Expr::Difference(..) => Level::Sum,
        Expr::Product(..) | Expr::Quotient(..) => Level::Product,
        _ => Level::Atom,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{Part, Sheet};

    #[test]
    fn brackets_stand_where_they_must() {
        let mut sheet = Sheet::default();
        let [a, b, c] = ["a", "b", "c"].map(|key| sheet.input(Part::Cash, key, "", "1", 1.0));
        let refer = |cell: CellId| sheet.cells()[cell].key.clone();
        let said = |formula: Expr| text(&formula, &refer);
        assert_eq!(said(a - (b - c)), "a-(b-c)");
        assert_eq!(said((a - b) - c), "a-b-c");
        assert_eq!(said(a * (b + c) / (b * c)), "a*(b+c)/(b*c)");
        assert_eq!(said(Expr::Number(0.0) - (a + b)), "0-(a+b)");
        assert_eq!(said(Expr::sum([a, b, c, a])), "SUM(a,b,c,a)");
        assert_eq!(said((a + b).power(2.0).at_most(c)), "MIN(POWER(a+b,2),c)");
        assert_eq!(said(Expr::Reached(Box::new(a + b), c)), "IF(c>=0,a+b,NA())");
    }
}
