(** The exact distribution and its derivatives by one entry of a network. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives.
From svpg.generated Require Import chapter_01_network.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section Exact.
Variables (K : realType) (sh : shape) (net : network K sh).
Implicit Types (v : Configuration sh) (a : Action sh) (f : Configuration sh -> K).

(** Sum of the weights of the configurations with one action. *)
Definition Zaction a : K := \sum_(v | action v == a) weight net v.
(** Mean under the exact distribution, and given the action. *)
Definition mean f : K := \sum_v p net v * f v.
Definition mean_given a f : K :=
  (\sum_(v | action v == a) p net v * f v) / (\sum_(v | action v == a) p net v).

Lemma weight_gt0 v : 0 < weight net v.
Proof. exact: expR_gt0. Qed.

Lemma Zaction_gt0 a : 0 < Zaction a.
Proof.
rewrite /Zaction (bigD1 ([ffun=> ord0], a)) //=.
by rewrite ltr_paddr ?weight_gt0 // sumr_ge0 // => v _; apply: ltW; apply: weight_gt0.
Qed.

Lemma sum_actions (F : Configuration sh -> K) : \sum_a \sum_(v | action v == a) F v = \sum_v F v.
Proof. by rewrite [RHS](partition_big (@action sh) xpredT). Qed.

Lemma Z_actions : Z net = \sum_a Zaction a.
Proof. by rewrite sum_actions. Qed.

Lemma Z_gt0 : 0 < Z net.
Proof.
rewrite Z_actions (bigD1 ord0) //= ltr_paddr ?Zaction_gt0 // sumr_ge0 // => a _.
by apply: ltW; apply: Zaction_gt0.
Qed.

Lemma Z_neq0 : Z net != 0. Proof. by rewrite gt_eqF // Z_gt0. Qed.
Lemma Zaction_neq0 a : Zaction a != 0. Proof. by rewrite gt_eqF // Zaction_gt0. Qed.

Lemma piE a : pi net a = Zaction a / Z net.
Proof. by rewrite /pi /p -mulr_suml. Qed.

Lemma pi_gt0 a : 0 < pi net a.
Proof. by rewrite piE divr_gt0 ?Zaction_gt0 ?Z_gt0. Qed.

Lemma pi_neq0 a : pi net a != 0. Proof. by rewrite gt_eqF // pi_gt0. Qed.

Lemma p_one : \sum_v p net v = 1.
Proof. by rewrite /p -mulr_suml divff // Z_neq0. Qed.

Lemma pi_one : \sum_a pi net a = 1.
Proof. by rewrite sum_actions p_one. Qed.

Lemma meanE f : mean f = (\sum_v weight net v * f v) / Z net.
Proof. by rewrite /mean mulr_suml; apply: eq_bigr => v _; rewrite /p mulrAC. Qed.

Lemma mean_givenE a f : mean_given a f = (\sum_(v | action v == a) weight net v * f v) / Zaction a.
Proof.
rewrite /mean_given (eq_bigr (fun v => (weight net v * f v) / Z net)); last first.
  by move=> v _; rewrite /p mulrAC.
by rewrite -mulr_suml -/(pi net a) piE invf_div mulrA divfK // Z_neq0.
Qed.

Lemma pi_mean a f : pi net a * mean_given a f = \sum_(v | action v == a) p net v * f v.
Proof. by rewrite /mean_given -/(pi net a) mulrC divfK // pi_neq0. Qed.

Lemma sum_pi_mean f : \sum_a pi net a * mean_given a f = mean f.
Proof. by under eq_bigr do rewrite pi_mean; rewrite sum_actions. Qed.

Lemma sum_pi_mean_action (k : Action sh -> K) f :
  \sum_a pi net a * (k a * mean_given a f) = mean (fun v => k (action v) * f v).
Proof.
rewrite /mean -sum_actions; apply: eq_bigr => a _.
rewrite mulrCA pi_mean mulr_sumr; apply: eq_bigr => v /eqP ->; exact: mulrCA.
Qed.

Lemma mean_scale c f : mean (fun v => c * f v) = c * mean f.
Proof. by rewrite /mean mulr_sumr; apply: eq_bigr => v _; rewrite mulrCA. Qed.

Lemma mean_given_scale a c f : mean_given a (fun v => c * f v) = c * mean_given a f.
Proof. by rewrite /mean_given mulrA mulr_sumr; congr (_ / _); apply: eq_bigr => v _; rewrite mulrCA. Qed.

(** ** Derivatives *)
Variable e : entry sh.
Let x0 := value net e.
Let g v := denergy net e (winner K v).

Lemma has_energy v : has (fun x => - energy (moved net e x) v) x0 (g v).
Proof.
apply: has_ext (has_affine (minus_energy net (winner K v)) (g v) x0 x0) => y.
by rewrite -moved_energy opprK.
Qed.

Lemma has_weight v : has (fun x => weight (moved net e x) v) x0 (weight net v * g v).
Proof. by apply: has_eq (has_exp (has_energy v)) _; rewrite /x0 moved_value. Qed.

Lemma has_Z : has (fun x => Z (moved net e x)) x0 (Z net * mean g).
Proof.
apply: (@has_eq _ _ _ (\sum_v weight net v * g v)).
  by apply: has_sum => v _; apply: has_weight.
by rewrite meanE mulrC divfK // Z_neq0.
Qed.

Lemma has_Zaction a :
  has (fun x => \sum_(v | action v == a) weight (moved net e x) v) x0 (Zaction a * mean_given a g).
Proof.
apply: (@has_eq _ _ _ (\sum_(v | action v == a) weight net v * g v)).
  by apply: has_sum => v _; apply: has_weight.
by rewrite mean_givenE mulrC divfK // Zaction_neq0.
Qed.

Lemma has_lnZ : has (fun x => ln (Z (moved net e x))) x0 (mean g).
Proof.
have Z0 : 0 < Z (moved net e x0) by rewrite /x0 moved_value Z_gt0.
apply: has_eq (has_ln Z0 has_Z) _.
by rewrite /x0 moved_value mulrC mulKf // Z_neq0.
Qed.

Lemma has_lnZaction a :
  has (fun x => ln (\sum_(v | action v == a) weight (moved net e x) v)) x0 (mean_given a g).
Proof.
have Z0 : 0 < \sum_(v | action v == a) weight (moved net e x0) v.
  by rewrite /x0 moved_value Zaction_gt0.
apply: has_eq (has_ln Z0 (has_Zaction a)) _.
by rewrite /x0 moved_value mulrC mulKf // Zaction_neq0.
Qed.

Lemma has_pi a : has (fun x => pi (moved net e x) a) x0 (pi net a * (mean_given a g - mean g)).
Proof.
have Z0 : Z (moved net e x0) != 0 by rewrite /x0 moved_value Z_neq0.
apply: has_ext (has_eq (has_div Z0 (has_Zaction a) has_Z) _) => [y|].
  by rewrite /pi /p -mulr_suml.
rewrite /x0 moved_value -/(Zaction a) piE.
by have := Z_neq0 => *; field.
Qed.

Lemma has_lnpi a : has (fun x => ln (pi (moved net e x) a)) x0 (mean_given a g - mean g).
Proof.
have p0 : 0 < pi (moved net e x0) a by rewrite /x0 moved_value pi_gt0.
apply: has_eq (has_ln p0 (has_pi a)) _.
by rewrite /x0 moved_value mulrC mulKf // pi_neq0.
Qed.

Lemma has_J_exact :
  has (fun x => J_exact (moved net e x)) x0 (\sum_a pi net a * (mean_given a g - mean g) * R net a).
Proof.
apply: (@has_ext _ (fun x => \sum_a pi (moved net e x) a * R net a)) => [y|].
  by rewrite /J_exact moved_R.
by apply: has_sum => a _; apply: has_scaler; apply: has_pi.
Qed.

Lemma score_mean : \sum_a pi net a * (mean_given a g - mean g) = 0.
Proof.
under eq_bigr do rewrite mulrBr.
by rewrite sumrB sum_pi_mean -mulr_suml pi_one mul1r subrr.
Qed.

Lemma has_J_covariance :
  has (fun x => J_exact (moved net e x)) x0 (mean (fun v => R net (action v) * (g v - mean g))).
Proof.
apply: has_eq has_J_exact _.
transitivity (\sum_a (pi net a * (R net a * mean_given a g) - pi net a * R net a * mean g)).
  by apply: eq_bigr => a _; ring.
rewrite sumrB sum_pi_mean_action -mulr_suml /mean -/(J_exact net) -/(mean g).
rewrite (_ : J_exact net = \sum_v p net v * R net (action v)); last first.
  rewrite -sum_actions; apply: eq_bigr => a _; rewrite mulr_suml.
  by apply: eq_bigr => v /eqP ->.
by rewrite mulr_suml -sumrB; apply: eq_bigr => v _; ring.
Qed.

End Exact.
