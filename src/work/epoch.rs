//! Which bytes a batch is made of.

use crate::kernel::permute::Permutation;
use crate::kernel::rng::{Keyed, Purpose, Streams};
use crate::model::{Dataset, Order};

/// Contiguous samples of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Which object.
    pub object: u64,
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub bytes: u64,
    /// Samples.
    pub samples: u32,
    /// Place of the first sample in the epoch: names the run's chance.
    pub position: u64,
}

/// Sizes of a dataset's objects: facts of the dataset, the same in every epoch and design.
#[derive(Debug, Clone)]
pub struct Sizes {
    dataset: Dataset,
    keyed: Keyed,
}

impl Sizes {
    /// The sizes of `dataset`.
    pub fn new(dataset: &Dataset, streams: &Streams) -> Sizes {
        Sizes { dataset: dataset.clone(), keyed: streams.keyed(&dataset.name, Purpose::Size) }
    }

    /// Bytes of one sample of `object`, at least 1. Many samples in an object share its mean.
    pub fn sample(&self, object: u64) -> u64 {
        let bytes = self.dataset.sample_bytes.quantile(self.keyed.uniform([object]));
        (bytes + 0.5).max(1.0) as u64
    }

    /// Bytes of a whole object.
    pub fn object(&self, object: u64) -> u64 {
        self.sample(object) * self.dataset.samples_per_object
    }
}

/// The visiting order of one epoch.
#[derive(Debug, Clone)]
pub struct Epoch {
    order: Order,
    permutation: Option<Permutation>,
    per_object: u64,
}

impl Epoch {
    /// Epoch `number` of a job over `dataset`.
    pub fn new(dataset: &Dataset, order: Order, number: u32, keyed: Keyed) -> Epoch {
        let n = match order {
            Order::Sequential => None,
            Order::Shuffled => Some(dataset.samples()),
            Order::Sharded => Some(dataset.objects),
        };
        let permutation = n.map(|n| Permutation::new(n, keyed, u64::from(number)));
        Epoch { order, permutation, per_object: dataset.samples_per_object }
    }

    /// (object, sample in it) at `position`.
    pub fn sample(&self, position: u64) -> (u64, u64) {
        match (self.order, &self.permutation) {
            (Order::Shuffled, Some(permutation)) => {
                let sample = permutation.at(position);
                (sample / self.per_object, sample % self.per_object)
            }
            (Order::Sharded, Some(permutation)) => {
                (permutation.at(position / self.per_object), position % self.per_object)
            }
            _ => (position / self.per_object, position % self.per_object),
        }
    }

    /// The runs of `count` samples from `first`: neighbours in one object are read together.
    pub fn runs(&self, sizes: &Sizes, first: u64, count: u32, runs: &mut Vec<Run>) {
        runs.clear();
        let mut next = None;
        for position in first..first + u64::from(count) {
            let (object, sample) = self.sample(position);
            let bytes = sizes.sample(object);
            match runs.last_mut() {
                Some(run) if next == Some((object, sample)) => {
                    run.bytes += bytes;
                    run.samples += 1;
                }
                _ => runs.push(Run { object, offset: sample * bytes, bytes, samples: 1, position }),
            }
            next = Some((object, sample + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::dist::Dist;

    fn dataset(objects: u64, samples_per_object: u64) -> Dataset {
        Dataset {
            name: "d".into(),
            objects,
            samples_per_object,
            sample_bytes: Dist::Constant(100.0),
            replicas: Vec::new(),
            allowed_regions: None,
        }
    }

    #[test]
    fn a_shuffled_epoch_visits_every_sample_once() {
        let streams = Streams::new(1, 0);
        let data = dataset(7, 11);
        let epoch = Epoch::new(&data, Order::Shuffled, 0, streams.keyed("j", Purpose::Order));
        let mut seen: Vec<_> = (0..77).map(|p| epoch.sample(p)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 77);
    }

    #[test]
    fn sharded_batches_are_contiguous_runs() {
        let streams = Streams::new(1, 0);
        let data = dataset(5, 10);
        let sizes = Sizes::new(&data, &streams);
        let epoch = Epoch::new(&data, Order::Sharded, 0, streams.keyed("j", Purpose::Order));
        let mut runs = Vec::new();
        epoch.runs(&sizes, 8, 6, &mut runs);
        assert_eq!(runs.len(), 2);
        assert_eq!((runs[0].samples, runs[0].offset, runs[0].bytes), (2, 800, 200));
        assert_eq!((runs[1].samples, runs[1].offset, runs[1].bytes), (4, 0, 400));
    }
}
