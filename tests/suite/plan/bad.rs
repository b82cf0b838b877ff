//! Wrong plan files and tables: `tests/bad_plan/`.

use super::root;
use crate::common::wrong::{files, refused};

#[test]
fn every_wrong_plan_gets_its_diagnostic() {
    let wrong = files(&root().join("tests/bad_plan"), &["toml", "csv"]);
    assert!(wrong.len() >= 6, "only {} wrong plans", wrong.len());
    refused(&wrong, |name| match name.ends_with(".csv") {
        true => vec![vec!["plan", "../../scenarios/plans/worked.toml", "--results", name]],
        false => vec![vec!["plan", name]],
    });
}
