//! The file of hosts: which processes one logical node has, and where each of
//! them listens. The number of a line is the number of its process. Sockets
//! are not known here.

use std::fmt;
use std::net::IpAddr;

/// Processes that one logical node may have.
pub const PROCESSES_MAX: usize = 256;

/// Where a process listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Host {
    /// A name or an address, without the brackets of IPv6.
    pub name: String,
    /// Never 0.
    pub port: u16,
}

impl Host {
    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        match self.name.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.name.eq_ignore_ascii_case("localhost"),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.contains(':') {
            true => write!(f, "[{}]:{}", self.name, self.port),
            false => write!(f, "{}:{}", self.name, self.port),
        }
    }
}

/// What is wrong in the file, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Wrong {
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub why: String,
}

/// The processes of a logical node, in the order of their numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hosts(Vec<Host>);

impl Hosts {
    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Hosts, Wrong> {
        let mut hosts: Vec<Host> = Vec::new();
        let mut last = 1;
        for (i, whole) in text.lines().enumerate() {
            let line = i + 1;
            let code = whole.split('#').next().unwrap_or_default();
            let entry = code.trim();
            if entry.is_empty() {
                continue;
            }
            last = line;
            let indent = code.chars().take_while(|c| c.is_whitespace()).count();
            let wrong = |within: usize, why: String| Wrong {
                line,
                column: indent + entry[..within].chars().count() + 1,
                why,
            };
            let host = host(entry).map_err(|(within, why)| wrong(within, why))?;
            if let Some(twin) = hosts.iter().position(|other| *other == host) {
                return Err(wrong(0, format!("{host} is process {twin} already")));
            }
            if hosts.len() == PROCESSES_MAX {
                return Err(wrong(0, format!("there are more than {PROCESSES_MAX} processes")));
            }
            hosts.push(host);
        }
        if hosts.is_empty() {
            let why = "there is no host; each line is one, such as 10.0.0.1:7000".to_owned();
            return Err(Wrong { line: last, column: 1, why });
        }
        Ok(Hosts(hosts))
    }

    /// Where a process listens.
    pub fn get(&self, process: usize) -> Option<&Host> {
        self.0.get(process)
    }

    /// How many processes there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether no other machine can reach any of them.
    pub fn are_loopback(&self) -> bool {
        self.0.iter().all(Host::is_loopback)
    }

    /// The first that other machines can reach.
    pub fn first_open(&self) -> Option<&Host> {
        self.0.iter().find(|host| !host.is_loopback())
    }
}

/// One line; what is wrong, and at which byte of it.
fn host(entry: &str) -> Result<Host, (usize, String)> {
    if let Some(gap) = entry.find(char::is_whitespace) {
        let next = entry[gap..].find(|c: char| !c.is_whitespace()).map_or(gap, |more| gap + more);
        return Err((next, "a line has one host:port; a comment begins with #".to_owned()));
    }
    let (name, port, at) = match entry.strip_prefix('[') {
        Some(rest) => {
            let Some((name, after)) = rest.split_once(']') else {
                return Err((0, "the bracket is not closed: [ADDRESS]:PORT".to_owned()));
            };
            let at = 1 + name.len() + 1;
            let Some(port) = after.strip_prefix(':') else {
                return Err((at, "the port is missing: [ADDRESS]:PORT".to_owned()));
            };
            if name.parse::<std::net::Ipv6Addr>().is_err() {
                return Err((1, format!("`{name}` is no IPv6 address")));
            }
            (name, port, at + 1)
        }
        None => {
            let Some((name, port)) = entry.rsplit_once(':') else {
                return Err((entry.len(), "the port is missing: HOST:PORT".to_owned()));
            };
            if name.contains(':') {
                return Err((0, "an IPv6 address stands in brackets: [ADDRESS]:PORT".to_owned()));
            }
            let fits = |c: char| c.is_alphanumeric() || c == '.' || c == '-' || c == '_';
            if let Some(at) = name.find(|c| !fits(c)) {
                return Err((at, "this does not belong into the name of a host".to_owned()));
            }
            if name.is_empty() {
                return Err((0, "the host is missing: HOST:PORT".to_owned()));
            }
            (name, port, name.len() + 1)
        }
    };
    match port.parse::<u16>() {
        Ok(port) if port > 0 => Ok(Host { name: name.to_owned(), port }),
        _ => Err((at, format!("`{port}` is no port; ports are 1 to 65535"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_processes() {
        let hosts = Hosts::parse("# two\n127.0.0.1:7000  # first\n\n[::1]:7001\n").unwrap();
        assert_eq!(hosts.count(), 2);
        assert_eq!(hosts.get(1).unwrap().to_string(), "[::1]:7001");
        assert!(hosts.are_loopback());
        let open = Hosts::parse("localhost:1\nten.example:2").unwrap();
        assert_eq!(open.first_open().unwrap().to_string(), "ten.example:2");
    }

    #[test]
    fn mistakes_have_a_place() {
        let wrong = |text: &str| {
            let wrong = Hosts::parse(text).unwrap_err();
            format!("{}:{} {}", wrong.line, wrong.column, wrong.why)
        };
        let found = [
            wrong("a:1\n  b"),
            wrong("a:1\na:0"),
            wrong("a:1 b:2"),
            wrong("  a:1\n a:1"),
            wrong("::1:7000"),
            wrong("[::1:7000"),
            wrong("[::g]:7000"),
            wrong("[::1]7000"),
            wrong("a/b:7000"),
            wrong(":7000"),
            wrong("# nobody\n"),
        ];
        let wanted = [
            "2:4 the port is missing: HOST:PORT",
            "2:3 `0` is no port; ports are 1 to 65535",
            "1:5 a line has one host:port; a comment begins with #",
            "2:2 a:1 is process 0 already",
            "1:1 an IPv6 address stands in brackets: [ADDRESS]:PORT",
            "1:1 the bracket is not closed: [ADDRESS]:PORT",
            "1:2 `::g` is no IPv6 address",
            "1:6 the port is missing: [ADDRESS]:PORT",
            "1:2 this does not belong into the name of a host",
            "1:1 the host is missing: HOST:PORT",
            "1:1 there is no host; each line is one, such as 10.0.0.1:7000",
        ];
        assert_eq!(found, wanted);
    }
}
