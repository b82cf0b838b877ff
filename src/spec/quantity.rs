//! Quantities in text, with the units of each kind.

use crate::kernel::time::Span;
use crate::kernel::units::{Bytes, Rate};

/// Why a text is no quantity.
#[derive(Debug)]
pub struct Unreadable {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

fn scaled(text: &str, units: &[(&str, f64)]) -> Result<f64, Unreadable> {
    let split = text.trim().find(|c: char| !(c.is_ascii_digit() || ".,_eE+-".contains(c)));
    let (number, unit) = text.trim().split_at(split.unwrap_or(text.trim().len()));
    let known: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
    let bad = |message: String| Unreadable {
        message,
        help: Some(format!("units: {}", known.join(", "))),
    };
    let value: f64 = number
        .replace([',', '_'], "")
        .parse()
        .map_err(|_| bad(format!("\"{text}\" does not begin with a number")))?;
    if value < 0.0 {
        return Err(bad(format!("\"{text}\" is negative")));
    }
    let unit = unit.trim();
    let factor = units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor);
    let factor = factor.ok_or_else(|| {
        if unit.is_empty() {
            bad(format!("\"{text}\" has no unit"))
        } else {
            bad(format!("\"{unit}\" is not a unit of this quantity"))
        }
    })?;
    Ok(value * factor)
}

const TIMES: &[(&str, f64)] = &[
    ("ps", 1e-12),
    ("ns", 1e-9),
    ("us", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", 60.0),
    ("h", 3_600.0),
    ("d", 86_400.0),
];

/// Bytes.
pub fn bytes(text: &str) -> Result<Bytes, Unreadable> {
    let units = &[
        ("B", 1.0), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("PB", 1e15),
        ("KiB", 1024.0), ("MiB", 1048576.0), ("GiB", 1073741824.0), ("TiB", 1099511627776.0),
        ("PiB", 1125899906842624.0),
    ];
    Ok(Bytes(scaled(text, units)?.round() as u64))
}

/// A data rate.
pub fn rate(text: &str) -> Result<Rate, Unreadable> {
    let units = &[
        ("b/s", 1.0), ("kb/s", 1e3), ("Mb/s", 1e6), ("Gb/s", 1e9), ("Tb/s", 1e12),
        ("B/s", 8.0), ("kB/s", 8e3), ("MB/s", 8e6), ("GB/s", 8e9), ("TB/s", 8e12),
        ("KiB/s", 8192.0), ("MiB/s", 8388608.0), ("GiB/s", 8589934592.0),
    ];
    Ok(Rate(scaled(text, units)?.round() as u64))
}

/// A duration in seconds.
pub fn seconds(text: &str) -> Result<f64, Unreadable> {
    scaled(text, TIMES)
}

/// A duration.
pub fn span(text: &str) -> Result<Span, Unreadable> {
    let s = seconds(text)?;
    if s > 18_446_744.0 {
        return Err(Unreadable {
            message: format!("\"{text}\" is longer than 213 days, the longest time a run can hold"),
            help: None,
        });
    }
    Ok(Span::from_s(s))
}

/// Operations a second.
pub fn per_second(text: &str) -> Result<f64, Unreadable> {
    scaled(text, &[("/s", 1.0), ("k/s", 1e3), ("M/s", 1e6)])
}

/// Signals in fibre travel at c/1.47 (group index 1.468 of standard single-mode fibre at 1,550 nm,
/// Corning SMF-28 data sheet): 4.9 ns a metre, rounded to 5.
const PS_PER_METRE: f64 = 5_000.0;

/// A cable: a delay, or a length in metres or kilometres.
pub fn cable(text: &str) -> Result<Span, Unreadable> {
    let lengths = &[("m", 1.0), ("km", 1e3)];
    match scaled(text, lengths) {
        Ok(metres) if metres <= 40_000e3 => Ok(Span((metres * PS_PER_METRE).round() as u64)),
        Ok(_) => Err(Unreadable {
            message: format!("\"{text}\" is longer than the equator"),
            help: None,
        }),
        Err(_) => span(text).map_err(|why| Unreadable {
            message: why.message,
            help: Some("write a length such as \"30 m\", or a delay such as \"150 ns\"".into()),
        }),
    }
}

/// Floating-point operations a second.
pub fn flops(text: &str) -> Result<f64, Unreadable> {
    scaled(text, &[("GFLOPS", 1e9), ("TFLOPS", 1e12), ("PFLOPS", 1e15)])
}

/// Floating-point operations.
pub fn flop_count(text: &str) -> Result<f64, Unreadable> {
    scaled(text, &[("MFLOP", 1e6), ("GFLOP", 1e9), ("TFLOP", 1e12), ("PFLOP", 1e15)])
}

/// Electric power in watts.
pub fn watts(text: &str) -> Result<f64, Unreadable> {
    scaled(text, &[("W", 1.0), ("kW", 1e3)])
}
