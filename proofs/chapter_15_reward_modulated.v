(** Reward-modulated plasticity: derivations/15-reward-modulated.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy last_step.
From svpg.generated Require Import chapter_01_network chapter_15_reward_modulated.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** Covariances *)
Section Covariance.
Variables (K : comRingType) (T : finType) (w f g : T -> K).
Hypothesis w1 : \sum_t w t = 1.
Let mean (f : T -> K) := \sum_t w t * f t.

Lemma centre_left : mean (fun t => f t * g t) = mean (fun t => (f t - mean f) * g t) + mean f * mean g.
Proof.
rewrite [mean f * _]mulr_sumr -big_split; apply: eq_bigr => t _ /=.
by rewrite mulrBl mulrBr [mean f * (_ * _)]mulrCA subrK.
Qed.

Lemma centre_right : mean (fun t => (f t - mean f) * g t) = mean (fun t => (f t - mean f) * (g t - mean g)).
Proof.
have zero : mean (fun t => f t - mean f) = 0.
  by rewrite /mean; under eq_bigr do rewrite mulrBr; rewrite sumrB -mulr_suml w1 mul1r subrr.
have -> : mean (fun t => (f t - mean f) * (g t - mean g)) =
    mean (fun t => (f t - mean f) * g t) - mean (fun t => f t - mean f) * mean g.
  rewrite [mean (fun t => f t - _) * _]mulr_suml -sumrB; apply: eq_bigr => t _.
  by rewrite [(f t - mean f) * (g t - mean g)]mulrBr mulrBr [X in _ - X]mulrA.
by rewrite zero mul0r subr0.
Qed.

End Covariance.

Lemma covariance_sides (K : comRingType) (T : finType) (w f g : T -> K) : \sum_t w t = 1 ->
  \sum_t w t * (f t * (g t - \sum_t w t * g t)) =
  \sum_t w t * ((f t - \sum_t w t * f t) * (g t - \sum_t w t * g t)).
Proof.
move=> w1; transitivity (\sum_t w t * ((g t - \sum_t w t * g t) * f t)).
  by apply: eq_bigr => t _; rewrite [f t * _]mulrC.
rewrite centre_right //; apply: eq_bigr => t _; by rewrite [(g t - _) * _]mulrC.
Qed.

Section Rewards.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Let nq := q_normalised net fp.

Lemma mean_reward : \sum_v independent (q mf net) v * reward net v = J_meanfield mf net.
Proof. exact: (expect_action (R net) nq). Qed.

Lemma exact_mean_reward : \sum_v p net v * reward net v = J_exact net.
Proof.
rewrite -sum_actions; apply: eq_bigr => a _; rewrite mulr_suml.
by apply: eq_bigr => v /eqP E; rewrite /reward E.
Qed.

End Rewards.

Theorem RM1 : RM1_statement.
Proof.
move=> K sh net mf c0 c1 c2 c3 ok fp i j; have one := expect_one (q_normalised net fp).
rewrite /drift /covariance -(mean_reward net fp); split; first exact: centre_left.
by congr (_ + _); exact: centre_right.
Qed.

Theorem RM3 : RM3_statement.
Proof.
move=> K sh net mf c0 c1 c2 c3 ok fp; have one := expect_one (q_normalised net fp).
rewrite /covariance -(mean_reward net fp); split=> i j; first exact: centre_right.
exact: covariance_sides.
Qed.

Theorem RM4 : RM4_statement.
Proof.
move=> K sh net c0 c1 c2 c3 ok i j; rewrite -(exact_mean_reward net); exact: centre_left.
Qed.

(** Actions and hidden winners are independent. *)
Lemma expect_apart (K : realType) (sh : shape) (q : Unit sh -> K) (k : Action sh -> K)
    (f : {ffun 'I_(n_hidden_circuits sh) -> 'I_(n_hidden_size sh).+1} -> K) : normalised q ->
  \sum_v independent q v * (k (action v) * f v.1) =
  (\sum_a q (inr a) * k a) * \sum_v independent q v * f v.1.
Proof.
move=> nq.
have E (c : Action sh -> K) : \sum_v independent q v * (c (action v) * f v.1) =
    (\sum_(w : {ffun 'I_(n_hidden_circuits sh) -> 'I_(n_hidden_size sh).+1})
      (\prod_g q (inl (g, w g))) * f w) * \sum_a q (inr a) * c a.
  rewrite sum_configurations mulr_suml; apply: eq_bigr => w _; rewrite mulr_sumr.
  apply: eq_bigr => a _; rewrite /independent /action /=; set x := \prod_g _.
  have order (y z r : K) : x * y * (z * r) = x * r * (y * z) by ring.
  exact: order.
have one : \sum_a q (inr a) * 1 = 1.
  by under eq_bigr do rewrite mulr1; rewrite normalised_action.
rewrite E mulrC; congr (_ * _); apply: etrans (_ : _ * 1 = _); first exact/esym/mulr1.
apply: etrans (congr1 (fun y => _ * y) (esym one)) (etrans (esym (E (fun=> 1))) _).
by apply: eq_bigr => v _; rewrite mul1r.
Qed.

Theorem RM5 : RM5_statement.
Proof.
move=> K sh net mf c0 c1 c2 c3 ok fp i j.
exact: (expect_apart (R net) (fun w => c0 (inl i) (inl j) + c1 (inl i) (inl j) * (w i.1 == i.2)%:R +
  c2 (inl i) (inl j) * (w j.1 == j.2)%:R +
  c3 (inl i) (inl j) * (w i.1 == i.2)%:R * (w j.1 == j.2)%:R) (q_normalised net fp)).
Qed.

Theorem RM7 : RM7_statement.
Proof.
move=> K sh net mf c0 c1 c2 c3 ok fp i j; have nq := q_normalised net fp.
have one := expect_one nq.
pose c a := R net a - J_meanfield mf net.
have c_zero : \sum_a q mf net (inr a) * c a = 0.
  by rewrite /c; under eq_bigr do rewrite mulrBr; rewrite sumrB -mulr_suml normalised_action // mul1r subrr.
set m := \sum_v independent (q mf net) v * ((reward net v - J_meanfield mf net) * winner K v (inr i)).
have mE : m = \sum_a q mf net (inr a) * (c a * (a == i)%:R).
  exact: (expect_action (fun a => c a * (a == i)%:R) nq).
have pair : \sum_v independent (q mf net) v * (c (action v) * (winner K v (inr i) * winner K v (inl j))) =
    q mf net (inl j) * m.
  rewrite mE -(expect_hidden_action j (fun a => c a * (a == i)%:R) nq).
  by apply: eq_bigr => v _; rewrite -mulrA.
have C : covariance mf net c0 c1 c2 c3 (inr i) (inl j) =
    (c1 (inr i) (inl j) + c3 (inr i) (inl j) * q mf net (inl j)) * m.
  rewrite /covariance -(mean_reward net fp) -centre_right // mean_reward //.
  transitivity (c0 (inr i) (inl j) * (\sum_v independent (q mf net) v * c (action v)) +
      c1 (inr i) (inl j) * m +
      c2 (inr i) (inl j) * (\sum_v independent (q mf net) v * (c (action v) * winner K v (inl j))) +
      c3 (inr i) (inl j) * (\sum_v independent (q mf net) v *
        (c (action v) * (winner K v (inr i) * winner K v (inl j))))).
    rewrite !mulr_sumr -!big_split; apply: eq_bigr => v _.
    have spread (x r y0 y1 y2 y3 u w : K) : x * (r * (y0 + y1 * u + y2 * w + y3 * u * w)) =
        y0 * (x * r) + y1 * (x * (r * u)) + y2 * (x * (r * w)) + y3 * (x * (r * (u * w))) by ring.
    exact: spread.
  rewrite (expect_action c nq) (expect_hidden_action j c nq) c_zero pair !mulr0 add0r addr0.
  by rewrite mulrA -mulrDl.
have D := has_J_laststep net fp (entry_b (inr i)).
have dJ : d_b (fun m => J_laststep mf m net) net (inr i) = m.
  apply: etrans (has_val D) _; rewrite /= signal_action // mE.
  under [RHS]eq_bigr do rewrite mulrA mulrC; by rewrite sum_deltal.
by rewrite C dJ; do !split; exact: has_derivable D.
Qed.

Theorem RM9 : RM9_statement.
Proof.
move=> K sh net ok i j; have D := has_J_covariance net (entry_W (inl i) j).
split; last exact: has_derivable D.
rewrite (has_val D : d_W _ net (inl i) j = _) /mean.
rewrite (covariance_sides (fun v => R net (action v)) _ (p_one net)) -centre_right ?p_one //.
rewrite (exact_mean_reward net : \sum_v p net v * R net (action v) = _) mulr_sumr.
apply: eq_bigr => v _; rewrite /=.
have order (x r k m u w : K) : x * (r * k * m * u * w) = m * (x * (r * (k * (u * w)))) by ring.
exact: order.
Qed.
