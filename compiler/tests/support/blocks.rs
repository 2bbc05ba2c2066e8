//! Fenced blocks of a Markdown page: where they stand and what is in them.
//! All tests that play pages read them here; what a block means is not known.

// Each test program uses a part of it.
#![allow(dead_code)]

/// A fenced block.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// What stands behind the opening fence: `bloom`, `bloom fixed`, `csv file=link.csv`.
    pub info: String,
    /// What is inside, with its last line break.
    pub text: String,
    /// The nearest heading before it.
    pub heading: String,
    /// Line of the opening fence, from 1.
    pub line: usize,
    /// Programs before it on the page that have a name, `file=voting.bloom`:
    /// it may import them.
    pub files: Vec<(String, String)>,
}

impl Block {
    /// The language: the first word behind the fence.
    pub fn lang(&self) -> &str {
        self.info.split(' ').next().unwrap_or("")
    }

    /// Whether it is a program.
    pub fn is_program(&self) -> bool {
        self.lang() == "bloom"
    }

    /// The words behind the language.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.info.split(' ').skip(1)
    }

    /// Whether `word` stands behind the language.
    pub fn has(&self, word: &str) -> bool {
        self.words().any(|w| w == word)
    }

    /// The value of `key=value` behind the language.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.words().find_map(|w| w.strip_prefix(key)?.strip_prefix('='))
    }
}

/// All fenced blocks of a page. A fence of four backticks may hold one of three.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut out = Vec::new();
    let mut heading = String::new();
    let mut files: Vec<(String, String)> = Vec::new();
    let mut open: Option<(&str, Block)> = None;
    for (i, line) in page.lines().enumerate() {
        let fence = &line[..line.len() - line.trim_start_matches('`').len()];
        open = match open.take() {
            Some((begun, mut block)) if line == begun => {
                block.files = files.clone();
                if let Some(name) = block.value("file").filter(|name| name.ends_with(".bloom")) {
                    files.retain(|(known, _)| known != name);
                    files.push((name.to_string(), block.text.clone()));
                }
                out.push(block);
                None
            }
            Some((begun, mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                Some((begun, block))
            }
            None if fence.len() >= 3 => {
                let info = line[fence.len()..].split_whitespace().collect::<Vec<_>>().join(" ");
                let heading = heading.clone();
                Some((fence, Block { info, heading, line: i + 1, ..Block::default() }))
            }
            None => {
                if line.starts_with('#') {
                    heading = line.trim_start_matches('#').trim().to_string();
                }
                None
            }
        };
    }
    out.extend(open.map(|(_, block)| block));
    out
}
