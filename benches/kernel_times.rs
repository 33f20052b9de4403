//! Time of every kernel on every instruction set of this machine, for a batch of 100: `cargo bench --bench kernel_times`. `docs/benchmarks.md` has figures.

#[allow(dead_code, reason = "coverage is for the test of the benches")]
mod kernels;

use criterion::{Criterion, criterion_group, criterion_main};
use svpg::kernel::simd::Level;

/// Samples of a batch.
const SAMPLES: usize = 100;

fn times(criterion: &mut Criterion) {
    for kernel in kernels::ALL {
        let mut group = criterion.benchmark_group(kernel.name);
        group.throughput((kernel.throughput)(SAMPLES)).sample_size(20);
        for level in Level::all() {
            // What the command line's filter leaves out need not be prepared.
            let mut run = None;
            group.bench_function(level.isa().to_string(), |bencher| {
                bencher.iter(run.get_or_insert_with(|| (kernel.prepare)(level, SAMPLES)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, times);
criterion_main!(benches);
