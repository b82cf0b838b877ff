//! Faults: which boxes fail, and when.

use super::CablePattern;
use crate::kernel::dist::Dist;
use crate::kernel::time::Time;
use serde::Serialize;

/// What can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A whole site: all its gateways and storage nodes, and all its wide-area links.
    Site,
    /// A switch, router or firewall: all its cables.
    Switch,
    /// A cable, both directions.
    Link,
    /// A gateway of the store.
    Controller,
    /// A storage node with all its drives.
    StorageNode,
    /// A drive.
    Device,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [FaultKind; 6] = [
        FaultKind::Site,
        FaultKind::Switch,
        FaultKind::Link,
        FaultKind::Controller,
        FaultKind::StorageNode,
        FaultKind::Device,
    ];

    /// Its word in files.
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Site => "site",
            FaultKind::Switch => "switch",
            FaultKind::Link => "link",
            FaultKind::Controller => "controller",
            FaultKind::StorageNode => "storage_node",
            FaultKind::Device => "device",
        }
    }
}

/// Who fails: `site:dublin`, `switch:leaf-*`, `link:leaf-0 -> spine-1`, `controller:controller-2`,
/// `storage_node:storage-0`, `device:storage-0/*`. A final `*` stands for anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultTarget {
    /// Of what kind.
    pub kind: FaultKind,
    /// Its name, or those of cables' ends.
    pub pattern: CablePattern,
}

impl FaultTarget {
    /// Reads `kind:name`; none if there is no such kind.
    pub fn parse(text: &str) -> Option<FaultTarget> {
        let (kind, name) = text.split_once(':')?;
        let kind = FaultKind::ALL.into_iter().find(|of| of.name() == kind.trim())?;
        Some(FaultTarget { kind, pattern: CablePattern::parse(name) })
    }

    /// Whether it means the box of this name.
    pub fn fits(&self, name: &str) -> bool {
        self.pattern.fits(name, name)
    }
}

/// When who is down.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCourse {
    /// Each box has a course of its own.
    Renewal {
        /// Who fails.
        targets: Vec<FaultTarget>,
        /// From being up (again) to the failure, seconds.
        time_to_failure: Dist,
        /// From the failure to being up again, seconds.
        time_to_repair: Dist,
    },
    /// Outages one by one: who, and (from, until) in order; `Time::NEVER`: not repaired.
    Events(Vec<(FaultTarget, Vec<(Time, Time)>)>),
}
