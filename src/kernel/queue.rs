//! The event queue: ordered by (time, phase, sequence), with cancellation.
//!
//! A 4-ary heap of 24-byte entries; events themselves stay in a slot table, so sifting moves keys
//! alone. A cancelled event leaves its entry behind, which is skipped when it surfaces; when stale
//! entries outnumber live ones the heap is rebuilt, so memory follows the live events.

use super::time::Time;

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

#[derive(Debug, Clone, Copy)]
struct Entry {
    at: Time,
    /// Phase in the top two bits, sequence number below: one comparison settles a tie.
    order: u64,
    slot: u32,
}

impl Entry {
    #[inline]
    fn before(&self, other: &Entry) -> bool {
        (self.at, self.order) < (other.at, other.order)
    }
}

const ARITY: usize = 4;
const SEQUENCE_BITS: u32 = 62;
const FREE: u64 = u64::MAX;

/// The queue. `E` is small and `Copy`.
#[derive(Debug, Clone)]
pub struct EventQueue<E> {
    heap: Vec<Entry>,
    slots: Vec<(u64, E)>,
    free: Vec<u32>,
    next_sequence: u64,
    stale: usize,
    now: Time,
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
            heap: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            next_sequence: 0,
            stale: 0,
            now: Time::ZERO,
        }
    }

    /// The time of the last event popped.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Events scheduled and not cancelled.
    pub fn len(&self) -> usize {
        self.heap.len() - self.stale
    }

    /// Whether nothing is scheduled.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Schedules `event`.
    ///
    /// # Panics
    /// If `at` lies in the past.
    pub fn schedule(&mut self, at: Time, phase: Phase, event: E) -> EventKey {
        assert!(at >= self.now, "event at {at:?} scheduled in the past of {:?}", self.now);
        let order = (phase as u64) << SEQUENCE_BITS | self.next_sequence;
        self.next_sequence += 1;
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = (order, event);
                slot
            }
            None => {
                self.slots.push((order, event));
                u32::try_from(self.slots.len() - 1).expect("more than 2^32 events pending")
            }
        };
        self.heap.push(Entry { at, order, slot });
        self.sift_up(self.heap.len() - 1);
        EventKey { slot, order }
    }

    /// Cancels an event; false if it has happened or was cancelled.
    pub fn cancel(&mut self, key: EventKey) -> bool {
        let slot = &mut self.slots[key.slot as usize];
        if slot.0 != key.order {
            return false;
        }
        slot.0 = FREE;
        self.free.push(key.slot);
        self.stale += 1;
        if self.stale > 64 && self.stale * 2 > self.heap.len() {
            self.rebuild();
        }
        true
    }

    /// The time of the next event.
    pub fn peek(&mut self) -> Option<Time> {
        self.drop_stale();
        self.heap.first().map(|entry| entry.at)
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.drop_stale();
        let entry = *self.heap.first()?;
        self.remove_first();
        let slot = &mut self.slots[entry.slot as usize];
        slot.0 = FREE;
        self.free.push(entry.slot);
        self.now = entry.at;
        Some((entry.at, slot.1))
    }

    fn drop_stale(&mut self) {
        while let Some(entry) = self.heap.first() {
            if self.slots[entry.slot as usize].0 == entry.order {
                return;
            }
            self.remove_first();
            self.stale -= 1;
        }
    }

    fn remove_first(&mut self) {
        self.heap.swap_remove(0);
        if !self.heap.is_empty() {
            self.sift_down(0);
        }
    }

    fn rebuild(&mut self) {
        let slots = &self.slots;
        self.heap.retain(|entry| slots[entry.slot as usize].0 == entry.order);
        self.stale = 0;
        for i in (0..self.heap.len().div_ceil(ARITY)).rev() {
            self.sift_down(i);
        }
    }

    fn sift_up(&mut self, mut i: usize) {
        let entry = self.heap[i];
        while i > 0 {
            let parent = (i - 1) / ARITY;
            if !entry.before(&self.heap[parent]) {
                break;
            }
            self.heap[i] = self.heap[parent];
            i = parent;
        }
        self.heap[i] = entry;
    }

    fn sift_down(&mut self, mut i: usize) {
        if i >= self.heap.len() {
            return;
        }
        let entry = self.heap[i];
        loop {
            let first = i * ARITY + 1;
            if first >= self.heap.len() {
                break;
            }
            let last = (first + ARITY).min(self.heap.len());
            let mut least = first;
            for child in first + 1..last {
                if self.heap[child].before(&self.heap[least]) {
                    least = child;
                }
            }
            if !self.heap[least].before(&entry) {
                break;
            }
            self.heap[i] = self.heap[least];
            i = least;
        }
        self.heap[i] = entry;
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

    proptest! {
        /// Twin: a sorted vector.
        #[test]
        fn behaves_like_a_sorted_list(ops in prop::collection::vec((0u8..4, 0u64..50, 0u8..3), 1..400)) {
            let mut queue = EventQueue::new();
            let mut twin: Vec<(Time, u8, usize)> = Vec::new();
            let mut keys = Vec::new();
            for (n, (op, delay, phase)) in ops.into_iter().enumerate() {
                match op {
                    0 | 1 => {
                        let at = Time(queue.now().0 + delay);
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
