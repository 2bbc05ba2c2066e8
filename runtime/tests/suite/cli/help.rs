//! The greeting, help texts and mistakes on the command line.

use crate::cli::bench::Bench;

fn snapshot(name: &str, args: &str) {
    insta::assert_snapshot!(name, Bench::routes().run(args));
}

#[test]
fn greeting() {
    snapshot("greeting", "");
}

#[test]
fn help() {
    snapshot("help", "--help");
    snapshot("help_run", "run --help");
    snapshot("help_check", "check --help");
    snapshot("help_fmt", "fmt --help");
    snapshot("help_report", "report --help");
    snapshot("help_explain", "explain --help");
    snapshot("help_why", "why --help");
    snapshot("help_profile", "profile --help");
    snapshot("help_repl", "repl --help");
    snapshot("help_test", "test --help");
    snapshot("help_lsp", "lsp --help");
    snapshot("help_exit_codes", "help exit-codes");
    snapshot("help_functions", "help functions");
    snapshot("help_functions_json", "help functions json");
    snapshot("help_functions_word", "help functions prefix");
    snapshot("help_function", "help floor");
    snapshot("help_function_unknown", "help pad_lft");
}

#[test]
fn no_line_of_help_is_longer_than_a_terminal() {
    let commands = ["--help", "run --help", "check --help", "fmt --help", "explain --help"];
    for args in commands.iter().chain(&[
        "why --help",
        "report --help",
        "test --help",
        "repl --help",
        "profile --help",
        "help functions",
        "lsp --help",
    ]) {
        let help = Bench::routes().run(args);
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{args}: {line}");
        }
    }
}

#[test]
fn version() {
    let version = Bench::routes().run("--version");
    assert!(version.contains(&format!("bloom {}\n", env!("CARGO_PKG_VERSION"))), "{version}");
}

#[test]
fn slips_of_the_keyboard() {
    snapshot("unknown_subcommand", "rum routes.bloom");
    snapshot("unknown_flag", "run routes.bloom --fact data");
    snapshot("unknown_program", "run rotes.bloom");
    snapshot("unknown_extension", "run routes");
    snapshot("unknown_folder", "run nowhere/routes.bloom");
    snapshot("folder_without_main", "run .");
}

#[test]
fn flags_that_make_no_sense() {
    snapshot("bad_in", "run routes.bloom --in link");
    snapshot("bad_in_format", "run routes.bloom --in link=rows.txt");
    snapshot("unknown_in", "run routes.bloom --in lnik=data/link.csv");
    snapshot("view_in", "run routes.bloom --in route=data/link.csv");
    snapshot("unknown_print", "run routes.bloom --facts data --print rout");
    snapshot("rejects_without_reject", "run routes.bloom --rejects r.csv");
    snapshot("bad_memory", "run routes.bloom --max-memory lots");
    snapshot("bad_set", "run routes.bloom --set k");
    snapshot("facts_is_a_file", "run routes.bloom --facts data/link.csv");
    snapshot("format_of_many", "run routes.bloom --facts data --print link --format csv");
}

#[test]
fn folder_that_cannot_be_made() {
    snapshot("out_is_a_file", "run routes.bloom --facts data --out routes.bloom");
}
