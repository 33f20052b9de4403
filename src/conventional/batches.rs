//! Logits of many samples, batch by batch.

use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::threads::pieces;
use std::ops::Range;

/// Divides the samples among the threads. Each thread calls `work` with its samples, at most
/// `at_once` at a time, and their padded rows of `logits`.
pub(super) fn in_batches(
    compute: &Compute,
    logits: &mut AlignedMatrix,
    at_once: usize,
    work: impl Fn(&Compute, Range<usize>, &mut [f32]) + Sync,
) {
    let (parts, stride) = (compute.threads.split(logits.rows(), 1), logits.stride());
    let lengths = parts.iter().map(|samples| samples.len() * stride);
    let parts = parts.iter().cloned().zip(pieces(logits.all_mut(), lengths)).collect();
    compute.threads.each(parts, |(samples, logits)| {
        let compute = compute.alone();
        for (first, logits) in samples.step_by(at_once).zip(logits.chunks_mut(at_once * stride)) {
            work(&compute, first..first + logits.len() / stride, logits);
        }
    });
}

/// Fills the padded rows `sums` with the sums of `rows` over the time steps of each sample.
pub(super) fn sum_time_steps(steps: usize, rows: &AlignedMatrix, sums: &mut [f32]) {
    let stride = rows.stride();
    sums.fill(0.0);
    for (sum, rows) in sums.chunks_exact_mut(stride).zip(rows.all().chunks_exact(steps * stride)) {
        for row in rows.chunks_exact(stride) {
            sum.iter_mut().zip(row).for_each(|(sum, entry)| *sum += entry);
        }
    }
}
