//! The pages of codes that show only when a program runs: the first program
//! fails with exactly that code, the one marked `fixed` runs to its end.

use std::process::Command;
use std::process::Stdio;

use bloom_compiler::diag::codes;

use crate::blocks::Block;
use crate::blocks::blocks;

/// Runs a program with the data blocks that follow it.
fn run(command: &str, program: &Block, data: &[Block]) -> (i32, String) {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).expect("a file can be written");
    };
    write("main.bloom", &program.text);
    let mut tool = Command::new(env!("CARGO_BIN_EXE_bloom"));
    tool.args([command, "main.bloom", "--message-format", "short"]).current_dir(dir.path());
    for block in data.iter().take_while(|block| block.lang() == "csv") {
        write(&format!("{}.csv", block.words().next().unwrap_or_default()), &block.text);
        tool.args(["--facts", "."]);
    }
    // `max-rounds:100` behind the fence is `--max-rounds 100`.
    for (flag, value) in program.words().filter_map(|word| word.split_once(':')) {
        tool.args([format!("--{flag}"), value.to_owned()]);
    }
    let output = tool.stdin(Stdio::null()).output().expect("the tool runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap_or(-1), said)
}

#[test]
fn pages_of_failed_runs_are_true() {
    let mut checked = 0;
    // Pages of other codes run programs that are right.
    for entry in codes::TABLE.iter().filter(|entry| entry.code >= codes::KEY_CONFLICT) {
        let blocks = blocks(entry.page);
        let Some(bad) = blocks.iter().position(|block| block.is_program() && block.has("run"))
        else {
            continue;
        };
        // No program is known on which the two evaluators differ.
        if entry.code == codes::EVALUATORS_DISAGREE {
            continue;
        }
        // The tool has no native functions; a program that embeds the library has.
        if blocks[bad].words().any(|word| word.starts_with("native:")) {
            continue;
        }
        // Codes of failed tests have pages with tests.
        let is_of_tests = entry.code.0 / 100 == 8;
        let command = match entry.code {
            codes::LATER_ROLES => "repl",
            _ if is_of_tests => "test",
            _ => "run",
        };
        let (code, said) = run(command, &blocks[bad], &blocks[bad + 1..]);
        assert_eq!(code, 1, "{}: {said}", entry.code);
        assert!(said.contains(&format!("error[{}]", entry.code)), "{}: {said}", entry.code);
        let fixed = blocks.iter().position(|block| block.has("fixed"));
        let fixed =
            fixed.unwrap_or_else(|| panic!("{} shows no program that is right", entry.code));
        let (code, said) = run(command, &blocks[fixed], &blocks[fixed + 1..]);
        assert_eq!((code, said.as_str()), (0, ""), "{}", entry.code);
        checked += usize::from((500..700).contains(&entry.code.0));
    }
    let failing = codes::TABLE.iter().filter(|entry| (500..700).contains(&entry.code.0)).count();
    assert_eq!(checked, failing, "every code of a failed run has a page that runs");
}
