//! Least recently used, by bytes, simulated object by object.

use rustc_hash::FxHashMap;

/// What a cache holds: (object, offset of the range).
pub type CacheKey = (u64, u64);

const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: CacheKey,
    bytes: u64,
    newer: u32,
    older: u32,
}

/// The cache. The map is only ever asked by key, never walked, so its order reaches no result.
#[derive(Debug, Clone)]
pub struct Lru {
    capacity: u64,
    held: u64,
    map: FxHashMap<CacheKey, u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
}

impl Lru {
    /// An empty cache of `capacity` bytes.
    pub fn new(capacity: u64) -> Lru {
        Lru {
            capacity,
            held: 0,
            map: FxHashMap::default(),
            entries: Vec::new(),
            free: Vec::new(),
            newest: NONE,
            oldest: NONE,
        }
    }

    /// Whether it holds so many bytes of the key; a hit becomes the newest.
    pub fn get(&mut self, key: CacheKey, bytes: u64) -> bool {
        let Some(&i) = self.map.get(&key) else { return false };
        if self.entries[i as usize].bytes < bytes {
            return false;
        }
        self.unlink(i);
        self.link(i);
        true
    }

    /// Takes the key in, in the place of fewer bytes of it, pushing out the oldest; what is larger than
    /// the cache is not kept.
    pub fn put(&mut self, key: CacheKey, bytes: u64) {
        if self.get(key, bytes) || bytes > self.capacity {
            return;
        }
        if let Some(&shorter) = self.map.get(&key) {
            self.remove(shorter);
        }
        while self.held + bytes > self.capacity {
            self.remove(self.oldest);
        }
        let entry = Entry { key, bytes, newer: NONE, older: NONE };
        let i = match self.free.pop() {
            Some(i) => {
                self.entries[i as usize] = entry;
                i
            }
            None => {
                self.entries.push(entry);
                self.entries.len() as u32 - 1
            }
        };
        self.map.insert(key, i);
        self.held += bytes;
        self.link(i);
    }

    /// Bytes held.
    pub fn held(&self) -> u64 {
        self.held
    }

    fn remove(&mut self, i: u32) {
        self.unlink(i);
        let gone = self.entries[i as usize];
        self.map.remove(&gone.key);
        self.held -= gone.bytes;
        self.free.push(i);
    }

    fn unlink(&mut self, i: u32) {
        let Entry { newer, older, .. } = self.entries[i as usize];
        match newer {
            NONE => self.newest = older,
            n => self.entries[n as usize].older = older,
        }
        match older {
            NONE => self.oldest = newer,
            o => self.entries[o as usize].newer = newer,
        }
    }

    fn link(&mut self, i: u32) {
        let newest = self.newest;
        let entry = &mut self.entries[i as usize];
        (entry.newer, entry.older) = (NONE, newest);
        match newest {
            NONE => self.oldest = i,
            n => self.entries[n as usize].newer = i,
        }
        self.newest = i;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_kept_answers_for_no_more_than_it_is() {
        let (mut lru, key) = (Lru::new(100), (7, 0));
        lru.put(key, 10);
        assert!(lru.get(key, 10) && lru.get(key, 3) && !lru.get(key, 11));
        lru.put(key, 40);
        assert!(lru.get(key, 40) && lru.held() == 40);
        lru.put(key, 101);
        assert!(lru.get(key, 40), "what is too large leaves what is there");
    }

    proptest! {
        /// Twin: a vector in order of use.
        #[test]
        fn behaves_like_a_list_in_order_of_use(
            capacity in 1u64..60,
            ops in prop::collection::vec((0u64..12, 1u64..20, any::<bool>()), 1..300),
        ) {
            let mut lru = Lru::new(capacity);
            let mut twin: Vec<(CacheKey, u64)> = Vec::new();
            for (object, bytes, put) in ops {
                let key = (object, 0);
                let at = twin.iter().position(|e| e.0 == key);
                let hit = at.filter(|i| twin[*i].1 >= bytes);
                if let Some(i) = hit {
                    let entry = twin.remove(i);
                    twin.push(entry);
                }
                if put {
                    lru.put(key, bytes);
                    if hit.is_none() && bytes <= capacity {
                        twin.retain(|e| e.0 != key);
                        while twin.iter().map(|e| e.1).sum::<u64>() + bytes > capacity {
                            twin.remove(0);
                        }
                        twin.push((key, bytes));
                    }
                } else {
                    prop_assert_eq!(lru.get(key, bytes), hit.is_some());
                }
                prop_assert_eq!(lru.held(), twin.iter().map(|e| e.1).sum::<u64>());
            }
        }
    }
}
