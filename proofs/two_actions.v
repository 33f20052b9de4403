(** Networks of two actions and nothing else, for counterexamples. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.analysis Require Import reals normedtype sequences exp.
From svpg Require Import language sums states.

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
