//! What a process says when it leaves the others: an exit code and a few
//! words. What led to it is not known here.

use std::time::Duration;

use crate::cluster::frames::Kind;
use crate::cluster::frames::Sender;

/// The code of a command line or a world that does not fit.
pub const WRONG_CODE: u8 = 2;
/// Bytes of the longest reason.
const WHY_MAX: usize = 1024;
/// How long the last word may take.
const HURRY: Duration = Duration::from_millis(500);

/// The bytes of a parting.
pub fn write(code: u8, why: &str) -> Vec<u8> {
    let mut end = why.len().min(WHY_MAX);
    while !why.is_char_boundary(end) {
        end -= 1;
    }
    let mut bytes = vec![code];
    bytes.extend(&why.as_bytes()[..end]);
    bytes
}

/// What such bytes say; they are shown as one line.
pub fn read(bytes: &[u8]) -> (u8, String) {
    let (code, why) = bytes.split_first().unwrap_or((&WRONG_CODE, &[]));
    let why = &why[..why.len().min(WHY_MAX)];
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    (*code, String::from_utf8_lossy(why).chars().map(plain).collect())
}

/// Says it to all, as far as they hear it.
pub fn tell<'a>(all: impl Iterator<Item = &'a mut Sender>, code: u8, why: &str) {
    let bytes = write(code, why);
    for sender in all {
        sender.hurry(HURRY);
        // Who does not hear it sees the connection close.
        let _ = sender.send(Kind::End, &bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partings_are_one_short_line() {
        assert_eq!(read(&write(1, "a\nb")), (1, "a b".to_owned()));
        let long = "é".repeat(WHY_MAX);
        assert_eq!(read(&write(1, &long)).1, "é".repeat(WHY_MAX / 2));
        assert_eq!(read(&[]), (WRONG_CODE, String::new()));
        assert_eq!(read(&[3, 0xff]).0, 3);
    }
}
