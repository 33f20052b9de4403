//! Pairs of normal draws for vectors, in the twin's order.

use super::{C, S, TURN};
use crate::kernel::ln::ln_of_normal;
use crate::kernel::simd::Simd;

#[inline(always)]
pub(crate) fn pair<V: Simd>(s: V, w0: V::U, w1: V::U) -> (V::F, V::F) {
    let high = s.convert(s.shift_right::<16>(w0));
    let low = s.convert(s.and(w0, s.splat_bits(0xffff)));
    let word = s.mul_add(high, s.splat(65_536.0), low);
    let u = s.mul_add(word, s.splat(1.0 / 4_294_967_296.0), s.splat(0.5 / 4_294_967_296.0));
    let radius = s.sqrt(s.mul(s.splat(-2.0), ln_of_normal(s, u, s.splat(0.0))));
    let quarter = s.shift_right::<30>(s.add_bits(w1, s.splat_bits(1 << 29)));
    let x = s.mul(s.convert(s.sub_bits(w1, s.shift_left::<30>(quarter))), s.splat(TURN));
    let y = s.mul(x, x);
    let sine = s.mul_add(s.splat(S[2]), y, s.splat(S[1]));
    let sine = s.mul_add(s.mul_add(sine, y, s.splat(S[0])), s.mul(x, y), x);
    let cosine = s.mul_add(s.splat(C[2]), y, s.splat(C[1]));
    let cosine = s.mul_add(
        s.mul_add(cosine, y, s.splat(C[0])),
        s.mul(y, y),
        s.mul_add(y, s.splat(-0.5), s.splat(1.0)),
    );
    let even = s.same_bits(s.and(quarter, s.splat_bits(1)), s.splat_bits(0));
    let (c, sn) = (s.select(even, cosine, sine), s.select(even, sine, cosine));
    let two = s.splat_bits(2);
    let sign_c = s.shift_left::<30>(s.and(s.add_bits(quarter, s.splat_bits(1)), two));
    let sign_s = s.shift_left::<30>(s.and(quarter, two));
    let c = s.float(s.xor(s.bits(c), sign_c));
    let sn = s.float(s.xor(s.bits(sn), sign_s));
    (s.mul(radius, c), s.mul(radius, sn))
}
