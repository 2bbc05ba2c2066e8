//! The key that the processes of a logical node share: where it comes from,
//! and what it is good for. It proves who someone is, and that a frame is what
//! was sent; it hides nothing.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;

/// Bytes that a key has at least.
pub const KEY_MIN: usize = 32;
/// Bytes that a key has at most: more is another file, taken by mistake.
pub const KEY_MAX: usize = 4096;
/// Bytes of a proof.
pub const PROOF: usize = 32;
/// Bytes that seal a frame.
pub const SEAL: usize = blake3::OUT_LEN;

/// Whoever has it belongs to the logical node.
#[derive(Clone)]
pub struct Key {
    mac: Hmac<Sha256>,
    is_secret: bool,
}

impl fmt::Debug for Key {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_secret { "Key(secret)" } else { "Key(none)" })
    }
}

impl Key {
    /// A file that others cannot read.
    pub fn read(path: &Path) -> Result<Key, String> {
        let shown = path.display();
        let failed = |error: std::io::Error| format!("cannot read the key {shown}: {error}");
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(format!("the key {shown} is no file"));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            const OTHERS: u32 = 0o077;
            if metadata.permissions().mode() & OTHERS != 0 {
                return Err(format!("others may read the key {shown}; run: chmod 600 {shown}"));
            }
        }
        let mut bytes = Vec::new();
        file.take(KEY_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        Key::new(&bytes).map_err(|why| format!("the key {shown} {why}"))
    }

    /// A key from its bytes.
    pub fn new(bytes: &[u8]) -> Result<Key, String> {
        if bytes.len() < KEY_MIN {
            let count = bytes.len();
            return Err(format!("is too short: {count} bytes, and it takes {KEY_MIN} or more"));
        }
        if bytes.len() > KEY_MAX {
            return Err(format!("is too long: it takes {KEY_MAX} bytes or less"));
        }
        Ok(Key { mac: keyed(bytes), is_secret: true })
    }

    /// What everybody knows: for processes of one machine.
    pub fn none() -> Key {
        Key { mac: keyed(b""), is_secret: false }
    }

    /// Whether it keeps anyone out.
    pub fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// What only someone with the key can say about these bytes.
    pub fn proof(&self, what: &str, parts: &[&[u8]]) -> [u8; PROOF] {
        self.over(what, parts).finalize().into_bytes().into()
    }

    /// Whether that was said, in a time that does not hang on the answer.
    pub fn is_proof(&self, what: &str, parts: &[&[u8]], proof: &[u8; PROOF]) -> bool {
        self.over(what, parts).verify(proof.into()).is_ok()
    }

    /// What seals the frames of one direction of one connection.
    pub fn seal(&self, what: &str, parts: &[&[u8]]) -> Seal {
        Seal { key: self.is_secret.then(|| self.proof(what, parts)), count: 0 }
    }

    fn over(&self, what: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        for part in [what.as_bytes()].into_iter().chain(parts.iter().copied()) {
            // With its length, so that no two lists of parts are the same bytes.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac
    }
}

fn keyed(bytes: &[u8]) -> Hmac<Sha256> {
    // A key of any length fits this construction.
    match Hmac::new_from_slice(bytes) {
        Ok(mac) => mac,
        Err(_) => Hmac::new(&Default::default()),
    }
}

/// Seals frames one after the other, or tells whether one is sealed: left out,
/// repeated, moved or changed ones are not. Every byte that is sent goes through
/// it twice, so it is keyed BLAKE3 (O'Connor, Aumasson, Neves and
/// Wilcox-O'Hearn, 2020), which costs a fraction of an HMAC.
pub struct Seal {
    /// `None`: everybody may write.
    key: Option<[u8; PROOF]>,
    count: u64,
}

impl Seal {
    /// The seal of the next frame.
    pub fn next(&mut self, head: &[u8], body: &[u8]) -> [u8; SEAL] {
        self.over(head, body).map_or([0; SEAL], blake3::Hash::into)
    }

    /// Whether this is the seal of the next frame, in a time that does not hang
    /// on the answer.
    pub fn fits(&mut self, head: &[u8], body: &[u8], seal: &[u8; SEAL]) -> bool {
        match self.over(head, body) {
            Some(hash) => hash == *seal,
            None => *seal == [0; SEAL],
        }
    }

    fn over(&mut self, head: &[u8], body: &[u8]) -> Option<blake3::Hash> {
        let mut hasher = blake3::Hasher::new_keyed(self.key.as_ref()?);
        hasher.update(&self.count.to_le_bytes());
        // The length of a body stands in its head.
        hasher.update(head).update(body);
        self.count += 1;
        Some(hasher.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_are_of_one_key_and_one_text() {
        let (one, other) = (Key::new(&[1; 32]).unwrap(), Key::new(&[2; 32]).unwrap());
        let proof = one.proof("a", &[b"bc", b"d"]);
        assert!(one.is_proof("a", &[b"bc", b"d"], &proof));
        assert!(!one.is_proof("a", &[b"b", b"cd"], &proof));
        assert!(!one.is_proof("b", &[b"bc", b"d"], &proof));
        assert!(!other.is_proof("a", &[b"bc", b"d"], &proof));
        assert!(Key::new(&[1; 31]).unwrap_err().contains("31 bytes"));
        assert!(Key::new(&[1; KEY_MAX + 1]).is_err());
    }

    #[test]
    fn seals_hold_the_order() {
        let key = Key::new(&[7; 40]).unwrap();
        let (mut sends, mut hears) = (key.seal("x", &[]), key.seal("x", &[]));
        let first = sends.next(b"h", b"one");
        let second = sends.next(b"h", b"two");
        assert_ne!(first, [0; SEAL]);
        assert!(hears.fits(b"h", b"one", &first));
        assert!(!hears.fits(b"h", b"one", &first), "a frame counts once");
        let mut hears = key.seal("x", &[]);
        assert!(!hears.fits(b"h", b"two", &second), "no frame is left out");
    }

    #[test]
    fn no_key_seals_nothing() {
        let mut seal = Key::none().seal("x", &[]);
        assert_eq!(seal.next(b"h", b"b"), [0; SEAL]);
        assert!(!seal.fits(b"h", b"b", &[1; SEAL]));
    }

    #[cfg(unix)]
    #[test]
    fn keys_that_others_may_read_are_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, [3; 32]).unwrap();
        let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        mode(0o640);
        assert!(Key::read(&path).unwrap_err().contains("chmod 600"));
        mode(0o600);
        assert!(Key::read(&path).is_ok());
        assert!(Key::read(dir.path()).unwrap_err().contains("is no file"));
    }
}
