//! Typed ids and the tables they index: a `NodeId` cannot index links.

use serde::{Serialize, Serializer};
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// An id is a `u32` in a type of its own.
pub trait Id: Copy + Eq + Ord {
    /// The id of row `index`.
    fn from_index(index: usize) -> Self;
    /// The row this id names.
    fn index(self) -> usize;
}

/// Declares id types.
#[macro_export]
macro_rules! define_id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        pub struct $name(pub u32);
        impl $crate::kernel::id::Id for $name {
            #[inline]
            fn from_index(index: usize) -> Self {
                $name(u32::try_from(index).expect("more than 2^32 rows"))
            }
            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

/// A vector that only its own id can index.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<I, T> {
    rows: Vec<T>,
    id: PhantomData<fn(I)>,
}

impl<I: Id, T> Table<I, T> {
    /// An empty table.
    pub fn new() -> Self {
        Table { rows: Vec::new(), id: PhantomData }
    }
    /// Adds a row and names it.
    pub fn push(&mut self, row: T) -> I {
        let id = I::from_index(self.rows.len());
        self.rows.push(row);
        id
    }
    /// Rows in the table.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// Every id, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + use<I, T> {
        (0..self.rows.len()).map(I::from_index)
    }
    /// Every row with its id, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator {
        self.rows.iter().enumerate().map(|(i, row)| (I::from_index(i), row))
    }
    /// Every row with its id, in order, to change.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (I, &mut T)> {
        self.rows.iter_mut().enumerate().map(|(i, row)| (I::from_index(i), row))
    }
    /// The rows alone.
    pub fn rows(&self) -> &[T] {
        &self.rows
    }
}

impl<I: Id, T> Default for Table<I, T> {
    fn default() -> Self {
        Table::new()
    }
}

impl<I: Id, T> FromIterator<T> for Table<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(rows: It) -> Self {
        Table { rows: rows.into_iter().collect(), id: PhantomData }
    }
}

impl<I: Id, T> Index<I> for Table<I, T> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        &self.rows[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for Table<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.rows[id.index()]
    }
}

/// Rows that come and go: the id of one that is gone is used again.
#[derive(Debug, Clone)]
pub struct Pool<I, T> {
    rows: Table<I, T>,
    free: Vec<I>,
}

impl<I: Id, T> Pool<I, T> {
    /// An empty pool.
    pub fn new() -> Self {
        Pool { rows: Table::new(), free: Vec::new() }
    }
    /// Names a row: one that is gone, as it was left, or a new one.
    pub fn claim(&mut self, new: impl FnOnce() -> T) -> I {
        self.free.pop().unwrap_or_else(|| self.rows.push(new()))
    }
    /// Takes a row in and names it.
    pub fn keep(&mut self, row: T) -> I {
        match self.free.pop() {
            Some(id) => {
                self.rows[id] = row;
                id
            }
            None => self.rows.push(row),
        }
    }
    /// The row is gone.
    pub fn release(&mut self, id: I) {
        self.free.push(id);
    }
    /// Every row with its id, in order, those that are gone as they were left.
    pub fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        self.rows.iter()
    }
    /// The ids of rows that are not gone, in order.
    pub fn used(&self) -> Vec<I> {
        let mut used = vec![true; self.rows.len()];
        self.free.iter().for_each(|id| used[id.index()] = false);
        self.rows.ids().filter(|id| used[id.index()]).collect()
    }
}

impl<I: Id, T> Default for Pool<I, T> {
    fn default() -> Self {
        Pool::new()
    }
}

impl<I: Id, T> Index<I> for Pool<I, T> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        &self.rows[id]
    }
}

impl<I: Id, T> IndexMut<I> for Pool<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.rows[id]
    }
}

impl<I, T: Serialize> Serialize for Table<I, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}
