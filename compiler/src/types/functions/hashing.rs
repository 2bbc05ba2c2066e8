//! Functions of hashes, uuids and encodings of bytes. Rows of the table only: nothing here
//! computes.

use crate::types::builtins::Scheme::Bytes;
use crate::types::builtins::Scheme::Duration;
use crate::types::builtins::Scheme::Float;
use crate::types::builtins::Scheme::Int;
use crate::types::builtins::Scheme::List;
use crate::types::builtins::Scheme::Nat;
use crate::types::builtins::Scheme::Option;
use crate::types::builtins::Scheme::Str;
use crate::types::builtins::Scheme::Uuid;
use crate::types::functions::T;
use crate::types::functions::V;

functions! { Hashing
    Hash "hash" "A number of 63 bits that any value has, the same in every version and on every machine."
        { (T) -> Nat; Total Reveals }
        "hash(\"bloom\")" => "716061765471737566", "hash((1, true))" => "4743994764884843546", "hash(nat(1)) == hash(2 - 1)" => "true";
    Spread "spread" "The number from zero up to, but not with, the second that a hash stands for: equal hashes give equal numbers, and hashes spread evenly. Fails unless the second is above zero."
        { (Nat, Int) -> Nat; Fails Reveals } { (Nat, Duration) -> Duration; Fails Reveals } { (Nat, Float) -> Float; Fails Reveals }
        "spread(hash(\"bloom\"), 100)" => "7", "spread(hash(\"bloom\"), 1.0)" => "0.07763557217582628", "spread(hash(\"bloom\"), 150ms) < 150ms" => "true";
    Owners "owners" "Of some nodes those that own a key, at most so many, the first one first: consistent hashing, so that of few nodes more or less few keys change their owner."
        { (T, List(&V), Int) -> List(&V); Total Reveals }
        "owners(\"tea\", [\"n1\", \"n2\", \"n3\"], 2)" => "[\"n1\", \"n3\"]", "owners(\"salt\", [\"n1\", \"n2\", \"n3\"], 1)" => "[\"n2\"]", "owners(\"salt\", [\"n3\", \"n1\"], 1)" => "[\"n1\"]";
    UuidOf "uuid_of" "The uuid that any value has, the same in every version and on every machine."
        { (T) -> Uuid; Total Reveals }
        "uuid_of(\"bloom\")" => "13dfecc3-805d-8dbd-b86d-3d3b19402ac1", "uuid_of((1, true)) == uuid_of((1, true))" => "true", "uuid_of(1) == uuid_of(2)" => "false";
    Uuid "uuid" "The uuid that a text shows."
        { (Str) -> Option(&Uuid); Total Reveals }
        "uuid(\"67e55044-10b1-426f-9247-bb680e5fe0c8\")" => "Some(67e55044-10b1-426f-9247-bb680e5fe0c8)", "uuid(\"67e55044\")" => "None", "is_some(uuid(\"67E55044-10B1-426F-9247-BB680E5FE0C8\"))" => "true";
    Hex "hex" "Bytes as hexadecimal digits."
        { (Bytes) -> Str; Total Reveals }
        "hex(b\"\\x0f\\xa0\")" => "\"0fa0\"", "hex(bytes(\"A\"))" => "\"41\"", "hex(b\"\")" => "\"\"";
    FromHex "from_hex" "The bytes that hexadecimal digits show."
        { (Str) -> Option(&Bytes); Total Reveals }
        "from_hex(\"0fA0\") == Some(b\"\\x0f\\xa0\")" => "true", "from_hex(\"0\")" => "None", "from_hex(\"zz\")" => "None";
    Base64 "base64" "Bytes in Base64, with padding."
        { (Bytes) -> Str; Total Reveals }
        "base64(bytes(\"bloom\"))" => "\"Ymxvb20=\"", "base64(b\"\")" => "\"\"", "base64(b\"\\xfb\\xff\")" => "\"+/8=\"";
    FromBase64 "from_base64" "The bytes that Base64 shows, with padding or without; `-` and `_` may stand for `+` and `/`."
        { (Str) -> Option(&Bytes); Total Reveals }
        "utf8(or_else(from_base64(\"Ymxvb20=\"), b\"\"))" => "Some(\"bloom\")", "from_base64(\"Ymxvb20\") == Some(bytes(\"bloom\"))" => "true", "from_base64(\"=\")" => "None";
}
