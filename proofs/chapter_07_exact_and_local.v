(** Exact and local: derivations/07-exact-and-local.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point free_energy.
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

(** ** Free energies *)
Section FreeEnergies.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Implicit Types (e : entry sh) (a : Action sh).

Section Free.
Hypothesis sm : smooth mf net free_state.

Let moving e l := has_free sm e l.

Lemma has_F_free_slopes e :
  has (fun x => F_free mf (moved net e x)) (value net e)
    (\sum_l (ln (q mf net l) + 1 - z mf net l) * dfree net mf e l - denergy net e (q mf net)).
Proof.
have D := @has_free_energy_slopes _ _ net e (fun x => mf (moved net e x) free_state)
  (dfree net mf e) xpredT (moving e).
have Q0 l : xpredT l -> 0 < mf (moved net e (value net e)) free_state l by rewrite free_gt0.
have D0 l : ~~ xpredT l -> dfree net mf e l = 0 by [].
by move: (D D0 Q0); rewrite moved_value.
Qed.

Lemma level_slope : forall l, ln (q mf net l) + 1 - z mf net l = level mf net l.
Proof.
have cancel (x y : K) : x - y + 1 - x = 1 - y by ring.
by move=> l; rewrite -softmax_z // ln_softmax; exact: cancel.
Qed.

Lemma levels_cancel e : \sum_l level mf net l * dfree net mf e l = 0.
Proof.
have D := @slope_zero _ _ net e (fun x => mf (moved net e x) free_state) (dfree net mf e)
  (fun l => dinput net e (q mf net) l + couple net (dfree net mf e) l) xpredT.
apply: etrans (D _ _ _).
- by apply: eq_bigr => l _; rewrite /slope moved_value.
- by rewrite moved_value; exact: free_normalised.
- by move=> l; rewrite moved_value; exact: dfreeE.
by [].
Qed.

Lemma has_F_free e :
  has (fun x => F_free mf (moved net e x)) (value net e) (- denergy net e (q mf net)).
Proof.
apply: has_eq (has_F_free_slopes e) _.
by under eq_bigr do rewrite level_slope; rewrite levels_cancel add0r.
Qed.

End Free.

Section Given.
Hypothesis sm : forall a, smooth mf net (clamped_at a).

Definition hidden (i : Unit sh) : bool := if i is inl _ then true else false.

Lemma has_F_given e a :
  has (fun x => F_given mf (moved net e x) a) (value net e) (- denergy net e (qplus mf net a)).
Proof.
have D := @has_free_energy _ _ net e (fun x => mf (moved net e x) (clamped_at a))
  (dclamped net mf e a) (fun l => dinput net e (qplus mf net a) l + couple net (dclamped net mf e a) l)
  hidden (has_clamped sm e a).
have nQ : normalised (mf (moved net e (value net e)) (clamped_at a)) by exact: clamped_normalised.
have dqE l : dclamped net mf e a l = jac (mf (moved net e (value net e)) (clamped_at a))
    (fun l => dinput net e (qplus mf net a) l + couple net (dclamped net mf e a) l) l.
  by rewrite moved_value; exact: dclampedE.
have D0 l : ~~ hidden l -> dclamped net mf e a l = 0 by case: l => // a' _; rewrite dclamped_action.
have Q0 l : hidden l -> 0 < mf (moved net e (value net e)) (clamped_at a) l.
  by case: l => // h _; rewrite clamped_hidden_gt0.
have QE l : hidden l -> mf (moved net e (value net e)) (clamped_at a) l =
    softmax (net_input net (mf (moved net e (value net e)) (clamped_at a))) l.
  by case: l => // h _; rewrite moved_value clamped_softmax.
have Dc l m : circuit m == circuit l -> hidden m = hidden l by case: l m => [?|?] [?|?].
have {D} := D nQ dqE D0 Q0 QE Dc; rewrite moved_value; apply: has_ext => x.
rewrite /F_given; congr (_ + _).
by rewrite sum_units /= [X in _ + X]big_pred0 ?addr0.
Qed.

End Given.
End FreeEnergies.

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
