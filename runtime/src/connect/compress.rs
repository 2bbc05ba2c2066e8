//! Compressed data: told by its first bytes, unpacked in a thread of its own
//! while others parse, and packed chunk by chunk, so that many threads can.
//! Both formats allow any number of members after each other. This room must
//! not know what the bytes mean.

use std::fmt;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;

/// First bytes of the formats.
const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
/// Of a frame of zstd that holds no data: any of sixteen first bytes, then these.
const ZSTD_SKIPPED: &[u8] = b"\x2a\x4d\x18";
/// Level of gzip: a fifth larger than the default level and three times as fast.
const GZIP_LEVEL: u32 = 3;
/// Level of zstd: its own default.
const ZSTD_LEVEL: i32 = 3;
/// Bytes that are unpacked at a time.
const CHUNK_BYTES: usize = 512 << 10;
/// Chunks that wait to be parsed.
const CHUNKS_AHEAD: usize = 2;

/// A format.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Compression {
    /// After RFC 1952.
    Gzip,
    /// After RFC 8878.
    Zstd,
}

impl Compression {
    /// The extension of files.
    pub fn extension(self) -> &'static str {
        match self {
            Compression::Gzip => "gz",
            Compression::Zstd => "zst",
        }
    }

    /// The name for messages.
    fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }

    /// The format that a file's name promises, and its name without it.
    pub fn of(path: &Path) -> (Option<Compression>, PathBuf) {
        let found = match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Some(Compression::Gzip),
            Some("zst") => Some(Compression::Zstd),
            _ => None,
        };
        (found, if found.is_some() { path.with_extension("") } else { path.to_path_buf() })
    }

    /// The format of data that begins with these bytes.
    fn starts(bytes: &[u8]) -> Option<Compression> {
        if bytes.starts_with(GZIP) {
            return Some(Compression::Gzip);
        }
        let skipped = bytes.first().is_some_and(|byte| byte >> 4 == 5)
            && bytes.get(1..4).is_some_and(|more| more == ZSTD_SKIPPED);
        (bytes.starts_with(ZSTD) || skipped).then_some(Compression::Zstd)
    }

    /// A text as one whole member.
    pub fn pack(self, text: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Compression::Gzip => {
                let level = flate2::Compression::new(GZIP_LEVEL);
                let mut packed = flate2::write::GzEncoder::new(Vec::new(), level);
                packed.write_all(text)?;
                packed.finish()
            }
            Compression::Zstd => {
                let mut packed = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
                packed.include_checksum(true)?;
                packed.write_all(text)?;
                packed.finish()
            }
        }
    }
}

/// Data that is not what it should be, as opposed to data that cannot be read.
#[derive(Debug)]
pub struct Damage(pub String);

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Damage {}

fn damage(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Damage(why))
}

/// The data of a source, unpacked if it is packed. What its name promises must
/// be true; what it does not promise is seen all the same.
pub fn unpacked(
    mut source: Box<dyn Read + Send>,
    promised: Option<Compression>,
) -> io::Result<Box<dyn Read>> {
    let mut start = Vec::new();
    source.by_ref().take(ZSTD.len() as u64).read_to_end(&mut start)?;
    let found = Compression::starts(&start);
    if let Some(promised) = promised.filter(|promised| found != Some(*promised)) {
        let name = promised.name();
        return Err(damage(match start.is_empty() {
            true => format!("the file is empty, which no {name} data is"),
            false => format!("the name says {name}, but the content is something else"),
        }));
    }
    let whole = io::Cursor::new(start).chain(source);
    Ok(match found {
        None => Box::new(whole),
        Some(format) => Box::new(Ahead::new(format, Box::new(whole))?),
    })
}

/// What a thread unpacks ahead of its reader.
struct Ahead {
    chunks: mpsc::Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
}

impl Ahead {
    fn new(format: Compression, source: Box<dyn Read + Send>) -> io::Result<Ahead> {
        let (send, chunks) = mpsc::sync_channel(CHUNKS_AHEAD);
        let unpack = move || {
            let unpacker: io::Result<Box<dyn Read>> = match format {
                Compression::Gzip => {
                    let source = io::BufReader::new(source);
                    Ok(Box::new(flate2::bufread::MultiGzDecoder::new(source)))
                }
                Compression::Zstd => match zstd::stream::read::Decoder::new(source) {
                    Ok(decoder) => Ok(Box::new(decoder)),
                    Err(error) => Err(error),
                },
            };
            match unpacker {
                Ok(mut unpacker) => unpack_all(&mut unpacker, format, &send),
                Err(error) => drop(send.send(Err(error))),
            }
        };
        std::thread::Builder::new().name("unpack".into()).spawn(unpack)?;
        Ok(Ahead { chunks, chunk: Vec::new(), at: 0 })
    }
}

fn unpack_all(
    unpacker: &mut dyn Read,
    format: Compression,
    send: &mpsc::SyncSender<io::Result<Vec<u8>>>,
) {
    loop {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        let read = unpacker.take(CHUNK_BYTES as u64).read_to_end(&mut chunk);
        let end = chunk.len() < CHUNK_BYTES;
        // What came before the damage is handed on: the place is told by it.
        if !chunk.is_empty() && send.send(Ok(chunk)).is_err() {
            return;
        }
        if let Err(error) = read {
            // A reader that went away does not want to know.
            let _ = send.send(Err(told(format, error)));
            return;
        }
        if end {
            return;
        }
    }
}

/// The libraries' words for broken data, in ours; other failures as they are.
fn told(format: Compression, error: io::Error) -> io::Error {
    let name = format.name();
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            damage(format!("the {name} data ends too early: the file is cut off or damaged"))
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other
            if error.raw_os_error().is_none() =>
        {
            damage(format!("the {name} data is damaged: {error}"))
        }
        _ => error,
    }
}

impl Read for Ahead {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            match self.chunks.recv() {
                Ok(Ok(chunk)) => (self.chunk, self.at) = (chunk, 0),
                Ok(Err(error)) => return Err(error),
                // The thread is done.
                Err(mpsc::RecvError) => return Ok(0),
            }
        }
        let count = out.len().min(self.chunk.len() - self.at);
        out[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(packed: Vec<u8>, promised: Option<Compression>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        unpacked(Box::new(io::Cursor::new(packed)), promised)?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn members_follow_each_other() {
        for format in [Compression::Gzip, Compression::Zstd] {
            let mut packed = format.pack(b"a,1\n").unwrap();
            packed.extend(format.pack(b"").unwrap());
            packed.extend(format.pack(&[b'x'; 2_000_000]).unwrap());
            let out = again(packed, None).unwrap();
            assert_eq!(out.len(), 2_000_004);
            assert!(out.starts_with(b"a,1\nx"));
        }
        assert_eq!(again(b"a,1\n".to_vec(), None).unwrap(), b"a,1\n");
        assert_eq!(again(Vec::new(), None).unwrap(), b"");
    }

    #[test]
    fn every_cut_and_every_wrong_byte_is_told() {
        for format in [Compression::Gzip, Compression::Zstd] {
            let text: Vec<u8> =
                (0..400u32).flat_map(|i| format!("{i},{}\n", i * 7).into_bytes()).collect();
            let packed = format.pack(&text).unwrap();
            for cut in 0..packed.len() {
                let error = again(packed[..cut].to_vec(), Some(format)).unwrap_err();
                assert!(error.get_ref().is_some_and(|e| e.is::<Damage>()), "{cut}: {error:?}");
            }
            for at in packed.len() / 2..packed.len() {
                let mut wrong = packed.clone();
                wrong[at] ^= 0x55;
                assert!(again(wrong, Some(format)).is_err(), "{at}");
            }
        }
    }
}
