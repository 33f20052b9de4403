//! Time of the reference: a mean-field fixed point, an enumeration and an implicit gradient, each
//! at a typical size.

mod network;

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use svpg_reference::exact_policy::ExactPolicy;
use svpg_reference::mean_field;

use network::network;

/// 20 hidden circuits of 10 units and 10 actions: the 210 units of the published MNIST network,
/// with 784 states.
fn published_size(criterion: &mut Criterion) {
    let (parameters, state) = network((784, 20, 10, 10), 0.05, 1);
    let observed = parameters.observe(&state).expect("the state is as long as the shape says");
    let fixed_point = mean_field::free(&observed);
    assert!(fixed_point.converged, "the gradient is that of a fixed point");

    let mut group = criterion.benchmark_group("210 units");
    group.sample_size(10);
    group.bench_function("fixed point", |bencher| bencher.iter(|| mean_field::free(black_box(&observed))));
    group.bench_function("implicit gradient", |bencher| {
        bencher.iter(|| mean_field::ln_policy_gradient(black_box(&observed), &fixed_point.q, 3));
    });
    group.finish();
}

/// 4 hidden circuits of 10 units and 10 actions: 10⁵ configurations.
fn enumeration(criterion: &mut Criterion) {
    let (parameters, state) = network((4, 4, 10, 10), 0.5, 2);
    let observed = parameters.observe(&state).expect("the state is as long as the shape says");

    let mut group = criterion.benchmark_group("100 000 configurations");
    group.sample_size(10);
    group.bench_function("exact policy", |bencher| bencher.iter(|| ExactPolicy::new(black_box(&observed))));
    group.finish();
}

criterion_group!(benches, published_size, enumeration);
criterion_main!(benches);
