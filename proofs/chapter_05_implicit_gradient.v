(** The gradient through the fixed point: derivations/05-implicit-gradient.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point adjoint.
From svpg.generated Require Import chapter_01_network chapter_05_implicit_gradient.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Theorem M5a : M5a_statement.
Proof.
move=> K sh net mf ok fp; have D e l := has_zheld net mf e l.
split; [|split].
- by move=> i j l; split; [exact: has_val (D (entry_W i j) l) | exact: has_derivable (D (entry_W i j) l)].
- by move=> k i l; split; [exact: has_val (D (entry_U k i) l) | exact: has_derivable (D (entry_U k i) l)].
by move=> i l; split; [exact: has_val (D (entry_b i) l) | exact: has_derivable (D (entry_b i) l)].
Qed.

Section Responses.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Hypothesis sm : smooth mf net free_state.
Implicit Types (i l : Unit sh) (e : entry sh) (w V : Unit sh -> K).

Lemma systemE w V l :
  \sum_(m | circuit m == circuit l) jacobian mf net l m * (w m + \sum_j coupling net m j * V j) =
  jac (q mf net) (fun m => w m + couple net V m) l.
Proof. exact: system_jac. Qed.

Lemma dfree_system e l : dfree net mf e l = \sum_(m | circuit m == circuit l)
  jacobian mf net l m * (dinput net e (q mf net) m + \sum_j coupling net m j * dfree net mf e j).
Proof. by rewrite systemE; exact: dfreeE. Qed.

Lemma has_z e l : has (fun x => z mf (moved net e x) l) (value net e)
  (dinput net e (q mf net) l + \sum_j coupling net l j * dfree net mf e j).
Proof.
have D := has_input (has_free sm e) l.
apply: has_eq D _; rewrite moved_value /couple mulr_sumr; congr (_ + _).
by apply: eq_bigr => j _; exact: mulrA.
Qed.

Lemma responseE i : one_solution (fun (V : Unit sh -> K) (i' : Unit sh) =>
    \sum_(m : Unit sh | circuit m == circuit i') jacobian mf net i' m *
      ((m == i)%:R + \sum_(j : Unit sh) coupling net m j * V j)) ->
  response mf net i = dfree net mf (entry_b i).
Proof. by move=> regular; apply: solution_unique => // l; exact: (dfree_system (entry_b i)). Qed.

Lemma creditE a : one_solution (fun (V : Unit sh -> K) (i : Unit sh) =>
    \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m *
      ((m == (inr a))%:R / q mf net (inr a) + \sum_(j : Unit sh) coupling net m j * V j)) ->
  forall e, dfree net mf e (inr a) / q mf net (inr a) = along net e (q mf net) (credit mf net a).
Proof.
move=> regular e; apply: ln_q_adjoint => // l.
by rewrite -systemE; exact: (solution_solves regular).
Qed.

End Responses.

Theorem M5b : M5b_statement.
Proof.
move=> K sh net mf ok fp sm; have ex e l := has_derivable (has_q sm e l).
split.
- move=> l i; have S := dfree_system fp sm (entry_b i) l.
  have dz m : d_b (fun moved => z mf moved m) net i =
      (m == i)%:R + \sum_j coupling net m j * dfree net mf (entry_b i) j :=
    has_val (has_z sm (entry_b i) m).
  do !split.
  + by rewrite [LHS]S; under [RHS]eq_bigr do rewrite dz.
  + by under eq_bigr do rewrite dz.
  + exact: ex (entry_b i) l.
  + move=> m _; exact: has_derivable (has_z sm (entry_b i) m).
  by move=> m _ j; exact: ex (entry_b i) j.
move=> l i j; do !split.
- exact: dfree_system fp sm (entry_W (inl i) (inr j)) l.
- exact: ex (entry_W (inl i) (inr j)) l.
by move=> m _ h; exact: ex (entry_W (inl i) (inr j)) h.
Qed.

Theorem M5 : M5_statement.
Proof.
move=> K sh net mf ok fp sm regular; have ex e l := has_derivable (has_q sm e l).
have R' i := responseE fp sm (regular i).
have dJ e : 'D_1 (fun x : K => J_meanfield mf (moved net e x)) (value net e) =
    along net e (q mf net) (effect mf net).
  rewrite (has_val (has_J_meanfield sm e)) (J_effects fp sm); congr along.
  by apply: funext => i; apply: eq_bigr => a _; rewrite R'.
have exJ e := has_derivable (has_J_meanfield sm e).
split; [|split; [|split]].
- by move=> l i; rewrite R'; split=> //; exact: ex (entry_b i) l.
- move=> i; have E : \sum_a R net a * d_b (fun moved => q mf moved (inr a)) net i = effect mf net i.
    by apply: eq_bigr => a _; rewrite R'.
  do !split; rewrite ?E //; first exact: (dJ (entry_b i)).
  + exact: exJ (entry_b i).
  by move=> a; exact: ex (entry_b i) (inr a).
- by move=> k i; split; [exact: dJ (entry_U k i) | exact: exJ (entry_U k i)].
by move=> i j _; split; [exact: dJ (entry_W i j) | exact: exJ (entry_W i j)].
Qed.

Theorem M6a : M6a_statement.
Proof.
move=> K sh net mf ok fp sm regular regular' a i.
have R' i := responseE fp sm (regular i).
have C := creditE fp sm (regular' a) (entry_b i).
have E : response mf net (inr a) i / q mf net (inr a) = credit mf net a i.
  by rewrite R' (dfree_mutual fp sm); exact: C.
do !split=> //.
- by rewrite R'; exact: has_val (has_ln_q fp sm (entry_b i) a).
- by rewrite !R' (dfree_mutual fp sm).
exact: has_derivable (has_ln_q fp sm (entry_b i) a).
Qed.

Section Implicit.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Hypothesis sm : smooth mf net free_state.
Hypothesis regular : forall a, one_solution (fun (V : Unit sh -> K) (i : Unit sh) =>
  \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m *
    ((m == (inr a))%:R / q mf net (inr a) + \sum_(j : Unit sh) coupling net m j * V j)).

Lemma d_ln_q e a : 'D_1 (fun x : K => ln (q mf (moved net e x) (inr a))) (value net e) =
  along net e (q mf net) (credit mf net a).
Proof. by rewrite -(creditE fp sm (regular a)); exact: has_val (has_ln_q fp sm e a). Qed.

(** The mean of the rule is the gradient of the objective. *)
Lemma mean_credit e :
  \sum_a q mf net (inr a) * (R net a * along net e (q mf net) (credit mf net a)) =
  'D_1 (fun x : K => J_meanfield mf (moved net e x)) (value net e).
Proof.
rewrite (has_val (has_J_meanfield sm e)); apply: eq_bigr => a _.
rewrite -(creditE fp sm (regular a)) [R net a * _]mulrC mulrA mulrC mulrCA.
have q0 : q mf net (inr a) != 0 by rewrite gt_eqF // free_gt0.
by rewrite mulrA mulrC mulrA divfK.
Qed.

End Implicit.

Theorem M6 : M6_statement.
Proof.
move=> K sh net mf ok fp sm regular; have dl e a := d_ln_q fp sm regular e a.
have ex e a := has_derivable (has_ln_q fp sm e a).
split; [|split; [|split]].
- move=> a i j; split; last exact: ex (entry_W (inl i) j) a.
  rewrite (dl (entry_W (inl i) j) a : d_W _ net (inl i) j = _) /implicit_W /=; ring.
- by move=> a j i; rewrite /implicit_W /mask (connected_sym ok); ring.
- move=> a k i; split; last exact: ex (entry_U k i) a.
  by rewrite (dl (entry_U k i) a : d_U _ net k i = _) /implicit_U /= mulrA.
move=> a i; split; last exact: ex (entry_b i) a.
by rewrite (dl (entry_b i) a : d_b _ net i = _).
Qed.

Theorem M6b : M6b_statement.
Proof.
move=> K sh net mf ok fp sm regular regular'.
have M e := mean_credit fp sm regular' e.
have exJ e := has_derivable (has_J_meanfield sm e).
split; [|split].
- move=> i j; have [_ [_ [_ dJ]]] := M5 ok fp sm regular.
  have MW : \sum_a q mf net (inr a) * implicit_W mf net a (R net a) (inl i) j =
      mask net (inl i) j * d_W (fun moved => J_meanfield mf moved) net (inl i) j.
    rewrite -(M (entry_W (inl i) j) : _ = d_W _ net (inl i) j) mulr_sumr; apply: eq_bigr => a _.
    rewrite /implicit_W /=.
    have order (x m k r p c p' c' : K) : x * (m * k * r * (p * c + p' * c')) =
        m * (x * (r * (k * (c * p + c' * p')))) by ring.
    exact: order.
  have MJ : mask net (inl i) j * kappa net * (effect mf net (inl i) * q mf net j +
      effect mf net j * q mf net (inl i)) =
      mask net (inl i) j * d_W (fun moved => J_meanfield mf moved) net (inl i) j.
    have [E|N] := eqVneq (circuit (inl i)) (circuit j).
      by rewrite /mask E (connected_irr ok) !mul0r.
    by have [-> _] := dJ _ _ N; rewrite mulrA.
  by rewrite MW MJ; do !split; exact: exJ (entry_W (inl i) j).
- move=> k i; split; last exact: exJ (entry_U k i).
  rewrite -(M (entry_U k i) : _ = d_U _ net k i); apply: eq_bigr => a _.
  by rewrite /implicit_U /= -mulrA.
move=> i; split; last exact: exJ (entry_b i).
exact: M (entry_b i).
Qed.
