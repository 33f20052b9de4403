//! Random numbers: SplitMix64 (Steele, Lea, Flood 2014, doi 10.1145/2660193.2660195) with a key.

/// A stream of random words that depends only on its key.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    pub(crate) fn new(key: &[u64]) -> Self {
        let state = key.iter().fold(0, |state, &word| mix(state ^ mix(word.wrapping_add(GAMMA))));
        Self { state }
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// Uniform over `0..bound`; `bound` must not be zero. The bias is below `bound / 2^64`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }

    /// A dyadic fraction in [-1, 1] with 20 bits after the point, so that small changes of it are
    /// exact.
    pub(crate) fn signed_unit(&mut self) -> f64 {
        self.below((1 << 21) + 1) as f64 / f64::from(1 << 20) - 1.0
    }

    /// A dyadic fraction in (0, 1) with 20 bits after the point.
    pub(crate) fn open_unit(&mut self) -> f64 {
        (self.below((1 << 20) - 1) + 1) as f64 / f64::from(1 << 20)
    }
}

/// Miller–Rabin with the bases that decide every number below 2^64 (Sinclair 2011 verified set of
/// primes to 37).
pub(crate) fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 {
        return false;
    }
    if let Some(&p) = BASES.iter().find(|&&p| n.is_multiple_of(p)) {
        return n == p;
    }
    let (mut odd, mut twos) = (n - 1, 0);
    while odd.is_multiple_of(2) {
        odd /= 2;
        twos += 1;
    }
    BASES.iter().all(|&base| {
        let mut x = power_mod(base, odd, n);
        if x == 1 || x == n - 1 {
            return true;
        }
        for _ in 1..twos {
            x = mul_mod(x, x, n);
            if x == n - 1 {
                return true;
            }
        }
        false
    })
}

fn mul_mod(a: u64, b: u64, n: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(n)) as u64
}

fn power_mod(mut base: u64, mut exponent: u64, n: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = mul_mod(result, base, n);
        }
        base = mul_mod(base, base, n);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{Random, is_prime};

    #[test]
    fn primality_agrees_with_trial_division() {
        for n in 0..20_000u64 {
            let trial = n > 1 && (2..).take_while(|d| d * d <= n).all(|d| n % d != 0);
            assert_eq!(is_prime(n), trial, "{n}");
        }
        assert!(is_prime(4_294_967_291));
        assert!(!is_prime(3_215_031_751), "strong pseudoprime to 2, 3, 5 and 7");
    }

    #[test]
    fn a_stream_depends_on_its_key_alone() {
        let mut a = Random::new(&[1, 2]);
        let mut b = Random::new(&[1, 2]);
        let mut c = Random::new(&[2, 1]);
        let (x, y, z) = (a.word(), b.word(), c.word());
        assert_eq!(x, y);
        assert_ne!(x, z);
    }
}
