//! Scalars in one 64-bit word. The type lives in the schema, never in the word.

/// The word of a float: its bits turned so that unsigned order of words is
/// the language's order. `-0.0` becomes `0.0`, and every NaN the one NaN,
/// which is the greatest.
pub fn float_word(x: f64) -> u64 {
    if x.is_nan() {
        return u64::MAX;
    }
    let bits = if x == 0.0 { 0 } else { x.to_bits() };
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The float of a word.
pub fn word_float(word: u64) -> f64 {
    if word == u64::MAX {
        return f64::NAN;
    }
    f64::from_bits(if word >> 63 == 1 { word & !(1 << 63) } else { !word })
}

#[cfg(test)]
mod tests {
    use super::float_word;
    use super::word_float;

    #[test]
    fn words_order_as_floats_do() {
        let xs = [f64::NEG_INFINITY, -1e300, -1.5, -1e-300, 0.0, 1e-300, 1.5, 1e300, f64::INFINITY];
        for pair in xs.windows(2) {
            assert!(float_word(pair[0]) < float_word(pair[1]), "{pair:?}");
        }
        for x in xs {
            assert_eq!(word_float(float_word(x)), x);
        }
        assert_eq!(float_word(-0.0), float_word(0.0));
        assert!(float_word(f64::NAN) > float_word(f64::INFINITY));
        assert!(word_float(float_word(-f64::NAN)).is_nan());
    }
}
