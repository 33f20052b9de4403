//! Quantities of a chapter on given networks.

use std::collections::BTreeMap;

use svpg_check::{Convention, Network, Shape, Source, quantity};

use crate::prelude;

fn network() -> Network {
    let shape = Shape { states: 1, hidden_circuits: 1, hidden_size: 2, actions: 2, situations: 1, window: 1 };
    let weights = vec![
        0.0, 0.0, 0.5, -0.25, //
        0.0, 0.0, 1.0, 0.75, //
        0.5, 1.0, 0.0, 0.0, //
        -0.25, 0.75, 0.0, 0.0,
    ];
    Network {
        shape,
        convention: Convention::Half,
        connected: vec![vec![true; 4]; 4],
        families: BTreeMap::from([
            ("W".to_owned(), weights),
            ("U".to_owned(), vec![0.5, 0.25, 0.0, 1.0]),
            ("b".to_owned(), vec![0.0, 0.5, 0.25, 0.0]),
            ("s".to_owned(), vec![0.5]),
            ("R".to_owned(), vec![1.0, -1.0]),
        ]),
    }
}

#[test]
fn an_energy_is_the_sum_written_out() {
    let entries = quantity(&prelude(), None, &network(), "for v: energy(v)").unwrap();
    assert_eq!(entries.len(), 4);
    // Winners: hidden 0 and action 0, in the convention half: W counts once, U s + b of both.
    assert_eq!(entries[0].value, -(0.5 + (0.25 + 0.0) + (0.0 + 0.25)));
    assert_eq!(entries[0].indices, [0]);
}

#[test]
fn a_fixed_point_is_one() {
    let q = quantity(&prelude(), None, &network(), "for i: q[i]").unwrap();
    let image = quantity(&prelude(), None, &network(), "for i: softmax(z)[i]").unwrap();
    for (q, image) in q.iter().zip(&image) {
        assert!((q.value - image.value).abs() < 1e-15);
    }
    let zero = quantity(&prelude(), None, &network(), "A").unwrap();
    assert_eq!(zero[0].value, 0.0, "a family that is not given is zero");
}

#[test]
fn a_quantity_that_is_none_is_an_error() {
    let source = Source::new("t.md", "```svpg\nnetwork rwta(S, G, D, A)\n```\n");
    assert_eq!(quantity(&source, None, &network(), "nothing").unwrap_err().code.as_str(), "D201");
    assert_eq!(quantity(&source, None, &network(), "ln (-1)").unwrap_err().code.as_str(), "D503");
    assert_eq!(quantity(&source, None, &network(), "((").unwrap_err().code.as_str(), "D101");
}

#[test]
fn a_family_that_the_chapter_has_not_is_an_error() {
    let refusal = |name: &str, values: Vec<f64>| {
        let mut network = network();
        network.families.insert(name.to_owned(), values);
        quantity(&prelude(), None, &network, "for i: b[i]").unwrap_err().to_string()
    };
    assert!(refusal("B", vec![1.0]).contains("the network has entries of `B`, which is not a family of"));
    assert!(refusal("b", vec![1.0; 3]).contains("the network has 3 entries of `b`, expected 4"));
}
