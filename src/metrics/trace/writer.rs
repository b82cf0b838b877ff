//! Events as lines of JSON, clipped to a window of time, up to a size.

use crate::kernel::time::Time;
use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// Where an event is shown: process and thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Track {
    /// Process.
    pub pid: u32,
    /// Thread.
    pub tid: u32,
}

/// Why a trace ended early.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// It cannot be written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It would become too large.
    #[error("it would pass {limit_mib} MiB, after {at_s} of simulated time")]
    TooLarge {
        /// The limit, MiB.
        limit_mib: u64,
        /// How far it came, with its unit.
        at_s: String,
    },
}

/// Writes events. After the first error nothing is written any more; [`finish`](Self::finish) tells.
pub(super) struct Writer<W> {
    out: W,
    line: String,
    first: bool,
    written: u64,
    limit: u64,
    pub from: Time,
    pub until: Time,
    error: Option<TraceError>,
}

/// An instant in microseconds, all picoseconds as decimals.
struct Micros(Time);

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.0 / 1_000_000, self.0.0 % 1_000_000);
        write!(f, "{whole}")?;
        if rest == 0 {
            return Ok(());
        }
        let digits = format!("{rest:06}");
        write!(f, ".{}", digits.trim_end_matches('0'))
    }
}

/// `text` as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<W: Write> Writer<W> {
    /// Events between `from` and `until`, at most `limit` bytes; `about` are members of `otherData`.
    pub fn new(out: W, from: Time, until: Time, limit: u64, about: &[(&str, String)]) -> Writer<W> {
        let mut writer = Writer {
            out,
            line: String::new(),
            first: true,
            written: 0,
            limit,
            from,
            until,
            error: None,
        };
        let about: Vec<String> =
            about.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
        // The Trace Event Format's JSON object: times are microseconds whatever is displayed.
        let head = format!(
            "{{\"displayTimeUnit\":\"ms\",\"otherData\":{{{}}},\"traceEvents\":[\n",
            about.join(",")
        );
        writer.put(head.as_bytes(), Time::ZERO);
        writer
    }

    /// Whether anything of (from, to) can be seen.
    pub fn shows(&self, from: Time, to: Time) -> bool {
        from <= self.until && to >= self.from
    }

    fn put(&mut self, bytes: &[u8], at: Time) {
        if self.error.is_some() {
            return;
        }
        self.written += bytes.len() as u64;
        if self.written > self.limit {
            let limit_mib = self.limit >> 20;
            self.error = Some(TraceError::TooLarge { limit_mib, at_s: format!("{} s", at.as_s()) });
        } else if let Err(error) = self.out.write_all(bytes) {
            self.error = Some(error.into());
        }
    }

    /// One event; `at` says how far the run is.
    fn event(&mut self, at: Time, write: impl FnOnce(&mut String)) {
        if self.error.is_some() {
            return;
        }
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        if !std::mem::take(&mut self.first) {
            line.push_str(",\n");
        }
        write(&mut line);
        self.put(line.as_bytes(), at);
        self.line = line;
    }

    /// A slice opens. `args` is the inside of a JSON object, or empty.
    pub fn begin(&mut self, on: Track, at: Time, name: &str, args: &str) {
        let ts = Micros(at.clamp(self.from, self.until));
        let Track { pid, tid } = on;
        self.event(at, |line| {
            let _ = write!(line, r#"{{"ph":"B","pid":{pid},"tid":{tid},"ts":{ts},"name":"{name}""#);
            if !args.is_empty() {
                let _ = write!(line, r#","args":{{{args}}}"#);
            }
            line.push('}');
        });
    }

    /// The innermost slice of the track closes.
    pub fn end(&mut self, on: Track, at: Time) {
        let ts = Micros(at.clamp(self.from, self.until));
        let Track { pid, tid } = on;
        self.event(at, |line| {
            let _ = write!(line, r#"{{"ph":"E","pid":{pid},"tid":{tid},"ts":{ts}}}"#);
        });
    }

    /// A whole slice, if the window shows some of it.
    pub fn slice(&mut self, on: Track, from: Time, to: Time, name: &str, args: &str) {
        if self.shows(from, to) {
            self.begin(on, from, name, args);
            self.end(on, to);
        }
    }

    /// An end (`ph` "s" or "f") of an arrow between slices.
    pub fn arrow(&mut self, ph: char, on: Track, at: Time, id: u64) {
        if !self.shows(at, at) {
            return;
        }
        let (ts, Track { pid, tid }) = (Micros(at), on);
        let enclosing = if ph == 'f' { r#","bp":"e""# } else { "" };
        self.event(at, |line| {
            let _ = write!(
                line,
                r#"{{"ph":"{ph}","pid":{pid},"tid":{tid},"ts":{ts},"cat":"request","name":"slot","id":{id}{enclosing}}}"#
            );
        });
    }

    /// An instant on a track.
    pub fn instant(&mut self, on: Track, at: Time, name: &str) {
        if !self.shows(at, at) {
            return;
        }
        let (ts, Track { pid, tid }) = (Micros(at), on);
        let name = quoted(name);
        self.event(at, |line| {
            let _ = write!(
                line,
                r#"{{"ph":"i","s":"p","pid":{pid},"tid":{tid},"ts":{ts},"name":{name}}}"#
            );
        });
    }

    /// A counter's value from `at` on; `name` is quoted, `args` the inside of an object.
    pub fn counter(&mut self, pid: u32, at: Time, name: &str, args: &str) {
        let ts = Micros(at);
        self.event(at, |line| {
            let _ = write!(
                line,
                r#"{{"ph":"C","pid":{pid},"ts":{ts},"name":{name},"args":{{{args}}}}}"#
            );
        });
    }

    /// The name of a process and its place among them.
    pub fn process(&mut self, pid: u32, name: &str) {
        let name = quoted(name);
        self.event(Time::ZERO, |line| {
            let _ = write!(
                line,
                r#"{{"ph":"M","pid":{pid},"name":"process_name","args":{{"name":{name}}}}},"#
            );
            let _ = write!(
                line,
                "\n{{\"ph\":\"M\",\"pid\":{pid},\"name\":\"process_sort_index\",\
                 \"args\":{{\"sort_index\":{pid}}}}}"
            );
        });
    }

    /// The name of a thread and its place in its process.
    pub fn thread(&mut self, on: Track, name: &str, place: u64) {
        let (name, Track { pid, tid }) = (quoted(name), on);
        self.event(Time::ZERO, |line| {
            let _ = write!(
                line,
                r#"{{"ph":"M","pid":{pid},"tid":{tid},"name":"thread_name","args":{{"name":{name}}}}},"#
            );
            let _ = write!(
                line,
                "\n{{\"ph\":\"M\",\"pid\":{pid},\"tid\":{tid},\"name\":\"thread_sort_index\",\
                 \"args\":{{\"sort_index\":{place}}}}}"
            );
        });
    }

    /// Whether writing has failed, so that the rest of the run need not be played.
    pub fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result<W, TraceError> {
        self.put(b"\n]}\n", self.until);
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_picoseconds() {
        let text = |ps| Micros(Time(ps)).to_string();
        assert_eq!([0, 1, 1_500_000, 7_000_000].map(text), ["0", "0.000001", "1.5", "7"]);
        assert_eq!(text(u64::MAX), "18446744073709.551615");
    }
}
