(** Gibbs' inequality. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums clamped.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Lemma ln_independent (K : realType) (sh : shape) (mu : Unit sh -> K) (v : Configuration sh) :
  (forall i, 0 < mu i) -> ln (independent mu v) = \sum_i winner K v i * ln (mu i).
Proof.
move=> mu0; rewrite /independent lnM ?posrE ?prodr_gt0 // ln_prod //.
rewrite sum_units sum_hidden; congr (_ + _).
  by apply: eq_bigr => g _; rewrite (sum_delta (v.1 g) (fun d => ln (mu (inl (g, d))))).
exact/esym/(sum_delta v.2 (fun a => ln (mu (inr a)))).
Qed.

Lemma exp_ge (K : realType) (x : K) : 1 + x <= expR x.
Proof.
have [x0|x0] := leP 0 x; first exact: expR_ge1Dx.
have D (y : K) : y \in `]x, 0[ -> is_derive y 1 (@expR K) (expR y) by move=> _; exact: is_derive_expR.
have [c] := MVT x0 D (continuous_subspaceT (@continuous_expR K)).
rewrite in_itv /= expR0 sub0r => /andP [_ c0] E.
have split_ (y z : K) : 1 + z = y + (1 - y + z) by ring.
rewrite (split_ (expR x)) ger_addl E mulrN addrC -mulNr -{1}[x]mul1r -mulrDl.
by rewrite nmulr_lle0 // subr_ge0 -expR0 ler_expR ltW.
Qed.

Lemma ln_le (K : realType) (x : K) : 0 < x -> ln x <= x - 1.
Proof. by move=> x0; have := exp_ge (ln x); rewrite lnK ?posrE // -ler_subr_addl. Qed.

Lemma gibbs (K : realType) (T : finType) (P : pred T) (x y : T -> K) :
  (forall t, 0 < x t) -> (forall t, 0 < y t) -> \sum_(t | P t) x t = \sum_(t | P t) y t ->
  0 <= \sum_(t | P t) x t * (ln (x t) - ln (y t)).
Proof.
move=> x0 y0 E; rewrite -oppr_le0 -sumrN.
apply: (@le_trans _ _ (\sum_(t | P t) (y t - x t))); last by rewrite sumrB E subrr.
apply: ler_sum => t _; rewrite -mulrN opprB -ln_div ?posrE //.
have -> : y t - x t = x t * (y t / x t - 1).
  by rewrite mulrBr mulr1 mulrCA mulfV ?mulr1 // gt_eqF.
by rewrite ler_pmul2l // ln_le // divr_gt0.
Qed.
