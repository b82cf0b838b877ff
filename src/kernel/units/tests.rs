//! Reading, refusing and printing, each way round.

use super::*;
use proptest::prelude::*;
use std::fmt::Debug;

/// What a refusal says, and what it advises.
fn refusal<T: FromStr<Err = UnitError> + Debug>(text: &str) -> (String, String) {
    let error = text.parse::<T>().expect_err(text);
    (error.message, error.help.unwrap_or_default())
}

/// Both parts of the refusal of `text` must hold these words.
fn refused<T: FromStr<Err = UnitError> + Debug>(text: &str, message: &str, help: &str) {
    let (said, advised) = refusal::<T>(text);
    assert!(said.contains(message), "{text}: {said:?} lacks {message:?}");
    assert!(advised.contains(help), "{text}: {advised:?} lacks {help:?}");
}

#[test]
fn sizes_are_read_exactly() {
    for (text, bytes) in [
        ("8 MiB", 8 << 20),
        ("146600628 B", 146_600_628),
        ("1.5 TB", 1_500_000_000_000),
        ("64 KiB", 65_536),
        ("64kB", 64_000),
        (" 0.5 KiB ", 512),
        ("0 GB", 0),
        ("1e3 B", 1_000),
        ("2.5E-3 MB", 2_500),
        ("1.000 B", 1),
        ("18446744073709551615 B", u64::MAX),
        ("0.0009765625 KiB", 1),
        // 5^39 · 10^-39 = 2^-39 of 2^50.
        ("1818989403545856475830078125e-39 PiB", 2_048),
    ] {
        assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
    }
}

#[test]
fn rates_keep_bits_and_bytes_apart() {
    for (text, bits) in [
        ("400 Gb/s", 400_000_000_000),
        ("1.2 GB/s", 9_600_000_000),
        ("3.5 GiB/s", 7 * (8 << 30) / 2),
        ("100 Mb/s", 100_000_000),
        ("0.125 B/s", 1),
    ] {
        assert_eq!(text.parse(), Ok(Rate(bits)), "{text}");
    }
}

#[test]
fn times_are_read_to_the_picosecond() {
    for (text, span) in [
        ("250 us", Span::from_us(250)),
        ("250 \u{b5}s", Span::from_us(250)),
        ("250 \u{3bc}s", Span::from_us(250)),
        ("1.5 ms", Span::from_us(1_500)),
        ("10 s", Span::from_secs(10)),
        ("2 min", Span::from_secs(120)),
        ("3 h", Span::from_secs(10_800)),
        ("1 d", Span::from_secs(86_400)),
        ("12.5 ns", Span(12_500)),
        ("100 ps", Span(100)),
        ("1e3 s", Span::from_secs(1_000)),
    ] {
        assert_eq!(text.parse(), Ok(span), "{text}");
    }
}

#[test]
fn money_and_frequencies_are_read() {
    assert_eq!("2.10 USD/h".parse(), Ok(UsdPerHour(2_100_000_000)));
    assert_eq!("0.000000001 USD".parse(), Ok(Money(1)));
    assert_eq!("120 USD".parse(), Ok(Money(120_000_000_000)));
    assert_eq!("5500 /s".parse(), Ok(PerSecond(5500.0)));
    assert_eq!("0.25 req/s".parse(), Ok(PerSecond(0.25)));
}

#[test]
fn what_is_not_exact_or_too_large_is_refused_by_name() {
    refused::<Bytes>("0.3 B", "\"0.3 B\" is not a whole number of bytes", "");
    refused::<Bytes>("0.0001 KiB", "not a whole number of bytes", "");
    refused::<Bytes>("1e-60 PiB", "not a whole number of bytes", "");
    refused::<Bytes>("18446744073709551616 B", "more than 16 EiB", "");
    refused::<Bytes>("1e30 PiB", "more than 16 EiB", "");
    refused::<Bytes>("1e99 PiB", "more than 16 EiB", "");
    refused::<Bytes>(&format!("{} B", "9".repeat(50)), "too many digits", "");
    refused::<Span>("0.1 ps", "not a whole number of picoseconds", "");
    refused::<Span>("214 d", "longer than 213 days, the longest time a run can hold", "");
    refused::<Rate>("3 EiB/s", "is not a unit of rate", "write one of b/s, kb/s");
    refused::<Money>("0.0000000001 USD", "not a whole number of billionths", "");
    refused::<PerSecond>("1e999 /s", "more often than a run can hold", "");
}

#[test]
fn what_is_not_a_number_is_refused() {
    refused::<Bytes>("", "does not begin with a number", "e.g. \"10 MiB\"");
    refused::<Bytes>("GB", "does not begin with a number", "");
    refused::<Span>("nan s", "does not begin with a number", "");
    refused::<Span>("inf s", "does not begin with a number", "");
    refused::<Span>(". s", "does not begin with a number", "");
    refused::<Span>("-1 s", "a time cannot be negative", "");
    refused::<PerSecond>("-1 /s", "a frequency cannot be negative", "");
    refused::<Money>("-1 USD", "an amount cannot be negative", "");
    refused::<Bytes>("1,000 B", "not a plain number", "write the digits together");
    refused::<Bytes>("1.2.3 B", "not a plain number", "write the digits together");
    refused::<Rate>("400", "\"400\" has no unit", "write a unit, e.g. \"400 Gb/s\"");
    refused::<Bytes>("1e3", "has no unit", "e.g. \"1e3 MiB\"");
}

#[test]
fn misspelt_units_are_refused_with_the_spelling_meant() {
    refused::<Bytes>("8 Mb", "\"Mb\"", "in bytes, not bits: did you mean `8 MB` or `8 MiB`?");
    refused::<Bytes>("8 Kb", "\"Kb\"", "in bytes, not bits: did you mean `8 kB` or `8 KiB`?");
    refused::<Bytes>("8 Mbit", "\"Mbit\"", "in bytes, not bits: did you mean `8 MB`?");
    refused::<Bytes>("64 KB", "not a unit of size", "did you mean `64 kB` or `64 KiB`?");
    refused::<Bytes>("64 mib", "not a unit of size", "did you mean `64 MiB`?");
    refused::<Bytes>("64 bytes", "not a unit of size", "did you mean `64 B`?");
    refused::<Bytes>("64 GB/s", "not a unit of size", "write one of B, kB, KiB");
    refused::<Rate>("400 Gbps", "not a unit of rate", "did you mean `400 Gb/s`?");
    refused::<Rate>("400 Gbit/s", "not a unit of rate", "did you mean `400 Gb/s`?");
    refused::<Rate>("400 GBps", "not a unit of rate", "did you mean `400 GB/s`?");
    refused::<Rate>("400 gbps", "not a unit", "did you mean `400 Gb/s` or `400 GB/s`?");
    refused::<Rate>("400 Gb", "not a unit of rate", "did you mean `400 Gb/s`?");
    refused::<Span>("2 m", "not a unit of time", "did you mean `2 min` or `2 ms`?");
    refused::<Span>("2 hours", "not a unit of time", "did you mean `2 h`?");
    refused::<Span>("2 weeks", "not a unit of time", "write one of ps, ns, us");
    refused::<PerSecond>("90 rps", "not a unit of frequency", "did you mean `90 req/s`?");
    refused::<UsdPerHour>("2.10 USD/hr", "not a unit of price", "did you mean `2.10 USD/h`?");
    refused::<UsdPerHour>("$2.10/h", "begins with a $", "did you mean `2.10 USD/h`?");
    refused::<Money>("5 EUR", "\"5 EUR\" is in EUR; only USD is understood", "convert it");
    refused::<UsdPerHour>("5 EUR/h", "is in EUR; only USD is understood", "convert it");
}

#[test]
fn printing_takes_the_shortest_exact_form() {
    let printed = |bytes| Bytes(bytes).to_string();
    assert_eq!(printed(0), "0 B");
    assert_eq!(printed(8 << 20), "8 MiB");
    assert_eq!(printed(1_500_000_000_000), "1.5 TB");
    assert_eq!(printed(65_536), "64 KiB");
    assert_eq!(printed(146_600_628), "146600628 B");
    assert_eq!(Rate(400_000_000_000).to_string(), "400 Gb/s");
    assert_eq!(Rate(7 * (8 << 30) / 2).to_string(), "3.5 GiB/s");
    for text in ["0 s", "250 us", "1.5 ms", "10 s", "90 s", "2 min", "3 h", "1 d", "12.5 ns"] {
        assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
    }
    assert_eq!(Money(-1_500_000_000).to_string(), "-1.50 USD");
    assert_eq!(UsdPerHour(2_100_000_000).to_string(), "2.10 USD/h");
    assert_eq!(UsdPerHour(23_100_000).to_string(), "0.0231 USD/h");
    assert_eq!(PerSecond(5500.0).to_string(), "5500 /s");
    assert_eq!(format!("[{:>8}]", Span::from_secs(10)), "[    10 s]");
}

#[test]
fn an_hour_costs_its_price() {
    let price = UsdPerHour(2_100_000_000);
    assert_eq!(price.cost(Span::from_secs(3_600)), Money(2_100_000_000));
    assert_eq!(price.times(8).cost(Span::from_secs(1_800)), Money(8_400_000_000));
    assert_eq!(price.for_hours(0.5), Money(1_050_000_000));
    // A third of a billionth rounds down, a half away from zero.
    assert_eq!(UsdPerHour(1).cost(Span::from_secs(1_200)), Money(0));
    assert_eq!(UsdPerHour(1).cost(Span::from_secs(1_800)), Money(1));
    assert_eq!([Money(1), Money(2)].into_iter().sum::<Money>() - Money(5), Money(-2));
}

/// Whole numbers of every size, and the round ones that print in large units.
fn numbers() -> impl Strategy<Value = u64> {
    let round = (0..5_000u64, prop::sample::select(vec![1, 8, 60, 3_600, 1_000, 1 << 10]), 0..5u32);
    prop_oneof![any::<u64>(), round.prop_map(|(n, k, e)| n.saturating_mul(u64::pow(k, e)))]
}

proptest! {
    /// What is printed reads back as the same value, to the last unit.
    #[test]
    fn printing_reads_back(n in numbers(), frequency in 0.0..f64::MAX) {
        prop_assert_eq!(Bytes(n).to_string().parse(), Ok(Bytes(n)));
        prop_assert_eq!(Rate(n).to_string().parse(), Ok(Rate(n)));
        prop_assert_eq!(Span(n).to_string().parse(), Ok(Span(n)));
        prop_assert_eq!(Money(n.into()).to_string().parse(), Ok(Money(n.into())));
        prop_assert_eq!(UsdPerHour(n.into()).to_string().parse(), Ok(UsdPerHour(n.into())));
        prop_assert_eq!(PerSecond(frequency).to_string().parse(), Ok(PerSecond(frequency)));
    }

    /// No text makes a parser panic.
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,12}|[0-9.eE+-]{0,9} ?[a-zA-Zµ/$]{0,6}") {
        let _ = (text.parse::<Bytes>(), text.parse::<Rate>(), text.parse::<Span>());
        let _ = (text.parse::<Money>(), text.parse::<UsdPerHour>(), text.parse::<PerSecond>());
    }
}
