//! Functions of numbers. Rows of the table only: nothing here
//! computes.

use crate::types::builtins::Scheme::Bool;
use crate::types::builtins::Scheme::Duration;
use crate::types::builtins::Scheme::Float;
use crate::types::builtins::Scheme::Int;
use crate::types::builtins::Scheme::Json;
use crate::types::builtins::Scheme::Nat;
use crate::types::builtins::Scheme::Option;
use crate::types::builtins::Scheme::Str;
use crate::types::builtins::Scheme::Time;
use crate::types::functions::T;

functions! { Numbers
    Abs "abs" "The distance from zero."
        { (Int) -> Nat; Fails Reveals } { (Float) -> Float; Total Reveals } { (Duration) -> Duration; Fails Reveals }
        "abs(-3)" => "3", "abs(-2.5)" => "2.5", "abs(0s - 5s)" => "5s";
    Sign "sign" "-1, 0 or 1: the side of zero; NaN stays NaN."
        { (Int) -> Int; Total Reveals } { (Float) -> Float; Total Reveals }
        "sign(-7)" => "-1", "sign(0)" => "0", "sign(2.5)" => "1.0";
    Min "min" "The lesser of two values."
        { (T, T) -> T; Total Same }
        "min(3, 2)" => "2", "min(\"b\", \"a\")" => "\"a\"", "min((1, 2), (1, 1))" => "(1, 1)";
    Max "max" "The greater of two values."
        { (T, T) -> T; Total Same }
        "max(3, 2)" => "3", "max(1.5, -1.5)" => "1.5", "max(None, Some(1))" => "Some(1)";
    Clamp "clamp" "The first, or the nearer of the two bounds where it is outside."
        { (T, T, T) -> T; Total Reveals }
        "clamp(7, 0, 5)" => "5", "clamp(-1.5, 0.0, 1.0)" => "0.0", "clamp(3, 0, 5)" => "3";
    Int "int" "A number as an int: a float towards zero, a bool as 0 or 1; the int in a JSON value."
        { (Float) -> Int; Fails Reveals } { (Bool) -> Nat; Total Reveals } { (Int) -> Int; Total Reveals } { (Json) -> Option(&Int); Total Reveals }
        "int(2.9)" => "2", "int(-2.9)" => "-2", "int(true)" => "1", "int(json(7))" => "Some(7)", "int(json(1.5))" => "None", "int(json({\"a\": 7}).a)" => "Some(7)";
    Float "float" "A number as a float; the number in a JSON value as one."
        { (Int) -> Float; Total Reveals } { (Float) -> Float; Total Reveals } { (Json) -> Option(&Float); Total Reveals }
        "float(3)" => "3.0", "float(-1) / 2.0" => "-0.5", "float(json(2))" => "Some(2.0)", "float(json(\"2\"))" => "None";
    Nat "nat" "An int that is known to be at least zero; the tick fails if it is not. The int in a JSON value that is."
        { (Int) -> Nat; Fails Reveals } { (Json) -> Option(&Nat); Total Reveals }
        "nat(3)" => "3", "nat(5 - 2)" => "3", "nat(json(3))" => "Some(3)", "nat(json(0 - 3))" => "None";
    Bool "bool" "The bool in a JSON value."
        { (Json) -> Option(&Bool); Total Reveals }
        "bool(json(true))" => "Some(true)", "bool(json(1))" => "None", "bool(json(2 < 1))" => "Some(false)";
    Floor "floor" "Down to a whole number, or to a multiple of a duration."
        { (Float) -> Float; Total Reveals } { (Time, Duration) -> Time; Fails Reveals } { (Duration, Duration) -> Duration; Fails Reveals }
        "floor(2.7)" => "2.0", "floor(-2.1)" => "-3.0", "floor(95s, 1m)" => "1m", "since_epoch(floor(time(95s), 1m))" => "1m";
    Ceil "ceil" "Up to a whole number."
        { (Float) -> Float; Total Reveals }
        "ceil(2.1)" => "3.0", "ceil(-2.7)" => "-2.0", "ceil(4.0)" => "4.0";
    Round "round" "To the nearest whole number, halves away from zero."
        { (Float) -> Float; Total Reveals }
        "round(2.5)" => "3.0", "round(-2.5)" => "-3.0", "round(2.4)" => "2.0";
    Fixed "fixed" "A float with so many digits behind the point, rounded from its exact value, halves away from zero; fails for more than 1,074 digits."
        { (Float, Nat) -> Str; Fails Reveals }
        "fixed(2.0 / 3.0, 2)" => "\"0.67\"", "fixed(-0.125, 2)" => "\"-0.13\"", "fixed(1.005, 2)" => "\"1.00\"", "fixed(2.5, 0)" => "\"3\"";
    Sqrt "sqrt" "The square root."
        { (Float) -> Float; Total Reveals }
        "sqrt(9.0)" => "3.0", "sqrt(2.25)" => "1.5", "sqrt(0.0)" => "0.0";
    Pow "pow" "The first to the power of the second."
        { (Int, Nat) -> Int; Fails Reveals } { (Float, Float) -> Float; Total Reveals }
        "pow(2, 10)" => "1024", "pow(-3, 3)" => "-27", "pow(4.0, 0.5)" => "2.0";
    DivFloor "div_floor" "The quotient, rounded down (`/` cuts towards zero); fails by zero."
        { (Int, Int) -> Int; Fails Reveals }
        "div_floor(7, 2)" => "3", "div_floor(-7, 2)" => "-4", "div_floor(7, -2)" => "-4";
    ModFloor "mod_floor" "What `div_floor` leaves: it has the sign of the second; fails by zero."
        { (Int, Int) -> Int; Fails Reveals }
        "mod_floor(7, 3)" => "1", "mod_floor(-7, 3)" => "2", "mod_floor(7, -3)" => "-2";
    Gcd "gcd" "The greatest common divisor; fails where it is no int."
        { (Int, Int) -> Nat; Fails Reveals }
        "gcd(12, 18)" => "6", "gcd(-4, 6)" => "2", "gcd(0, 5)" => "5";
    BitAnd "bit_and" "The bits that both ints have, in two's complement."
        { (Int, Int) -> Int; Total Reveals }
        "bit_and(12, 10)" => "8", "bit_and(-1, 255)" => "255", "bit_and(1, 2)" => "0";
    BitOr "bit_or" "The bits that either int has."
        { (Int, Int) -> Int; Total Reveals }
        "bit_or(12, 10)" => "14", "bit_or(0, 5)" => "5", "bit_or(-2, 1)" => "-1";
    BitXor "bit_xor" "The bits that one of the ints has."
        { (Int, Int) -> Int; Total Reveals }
        "bit_xor(12, 10)" => "6", "bit_xor(5, 5)" => "0", "bit_xor(-1, 0)" => "-1";
    ShiftLeft "shift_left" "The bits of an int moved up by 0 to 63 places, what leaves is lost; fails by other numbers of places."
        { (Int, Int) -> Int; Fails Reveals }
        "shift_left(1, 4)" => "16", "shift_left(3, 0)" => "3", "shift_left(1, 63) < 0" => "true";
    ShiftRight "shift_right" "The bits of an int moved down by 0 to 63 places, the sign stays; fails by other numbers of places."
        { (Int, Int) -> Int; Fails Reveals }
        "shift_right(16, 3)" => "2", "shift_right(-16, 3)" => "-2", "shift_right(1, 1)" => "0";
    BitCount "bit_count" "How many bits of an int are set."
        { (Int) -> Nat; Total Reveals }
        "bit_count(255)" => "8", "bit_count(0)" => "0", "bit_count(-1)" => "64";
    IsNan "is_nan" "Whether a float is not a number."
        { (Float) -> Bool; Total Reveals }
        "is_nan(0.0 / 0.0)" => "true", "is_nan(1.0 / 0.0)" => "false", "is_nan(1.5)" => "false";
}
