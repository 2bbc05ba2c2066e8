//! The log of a node: what it took in, as bytes on a disk. What was written
//! last is sure only once it is synced; a crash may leave any part of it.
//! Records have a checksum, so a record that was written in part is known as
//! such. What records mean is not known here.
//!
//! A record is its length and its checksum, four bytes each, low ones first,
//! and its body: a byte for its kind, then its fields.

/// Bytes in front of a body.
const HEAD: usize = 8;

/// What a record says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Record {
    /// The node started.
    Start {
        /// Starts before this one.
        boot: i64,
        /// The instant, as its clock told it.
        now: i64,
    },
    /// It took these in, at this instant.
    Took {
        /// The instant.
        now: i64,
        /// In order.
        items: Vec<Item>,
    },
    /// A peer has acknowledged group messages.
    Acked {
        /// The peer.
        from: u32,
        /// Whose numbers they are.
        life: i64,
        /// All up to this one.
        upto: u64,
        /// And these.
        beyond: Vec<u64>,
    },
}

/// Something that was given together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Item {
    /// The peer that sent it, with the number of a group message.
    pub from: Option<(u32, Option<(i64, u64)>)>,
    /// Rows, encoded, with their collections.
    pub rows: Vec<(u32, Vec<u8>)>,
}

const START: u8 = 1;
const TOOK: u8 = 2;
const ACKED: u8 = 3;

/// A log.
#[derive(Clone, Default)]
pub(super) struct Log {
    bytes: Vec<u8>,
    synced: usize,
}

impl Log {
    /// Begins a record; gives where.
    fn begin(&mut self, kind: u8) -> usize {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; HEAD]);
        self.bytes.push(kind);
        at
    }

    fn end(&mut self, at: usize) {
        let body = &self.bytes[at + HEAD..];
        let (len, sum) = (body.len() as u32, crc32fast::hash(body));
        self.bytes[at..at + 4].copy_from_slice(&len.to_le_bytes());
        self.bytes[at + 4..at + HEAD].copy_from_slice(&sum.to_le_bytes());
    }

    fn word(&mut self, word: u64) {
        self.bytes.extend_from_slice(&word.to_le_bytes());
    }

    /// Appends a start.
    pub fn start(&mut self, boot: i64, now: i64) {
        let at = self.begin(START);
        self.word(boot as u64);
        self.word(now as u64);
        self.end(at);
    }

    /// Appends an acknowledgement.
    pub fn acked(&mut self, from: u32, life: i64, upto: u64, beyond: &[u64]) {
        let at = self.begin(ACKED);
        self.word(u64::from(from));
        self.word(life as u64);
        self.word(upto);
        beyond.iter().for_each(|nth| self.word(*nth));
        self.end(at);
    }

    /// Begins what is taken in at an instant.
    pub fn took(&mut self, now: i64) -> Took<'_> {
        let at = self.begin(TOOK);
        self.word(now as u64);
        Took { log: self, at }
    }

    /// Everything up to here is sure.
    pub fn sync(&mut self) {
        self.synced = self.bytes.len();
    }

    /// Whether something is not sure.
    pub fn is_open(&self) -> bool {
        self.synced < self.bytes.len()
    }

    /// A crash: what was not sure is lost; but for a part of it, if it is torn.
    pub fn lose(&mut self, torn: bool) {
        let rest = self.bytes.len() - self.synced;
        self.bytes.truncate(self.synced + if torn { rest.div_ceil(2) } else { 0 });
    }

    /// All whole records. What stands behind them is cut off: it was written in
    /// part. All that is left is sure.
    pub fn recover(&mut self) -> Vec<Record> {
        let (mut records, mut at) = (Vec::new(), 0);
        while let Some((record, end)) = self.record(at) {
            records.push(record);
            at = end;
        }
        self.bytes.truncate(at);
        self.synced = at;
        records
    }

    fn record(&self, at: usize) -> Option<(Record, usize)> {
        let head = self.bytes.get(at..at + HEAD)?;
        let number = |of: &[u8]| of.try_into().ok().map(u32::from_le_bytes);
        let (len, sum) = (number(&head[..4])?, number(&head[4..])?);
        let end = (at + HEAD).checked_add(len as usize)?;
        let body = self.bytes.get(at + HEAD..end)?;
        if crc32fast::hash(body) != sum {
            return None;
        }
        let mut reader = Reader { bytes: body };
        let record = reader.record()?;
        reader.bytes.is_empty().then_some((record, end))
    }
}

/// A record of what is taken in, while it is written.
pub(super) struct Took<'a> {
    log: &'a mut Log,
    at: usize,
}

/// Marks of items.
const EVENT: u8 = 0;
const PLAIN: u8 = 1;
const GROUP: u8 = 2;

impl Took<'_> {
    /// Something given, with how many rows.
    pub fn item(&mut self, from: Option<(u32, Option<(i64, u64)>)>, rows: usize) {
        match from {
            None => self.log.bytes.push(EVENT),
            Some((from, None)) => {
                self.log.bytes.push(PLAIN);
                self.log.bytes.extend_from_slice(&from.to_le_bytes());
            }
            Some((from, Some((life, nth)))) => {
                self.log.bytes.push(GROUP);
                self.log.bytes.extend_from_slice(&from.to_le_bytes());
                self.log.word(life as u64);
                self.log.word(nth);
            }
        }
        self.log.bytes.extend_from_slice(&(rows as u32).to_le_bytes());
    }

    /// One of its rows.
    pub fn row(&mut self, rel: u32, row: &[u8]) {
        self.log.bytes.extend_from_slice(&rel.to_le_bytes());
        self.log.bytes.extend_from_slice(&(row.len() as u32).to_le_bytes());
        self.log.bytes.extend_from_slice(row);
    }

    /// All is written.
    pub fn end(self) {
        self.log.end(self.at);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn take(&mut self, n: usize) -> Option<&[u8]> {
        let (part, rest) = self.bytes.split_at_checked(n)?;
        self.bytes = rest;
        Some(part)
    }

    fn word(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    fn half(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn record(&mut self) -> Option<Record> {
        match self.take(1)?[0] {
            START => Some(Record::Start { boot: self.word()? as i64, now: self.word()? as i64 }),
            TOOK => {
                let now = self.word()? as i64;
                let mut items = Vec::new();
                while !self.bytes.is_empty() {
                    items.push(self.item()?);
                }
                Some(Record::Took { now, items })
            }
            ACKED => {
                let (from, life, upto) = (self.word()? as u32, self.word()? as i64, self.word()?);
                let mut beyond = Vec::new();
                while !self.bytes.is_empty() {
                    beyond.push(self.word()?);
                }
                Some(Record::Acked { from, life, upto, beyond })
            }
            _ => None,
        }
    }

    fn item(&mut self) -> Option<Item> {
        let from = match self.take(1)?[0] {
            EVENT => None,
            PLAIN => Some((self.half()?, None)),
            GROUP => Some((self.half()?, Some((self.word()? as i64, self.word()?)))),
            _ => return None,
        };
        let count = self.half()?;
        let mut rows = Vec::new();
        for _ in 0..count {
            let (rel, len) = (self.half()?, self.half()?);
            rows.push((rel, self.take(len as usize)?.to_vec()));
        }
        Some(Item { from, rows })
    }
}
