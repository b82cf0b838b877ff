//! Numbers as a person reads them: three figures at most, units beside.

/// A fraction as percent: `97 %`, below ten with one decimal: `4.3 %`.
pub fn percent(fraction: f64) -> String {
    format!("{} %", percent_bare(fraction))
}

/// The number of [`percent`] without its sign.
fn percent_bare(fraction: f64) -> String {
    let value = fraction * 100.0;
    let tenths = (value * 10.0).round() / 10.0;
    if tenths == 0.0 || tenths.abs() >= 10.0 || tenths.fract() == 0.0 {
        format!("{:.0}", value.abs().copysign(if tenths == 0.0 { 1.0 } else { value }))
    } else {
        format!("{tenths:.1}")
    }
}

/// A text with a capital letter first.
pub fn capital(text: &str) -> String {
    let mut symbols = text.chars();
    symbols.next().map_or(String::new(), |first| first.to_uppercase().chain(symbols).collect())
}

/// A label as words within a sentence: `A useful GPU-hour` with a small letter; `GET requests` stays.
pub fn within(label: &str) -> String {
    let mut symbols = label.chars();
    let acronym = label.chars().take(2).all(char::is_uppercase);
    match symbols.next() {
        Some(first) if !acronym => first.to_lowercase().chain(symbols).collect(),
        _ => label.to_owned(),
    }
}

/// Two fractions as one range: `97–99 %`, or one value when they read the same.
pub fn percent_range(low: f64, high: f64) -> String {
    let (low, high) = (percent_bare(low), percent_bare(high));
    if low == high { format!("{low} %") } else { format!("{low}–{high} %") }
}

/// Three significant figures, thousands apart: `0.0123`, `4.56`, `12.3`, `1,234`.
pub fn figures(value: f64) -> String {
    let size = value.abs();
    if size >= 99.95 {
        return thousands(value);
    }
    if size == 0.0 {
        return "0".to_owned();
    }
    let mut decimals = 1;
    let mut limit = 9.995;
    while size < limit && decimals < 9 {
        decimals += 1;
        limit /= 10.0;
    }
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number with commas between thousands.
pub fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 && digits != "0" { format!("-{text}") } else { text }
}

/// A duration in the unit that suits it: `850 us`, `12.3 ms`, `4.56 s`.
pub fn seconds(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size == 0.0 => "0 s".to_owned(),
        _ if size < 0.999_5e-6 => format!("{} ns", figures(value * 1e9)),
        _ if size < 0.999_5e-3 => format!("{} us", figures(value * 1e6)),
        _ if size < 0.999_5 => format!("{} ms", figures(value * 1e3)),
        _ => format!("{} s", figures(value)),
    }
}

/// Bytes per second as network people say it: `400 Gb/s`.
pub fn bits_per_s(bytes_per_s: f64) -> String {
    let bits = bytes_per_s * 8.0;
    match bits {
        _ if bits >= 0.999_5e12 => format!("{} Tb/s", figures(bits / 1e12)),
        _ if bits >= 0.999_5e9 => format!("{} Gb/s", figures(bits / 1e9)),
        _ => format!("{} Mb/s", figures(bits / 1e6)),
    }
}

/// Bytes per second, decimal: `12.4 GB/s`.
pub fn bytes_per_s(value: f64) -> String {
    match value {
        _ if value >= 0.999_5e12 => format!("{} TB/s", figures(value / 1e12)),
        _ if value >= 0.999_5e9 => format!("{} GB/s", figures(value / 1e9)),
        _ => format!("{} MB/s", figures(value / 1e6)),
    }
}

/// Bytes, decimal: `38.6 GB`.
pub fn bytes(value: f64) -> String {
    match value {
        _ if value >= 0.999_5e12 => format!("{} TB", figures(value / 1e12)),
        _ if value >= 0.999_5e9 => format!("{} GB", figures(value / 1e9)),
        _ if value >= 0.999_5e6 => format!("{} MB", figures(value / 1e6)),
        _ => format!("{} B", thousands(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_keep_two_figures_or_a_decimal() {
        let said = [0.0, 0.000_1, 0.004, 0.0432, 0.0995, 0.0999, 0.97, 1.0, 0.05].map(percent);
        assert_eq!(said, ["0 %", "0 %", "0.4 %", "4.3 %", "10 %", "10 %", "97 %", "100 %", "5 %"]);
        assert_eq!(percent_range(0.972, 0.991), "97–99 %");
        assert_eq!(percent_range(0.971, 0.974), "97 %");
    }

    #[test]
    fn figures_keep_three() {
        let said = [0.0, 0.012_34, 4.564, 9.999, 12.34, 99.96, 1_234.4, 12_345_678.0].map(figures);
        assert_eq!(said, ["0", "0.0123", "4.56", "10", "12.3", "100", "1,234", "12,345,678"]);
    }

    #[test]
    fn units_change_where_they_read_best() {
        assert_eq!(
            [0.0, 2.5e-7, 8.5e-4, 0.0123, 4.56].map(seconds),
            ["0 s", "250 ns", "850 us", "12.3 ms", "4.56 s"]
        );
        assert_eq!(bits_per_s(50e9), "400 Gb/s");
        assert_eq!(bytes_per_s(12.4e9), "12.4 GB/s");
        assert_eq!([512.0, 8_388_608.0, 38.64e9].map(bytes), ["512 B", "8.39 MB", "38.6 GB"]);
    }
}
