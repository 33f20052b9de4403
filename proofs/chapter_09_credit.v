(** Which synapses get credit: derivations/09-credit.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.analysis Require Import reals normedtype sequences exp.
From svpg Require Import language sums states.
From svpg.generated Require Import chapter_01_network chapter_09_credit.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Expectations.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.

Let nq : normalised (q mf net) := free_normalised net fp.

Lemma surprise_mean i : \sum_v independent (q mf net) v * e mf net v i = 0.
Proof.
rewrite /e; under eq_bigr do rewrite mulrBr.
by rewrite sumrB -mulr_suml expect_winner // expect_one // mul1r subrr.
Qed.

Lemma reward_mean : \sum_v independent (q mf net) v * R net (action v) = J_meanfield mf net.
Proof. exact: (expect_action (R net)). Qed.

Lemma covarianceE i :
  covariance mf net i = \sum_v independent (q mf net) v * (R net (action v) * e mf net v i).
Proof.
rewrite /covariance /e -reward_mean mulr_suml -sumrB; apply: eq_bigr => v _; ring.
Qed.

Lemma covariance_hidden h : covariance mf net (inl h) = 0.
Proof.
by rewrite /covariance (expect_hidden_action _ (R net)) // mulrC subrr.
Qed.

Lemma mean_W i j :
  \sum_v independent (q mf net) v * svpg_W mf net v (R net (action v)) i j =
  mask net i j * kappa net * (q mf net j * covariance mf net i + q mf net i * covariance mf net j).
Proof.
rewrite !covarianceE /svpg_W /e mulrDr !mulr_sumr -big_split; apply: eq_bigr => v _ /=; ring.
Qed.

Lemma mean_U k i :
  \sum_v independent (q mf net) v * svpg_U mf net v (R net (action v)) k i =
  s net k * covariance mf net i.
Proof. rewrite covarianceE /svpg_U /e mulr_sumr; apply: eq_bigr => v _ /=; ring. Qed.

Lemma mean_b i :
  \sum_v independent (q mf net) v * svpg_b mf net v (R net (action v)) i = covariance mf net i.
Proof. by rewrite covarianceE. Qed.

End Expectations.

Theorem L4a : L4a_statement.
Proof.
move=> K sh net mf ok fp; split; first exact: covarianceE.
split; first by move=> i j; exact: mean_W.
split; last by split=> [k i|i]; [exact: mean_U | exact: mean_b].
move=> i j; rewrite !mean_W // /mask (connected_sym ok); ring.
Qed.

Theorem L4 : L4_statement.
Proof.
move=> K sh net mf ok fp; split.
  by move=> i; rewrite -covarianceE // covariance_hidden // surprise_mean // mulr0.
split; first by move=> i j; rewrite mean_W // !covariance_hidden // !mulr0 addr0 mulr0.
split; first by move=> k i; rewrite mean_U // covariance_hidden // mulr0.
split; first by move=> i; rewrite mean_b // covariance_hidden.
move=> i j; transitivity (q mf net (inr j) * covariance mf net (inl i)).
  by rewrite covarianceE // mulr_sumr; apply: eq_bigr => v _; ring.
by rewrite covariance_hidden // mulr0.
Qed.
