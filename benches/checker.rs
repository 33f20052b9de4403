//! Time of the checker for the first chapter, from text to verdicts, on every shape of the usual
//! plan.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use svpg_check::{Chapter, Plan};

fn chapter(criterion: &mut Criterion) {
    let source = svpg::chapters::prelude();
    let read = || Chapter::new(black_box(&source), Some(&source)).expect("a built-in chapter is well formed");
    let plan = Plan::usual(1);

    let mut group = criterion.benchmark_group("first chapter");
    group.sample_size(10);
    group.bench_function("read", |bencher| bencher.iter(read));
    let parsed = read();
    group.bench_function("check, one point a shape", |bencher| bencher.iter(|| parsed.check(&plan, &|| ())));
    group.finish();
}

criterion_group!(benches, chapter);
criterion_main!(benches);
