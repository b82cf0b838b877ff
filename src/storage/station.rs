//! k servers in front of a first-come, first-served queue. Knows no times of service: whoever
//! holds the station decides when a server is given back.

use crate::kernel::time::Time;
use std::collections::VecDeque;

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// A server is free: service begins now.
    Begins,
    /// It waits.
    Waits,
    /// The queue is full.
    Refused,
}

/// A station for tokens of the caller's.
#[derive(Debug, Clone)]
pub struct Station<T> {
    servers: u32,
    queue_limit: Option<u32>,
    busy: u32,
    queue: VecDeque<(T, Time)>,
}

impl<T> Station<T> {
    /// `servers` servers; more than `queue_limit` waiting are refused.
    pub fn new(servers: u32, queue_limit: Option<u32>) -> Station<T> {
        assert!(servers > 0, "a station needs a server");
        Station { servers, queue_limit, busy: 0, queue: VecDeque::new() }
    }

    /// Something arrives.
    pub fn arrive(&mut self, now: Time, token: T) -> Admission {
        if self.busy < self.servers {
            self.busy += 1;
            Admission::Begins
        } else if self.queue_limit.is_some_and(|limit| self.queue.len() >= limit as usize) {
            Admission::Refused
        } else {
            self.queue.push_back((token, now));
            Admission::Waits
        }
    }

    /// A server is given back; returns who begins next and when it had come.
    pub fn leave(&mut self) -> Option<(T, Time)> {
        let next = self.queue.pop_front();
        if next.is_none() {
            self.busy = self.busy.checked_sub(1).expect("a server is given back once");
        }
        next
    }

    /// One that waits goes away; nobody begins in its place.
    pub fn withdraw(&mut self, token: &T) -> Option<(T, Time)>
    where
        T: PartialEq,
    {
        // Who gives up has mostly waited longest: the search is short.
        if let Some(place) = self.queue.iter().position(|(waiting, _)| waiting == token) {
            self.queue.remove(place);
        }
        None
    }

    /// Everybody inside is gone, waiting or served.
    pub fn abandon(&mut self) {
        self.busy = 0;
        self.queue.clear();
    }

    /// Servers at work.
    pub fn busy(&self) -> u32 {
        self.busy
    }

    /// Those waiting.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_come_first_served_up_to_the_limit() {
        let mut station = Station::new(1, Some(1));
        assert_eq!(station.arrive(Time(1), 'a'), Admission::Begins);
        assert_eq!(station.arrive(Time(2), 'b'), Admission::Waits);
        assert_eq!(station.arrive(Time(3), 'c'), Admission::Refused);
        assert_eq!(station.leave(), Some(('b', Time(2))));
        assert_eq!(station.leave(), None);
        assert_eq!(station.busy(), 0);
    }
}
