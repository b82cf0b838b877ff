//! Where awaited data spent its time: the critical path walked back from the delivery that ended a
//! stall, clipped to the stall.

use crate::kernel::time::{Span, Time};
use crate::probe::{Bottleneck, Stage, Stretch};

/// Pieces of work (requests, decodes) that ended while a rank was waiting for their batch, in order
/// of their ends.
#[derive(Debug, Clone, Default)]
pub struct CriticalLog {
    pieces: Vec<Piece>,
    stretches: Vec<Stretch>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    began: Time,
    ended: Time,
    first: u32,
    last: u32,
}

/// A share of a stall.
pub type StallShare = (Stage, Option<Bottleneck>, Span);

/// A share of many waits: GPU-picoseconds.
pub type WaitShare = (Stage, Option<Bottleneck>, u128);

/// Adds the shares of one wait to those of others.
pub fn sum_up(sums: &mut Vec<WaitShare>, shares: &[StallShare]) {
    for &(stage, by, span) in shares {
        match sums.iter_mut().find(|(s, b, _)| (*s, *b) == (stage, by)) {
            Some((_, _, sum)) => *sum += u128::from(span.0),
            None => sums.push((stage, by, span.0.into())),
        }
    }
}

impl CriticalLog {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.pieces.clear();
        self.stretches.clear();
    }

    /// A piece of work ended; `stretches` in order, the first beginning at its start.
    pub fn push(&mut self, stretches: &[Stretch], ended: Time) {
        let Some(first) = stretches.first() else { return };
        let start = self.stretches.len() as u32;
        self.stretches.extend_from_slice(stretches);
        let last = self.stretches.len() as u32;
        self.pieces.push(Piece { began: first.since, ended, first: start, last });
    }

    /// Splits the stall from `since` to `until` by walking back from its end: the piece that ended
    /// last, before its start the piece that ended last before that, and so on. Time between pieces
    /// is [`Stage::Pipeline`]; time before `started` is [`Stage::StartUp`]. The shares sum to the
    /// stall exactly.
    pub fn split(&self, since: Time, until: Time, started: Time, shares: &mut Vec<StallShare>) {
        shares.clear();
        let mut at = until;
        for piece in self.pieces.iter().rev() {
            if at <= since {
                break;
            }
            if piece.ended > at || piece.began >= at {
                continue;
            }
            if piece.ended < at {
                let from = piece.ended.max(since);
                add(shares, (Stage::Pipeline, None), at.since(from));
                at = from;
            }
            for i in (piece.first..piece.last).rev() {
                let stretch = self.stretches[i as usize];
                let from = stretch.since.max(since);
                if from < at {
                    add(shares, (stretch.stage, stretch.bottleneck), at.since(from));
                    at = from;
                }
            }
        }
        if at > since {
            let from = started.clamp(since, at);
            add(shares, (Stage::Pipeline, None), at.since(from));
            add(shares, (Stage::StartUp, None), from.since(since));
        }
    }
}

fn add(shares: &mut Vec<StallShare>, what: (Stage, Option<Bottleneck>), span: Span) {
    if span == Span::ZERO {
        return;
    }
    match shares.iter_mut().find(|(stage, by, _)| (*stage, *by) == what) {
        Some((_, _, sum)) => *sum += span,
        None => shares.push((what.0, what.1, span)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(stage: Stage, since: u64) -> Stretch {
        Stretch { stage, since: Time(since), bottleneck: None }
    }

    /// Two requests overlap; the one that ended last is on the path from its start at 30, the other
    /// only before. The stall began at 10, the workers at 5.
    #[test]
    fn the_last_to_end_is_on_the_path_and_shares_sum_to_the_stall() {
        let mut log = CriticalLog::default();
        log.push(&[stretch(Stage::SetUp, 8), stretch(Stage::Transfer, 20)], Time(28));
        log.push(&[stretch(Stage::Media, 15), stretch(Stage::Transfer, 40)], Time(50));
        log.push(&[stretch(Stage::RoundTrip, 30), stretch(Stage::Transfer, 45)], Time(60));
        let mut shares = Vec::new();
        log.split(Time(10), Time(60), Time(5), &mut shares);
        let total: u64 = shares.iter().map(|s| s.2.0).sum();
        assert_eq!(total, 50);
        let of = |stage| shares.iter().find(|s| s.0 == stage).map_or(0, |s| s.2.0);
        assert_eq!(of(Stage::RoundTrip), 15);
        assert_eq!(of(Stage::Transfer), 15 + 8);
        assert_eq!(of(Stage::Pipeline), 2);
        assert_eq!(of(Stage::SetUp), 10);
        assert_eq!(of(Stage::Media), 0);
    }
}
