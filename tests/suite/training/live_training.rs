//! A real input pipeline (`scenarios/validation/live-training.toml`: torch DataLoader, AWS's S3
//! connector, a real S3 server, real TCP), predicted at 10 and 40 ms from what was fitted at 0 ms.
//! The jitter and loss rows are judged by `gapcast validate`.

use gapcast::spec::validation::load_shipped;
use gapcast::study::validate::{CaseOutcome, Prepared, validate};

/// Mean absolute error of a comparison over the rows of these groups, and how many they are.
fn error(outcome: &CaseOutcome, groups: &[&str], name: &str) -> (f64, usize) {
    let case = &outcome.case;
    let at = case.compares.iter().position(|c| c.name == name).expect("a comparison of the case");
    let rows = case.rows.iter().zip(&outcome.rows);
    let wanted = rows.filter(|(row, _)| groups.contains(&case.groups[row.group].as_str()));
    let errors: Vec<f64> =
        wanted.map(|(_, out)| out.compared[at].expect("measured").error.abs()).collect();
    (100.0 * errors.iter().sum::<f64>() / errors.len() as f64, errors.len())
}

/// Theory: a worker that waits for one object at a time needs wire time + client + server + one
/// round trip for each (slow start only on its first), so the round trip alone takes one worker's AU
/// from 0.92 to 0.53 and 0.23, and four workers hide it until 40 ms.
///
/// The scatter of the server's time matters although it has little to do with the mean: were it
/// constant, four workers would stay in step, share the wire in every burst and reach AU 0.66 at
/// 40 ms, 18 points below the measurement, instead of 0.83.
///
/// Tolerance: mean absolute error below 5 points of AU over the 12 rows without jitter and loss and
/// over the 8 of them that no parameter has seen; two runs of one row differ by up to 7 points (RTT
/// 0, one worker), so less than about 2 points is within the measurement's own scatter.
/// Deterministic: no false alarms.
#[test]
fn a_real_pipeline_is_predicted_from_its_runs_without_distance() {
    let case = load_shipped("live-training").expect("it is part of the program");
    let prepared = Prepared::new(case).expect("its metrics exist");
    let outcome = validate(vec![prepared], 0, &|| ()).expect("it runs").remove(0);
    for (groups, rows) in [(&["fitted", "predicted"][..], 12), (&["predicted"], 8)] {
        let of = |name| error(&outcome, groups, name);
        let (au, n) = of("accelerator utilisation, points");
        assert_eq!(n, rows);
        let ((rate, _), (first, _)) = (of("samples/s"), of("first batch, s"));
        println!(
            "{groups:?}: {au:.2} points of AU, {rate:.1} % of samples/s, {first:.1} % of the first batch"
        );
        assert!(au < 5.0, "{groups:?}: {au} points of AU");
        assert!(rate < 5.0, "{groups:?}: {rate} % of samples/s");
        assert!(first < 15.0, "{groups:?}: {first} % of the first batch");
    }
}
