(** Networks of two actions and nothing else, for counterexamples: they have fixed points. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** One fixed point for each network and clamp is enough *)
Section Choice.
Variables (K : realType) (sh : shape).
Hypothesis some : forall (net : network K sh) c, exists q, fixed_point net c q.

Definition chosen (net : network K sh) (c : clamp K sh) : Unit sh -> K :=
  xget (fun=> 0) [set q | fixed_point net c q]%classic.

Lemma chosen_fixed net c : fixed_point net c (chosen net c).
Proof.
have [q fq] := some net c.
exact: (@xgetPex _ (fun=> 0) [set q | fixed_point net c q]%classic (ex_intro _ q fq)).
Qed.

Definition choice (net : network K sh) (c : clamp K sh) : Unit sh -> K :=
  if c is weakly_clamped_at a x then
    if x == 0 then chosen net free_state else
    if x == 1 then chosen net (clamped_at a) else chosen net c
  else chosen net c.

Lemma choice_fixed_points : fixed_points choice.
Proof.
split=> [net c|net a|net a] /=; rewrite ?eqxx ?oner_eq0 //.
case: c => [|a|a x]; rewrite /choice; try exact: chosen_fixed.
case: eqP => [->|_]; last (case: eqP => [->|_]; last exact: chosen_fixed).
  by have := chosen_fixed net free_state => F [h|a']; rewrite [LHS]F //= subr0 mul1r mul0r addr0.
by have := chosen_fixed net (clamped_at a) => F [h|a']; rewrite [LHS]F //= subrr mul0r mul1r add0r.
Qed.

End Choice.

(** ** Two actions *)
Definition two : shape := Shape 0 0 0 1 0 0.

Section Two.
Variable K : realType.
Implicit Types (net : network K two) (t : K).

Definition first : Action two := ord0.
Definition second : Action two := lift ord0 ord0.

Lemma sum_two (F : Action two -> K) : \sum_a F a = F first + F second.
Proof. by rewrite big_ord_recl big_ord1. Qed.

Lemma actions_two (a : Action two) : a = first \/ a = second.
Proof.
case: a => -[|[|n]] //= A; [left | right]; exact/val_inj.
Qed.

Lemma no_hidden (h : Hidden two) : False.
Proof. by case: h => -[]. Qed.

Definition state t (i : Unit two) : K :=
  match i with inl _ => 0 | inr a => if a == first then t else 1 - t end.

Lemma softmax_second (x : Unit two -> K) : softmax x (inr second : Unit two) = 1 - softmax x (inr first).
Proof.
have := softmax_normalised x (inr first : Unit two).
by rewrite sum_circuit_action sum_two => <-; rewrite addrC addKr.
Qed.

Lemma has_state t i : exists d : K, has (fun t => state t i) t d.
Proof.
case: i => [h|a]; rewrite /state; first by exists 0; exact: has_cst.
case: (a == first); first by exists 1; exact: is_derive_id.
by exists (0 - 1); exact: has_sub.
Qed.

Lemma has_input_state net t l : exists d : K, has (fun t => net_input net (state t) l) t d.
Proof.
have D i := cid (has_state t i).
have S : has (fun t => \sum_j (W net l j + W net j l) * state t j) t
    (\sum_j (W net l j + W net j l) * projT1 (D j)).
  by apply: has_sum => j _; apply: has_scale; exact: (projT2 (D j)).
eexists; exact: (has_add (has_add (has_scale (kappa net) S) (has_cst _ _)) (has_cst _ _)).
Qed.

Definition answer net t : K := softmax (net_input net (state t)) (inr first).

Lemma has_answer net t : exists d : K, has (answer net) t d.
Proof.
have D l := cid (has_input_state net t l).
by eexists; exact: (has_softmax (fun l => projT2 (D l)) (inr first : Unit two)).
Qed.

Lemma answer_bounds net t : 0 < answer net t < 1.
Proof.
by rewrite softmax_gt0 -subr_gt0 -softmax_second softmax_gt0.
Qed.

(** A mean of the answer and of a constant meets the diagonal. *)
Lemma meets net x c : exists t, (1 - x) * answer net t + c = t.
Proof.
pose B := `|1 - x| + `|c|; pose f t := (1 - x) * answer net t + c - t.
have size t : `|(1 - x) * answer net t + c| <= B.
  apply: le_trans (ler_norm_add _ _) _; rewrite ler_add2r normrM.
  have /andP [a0 a1] := answer_bounds net t.
  by rewrite (ger0_norm (ltW a0)) ler_pimulr // ltW.
have B0 : 0 <= B by rewrite addr_ge0.
have f_continuous : continuous f.
  move=> y; have [d D] := has_answer net y.
  have Df := has_sub (has_add (has_scale (1 - x) D) (has_cst c y)) (is_derive_id y (1 : K)).
  by have /derivable1_diffP/differentiable_continuous := has_derivable Df.
have low : 0 <= f (- B).
  rewrite /f opprK -ler_subl_addr sub0r.
  by have := size (- B); rewrite ler_norml => /andP [].
have high : f B <= 0.
  by rewrite /f subr_le0; have := size B; rewrite ler_norml => /andP [].
have order : - B <= B by rewrite -subr_ge0 opprK addr_ge0.
have [|t _ ft] := @IVT K f (- B) B 0 order (continuous_subspaceT f_continuous).
  by rewrite le_minl high orbT le_maxr low.
by exists t; apply/eqP; rewrite -subr_eq0; apply/eqP.
Qed.

Lemma some_fixed_point net (c : clamp K two) : exists q, fixed_point net c q.
Proof.
have weak a x : exists q, fixed_point net (weakly_clamped_at a x) q.
  have [t E] := meets net x (x * (a == first)%:R).
  exists (state t) => -[h|a']; first by case: (no_hidden h).
  have [->|->] := actions_two a'; first exact: (esym E).
  have other : (a == second)%:R = 1 - (a == first)%:R :> K.
    by have [->|->] := actions_two a; rewrite /= ?subr0 ?subrr.
  rewrite softmax_second other; apply: (etrans (y := 1 - t)); first by [].
  move: E; rewrite /answer; move: (softmax _ _) => u; move: ((a == first)%:R) => d <-.
  ring.
case: c => [|a|a x]; last exact: weak.
  have [q F] := weak first 0; exists q => -[h|a]; first by case: (no_hidden h).
  by rewrite [LHS]F subr0 mul1r mul0r addr0.
have [q F] := weak a 1; exists q => -[h|a']; first by case: (no_hidden h).
by rewrite [LHS]F subrr mul0r mul1r add0r.
Qed.

Lemma two_fixed_points : exists mf : states K two, fixed_points mf.
Proof. by exists (@choice K two); apply: choice_fixed_points; exact: some_fixed_point. Qed.

(** A network with biases and rewards, and no weights. *)
Definition biased (b : Action two -> K) (R : Action two -> K) : network K two :=
  Network (fun _ _ => 0) (fun _ _ => 0) (fun i => if i is inr a then b a else 0) (fun=> 1) R 1
    (fun _ _ => false) 1.

Lemma biased_ok b R : network_ok (biased b R).
Proof. by split=> //= *; rewrite ?mulr0 // ?ltr01 //; left. Qed.

End Two.
