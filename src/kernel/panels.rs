//! Units in panels: groups of adjacent vectors whose sums fit in registers.

/// Runs `$body` for all vectors of a range, panel by panel: `$column` is the first unit of a panel,
/// `$wide`, a constant, its number of vectors. A panel has at most `$most` vectors, and never more
/// than 16. Panels are as equal in size as possible.
macro_rules! panels {
    ($simd:ty, $most:expr, $vectors:expr, |$column:ident, $wide:ident| $body:expr) => {{
        let std::ops::Range { start: mut vector, end } = $vectors;
        while vector < end {
            let left = end - vector;
            let wide = left.div_ceil(left.div_ceil($most));
            let $column = vector * <$simd>::LANES;
            panels!(@ wide, $wide, $body, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
            vector += wide;
        }
    }};
    (@ $found:ident, $wide:ident, $body:expr, $($width:literal)*) => {
        match $found {
            $($width => {
                const $wide: usize = $width;
                $body
            })*
            _ => unreachable!("no panel has more than 16 vectors"),
        }
    };
}

pub(super) use panels;
