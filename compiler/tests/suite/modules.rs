//! Programs in several files: which file is told what, what several instances
//! share, and what an editor is told of names in instances.

use std::sync::Arc;

use bloom_compiler::diag::render::Format;
use bloom_compiler::diag::render::render;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ide::Analysis;
use bloom_compiler::source::Import;
use bloom_compiler::source::Loaded;
use bloom_compiler::source::Loader;

/// Files by name; those that begin with `std.` are the library.
#[derive(Debug)]
struct Files(Vec<(String, String)>);

impl Loader for Files {
    fn load(&self, _from: Option<&str>, what: Import<'_>) -> Result<Loaded, String> {
        let name = match what {
            Import::File(path) => path.trim_start_matches("./"),
            Import::Library(name) => name,
        };
        let found = self.0.iter().find(|(known, _)| known == name);
        let (id, text) = found.cloned().ok_or("there is no such file")?;
        Ok(Loaded { name: id.clone(), id, text })
    }

    fn root(&self) -> Option<String> {
        Some("main.bloom".into())
    }
}

fn options(files: &[(&str, &str)]) -> driver::Options {
    let files = files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    let loader = Some(Arc::new(Files(files)) as Arc<dyn Loader>);
    driver::Options { loader, ..driver::Options::default() }
}

/// Checks the first file.
fn check(files: &[(&str, &str)]) -> Compiled {
    driver::check(files[0].0, files[0].1, &options(files))
}

fn short(files: &[(&str, &str)]) -> String {
    let compiled = check(files);
    render(Format::Short, &compiled.sources, &compiled.diagnostics)
}

#[test]
fn an_error_of_several_instances_is_told_once_with_their_places() {
    let library = "module M(n: int) { input a(x: int); output b(x: str); b(x) <= a(x), n > 0; }\n";
    let program = "\
import \"./m.bloom\";
use M(n: 1) as p;
use M(n: 2) as q;
use M(n: 3) as r;
use M(n: 4) as s;
";
    let compiled = check(&[("main.bloom", program), ("m.bloom", library)]);
    let [one] = &compiled.diagnostics[..] else { panic!("{:?}", compiled.diagnostics) };
    assert_eq!(compiled.sources.file(one.primary.span.file).name, "m.bloom");
    assert_eq!(one.title, "`x` is an int, but column `x` of `b` is a str");
    let uses: Vec<(&str, &str)> = one
        .labels
        .iter()
        .filter(|label| compiled.sources.file(label.span.file).name == "main.bloom")
        .map(|label| (compiled.sources.text(label.span), label.text.as_str()))
        .collect();
    let wanted =
        [("p", "in the instance `p`, used here"), ("q", "and in `q`"), ("r", "and in `r`")];
    assert_eq!(uses, wanted);
}

#[test]
fn an_instance_inside_of_another_shows_the_way_to_it() {
    let program = "\
module In { input a(x: int); output b(x: str); b(x) <= a(x); }
module Out { use In as inner; }
use Out as q;
";
    let compiled = check(&[("main.bloom", program)]);
    let [one] = &compiled.diagnostics[..] else { panic!("{:?}", compiled.diagnostics) };
    let labels: Vec<(usize, &str)> = one
        .labels
        .iter()
        .map(|l| (compiled.sources.file(l.span.file).line_col(l.span.lo).0, l.text.as_str()))
        .collect();
    assert!(labels.contains(&(2, "in the instance `q.inner`, used here")), "{labels:?}");
    assert!(labels.contains(&(3, "inside of `q`")), "{labels:?}");
}

#[test]
fn files_that_import_each_other_are_told_where_they_do() {
    let files = [
        ("main.bloom", "import \"./a.bloom\";\n"),
        ("a.bloom", "\nimport \"./b.bloom\";\n"),
        ("b.bloom", "\n\nimport \"./a.bloom\";\n"),
    ];
    assert_eq!(short(&files), "b.bloom:3:8: error[B0151]: these files import each other\n");
    let files = [
        ("main.bloom", "import \"./a.bloom\";\n"),
        ("a.bloom", "\nimport \"./main.bloom\";\n"),
        ("main.bloom", ""),
    ];
    assert_eq!(short(&files), "a.bloom:2:8: error[B0151]: these files import each other\n");
}

#[test]
fn one_file_by_two_routes_is_one() {
    let files = [
        (
            "main.bloom",
            "import \"./a.bloom\";\nimport \"./b.bloom\";\nimport \"./t.bloom\";\nview v(o: Op);\nv(f(Put(1)));\n",
        ),
        ("a.bloom", "import \"./t.bloom\";\nfn f(o: Op): Op = o;\n"),
        ("b.bloom", "import \"./t.bloom\";\nfn g(o: Op): Op = o;\n"),
        ("t.bloom", "enum Op { Put(int), Get }\n"),
    ];
    assert_eq!(short(&files), "");
}

#[test]
fn what_an_imported_file_imports_is_not_seen() {
    let files = [
        (
            "main.bloom",
            "import \"./a.bloom\";\nview v(n: int);\nv(g(1));\nv(f(1));\nview w(t: T);\nw(1);\n",
        ),
        ("a.bloom", "import \"./b.bloom\";\nfn f(n: int): int = g(n);\n"),
        ("b.bloom", "fn g(n: int): int = n;\ntype T = int;\n"),
    ];
    let said = short(&files);
    assert!(said.contains("main.bloom:3:3: error[B0204]"), "{said}");
    assert!(said.contains("main.bloom:5:11: error[B0102]: unknown type `T`"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn an_imported_file_does_not_see_the_program() {
    let files = [
        (
            "main.bloom",
            "import \"./a.bloom\";\ntype T = int;\nfn g(n: int): int = n;\nconst n = 1;\nview v(n: int);\nv(f(n));\n",
        ),
        ("a.bloom", "fn f(n: T): int = g(n);\nfn h(m: int): int = n;\n"),
    ];
    let said = short(&files);
    assert!(said.contains("a.bloom:1:9: error[B0161]: an imported file cannot see `T`"), "{said}");
    assert!(said.contains("a.bloom:1:19: error[B0161]: an imported file cannot see `g`"), "{said}");
    assert!(said.contains("a.bloom:2:21: error[B0124]"), "{said}");
}

#[test]
fn rules_of_an_imported_file_stand_in_modules() {
    let files = [
        ("main.bloom", "import \"./a.bloom\";\n"),
        ("a.bloom", "module M { }\ntable t(n: int);\nt(1);\nuse M as m;\ntest \"t\" { tick; }\n"),
    ];
    let said = short(&files);
    assert_eq!(
        said,
        "a.bloom:2:1: error[B0152]: an imported file has collections and rules in modules only\n"
    );
}

#[test]
fn warnings_of_the_library_are_its_own() {
    let module =
        "module M { input a(x: int); output b(x: int); b(x) <= a(x), a(y); table t(x: int); }\n";
    let program = |import: &str| {
        format!(
            "import {import};\nuse M as m;\ninput i(x: int);\nm.a(x) <= i(x);\noutput o(x: int);\no(x) <= m.b(x);\n"
        )
    };
    let library = program("std.m");
    assert_eq!(short(&[("main.bloom", &library), ("std.m", module)]), "");
    let own = program("\"./m.bloom\"");
    let said = short(&[("main.bloom", &own), ("m.bloom", module)]);
    assert!(said.contains("m.bloom:1:63: warning[B0118]"), "{said}");
}

#[test]
fn settings_are_the_programs_own() {
    let files = [
        ("main.bloom", "import \"./a.bloom\";\nuse M(k: n) as m;\nconst n = 1;\n"),
        ("a.bloom", "const spare = 1;\nmodule M(k: int) { output b(x: int); b(k + spare); }\n"),
    ];
    let with = |name: &str| {
        let set = vec![(name.to_string(), "2".to_string())];
        let options = driver::Options { set, ..options(&files) };
        let compiled = driver::check("main.bloom", files[0].1, &options);
        render(Format::Short, &compiled.sources, &compiled.diagnostics)
    };
    assert_eq!(with("n"), "");
    assert!(with("spare").contains("error[B0125]"));
    assert!(with("k").contains("error[B0125]"));
}

#[test]
fn an_editor_finds_the_declaration_in_the_module() {
    let program = "\
module M { input a(x: int); output b(x: int); b(x) <= a(x); }
use M as p;
use M as q;
input i(x: int);
p.a(x) <= i(x);
q.a(x) <= i(x);
output o(x: int);
o(x) <= p.b(x), q.b(x);
";
    let analysis = Analysis::new("main.bloom", program, &driver::Options::default());
    assert_eq!(analysis.diagnostics(), []);
    let declared = program.find("a(x: int)").expect("it is there");
    for used in ["p.a(x)", "q.a(x)"] {
        let at = program.find(used).expect("it is there") + 2;
        let found = analysis.definition(at);
        assert_eq!(found.iter().map(|s| s.lo as usize).collect::<Vec<_>>(), [declared]);
    }
    assert_eq!(analysis.references(declared, true).len(), 4);
    let edits = analysis.rename(declared, "given").expect("it can be renamed");
    assert_eq!(edits.len(), 4);
}

#[test]
fn an_editor_shows_mistakes_of_a_file_at_its_import() {
    let program = "import \"./a.bloom\";\nimport \"./b.bloom\";\n";
    let files = [
        ("main.bloom", program),
        ("a.bloom", "fn f(n: int): int = n;\n"),
        ("b.bloom", "import \"./c.bloom\";\n"),
        ("c.bloom", "\nfn g(n: int): str = n;\n"),
    ];
    let analysis = Analysis::new("main.bloom", program, &options(&files));
    let [one] = analysis.diagnostics() else { panic!("{:?}", analysis.diagnostics()) };
    assert!(one.title.starts_with("c.bloom:2:21: "), "{}", one.title);
    assert_eq!(one.primary.span.range(), 20..39);
}

#[test]
fn what_a_file_has_for_others_is_not_unused() {
    let shared =
        "fn f(n: int): int = n;\nmodule M { output o(x: int); o(g(1)); fn g(n: int): int = n; }\n";
    assert_eq!(short(&[("main.bloom", shared)]), "");
    let program = format!("{shared}use M as m;\noutput o(x: int);\no(x) <= m.o(x);\n");
    let said = short(&[("main.bloom", &program)]);
    assert_eq!(said, "main.bloom:1:4: warning[B0140]: the function `f` is never used\n");
}

#[test]
fn too_much_is_told_and_comes_to_an_end() {
    let mut program = String::new();
    for i in 0..20 {
        let next = i + 1;
        program += &format!("module M{i} {{ use M{next} as a; use M{next} as b; }}\n");
    }
    program += "module M20 { input a(x: int); }\nuse M0 as m;\n";
    let said = short(&[("main.bloom", &program)]);
    assert!(said.contains("error[B0156]: more than 10000 instances of modules"), "{said}");
    let mut deep = String::new();
    for i in 0..40 {
        deep += &format!("module M{i} {{ use M{} as a; }}\n", i + 1);
    }
    deep += "module M40 { input a(x: int); }\nuse M0 as m;\n";
    let said = short(&[("main.bloom", &deep)]);
    assert!(said.contains("error[B0156]: more than 32 instances are inside"), "{said}");
}
