//! Named random streams: chance is addressed by *name and purpose*, never by build order, so
//! adding an entity moves nobody else's chance, and designs are compared on common random numbers.

use rand::Rng;
use rand_pcg::Pcg64Dxsm;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// What a draw is for. Part of its address; the discriminants are part of the format, so new
/// purposes are added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Inter-arrival times of an open load.
    Arrival = 1,
    /// Size of an object or sample.
    Size = 2,
    /// Order of samples in an epoch.
    Order = 3,
    /// Where an object's shards live.
    Placement = 4,
    /// Per-request service time at a controller.
    Service = 5,
    /// Media access time.
    Media = 6,
    /// Client CPU time per request.
    ClientCpu = 7,
    /// Decode time per sample.
    Decode = 8,
    /// Compute time per batch.
    Compute = 9,
    /// Framework overhead per step.
    Overhead = 10,
    /// Load balancer's choice.
    Balance = 11,
    /// Back-off jitter.
    Backoff = 12,
    /// Which object a load's request reads.
    Target = 13,
    /// Time between a closed-loop client's requests.
    Think = 14,
    /// ECMP's choice.
    Path = 15,
    /// Access time of a cache.
    Cache = 16,
    /// What is drawn for an object whoever reads it.
    Object = 17,
    /// Which copy of an object serves a read.
    Copy = 18,
    /// Pauses and lengths of spells.
    Spell = 19,
    /// Delay on a path: added latency, jitter, height of spikes.
    Delay = 20,
    /// Who is slow, or fails.
    Victim = 21,
    /// Segments that get through before one is lost.
    Loss = 40,
    /// What a message finds in a port's queue.
    Queue = 41,
    /// Delay of packets on a link between sites.
    WanJitter = 50,
    /// Prices and other inputs of the cost model.
    Price = 60,
}

/// The root of all chance in one replicate.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    seed: u64,
    replicate: u64,
}

impl Streams {
    /// The streams of replicate `replicate` of a scenario with seed `seed`.
    pub fn new(seed: u64, replicate: u64) -> Streams {
        Streams { seed, replicate }
    }

    fn address(&self, name: &str, purpose: Purpose) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(24 + name.len());
        bytes.extend_from_slice(&self.seed.to_le_bytes());
        bytes.extend_from_slice(&self.replicate.to_le_bytes());
        bytes.extend_from_slice(&(purpose as u64).to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes
    }

    /// The sequential stream of `name` for `purpose`: PCG64-DXSM, its 128-bit state and its
    /// 128-bit stream both XXH3-128 hashes of (seed, replicate, purpose, name).
    pub fn stream(&self, name: &str, purpose: Purpose) -> Stream {
        let address = self.address(name, purpose);
        let state = xxh3_128_with_seed(&address, 0);
        let stream = xxh3_128_with_seed(&address, 1);
        Stream(Pcg64Dxsm::new(state, stream))
    }

    /// The addressed draws of `name` for `purpose`: a pure function of the words given to it.
    pub fn keyed(&self, name: &str, purpose: Purpose) -> Keyed {
        Keyed(xxh3_64_with_seed(&self.address(name, purpose), 2))
    }
}

/// A word that stands for a name in the address of a draw: what carries it keeps its chance when
/// others come or go, as a number in a list would not.
pub fn name_word(name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), 3)
}

/// A sequence of uniform draws.
#[derive(Debug, Clone)]
pub struct Stream(Pcg64Dxsm);

impl Stream {
    /// The next uniform draw in the open interval (0, 1).
    pub fn uniform(&mut self) -> f64 {
        open_unit(self.0.next_u64())
    }
    /// The next integer below `n`, by multiply-shift (bias below n/2^64).
    pub fn below(&mut self, n: u64) -> u64 {
        below(self.0.next_u64(), n)
    }
}

/// Draws addressed by what they are for (request, part, attempt …), so that what happens to a
/// request does not move when the order of requests does.
#[derive(Debug, Clone, Copy)]
pub struct Keyed(u64);

impl Keyed {
    /// 64 uniform bits for `words`: XXH3-64 of their little-endian bytes.
    #[inline]
    pub fn bits<const N: usize>(&self, words: [u64; N]) -> u64 {
        let mut bytes = [0u8; 64];
        for (slot, word) in bytes.chunks_exact_mut(8).zip(words) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        const { assert!(N <= 8) };
        xxh3_64_with_seed(&bytes[..8 * N], self.0)
    }
    /// A uniform draw in the open interval (0, 1) for `words`.
    #[inline]
    pub fn uniform<const N: usize>(&self, words: [u64; N]) -> f64 {
        open_unit(self.bits(words))
    }
    /// An integer below `n` for `words`.
    #[inline]
    pub fn below<const N: usize>(&self, n: u64, words: [u64; N]) -> u64 {
        below(self.bits(words), n)
    }
}

/// 53 random bits as the midpoint of one of 2^53 equal cells of (0, 1): never 0, never 1.
#[inline]
fn open_unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

#[inline]
fn below(bits: u64, n: u64) -> u64 {
    ((u128::from(bits) * u128::from(n)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_its_address_alone() {
        let streams = Streams::new(42, 0);
        let mut a = streams.stream("disk-1", Purpose::Media);
        let first: Vec<f64> = (0..5).map(|_| a.uniform()).collect();
        let _unrelated = streams.stream("disk-2", Purpose::Media);
        let mut again = streams.stream("disk-1", Purpose::Media);
        assert_eq!(first, (0..5).map(|_| again.uniform()).collect::<Vec<_>>());
        for other in [
            Streams::new(43, 0).stream("disk-1", Purpose::Media),
            Streams::new(42, 1).stream("disk-1", Purpose::Media),
            streams.stream("disk-2", Purpose::Media),
            streams.stream("disk-1", Purpose::Service),
        ] {
            assert_ne!(first[0], other.clone().uniform());
        }
    }

    #[test]
    fn draws_stay_inside_the_open_interval() {
        assert!(open_unit(0) > 0.0);
        assert!(open_unit(u64::MAX) < 1.0);
        assert_eq!(below(u64::MAX, 7), 6);
    }

    /// Chi-square of 64 equal cells over 64,000 keyed draws on consecutive keys: 99.9 % quantile
    /// of chi-square with 63 degrees of freedom is 103.4; one false alarm in a thousand seeds.
    #[test]
    fn keyed_draws_on_consecutive_keys_are_uniform() {
        let keyed = Streams::new(1, 0).keyed("load", Purpose::Service);
        let mut cells = [0f64; 64];
        for i in 0..64_000u64 {
            cells[keyed.below(64, [3, i, 0]) as usize] += 1.0;
        }
        let chi2: f64 = cells.iter().map(|n| (n - 1000.0) * (n - 1000.0) / 1000.0).sum();
        assert!(chi2 < 103.4, "chi-square {chi2}");
    }
}
