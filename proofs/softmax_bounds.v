(** Bounds: derivatives from remainders, and how far a softmax moves when its inputs change. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** A remainder of second order. *)
Lemma has_of_remainder (K : realType) (f : K -> K) (x d k : K) :
  (\forall y \near x, `|f y - f x - (y - x) * d| <= k * `|y - x| ^+ 2)%classic -> has f x d.
Proof.
move=> /nbhs_ballP [r r0 rem].
have lim : ((fun h : K => h^-1 *: ((f \o shift x) (h *: (1 : K)) - f x)) @ 0^' --> d)%classic.
  apply/cvgrPdist_le => eps eps0.
  have k1 : 0 < `|k| + 1 by rewrite ltr_paddl ?ltr01.
  near=> h.
  have h0 : h != 0 by near: h; exists 1 => /=; [exact: ltr01 | move=> h _].
  have hle : `|h| <= eps / (`|k| + 1) by near: h; apply: dnbhs0_le; exact: divr_gt0.
  have hr : ball x r (h + x).
    by rewrite /ball /= distrC addrK; near: h; exact: dnbhs0_lt.
  have := le_trans (rem _ hr) (ler_wpmul2r (exprn_ge0 2 (normr_ge0 _)) (ler_norm k)).
  rewrite addrK /= => close.
  rewrite distrC /GRing.scale /= mulr1.
  rewrite (_ : _ - d = h^-1 * (f (h + x) - f x - h * d)); last by field.
  rewrite normrM normfV ler_pdivr_mull ?normr_gt0 //; apply: le_trans close _.
  rewrite expr2 mulrCA ler_wpmul2l //.
  by move: hle; rewrite ler_pdivl_mulr // mulrDr mulr1 mulrC; apply: le_trans; rewrite ler_addl.
split; first exact: cvgP lim.
exact: cvg_lim lim.
Unshelve. all: by end_near. Qed.

Lemma ler_mean (K : realType) (I : finType) (P : pred I) (p f : I -> K) B :
  (forall i, 0 <= p i) -> \sum_(i | P i) p i = 1 -> (forall i, `|f i| <= B) ->
  `|\sum_(i | P i) p i * f i| <= B.
Proof.
move=> p0 p1 fB; apply: le_trans (ler_norm_sum _ _ _) _.
apply: le_trans (_ : \sum_(i | P i) p i * B <= _); last by rewrite -mulr_suml p1 mul1r.
by apply: ler_sum => i _; rewrite normrM ger0_norm // ler_wpmul2l.
Qed.

(** A bound that each bound improves. *)
Lemma contracted (K : realType) (T : finType) (f : T -> K) (g c : K) : g < 1 ->
  (forall B, (forall x, `|f x| <= B) -> forall x, `|f x| <= g * B + c) ->
  forall x, `|f x| <= c / (1 - g).
Proof.
move=> g1 better x; pose m := [arg max_(y > x) `|f y|]%O.
have mmax y : `|f y| <= `|f m| by rewrite /m; case: arg_maxP => // z _; exact.
apply: le_trans (mmax x) _; rewrite ler_pdivl_mulr ?subr_gt0 //.
by have := better _ mmax m; rewrite mulrBr mulr1 ler_subl_addl mulrC.
Qed.

(** ** Changes of a softmax *)
Section Softmax.
Variables (K : realType) (sh : shape).
Implicit Types (p q x z d : Unit sh -> K) (l : Unit sh) (B : K).

Lemma jac_le q x l B : (forall i, 0 <= q i) -> normalised q -> (forall i, `|x i| <= B) ->
  `|jac q x l| <= 2%:R * B.
Proof.
move=> q0 nq xB; have mB : `|circuit_mean q x l| <= B by apply: ler_mean.
rewrite /jac normrM ger0_norm //.
apply: le_trans (_ : 1 * (`|x l| + `|circuit_mean q x l|) <= _).
  by apply: ler_pmul => //; [exact: part_le1 | exact: ler_norm_sub].
by rewrite mul1r mulr_natl ler_add.
Qed.

Lemma softmax_ge0 z l : 0 <= softmax z l. Proof. exact/ltW/softmax_gt0. Qed.

Lemma softmax_le1 z l : softmax z l <= 1.
Proof. by apply: part_le1 => [i|]; [exact: softmax_ge0 | exact: softmax_normalised]. Qed.

Lemma softmax_size z l : `|softmax z l| <= 1.
Proof. by rewrite ger0_norm ?softmax_ge0 ?softmax_le1. Qed.

(** The mean value theorem. *)
Lemma softmax_between z d l : exists2 t, 0 <= t <= 1 &
  softmax (fun i => z i + d i) l - softmax z l = jac (softmax (fun i => z i + t * d i)) d l.
Proof.
pose X t i := z i + t * d i.
have D t : has (fun t => softmax (X t) l) t (jac (softmax (X t)) d l).
  apply: has_softmax => i; apply: has_ext (has_affine (z i) (d i) 0 t) => y.
  by rewrite subr0.
have C : continuous (fun t => softmax (X t) l).
  by move=> t; have /derivable1_diffP/differentiable_continuous := has_derivable (D t).
have [t] := MVT_segment ler01 (fun t _ => D t) (continuous_subspaceT C).
rewrite in_itv /= => t01; rewrite subr0 mulr1 => E; exists t => //; rewrite -E /=.
by congr (softmax _ l - softmax _ l); apply: funext => i; rewrite /X ?mul1r // mul0r addr0.
Qed.

Lemma softmax_change z d l B : (forall i, `|d i| <= B) ->
  `|softmax (fun i => z i + d i) l - softmax z l| <= 2%:R * B.
Proof.
move=> dB; have [t _ ->] := softmax_between z d l.
by apply: jac_le => //; [exact: softmax_ge0 | exact: softmax_normalised].
Qed.

Definition curvature : K := (4 + 2 * #|{: Unit sh}|)%:R.

Lemma jac_change p q x l B : (forall i, 0 <= p i) -> normalised p ->
  (forall i, 0 <= q i) -> normalised q ->
  (forall i, `|x i| <= B) -> (forall i, `|p i - q i| <= 2%:R * B) ->
  `|jac p x l - jac q x l| <= curvature * B ^+ 2.
Proof.
move=> p0 np q0 nq xB pq; have B0 : 0 <= B by apply: le_trans (xB l).
have mp : `|x l - circuit_mean p x l| <= 2%:R * B.
  apply: le_trans (ler_norm_sub _ _) _; rewrite mulr_natl ler_add //.
  exact: ler_mean.
have mpq : `|circuit_mean q x l - circuit_mean p x l| <= #|{: Unit sh}|%:R * (2%:R * B * B).
  rewrite -sumrB; apply: le_trans (ler_norm_sum _ _ _) _.
  rewrite big_mkcond mulr_natl -sumr_const; apply: ler_sum => i _.
  case: ifP => _; last by rewrite !mulr_ge0 ?ler0n.
  by rewrite -mulrBl normrM distrC ler_pmul.
rewrite (_ : jac p x l - jac q x l = (p l - q l) * (x l - circuit_mean p x l) +
  q l * (circuit_mean q x l - circuit_mean p x l)); last by rewrite /jac; ring.
apply: le_trans (ler_norm_add _ _) _; rewrite !normrM [`|q l|]ger0_norm //.
apply: le_trans (_ : 2%:R * B * (2%:R * B) + 1 * (#|{: Unit sh}|%:R * (2%:R * B * B)) <= _).
  by apply: ler_add; apply: ler_pmul => //; exact: part_le1.
by rewrite /curvature natrD natrM le_eqVlt; apply/orP; left; apply/eqP; ring.
Qed.

Lemma softmax_remainder z d l B : (forall i, `|d i| <= B) ->
  `|softmax (fun i => z i + d i) l - softmax z l - jac (softmax z) d l| <= curvature * B ^+ 2.
Proof.
move=> dB; have [t /andP [t0 t1] ->] := softmax_between z d l.
apply: jac_change => //; try exact: softmax_ge0; try exact: softmax_normalised.
move=> i; apply: softmax_change => j; rewrite normrM ger0_norm //.
by apply: le_trans (dB j); rewrite ler_pimull.
Qed.

End Softmax.
