//! Worked examples, row by row: scenario and ledger in, the program's files out.

use super::{column, priced, root, rows};
use std::collections::BTreeMap;
use std::path::Path;

/// Relative; sums of a dozen lines round a few times, bisection ends at neighbouring floats.
const TOLERANCE: f64 = 1e-9;

/// The scenario of each example.
const EXAMPLES: [(&str, &str); 4] =
    [("WE1", "cluster-512"), ("WE2", "buy-or-rent"), ("WE3", "copy-or-read"), ("WE4", "gap-512")];

/// What the examples call the inputs of the tornado.
const INPUTS: [(&str, &str); 7] = [
    ("node_price", "price.node"),
    ("u", "useful_share"),
    ("life", "finance.life"),
    ("kwh", "price.electricity"),
    ("pue", "facility.pue"),
    ("colo", "price.colocation"),
    ("maint", "finance.maintenance"),
];

/// Figures that the files call otherwise.
const OTHERWISE: [(&str, &str); 2] = [
    ("optionA_remote_read_total", "option_read_total"),
    ("optionB_replicate_total", "option_replicate_total"),
];

/// Words, and what the examples call them.
const WORDS: [(&str, &str, &str); 2] =
    [("cheapest_option", "own", "own"), ("cheaper", "B", "copy")];

/// Figures of one example.
struct Answers {
    figures: BTreeMap<String, f64>,
    words: BTreeMap<String, String>,
    tornado: BTreeMap<(String, &'static str), f64>,
}

impl Answers {
    fn read(folder: &Path) -> Answers {
        let mut figures = column(&folder.join("unit_economics.csv"), "metric", "value");
        figures.extend(column(&folder.join("inputs.csv"), "key", "value"));
        let words = rows(&folder.join("unit_economics.csv"))
            .into_iter()
            .map(|row| (row["metric"].clone(), row["value"].clone()))
            .collect();
        let mut tornado = BTreeMap::new();
        for (name, of) in [("low", "at_low"), ("high", "at_high"), ("swing", "swing")] {
            for (input, value) in column(&folder.join("tornado.csv"), "input", of) {
                tornado.insert((input, name), value);
            }
        }
        Answers { figures, words, tornado }
    }

    /// The number that a row of the examples is of.
    fn number(&self, name: &str) -> Option<f64> {
        if let Some(rest) = name.strip_prefix("tornado_") {
            let (input, end) = rest.rsplit_once('_')?;
            let (_, key) = INPUTS.iter().find(|(short, _)| *short == input)?;
            let end = ["low", "high", "swing"].into_iter().find(|e| *e == end)?;
            return self.tornado.get(&((*key).to_string(), end)).copied();
        }
        if name == "shapley_sum" {
            let shares = self.figures.iter().filter(|(key, _)| key.starts_with("shapley_"));
            return Some(shares.map(|(_, value)| value).sum());
        }
        let renamed = OTHERWISE.iter().find(|(theirs, _)| *theirs == name);
        self.figures.get(renamed.map_or(name, |(_, ours)| ours)).copied()
    }
}

/// Every output row of the four examples, through the program, to 1e-9 relative. Theory: the formulas
/// stand in the file beside each row.
#[test]
fn every_output_of_the_worked_examples_comes_out() {
    let out = tempfile::tempdir().expect("a folder");
    let reference = rows(&root().join("tests/data/cost/worked_examples.csv"));
    let mut wrong = Vec::new();
    let mut tested = 0;
    for (example, scenario) in EXAMPLES {
        let answers = Answers::read(&priced(out.path(), scenario, &[]));
        for row in reference.iter().filter(|r| r["example_id"] == example && r["kind"] == "output")
        {
            let (name, expected) = (row["name"].as_str(), row["value"].as_str());
            tested += 1;
            if let Some((_, theirs, ours)) = WORDS.iter().find(|(word, ..)| *word == name) {
                let found = answers.words.get(name).map_or("", String::as_str);
                if expected != *theirs || found != *ours {
                    wrong.push(format!("{example} {name}: {found}, not {ours}"));
                }
                continue;
            }
            let expected: f64 = expected.parse().expect("a number");
            match answers.number(name) {
                None => wrong.push(format!("{example} {name}: nowhere in the files")),
                Some(found) if (found - expected).abs() > TOLERANCE * expected.abs() => {
                    wrong.push(format!("{example} {name}: {found}, not {expected}"));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(tested, 98, "rows of the file");
}

/// A what-if on the command line moves what it must: the tornado's ends are runs of their own.
#[test]
fn a_what_if_is_the_tornado_s_end() {
    let out = tempfile::tempdir().expect("a folder");
    for (set, expected) in [
        ("price.node=248000", 2.81660519314332),
        ("price.node=372000 USD", 3.67276957670496),
        ("facility.pue=1.3", 3.25091923976285),
        ("finance.life=3.2", 3.71226936496539),
    ] {
        let folder = priced(out.path(), "cluster-512", &["--set", set]);
        let figures = column(&folder.join("unit_economics.csv"), "metric", "value");
        let found = figures["cost_per_useful_gpu_hour"];
        assert!((found - expected).abs() <= TOLERANCE * expected, "{set}: {found}");
    }
}
