//! Greetings as bytes: whatever comes is understood or refused, and nothing
//! else happens.

use proptest::collection::vec;
use proptest::prelude::*;

use bloom::cluster::guard::Guard;
use bloom::cluster::hello::HELLO_MAX;
use bloom::cluster::hello::Hello;
use bloom::cluster::hello::Refusal;
use bloom::cluster::hello::Terms;
use bloom::cluster::hosts::Hosts;
use bloom::cluster::parting;

fn terms() -> impl Strategy<Value = Terms> {
    let numbers = (any::<u16>(), any::<u16>(), any::<u16>(), any::<u64>());
    (numbers, any::<[u8; 32]>(), any::<[u8; 32]>(), "[0-9.]{0,30}", any::<bool>()).prop_map(
        |((process, processes, workers, epoch), program, plan, tool, ticks)| Terms {
            process,
            processes,
            workers,
            epoch,
            program,
            plan,
            tool: Terms::tool(&tool),
            ticks,
        },
    )
}

fn hello() -> impl Strategy<Value = Hello> {
    let numbers = (any::<u16>(), any::<u16>(), any::<u16>());
    prop_oneof![
        (numbers, any::<[u8; 32]>()).prop_map(|((protocol, from, to), nonce)| Hello::Call {
            protocol,
            from,
            to,
            nonce
        }),
        (any::<u16>(), any::<[u8; 32]>())
            .prop_map(|(protocol, nonce)| Hello::Answer { protocol, nonce }),
        (terms(), any::<[u8; 32]>()).prop_map(|(terms, proof)| Hello::Proof { terms, proof }),
        Just(Hello::Refusal(Refusal::Key)),
        Just(Hello::Refusal(Refusal::Protocol)),
        Just(Hello::Refusal(Refusal::Number)),
    ]
}

proptest! {
    #[test]
    fn greetings_come_back(hello in hello()) {
        let bytes = hello.encode();
        prop_assert!(bytes.len() <= HELLO_MAX);
        prop_assert_eq!(Hello::decode(&bytes), Ok(hello));
    }

    #[test]
    fn pieces_and_more_are_refused(hello in hello(), cut in any::<prop::sample::Index>()) {
        let mut bytes = hello.encode();
        let cut = cut.index(bytes.len());
        prop_assert!(Hello::decode(&bytes[..cut]).is_err());
        bytes.push(0);
        prop_assert!(Hello::decode(&bytes).is_err());
    }

    #[test]
    fn whatever_comes_is_understood_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        if let Ok(hello) = Hello::decode(&bytes) {
            prop_assert_eq!(hello.encode(), bytes);
        }
    }

    #[test]
    fn changed_greetings_are_other_ones(hello in hello(), at in any::<prop::sample::Index>(), by in 1u8..) {
        let mut bytes = hello.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        if let Ok(other) = Hello::decode(&bytes) {
            prop_assert_ne!(other, hello);
        }
    }

    #[test]
    fn the_guard_takes_anything(pieces in vec(vec(any::<u8>(), 0..100), 0..20)) {
        let mut guard = Guard::new(0..2, 2..4);
        for piece in pieces {
            if guard.pass(&piece).is_err() {
                break;
            }
        }
    }

    #[test]
    fn partings_are_texts(bytes in vec(any::<u8>(), 0..3000)) {
        let (_, why) = parting::read(&bytes);
        prop_assert!(!why.contains('\n'));
    }

    #[test]
    fn lists_of_hosts_are_read_or_refused(text in "([a-z0-9.:#\\[\\] \u{e9}-]{0,20}\n){0,5}") {
        match Hosts::parse(&text) {
            Ok(hosts) => prop_assert!(hosts.count() > 0),
            Err(wrong) => {
                let line = text.lines().nth(wrong.line - 1).unwrap_or_default();
                prop_assert!(wrong.column <= line.chars().count() + 1, "{:?}", wrong);
            }
        }
    }
}
