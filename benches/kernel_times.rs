//! Time of every kernel on every instruction set of this machine, for a batch of 100:
//! `cargo bench --bench kernel_times`. `docs/benchmarks.md` has figures.
//!
//! Times are those of the processor in this thread, not of the clock on the wall: other programs
//! that take their turns on the core do not count, though what they do to its caches does. Pin it
//! to a core (`taskset -c 1`).

#[allow(dead_code, reason = "coverage is for the test of the benches")]
mod kernels;

use cpu_time::ThreadTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;
use svpg::kernel::simd::Level;

/// Samples of a batch.
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
            // What the command line's filter leaves out need not be prepared.
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
