//! Prices of bytes carried and of requests, as clouds bill them.

use super::decimal::{Quantity, read_only, unit};
use super::table::{MONEY, NANO};
use super::{Money, UnitError, dollars, parse_money};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Bytes in the gigabyte that S3 bills: 2³⁰ (Amazon S3 FAQs, billing: 1 GB is 1,073,741,824 bytes).
pub const BILLED_GB: u64 = 1 << 30;
const BYTES: i128 = BILLED_GB as i128;
/// Requests that a request price is of.
const REQUESTS: i128 = 1_000;

/// A price of bytes carried, in 1e-9 US dollars per 2³⁰ bytes: "0.02 USD/GB".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct UsdPerGb(pub i128);

/// A price of requests, in 1e-9 US dollars per thousand: "0.0004 USD/1000".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct UsdPerThousand(pub i128);

static PER_GB: Quantity = Quantity {
    what: "a price",
    units: &[unit("USD/GB", NANO), read_only("USD/GiB", NANO)],
    too_large: "a higher price than there is",
    example: "USD/GB",
    misspelt: &[
        ("$/GB", &["USD/GB"]),
        ("USD per GB", &["USD/GB"]),
        ("USD/gb", &["USD/GB"]),
        ("USD/Gb", &["USD/GB"]),
        ("USD", &["USD/GB"]),
        ("$", &["USD/GB"]),
    ],
    ..MONEY
};

static PER_THOUSAND: Quantity = Quantity {
    what: "a price",
    units: &[unit("USD/1000", NANO)],
    too_large: "a higher price than there is",
    example: "USD/1000",
    misspelt: &[
        ("$/1000", &["USD/1000"]),
        ("USD/1,000", &["USD/1000"]),
        ("USD/1k", &["USD/1000"]),
        ("USD/k", &["USD/1000"]),
        ("USD", &["USD/1000"]),
        ("$", &["USD/1000"]),
    ],
    ..MONEY
};

/// `amount` · `price` / `of`, to the nearest billionth of a dollar, halves up.
fn share(price: i128, amount: u64, of: i128) -> Money {
    let product = price.checked_mul(amount.into()).expect("more money than there is");
    Money((product + of / 2).div_euclid(of))
}

impl UsdPerGb {
    /// What `bytes` cost, to the nearest billionth of a dollar.
    pub fn cost(self, bytes: u64) -> Money {
        share(self.0, bytes, BYTES)
    }
}

impl UsdPerThousand {
    /// What `requests` cost, to the nearest billionth of a dollar.
    pub fn cost(self, requests: u64) -> Money {
        share(self.0, requests, REQUESTS)
    }
}

impl FromStr for UsdPerGb {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<UsdPerGb, UnitError> {
        parse_money(&PER_GB, text).map(UsdPerGb)
    }
}

impl FromStr for UsdPerThousand {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<UsdPerThousand, UnitError> {
        parse_money(&PER_THOUSAND, text).map(UsdPerThousand)
    }
}

impl fmt::Display for UsdPerGb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} USD/GB", dollars(self.0)))
    }
}

impl fmt::Display for UsdPerThousand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} USD/1000", dollars(self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gigabyte_is_two_to_the_thirty() {
        let price: UsdPerGb = "0.02 USD/GB".parse().unwrap();
        assert_eq!(price, UsdPerGb(20_000_000));
        assert_eq!(price.cost(1 << 30), Money(20_000_000));
        assert_eq!(price.cost(50 << 30), Money(1_000_000_000));
        assert_eq!("0.02 USD/GiB".parse(), Ok(price));
        assert_eq!(price.to_string(), "0.02 USD/GB");
        assert!("0.02 USD".parse::<UsdPerGb>().unwrap_err().help.unwrap().contains("USD/GB"));
    }

    #[test]
    fn requests_are_billed_by_the_thousand() {
        let price: UsdPerThousand = "0.0004 USD/1000".parse().unwrap();
        assert_eq!(price.cost(1_000), Money(400_000));
        assert_eq!(price.cost(1), Money(400));
        assert_eq!(price.to_string(), "0.0004 USD/1000");
        assert!("0.4 USD/1k".parse::<UsdPerThousand>().is_err());
    }
}
