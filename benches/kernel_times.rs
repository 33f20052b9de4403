//! Time of every kernel on every instruction set of this machine, for a batch of 100:
//! `cargo bench --bench kernel_times`. `docs/benchmarks.md` has figures.
//!
//! Times are processor times of this thread, not wall-clock times: the time of other programs on
//! the core does not count, but their effect on the caches does. Pin the program to a core
//! (`taskset -c 1`).

#[allow(dead_code, reason = "coverage is for the test of the benches")]
mod kernels;

use cpu_time::ThreadTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;
use svpg::kernel::simd::Level;

/// Number of samples of a batch.
const SAMPLES: usize = 100;

/// Time that the processor spends in a thread.
struct ProcessorTime;

impl Measurement for ProcessorTime {
    type Intermediate = ThreadTime;
    type Value = Duration;

    fn start(&self) -> ThreadTime {
        ThreadTime::now()
    }

    fn end(&self, start: ThreadTime) -> Duration {
        start.elapsed()
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn times(criterion: &mut Criterion<ProcessorTime>) {
    for kernel in kernels::ALL {
        let mut group = criterion.benchmark_group(kernel.name);
        group.throughput((kernel.throughput)(SAMPLES)).sample_size(20);
        for level in Level::all() {
            // Kernels that the filter of the command line excludes are not prepared.
            let mut run = None;
            group.bench_function(level.isa().to_string(), |bencher| {
                bencher.iter(run.get_or_insert_with(|| (kernel.prepare)(level, SAMPLES)));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ProcessorTime);
    targets = times
}
criterion_main!(benches);
