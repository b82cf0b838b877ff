//! `focus.csv`: a month of the cluster as a bill in the columns of FOCUS 1.2 (FinOps Open Cost and
//! Usage Specification, ratified May 2025). Capital is a purchase with the price as billed cost and
//! no effective cost; what is written off, and everything else, are usage with an effective cost, of
//! which idle time is unused capacity with its cause in `x_IdleCause`.

use super::CostContext;
use crate::cost::{CellId, Line, Nature};
use crate::report::table::{Table, number};
use crate::study::cost::Priced;

/// Columns of FOCUS 1.2, then ours.
const COLUMNS: [&str; 60] = [
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingCurrency",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
    "x_IdleCause",
    "x_IdleDetail",
    "x_Nature",
];

/// A row before it is written.
struct Charge {
    /// `Purchase` or `Usage`.
    category: &'static str,
    /// `One-Time`, `Recurring` or `Usage-Based`.
    frequency: &'static str,
    /// What it is of.
    line: String,
    group: &'static str,
    billed: f64,
    effective: f64,
    quantity: f64,
    unit: &'static str,
    /// Whether the GPUs were used; none where that is no question.
    used: Option<bool>,
    cause: String,
    detail: String,
    nature: &'static str,
}

/// A month: its first instant, the next month's, its hours.
struct Month {
    from: String,
    until: String,
    hours: f64,
}

impl Month {
    /// `2026-01`.
    fn new((year, month): (u32, u32)) -> Month {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29.0,
            2 => 28.0,
            4 | 6 | 9 | 11 => 30.0,
            _ => 31.0,
        };
        let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let first = |year: u32, month: u32| format!("{year:04}-{month:02}-01T00:00:00Z");
        Month { from: first(year, month), until: first(next_year, next), hours: days * 24.0 }
    }
}

/// The file, for the month (year, month) of the context.
pub fn focus(priced: &Priced, context: &CostContext<'_>) -> Table {
    let month = Month::new(context.month);
    let mut charges = purchases(priced);
    for line in &priced.costs.lines {
        charges.extend(usage(priced, line, month.hours));
    }
    let mut table = Table::new(&COLUMNS);
    for charge in charges.iter().filter(|charge| charge.billed > 0.0 || charge.effective > 0.0) {
        table.row(&row(charge, context, &month));
    }
    table
}

/// Capital: bought once.
fn purchases(priced: &Priced) -> Vec<Charge> {
    let owned = priced.costs.lines.iter().any(|line| line.group == "capital");
    let cells = priced.costs.sheet.cells().iter();
    let bought = cells.filter(|(_, cell)| owned && cell.key.starts_with("capex."));
    let charge = |(id, cell): (CellId, &crate::cost::Cell)| Charge {
        category: "Purchase",
        frequency: "One-Time",
        line: cell.label.clone(),
        group: "capital",
        billed: priced.values[id],
        effective: 0.0,
        quantity: 1.0,
        unit: "Units",
        used: None,
        cause: String::new(),
        detail: String::new(),
        nature: Nature::Sunk.name(),
    };
    bought.map(charge).collect()
}

/// A line of the costs of an hour over a month: what was used, and each cause's part of what was not.
fn usage(priced: &Priced, line: &Line, hours: f64) -> Vec<Charge> {
    let value = |cell: CellId| priced.values[cell];
    let (all, idle) = (value(line.per_hour) * hours, value(line.idle_per_hour) * hours);
    let of_time = line.group != "usage";
    let gpu_hours = priced.value("gpus").unwrap_or(0.0) * hours;
    let useful = priced.value("useful_share").unwrap_or(0.0) * gpu_hours;
    let amortised = line.group == "capital";
    let charge = |usd: f64, quantity: f64, used: Option<bool>, cause: &str, detail: &str| Charge {
        category: "Usage",
        frequency: "Usage-Based",
        line: line.label.clone(),
        group: line.group,
        billed: if amortised { 0.0 } else { usd },
        effective: usd,
        quantity,
        unit: if of_time { "GPU-Hours" } else { "Units" },
        used,
        cause: cause.to_owned(),
        detail: detail.to_owned(),
        nature: line.nature.name(),
    };
    if !of_time {
        return vec![charge(all, 1.0, None, "", "")];
    }
    let mut charges = Vec::new();
    if all > idle {
        charges.push(charge(all - idle, useful, Some(true), "", ""));
    }
    // Rent by the hour is paid while jobs hold GPUs: its idle part has those causes alone.
    let held_only = line.group == "rent" && line.nature == Nature::Avoidable;
    let grid = &priced.costs.idle;
    let share = grid.column("share");
    let counts = |row: &&crate::cost::Row| !(held_only && row.words[0] == "unallocated");
    let of = |row: &crate::cost::Row| row.cells[share].map_or(0.0, value);
    let whole: f64 = grid.rows.iter().filter(counts).map(of).sum();
    for row in grid.rows.iter().filter(counts).filter(|row| of(row) > 0.0) {
        let part = of(row) / whole;
        let [cause, detail] = [0, 1].map(|i| row.words[i].as_str());
        charges.push(charge(idle * part, of(row) * gpu_hours, Some(false), cause, detail));
    }
    charges
}

/// The service of a group of lines: category, subcategory, name.
fn service(group: &str) -> (&'static str, &'static str, &'static str) {
    match group {
        "storage" => ("Storage", "Object Storage", "Object storage"),
        "usage" => ("Networking", "Other (Networking)", "Requests and transfer"),
        "facility" => ("Other", "Other (Other)", "Facility"),
        "operations" => {
            let sub = "Other (Management and Governance)";
            ("Management and Governance", sub, "Operations")
        }
        _ => ("Compute", "Other (Compute)", "GPU cluster"),
    }
}

/// A number that readers take for a decimal even if all of its column are whole.
fn decimal(value: f64) -> String {
    if value.is_finite() && value.fract() == 0.0 { format!("{value:.1}") } else { number(value) }
}

/// A name as part of an identifier.
fn slug(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let dashed: String = text.chars().map(plain).collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

fn row(charge: &Charge, context: &CostContext<'_>, month: &Month) -> Vec<String> {
    let name = &context.scenario.name;
    let (category, subcategory, service) = service(charge.group);
    let sku = format!("{}-{}", charge.group, slug(&charge.line));
    let cost = if charge.category == "Purchase" { charge.billed } else { charge.effective };
    let price = decimal(cost / charge.quantity);
    let status = charge.used.map_or("", |used| if used { "Used" } else { "Unused" });
    let idle = match charge.used {
        Some(false) => format!(", idle: {}", charge.cause.replace('_', " ")),
        _ => String::new(),
    };
    let text = |text: &str| text.to_owned();
    let value = |column: &&str| -> String {
        match *column {
            "BilledCost" => decimal(charge.billed),
            "EffectiveCost" | "PricingCurrencyEffectiveCost" => decimal(charge.effective),
            "ContractedCost" | "ListCost" => decimal(cost),
            "ContractedUnitPrice"
            | "ListUnitPrice"
            | "PricingCurrencyContractedUnitPrice"
            | "PricingCurrencyListUnitPrice" => price.clone(),
            "PricingQuantity" => decimal(charge.quantity),
            "PricingUnit" => text(charge.unit),
            // Unused capacity is paid for, not consumed.
            "ConsumedQuantity" if charge.category == "Usage" && charge.used != Some(false) => {
                decimal(charge.quantity)
            }
            "ConsumedUnit" if charge.category == "Usage" && charge.used != Some(false) => {
                text(charge.unit)
            }
            "BillingAccountId" | "BillingAccountName" => name.clone(),
            "BillingAccountType" => text("Cluster"),
            "BillingCurrency" | "PricingCurrency" => text("USD"),
            "BillingPeriodStart" | "ChargePeriodStart" => month.from.clone(),
            "BillingPeriodEnd" | "ChargePeriodEnd" => month.until.clone(),
            "CapacityReservationId" if charge.used.is_some() => format!("{name}-gpus"),
            "CapacityReservationStatus" => text(status),
            "ChargeCategory" => text(charge.category),
            "ChargeDescription" => format!("{}{idle}", charge.line),
            "ChargeFrequency" => text(charge.frequency),
            "InvoiceIssuerName" | "ProviderName" | "PublisherName" => text("Gapcast forecast"),
            "PricingCategory" => text("Standard"),
            "ResourceId" => sku.clone(),
            "ResourceName" => charge.line.clone(),
            "ResourceType" => text(service),
            "ServiceCategory" => text(category),
            "ServiceName" => text(service),
            "ServiceSubcategory" => text(subcategory),
            "SkuId" | "SkuPriceId" => sku.clone(),
            "SkuMeter" => charge.line.clone(),
            "Tags" => serde_json::json!({ "group": charge.group }).to_string(),
            "x_IdleCause" => charge.cause.clone(),
            "x_IdleDetail" => charge.detail.clone(),
            "x_Nature" => text(charge.nature),
            _ => String::new(),
        }
    };
    COLUMNS.iter().map(value).collect()
}
