//! A folder with files, and the tool run in it. This room must not know what
//! is right: it turns everything seen into one text.

use std::io::Write;
use std::process::Command;
use std::process::Stdio;

/// Shortest paths, with a lattice column.
pub const ROUTES: &str = "\
table link(from: str, to: str, cost: int);
view route(from: str, to: str, cost: Min<int>);
route(a, b, c) <= link(a, b, c);
route(a, d, c1 + c2) <= route(a, b, c1), link(b, d, c2);
output cheapest(to: str, cost: int);
cheapest(b, c) <= route(\"home\", b, c);
";

/// Rows for it.
pub const LINKS: &str = "from,to,cost\nhome,work,12\nwork,shop,5\nhome,shop,30\n";

/// A folder of its own.
pub struct Bench {
    dir: tempfile::TempDir,
}

impl AsRef<std::path::Path> for Bench {
    fn as_ref(&self) -> &std::path::Path {
        self.dir.path()
    }
}

impl Bench {
    /// A folder with these files.
    pub fn new(files: &[(&str, &str)]) -> Bench {
        let bench = Bench { dir: tempfile::tempdir().expect("a folder can be made") };
        for (name, content) in files {
            bench.put(name, content.as_bytes());
        }
        bench
    }

    /// The folder with the routes and their data.
    pub fn routes() -> Bench {
        Bench::new(&[("routes.bloom", ROUTES), ("data/link.csv", LINKS)])
    }

    /// Writes a file.
    pub fn put(&self, name: &str, content: &[u8]) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file can be written");
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// The content of a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap_or_else(|e| e.to_string())
    }

    /// The names of the files in a folder.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.dir.path().join(folder)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A session at the prompt: what was typed and everything that was said, in
    /// order.
    #[cfg(unix)]
    pub fn session(&self, args: &str, script: &str) -> String {
        self.put("script", script.as_bytes());
        let command = format!("'{}' repl --echo {args} 2>&1 < script", env!("CARGO_BIN_EXE_bloom"));
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(self.dir.path())
            .env("LC_ALL", "C.UTF-8")
            .env("NO_COLOR", "1")
            .output()
            .expect("the tool starts");
        let code = output.status.code().unwrap_or(-1);
        format!("{}--- code {code}\n", String::from_utf8_lossy(&output.stdout))
    }

    /// Runs the tool; everything that came of it.
    pub fn run(&self, args: &str) -> String {
        self.run_with(args, b"")
    }

    /// The same, with something on stdin.
    pub fn run_with(&self, args: &str, stdin: &[u8]) -> String {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bloom"))
            .args(args.split_whitespace())
            .current_dir(self.dir.path())
            .env("LC_ALL", "C.UTF-8")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "80")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        if let Some(mut pipe) = child.stdin.take() {
            // A tool that reads nothing closes its end, which is fine.
            let _ = pipe.write_all(stdin);
        }
        let output = child.wait_with_output().expect("the tool ends");
        let mut shown = format!("$ bloom {args}\n");
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                shown.push_str(&format!("--- {name}\n{}", String::from_utf8_lossy(bytes)));
            }
        }
        shown.push_str(&format!("--- code {}\n", output.status.code().unwrap_or(-1)));
        shown
    }
}
