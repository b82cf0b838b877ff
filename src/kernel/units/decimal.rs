//! Decimal numbers with a unit, read and printed exactly: integers all the way, no floats.

use super::UnitError;
use std::cmp::Reverse;

/// Decimals a printed number may have before a smaller unit is taken.
const DECIMALS: u32 = 3;

/// One unit of a quantity.
pub(super) struct Unit {
    /// As written, case and all.
    pub name: &'static str,
    /// Base units in one.
    pub scale: u128,
    /// Whether values are printed in it, or only read.
    pub prints: bool,
}

/// A unit that is read and printed.
pub(super) const fn unit(name: &'static str, scale: u128) -> Unit {
    Unit { name, scale, prints: true }
}

/// A unit that is only read.
pub(super) const fn read_only(name: &'static str, scale: u128) -> Unit {
    Unit { name, scale, prints: false }
}

/// What there is to know to read and print one kind of quantity.
pub(super) struct Quantity {
    /// Its name with an article, for messages.
    pub what: &'static str,
    /// Its units; the first is the base unit, of scale 1 (but for money).
    pub units: &'static [Unit],
    /// The base units, for messages.
    pub whole: &'static str,
    /// The most base units a value can have.
    pub max: u128,
    /// What a larger value is, for messages.
    pub too_large: &'static str,
    /// A unit to show in examples.
    pub example: &'static str,
    /// Spellings that are not accepted, and what was probably meant.
    pub misspelt: &'static [(&'static str, &'static [&'static str])],
    /// Rewrites a misspelt unit towards one of `units`.
    pub respell: fn(&str) -> String,
}

impl Quantity {
    /// Reads `text` as a whole number of base units.
    pub fn parse(&self, text: &str) -> Result<u128, UnitError> {
        let (number, name) = self.split(text)?;
        let unit = self.find(text, number, name)?;
        let Some(decimal) = Decimal::parse(number) else {
            return Err(UnitError::new(format!("\"{text}\" has too many digits")));
        };
        let too_large = || UnitError::new(format!("\"{text}\" is {}", self.too_large));
        match decimal.times(unit.scale) {
            Ok(value) if value <= self.max => Ok(value),
            Ok(_) | Err(Inexact::TooLarge) => Err(too_large()),
            Err(Inexact::NotWhole) => {
                Err(UnitError::new(format!("\"{text}\" is not a whole number of {}", self.whole)))
            }
        }
    }

    /// Cuts `text` into its number and its unit's name.
    pub fn split<'a>(&self, text: &'a str) -> Result<(&'a str, &'a str), UnitError> {
        let (what, example) = (self.what, self.example);
        let trimmed = text.trim();
        if trimmed.starts_with('-') {
            return Err(UnitError::new(format!("{what} cannot be negative, as \"{text}\" is")));
        }
        let (number, rest) = trimmed.split_at(number_length(trimmed));
        if !number.contains(|c: char| c.is_ascii_digit()) {
            return Err(UnitError::new(format!("\"{text}\" does not begin with a number"))
                .help(format!("write {what} as a number and a unit, e.g. \"10 {example}\"")));
        }
        if rest.starts_with([',', '_', '\'', '.']) {
            return Err(UnitError::new(format!("\"{text}\" is not a plain number and a unit"))
                .help("write the digits together, with at most one point, for decimals"));
        }
        let name = rest.trim_start();
        if name.is_empty() {
            return Err(UnitError::new(format!("\"{text}\" has no unit"))
                .help(format!("write a unit, e.g. \"{number} {example}\"")));
        }
        Ok((number, name))
    }

    /// The unit called `name`.
    pub fn find(&self, text: &str, number: &str, name: &str) -> Result<&'static Unit, UnitError> {
        if let Some(unit) = self.units.iter().find(|unit| unit.name == name) {
            return Ok(unit);
        }
        let meant = self.probably(name);
        let help = if meant.is_empty() {
            let names: Vec<&str> = self.units.iter().map(|unit| unit.name).collect();
            format!("write one of {}", names.join(", "))
        } else {
            let spelt: Vec<String> =
                meant.iter().map(|unit| format!("`{number} {unit}`")).collect();
            format!("did you mean {}?", spelt.join(" or "))
        };
        Err(UnitError::new(format!(
            "\"{name}\" in \"{text}\" is not a unit of {}",
            self.what_bare()
        ))
        .help(help))
    }

    /// Its name without the article.
    fn what_bare(&self) -> &'static str {
        self.what.split_once(' ').map_or(self.what, |(_, bare)| bare)
    }

    /// The units `name` was probably meant as.
    fn probably(&self, name: &str) -> Vec<&'static str> {
        if let Some((_, meant)) = self.misspelt.iter().find(|row| row.0.eq_ignore_ascii_case(name))
        {
            return meant.to_vec();
        }
        let respelt = (self.respell)(name);
        let names = || self.units.iter().map(|unit| unit.name);
        match names().find(|unit| *unit == respelt) {
            Some(unit) => vec![unit],
            None => names().filter(|unit| unit.eq_ignore_ascii_case(&respelt)).collect(),
        }
    }

    /// Prints `value` base units in the unit that takes the fewest characters, at least one of it
    /// and at most three decimals; of equals the largest. Exact: what is printed reads back as
    /// `value`.
    pub fn print(&self, value: u128) -> String {
        let base = &self.units[0];
        let (number, unit) = self
            .units
            .iter()
            .filter(|unit| unit.prints && unit.scale <= value)
            .filter_map(|unit| Some((short(value, unit.scale)?, unit)))
            .min_by_key(|(number, unit)| (number.len(), Reverse(unit.scale)))
            .unwrap_or((value.to_string(), base));
        format!("{number} {}", unit.name)
    }
}

/// `value`/`scale` in decimals, if three are enough.
fn short(value: u128, scale: u128) -> Option<String> {
    let shift = 10u128.pow(DECIMALS);
    let thousandths = value % scale * shift;
    if !thousandths.is_multiple_of(scale) {
        return None;
    }
    Some(with_decimals(value / scale, thousandths / scale, DECIMALS as usize, 0))
}

/// `whole` and `part`/10^`digits`, with as few decimals as are exact, but `least`.
pub(super) fn with_decimals(whole: u128, part: u128, digits: usize, least: usize) -> String {
    let all = format!("{part:0digits$}");
    let needed = all.trim_end_matches('0').len().max(least);
    if needed == 0 { whole.to_string() } else { format!("{whole}.{}", &all[..needed]) }
}

/// How many bytes at the start of `text` are a number: digits, a point, an exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    // An e begins an exponent only before digits: "1 EB" has none.
    if end > 0 && matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        let start = end + 1 + usize::from(signed);
        if start < bytes.len() && digits(start) > start {
            end = digits(start);
        }
    }
    end
}

/// `digits` · 10^`exponent`.
struct Decimal {
    digits: u128,
    exponent: i32,
}

/// Why a decimal is not a whole number of base units.
enum Inexact {
    NotWhole,
    TooLarge,
}

impl Decimal {
    /// Reads what `number_length` found; none if its digits overflow.
    fn parse(number: &str) -> Option<Decimal> {
        let (mantissa, exponent) = match number.find(['e', 'E']) {
            Some(at) => (&number[..at], number[at + 1..].parse::<i32>().ok()?),
            None => (number, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        let mut digits = 0u128;
        for digit in whole.bytes().chain(fraction.bytes()) {
            digits = digits.checked_mul(10)?.checked_add(u128::from(digit - b'0'))?;
        }
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        Some(Decimal { digits, exponent })
    }

    /// This many times `scale`, if that is whole.
    fn times(&self, scale: u128) -> Result<u128, Inexact> {
        if self.digits == 0 {
            return Ok(0);
        }
        if self.exponent >= 0 {
            let power = 10u128.checked_pow(self.exponent.unsigned_abs());
            let value = power.and_then(|power| self.digits.checked_mul(power));
            return value.and_then(|value| value.checked_mul(scale)).ok_or(Inexact::TooLarge);
        }
        // Each division by ten takes its 2 and its 5 from the scale or the digits, whichever has
        // one left; multiplied only then, so that only a result too large overflows.
        let (mut digits, mut scale) = (self.digits, scale);
        for _ in 0..self.exponent.unsigned_abs() {
            for prime in [2, 5] {
                if scale.is_multiple_of(prime) {
                    scale /= prime;
                } else if digits.is_multiple_of(prime) {
                    digits /= prime;
                } else {
                    return Err(Inexact::NotWhole);
                }
            }
        }
        digits.checked_mul(scale).ok_or(Inexact::TooLarge)
    }
}
