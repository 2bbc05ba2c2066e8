//! Every case at its small size: inputs are reproducible, the Ascent program and the loop written
//! by hand agree, and the comparison treats a stand-in for Bloom as it should. Needs no Bloom.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

use bloom_peers::args::Options;
use bloom_peers::cases;
use bloom_peers::cases::Scale;
use bloom_peers::generate;
use bloom_peers::load;
use bloom_peers::peers;
use bloom_peers::plain;

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder was generated")
        .map(|entry| {
            let path = entry.expect("a readable entry").path();
            let name = PathBuf::from(path.file_name().expect("a file has a name"));
            (name, fs::read(&path).expect("a readable file"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn inputs_are_the_same_each_time() {
    let (left, right) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for case in cases::ALL {
        for root in [&left, &right] {
            generate::ensure(case, Scale::Small, root.path()).unwrap();
        }
        let of = |root: &tempfile::TempDir| files(&case.folder(Scale::Small, root.path()));
        assert!(!of(&left).is_empty(), "{}", case.name);
        assert!(of(&left) == of(&right), "{}", case.name);
    }
}

#[test]
fn peers_and_plain_loops_agree() {
    let data = tempfile::tempdir().unwrap();
    for case in cases::ALL {
        generate::ensure(case, Scale::Small, data.path()).unwrap();
        let folder = case.folder(Scale::Small, data.path());
        let sizes = peers::run(case.name, &folder).unwrap();
        assert!(sizes.iter().all(|(_, rows)| *rows > 0), "{}: {sizes:?}", case.name);
        if case.plain {
            assert_eq!(plain::run(case.name, &folder).unwrap(), sizes, "{}", case.name);
        }
    }
}

/// An empty group has the sum 0 in the Ascent program and no row in Bloom. The sizes can only be
/// compared because no category with a product goes without a sale.
#[test]
fn no_category_goes_without_a_sale() {
    let data = tempfile::tempdir().unwrap();
    let case = cases::find("analytic").unwrap();
    generate::ensure(case, Scale::Small, data.path()).unwrap();
    let folder = case.folder(Scale::Small, data.path());
    let category: BTreeMap<u32, u32> =
        load::rows(&folder, "product").unwrap().into_iter().map(|[p, k]| (p, k)).collect();
    let set = |relation| -> BTreeSet<u32> {
        load::rows(&folder, relation).unwrap().into_iter().map(|[id]| id).collect()
    };
    let (blocked, returned) = (set("blocked"), set("returned"));
    let orders: Vec<[u32; 4]> = load::rows(&folder, "orders").unwrap();
    let sold: BTreeSet<u32> = orders
        .iter()
        .filter(|[order, customer, ..]| !returned.contains(order) && !blocked.contains(customer))
        .map(|[_, _, product, _]| category[product])
        .collect();
    assert_eq!(sold, category.into_values().collect());
}

#[test]
fn every_case_has_a_bloom_program_over_its_files() {
    let programs = Options::default().programs;
    for case in cases::ALL {
        let path = case.bloom_program(&programs);
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for (relation, _) in (case.generate)(Scale::Small) {
            let declaration = format!("static table {relation}(");
            assert!(text.contains(&declaration), "{}: {declaration}", path.display());
        }
    }
}

/// Runs the comparison of one case with a shell script in the place of Bloom.
fn compare_with(script: &str, data: &Path) -> Output {
    let bloom = data.join("stand-in");
    fs::write(&bloom, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&bloom, fs::Permissions::from_mode(0o755)).unwrap();
    Command::new(env!("CARGO_BIN_EXE_compare"))
        .args(["--cases", "tc_chain", "--scale", "small", "--runs", "1", "--plain"])
        .arg("--data")
        .arg(data)
        .arg("--bloom")
        .arg(&bloom)
        .arg("--json")
        .arg(data.join("result.json"))
        .output()
        .expect("the comparison runs")
}

#[test]
fn equal_sizes_succeed_and_are_kept() {
    let data = tempfile::tempdir().unwrap();
    // A path of 285 arcs has 285 * 286 / 2 pairs.
    let stats = r#"echo '{"relations": [{"name": "tc", "rows": 40755}]}' >&2"#;
    let output = compare_with(stats, data.path());
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(stdout.contains("| tc_chain | 40,755 |"), "{stdout}");
    let kept = fs::read_to_string(data.path().join("result.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["cases"][0]["rows"]["tc"], 40_755);
}

#[test]
fn other_sizes_fail_loudly() {
    let data = tempfile::tempdir().unwrap();
    let stats = r#"echo '{"relations": [{"name": "tc", "rows": 40754}]}' >&2"#;
    let output = compare_with(stats, data.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("SIZES DIFFER"));
}

#[test]
fn a_failing_run_is_reported_with_its_words() {
    let data = tempfile::tempdir().unwrap();
    let output = compare_with("echo 'error: out of luck' >&2; exit 1", data.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("out of luck"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("| tc_chain | 40,755 |"));
}
