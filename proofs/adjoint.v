(** Linear systems at the free state: how it answers a change of one entry, and the adjoint. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point.
From svpg.generated Require Import chapter_01_network.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section Solutions.
Variables (K : realType) (T : Type) (body : (T -> K) -> T -> K).
Hypothesis regular : one_solution body.

Lemma solution_solves : solves body (solution body).
Proof.
have [V sV _] := regular.
exact: (@xgetPex _ (fun=> 0) [set V | solves body V]%classic (ex_intro _ V sV)).
Qed.

Lemma solution_unique V : solves body V -> solution body = V.
Proof. by have [V0 _ one] := regular => sV; rewrite (one _ solution_solves) (one _ sV). Qed.

End Solutions.

(** The matrix of the Jacobian times a vector, as the chapters write it. *)
Lemma jacobian_sum (K : realType) (sh : shape) (q x : Unit sh -> K) l :
  \sum_(m | circuit m == circuit l)
    (circuit l == circuit m)%:R * q l * ((l == m)%:R - q m) * x m = jac q x l.
Proof.
have split_ (c d o y : K) : 1 * c * (d - o) * y = c * (d * y) - c * (o * y) by ring.
have delta : q l * x l = \sum_(m | circuit m == circuit l) q l * ((l == m)%:R * x m).
  rewrite -mulr_sumr -{1}(sum_delta l x) [in RHS]big_mkcond; congr (_ * _).
  by apply: eq_bigr => m _; case: (l =P m) => [->|_]; rewrite ?eqxx // mul0r if_same.
rewrite /jac mulrBr delta /circuit_mean mulr_sumr -sumrB; apply: eq_bigr => m /eqP E.
by rewrite E eqxx; exact: split_.
Qed.

Lemma system_jac (K : realType) (sh : shape) (net : network K sh) (q w V : Unit sh -> K) l :
  \sum_(m | circuit m == circuit l) (circuit l == circuit m)%:R * q l * ((l == m)%:R - q m) *
    (w m + \sum_j kappa net * (W net m j + W net j m) * V j) =
  jac q (fun m => w m + couple net V m) l.
Proof.
rewrite -jacobian_sum; apply: eq_bigr => m _; congr (_ * (_ + _)).
by rewrite /couple mulr_sumr; apply: eq_bigr => j _; rewrite mulrA.
Qed.

Section Adjoint.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Hypothesis sm : smooth mf net free_state.
Let q := q mf net.
Implicit Types (e : entry sh) (w y f : Unit sh -> K) (i l : Unit sh) (a : Action sh).

Lemma has_q e l : has (fun x => chapter_01_network.q mf (moved net e x) l) (value net e) (dfree net mf e l).
Proof. exact: has_free. Qed.

Lemma dfree_mutual i l : dfree net mf (entry_b i) l = dfree net mf (entry_b l) i.
Proof. exact: (dfree_bias fp sm (entry_b i) l). Qed.

Lemma adjoint e w y : (forall l, y l = jac q (fun l => w l + couple net y l) l) ->
  dot (dfree net mf e) w = along net e q y.
Proof.
by move=> yE; rewrite (reciprocity (dfreeE fp sm e) yE) dotC /dot sum_dinput.
Qed.

Lemma along_scale e c f : along net e q (fun l => c * f l) = c * along net e q f.
Proof. by case: e => [i j|k i|i] /=; ring. Qed.

Lemma along_sum e (I : finType) (f : I -> Unit sh -> K) :
  along net e q (fun l => \sum_i f i l) = \sum_i along net e q (f i).
Proof.
case: e => [i j|k i|i] //=; last by rewrite mulr_sumr.
by rewrite !mulr_suml -big_split mulr_sumr.
Qed.

(** What each unit brings to the objective. *)
Definition rewarded i : K := if i is inr a then R net a else 0.

Lemma dot_rewarded x : dot x rewarded = \sum_a x (inr a) * R net a.
Proof. by rewrite /dot sum_units big1 ?add0r // => h _; rewrite mulr0. Qed.

Lemma has_J_meanfield e : has (fun x => J_meanfield mf (moved net e x)) (value net e)
  (\sum_a dfree net mf e (inr a) * R net a).
Proof.
apply: (@has_ext _ (fun x => \sum_a mf (moved net e x) free_state (inr a) * R net a)) => [x|].
  by rewrite /J_meanfield moved_R.
by apply: has_sum => a _; apply: has_scaler; apply: has_q.
Qed.

Lemma has_ln_q e a : has (fun x => ln (mf (moved net e x) free_state (inr a))) (value net e)
  (dfree net mf e (inr a) / q (inr a)).
Proof.
have D := has_q e (inr a).
have q0 : 0 < mf (moved net e (value net e)) free_state (inr a) by rewrite free_gt0.
by apply: has_eq (has_ln q0 D) _; rewrite moved_value.
Qed.

(** One solution a parameter. *)
Lemma J_effects e :
  \sum_a dfree net mf e (inr a) * R net a =
  along net e q (fun i => \sum_a R net a * dfree net mf (entry_b i) (inr a)).
Proof.
rewrite along_sum; apply: eq_bigr => a _.
rewrite (dfree_bias fp sm e) along_scale mulrC; congr (_ * _).
by congr along; apply: funext => l; rewrite dfree_mutual.
Qed.

(** One solution for the whole objective. *)
Lemma J_adjoint e y : (forall l, y l = jac q (fun l => rewarded l + couple net y l) l) ->
  \sum_a dfree net mf e (inr a) * R net a = along net e q y.
Proof. by move=> yE; rewrite -dot_rewarded (adjoint e yE). Qed.

(** And one for an action. *)
Lemma ln_q_adjoint e a y :
  (forall l, y l = jac q (fun l => (l == inr a)%:R / q (inr a) + couple net y l) l) ->
  dfree net mf e (inr a) / q (inr a) = along net e q y.
Proof.
move=> yE; rewrite -(adjoint e yE) /dot.
under eq_bigr do rewrite mulrA [_ * (_ == _)%:R]mulrC.
by rewrite -mulr_suml sum_deltal.
Qed.

End Adjoint.
