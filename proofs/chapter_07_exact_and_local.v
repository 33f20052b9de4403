(** Exact and local: derivations/07-exact-and-local.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point.
From svpg.generated Require Import chapter_01_network chapter_07_exact_and_local.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Lemma jacobianE (K : realType) (sh : shape) (net : network K sh) mf (x : Unit sh -> K) l :
  \sum_(m | circuit m == circuit l) jacobian mf net l m * x m = jac (q mf net) x l.
Proof.
have split_ (c d o y : K) : 1 * c * (d - o) * y = c * (d * y) - c * (o * y) by ring.
have delta : q mf net l * x l =
    \sum_(m | circuit m == circuit l) q mf net l * ((l == m)%:R * x m).
  rewrite -mulr_sumr -{1}(sum_delta l x) [in RHS]big_mkcond; congr (_ * _).
  by apply: eq_bigr => m _; case: (l =P m) => [->|_]; rewrite ?eqxx // mul0r if_same.
rewrite /jac mulrBr delta /circuit_mean mulr_sumr -sumrB; apply: eq_bigr => m /eqP E.
by rewrite /jacobian E eqxx; exact: split_.
Qed.

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
move=> K sh net mf beta ok -> fp.
have E a : qbeta mf net 1 a = qplus mf net a := strength_one fp net a.
by split; [|split] => *; rewrite /nudged_W /nudged_U /nudged_b E divr1.
Qed.
