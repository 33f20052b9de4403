(** Networks of two actions and nothing else, for counterexamples. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.analysis Require Import reals normedtype sequences exp.
From svpg Require Import language sums states last_step.
From svpg.generated Require Import chapter_01_network.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Definition two : shape := Shape 0 0 0 1 0 0.

Section Two.
Variable K : realType.

Definition first : Action two := ord0.
Definition second : Action two := lift ord0 ord0.

Lemma sum_two (F : Action two -> K) : \sum_a F a = F first + F second.
Proof. by rewrite big_ord_recl big_ord1. Qed.

Lemma softmax_second (x : Unit two -> K) :
  softmax x (inr second : Unit two) = 1 - softmax x (inr first).
Proof.
have := softmax_normalised x (inr first : Unit two).
by rewrite sum_circuit_action sum_two => <-; rewrite addrC addKr.
Qed.

(** A network with biases and rewards, and no weights. *)
Definition biased (b : Action two -> K) (R : Action two -> K) : network K two :=
  Network (fun _ _ => 0) (fun _ _ => 0) (fun i => if i is inr a then b a else 0) (fun=> 1) R 1
    (fun _ _ => false) 1.

Lemma biased_ok b R : network_ok (biased b R).
Proof. by split=> //= *; rewrite ?mulr0 // ?ltr01 //; left. Qed.

End Two.

(** A bias at the first action, and so unequal probabilities. *)
Section Unequal.
Variables (K : realType) (mf : states K two).
Hypothesis fp : fixed_points mf.

Definition unequal : network K two := biased (fun a => (a == first)%:R) (fun=> 0).

Lemma unequal_differ : q mf unequal (inr first) != q mf unequal (inr second).
Proof.
rewrite -!softmax_z // /softmax; apply/negP => /eqP.
have S0 : \sum_(j | circuit j == circuit (inr first)) expR (z mf unequal j) != 0.
  by rewrite gt_eqF // exp_sum_gt0.
have zE a : z mf unequal (inr a) = (a == first)%:R.
  rewrite /z [X in _ * X]big1 ?mulr0 ?add0r => [|j _]; last by rewrite /= addr0 mul0r.
  by rewrite big1 ?add0r // => k _; rewrite /= mul0r.
by move=> /(mulIf (invr_neq0 S0)) /expR_inj /eqP; rewrite !zE /= oner_eq0.
Qed.

End Unequal.
