(** Exact and local: derivations/07-exact-and-local.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy last_step fixed_point
  free_energy clamped adjoint weak_clamp free_energy_policy.
From svpg.generated Require Import chapter_01_network chapter_07_exact_and_local.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Lemma jacobianE (K : realType) (sh : shape) (net : network K sh) mf (x : Unit sh -> K) l :
  \sum_(m | circuit m == circuit l) jacobian mf net l m * x m = jac (q mf net) x l.
Proof. exact: jacobian_sum. Qed.

Theorem W1 : W1_statement.
Proof.
move=> K sh net mf ok fp sm regular.
have has_q e l : has (fun x => q mf (moved net e x) l) (value net e) (dfree net mf e l).
  exact: has_free.
have d_q_b i l : d_b (fun m => q mf m l) net i = dfree net mf (entry_b i) l := erefl.
have mutual i j : dfree net mf (entry_b i) j = dfree net mf (entry_b j) i.
  exact: (dfree_bias fp sm (entry_b i) j).
have answer i : response mf net i = dfree net mf (entry_b i).
  have [V0 _ one] := regular i.
  have -> : dfree net mf (entry_b i) = V0.
    apply: one => l; rewrite (dfreeE fp sm) -jacobianE; apply: eq_bigr => m _.
    by congr (_ * (_ + _)); rewrite /couple mulr_sumr; apply: eq_bigr => j _; exact: mulrA.
  have S : solves (fun (V : Unit sh -> K) i' => \sum_(m | circuit m == circuit i')
      jacobian mf net i' m * ((m == i)%:R + \sum_j coupling net m j * V j)) (response mf net i).
    have [V1 sV1 _] := regular i.
    exact: (@xgetPex _ (fun=> 0) [set V | solves _ V]%classic (ex_intro _ V1 sV1)).
  exact: one.
have ex e l := has_derivable (has_q e l).
split; [|split].
- move=> i j; rewrite !answer !d_q_b (mutual i j).
  by do !split; [exact: (ex (entry_b i) j) | exact: (ex (entry_b j) i)].
- move=> a i j _.
  have D := has_mul (has_q (entry_b (inr a)) (inl i)) (has_q (entry_b (inr a)) j).
  have dW : d_W (fun m => q mf m (inr a)) net (inl i) j = kappa net *
      (dfree net mf (entry_b (inr a)) (inl i) * q mf net j +
       dfree net mf (entry_b (inr a)) j * q mf net (inl i)).
    exact: (dfree_bias fp sm (entry_W (inl i) j) (inr a)).
  have dP : d_b (fun m => q mf m (inl i) * q mf m j) net (inr a) =
      q mf net (inl i) * dfree net mf (entry_b (inr a)) j +
      q mf net j * dfree net mf (entry_b (inr a)) (inl i).
    by have := has_val D; rewrite moved_value.
  do !split.
  + by rewrite dW !d_q_b (mutual (inl i)) (mutual j); ring.
  + by rewrite !d_q_b (mutual (inl i)) (mutual j).
  + by rewrite dP !d_q_b; ring.
  + exact: (ex (entry_W (inl i) j) (inr a)).
  + exact: (ex (entry_b (inl i)) (inr a)).
  + exact: (ex (entry_b j) (inr a)).
  + exact: (ex (entry_b (inr a)) (inl i)).
  + exact: (ex (entry_b (inr a)) j).
  + exact: has_derivable D.
move=> a k i; have dU : d_U (fun m => q mf m (inr a)) net k i =
    s net k * dfree net mf (entry_b (inr a)) i.
  exact: (dfree_bias fp sm (entry_U k i) (inr a)).
do !split.
+ by rewrite dU !d_q_b (mutual i).
+ by rewrite !d_q_b (mutual i).
+ exact: (ex (entry_U k i) (inr a)).
+ exact: (ex (entry_b i) (inr a)).
+ exact: (ex (entry_b (inr a)) i).
Qed.

Theorem W3 : W3_statement.
Proof.
move=> K sh net mf beta ok -> _ fp.
have E a : qbeta mf net 1 a = qplus mf net a := strength_one fp net a.
by split; [|split] => *; rewrite /nudged_W /nudged_U /nudged_b E divr1.
Qed.

(** ** A weak clamp *)
Section Nudged.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Hypothesis weak : smooth_in_strength mf net 0.
Implicit Types (i j : Unit sh) (k : State sh) (a : Action sh) (r : K).

Let answer e a := along net e (q mf net) (dweak net mf a).
Let order_W (m r k' x y : K) : m * r * (k' * x - k' * y) = m * k' * r * (x - y). Proof. by ring. Qed.
Let order_U (r s' x y : K) : r * (s' * x - s' * y) = r * s' * (x - y). Proof. by ring. Qed.

Lemma has_nudged_W a r i j : has (fun x => nudged_W net (qbeta mf net x a) (q mf net) r 1 i j) 0
  (mask net i j * r * answer (entry_W i j) a).
Proof.
apply: has_ext (has_one_sided fp weak (entry_W i j) a _) => x.
exact: (f_equal (fun y => y / _) (order_W _ _ _ _ _)).
Qed.

Lemma has_centred_W a r i j :
  has (fun x => nudged_W net (qbeta mf net x a) (qback mf net x a) r 2%:R i j) 0
    (mask net i j * r * answer (entry_W i j) a).
Proof.
apply: has_ext (has_centred fp weak (entry_W i j) a _) => x.
exact: (f_equal (fun y => y / _) (order_W _ _ _ _ _)).
Qed.

Lemma has_nudged_U a r k i : has (fun x => nudged_U net (qbeta mf net x a) (q mf net) r 1 k i) 0
  (r * answer (entry_U k i) a).
Proof.
apply: has_ext (has_one_sided fp weak (entry_U k i) a _) => x.
exact: (f_equal (fun y => y / _) (order_U _ _ _ _)).
Qed.

Lemma has_centred_U a r k i :
  has (fun x => nudged_U net (qbeta mf net x a) (qback mf net x a) r 2%:R k i) 0
    (r * answer (entry_U k i) a).
Proof.
apply: has_ext (has_centred fp weak (entry_U k i) a _) => x.
exact: (f_equal (fun y => y / _) (order_U _ _ _ _)).
Qed.

Lemma has_nudged_b a r i : has (fun x => nudged_b net (qbeta mf net x a) (q mf net) r 1 i) 0
  (r * answer (entry_b i) a).
Proof. exact: (has_one_sided fp weak (entry_b i) a r). Qed.

Lemma has_centred_b a r i :
  has (fun x => nudged_b net (qbeta mf net x a) (qback mf net x a) r 2%:R i) 0
    (r * answer (entry_b i) a).
Proof. exact: (has_centred fp weak (entry_b i) a r). Qed.

End Nudged.

Theorem W2a : W2a_statement.
Proof.
move=> K sh net mf beta ok -> fp sm weak regular; split.
  by move=> a i; rewrite /qbeta strength_zero.
have S a i := has_score fp weak sm (entry_b i) a.
have E a i : dfree net mf (entry_b i) (inr a) / q mf net (inr a) = dweak net mf a i :=
  weak_score fp weak sm (entry_b i) a.
have answer i : response mf net i = dfree net mf (entry_b i).
  by apply: solution_unique => // l; rewrite (dfreeE fp sm) -system_jac.
move=> a i; do !split.
- by rewrite answer (dfree_mutual fp sm) E.
- by rewrite !answer (dfree_mutual fp sm).
- by rewrite answer E (score_b fp weak sm).
- exact: has_derivable (has_weak weak a i).
exact: has_derivable (S a i).
Qed.

Theorem W2 : W2_statement.
Proof.
move=> K sh net mf beta ok -> fp sm weak.
have P e a := has_phase fp weak e a; have D a i := has_weak weak a i.
have S e a := has_score fp weak sm e a.
have db a i := score_b fp weak sm a i.
have dbeta a i : d_number (fun x => qbeta mf net x a i) 0 = dweak net mf a i := has_val (D a i).
have alongW a i j : along net (entry_W i j) (q mf net) (dweak net mf a) =
    kappa net * (q mf net j * dweak net mf a i + q mf net i * dweak net mf a j).
  by rewrite /along [q mf net j * _]mulrC [q mf net i * _]mulrC.
split.
- move=> a i j _; have P' : has (fun x => kappa net * qbeta mf net x a i * qbeta mf net x a j) 0
      (kappa net * (q mf net j * dweak net mf a i + q mf net i * dweak net mf a j)).
    by apply: has_ext (has_eq (P (entry_W i j) a) (alongW a i j)) => x; exact: mulrA.
  do !split; rewrite ?dbeta ?db.
  + exact: has_val P'.
  + by [].
  + by rewrite (score_W fp weak sm) alongW.
  + exact: has_derivable P'.
  + exact: has_derivable (D a i).
  + exact: has_derivable (D a j).
  + exact: has_derivable (S (entry_b i) a).
  + exact: has_derivable (S (entry_b j) a).
  exact: has_derivable (S (entry_W i j) a).
move=> a k i; do !split; rewrite ?db.
- exact: has_val (P (entry_U k i) a).
- by rewrite (score_U fp weak sm).
- exact: has_derivable (P (entry_U k i) a).
- exact: has_derivable (S (entry_b i) a).
exact: has_derivable (S (entry_U k i) a).
Qed.

Theorem W2b : W2b_statement.
Proof.
move=> K sh net mf beta ok -> fp sm weak _; have S e a := has_score fp weak sm e a.
split; [|split].
- move=> a i j; have D := has_nudged_W fp weak a (A net) (inl i) j.
  have D' := has_centred_W fp weak a (A net) (inl i) j.
  do !split; rewrite ?(score_W fp weak sm).
  + exact: has_val D.
  + exact/esym/(has_val D').
  + exact: has_derivable D.
  + exact: has_derivable (S (entry_W (inl i) j) a).
  exact: has_derivable D'.
- move=> a k i; have D := has_nudged_U fp weak a (A net) k i.
  have D' := has_centred_U fp weak a (A net) k i.
  do !split; rewrite ?(score_U fp weak sm).
  + exact: has_val D.
  + exact/esym/(has_val D').
  + exact: has_derivable D.
  + exact: has_derivable (S (entry_U k i) a).
  exact: has_derivable D'.
move=> a i; have D := has_nudged_b fp weak a (A net) i.
have D' := has_centred_b fp weak a (A net) i.
do !split; rewrite ?(score_b fp weak sm).
- exact: has_val D.
- exact/esym/(has_val D').
- exact: has_derivable D.
- exact: has_derivable (S (entry_b i) a).
exact: has_derivable D'.
Qed.

Theorem W2c : W2c_statement.
Proof.
move=> K sh net mf beta ok -> fp sm weak; have S e a := has_score fp weak sm e a.
have M e := mean_score fp weak sm e; have exJ e := has_derivable (has_J_meanfield sm e).
split; [|split].
- move=> i j; have D a := has_nudged_W fp weak a (R net a) (inl i) j.
  do !split.
  + rewrite mulr_sumr; apply: eq_bigr => a _; rewrite (has_val (D a) : d_number _ 0 = _).
    by rewrite (score_W fp weak sm) -mulrA; exact: mulrCA.
  + by under eq_bigr do rewrite (score_W fp weak sm); rewrite (M (entry_W (inl i) j)).
  + by move=> a; exact: has_derivable (D a).
  + by move=> a; exact: has_derivable (S (entry_W (inl i) j) a).
  exact: exJ (entry_W (inl i) j).
- move=> k i; have D a := has_nudged_U fp weak a (R net a) k i.
  do !split; last exact: exJ (entry_U k i); last by move=> a; exact: has_derivable (D a).
  rewrite -(M (entry_U k i) : _ = d_U _ net k i).
  by apply: eq_bigr => a _; rewrite (has_val (D a) : d_number _ 0 = _).
move=> i; have D a := has_nudged_b fp weak a (R net a) i.
do !split; last exact: exJ (entry_b i); last by move=> a; exact: has_derivable (D a).
rewrite -(M (entry_b i) : _ = d_b _ net i).
by apply: eq_bigr => a _; rewrite (has_val (D a) : d_number _ 0 = _).
Qed.

Theorem W6b : W6b_statement.
Proof.
move=> K sh net mf beta ok -> fp sm weak.
have M e := mean_score_baseline fp weak sm e (A net); have exJ e := has_derivable (has_J_meanfield sm e).
split; [|split].
- move=> i; do !split; last exact: exJ (entry_b i).
    by rewrite -(M (entry_b i) : _ = d_b _ net i).
  by move=> a; exact: has_derivable (has_weak weak a i).
- move=> i j; have D a := has_nudged_W fp weak a (R net a - A net) (inl i) j.
  do !split; last exact: exJ (entry_W (inl i) j); last by move=> a; exact: has_derivable (D a).
  rewrite -(M (entry_W (inl i) j) : _ = d_W _ net (inl i) j) mulr_sumr; apply: eq_bigr => a _.
  by rewrite (has_val (D a) : d_number _ 0 = _) -mulrA; exact: mulrCA.
move=> k i; have D a := has_nudged_U fp weak a (R net a - A net) k i.
do !split; last exact: exJ (entry_U k i); last by move=> a; exact: has_derivable (D a).
rewrite -(M (entry_U k i) : _ = d_U _ net k i).
by apply: eq_bigr => a _; rewrite (has_val (D a) : d_number _ 0 = _).
Qed.

(** ** Free energies *)
Theorem F1a : F1a_statement.
Proof.
move=> K sh net mf ok fp sm sma; split.
- move=> i; have dF : d_b (fun m => F_free mf m) net i = - q mf net i :=
    has_val (has_F_free fp sm (entry_b i)).
  have dS : d_b (fun m => F_free mf m) net i =
      \sum_l (ln (q mf net l) + 1 - z mf net l) * dfree net mf (entry_b i) l - q mf net i :=
    has_val (has_F_free_slopes fp sm (entry_b i)).
  have dq l : d_b (fun m => q mf m l) net i = dfree net mf (entry_b i) l := erefl.
  have E : \sum_l (ln (q mf net l) + 1 - z mf net l) * d_b (fun m => q mf m l) net i =
      \sum_l level mf net l * d_b (fun m => q mf m l) net i.
    by under eq_bigr do rewrite level_slope //.
  have C : \sum_l level mf net l * d_b (fun m => q mf m l) net i = 0 :=
    levels_cancel fp sm (entry_b i).
  do !split.
  + exact: dS.
  + by rewrite E.
  + by rewrite C add0r.
  + exact: has_derivable (has_F_free fp sm (entry_b i)).
  + move=> l; exact: has_derivable (has_free sm (entry_b i) l).
move=> a i; split; first exact: has_val (has_F_given fp sma (entry_b i) a).
exact: has_derivable (has_F_given fp sma (entry_b i) a).
Qed.

Theorem F1 : F1_statement.
Proof.
move=> K sh net mf ok fp sm sma.
have D e a : has (fun x => F_free mf (moved net e x) - F_given mf (moved net e x) a) (value net e)
    (denergy net e (qplus mf net a) - denergy net e (q mf net)).
  apply: has_eq (has_sub (has_F_free fp sm e) (has_F_given fp sma e a)) _.
  by rewrite opprK addrC.
split; [|split].
- move=> a i j _; split; last exact: has_derivable (D (entry_W (inl i) j) a).
  by rewrite mulrBr; exact: has_val (D (entry_W (inl i) j) a).
- move=> a k i; split; last exact: has_derivable (D (entry_U k i) a).
  by rewrite mulrBr; exact: has_val (D (entry_U k i) a).
move=> a i; split; last exact: has_derivable (D (entry_b i) a).
exact: has_val (D (entry_b i) a).
Qed.

(** ** The policy of free energies *)
Theorem F2a : F2a_statement.
Proof.
move=> K sh net mf ok fp a; split; first exact: F_given_normalisers (W_actions ok) fp a.
by rewrite ln_boltzmann // opprB.
Qed.

Theorem F2 : F2_statement.
Proof.
move=> K sh net mf ok fp sm; have apart := W_actions ok.
split; [|split].
- move=> i j; have D := has_J_F apart fp sm (isT : proper (entry_W (inl i) j)).
  have scaled c (f : Action sh -> K) : \sum_a piF mf net a * (advantageF mf net a * (c * f a)) =
      c * \sum_a piF mf net a * (advantageF mf net a * f a).
    by rewrite mulr_sumr; apply: eq_bigr => a _; ring.
  do !split; last exact: has_derivable D.
  + under [in RHS]eq_bigr do rewrite -mulrA.
    rewrite -(free_phase_cancels net mf _ (q mf net (inl i) * q mf net j)) mulr_sumr.
    by apply: eq_bigr => a _; rewrite /two_phase_W; ring.
  rewrite -mulrA; congr (_ * _); rewrite (has_val D : d_W _ net (inl i) j = _) scaled.
  by congr (_ * _); apply: eq_bigr => a _; rewrite -!mulrA.
- move=> k i; have D := has_J_F apart fp sm (isT : proper (entry_U k i)).
  do !split; last exact: has_derivable D.
  + rewrite -(free_phase_cancels net mf _ (q mf net i)) mulr_sumr.
    by apply: eq_bigr => a _; rewrite /two_phase_U; ring.
  rewrite (has_val D : d_U _ net k i = _) mulr_sumr.
  by apply: eq_bigr => a _ /=; ring.
move=> i; have D := has_J_F apart fp sm (isT : proper (entry_b i)).
do !split; last exact: has_derivable D.
+ exact: (free_phase_cancels net mf (fun a => qplus mf net a i) (q mf net i)).
exact/esym/(has_val D).
Qed.

Theorem F3 : F3_statement.
Proof.
move=> K sh net mf ok apart fp; have E a : Zof net a = boltzmann mf net a.
  rewrite /Zof -/(Zaction net a) (Zaction_given (W_actions ok) fp apart).
  rewrite /boltzmann -/(hidden_pairs net (qplus mf net a)) hidden_pairs0 // mulr0 oppr0 expR0 mulr1.
  rewrite prod_circuits normaliser_action; congr (_ * _).
  by apply: eq_bigr => g _; rewrite normaliser_hidden.
split=> // a; rewrite piE Z_actions /piF -E -/(Zof net a); congr (_ / _).
by apply: eq_bigr => a' _; rewrite -E.
Qed.
