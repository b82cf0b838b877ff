//! A heap of dense keys with changeable deadlines: who is due first?

use super::time::Time;
use std::cmp::Ordering;

const ABSENT: u32 = u32::MAX;
const ARITY: usize = 4;

/// Deadlines of keys `0..n`, each at most once; ties go to the smaller `order`.
#[derive(Debug, Clone, Default)]
pub struct Agenda {
    /// Deadline and order, one number to compare; key.
    heap: Vec<(u128, u32)>,
    place: Vec<u32>,
}

impl Agenda {
    /// The first key due and when.
    #[inline]
    pub fn first(&self) -> Option<(Time, u32)> {
        self.heap.first().map(|&(due, key)| (Time((due >> 64) as u64), key))
    }

    /// Keys with a deadline.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nobody has one.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Sets or moves a key's deadline.
    pub fn set(&mut self, key: u32, at: Time, order: u64) {
        if self.place.len() <= key as usize {
            self.place.resize(key as usize + 1, ABSENT);
        }
        let due = u128::from(at.0) << 64 | u128::from(order);
        match self.place[key as usize] {
            ABSENT => {
                self.heap.push((due, key));
                self.up(self.heap.len() - 1);
            }
            i => {
                let before = std::mem::replace(&mut self.heap[i as usize].0, due);
                match due.cmp(&before) {
                    Ordering::Less => self.up(i as usize),
                    Ordering::Equal => {}
                    Ordering::Greater => self.down(i as usize),
                }
            }
        }
    }

    /// Takes a key's deadline away, if it has one.
    pub fn clear(&mut self, key: u32) {
        let Some(&i) = self.place.get(key as usize) else { return };
        if i == ABSENT {
            return;
        }
        self.place[key as usize] = ABSENT;
        self.heap.swap_remove(i as usize);
        if let Some(&(_, moved)) = self.heap.get(i as usize) {
            self.place[moved as usize] = i;
            self.down(i as usize);
            self.up(self.place[moved as usize] as usize);
        }
    }

    fn up(&mut self, mut i: usize) {
        let entry = self.heap[i];
        while i > 0 {
            let parent = (i - 1) / ARITY;
            if self.heap[parent].0 <= entry.0 {
                break;
            }
            self.heap[i] = self.heap[parent];
            self.place[self.heap[i].1 as usize] = i as u32;
            i = parent;
        }
        self.heap[i] = entry;
        self.place[entry.1 as usize] = i as u32;
    }

    fn down(&mut self, mut i: usize) {
        let entry = self.heap[i];
        loop {
            let first = i * ARITY + 1;
            if first >= self.heap.len() {
                break;
            }
            let last = (first + ARITY).min(self.heap.len());
            let least =
                (first..last).min_by_key(|&child| self.heap[child].0).expect("there is a child");
            if entry.0 <= self.heap[least].0 {
                break;
            }
            self.heap[i] = self.heap[least];
            self.place[self.heap[i].1 as usize] = i as u32;
            i = least;
        }
        self.heap[i] = entry;
        self.place[entry.1 as usize] = i as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Twin: the minimum of a map.
        #[test]
        fn the_first_is_the_least(ops in prop::collection::vec((0u32..20, 0u64..100, any::<bool>()), 1..200)) {
            let mut agenda = Agenda::default();
            let mut twin = std::collections::BTreeMap::new();
            for (n, (key, at, set)) in ops.into_iter().enumerate() {
                if set {
                    agenda.set(key, Time(at), n as u64);
                    twin.insert(key, (Time(at), n));
                } else {
                    agenda.clear(key);
                    twin.remove(&key);
                }
                let least = twin.iter().min_by_key(|(_, due)| **due).map(|(key, due)| (due.0, *key));
                prop_assert_eq!(agenda.first(), least);
                prop_assert_eq!(agenda.len(), twin.len());
            }
        }
    }
}
