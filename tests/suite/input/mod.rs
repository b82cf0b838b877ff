//! What is read, and what is said of what cannot be.

mod bad_input;
mod catalog;
