(** Softmax and mean-field states. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.analysis Require Import reals normedtype sequences exp.
From svpg Require Import language sums.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section States.
Variables (K : realType) (sh : shape).
Implicit Types (x : Unit sh -> K) (i : Unit sh) (net : network K sh) (mf : states K sh).

Lemma circuit_sum_gt0 x i :
  (forall j, 0 < x j) -> 0 < \sum_(j | circuit j == circuit i) x j.
Proof.
by move=> x0; rewrite (bigD1 i) //= ltr_paddr // sumr_ge0 // => j _; apply: ltW.
Qed.

Lemma exp_sum_gt0 x i : 0 < \sum_(j | circuit j == circuit i) expR (x j).
Proof. by apply: circuit_sum_gt0 => j; apply: expR_gt0. Qed.

Lemma softmax_gt0 x i : 0 < softmax x i.
Proof. by rewrite divr_gt0 ?expR_gt0 ?exp_sum_gt0. Qed.

Lemma quotient_normalised x :
  (forall j, 0 < x j) -> normalised (fun i => x i / \sum_(j | circuit j == circuit i) x j).
Proof.
move=> x0 i; rewrite (eq_bigr (fun j => x j / \sum_(l | circuit l == circuit i) x l)).
  by rewrite -mulr_suml divff // gt_eqF // circuit_sum_gt0.
by move=> j /eqP E; rewrite E.
Qed.

Lemma softmax_normalised x : normalised (softmax x).
Proof. by apply: (@quotient_normalised (fun j => expR (x j))) => j; apply: expR_gt0. Qed.

Lemma part_le1 x i : (forall j, 0 <= x j) -> normalised x -> x i <= 1.
Proof. by move=> x0 nx; rewrite -(nx i) (bigD1 i) //= ler_addl sumr_ge0. Qed.

(** A free state *)
Lemma free_softmax mf net i :
  fixed_points mf -> mf net free_state i = softmax (net_input net (mf net free_state)) i.
Proof. by move=> /is_fixed_point /(_ net free_state I i) ->; case: i. Qed.

Lemma free_gt0 mf net i : fixed_points mf -> 0 < mf net free_state i.
Proof. by move=> fp; rewrite free_softmax // softmax_gt0. Qed.

Lemma free_normalised mf net : fixed_points mf -> normalised (mf net free_state).
Proof.
move=> fp i; under eq_bigr do rewrite free_softmax //; exact: softmax_normalised.
Qed.

(** A clamped state *)
Lemma clamped_action mf net a a' :
  fixed_points mf -> mf net (clamped_at a) (inr a') = (a == a')%:R.
Proof. by move=> /is_fixed_point /(_ net (clamped_at a) I (inr a')). Qed.

Lemma clamped_softmax mf net a h :
  fixed_points mf ->
  mf net (clamped_at a) (inl h) = softmax (net_input net (mf net (clamped_at a))) (inl h).
Proof. by move=> /is_fixed_point /(_ net (clamped_at a) I (inl h)). Qed.

Lemma clamped_hidden_gt0 mf net a h : fixed_points mf -> 0 < mf net (clamped_at a) (inl h).
Proof. by move=> fp; rewrite clamped_softmax // softmax_gt0. Qed.

Lemma clamped_normalised mf net a : fixed_points mf -> normalised (mf net (clamped_at a)).
Proof.
move=> fp [h|a'].
  rewrite sum_circuit_hidden; under eq_bigr do rewrite clamped_softmax //.
  by rewrite -(softmax_normalised (net_input net (mf net (clamped_at a))) (inl h))
    sum_circuit_hidden.
rewrite sum_circuit_action; under eq_bigr do rewrite clamped_action //.
by have := sum_delta a (fun=> 1 : K); under eq_bigr do rewrite mulr1.
Qed.

End States.
