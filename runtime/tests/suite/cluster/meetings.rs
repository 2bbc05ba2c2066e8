//! Processes meet, or do not: keys, programs, strangers, epochs.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use timely::communication::networking::MessageHeader;

use bloom::cluster::frames::FRAME_MAX;
use bloom::cluster::handshake;
use bloom::cluster::hello::Terms;
use bloom::cluster::hosts::Hosts;
use bloom::cluster::join;
use bloom::cluster::join::Apart;
use bloom::cluster::key::Key;
use bloom::cluster::key::SEAL;
use bloom::cluster::life::End;
use bloom::cluster::node::Node;

const WORKERS: u16 = 1;

/// Hosts on this machine, with ports from the system.
pub fn hosts(count: usize) -> Hosts {
    let bind = |_| TcpListener::bind("127.0.0.1:0").expect("a port");
    let listeners: Vec<TcpListener> = (0..count).map(bind).collect();
    let line = |listener: &TcpListener| format!("{}\n", listener.local_addr().expect("an address"));
    Hosts::parse(&listeners.iter().map(line).collect::<String>()).expect("hosts")
}

pub fn terms(hosts: &Hosts, process: usize) -> Terms {
    Terms {
        process: process as u16,
        processes: hosts.count() as u16,
        workers: WORKERS,
        epoch: 1,
        program: [1; 32],
        plan: [2; 32],
        tool: Terms::tool("1.0"),
        ticks: false,
    }
}

pub fn key(byte: u8) -> Key {
    Key::new(&[byte; 32]).expect("a key")
}

fn meet(hosts: &Hosts, terms: Terms, key: &Key, patience: f64) -> Result<Node, Apart> {
    let patience = Duration::from_secs_f64(patience);
    let (epoch, links) = join::join(hosts, key, terms, patience, &|_| ())?;
    let me = usize::from(terms.process);
    Ok(Node::new(me, usize::from(terms.workers), epoch, links).expect("threads"))
}

/// All processes at once, each with what it stands for and its key.
pub fn all(hosts: &Hosts, who: Vec<(Terms, Key)>, patience: f64) -> Vec<Result<Node, Apart>> {
    let begin = |(terms, key): (Terms, Key)| {
        let hosts = hosts.clone();
        thread::spawn(move || meet(&hosts, terms, &key, patience))
    };
    let threads: Vec<_> = who.into_iter().map(begin).collect();
    threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
}

fn why(result: Result<Node, Apart>) -> String {
    match result {
        Ok(node) => panic!("process {} met the others", node.me()),
        Err(Apart::Port(why) | Apart::Disagree(why) | Apart::Missing(why)) => why,
        Err(Apart::Told(process, code, why)) => format!("{process} told {code}: {why}"),
    }
}

#[test]
fn processes_meet_in_the_latest_epoch() {
    let hosts = hosts(4);
    let who = |i: usize| (Terms { epoch: [3, 1, 7, 1][i], ..terms(&hosts, i) }, key(1));
    let nodes = all(&hosts, (0..4).map(who).collect(), 20.0);
    let nodes: Vec<Node> = nodes.into_iter().map(|node| node.expect("all meet")).collect();
    assert!(nodes.iter().all(|node| node.epoch() == 7));
    // What one writes the other reads, in order and whatever its length.
    let sent: Vec<u8> = message(2, 0, 3 * FRAME_MAX).into_iter().chain(message(2, 0, 5)).collect();
    let mut wires = nodes[2].wires();
    let to_first = wires[0].as_mut().expect("a wire");
    to_first.write_all(&sent).expect("it goes out");
    let mut read = vec![0; sent.len()];
    nodes[0].wires()[2].as_mut().expect("a wire").read_exact(&mut read).expect("it comes in");
    assert!(sent == read);
    // All end with the first.
    assert!(nodes[0].leave(3, "of a\nreason"));
    for node in &nodes[1..] {
        let told = End::Told { process: 0, code: 3, why: "of a reason".to_owned() };
        assert_eq!(node.watch(), Some(told));
        assert!(!node.leave(0, ""));
    }
}

/// A message of the dataflow.
fn message(from: usize, to: usize, length: usize) -> Vec<u8> {
    let header = MessageHeader {
        channel: 1,
        source: from,
        target_lower: to,
        target_upper: to + 1,
        length,
        seqno: 1,
    };
    let mut bytes = Vec::new();
    header.write_to(&mut bytes).expect("bytes");
    bytes.extend((0..length).map(|i| i as u8));
    bytes
}

#[test]
fn other_keys_are_told_apart() {
    let hosts = hosts(2);
    let who = vec![(terms(&hosts, 0), key(1)), (terms(&hosts, 1), key(2))];
    let mut found = all(&hosts, who, 1.0).into_iter();
    let (first, second) = (why(found.next().unwrap()), why(found.next().unwrap()));
    assert!(first.contains("1 s: process 1 (127.0.0.1:"), "{first}");
    assert!(first.ends_with("someone else called and was turned away"), "{first}");
    assert!(second.contains("has another key than process 1"), "{second}");
    let who = vec![(terms(&hosts, 0), key(1)), (terms(&hosts, 1), Key::none())];
    let found = all(&hosts, who, 1.0).into_iter().map(why).collect::<Vec<_>>();
    assert!(found[1].contains("has another key"), "{found:?}");
}

/// A change, and what is said of it.
type Other = (fn(&mut Terms), &'static str);

#[test]
fn what_all_must_agree_on_names_both() {
    let cases: [Other; 4] = [
        (|terms| terms.program = [9; 32], "process 1 runs another program than process 0, or"),
        (|terms| terms.workers = 2, "process 1 has --workers 2, process 0 has --workers 1"),
        (|terms| terms.plan = [9; 32], "process 1 plans the program in another way"),
        (|terms| terms.tool = Terms::tool("2.0"), "process 1 is bloom 2.0, process 0 is bloom 1.0"),
    ];
    for (change, wanted) in cases {
        let hosts = hosts(2);
        let mut other = terms(&hosts, 1);
        change(&mut other);
        let who = vec![(terms(&hosts, 0), key(1)), (other, key(1))];
        let begun = Instant::now();
        let found: Vec<String> = all(&hosts, who, 20.0).into_iter().map(why).collect();
        assert!(found[0].starts_with(wanted), "{found:?}");
        assert!(found[1].starts_with("process 0"), "{found:?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "nobody waits for the deadline");
    }
}

#[test]
fn lists_of_hosts_must_be_the_same() {
    let hosts = hosts(3);
    let turned = |order: [usize; 3]| {
        let line = |i: &usize| format!("{}\n", hosts.get(*i).unwrap());
        Hosts::parse(&order.iter().map(line).collect::<String>()).unwrap()
    };
    let other = turned([1, 0, 2]);
    let first = {
        let hosts = hosts.clone();
        thread::spawn(move || why(meet(&hosts, terms(&hosts, 0), &key(1), 1.0)))
    };
    let second = why(meet(&other, terms(&other, 2), &key(1), 1.0));
    assert!(second.contains("is not process 1; the lists of hosts differ"), "{second}");
    assert!(first.join().unwrap().contains("turned away"));
    let short = Hosts::parse(&format!("{}\n{}\n", hosts.get(0).unwrap(), hosts.get(1).unwrap()));
    let short = short.unwrap();
    let long = Terms { processes: 3, ..terms(&hosts, 1) };
    let second = thread::spawn(move || why(meet(&hosts, long, &key(1), 20.0)));
    let first = why(meet(&short, terms(&short, 0), &key(1), 20.0));
    assert_eq!(first, "process 1 has a list of 3 hosts, process 0 one of 2");
    assert_eq!(second.join().unwrap(), "process 0 has a list of 2 hosts, process 1 one of 3");
}

#[test]
fn strangers_are_turned_away_and_block_nobody() {
    let hosts = hosts(2);
    let address = hosts.get(0).unwrap().to_string();
    let stranger = thread::spawn(move || {
        let mut open = Vec::new();
        let garbage: [&[u8]; 4] =
            [b"GET / HTTP/1.1\r\n\r\n", &[0xff; 600], &[0; 3], b"\x2f\0\x01bloomnod garbage"];
        for i in 0..200 {
            if let Ok(mut stream) = TcpStream::connect(&address) {
                let _ = stream.write_all(garbage[i % garbage.len()]);
                // Some are slow, and keep the connection.
                if i % 3 == 0 {
                    open.push(stream);
                }
            }
            if i % 20 == 0 {
                thread::sleep(Duration::from_millis(5));
            }
        }
        open
    });
    let late = {
        let hosts = hosts.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            meet(&hosts, terms(&hosts, 1), &key(1), 20.0)
        })
    };
    let first = meet(&hosts, terms(&hosts, 0), &key(1), 20.0).expect("they meet");
    let second = late.join().unwrap().expect("they meet");
    assert_eq!((first.epoch(), second.epoch()), (1, 1));
    drop(stranger.join());
}

#[test]
fn who_does_not_come_is_named() {
    let hosts = hosts(3);
    let found = why(meet(&hosts, terms(&hosts, 1), &key(1), 0.5));
    let (first, last) = (hosts.get(0).unwrap(), hosts.get(2).unwrap());
    let wanted = format!(
        "not there after 0.5 s: process 0 ({first}: nobody listens there), process 2 ({last})"
    );
    assert_eq!(found, wanted);
    // A port that somebody else has.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("{}\n", taken.local_addr().unwrap());
    let hosts = Hosts::parse(&line).unwrap();
    let found = why(meet(&hosts, terms(&hosts, 0), &key(1), 0.5));
    assert!(found.starts_with("process 0 cannot listen on 127.0.0.1:"), "{found}");
}

/// One side that met the other by hand, to do what bloom does not.
fn by_hand(hosts: &Hosts, key: &Key) -> handshake::Met {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let stream = TcpStream::connect(hosts.get(0).unwrap().to_string());
        match stream {
            Ok(stream) => {
                return handshake::call(stream, key, &terms(hosts, 1), 0, until).expect("met");
            }
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// What process 0 says when the other one writes this after the greeting.
fn after(bytes: &[u8], key: Key) -> String {
    let hosts = hosts(2);
    let first = {
        let (hosts, key) = (hosts.clone(), key.clone());
        thread::spawn(move || meet(&hosts, terms(&hosts, 0), &key, 20.0))
    };
    let met = by_hand(&hosts, &key);
    let stream = met.stream.try_clone().unwrap();
    let mut sender = bloom::cluster::frames::Sender::new(met.stream, met.sends);
    sender.send(bloom::cluster::frames::Kind::Ready, &[]).unwrap();
    let node = first.join().unwrap().expect("they meet");
    let mut stream = stream;
    stream.write_all(bytes).unwrap();
    let end = node.watch().expect("an end");
    // The connection is closed then, after what was to be said.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("an end");
    assert!(!rest.is_empty());
    end.to_string()
}

#[test]
fn frames_are_bounded_and_sealed() {
    let found = after(&[2, 0xff, 0xff, 0xff, 0xff, 0], key(1));
    let wanted = "the node is down: process 1 sent what nobody can read: a frame of 4294967295 \
                  bytes is longer than 1048576";
    assert_eq!(found, wanted);
    let mut frame = vec![1, 3, 0, 0, 0];
    frame.extend([0; SEAL]);
    frame.extend(b"abc");
    assert!(after(&frame, key(1)).ends_with("a frame is not what was sent"));
    assert!(after(&[99; 30], key(1)).ends_with("there is no frame of kind 99"));
    // Without a key the dataflow is still given what is in bounds only.
    let mut frame = vec![2, 48, 0, 0, 0];
    frame.extend([0; SEAL]);
    frame.extend([0xee; 48]);
    let found = after(&frame, Key::none());
    assert!(found.contains("a message of 17216961135462248174 bytes is longer than"), "{found}");
}

/// A connection may close before a third process is heard that ended.
#[test]
fn ends_are_passed_on() {
    let mut frame = vec![6, 8, 0, 0, 0];
    frame.extend([0; SEAL]);
    frame.extend(b"\x05\x03reason");
    assert_eq!(after(&frame, Key::none()), "process 5 ended: reason");
}

#[test]
fn who_dies_is_missed_at_once() {
    let hosts = hosts(2);
    let first = {
        let hosts = hosts.clone();
        thread::spawn(move || meet(&hosts, terms(&hosts, 0), &key(1), 20.0))
    };
    let met = by_hand(&hosts, &key(1));
    let stream = met.stream.try_clone().unwrap();
    let mut sender = bloom::cluster::frames::Sender::new(met.stream, met.sends);
    sender.send(bloom::cluster::frames::Kind::Ready, &[]).unwrap();
    let node = first.join().unwrap().expect("they meet");
    let begun = Instant::now();
    stream.shutdown(std::net::Shutdown::Both).unwrap();
    assert_eq!(node.watch().unwrap().to_string(), "the node is down: process 1 is gone");
    assert!(begun.elapsed() < Duration::from_secs(3));
}
