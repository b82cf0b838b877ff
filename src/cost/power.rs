//! Power and energy, the building, and running costs that do not depend on use.

use super::build::Build;
use super::capital::Own;
use super::sheet::{CellId, Expr, Part};
use super::{HOURS_PER_MONTH, HOURS_PER_YEAR};

/// Energy of the cluster.
pub(super) struct Energy {
    /// Of a GPU-hour that computes, US dollars.
    pub active: CellId,
    /// Of one that does not.
    pub idle: CellId,
    /// Power that is contracted: everything at work, kW.
    pub contracted_kw: CellId,
    /// What draws the same all the time: label, US dollars an hour.
    pub constant: Vec<(String, CellId)>,
}

impl Build<'_> {
    /// Power of what there is, and what its energy costs.
    pub fn power(&mut self) -> Energy {
        let groups = self.parts.groups.clone();
        let nodes = |build: &Self, gpus: bool| {
            let of = groups.iter().filter(|group| (group.2 > 0) == gpus);
            Expr::sum(of.map(|g| build.cell(&format!("count.nodes.{}", g.0))).collect::<Vec<_>>())
        };
        let (gpu_nodes, cpu_nodes) = (nodes(self, true), nodes(self, false));
        let at_meter = self.given_or("facility.pue", 1.0) * self.given_or("price.electricity", 0.0);
        let mut constant_kw = Vec::new();
        let mut constant = Vec::new();
        for (key, label, count, power) in [
            ("network", "Network", self.sheet.find("count.switches"), "facility.switch_power"),
            ("cpu_node", "Nodes without GPUs", None, "facility.cpu_node_power"),
            (
                "controller",
                "Store gateways",
                self.sheet.find("count.controllers"),
                "facility.controller_power",
            ),
            (
                "storage",
                "Storage nodes",
                self.sheet.find("count.storage_nodes"),
                "facility.storage_node_power",
            ),
        ] {
            let Some(each) = self.given(power) else { continue };
            let kw = count.map_or(cpu_nodes.clone(), Expr::Cell) * each;
            let kw = self.sheet.of_table(Part::Costs, "kW", kw);
            constant_kw.push(kw);
            let usd = kw * at_meter.clone();
            let name = format!("{key}_energy_per_hour");
            let long = format!("Energy, {}", label.to_lowercase());
            let usd = self.sheet.set(Part::Costs, name, long, "USD/h", usd);
            constant.push((label.to_string(), usd));
        }
        let (active, idle) = (
            gpu_nodes.clone() * self.given_or("facility.node_power_active", 0.0),
            gpu_nodes * self.given_or("facility.node_power_idle", 0.0),
        );
        let part = Part::Costs;
        let active = self.sheet.set(part, "active_gpu_kw", "GPU nodes, computing", "kW", active);
        let idle = self.sheet.set(part, "idle_gpu_kw", "GPU nodes, idle", "kW", idle);
        let all = constant_kw.iter().fold(Expr::Sum(vec![active.into()]), |sum, kw| sum + *kw);
        let label = "Contracted IT power";
        let contracted_kw = self.sheet.set(part, "contracted_it_kw", label, "kW", all);
        let gpus = self.cell("gpus");
        let mut hour = |key: &str, label: &str, kw: CellId| {
            let usd = kw / gpus * at_meter.clone();
            self.sheet.set(part, key, label, "USD/GPU-h", usd)
        };
        let energy = Energy {
            active: hour("energy_active_per_gpu_hour", "Energy of a computing GPU-hour", active),
            idle: hour("energy_idle_per_gpu_hour", "Energy of an idle GPU-hour", idle),
            contracted_kw,
            constant,
        };
        let u = self.cell("useful_share");
        let mean = Expr::Cell(idle) + (active - idle) * u;
        let mean = constant_kw.iter().fold(mean, |sum, kw| sum + *kw);
        let mean = self.sheet.set(part, "it_power_mean", "Mean IT power", "kW", mean);
        let label = "Energy, all";
        self.sheet.set(part, "energy_cost_per_hour_all", label, "USD/h", mean * at_meter);
        energy
    }

    /// Own building, or colocation; the demand charge.
    pub fn building(&mut self, own: &mut Own) {
        let kw = own.energy.contracted_kw;
        if let Some(price) = self.given("price.building") {
            let per_hour = kw * price / self.need("facility.life") / HOURS_PER_YEAR;
            let label = "Building";
            let cell = self.sheet.set(Part::Costs, "building_per_hour", label, "USD/h", per_hour);
            own.capital.push((label.to_string(), cell));
        }
        if let Some(price) = self.given("price.colocation") {
            let per_hour = kw * price / HOURS_PER_MONTH;
            self.running_line(own, "facility", "colo_per_hour", "Colocation", per_hour);
        }
        if let Some(price) = self.given("price.demand") {
            let contracted = kw * self.given_or("facility.pue", 1.0);
            let per_hour = contracted * price / HOURS_PER_MONTH;
            self.running_line(own, "facility", "demand_per_hour", "Demand charge", per_hour);
        }
    }

    /// Maintenance, staff, licences, software, other operations, energy of what always runs.
    pub fn running(&mut self, own: &mut Own) {
        if let Some(part) = self.given("finance.maintenance") {
            let per_hour = own.capex * part / HOURS_PER_YEAR;
            self.running_line(own, "operations", "maintenance_per_hour", "Maintenance", per_hour);
        }
        if let (Some(wage), Some(staff)) = (self.given("price.staff"), self.given("finance.staff"))
        {
            let per_hour = staff * wage / HOURS_PER_YEAR;
            self.running_line(own, "operations", "staff_per_hour", "Staff", per_hour);
        }
        if let Some(licence) = self.given("price.licence") {
            let per_hour = self.cell("gpus") * licence / HOURS_PER_YEAR;
            self.running_line(own, "operations", "licence_per_hour", "Licences", per_hour);
        }
        for (key, name, label) in [
            ("price.software", "software_per_hour", "Software"),
            ("price.operations", "operations_per_hour", "Other operations"),
        ] {
            if let Some(a_year) = self.given(key) {
                let per_hour = Expr::Cell(a_year) / HOURS_PER_YEAR;
                self.running_line(own, "operations", name, label, per_hour);
            }
        }
        for (label, cell) in own.energy.constant.clone() {
            own.running.push(("energy", label, cell));
        }
    }

    fn running_line(
        &mut self,
        own: &mut Own,
        group: &'static str,
        key: &str,
        label: &str,
        per_hour: Expr,
    ) {
        let cell = self.sheet.set(Part::Costs, key, label, "USD/h", per_hour);
        own.running.push((group, label.to_string(), cell));
    }
}
