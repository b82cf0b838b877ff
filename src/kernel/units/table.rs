//! The units of each quantity, and the spellings that are refused with a hint.

use super::decimal::{Quantity, read_only, unit};
use crate::kernel::time::PS_PER_S;

/// 1e-9 US dollars in a dollar.
pub(super) const NANO: u128 = 1_000_000_000;
/// Picoseconds in a second, to multiply with.
pub(super) const S: u128 = PS_PER_S as u128;

/// Bytes.
pub(super) static SIZE: Quantity = Quantity {
    what: "a size",
    units: &[
        unit("B", 1),
        unit("kB", 1_000),
        unit("KiB", 1 << 10),
        unit("MB", 1_000_000),
        unit("MiB", 1 << 20),
        unit("GB", 1_000_000_000),
        unit("GiB", 1 << 30),
        unit("TB", 1_000_000_000_000),
        unit("TiB", 1 << 40),
        unit("PB", 1_000_000_000_000_000),
        unit("PiB", 1 << 50),
    ],
    whole: "bytes",
    max: u64::MAX as u128,
    too_large: "more than 16 EiB, the largest size a run can hold",
    example: "MiB",
    // Sizes are in bytes; who writes bits, or K for either thousand, is asked.
    misspelt: &[
        ("b", &["B"]),
        ("kb", &["kB", "KiB"]),
        ("k", &["kB", "KiB"]),
        ("mb", &["MB", "MiB"]),
        ("m", &["MB", "MiB"]),
        ("gb", &["GB", "GiB"]),
        ("g", &["GB", "GiB"]),
        ("tb", &["TB", "TiB"]),
        ("t", &["TB", "TiB"]),
        ("pb", &["PB", "PiB"]),
        ("p", &["PB", "PiB"]),
    ],
    respell: |name| {
        let name = name.replace("bytes", "B").replace("byte", "B").replace("bits", "B");
        let name = name.replace("bit", "B");
        if name.ends_with(['B', 'b']) { name } else { name + "B" }
    },
};

/// Bits per second.
pub(super) static RATE: Quantity = Quantity {
    what: "a rate",
    // Decimal bytes are only read: rates print in bits, as cables are sold, or in binary bytes
    // where those are shorter.
    units: &[
        unit("b/s", 1),
        unit("kb/s", 1_000),
        unit("Mb/s", 1_000_000),
        unit("Gb/s", 1_000_000_000),
        unit("Tb/s", 1_000_000_000_000),
        read_only("B/s", 8),
        read_only("kB/s", 8_000),
        read_only("MB/s", 8_000_000),
        read_only("GB/s", 8_000_000_000),
        read_only("TB/s", 8_000_000_000_000),
        unit("KiB/s", 8 << 10),
        unit("MiB/s", 8 << 20),
        unit("GiB/s", 8 << 30),
        unit("TiB/s", 8 << 40),
    ],
    whole: "bits per second",
    max: u64::MAX as u128,
    too_large: "more than 18 Eb/s, the fastest a run can hold",
    example: "Gb/s",
    misspelt: &[],
    respell: |name| {
        let name = name.replace("bytes", "B").replace("byte", "B");
        let name = name.replace("bits", "b").replace("bit", "b");
        let bare = ["/second", "/sec", "/s", "ps"].iter().find_map(|end| name.strip_suffix(end));
        format!("{}/s", bare.unwrap_or(&name))
    },
};

/// Picoseconds.
pub(super) static TIME: Quantity = Quantity {
    what: "a time",
    units: &[
        unit("ps", 1),
        unit("ns", 1_000),
        unit("us", 1_000_000),
        // MICRO SIGN and GREEK SMALL LETTER MU look alike and both are typed.
        read_only("\u{b5}s", 1_000_000),
        read_only("\u{3bc}s", 1_000_000),
        unit("ms", 1_000_000_000),
        unit("s", S),
        unit("min", 60 * S),
        unit("h", 3_600 * S),
        unit("d", 86_400 * S),
    ],
    whole: "picoseconds",
    max: u64::MAX as u128,
    too_large: "longer than 213 days, the longest time a run can hold",
    example: "ms",
    misspelt: &[
        ("m", &["min", "ms"]),
        ("usec", &["us"]),
        ("msec", &["ms"]),
        ("sec", &["s"]),
        ("secs", &["s"]),
        ("second", &["s"]),
        ("seconds", &["s"]),
        ("mins", &["min"]),
        ("minute", &["min"]),
        ("minutes", &["min"]),
        ("hr", &["h"]),
        ("hrs", &["h"]),
        ("hour", &["h"]),
        ("hours", &["h"]),
        ("day", &["d"]),
        ("days", &["d"]),
    ],
    respell: str::to_string,
};

/// Billionths of a US dollar.
pub(super) static MONEY: Quantity = Quantity {
    what: "an amount",
    units: &[unit("USD", NANO)],
    whole: "billionths of a dollar",
    max: i128::MAX as u128,
    too_large: "more money than there is",
    example: "USD",
    misspelt: &[("$", &["USD"]), ("US$", &["USD"]), ("dollar", &["USD"]), ("dollars", &["USD"])],
    respell: str::to_string,
};

/// Billionths of a US dollar per hour.
pub(super) static PRICE: Quantity = Quantity {
    what: "a price",
    units: &[unit("USD/h", NANO)],
    too_large: "a higher price than there is",
    example: "USD/h",
    misspelt: &[
        ("$/h", &["USD/h"]),
        ("USD/hr", &["USD/h"]),
        ("USD/hour", &["USD/h"]),
        ("USD per hour", &["USD/h"]),
        ("USD", &["USD/h"]),
        ("$", &["USD/h"]),
    ],
    ..MONEY
};

/// Times per second; its number is read as a float, so only the names matter.
pub(super) static FREQUENCY: Quantity = Quantity {
    what: "a frequency",
    units: &[unit("/s", 1), unit("req/s", 1)],
    whole: "events per second",
    max: u128::MAX,
    too_large: "more often than a run can hold",
    example: "req/s",
    misspelt: &[
        ("rps", &["req/s"]),
        ("qps", &["req/s"]),
        ("iops", &["req/s"]),
        ("ops/s", &["req/s"]),
        ("requests/s", &["req/s"]),
        ("request/s", &["req/s"]),
        ("req/sec", &["req/s"]),
        ("per second", &["/s"]),
        ("1/s", &["/s"]),
        ("/sec", &["/s"]),
        ("Hz", &["/s"]),
    ],
    respell: str::to_string,
};
