//! Keys of money: prices, the facility, how capital is counted, what is asked. A key's words up to
//! the first `;` are its label in reports.

use super::SOURCE;
use crate::spec::fields::{Field, Kind, Section, Shelf};

/// When a number was looked up.
const AS_OF: Field = Field::new(
    "as_of",
    Kind::Date,
    "When it was looked up, as \"2026-01-31\", \"2026-01\" or \"2026\".",
);

const AMOUNT: Field = Field::new(
    "amount",
    Kind::Amount,
    "The number with its unit, or a distribution such as { uniform = [\"9 USD\", \"12 USD\"] }.",
);

const RANGE: Field = Field::new(
    "range",
    Kind::AmountPair,
    "Low and high end for the tornado; left out: 5 % and 95 % quantile, or `swing` either way.",
)
.optional();

/// A price: `[price.node]`, or an entry of the catalogue.
pub static PRICE: Section = Section {
    title: "a price",
    doc: "A price with where it comes from; the name of a catalogue entry, or \"included\" if \
          another price holds it or somebody else pays it.",
    preset: Some(("preset", Shelf::Prices)),
    choice: None,
    fields: &[
        Field::new("preset", Kind::Preset(Shelf::Prices), "Price of the catalogue to start from.")
            .optional(),
        AMOUNT,
        RANGE,
        Field::new("source", Kind::Text, "Where it comes from: quote, price list, assumption."),
        AS_OF,
    ],
};

/// A number that is no price.
pub static ASSUMPTION: Section = Section {
    title: "a number",
    doc: "A number, alone or with where it comes from and how far it may be off.",
    preset: None,
    choice: None,
    fields: &[AMOUNT, RANGE, SOURCE, AS_OF.optional()],
};

/// A price that falls with the amount.
pub static TARIFF: Section = Section {
    title: "a tariff",
    doc: "A price in tiers, each for the part of the month's amount in it.",
    preset: Some(("preset", Shelf::Tariffs)),
    choice: None,
    fields: &[
        Field::new(
            "preset",
            Kind::Preset(Shelf::Tariffs),
            "Tariff of the catalogue to start from.",
        )
        .optional(),
        Field::new("tier", Kind::List(&TIER), "Tiers, first to last; the last has no width."),
        Field::new("free", Kind::Bytes, "Free a month; counts against the first tiers.").optional(),
        Field::new("minimum_duration", Kind::Span(true), "Shortest time billed.").or("\"0 s\""),
        Field::new("minimum_object", Kind::Bytes, "Smallest object billed.").or("\"1 B\""),
        Field::new("source", Kind::Text, "Where it comes from: price list, contract."),
        AS_OF,
    ],
};

/// A tier of a tariff.
pub static TIER: Section = Section {
    title: "a tier",
    doc: "A part of a month's amount with one price.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("width", Kind::Bytes, "How much is in it; left out in the last.").optional(),
        Field::new("amount", Kind::Amount, "Its price, as \"0.023 USD/GB/month\"."),
    ],
};

const fn price(key: &'static str, unit: &'static str, doc: &'static str) -> Field {
    Field::new(key, Kind::Price(unit), doc).optional()
}

const fn number(key: &'static str, unit: &'static str, doc: &'static str) -> Field {
    Field::new(key, Kind::Assumption(unit), doc).optional()
}

/// `[price]`.
pub static PRICES: Section = Section {
    title: "[price]",
    doc: "What things cost, each price with source and date. What the scenario has and nobody \
          prices is refused, never guessed.",
    preset: None,
    choice: None,
    fields: &[
        price("node", "USD", "Price of a GPU node; its adapters too, unless `nic` says otherwise."),
        price("cpu_node", "USD", "Price of a node without GPUs."),
        price("nic", "USD", "Price of a network adapter; of one port."),
        price("switch", "USD", "Price of a switch; routers and firewalls too."),
        price("cable", "USD", "Price of a cable."),
        price(
            "optic",
            "USD",
            "Price of a transceiver; two for each cable that copper does not reach.",
        ),
        price("cables_optics", "USD", "Cables and optics; all of them, instead of one by one."),
        price("controller", "USD", "Price of a store gateway."),
        price(
            "storage_node",
            "USD",
            "Price of a storage node; its drives too, if `device` is included.",
        ),
        price("device", "USD", "Price of a drive."),
        price("installation", "USD", "Installation; all of it."),
        price("building", "USD/kW", "Own facility; per kW of IT power."),
        price("staff", "USD/FTE/year", "Cost of staff; loaded, of one."),
        price("licence", "USD/GPU/year", "Licences; of one GPU."),
        price("software", "USD/year", "Software; all of it."),
        price("operations", "USD/year", "Other operations; all of them."),
        price("colocation", "USD/kW/month", "Colocation; per contracted kW, power excluded."),
        price("demand", "USD/kW/month", "Demand charge; per contracted kW of the facility."),
        price("electricity", "USD/kWh", "Electricity."),
        price("rent_on_demand", "USD/GPU-h", "Rent on demand; for hours that jobs hold a GPU."),
        price("rent_reserved", "USD/GPU-h", "Rent reserved; for every hour."),
        price("rent_spot", "USD/GPU-h", "Rent on the spot market."),
        Field::new("storage", Kind::Table(&TARIFF), "Object storage; a copy and month.").optional(),
        Field::new("egress", Kind::Table(&TARIFF), "Bytes to the internet, a month.").optional(),
        price("delay", "USD/day", "Delay; what a day later costs."),
        price("exchange", "1/USD", "Exchange rate; units of `finance.currency` for a dollar."),
    ],
};

/// `[facility]`.
pub static FACILITY: Section = Section {
    title: "[facility]",
    doc: "Power, and what surrounds it.",
    preset: None,
    choice: None,
    fields: &[
        number("pue", "1", "PUE; power of the facility over power of the IT."),
        number("node_power_active", "kW", "Power of a GPU node, computing."),
        number("node_power_idle", "kW", "Power of a GPU node, idle."),
        number("cpu_node_power", "kW", "Power of a node without GPUs."),
        number("switch_power", "kW", "Power of a switch."),
        number("controller_power", "kW", "Power of a store gateway."),
        number("storage_node_power", "kW", "Power of a storage node; its drives too."),
        number("life", "years", "Life of the own building."),
        number("carbon", "g/kWh", "Carbon of electricity; CO2 equivalent."),
    ],
};

/// `[finance]`.
pub static FINANCE: Section = Section {
    title: "[finance]",
    doc: "How capital becomes a cost of years, and what is compared.",
    preset: None,
    choice: None,
    fields: &[
        Field::new(
            "cluster",
            Kind::Choice(&["owned", "on-demand", "reserved", "spot"]),
            "On what terms the cluster is had.",
        )
        .or("\"owned\""),
        Field::new(
            "depreciation",
            Kind::Choice(&["straight-line", "declining-balance", "annuity"]),
            "How capital becomes a cost of years; an annuity (at `wacc`) holds interest too.",
        )
        .or("\"straight-line\""),
        number("life", "years", "Life of the hardware."),
        number("salvage", "1", "Salvage; what is left at the end, as a part of the price."),
        number("factor", "1", "Factor of the declining balance; 2: double."),
        Field::new(
            "year",
            Kind::Count(1, 40),
            "Year of its life that the run is in; matters to \
            the declining balance alone.",
        )
        .or("1"),
        number("maintenance", "/year", "Maintenance rate; a part of the hardware's price a year."),
        number("staff", "FTE", "Staff; how many."),
        Field::new(
            "term",
            Kind::Count(1, 40),
            "Years over which buying and renting are compared; \
            left out: the life.",
        )
        .optional(),
        number("wacc", "/year", "Cost of capital (WACC); cash flows at the end of a year."),
        number("tax", "1", "Tax on profit; left out: before tax."),
        number("inflation", "/year", "Rise of running costs and rents; left out: none."),
        number("lead_time", "months", "Delivery time; months between order and first use."),
        number("spot_interruptions", "/h", "Interruptions of a spot GPU an hour."),
        number("spot_lost", "h", "Work lost in an interruption, restart included."),
        Field::new(
            "currency",
            Kind::Name,
            "Currency shown beside dollars, as \"EUR\"; its rate \
            is `price.exchange`.",
        )
        .optional(),
        Field::new(
            "teams",
            Kind::Settings,
            "Team of each job, for the chargeback: { job = \
            \"team\" }.",
        )
        .optional(),
    ],
};

/// `[[fix]]`.
pub static FIX: Section = Section {
    title: "[[fix]]",
    doc: "A measure against idling, whose return is asked for.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("name", Kind::Name, "Its name."),
        Field::new("price", Kind::Price("USD"), "What it costs."),
        Field::new(
            "cause",
            Kind::Text,
            "The cause that it is against: a state such as \
            \"data_stall\", or a cause of the production gap.",
        ),
        Field::new("removes", Kind::Assumption("1"), "Part of the cause that it removes.")
            .or("1.0"),
    ],
};

/// `[replicate]`.
pub static REPLICATE: Section = Section {
    title: "[replicate]",
    doc: "Whether to read a dataset from another site or to hold a copy.",
    preset: None,
    choice: None,
    fields: &[
        Field::new("dataset", Kind::Reference("dataset"), "The dataset."),
        number("epochs_per_month", "/month", "Epochs a month; left out: the pace of the run."),
        Field::new("horizon", Kind::Assumption("months"), "Months that are compared."),
    ],
};

/// `[sensitivity]`.
pub static SENSITIVITY: Section = Section {
    title: "[sensitivity]",
    doc: "How far inputs are moved where they do not say it themselves.",
    preset: None,
    choice: None,
    fields: &[
        Field::new(
            "swing",
            Kind::Number { low: 0.0, high: 0.99, closed: false },
            "Part by which \
            an input is moved down and up.",
        )
        .or("0.2"),
        Field::new(
            "samples",
            Kind::Count(16, 65_536),
            "Draws of the Monte Carlo bands and Sobol \
            indices; a power of two fills space best.",
        )
        .or("1024"),
    ],
};
