//! Quantities in text. The kernel reads sizes, rates and times; the few that only scenarios have
//! are added here.

use crate::kernel::time::Span;
use crate::kernel::units::{Bytes, PerSecond, Rate, UnitError};
pub use crate::model::PS_PER_METRE;

/// The longest cable, half way round the world.
const MAX_METRES: f64 = 20_000_000.0;

/// Bytes.
pub fn bytes(text: &str) -> Result<Bytes, UnitError> {
    text.parse()
}

/// A data rate.
pub fn rate(text: &str) -> Result<Rate, UnitError> {
    text.parse()
}

/// A duration.
pub fn span(text: &str) -> Result<Span, UnitError> {
    text.parse()
}

/// Operations a second.
pub fn per_second(text: &str) -> Result<f64, UnitError> {
    text.parse().map(|PerSecond(value)| value)
}

/// A cable: a delay, or a length in metres or kilometres.
pub fn cable(text: &str) -> Result<Span, UnitError> {
    let metres = match split(text) {
        Some((number, "m")) => number,
        Some((number, "km")) => number * 1e3,
        _ => {
            return span(text).map_err(|error| UnitError {
                help: Some("write a length such as \"30 m\", or a delay such as \"150 ns\"".into()),
                ..error
            });
        }
    };
    if metres > MAX_METRES {
        let message = format!("\"{text}\" is longer than 20,000 km, half way round the world");
        return Err(UnitError { message, help: None });
    }
    Ok(Span((metres * PS_PER_METRE as f64).round() as u64))
}

/// Floating-point operations a second.
pub fn flops(text: &str) -> Result<f64, UnitError> {
    let units = &[("GFLOPS", 1e9), ("TFLOPS", 1e12), ("PFLOPS", 1e15)];
    scaled(text, "a speed", units)
}

/// Floating-point operations.
pub fn flop_count(text: &str) -> Result<f64, UnitError> {
    let units = &[("MFLOP", 1e6), ("GFLOP", 1e9), ("TFLOP", 1e12), ("PFLOP", 1e15)];
    scaled(text, "a number of operations", units)
}

/// Electric power in watts.
pub fn watts(text: &str) -> Result<f64, UnitError> {
    scaled(text, "a power", &[("W", 1.0), ("kW", 1e3), ("MW", 1e6)])
}

fn scaled(text: &str, what: &str, units: &[(&str, f64)]) -> Result<f64, UnitError> {
    let names: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
    let error = |message: String| UnitError {
        message,
        help: Some(format!("write {what} in {}", names.join(", "))),
    };
    let Some((number, unit)) = split(text) else {
        return Err(error(format!("\"{text}\" is not a number and a unit")));
    };
    match units.iter().find(|(name, _)| *name == unit) {
        Some((_, factor)) => Ok(number * factor),
        None if unit.is_empty() => Err(error(format!("\"{text}\" has no unit"))),
        None => Err(error(format!("\"{unit}\" in \"{text}\" is not a unit of {}", &what[2..]))),
    }
}

/// A number that is not negative, and what follows it.
fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok().filter(|n: &f64| n.is_finite())?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cables_are_lengths_or_delays() {
        assert_eq!(cable("30 m").unwrap(), Span::from_ns(150));
        assert_eq!(cable("1.5 km").unwrap(), Span::from_us(7) + Span::from_ns(500));
        assert_eq!(cable("150 ns").unwrap(), Span::from_ns(150));
        assert!(cable("30 feet").is_err());
        assert!(cable("50000 km").is_err());
    }

    #[test]
    fn speeds_and_powers_need_their_units() {
        assert_eq!(flops("989.4 TFLOPS").unwrap(), 989.4e12);
        assert_eq!(watts("10.2 kW").unwrap(), 10_200.0);
        assert!(flops("989.4").unwrap_err().message.contains("no unit"));
        assert!(watts("-5 W").is_err());
    }
}
