use super::{Comparison, Exact, KERNELS, Kernel, check, comparison, error, rows};
use crate::kernel::isa::Isa;
use crate::kernel::simd::Level;
use crate::verify;

fn widest() -> Level {
    Level::best(None)
}

/// Every tolerance is at most four times as large as the largest error.
#[test]
fn every_kernel_passes_on_every_instruction_set() {
    let rows = check(widest());
    assert_eq!(rows.len(), KERNELS.len() * widest().up_to().count());
    for row in rows {
        assert!(row.bitwise_equal, "{row:?}");
        assert!(row.max_ulp_vs_reference <= row.allowed_ulp, "{row:?}");
        let is_exact = row.allowed_ulp == 0.0;
        assert!(is_exact || row.max_ulp_vs_reference > row.allowed_ulp / 4.0, "{row:?}: lower the tolerance");
    }
}

/// The cap excludes exactly the wider instruction sets.
#[test]
fn the_cap_is_kept() {
    let sets = |cap: Isa| {
        let rows = check(Level::best(Some(cap)));
        rows.into_iter().map(|row| row.isa).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(sets(Isa::Baseline).into_iter().collect::<Vec<_>>(), ["baseline"]);
    if Isa::Avx512.is_present() {
        assert!(sets(Isa::Avx512).contains("avx512") && !sets(Isa::Avx2).contains("avx512"));
    }
}

/// A wrong bit, a missing result, a NaN and a wrong constant each make the row of the kernel fail,
/// for every kernel.
#[test]
fn what_is_wrong_is_seen() {
    for kernel in &KERNELS {
        let name = kernel.name;
        let Comparison { twin: right, exact, .. } = comparison(kernel);
        let with = |change: &dyn Fn(&mut Vec<f32>)| {
            let (mut found, right, exact) = (right.clone(), right.clone(), exact.clone());
            change(&mut found);
            let wrong = Comparison { twin: right, exact, vector: Box::new(move |_| found.clone()) };
            rows(kernel, &wrong, Level::best(Some(Isa::Baseline))).remove(0)
        };
        assert!(with(&|_| {}).bitwise_equal, "{name}");
        let number = right.iter().rposition(|x| x.is_finite() && *x != 0.0).unwrap();
        assert!(!with(&|found| found[number] = found[number].next_up()).bitwise_equal, "{name}: a bit");
        assert!(
            !with(&|found| {
                found.pop();
            })
            .bitwise_equal,
            "{name}: one too few"
        );
        let judged =
            (0..right.len()).rfind(|&k| exact[k].is_some_and(|exact| exact.value.is_finite())).unwrap();
        assert_eq!(with(&|found| found[judged] = f32::NAN).max_ulp_vs_reference, f64::MAX, "{name}: a NaN");
        // Twin and vector code share constants: a wrong constant makes both wrong in the same way.
        let scaled = |found: &mut Vec<f32>| found.iter_mut().for_each(|x| *x *= 1.0 + 1e-5);
        let row = with(&scaled);
        assert!(row.max_ulp_vs_reference > row.allowed_ulp, "{name}: {row:?}");
    }
}

/// The report is ok only if every row is, and it shows the rows that fail.
#[test]
fn the_report_shows_what_fails() {
    let options = verify::Options { thorough: false, seed: 0 };
    let mut report = verify::check(&[], &options, false, &|_, _| {}).unwrap();
    report.kernels = check(widest());
    let (count, sets) = (report.kernels.len(), widest().up_to().count());
    let mut shown = |change: &dyn Fn(&mut Kernel)| {
        let row = &mut report.kernels[sets];
        assert_eq!(row.id, "ln");
        let right = row.clone();
        change(row);
        report.conclude();
        let text = verify::render(&report, verify::Colour::None);
        report.kernels[sets] = right;
        let line = text.lines().find(|line| line.starts_with("  ln ")).unwrap().to_owned();
        (report.ok, text, line)
    };
    let (ok, text, line) = shown(&|_| {});
    assert!(ok && text.contains(&format!("Kernels: {count} of {count} equal")), "{text}");
    assert_eq!(line.split_whitespace().count(), 2 + sets, "{line}");
    let (ok, text, line) = shown(&|row| row.bitwise_equal = false);
    assert!(
        !ok && text.contains(&format!("Kernels: {} of {count} equal", count - 1)) && line.contains("DIFFERS"),
        "{text}"
    );
    let (ok, _, line) = shown(&|row| row.max_ulp_vs_reference = 1.25e7);
    assert!(!ok && line.contains("1e7"), "{line}");
}

#[test]
fn errors_at_the_edges() {
    let at = |found: f32, value: f64| error(found, Exact { value, scale: value.abs() });
    assert_eq!((at(1.0, 1.0), at(1.0 + f32::EPSILON, 1.0), at(0.0, 0.0)), (0.0, 1.0, 0.0));
    assert_eq!(
        (at(f32::INFINITY, 1e60), at(f32::INFINITY, f64::INFINITY), at(f32::MAX, 1e60)),
        (0.0, 0.0, 1.0)
    );
    assert_eq!(at(f32::from_bits(3), 2f64.powi(-149)), 2.0);
    assert_eq!((at(f32::NAN, f64::NAN), at(f32::NAN, 1.0), at(1.0, f64::NAN)), (0.0, f64::MAX, f64::MAX));
    assert!(at(f32::NEG_INFINITY, f64::INFINITY) > 1e7);
}
