(** Two phases: derivations/06-two-phase.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy clamped.
From svpg.generated Require Import chapter_01_network chapter_06_two_phase.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section TwoPhase.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Implicit Types (a : Action sh) (e : entry sh) (f : Action sh -> K).

Lemma advantage_mean : \sum_a pi net a * advantage net a = 0.
Proof.
rewrite /advantage; under eq_bigr do rewrite mulrBr.
by rewrite sumrB -mulr_suml pi_one mul1r subrr.
Qed.

(** A centred advantage cancels what does not know the action. *)
Lemma centred f c :
  \sum_a pi net a * (advantage net a * (f a - c)) = \sum_a pi net a * (advantage net a * f a).
Proof.
under eq_bigr do rewrite mulrBr mulrBr mulrA mulrA.
rewrite sumrB -mulr_suml advantage_mean mul0r subr0.
by apply: eq_bigr => a _; rewrite mulrA.
Qed.

(** The gradient of the exact policy, by the advantage. *)
Lemma has_J_advantage e : has (fun x => J_exact (moved net e x)) (value net e)
  (\sum_a pi net a * (advantage net a * mean_given net a (fun v => denergy net e (winner K v)))).
Proof.
set g := fun v => denergy net e (winner K v).
apply: has_eq (has_J_exact net e) _; rewrite -/g -(centred _ (mean net g)).
transitivity (\sum_a (pi net a * (advantage net a * (mean_given net a g - mean net g)) +
    J_exact net * (pi net a * (mean_given net a g - mean net g)))).
  by apply: eq_bigr => a _; rewrite /advantage -/g; ring.
by rewrite big_split /= -mulr_sumr score_mean mulr0 addr0.
Qed.

Lemma mean_two_phase_W i j :
  \sum_a pi net a * two_phase_W mf net (qplus mf net a) (advantage net a) i j =
  mask net i j * kappa net *
    (\sum_a pi net a * (advantage net a * (qplus mf net a i * qplus mf net a j))).
Proof.
rewrite -(centred _ (q mf net i * q mf net j)) mulr_sumr.
by apply: eq_bigr => a _; rewrite /two_phase_W; ring.
Qed.

Lemma mean_two_phase_U k i :
  \sum_a pi net a * two_phase_U mf net (qplus mf net a) (advantage net a) k i =
  s net k * (\sum_a pi net a * (advantage net a * qplus mf net a i)).
Proof.
rewrite -(centred _ (q mf net i)) mulr_sumr.
by apply: eq_bigr => a _; rewrite /two_phase_U; ring.
Qed.

Lemma mean_two_phase_b i :
  \sum_a pi net a * two_phase_b mf net (qplus mf net a) (advantage net a) i =
  \sum_a pi net a * (advantage net a * qplus mf net a i).
Proof. exact: (centred (fun a => qplus mf net a i) (q mf net i)). Qed.

Lemma d_J_W i j : d_W (fun m => J_exact m) net i j =
  kappa net * (\sum_a pi net a * (advantage net a * clampedpair net a i j)).
Proof.
apply: etrans (has_val (has_J_advantage (entry_W i j))) _; rewrite mulr_sumr.
apply: eq_bigr => a _; rewrite /= mean_given_scale [RHS]mulrCA; congr (_ * _);
  exact: mulrCA.
Qed.

Lemma d_J_U k i : d_U (fun m => J_exact m) net k i =
  s net k * (\sum_a pi net a * (advantage net a * clampedrate net a i)).
Proof.
apply: etrans (has_val (has_J_advantage (entry_U k i))) _; rewrite mulr_sumr.
apply: eq_bigr => a _; rewrite /= mean_given_scale [RHS]mulrCA; congr (_ * _);
  exact: mulrCA.
Qed.

Lemma d_J_b i : d_b (fun m => J_exact m) net i =
  \sum_a pi net a * (advantage net a * clampedrate net a i).
Proof. exact: has_val (has_J_advantage (entry_b i)). Qed.

End TwoPhase.

Theorem M7a : M7a_statement.
Proof.
move=> K sh net mf ok fp i j.
have S (f : Action sh -> K) : \sum_a pi net a * advantage net a * f a =
    \sum_a pi net a * (advantage net a * f a) by apply: eq_bigr => a _; rewrite mulrA.
have E : mask net i j * kappa net * (\sum_a pi net a * advantage net a * qplus mf net a i * qplus mf net a j)
    - mask net i j * kappa net * (\sum_a pi net a * advantage net a) * q mf net i * q mf net j =
    mask net i j * kappa net * (\sum_a pi net a * advantage net a * qplus mf net a i * qplus mf net a j).
  by rewrite advantage_mean mulr0 !mul0r subr0.
split=> //; rewrite E mean_two_phase_W; congr (_ * _).
by apply: eq_bigr => a _; rewrite !mulrA.
Qed.

Section Apart.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis ok : network_ok net.
Hypothesis apart : forall h h', W net (inl h) (inl h') = 0.
Hypothesis fp : fixed_points mf.
Implicit Types (a : Action sh).

Lemma clampedrateE a i : clampedrate net a i = qplus mf net a i.
Proof. exact: (mean_given_winner (W_actions ok) fp apart). Qed.

Lemma clampedpairE a i j : circuit i != circuit j ->
  clampedpair net a i j = qplus mf net a i * qplus mf net a j.
Proof. exact: (mean_given_winners (W_actions ok) fp apart). Qed.

(** Inside a circuit there is no synapse. *)
Lemma masked_pair a i j : mask net i j * clampedpair net a i j =
  mask net i j * (qplus mf net a i * qplus mf net a j).
Proof.
have [E|N] := eqVneq (circuit i) (circuit j); last by rewrite clampedpairE.
by rewrite /mask E (connected_irr ok) !mul0r.
Qed.

End Apart.

Theorem M7i : M7i_statement.
Proof.
move=> K sh net mf ok apart fp; split=> [a i|a i j N]; first exact: clampedrateE.
by rewrite (clampedpairE ok apart fp) // !(clampedrateE ok apart fp).
Qed.

Theorem M7 : M7_statement.
Proof.
move=> K sh net mf ok apart fp; split; [|split].
- move=> i j; do !split; last exact: has_derivable (has_J_advantage net (entry_W i j)).
  + rewrite mean_two_phase_W -!mulrA mulrCA [RHS]mulrCA; congr (_ * _).
    rewrite !mulr_sumr; apply: eq_bigr => a _.
    by rewrite mulrCA [X in _ * X]mulrCA -(masked_pair ok apart fp); ring.
  by rewrite d_J_W mulrA.
- move=> k i; do !split; last exact: has_derivable (has_J_advantage net (entry_U k i)).
  + by rewrite mean_two_phase_U; under [in RHS]eq_bigr do rewrite (clampedrateE ok apart fp).
  by rewrite d_J_U.
move=> i; do !split; last exact: has_derivable (has_J_advantage net (entry_b i)).
+ by rewrite mean_two_phase_b; under [in RHS]eq_bigr do rewrite (clampedrateE ok apart fp).
by rewrite d_J_b.
Qed.

Theorem M7d : M7d_statement.
Proof.
move=> K sh net mf ok fp; split.
- move=> i j; split; last exact: has_derivable (has_J_advantage net (entry_W (inl i) j)).
  rewrite d_J_W mean_two_phase_W mulrA -mulrBr -sumrB; congr (_ * _).
  by apply: eq_bigr => a _; rewrite -!mulrBr.
move=> i; split; last exact: has_derivable (has_J_advantage net (entry_b i)).
by rewrite d_J_b mean_two_phase_b -sumrB; apply: eq_bigr => a _; rewrite -!mulrBr.
Qed.

Section MeanFieldActions.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Implicit Types (a : Action sh) (e : entry sh) (f : Action sh -> K).

Lemma advantage_mf_mean : \sum_a q mf net (inr a) * advantage_mf mf net a = 0.
Proof.
rewrite /advantage_mf; under eq_bigr do rewrite mulrBr.
by rewrite sumrB -mulr_suml (normalised_action (free_normalised net fp)) mul1r subrr.
Qed.

Lemma centred_mf f c :
  \sum_a q mf net (inr a) * (advantage_mf mf net a * (f a - c)) =
  \sum_a q mf net (inr a) * (advantage_mf mf net a * f a).
Proof.
under eq_bigr do rewrite mulrBr mulrBr mulrA mulrA.
rewrite sumrB -mulr_suml advantage_mf_mean mul0r subr0.
by apply: eq_bigr => a _; rewrite mulrA.
Qed.

Lemma has_surrogate e : has (fun x => surrogate mf (moved net e x) net) (value net e)
  (\sum_a q mf net (inr a) * (advantage_mf mf net a *
    mean_given net a (fun v => denergy net e (winner K v)))).
Proof.
set g := fun v => denergy net e (winner K v).
rewrite -(centred_mf _ (mean net g)).
apply: (@has_eq _ _ _ (\sum_a q mf net (inr a) * advantage_mf mf net a *
    (mean_given net a g - mean net g))).
  by apply: has_sum => a _; apply: has_scale; apply: has_lnpi.
by apply: eq_bigr => a _; rewrite -mulrA.
Qed.

End MeanFieldActions.

Lemma spread (K : realType) (x m k A P M : K) :
  x * (m * k * A * (P - M)) = k * (x * (A * (m * P - m * M))).
Proof. ring. Qed.

Theorem M7e : M7e_statement.
Proof.
move=> K sh net mf ok apart fp; split.
- move=> i j; have D := has_surrogate net fp (entry_W (inl i) j).
  split; last exact: has_derivable D.
  rewrite (has_val D : d_W _ net (inl i) j = _) mulr_sumr.
  transitivity (\sum_a kappa net * (q mf net (inr a) * (advantage_mf mf net a *
      (mask net (inl i) j * (qplus mf net a (inl i) * qplus mf net a j) -
       mask net (inl i) j * (q mf net (inl i) * q mf net j))))).
    by apply: eq_bigr => a _; exact: spread.
  rewrite -mulr_sumr centred_mf // mulr_sumr; apply: eq_bigr => a _.
  rewrite /= mean_given_scale -(masked_pair ok apart fp).
  have swap (k x A m c : K) : k * (x * (A * (m * c))) = m * (x * (A * (k * c))) by ring.
  exact: swap.
move=> i; have D := has_surrogate net fp (entry_b i).
do !split; last exact: has_derivable D.
+ under [RHS]eq_bigr do rewrite (clampedrateE ok apart fp).
  exact: (centred_mf net fp (fun a => qplus mf net a i) (q mf net i)).
exact/esym/(has_val D).
Qed.

(** The rule with the bare reward: the centred part, and the mean reward times the rule. *)
Lemma bare_reward (K : realType) (sh : shape) (net : network K sh) (f : Action sh -> K) c :
  \sum_a pi net a * (R net a * (f a - c)) =
  \sum_a pi net a * (advantage net a * f a) + J_exact net * (\sum_a pi net a * f a - c).
Proof.
have -> : \sum_a pi net a * f a - c = \sum_a pi net a * (f a - c).
  under [RHS]eq_bigr do rewrite mulrBr.
  by rewrite sumrB -mulr_suml pi_one mul1r.
rewrite -(centred net f c) mulr_sumr -big_split; apply: eq_bigr => a _ /=.
rewrite /advantage; ring.
Qed.

Theorem M7f : M7f_statement.
Proof.
move=> K sh net mf ok apart fp; split; [|split].
- move=> i j; split; last exact: has_derivable (has_J_advantage net (entry_W (inl i) j)).
  transitivity (kappa net * (\sum_a pi net a * (R net a *
      (mask net (inl i) j * clampedpair net a (inl i) j -
       mask net (inl i) j * (q mf net (inl i) * q mf net j))))).
    rewrite mulr_sumr; apply: eq_bigr => a _.
    by rewrite (masked_pair ok apart fp); exact: spread.
  rewrite bare_reward d_J_W.
  have -> : \sum_a pi net a * (mask net (inl i) j * clampedpair net a (inl i) j) =
      mask net (inl i) j * mean net (fun v => winner K v (inl i) * winner K v j).
    by rewrite -sum_pi_mean mulr_sumr; apply: eq_bigr => a _; exact: mulrCA.
  have -> : \sum_a pi net a * (advantage net a * (mask net (inl i) j * clampedpair net a (inl i) j)) =
      mask net (inl i) j * (\sum_a pi net a * (advantage net a * clampedpair net a (inl i) j)).
    rewrite mulr_sumr; apply: eq_bigr => a _.
    by rewrite [RHS]mulrCA; congr (_ * _); exact: mulrCA.
  have collect (k m x J y z : K) : k * (m * x + J * (m * y - m * z)) = m * (k * x + k * J * (y - z)).
    ring.
  exact: collect.
- move=> i; split; last exact: has_derivable (has_J_advantage net (entry_b i)).
  have -> : \sum_v p net v * winner K v i = \sum_a pi net a * qplus mf net a i.
    rewrite -/(mean net (fun v => winner K v i)) -sum_pi_mean; apply: eq_bigr => a _.
    by rewrite -(clampedrateE ok apart fp).
  rewrite d_J_b; under [X in _ = X + _]eq_bigr do rewrite (clampedrateE ok apart fp).
  by rewrite -bare_reward.
move=> k i; split; last exact: has_derivable (has_J_advantage net (entry_U k i)).
have -> : \sum_v p net v * winner K v i = \sum_a pi net a * qplus mf net a i.
  rewrite -/(mean net (fun v => winner K v i)) -sum_pi_mean; apply: eq_bigr => a _.
  by rewrite -(clampedrateE ok apart fp).
rewrite d_J_U; under [X in _ = _ * X + _]eq_bigr do rewrite (clampedrateE ok apart fp).
rewrite -mulrA -mulrDr -bare_reward mulr_sumr; apply: eq_bigr => a _.
rewrite /two_phase_U; ring.
Qed.
