//! Quantities with their units in the type, read from text and printed exactly.

mod decimal;
mod prices;
mod table;

use super::time::Span;
use decimal::{Quantity, with_decimals};
pub use prices::{BILLED_GB, UsdPerGb, UsdPerThousand};
use serde::Serialize;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;
use table::{FREQUENCY, MONEY, NANO, PRICE, RATE, S, SIZE, TIME};

/// Bytes of a mebibyte.
pub const MIB: f64 = 1_048_576.0;

/// Why a text is not the quantity it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnitError {
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that can be told.
    pub help: Option<String>,
}

impl UnitError {
    fn new(message: impl Into<String>) -> UnitError {
        UnitError { message: message.into(), help: None }
    }
    fn help(self, help: impl Into<String>) -> UnitError {
        UnitError { help: Some(help.into()), ..self }
    }
}

/// A number of bytes: "8 MiB", "1.5 TB". Decimal (kB is 1,000) and binary (KiB is 1,024) prefixes
/// both, never bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Bytes(pub u64);

/// A data rate, kept as whole **bits** per second (network cables are sold in bits): "400 Gb/s",
/// "1.2 GB/s", "3.5 GiB/s".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Rate(pub u64);

/// An amount of money in 1e-9 US dollars: "120 USD". A difference may be negative; what is read
/// is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Money(pub i128);

/// A price of time in 1e-9 US dollars per hour: "2.10 USD/h".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct UsdPerHour(pub i128);

/// How many times a second, a finite number and not negative: "5500 /s", "5500 req/s".
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize)]
pub struct PerSecond(pub f64);

/// `value`, which a quantity of at most `u64::MAX` base units has given.
fn narrow(value: u128) -> u64 {
    u64::try_from(value).expect("the quantity's maximum fits")
}

impl Rate {
    /// Bytes a second, for arithmetic that is not integer.
    pub fn bytes_per_s(self) -> f64 {
        self.0 as f64 / 8.0
    }
    /// Bits a second.
    pub fn bits_per_s(self) -> u64 {
        self.0
    }
}

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// US dollars, for people and files.
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / NANO as f64
    }
    /// `n` times as much.
    pub fn times(self, n: u64) -> Money {
        Money(self.0.checked_mul(n.into()).expect("more money than there is"))
    }
}

impl UsdPerHour {
    /// The price of `n` of these together.
    pub fn times(self, n: u64) -> UsdPerHour {
        UsdPerHour(self.0.checked_mul(n.into()).expect("a higher price than there is"))
    }
    /// What `span` costs, to the nearest billionth of a dollar, halves away from zero.
    pub fn cost(self, span: Span) -> Money {
        let hour = 3_600 * S as i128;
        let product = self.0.checked_mul(span.0.into()).expect("more money than there is");
        Money((product + product.signum() * (hour / 2)) / hour)
    }
    /// What `hours` cost (GPU-hours may outlast the 213 days of a span), to the nearest billionth
    /// of a dollar or a part in 2^53.
    pub fn for_hours(self, hours: f64) -> Money {
        Money((self.0 as f64 * hours).round() as i128)
    }
}

impl FromStr for Bytes {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Bytes, UnitError> {
        let parsed = SIZE.parse(text).map(|value| Bytes(narrow(value)));
        parsed.map_err(|error| match &error.help {
            // 8 MB for who wrote 8 Mb may be eight times too much; say which trap it is.
            Some(help) if is_bits(text) => {
                let help = format!("a size is in bytes, not bits: {help}");
                error.help(help)
            }
            _ => error,
        })
    }
}

/// Whether a size seems to be written in bits.
fn is_bits(text: &str) -> bool {
    text.trim_end().ends_with('b') || text.contains("bit")
}

impl FromStr for Rate {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Rate, UnitError> {
        RATE.parse(text).map(|value| Rate(narrow(value)))
    }
}

impl FromStr for Span {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Span, UnitError> {
        TIME.parse(text).map(|value| Span(narrow(value)))
    }
}

/// Reads `text` as `quantity`, saying so where another currency or a leading $ is the trouble.
fn parse_money(quantity: &Quantity, text: &str) -> Result<i128, UnitError> {
    let trimmed = text.trim();
    if let Some(rest) = trimmed.strip_prefix('$') {
        let number = rest.split('/').next().unwrap_or(rest).trim();
        let help = format!("did you mean `{number} {}`?", quantity.example);
        return Err(UnitError::new(format!("\"{text}\" begins with a $")).help(help));
    }
    let (_, name) = quantity.split(text)?;
    let currency = name.split('/').next().unwrap_or(name).trim();
    let is_code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    if (is_code && currency != "USD") || matches!(currency, "€" | "£" | "¥") {
        return Err(UnitError::new(format!("\"{text}\" is in {currency}; only USD is understood"))
            .help("convert it at a rate of your choice, and say which in the source note"));
    }
    let value = quantity.parse(text)?;
    Ok(i128::try_from(value).expect("the quantity's maximum fits"))
}

impl FromStr for Money {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Money, UnitError> {
        parse_money(&MONEY, text).map(Money)
    }
}

impl FromStr for UsdPerHour {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<UsdPerHour, UnitError> {
        parse_money(&PRICE, text).map(UsdPerHour)
    }
}

impl FromStr for PerSecond {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<PerSecond, UnitError> {
        let (number, name) = FREQUENCY.split(text)?;
        FREQUENCY.find(text, number, name)?;
        match number.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(PerSecond(value)),
            _ => Err(UnitError::new(format!("\"{text}\" is {}", FREQUENCY.too_large))),
        }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&SIZE.print(self.0.into()))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&RATE.print(self.0.into()))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Span::ZERO {
            return f.pad("0 s");
        }
        f.pad(&TIME.print(self.0.into()))
    }
}

/// Dollars with at least cents, as many decimals more as are exact.
fn dollars(nano: i128) -> String {
    let (sign, size) = (if nano < 0 { "-" } else { "" }, nano.unsigned_abs());
    format!("{sign}{}", with_decimals(size / NANO, size % NANO, 9, 2))
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} USD", dollars(self.0)))
    }
}

impl fmt::Display for UsdPerHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} USD/h", dollars(self.0)))
    }
}

impl fmt::Display for PerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} /s", self.0))
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0.checked_add(other.0).expect("more money than there is"))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0.checked_sub(other.0).expect("more debt than there is"))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests;
