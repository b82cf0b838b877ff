//! The journal of a sweep: one record a finished replicate, appended, flushed to the device and
//! checksummed, so that nothing finished is ever lost and nothing half-written is ever believed.
//!
//! ```text
//! file    header record*
//! header  one line of JSON, line feed
//! record  mark (4 bytes)  length of body (u32)  body  XXH3-64 of mark, length and body
//! ```
//! All numbers little-endian. A record that the end of the file cuts short, or garbles with nothing
//! valid behind it, was not finished when the machine stopped: it is dropped and run again. A record
//! that is garbled with valid ones behind it is damage, and an error.

use super::{Plan, Shard};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Begins every record.
const MARK: [u8; 4] = *b"GCr1";
/// Bytes of a record around its body.
const AROUND: usize = 16;
/// Longest body: a diagnostic text.
const LONGEST: usize = 1 << 20;
/// Version of the file's layout.
const FORMAT: u32 = 1;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Reading or writing failed.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process has it.
    #[error("{} is in use by another process; wait for it, or end it", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A record in the middle is damaged.
    #[error(
        "{} is damaged at byte {at}, with whole records behind it; restore it from a copy, or run \
         the study anew with --restart", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        at: u64,
    },
    /// It is of another study, or of another part.
    #[error("{} is not of this study as it stands: {why}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What differs.
        why: String,
    },
}

/// Fingerprint of a run and its metrics' values, or why there are none.
pub type Finished = Result<(u128, Vec<Option<f64>>), String>;

/// What became of one replicate of one point.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Number of the point.
    pub point: u64,
    /// Number of the replicate.
    pub replicate: u32,
    /// Its run, if it could be made.
    pub result: Finished,
}

impl Record {
    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend_from_slice(&self.point.to_le_bytes());
        body.extend_from_slice(&self.replicate.to_le_bytes());
        match &self.result {
            Ok((fingerprint, values)) => {
                body.push(1);
                body.extend_from_slice(&fingerprint.to_le_bytes());
                for value in values {
                    // NaN stands for none: metrics are never NaN.
                    body.extend_from_slice(&value.unwrap_or(f64::NAN).to_le_bytes());
                }
            }
            Err(why) => {
                body.push(0);
                let mut end = why.len().min(LONGEST - 64);
                while !why.is_char_boundary(end) {
                    end -= 1;
                }
                body.extend_from_slice(&why.as_bytes()[..end]);
            }
        }
        body
    }

    fn parse(body: &[u8]) -> Option<Record> {
        let (point, rest) = body.split_first_chunk::<8>()?;
        let (replicate, rest) = rest.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first()?;
        let result = if *kind == 1 {
            let (fingerprint, values) = rest.split_first_chunk::<16>()?;
            let (values, odd) = values.as_chunks::<8>();
            let value = |bytes: &[u8; 8]| Some(f64::from_le_bytes(*bytes)).filter(|v| !v.is_nan());
            odd.is_empty().then_some(())?;
            Ok((u128::from_le_bytes(*fingerprint), values.iter().map(value).collect()))
        } else {
            Err(String::from_utf8(rest.to_vec()).ok()?)
        };
        let (point, replicate) = (u64::from_le_bytes(*point), u32::from_le_bytes(*replicate));
        Some(Record { point, replicate, result })
    }

    fn bytes(&self) -> Vec<u8> {
        let body = self.body();
        let mut bytes = MARK.to_vec();
        bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
        bytes
    }
}

/// The record at the beginning of `bytes` and its length.
fn record_at(bytes: &[u8]) -> Option<(Record, usize)> {
    let rest = bytes.strip_prefix(&MARK)?;
    let length = u32::from_le_bytes(*rest.first_chunk::<4>()?) as usize;
    let end = 8 + length;
    let sum = bytes.get(end..end + 8)?;
    let whole = length <= LONGEST && xxh3_64(&bytes[..end]).to_le_bytes() == sum;
    let record = whole.then(|| Record::parse(&bytes[8..end])).flatten()?;
    Some((record, length + AROUND))
}

/// A journal, open and locked.
#[derive(Debug)]
pub struct Journal {
    /// Its file.
    pub path: PathBuf,
    /// Bytes at its end that were dropped when it was opened.
    pub dropped: u64,
    file: File,
    end: u64,
    index: BTreeMap<(u64, u32), u64>,
}

impl Journal {
    /// Where the journal of a part of a plan is: beside its output folders.
    pub fn place(folder: &Path, plan: &Plan, shard: Shard) -> PathBuf {
        let part = match shard {
            Shard::WHOLE => String::new(),
            Shard { index, of } => format!(".shard-{}-of-{of}", index + 1),
        };
        folder.join(format!("{}{part}.journal", plan.hash))
    }

    /// Opens the journal at `path`, made if there is none, and reads what it holds. With `anew`
    /// what it holds is thrown away.
    ///
    /// # Errors
    /// It cannot be read, is in use, is damaged, or is of another study.
    pub fn open(path: &Path, plan: &Plan, anew: bool) -> Result<Journal, JournalError> {
        let error = |what| move |source| JournalError::Io { what, path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(error("make the folder of"))?;
        }
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(error("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Busy { path: path.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(error("lock")(source)),
        }
        let mut journal =
            Journal { path: path.to_owned(), dropped: 0, file, end: 0, index: BTreeMap::new() };
        if anew {
            journal.file.set_len(0).map_err(error("empty"))?;
        }
        journal.read(plan)?;
        Ok(journal)
    }

    /// Opens a finished or unfinished journal to read it only.
    ///
    /// # Errors
    /// Those of [`Journal::open`]; a file that is not there is not made.
    pub fn open_existing(path: &Path, plan: &Plan) -> Result<Journal, JournalError> {
        let error = |source| JournalError::Io { what: "open", path: path.to_owned(), source };
        fs::metadata(path).map_err(error)?;
        Journal::open(path, plan, false)
    }

    fn error(&self, what: &'static str) -> impl FnOnce(io::Error) -> JournalError + use<> {
        let path = self.path.clone();
        move |source| JournalError::Io { what, path, source }
    }

    /// The first line of a plan's journals.
    fn header(plan: &Plan) -> String {
        let header = serde_json::json!({
            "gapcast_journal": FORMAT,
            "gapcast_version": env!("CARGO_PKG_VERSION"),
            "study": plan.study.name,
            "plan": plan.hash,
            "metrics": plan.study.metrics,
        });
        format!("{header}\n")
    }

    /// Reads the header and all records; writes the header if it is not whole.
    fn read(&mut self, plan: &Plan) -> Result<(), JournalError> {
        let mut bytes = Vec::new();
        let mut reader = BufReader::new(&self.file);
        reader.seek(SeekFrom::Start(0)).map_err(self.error("read"))?;
        reader.read_to_end(&mut bytes).map_err(self.error("read"))?;
        let header = Journal::header(plan);
        let line = bytes.iter().position(|&byte| byte == b'\n').map(|at| &bytes[..=at]);
        let Some(line) = line else {
            // Killed while its first line was written, or new.
            if !header.as_bytes().starts_with(&bytes) {
                let why = "it does not begin as a journal does".to_owned();
                return Err(JournalError::Other { path: self.path.clone(), why });
            }
            return self.begin(&header);
        };
        if line != header.as_bytes() {
            let path = self.path.clone();
            return Err(JournalError::Other { path, why: what_differs(line, plan) });
        }
        let mut at = line.len();
        while let Some((record, length)) = record_at(&bytes[at..]) {
            self.index.insert((record.point, record.replicate), at as u64);
            at += length;
        }
        if at < bytes.len() && whole_record_within(&bytes[at + 1..]) {
            return Err(JournalError::Damaged { path: self.path.clone(), at: at as u64 });
        }
        self.dropped = (bytes.len() - at) as u64;
        self.end = at as u64;
        Ok(())
    }

    /// Writes the header of an empty journal, and makes its name durable.
    fn begin(&mut self, header: &str) -> Result<(), JournalError> {
        self.file.set_len(0).map_err(self.error("empty"))?;
        self.write(header.as_bytes())?;
        if let Some(folder) = self.path.parent().filter(|path| !path.as_os_str().is_empty()) {
            // Not every system can flush a folder; the file itself is flushed.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }

    /// Writes at the end and flushes to the device.
    fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let mut write = || {
            self.file.seek(SeekFrom::Start(self.end))?;
            self.file.write_all(bytes)?;
            self.file.sync_data()
        };
        write().map_err(self.error("write"))?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Appends a record; when this returns it is durable.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        if self.dropped > 0 {
            self.file.set_len(self.end).map_err(self.error("shorten"))?;
            self.dropped = 0;
        }
        let at = self.end;
        self.write(&record.bytes())?;
        self.index.insert((record.point, record.replicate), at);
        Ok(())
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Whether it holds replicate `replicate` of point `point`.
    pub fn has(&self, point: u64, replicate: u32) -> bool {
        self.index.contains_key(&(point, replicate))
    }

    /// The record of a replicate, if there is one.
    ///
    /// # Errors
    /// It cannot be read, or changed since the journal was opened.
    pub fn get(&mut self, point: u64, replicate: u32) -> Result<Option<Record>, JournalError> {
        let Some(&at) = self.index.get(&(point, replicate)) else { return Ok(None) };
        let mut read = || {
            let mut head = [0; 8];
            self.file.seek(SeekFrom::Start(at))?;
            self.file.read_exact(&mut head)?;
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            let mut bytes = head.to_vec();
            bytes.resize(AROUND + length.min(LONGEST), 0);
            self.file.read_exact(&mut bytes[8..])?;
            Ok(bytes)
        };
        let bytes = read().map_err(self.error("read"))?;
        match record_at(&bytes) {
            Some((record, _)) => Ok(Some(record)),
            None => Err(JournalError::Damaged { path: self.path.clone(), at }),
        }
    }
}

/// Opens the journals of a plan's parts to be read together.
///
/// # Errors
/// The first journal that cannot be used.
pub fn read_all(paths: &[PathBuf], plan: &Plan) -> Result<Vec<Journal>, JournalError> {
    paths.iter().map(|path| Journal::open_existing(path, plan)).collect()
}

/// Whether a whole record begins anywhere in `bytes`.
fn whole_record_within(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|at| bytes[at] == MARK[0] && record_at(&bytes[at..]).is_some())
}

/// What a foreign header says.
fn what_differs(line: &[u8], plan: &Plan) -> String {
    let Ok(header) = serde_json::from_slice::<serde_json::Value>(line) else {
        return "it does not begin as a journal does".to_owned();
    };
    let text = |key: &str| header[key].as_str().unwrap_or("?").to_owned();
    if header["gapcast_journal"] != FORMAT {
        return format!("its layout is version {}, not {FORMAT}", header["gapcast_journal"]);
    }
    if text("gapcast_version") != env!("CARGO_PKG_VERSION") {
        return format!("it was written by gapcast {}", text("gapcast_version"));
    }
    if text("plan") != plan.hash {
        return "points, metrics, seed or base scenario differ".to_owned();
    }
    format!("it is of study \"{}\"", text("study"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(point: u64) -> Record {
        Record { point, replicate: 3, result: Ok((7, vec![Some(1.5), None])) }
    }

    #[test]
    fn records_read_back_as_they_were_written() {
        let failure = Record { point: 9, replicate: 0, result: Err("no such µ".into()) };
        for record in [record(1), failure] {
            let bytes = record.bytes();
            assert_eq!(record_at(&bytes), Some((record, bytes.len())));
        }
    }

    /// No prefix of a record is one, nor is one with any single bit turned.
    #[test]
    fn nothing_but_a_whole_record_is_believed() {
        let bytes = record(1).bytes();
        assert!((0..bytes.len()).all(|end| record_at(&bytes[..end]).is_none()));
        for bit in 0..bytes.len() * 8 {
            let mut wrong = bytes.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(record_at(&wrong), None, "bit {bit}");
        }
    }

    #[test]
    fn a_whole_record_is_found_behind_damage() {
        let mut bytes = record(1).bytes();
        bytes[9] ^= 1;
        assert!(!whole_record_within(&bytes[1..]));
        bytes.extend(record(2).bytes());
        assert!(whole_record_within(&bytes[1..]));
    }
}
