//! Reads CSV of unsigned numbers as fast as one thread reasonably can, so that peers are not slow
//! for want of a loader. It must not know what the rows mean.

use std::fs;
use std::path::Path;

/// The rows of `folder/relation.csv`.
pub fn rows<const N: usize>(folder: &Path, relation: &str) -> Result<Vec<[u32; N]>, String> {
    let path = folder.join(relation).with_extension("csv");
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&bytes).map_err(|line| {
        format!("{}:{line}: expected {N} unsigned numbers below 2^32", path.display())
    })
}

/// Parses rows; the error is the number of the first bad line.
///
/// Lines are counted first: the vector is then allocated once, and the peak of the peer is its
/// data and not the slack of a growing buffer.
fn parse<const N: usize>(bytes: &[u8]) -> Result<Vec<[u32; N]>, usize> {
    let newlines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let mut rows = Vec::with_capacity(newlines + 1);
    let mut at = 0;
    while at < bytes.len() {
        let mut row = [0; N];
        for (column, cell) in row.iter_mut().enumerate() {
            let (value, digits) = number(&bytes[at..]).ok_or(rows.len() + 1)?;
            *cell = value;
            at += digits;
            let separator = if column + 1 == N { b'\n' } else { b',' };
            match bytes.get(at) {
                Some(byte) if *byte == separator => at += 1,
                None if separator == b'\n' => {}
                _ => return Err(rows.len() + 1),
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

/// A number at the start of the text and the count of its digits.
#[inline(always)]
fn number(text: &[u8]) -> Option<(u32, usize)> {
    let mut value = 0u64;
    let mut digits = 0;
    while let Some(byte) = text.get(digits) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        digits += 1;
    }
    // Ten digits cannot wrap a u64, so the range check below sees the true value.
    if digits == 0 || digits > 10 {
        return None;
    }
    Some((u32::try_from(value).ok()?, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_and_without_a_last_newline() {
        assert_eq!(parse::<2>(b"1,2\n30,4294967295\n"), Ok(vec![[1, 2], [30, u32::MAX]]));
        assert_eq!(parse::<1>(b"7\n8"), Ok(vec![[7], [8]]));
        assert_eq!(parse::<3>(b""), Ok(vec![]));
    }

    #[test]
    fn bad_lines_are_counted_from_one() {
        assert_eq!(parse::<2>(b"1,2\n3\n"), Err(2));
        assert_eq!(parse::<2>(b"1,2,3\n"), Err(1));
        assert_eq!(parse::<1>(b"1\n\n2\n"), Err(2));
        assert_eq!(parse::<1>(b"4294967296\n"), Err(1));
        assert_eq!(parse::<1>(b"100000000000000000001\n"), Err(1));
        assert_eq!(parse::<1>(b"-1\n"), Err(1));
    }
}
