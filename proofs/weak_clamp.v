(** Derivatives of mean-field states by the strength of a weak clamp, at strength zero. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point adjoint.
From svpg.generated Require Import chapter_01_network.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section Weak.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Hypothesis weak : smooth_in_strength mf net 0.
Let q := mf net free_state.
Let Q a x := mf net (weakly_clamped_at a x).
Implicit Types (e : entry sh) (a : Action sh) (l : Unit sh) (x : K).

Lemma strength0 a : Q a 0 = q.
Proof. exact: strength_zero. Qed.

Definition dweak a l : K := 'D_1 (fun x => Q a x l) 0.

Lemma has_weak a l : has (fun x => Q a x l) 0 (dweak a l).
Proof. by apply: has_derive; exact: weak. Qed.

Lemma has_weak_softmax a l :
  has (fun x => softmax (net_input net (Q a x)) l) 0 (jac q (couple net (dweak a)) l).
Proof.
have D m : has (fun x => net_input net (Q a x) m) 0 (couple net (dweak a) m).
  apply: has_eq (has_add (has_add (has_scale (kappa net) (_ : has _ _
     (\sum_j (W net m j + W net j m) * dweak a j))) (has_cst _ _)) (has_cst _ _)) _.
    by apply: has_sum => j _; apply: has_scale; apply: has_weak.
  by rewrite !addr0.
have := has_softmax D l; rewrite strength0 (_ : softmax _ = q) //.
by apply: funext => m; rewrite -free_softmax.
Qed.

(** A weak clamp moves the action circuit as a net input of 1 / q at the action does. *)
Lemma push a l : jac q (fun m => (m == inr a)%:R / q (inr a)) l =
  if l is inr a' then (a == a')%:R - q (inr a') else 0.
Proof.
have q0 : q (inr a) != 0 by rewrite gt_eqF // free_gt0.
case: l => [h|a'].
  rewrite /jac /circuit_mean sum_circuit_hidden big1 => [|d _]; last by rewrite mul0r mulr0.
  by rewrite mul0r subrr mulr0.
have one : circuit_mean q (fun m => (m == inr a)%:R / q (inr a)) (inr a') = 1.
  rewrite /circuit_mean sum_circuit_action.
  under eq_bigr do rewrite mulrCA.
  by rewrite (sum_deltal a (fun a2 => q (inr a2) / q (inr a))) divff.
rewrite /jac one mulrBr mulr1; congr (_ - _).
rewrite [_ == inr a]eq_sym (_ : (inr a == inr a' :> Unit sh) = (a == a')) //.
by case: (a =P a') => [<-|_]; rewrite ?mul0r ?mulr0 // mul1r divff.
Qed.

(** Near strength zero, a weak clamp has a strength of at most 1. *)
Lemma weak_fixed a : (\forall x \near 0, fixed_point net (weakly_clamped_at a x) (Q a x))%classic.
Proof.
exists 1 => [|x]; first exact: ltr01.
rewrite /ball_ /= sub0r normrN => x1; apply: (is_fixed_point fp).
exact: le_trans (ler_norm x) (ltW x1).
Qed.

Lemma dweakE a l :
  dweak a l = jac q (fun m => (m == inr a)%:R / q (inr a) + couple net (dweak a) m) l.
Proof.
rewrite jac_add push; have S := has_weak_softmax a l; apply: has_val.
case: l S => [h|a'] S.
  rewrite add0r; apply: has_near S; apply: filterS (weak_fixed a) => x F; exact/esym/F.
have D1 := has_mul (has_sub (has_cst (1 : K) 0) (is_derive_id 0 (1 : K))) S.
have D2 := has_scaler (a == a')%:R (is_derive_id (0 : K) (1 : K)).
apply: has_near (has_eq (has_add D1 D2) _).
  by apply: filterS (weak_fixed a) => x F; exact/esym/(F (inr a')).
rewrite strength0 -free_softmax // -/q sub0r subr0 !mul1r mulrN1.
by rewrite [RHS]addrC -addrA [- _ + _]addrC.
Qed.

(** ** The state answers by the score *)
Hypothesis sm : smooth mf net free_state.

Lemma weak_score e a : dfree net mf e (inr a) / q (inr a) = along net e q (dweak a).
Proof. exact: ln_q_adjoint (dweakE a). Qed.

Lemma has_score e a : has (fun x => ln (mf (moved net e x) free_state (inr a))) (value net e)
  (along net e q (dweak a)).
Proof. by rewrite -weak_score; exact: has_ln_q. Qed.

Let ln_q a moved := ln (chapter_01_network.q mf moved (inr a)).

Lemma score_W a i j : d_W (ln_q a) net i j = along net (entry_W i j) q (dweak a).
Proof. exact: has_val (has_score (entry_W i j) a). Qed.

Lemma score_U a k i : d_U (ln_q a) net k i = s net k * dweak a i.
Proof. exact: has_val (has_score (entry_U k i) a). Qed.

Lemma score_b a i : d_b (ln_q a) net i = dweak a i.
Proof. exact: has_val (has_score (entry_b i) a). Qed.

(** What a synapse sees of a phase. *)
Lemma has_phase e a : has (fun x => denergy net e (Q a x)) 0 (along net e q (dweak a)).
Proof.
case: e => [i j|k i|i] /=; last exact: has_weak; last by apply: has_scale; exact: has_weak.
apply: has_scale; apply: has_eq (has_mul (has_weak a i) (has_weak a j)) _.
by rewrite strength0 addrC mulrC [q i * _]mulrC.
Qed.

(** The other phase moves the opposite way. *)
Lemma has_back e a : has (fun x => denergy net e (Q a (0 - x))) 0 (- along net e q (dweak a)).
Proof.
pose phase x := denergy net e (Q a x); pose opposite x : K := 0 - x.
have D : has opposite 0 (0 - 1) by exact: has_sub (has_cst 0 0) (is_derive_id 0 1).
have P : has phase (opposite 0) (along net e q (dweak a)) by rewrite /opposite subr0; exact: has_phase.
by apply: has_eq (has_comp P D) _; rewrite sub0r mulrN1.
Qed.

(** The difference of the phases, one-sided and centred. *)
Lemma has_one_sided e a c :
  has (fun x => c * (denergy net e (Q a x) - denergy net e q) / 1) 0
    (c * along net e q (dweak a)).
Proof.
have D := has_scale c (has_sub (has_phase e a) (has_cst (denergy net e q) 0)).
by apply: has_ext (has_eq D _) => [x|]; rewrite ?divr1 ?subr0.
Qed.

Lemma has_centred e a c :
  has (fun x => c * (denergy net e (Q a x) - denergy net e (Q a (0 - x))) / 2%:R) 0
    (c * along net e q (dweak a)).
Proof.
apply: has_eq (has_scaler 2%:R^-1 (has_scale c (has_sub (has_phase e a) (has_back e a)))) _.
by rewrite opprK; field.
Qed.

(** ** Means over the network's own actions *)
Lemma mean_answer e a : q (inr a) * along net e q (dweak a) = dfree net mf e (inr a).
Proof. by rewrite -weak_score mulrC divfK // gt_eqF // free_gt0. Qed.

Lemma mean_score e : \sum_a q (inr a) * (R net a * along net e q (dweak a)) =
  'D_1 (fun x => J_meanfield mf (moved net e x)) (value net e).
Proof.
rewrite (has_val (has_J_meanfield sm e)); apply: eq_bigr => a _.
by rewrite mulrCA mean_answer mulrC.
Qed.

Lemma score_mean0 e : \sum_a q (inr a) * along net e q (dweak a) = 0.
Proof.
under eq_bigr do rewrite mean_answer.
have D : has (fun x => \sum_a mf (moved net e x) free_state (inr a)) (value net e)
    (\sum_a dfree net mf e (inr a)) by apply: has_sum => a _; apply: has_free.
have D' : has (fun=> 1) (value net e) (\sum_a dfree net mf e (inr a)).
  by apply: has_ext D => x; exact: normalised_action (free_normalised _ fp).
by rewrite -(has_val D') (has_val (has_cst 1 _)).
Qed.

(** A baseline is free. *)
Lemma mean_score_baseline e c : \sum_a q (inr a) * ((R net a - c) * along net e q (dweak a)) =
  'D_1 (fun x => J_meanfield mf (moved net e x)) (value net e).
Proof.
rewrite -mean_score; under eq_bigr do rewrite mulrBl mulrBr [q _ * (c * _)]mulrCA.
by rewrite sumrB -mulr_sumr score_mean0 mulr0 subr0.
Qed.

End Weak.
