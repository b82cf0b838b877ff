//! A study as numbered points, made when asked for: a million points take no memory.

use crate::kernel::permute::Permutation;
use crate::kernel::rng::{Keyed, Purpose, Streams};
use crate::kernel::sobol;
use crate::model::Scenario;
use crate::spec::ScenarioFile;
use crate::spec::study::{Level, LoadedStudy, Method, Study};
use crate::spec::{self, Diagnostic, Diagnostics};
use crate::study::Metric;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// Version of what a point's values depend on beside the plan: it rises with any change of meaning
/// of a metric or of the order of points.
const PLAN_VERSION: u32 = 1;

/// A study ready to run.
#[derive(Debug)]
pub struct Plan {
    /// The study.
    pub study: Study,
    /// Its base scenario's file, as it was when the plan was made.
    pub base: ScenarioFile,
    /// 16 hexadecimal digits: equal for studies whose points, metrics and chance are equal.
    pub hash: String,
    /// 16 hexadecimal digits: equal for equal studies, figures and assertions included.
    pub study_hash: String,
    dims: Vec<Vec<usize>>,
    points: u64,
}

/// One point of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its number, from 0.
    pub index: u64,
    /// Its value on every axis.
    pub levels: Vec<Level>,
}

impl Plan {
    /// Reads a study file: its plan, and what looks unintended though it can be run.
    ///
    /// # Errors
    /// Everything that is wrong with the study or its base scenario.
    pub fn read(path: &Path) -> Result<(Plan, Diagnostics), Diagnostics> {
        let known = |name: &str, scenario: &Scenario| {
            let metric = Metric::parse(name, scenario);
            metric.map(|_| ()).map_err(|wrong| (wrong.message, wrong.help))
        };
        let mut loaded = spec::study::load(path, &known)?;
        let mut warnings = std::mem::take(&mut loaded.warnings);
        let of_base = std::mem::take(&mut loaded.base.warnings);
        of_base.into_iter().for_each(|finding| warnings.push(finding));
        Ok((Plan::new(loaded), warnings))
    }

    /// The plan of a study.
    fn new(loaded: LoadedStudy) -> Plan {
        Plan::of(loaded.study, loaded.base_file, &loaded.base.canonical)
    }

    /// The points of a study over a base scenario, whose resolved text is `canonical`.
    pub(in crate::study) fn of(study: Study, base: ScenarioFile, canonical: &str) -> Plan {
        let dims = study.dims();
        let sizes = dims.iter().map(|dim| study.axes[dim[0]].list().len() as u64);
        let points = study.sample.map_or_else(|| sizes.product(), |sample| sample.points);
        let mut plan =
            Plan { base, hash: String::new(), study_hash: String::new(), dims, points, study };
        plan.hash = plan.hash_of_points(canonical);
        let whole = serde_json::to_string(&plan.study).expect("a study is plain data");
        plan.study_hash = hash(&[&plan.hash, &whole]);
        plan
    }

    /// Everything that the value of a (point, replicate) depends on, hashed: replicates and
    /// precision are left out, since they only say how many there are.
    fn hash_of_points(&self, base_canonical: &str) -> String {
        let study = &self.study;
        let axes: Vec<_> = study
            .axes
            .iter()
            .map(|axis| (&axis.name, &axis.fields, &axis.levels, &axis.zip))
            .collect();
        let parts = (&study.set, study.seed, &study.metrics, axes, study.sample);
        let points = serde_json::to_string(&parts).expect("a study is plain data");
        let version = format!("{} {PLAN_VERSION}", env!("CARGO_PKG_VERSION"));
        let named = self.what_names_mean();
        let mut texts: Vec<&str> = vec![&version, base_canonical, &points];
        texts.extend(named.iter().map(String::as_str));
        hash(&texts)
    }

    /// The scenarios that axes give one at a time where their values are names: a name may be of a
    /// catalogue entry, whose numbers stand in another file.
    fn what_names_mean(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for dim in &self.dims {
            for level in 0..self.study.axes[dim[0]].list().len() {
                let levels: Vec<(usize, &Level)> = dim
                    .iter()
                    .filter_map(|&a| Some((a, self.study.axes[a].list().get(level)?)))
                    .collect();
                if levels.iter().all(|(_, level)| level.number.is_some()) {
                    continue;
                }
                let mut fields = self.study.set.clone();
                for (axis, level) in levels {
                    fields.extend(settings(&self.study.axes[axis].fields, level));
                }
                // What is no scenario by itself may be one together with other axes' values.
                texts.push(
                    self.base
                        .load(&fields)
                        .map_or_else(|wrong| words(&wrong), |loaded| loaded.canonical),
                );
            }
        }
        texts
    }

    /// How many points.
    pub fn points(&self) -> u64 {
        self.points
    }

    /// The point of number `index`.
    pub fn point(&self, index: u64) -> Point {
        let axes = &self.study.axes;
        let mut levels: Vec<Option<Level>> = vec![None; axes.len()];
        match self.study.sample {
            None => {
                for (axis, level) in self.coordinates(index).into_iter().enumerate() {
                    levels[axis] = Some(axes[axis].list()[level].clone());
                }
            }
            Some(_) => {
                for (number, dim) in self.dims.iter().enumerate() {
                    let u = self.sampled(index, number);
                    dim.iter().for_each(|&axis| levels[axis] = Some(axes[axis].at(u)));
                }
            }
        }
        Point { index, levels: levels.into_iter().flatten().collect() }
    }

    /// Positions of a crossed point's values, axis by axis; the last axis varies fastest.
    pub fn coordinates(&self, index: u64) -> Vec<usize> {
        let mut positions = vec![0; self.study.axes.len()];
        let mut rest = index;
        for dim in self.dims.iter().rev() {
            let size = self.study.axes[dim[0]].list().len() as u64;
            let level = (rest % size) as usize;
            rest /= size;
            dim.iter().for_each(|&axis| positions[axis] = level);
        }
        positions
    }

    /// Number of the crossed point with these values (positions, axis by axis).
    pub fn index_of(&self, positions: &[usize]) -> u64 {
        self.dims.iter().fold(0, |index, dim| {
            index * self.study.axes[dim[0]].list().len() as u64 + positions[dim[0]] as u64
        })
    }

    /// Axes that advance together with `axis`, itself among them.
    pub fn group(&self, axis: usize) -> &[usize] {
        self.dims.iter().find(|dim| dim.contains(&axis)).expect("every axis has a group")
    }

    /// Where point `index` lies in dimension `number`, 0–1.
    fn sampled(&self, index: u64, number: usize) -> f64 {
        let sample = self.study.sample.expect("points are sampled");
        let name = &self.study.axes[self.dims[number][0]].name;
        let seed = sample.seed.unwrap_or(1);
        let keyed = Streams::new(seed, 0).keyed(&format!("sample/{name}"), Purpose::Order);
        match sample.method {
            Method::LatinHypercube => latin(index, sample.points, keyed),
            Method::Sobol => {
                let shift = sample.seed.map_or(0, |_| keyed.below(1 << 32, [0]) as u32);
                let bits = sobol::bits(index as u32, number) ^ shift;
                f64::from(bits) / 4_294_967_296.0
            }
        }
    }

    /// What the point sets in the base scenario: the study's own settings, the axes', and the seed,
    /// the same everywhere, so that points are compared on common random numbers.
    pub fn fields(&self, point: &Point) -> Vec<(String, String)> {
        let mut fields = self.study.set.clone();
        for (axis, level) in self.study.axes.iter().zip(&point.levels) {
            fields.extend(settings(&axis.fields, level));
        }
        fields.push(("run.seed".into(), self.study.seed.to_string()));
        fields.push(("run.replicates".into(), self.study.replicates.to_string()));
        fields
    }
}

/// Coordinate of point `index` of a Latin hypercube of `points`: a random place in a slice of its
/// own (M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21 (1979) 239–245).
fn latin(index: u64, points: u64, keyed: Keyed) -> f64 {
    let slice = Permutation::new(points, keyed, 0).at(index);
    (slice as f64 + keyed.uniform([1, index])) / points as f64
}

fn settings<'a>(
    fields: &'a [String],
    level: &'a Level,
) -> impl Iterator<Item = (String, String)> + 'a {
    fields.iter().cloned().zip(level.settings.iter().cloned())
}

/// Findings in one line each; no paths, so that the text does not depend on where the study lies.
pub(in crate::study) fn words(found: &Diagnostics) -> String {
    let line = |finding: &Diagnostic| match &finding.help {
        Some(help) => format!("{}; {help}", finding.message),
        None => finding.message.clone(),
    };
    let errors = found.iter().filter(|finding| finding.is_error());
    errors.map(line).collect::<Vec<_>>().join("\n")
}

/// One hash over several texts.
fn hash(texts: &[&str]) -> String {
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    format!("{:016x}", xxh3_64(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of n slices holds one point, whatever n and the seed.
    #[test]
    fn a_latin_hypercube_has_one_point_a_slice() {
        for (points, seed) in [(1, 1), (7, 3), (1000, 42)] {
            let keyed = Streams::new(seed, 0).keyed("sample/x", Purpose::Order);
            let mut slices: Vec<u64> =
                (0..points).map(|i| (latin(i, points, keyed) * points as f64) as u64).collect();
            slices.sort_unstable();
            assert_eq!(slices, (0..points).collect::<Vec<_>>());
        }
    }
}
