//! Dollars as a person reads them.

use crate::study::words::{figures, thousands};

/// An amount without its unit: `3.34 M`, `128,000`, `1,030`, `3.24`.
pub fn usd(amount: f64) -> String {
    let size = amount.abs();
    match size {
        _ if !amount.is_finite() => "–".to_owned(),
        _ if size >= 999.5e6 => format!("{} bn", figures(amount / 1e9)),
        _ if size >= 999.5e3 => format!("{} M", figures(amount / 1e6)),
        _ if size >= 99.95 => thousands(amount),
        _ => figures(amount),
    }
}

/// A unit's amount in it: dollars as [`usd`], anything else with three figures.
pub fn in_unit(amount: f64, unit: &str) -> String {
    match unit {
        "1" => figures(amount),
        _ if unit.starts_with("USD") => format!("{} {unit}", usd(amount)),
        _ => format!("{} {unit}", figures(amount)),
    }
}

/// A cause of idling (state, detail) in words: of a transfer, what held it is enough.
pub fn cause(words: &[String]) -> String {
    let said = words.join(": ").replace('_', " ").replace("transfer: ", "");
    said.replace(": for ", " for ").trim_end_matches(": ").to_owned()
}

/// A cause in at most so many columns, its middle left out: what held it stands at its end.
pub fn shortened(text: &str, columns: usize) -> String {
    let symbols: Vec<char> = text.chars().collect();
    if symbols.len() <= columns {
        return text.to_owned();
    }
    let (head, tail) = (columns / 3, columns - columns / 3 - 1);
    symbols[..head].iter().chain(&['…']).chain(&symbols[symbols.len() - tail..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_read_as_people_say_them() {
        let said = [3.244_7, 1_029.99, 127_963.1, 3_336_181.8, -2.5e9, f64::NAN].map(usd);
        assert_eq!(said, ["3.24", "1,030", "127,963", "3.34 M", "-2.5 bn", "–"]);
    }
}
