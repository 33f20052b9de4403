use crate::error;
use crate::tolerance::judge;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::product::twin;
use svpg::random::SplitMix64;
use svpg_reference::network::{Convention, Mask, Parameters, Shape};
use svpg_reference::number::Matrix;

/// `b + Uᵀs` of the published size, 784 states, as the reference's net input of an activity of
/// zero.
#[test]
fn is_the_drive_of_the_reference() {
    let mut random = SplitMix64::new(5);
    let shape = Shape::new(784, 20, 10, 10).expect("a valid shape");
    let units = shape.units();
    let w = AlignedMatrix::from_fn(784, units, |_, _| random.symmetric(0.1) as f32);
    let start: Vec<f32> = (0..units).map(|_| random.symmetric(0.1) as f32).collect();
    let starts = AlignedMatrix::from_fn(3, units, |_, u| start[u]);
    let x = AlignedMatrix::from_fn(3, 784, |_, _| random.unit() as f32);
    let found = twin::product(&starts, &x, &w);

    let wide = |numbers: &[f32]| numbers.iter().copied().map(f64::from).collect::<Vec<f64>>();
    let state = Matrix::from_fn(784, units, |k, u| f64::from(w.row(k)[u]));
    let recurrent = Matrix::zeros(units, units);
    let parameters =
        Parameters::new(shape, Convention::Full, Mask::all(shape), recurrent, state, wide(&start))
            .expect("valid parameters");
    let mut largest = 0.0f64;
    for sample in 0..3 {
        let s = wide(x.row(sample));
        let observed = parameters.observe(&s).expect("in [0,1]");
        for (u, exact) in observed.drive().iter().enumerate() {
            let terms = s.iter().enumerate().map(|(k, s)| (s * f64::from(w.row(k)[u])).abs());
            let scale = f64::from(start[u]).abs() + terms.sum::<f64>();
            largest = largest.max(error(found.row(sample)[u], *exact, scale));
        }
    }
    judge("product", largest);
}

/// No inputs: the start row. No samples: nothing.
#[test]
fn empty_shapes() {
    let start = AlignedMatrix::from_fn(2, 3, |b, u| [[1.0, -0.0, 3.0], [4.0, 5.0, 6.0]][b][u]);
    let found = twin::product(&start, &AlignedMatrix::zeros(2, 0), &AlignedMatrix::zeros(0, 3));
    let bits = |numbers: &[f32]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!([bits(found.row(0)), bits(found.row(1))], [bits(start.row(0)), bits(start.row(1))]);
    assert_eq!(
        twin::product(&AlignedMatrix::zeros(0, 3), &AlignedMatrix::zeros(0, 2), &AlignedMatrix::zeros(2, 3))
            .rows(),
        0
    );
}
