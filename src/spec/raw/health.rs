//! Keys of the health log. Defaults here are those of `model::Health`; a test compares them.

use crate::spec::fields::{Field, Kind, Section};

const SHARE: Kind = Kind::Number { low: 0.0, high: 1.0, closed: true };

const fn window(default: &'static str, doc: &'static str) -> Field {
    Field::new("window", Kind::Span(false), doc).or(default)
}

const fn hold(default: &'static str) -> Field {
    Field::new("for", Kind::Span(true), "Fires when it has held so long at every evaluation.")
        .or(default)
}

const fn least(default: &'static str, doc: &'static str) -> Field {
    Field::new("least", Kind::Count(1, 1_000_000_000), doc).or(default)
}

const fn rule(title: &'static str, doc: &'static str, fields: &'static [Field]) -> Section {
    Section { title, doc, preset: None, choice: None, fields }
}

const fn table(key: &'static str, section: &'static Section) -> Field {
    Field::new(key, Kind::Table(section), section.doc).or("{}")
}

/// `[health]`.
pub static HEALTH: Section = Section {
    title: "[health]",
    doc: "The run's own health log: what a monitor would have alerted on.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("on", Kind::Flag, "Whether it is kept.").or("true"),
        Field::new("interval", Kind::Span(false), "Time between evaluations of the rules.")
            .or("\"1 s\""),
        Field::new("silence", Kind::Names, "Rules that never fire, such as [\"queue\"].").or("[]"),
        table("utilisation", &UTILISATION),
        table("first_byte", &FIRST_BYTE),
        table("retries", &RETRIES),
        table("errors", &ERRORS),
        table("queue", &QUEUE),
        table("down", &DOWN),
        table("data_stall", &DATA_STALL),
        table("cache_hits", &CACHE_HITS),
    ],
};

static UTILISATION: Section = rule(
    "[health.utilisation]",
    "A cable, adapter, device, CPU or cache is used to more than a share of what it can move.",
    &[Field::new("over", SHARE, "Share of its rate.").or("0.9"), hold("\"10 s\"")],
);

// "consistent small object latencies (and first-byte-out latencies for larger objects) of roughly
// 100–200 milliseconds": Amazon S3 User Guide, "Best practices design patterns: optimizing Amazon
// S3 performance". A promise of no percentile; its upper end is taken as the target of p99.
static FIRST_BYTE: Section = rule(
    "[health.first_byte]",
    "The 99 % quantile of the time to the first byte, of a job's requests answered in a window, is \
     over a target.",
    &[
        Field::new("target", Kind::Span(false), "The target.").or("\"200 ms\""),
        window("\"10 s\"", "Requests answered within so long are looked at."),
        hold("\"0 s\""),
        least("100", "Fewer answers in the window say nothing about their slowest hundredth."),
    ],
);

static RETRIES: Section = rule(
    "[health.retries]",
    "Of a job's attempts in a window, the share that must be made again (503, reset, time-out) is a \
     multiple of that in the window before.",
    &[
        Field::new(
            "rise",
            Kind::Number { low: 1.0, high: 1e6, closed: true },
            "How many times the share of the window before.",
        )
        .or("2"),
        window("\"5 s\"", "Length of each of the two windows."),
        hold("\"0 s\""),
        least("10", "Fewer retries in the window say nothing."),
    ],
);

// 5xxErrors over 0.05: "We recommend setting the threshold to detect if more than 5% of total
// requests are getting 5XXError" (Amazon CloudWatch User Guide, "Recommended alarms", Amazon S3).
// The window is shorter than that alarm's 15 minutes, which no run of seconds would reach.
static ERRORS: Section = rule(
    "[health.errors]",
    "Of a job's attempts in a window, the share that failed (503, reset, time-out) is over a limit.",
    &[
        Field::new("over", SHARE, "Share of attempts.").or("0.05"),
        window("\"10 s\"", "Attempts that ended within so long are looked at."),
        hold("\"0 s\""),
        least("10", "Fewer failures in the window say nothing."),
    ],
);

// With as many waiting as are served, a newcomer waits for about one whole service.
static QUEUE: Section = rule(
    "[health.queue]",
    "More requests wait at a controller than a multiple of its slots.",
    &[
        Field::new(
            "over",
            Kind::Number { low: 0.0, high: 1e6, closed: true },
            "Waiting requests per slot, mean over an interval.",
        )
        .or("1"),
        hold("\"5 s\""),
    ],
);

static DOWN: Section = rule(
    "[health.down]",
    "A box, cable or site is down, for most of an interval.",
    &[hold("\"1 s\"")],
);

// 10 %: MLPerf Storage asks for an accelerator utilisation of 90 % (3D U-Net, ResNet-50). The window
// bridges steps; with the hold, the stall before the first batch does not fire if it is short.
static DATA_STALL: Section = rule(
    "[health.data_stall]",
    "A share of a job's accelerators waits for data.",
    &[
        Field::new("over", SHARE, "Share of its accelerators, mean over the window.").or("0.1"),
        window("\"5 s\"", "The share is averaged over so long."),
        hold("\"10 s\""),
    ],
);

static CACHE_HITS: Section = rule(
    "[health.cache_hits]",
    "The share of look-ups that a cache answers is lower than in the window before.",
    &[
        Field::new("drop", SHARE, "By how much it fell.").or("0.2"),
        window("\"10 s\"", "Length of each of the two windows."),
        hold("\"0 s\""),
        least("100", "Fewer look-ups in either window say nothing."),
    ],
);
