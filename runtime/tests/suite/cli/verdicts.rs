//! What `bloom report` says of every example, whole, as a user reads it. This
//! room must not know what is right: snapshots are read.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Examples that there are at least.
const AT_LEAST: usize = 31;

#[test]
fn every_example_is_reported() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entries = fs::read_dir(root.join("examples")).expect("examples/ can be read");
    let folders = entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(names.len() >= AT_LEAST, "the examples are there");
    for name in names {
        let output = Command::new(env!("CARGO_BIN_EXE_bloom"))
            .args(["report", &format!("examples/{name}")])
            .current_dir(&root)
            .env("LC_ALL", "C.UTF-8")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "80")
            .output()
            .expect("the tool runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{name}: {said}");
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        insta::assert_snapshot!(format!("example_{name}"), report);
    }
}
