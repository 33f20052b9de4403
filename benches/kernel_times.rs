//! Time of every kernel on every instruction set of this machine: `cargo bench --bench kernel_times`.

mod kernels;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use svpg::kernel::simd::Level;

fn times(criterion: &mut Criterion) {
    for kernel in kernels::ALL {
        let mut group = criterion.benchmark_group(kernel.name);
        group.throughput(Throughput::Elements(kernel.elements));
        for level in Level::all() {
            let mut run = (kernel.prepare)(level);
            group.bench_function(level.isa().to_string(), |bencher| bencher.iter(&mut run));
        }
        group.finish();
    }
}

criterion_group!(benches, times);
criterion_main!(benches);
