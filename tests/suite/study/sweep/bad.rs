//! Wrong study files: `tests/bad_study/`. Shipped studies are right.

use crate::common::wrong::{files, refused};
use gapcast::study::sweep::Plan;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_wrong_study_gets_its_diagnostic() {
    let wrong = files(&root().join("tests/bad_study"), &["toml"]);
    assert!(wrong.len() >= 12, "only {} wrong studies", wrong.len());
    refused(&wrong, |name| ["check", "sweep"].map(|verb| vec![verb, name]).to_vec());
}

#[test]
fn every_shipped_study_is_valid() {
    for path in files(&root().join("scenarios/studies"), &["toml"]) {
        let (plan, warnings) = Plan::read(&path).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert!(warnings.is_empty(), "{warnings}");
        assert!(!plan.study.description.is_empty(), "{} says nothing", path.display());
    }
}

/// The grid of the quick start is large enough to show speed, kills and flat memory.
#[test]
fn the_quick_start_grid_has_two_thousand_points() {
    let path = root().join("scenarios/studies/quickstart-grid.toml");
    let plan = Plan::read(&path).expect("a study").0;
    assert!(plan.points() >= 2_000, "{}", plan.points());
}
