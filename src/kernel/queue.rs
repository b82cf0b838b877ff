//! The event queue: ordered by (time, phase, sequence), with cancellation.
//!
//! A calendar (Brown, CACM 31(10), 1988). Time is cut into *days* of 2^n ps; a ring of buckets holds
//! the events of each day, unsorted, those of later *years* (times around the ring) among them. When
//! the clock comes to a day, its events are sorted; what is scheduled for the same day from then on
//! goes to a heap beside. So events that share an instant, however many, cost a logarithm each and
//! not a calendar's search.
//!
//! A cancelled event stays where it is and is skipped when it is met; when those outnumber the live
//! ones they are cleared out, so memory follows the live events. Scheduling and taking allocate nothing
//! while the number of events stays below what it was before.

use super::time::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What happens first when two events share an instant: completions free what arrivals may take,
/// and decisions are made when both are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
    /// Something ends and gives back what it held.
    Complete = 0,
    /// Something comes.
    Arrive = 1,
    /// Something is decided, all that ended or came at this instant being known.
    Decide = 2,
}

/// Names a scheduled event, to cancel it. Never names another event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKey {
    slot: u32,
    order: u64,
}

/// An event of the days that have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Time,
    /// Phase in the top two bits, sequence number below: one comparison settles a tie.
    order: u64,
    slot: u32,
}

/// A place for an event, on one list: its bucket's, or that of the free ones.
#[derive(Debug, Clone, Copy)]
struct Slot<E> {
    at: Time,
    /// As in [`Entry`]; [`GONE`] when cancelled or free.
    order: u64,
    next: u32,
    event: E,
}

const SEQUENCE_BITS: u32 = 62;
const GONE: u64 = u64::MAX;
const END: u32 = u32::MAX;
/// Fewest buckets.
const FEWEST: usize = 64;
/// Length of a day at first: 2^20 ps, a microsecond.
const DAY_BITS: u32 = 20;

/// The queue. `E` is small and `Copy`.
#[derive(Debug, Clone)]
pub struct EventQueue<E> {
    /// Events of days up to `today`, the next one last, and those that were scheduled since.
    sorted: Vec<Entry>,
    fresh: BinaryHeap<Reverse<Entry>>,
    /// The first of them all, if it was looked for and nothing became of it.
    head: Option<Entry>,
    /// Lists of the events of later days, by day modulo their number, a power of two.
    buckets: Vec<u32>,
    day_bits: u32,
    today: u64,
    /// Events in buckets, cancelled ones included.
    far: usize,
    slots: Vec<Slot<E>>,
    free: u32,
    /// Cancelled events, wherever they still are.
    stale: usize,
    next_sequence: u64,
    now: Time,
    watch: Watch,
}

/// How well the days' length has done lately.
#[derive(Debug, Clone, Copy, Default)]
struct Watch {
    since: Time,
    /// Events that came out of buckets, and steps taken to find them.
    moved: u64,
    steps: u64,
}

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> EventQueue<E> {
    /// An empty queue at time zero.
    pub fn new() -> Self {
        EventQueue {
            sorted: Vec::new(),
            fresh: BinaryHeap::new(),
            head: None,
            buckets: vec![END; FEWEST],
            day_bits: DAY_BITS,
            today: 0,
            far: 0,
            slots: Vec::new(),
            free: END,
            stale: 0,
            next_sequence: 0,
            now: Time::ZERO,
            watch: Watch::default(),
        }
    }

    /// The time of the last event popped.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Events scheduled and not cancelled.
    pub fn len(&self) -> usize {
        self.held() - self.stale
    }

    fn held(&self) -> usize {
        self.sorted.len() + self.fresh.len() + self.far
    }

    /// Whether nothing is scheduled.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Schedules `event`.
    ///
    /// # Panics
    /// If `at` lies in the past.
    #[inline]
    pub fn schedule(&mut self, at: Time, phase: Phase, event: E) -> EventKey {
        assert!(at >= self.now, "event at {at:?} scheduled in the past of {:?}", self.now);
        let order = (phase as u64) << SEQUENCE_BITS | self.next_sequence;
        self.next_sequence += 1;
        let slot = self.take_slot(Slot { at, order, next: END, event });
        if at.0 >> self.day_bits <= self.today {
            let entry = Entry { at, order, slot };
            self.fresh.push(Reverse(entry));
            self.head = self.head.map(|head| head.min(entry));
        } else {
            self.put(slot, at);
            if self.far > 2 * self.buckets.len() {
                self.deal();
            }
        }
        EventKey { slot, order }
    }

    fn take_slot(&mut self, new: Slot<E>) -> u32 {
        let slot = self.free;
        if slot == END {
            self.slots.push(new);
            return u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 events pending");
        }
        let place = &mut self.slots[slot as usize];
        self.free = place.next;
        *place = new;
        slot
    }

    #[inline]
    fn give_slot(&mut self, slot: u32) {
        let place = &mut self.slots[slot as usize];
        (place.order, place.next) = (GONE, self.free);
        self.free = slot;
    }

    /// Puts an event of a later day into its bucket.
    #[inline]
    fn put(&mut self, slot: u32, at: Time) {
        let bucket = (at.0 >> self.day_bits) as usize & (self.buckets.len() - 1);
        self.slots[slot as usize].next = self.buckets[bucket];
        self.buckets[bucket] = slot;
        self.far += 1;
    }

    /// Cancels an event; false if it has happened or was cancelled.
    pub fn cancel(&mut self, key: EventKey) -> bool {
        let slot = &mut self.slots[key.slot as usize];
        if slot.order != key.order {
            return false;
        }
        slot.order = GONE;
        self.stale += 1;
        self.head = self.head.filter(|head| head.slot != key.slot);
        if self.stale > FEWEST && self.stale * 2 > self.held() {
            self.clear_out();
        }
        true
    }

    /// The time of the next event.
    #[inline]
    pub fn peek(&mut self) -> Option<Time> {
        self.first().map(|entry| entry.at)
    }

    /// Takes the next event.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        let Entry { at, slot, .. } = self.first()?;
        self.head = None;
        self.remove_first();
        self.give_slot(slot);
        self.now = at;
        Some((at, self.slots[slot as usize].event))
    }

    #[inline]
    fn first(&mut self) -> Option<Entry> {
        if self.head.is_none() {
            self.head = self.find_first();
        }
        self.head
    }

    /// The next event, what was cancelled before it cleared away.
    fn find_first(&mut self) -> Option<Entry> {
        loop {
            let first = match (self.fresh.peek(), self.sorted.last()) {
                (None, Some(&first)) | (Some(&Reverse(first)), None) => first,
                (Some(&Reverse(one)), Some(&other)) => one.min(other),
                (None, None) if self.far == 0 => return None,
                (None, None) => {
                    self.next_day();
                    continue;
                }
            };
            if self.slots[first.slot as usize].order != GONE {
                return Some(first);
            }
            self.remove_first();
            self.give_slot(first.slot);
            self.stale -= 1;
        }
    }

    /// Takes the next entry of today.
    #[inline]
    fn remove_first(&mut self) {
        let fresh = self.fresh.peek().map(|Reverse(entry)| entry);
        match (fresh, self.sorted.last()) {
            (Some(a), Some(b)) if a < b => drop(self.fresh.pop()),
            (Some(_), None) => drop(self.fresh.pop()),
            _ => drop(self.sorted.pop()),
        }
    }

    /// Nothing is left of today, but in buckets: goes on to the next day that has events.
    fn next_day(&mut self) {
        let enough = self.buckets.len() as u64 / 2;
        if self.watch.steps.max(self.watch.moved) > enough && self.review() {
            return;
        }
        let mask = self.buckets.len() - 1;
        for _ in 0..self.buckets.len() {
            self.today += 1;
            self.watch.steps += 1;
            if self.buckets[self.today as usize & mask] != END && self.dawn() {
                return;
            }
        }
        // Nothing for a whole year.
        let live = self.slots.iter().filter(|slot| slot.order != GONE);
        match live.map(|slot| slot.at).min() {
            Some(first) => {
                self.today = first.0 >> self.day_bits;
                self.dawn();
            }
            None => self.clear_out(),
        }
    }

    /// Sorts today's events; false if there are none.
    fn dawn(&mut self) -> bool {
        let bucket = self.today as usize & (self.buckets.len() - 1);
        let mut next = std::mem::replace(&mut self.buckets[bucket], END);
        while next != END {
            next = self.place(next);
        }
        self.sort()
    }

    /// Sorts what has come to today; false if that is nothing.
    #[inline]
    fn sort(&mut self) -> bool {
        if self.sorted.len() > 1 {
            self.sorted.sort_unstable_by(|a, b| b.cmp(a));
        }
        !self.sorted.is_empty()
    }

    /// Puts an event that was in a bucket where it belongs now, and says what came after it there.
    #[inline]
    fn place(&mut self, slot: u32) -> u32 {
        let Slot { at, order, next, .. } = self.slots[slot as usize];
        self.far -= 1;
        if order == GONE {
            self.give_slot(slot);
            self.stale -= 1;
        } else if at.0 >> self.day_bits <= self.today {
            self.sorted.push(Entry { at, order, slot });
            self.watch.moved += 1;
        } else {
            self.put(slot, at);
            self.watch.steps += 1;
        }
        next
    }

    /// Nothing is left of today: if days are much longer or shorter than a few events lately took to come,
    /// or buckets far too many, that changes. True if that made events today's.
    fn review(&mut self) -> bool {
        let start = Time(self.today << self.day_bits);
        let Watch { since, moved, .. } = std::mem::take(&mut self.watch);
        self.watch.since = start;
        let gap = start.0.saturating_sub(since.0) / moved.max(1);
        let bits = (64 - gap.leading_zeros() + 1).min(63);
        let too_many = self.buckets.len() > FEWEST && self.far * 8 < self.buckets.len();
        if bits.abs_diff(self.day_bits) > 1 || too_many {
            // The last instant of today, in days of the new length.
            self.today = (((self.today + 1) << self.day_bits) - 1) >> bits;
            self.day_bits = bits;
            self.deal();
        }
        self.sort()
    }

    /// Deals what is in buckets over as many as suit it.
    fn deal(&mut self) {
        let mut all = END;
        for i in 0..self.buckets.len() {
            let mut slot = std::mem::replace(&mut self.buckets[i], END);
            while slot != END {
                let next = &mut self.slots[slot as usize].next;
                (slot, all) = (std::mem::replace(next, all), slot);
            }
        }
        self.buckets.resize(self.far.next_power_of_two().max(FEWEST), END);
        let watch = self.watch;
        while all != END {
            all = self.place(all);
        }
        self.watch = watch;
    }

    /// Clears cancelled events out.
    fn clear_out(&mut self) {
        let mut gone = Vec::new();
        let slots = &self.slots;
        let mut stays = |entry: &Entry| {
            let stays = slots[entry.slot as usize].order != GONE;
            if !stays {
                gone.push(entry.slot);
            }
            stays
        };
        self.sorted.retain(&mut stays);
        self.fresh.retain(|Reverse(entry)| stays(entry));
        self.stale -= gone.len();
        gone.into_iter().for_each(|slot| self.give_slot(slot));
        self.deal();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_are_settled_by_phase_then_by_order_of_scheduling() {
        let mut queue = EventQueue::new();
        queue.schedule(Time(5), Phase::Decide, "decide");
        queue.schedule(Time(5), Phase::Arrive, "arrive 1");
        queue.schedule(Time(5), Phase::Complete, "complete");
        queue.schedule(Time(5), Phase::Arrive, "arrive 2");
        queue.schedule(Time(4), Phase::Decide, "earlier");
        let order: Vec<_> = std::iter::from_fn(|| queue.pop().map(|(_, e)| e)).collect();
        assert_eq!(order, ["earlier", "complete", "arrive 1", "arrive 2", "decide"]);
    }

    #[test]
    #[should_panic(expected = "in the past")]
    fn the_past_cannot_be_scheduled() {
        let mut queue = EventQueue::new();
        queue.schedule(Time(5), Phase::Arrive, ());
        queue.pop();
        queue.schedule(Time(4), Phase::Arrive, ());
    }

    #[test]
    fn a_key_never_cancels_a_later_event_in_its_slot() {
        let mut queue = EventQueue::new();
        let first = queue.schedule(Time(1), Phase::Arrive, 1);
        queue.pop();
        queue.schedule(Time(2), Phase::Arrive, 2);
        assert!(!queue.cancel(first));
        assert_eq!(queue.pop(), Some((Time(2), 2)));
    }

    /// What was once crowded and is sparse now, years apart and up to the end of time.
    #[test]
    fn days_follow_the_events() {
        let mut queue = EventQueue::new();
        let mut expected = Vec::new();
        for i in 0..5_000u64 {
            let far = [i, i << 20, i << 45, u64::MAX - i % 2];
            for at in far {
                let key = queue.schedule(Time(at), Phase::Arrive, at);
                if at % 3 == 0 { assert!(queue.cancel(key)) } else { expected.push(at) }
            }
        }
        expected.sort_unstable();
        let order: Vec<_> = std::iter::from_fn(|| queue.pop().map(|(_, e)| e)).collect();
        assert_eq!(order, expected);
        assert!(queue.is_empty() && queue.peek().is_none());
    }

    proptest! {
        /// Twin: a sorted vector. Delays are drawn with an exponent, so that they lie within a day, a
        /// year and many years.
        #[test]
        fn behaves_like_a_sorted_list(
            ops in prop::collection::vec((0u8..4, 0u64..50, 0u8..3), 1..1_500),
            scale in 0u32..40,
        ) {
            let mut queue = EventQueue::new();
            let mut twin: Vec<(Time, u8, usize)> = Vec::new();
            let mut keys = Vec::new();
            for (n, (op, delay, phase)) in ops.into_iter().enumerate() {
                match op {
                    0 | 1 => {
                        let at = Time(queue.now().0 + (delay << (n as u32 % 7 * scale / 7)));
                        let p = [Phase::Complete, Phase::Arrive, Phase::Decide][phase as usize];
                        keys.push((queue.schedule(at, p, n), n));
                        twin.push((at, phase, n));
                        twin.sort_unstable();
                    }
                    2 if !keys.is_empty() => {
                        let (key, n) = keys[delay as usize % keys.len()];
                        let there = twin.iter().position(|e| e.2 == n);
                        prop_assert_eq!(queue.cancel(key), there.is_some());
                        if let Some(i) = there { twin.remove(i); }
                    }
                    _ => {
                        let next = if twin.is_empty() { None } else { Some(twin.remove(0)) };
                        prop_assert_eq!(queue.pop(), next.map(|(at, _, n)| (at, n)));
                    }
                }
                prop_assert_eq!(queue.len(), twin.len());
            }
        }
    }
}
