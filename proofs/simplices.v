(** Families of winners' probabilities that are not below a bound: a compact set. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives maxima.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section Simplices.
Variables (K : realType) (sh : shape).
Notation Families := (product_topologicalType (fun _ : Unit sh => [topologicalType of K])).
Implicit Types (p : Unit sh -> K) (i j l : Unit sh) (d t : K).

(** One winner in each circuit, and no probability below d. *)
Definition above d : set Families := [set p | (forall i, d <= p i) /\ normalised p].

Lemma continuous_entry i (p : Families) : continuous_at (fun p : Families => p i) p.
Proof. exact: proj_continuous. Qed.

Lemma above_le1 d p : 0 <= d -> above d p -> forall i, p i <= 1.
Proof.
by move=> d0 [dp np] i; apply: part_le1 => // j; exact: le_trans (dp j).
Qed.

Lemma above_compact d : 0 <= d -> compact (above d).
Proof.
move=> d0; have C := tychonoff (fun _ : Unit sh => @segment_compact K d 1).
apply: subclosed_compact C _; last first.
  by move=> p dp i; rewrite /= in_itv /= (proj1 dp) (above_le1 d0 dp).
rewrite (_ : above d = (\bigcap_i [set p : Families | d <= p i]) `&`
    \bigcap_i [set p : Families | \sum_(j | circuit j == circuit i) p j = 1]).
  apply: closedI; apply: closed_bigI => i _.
    exact: (closed_preimage (@continuous_entry i) (@closed_ge _ d)).
  apply: (closed_preimage _ (@closed_eq _ 1)) => p.
  by apply: continuous_sum => j; exact: continuous_entry.
by apply/seteqP; split=> p [dp np]; split=> i; [move=> _|move=> _|..]; apply: dp || apply: np.
Qed.

(** One unit of a circuit gives to another. *)
Definition given p i j t : Unit sh -> K := fun l => p l + t * ((l == i)%:R - (l == j)%:R).

Lemma sum_one (C : pred (Unit sh)) i : \sum_(l | C l) (l == i)%:R = (C i)%:R :> K.
Proof.
rewrite big_mkcond (eq_bigr (fun l => (l == i)%:R * (C l)%:R)) ?sum_deltal // => l _.
by case: (C l); rewrite ?mulr1 ?mulr0.
Qed.

Lemma given_above d p i j t : above d p -> circuit i = circuit j -> 0 <= t -> d + t <= p j ->
  above d (given p i j t).
Proof.
move=> [dp np] E t0 dt; split=> [l|m]; rewrite /given.
  have ti : 0 <= t * (l == i)%:R by rewrite mulr_ge0 ?ler0n.
  rewrite mulrBr addrCA; apply: ler_paddl => //; case: (l =P j) => [->|_].
    by rewrite mulr1 ler_subr_addr.
  by rewrite mulr0 subr0.
by rewrite big_split /= -mulr_sumr sumrB !(sum_one (fun l => _ l == _)) E subrr mulr0 addr0.
Qed.

Lemma given0 p i j : given p i j 0 = p.
Proof. by apply: funext => l; rewrite /given mul0r addr0. Qed.

Lemma has_given p i j l t : has (fun t => given p i j t l) t ((l == i)%:R - (l == j)%:R).
Proof. by apply: has_ext (has_affine (p l) _ 0 t) => y; rewrite subr0. Qed.

(** The number of units *)
Definition unit_count : K := #|{: Unit sh}|%:R.

Lemma unit_count_gt0 : 0 < unit_count.
Proof. by rewrite ltr0n; apply/card_gt0P; exists (inr ord0). Qed.

Lemma sum_le_count (C : pred (Unit sh)) x : 0 <= x -> \sum_(l | C l) x <= x * unit_count.
Proof.
move=> x0; rewrite /unit_count mulr_natr -sumr_const big_mkcond; apply: ler_sum => l _.
by case: (C l).
Qed.

Lemma above_uniform d : 0 <= d -> d * unit_count <= 1 -> above d (softmax (fun _ : Unit sh => 0)).
Proof.
move=> d0 dN; split=> [i|]; last exact: softmax_normalised.
rewrite ler_pdivl_mulr ?exp_sum_gt0 // expR0 mulr_sumr; under eq_bigr do rewrite mulr1.
exact: le_trans (sum_le_count _ d0) dN.
Qed.

(** In each circuit a unit has at least the mean. *)
Lemma large p i : above 0 p -> exists2 j, circuit j = circuit i & 1 <= p j * unit_count.
Proof.
move=> [p0 np]; have C : circuit i == circuit i by [].
have [j /eqP E J] := @arg_maxP _ _ _ i (fun j => circuit j == circuit i) p C.
exists j => //; rewrite -(np i); apply: le_trans (sum_le_count _ (p0 j)).
exact: ler_sum.
Qed.

(** A circuit where the net inputs and the logarithms differ by one number has the softmax. *)
Lemma is_softmax p (z : Unit sh -> K) i : normalised p ->
  (forall j, circuit j = circuit i -> 0 < p j /\ z j - ln (p j) = z i - ln (p i)) ->
  p i = softmax z i.
Proof.
move=> np E; have [pi _] := E i (erefl _).
have expE j : circuit j = circuit i -> expR (z j) = p j * expR (z i - ln (p i)).
  by move=> /E [pj <-]; rewrite -{1}[p j]lnK ?posrE // -expRD addrC subrK.
rewrite /softmax (eq_bigr (fun j => p j * expR (z i - ln (p i)))) => [|j /eqP]; last exact: expE.
by rewrite -mulr_suml np mul1r expE // mulfK // gt_eqF // expR_gt0.
Qed.

End Simplices.

