//! Bytes and requests: tiers, transfers, and whether to copy a dataset or read it from afar.

use super::build::{Build, Nature};
use super::grid::Grid;
use super::sheet::{CellId, Expr, Part};
use super::{HOURS_PER_MONTH, ledger::Moved};
use crate::kernel::id::Id;
use crate::kernel::units::BILLED_GB;
use crate::model::{DatasetId, Tariff};

/// Bytes of the gigabyte that is billed.
const GIB: f64 = BILLED_GB as f64;

impl Build<'_> {
    /// GiB that a copy of a dataset takes; small objects are billed as large as the tariff's least.
    pub fn stored_gib(&self, dataset: DatasetId) -> f64 {
        let data = &self.scenario.datasets[dataset];
        let object = data.samples_per_object as f64 * data.sample_bytes.mean();
        let least = self.money.storage.as_ref().map_or(0, |tariff| tariff.minimum_object);
        data.objects as f64 * object.max(least as f64) / GIB
    }

    /// What `gib` cost: each tier's price for the part of the amount in it, what is free taken from
    /// the first tiers.
    pub fn tiers(&self, tariff: &Tariff, gib: Expr) -> Expr {
        let mut from = 0.0;
        let mut terms = Vec::new();
        for (width, key) in &tariff.tiers {
            let to = width.map(|width| from + width);
            let low = tariff.free_gib.max(from);
            if to.is_none_or(|to| to > low) {
                let within = to.map_or(gib.clone(), |to| gib.clone().at_most(to));
                terms.push((within - low).at_least(0.0) * self.cell(key));
            }
            from = to.unwrap_or(from);
        }
        Expr::Sum(terms)
    }

    /// The lines of bytes and requests, an hour.
    pub fn moved(&mut self) -> Vec<CellId> {
        let run = self.cell("run_hours");
        let mut lines: Vec<(String, String, Expr)> = Vec::new();
        for (key, count, label) in [
            ("store.prices.get", "gets", "GET requests"),
            ("store.prices.put", "puts", "PUT requests"),
        ] {
            if let Some(price) = self.given(key) {
                let usd = self.cell(count) / 1000.0 * price / run;
                lines.push((format!("{count}_per_hour"), label.to_string(), usd));
            }
        }
        for moved in &self.ledger.moved {
            if let Some(price) = self.link_price(&moved.link) {
                let bytes = self.cell(&format!("bytes.{}", moved.link));
                let usd = bytes / GIB * price / run;
                let label = format!("Transfer over {}", moved.link);
                lines.push((format!("transfer_per_hour.{}", moved.link), label, usd));
            }
        }
        if let Some(tariff) = self.money.egress.clone() {
            let a_month = self.cell("internet_bytes") / GIB / run * HOURS_PER_MONTH;
            let label = "Internet egress";
            let a_month =
                self.sheet.set(Part::Costs, "egress_gib_per_month", label, "GiB/month", a_month);
            let usd = self.tiers(&tariff, Expr::Cell(a_month));
            let cost = self.sheet.set(Part::Costs, "internet_egress_cost", label, "USD/month", usd);
            let an_hour = cost / HOURS_PER_MONTH;
            lines.push(("egress_per_hour".to_string(), label.to_string(), an_hour));
        }
        let mut cells = Vec::new();
        for (key, label, usd) in lines {
            let cell = self.sheet.set(Part::Costs, key, &label, "USD/h", usd);
            self.line("usage", label, Nature::Avoidable, cell, 0.0);
            cells.push(cell);
        }
        cells
    }

    /// The price of a byte over a link.
    fn link_price(&self, link: &str) -> Option<CellId> {
        let (id, _) = self.scenario.wans.iter().find(|(_, wan)| wan.name == link)?;
        self.given(&format!("wan.{}.price", id.index()))
    }

    /// Reading a dataset from afar against holding a copy, over some months.
    pub fn replicate(&mut self) {
        let Some(asked) = &self.money.replicate else { return };
        let (Some(epochs), Some(tariff)) = (self.ledger.epochs, self.money.storage.clone()) else {
            return;
        };
        let ledger = self.ledger;
        let gets = ledger.dataset_gets.unwrap_or(ledger.gets);
        let crossed = ledger.dataset_moved.as_ref().unwrap_or(&ledger.moved);
        let dataset = asked.dataset;
        let data = &self.scenario.datasets[dataset];
        let (gib, objects) = (self.stored_gib(dataset), data.objects as f64);
        let put = |build: &mut Self, part, key: &str, label: &str, unit: &str, value: f64| {
            build.sheet.input(part, key, label, unit, value)
        };
        let gib = put(self, Part::Count, "dataset_gib", "Dataset", "GiB", gib);
        let objects = put(self, Part::Count, "objects", "Objects of the dataset", "1", objects);
        let label = "Times the run read the dataset";
        let epochs = put(self, Part::Ledger, "epochs", label, "1", epochs);
        let label = "GET requests of the run for the dataset";
        let gets = put(self, Part::Ledger, "dataset_gets", label, "1", gets);
        let cross = self.crossing(crossed, epochs);
        let mut rows: Vec<CellId> = Vec::new();
        let mut set = |build: &mut Self, key: &str, label: &str, unit: &str, formula: Expr| {
            let cell = build.sheet.set(Part::Unit, key, label, unit, formula);
            rows.push(cell);
            cell
        };
        let thousands = |count: CellId, price: Expr| count / 1000.0 * price;
        let (get, put) =
            (self.given_or("store.prices.get", 0.0), self.given_or("store.prices.put", 0.0));
        let months = self.need("replicate.horizon");
        let rate = match self.given("replicate.epochs_per_month") {
            Some(given) => Expr::Cell(given),
            None => epochs / self.cell("run_hours") * HOURS_PER_MONTH,
        };
        let rate = set(self, "epochs_per_month", "Epochs a month", "/month", rate);
        let one = self.tiers(&tariff, Expr::Cell(gib));
        let label = "Storage of one copy";
        let one = set(self, "storage_per_month_one_copy", label, "USD/month", one);
        let per_epoch = thousands(gets, get) / epochs;
        let per_epoch =
            set(self, "get_cost_per_epoch", "GET requests of an epoch", "USD", per_epoch);
        let label = "Transfer of an epoch read from afar";
        let far = set(self, "cross_region_per_epoch", label, "USD", Expr::Cell(cross.0));
        let read = months * (one + rate * (per_epoch + far));
        let read = set(self, "option_read_total", "Read from afar, in all", "USD", read);
        let once = gib * cross.1 + thousands(objects, put);
        let label = "Making the copy: transfer and PUT requests";
        let once = set(self, "replica_one_time", label, "USD", once);
        let days = tariff.minimum_days * 24.0 / HOURS_PER_MONTH;
        let billed = Expr::Cell(months).at_least(days);
        let copy = months * (one + rate * per_epoch) + billed * one + once;
        let copy = set(self, "option_replicate_total", "Hold a copy, in all", "USD", copy);
        let label = "Epochs a month from which a copy is cheaper";
        let even = (one + once / months) / far;
        set(self, "breakeven_epochs_per_month", label, "/month", even);
        set(self, "saving_by_replicating", "Saved by a copy", "USD", read - copy);
        let mut grid = Grid::new(
            "replicate_or_read",
            "Read a dataset from another site, or hold a copy",
            &["metric", "label", "unit"],
            &[("value", "")],
        );
        for cell in rows {
            let of = &self.sheet.cells()[cell];
            let words = [of.key.clone(), of.label.clone(), of.unit.clone()];
            grid.row(words, [Some(cell)]);
        }
        self.more.push(grid);
    }

    /// What the bytes of an epoch cost on their way, and a GiB of them.
    fn crossing(&mut self, crossed: &[Moved], epochs: CellId) -> (CellId, CellId) {
        let (mut usd, mut gib) = (Vec::new(), Vec::new());
        for moved in crossed {
            let price = self.link_price(&moved.link).map_or(Expr::Number(0.0), Expr::Cell);
            let key = format!("dataset_bytes.{}", moved.link);
            let label = format!("Bytes of the dataset over {} in the run", moved.link);
            let bytes = self.sheet.input(Part::Ledger, key, label, "B", moved.bytes);
            usd.push(bytes / GIB * price);
            gib.push(bytes / GIB);
        }
        let all = self.sheet.of_table(Part::Unit, "USD", Expr::Sum(usd));
        let epoch = self.sheet.of_table(Part::Unit, "USD", all / epochs);
        let each = self.sheet.of_table(Part::Unit, "USD/GB", all / Expr::Sum(gib));
        (epoch, each)
    }
}
