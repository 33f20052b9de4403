(** Finite sums over units and configurations, and expectations under independent winners. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.analysis Require Import reals normedtype sequences exp.
From svpg Require Import language.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Sums.
Variables (K : realType) (sh : shape).
Implicit Types (q : Unit sh -> K) (v : Configuration sh).

Lemma sum_units (P : pred (Unit sh)) (F : Unit sh -> K) :
  \sum_(i | P i) F i = \sum_(h | P (inl h)) F (inl h) + \sum_(a | P (inr a)) F (inr a).
Proof. exact: big_sumType. Qed.

Lemma sum_configurations (F : Configuration sh -> K) :
  \sum_v F v = \sum_w \sum_a F (w, a).
Proof. by rewrite (pair_bigA _ (fun w a => F (w, a))); apply: eq_bigr => -[]. Qed.

(** The units of a circuit. *)
Lemma sum_circuit_hidden (h : Hidden sh) (F : Unit sh -> K) :
  \sum_(j | circuit j == circuit (inl h)) F j = \sum_d F (inl (h.1, d)).
Proof.
rewrite sum_units [X in _ + X]big_pred0 ?addr0 //.
rewrite (eq_bigl (fun j : Hidden sh => (j.1 == h.1) && true)); last first.
  by move=> j /=; rewrite andbT.
rewrite (eq_bigr (fun j : Hidden sh => F (inl (j.1, j.2)))); last by move=> [].
by rewrite -(pair_big_dep (fun g => g == h.1) (fun _ _ => true) (fun g d => F (inl (g, d))))
  big_pred1_eq.
Qed.

Lemma sum_circuit_action (a : Action sh) (F : Unit sh -> K) :
  \sum_(j | circuit j == circuit (inr a)) F j = \sum_a' F (inr a').
Proof. by rewrite sum_units big_pred0 ?add0r. Qed.

Lemma sum_delta (T : finType) (i : T) (F : T -> K) : \sum_j (i == j)%:R * F j = F i.
Proof.
by rewrite (bigD1 i) //= eqxx mul1r big1 ?addr0 // => j /negbTE; rewrite eq_sym => ->; rewrite mul0r.
Qed.

(** Winners *)
Lemma winner_action v a : winner K v (inr a) = (action v == a)%:R.
Proof. by []. Qed.

Lemma one_winner v i : \sum_(j | circuit j == circuit i) winner K v j = 1.
Proof.
case: i => [h|a]; [rewrite sum_circuit_hidden /= | rewrite sum_circuit_action /=].
  by have := sum_delta (v.1 h.1) (fun=> 1); under eq_bigr do rewrite mulr1.
by have := sum_delta v.2 (fun=> 1); under eq_bigr do rewrite mulr1.
Qed.

Lemma winner_winner v i j :
  circuit i == circuit j -> winner K v i * winner K v j = (i == j)%:R * winner K v i.
Proof.
have same (T : finType) (x y z : T) :
    (x == y)%:R * (x == z)%:R = (y == z)%:R * (x == y)%:R :> K.
  by rewrite -!natrM !mulnb; case: (x =P y) => [->|]; rewrite ?andbT ?andbF.
case: i j => [[g d]|a] [[g' d']|a'] //= => [/eqP [<-]|_]; last exact: same.
rewrite same; congr (_ %:R * _).
by change (inl _ == inl _) with ((g, d) == (g, d')); rewrite xpair_eqE eqxx.
Qed.

(** ** Independent winners *)
Definition normalised q := forall i, \sum_(j | circuit j == circuit i) q j = 1.

Lemma normalised_hidden q g : normalised q -> \sum_d q (inl (g, d)) = 1.
Proof. by move=> /(_ (inl (g, ord0))); rewrite sum_circuit_hidden. Qed.

Lemma normalised_action q : normalised q -> \sum_a q (inr a) = 1.
Proof. by move=> /(_ (inr ord0)); rewrite sum_circuit_action. Qed.

Lemma expect_product q (f : 'I_(n_hidden_circuits sh) -> 'I_(n_hidden_size sh).+1 -> K)
    (k : Action sh -> K) :
  \sum_v independent q v * ((\prod_g f g (v.1 g)) * k (action v)) =
  (\prod_g \sum_d q (inl (g, d)) * f g d) * \sum_a q (inr a) * k a.
Proof.
rewrite bigA_distr_bigA sum_configurations big_distrl; apply: eq_bigr => w _.
rewrite big_distrr; apply: eq_bigr => a _ /=.
by rewrite /independent /action /= [X in _ = X * _]big_split /= mulrACA.
Qed.

Lemma expect_action q (k : Action sh -> K) :
  normalised q -> \sum_v independent q v * k (action v) = \sum_a q (inr a) * k a.
Proof.
move=> nq; have := expect_product q (fun _ _ => 1) k.
rewrite [X in X * _]big1 ?mul1r => [<-|g _].
  by apply: eq_bigr => v _; rewrite big1 // mul1r.
by under eq_bigr do rewrite mulr1; rewrite normalised_hidden.
Qed.

Lemma expect_one q : normalised q -> \sum_v independent q v = 1.
Proof.
move=> nq; under eq_bigr do rewrite -[independent _ _]mulr1.
by rewrite (expect_action (fun=> 1)) //; under eq_bigr do rewrite mulr1; rewrite normalised_action.
Qed.

Let pick (h : Hidden sh) g (d : 'I_(n_hidden_size sh).+1) : K :=
  if g == h.1 then (d == h.2)%:R else 1.

Let prod_pick h v : \prod_g pick h g (v.1 g) = winner K v (inl h).
Proof.
rewrite (bigD1 h.1) //= /pick eqxx big1 ?mulr1 // => g /negbTE -> //.
Qed.

Lemma expect_hidden_action q (h : Hidden sh) (k : Action sh -> K) :
  normalised q ->
  \sum_v independent q v * (k (action v) * winner K v (inl h)) =
  q (inl h) * \sum_a q (inr a) * k a.
Proof.
move=> nq; have := expect_product q (pick h) k.
rewrite (bigD1 h.1) //= [X in _ * X * _]big1 ?mulr1 => [|g /negbTE N]; last first.
  by rewrite /pick N; under eq_bigr do rewrite mulr1; rewrite normalised_hidden.
rewrite (_ : \sum_d _ * pick _ _ _ = q (inl h)) => [<-|].
  by apply: eq_bigr => v _; rewrite prod_pick [X in _ * X = _]mulrC.
rewrite (_ : q (inl h) = \sum_d (h.2 == d)%:R * q (inl (h.1, d))); last first.
  by rewrite sum_delta; case: (h).
by apply: eq_bigr => d _; rewrite /pick eqxx mulrC eq_sym.
Qed.

Lemma expect_winner q i : normalised q -> \sum_v independent q v * winner K v i = q i.
Proof.
move=> nq; case: i => [h|a].
  transitivity (q (inl h) * \sum_a q (inr a) * 1).
    rewrite -(expect_hidden_action h (fun=> 1) nq).
    by under [RHS]eq_bigr do rewrite mul1r.
  by under eq_bigr do rewrite mulr1; rewrite normalised_action // mulr1.
rewrite (expect_action (fun a' => (a' == a)%:R) nq).
by under eq_bigr do rewrite mulrC eq_sym; rewrite sum_delta.
Qed.

Lemma expect_hidden_hidden q (h h' : Hidden sh) :
  normalised q -> h.1 != h'.1 ->
  \sum_v independent q v * (winner K v (inl h) * winner K v (inl h')) = q (inl h) * q (inl h').
Proof.
move=> nq N; have := expect_product q (fun g d => pick h g d * pick h' g d) (fun=> 1).
have one (h0 h1 : Hidden sh) : h0.1 != h1.1 ->
    \sum_d q (inl (h0.1, d)) * (pick h0 h0.1 d * pick h1 h0.1 d) = q (inl h0).
  move=> /negbTE N'; rewrite (_ : q (inl h0) = \sum_d (h0.2 == d)%:R * q (inl (h0.1, d))).
    by apply: eq_bigr => d _; rewrite /pick eqxx N' mulr1 mulrC eq_sym.
  by rewrite sum_delta; case: (h0).
rewrite (bigD1 h.1) //= (bigD1 h'.1) /=; last by rewrite eq_sym.
rewrite one // [in \sum_d q (inl (h'.1, d)) * _](eq_bigr (fun d =>
  q (inl (h'.1, d)) * (pick h' h'.1 d * pick h h'.1 d))); last by move=> d _; rewrite [pick h _ _ * _]mulrC.
have N' : h'.1 != h.1 by rewrite eq_sym.
rewrite (one h' h N') [X in _ * (_ * X)]big1 ?mulr1; last first.
  move=> g /andP [/negbTE N1 /negbTE N2].
  by rewrite /pick N1 N2; under eq_bigr do rewrite !mulr1; rewrite normalised_hidden.
under [X in _ = _ * X]eq_bigr do rewrite mulr1.
rewrite normalised_action // mulr1 => <-.
by apply: eq_bigr => v _; rewrite mulr1 big_split /= !prod_pick.
Qed.

Lemma expect_winner_winner q i j :
  normalised q -> circuit i != circuit j ->
  \sum_v independent q v * (winner K v i * winner K v j) = q i * q j.
Proof.
move=> nq; have mixed h a : \sum_v independent q v * (winner K v (inr a) * winner K v (inl h)) =
    q (inr a) * q (inl h).
  rewrite (expect_hidden_action h (fun a' => (a' == a)%:R) nq).
  under eq_bigr do rewrite mulrC eq_sym.
  by rewrite sum_delta mulrC.
case: i j => [h|a] [h'|a'] // N; first exact: expect_hidden_hidden.
by rewrite mulrC -mixed; apply: eq_bigr => v _; rewrite [X in _ * X]mulrC.
Qed.

End Sums.
