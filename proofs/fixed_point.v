(** Derivatives of mean-field states by one entry of a network. *)
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

Section Operators.
Variables (K : realType) (sh : shape) (net : network K sh) (q : Unit sh -> K).
Implicit Types (x y : Unit sh -> K) (i l : Unit sh).

Definition dot x y : K := \sum_l x l * y l.
(** The Jacobian of the softmax, block by circuit. *)
Definition jac x l : K := q l * (x l - circuit_mean q x l).
(** The coupling through the recurrent weights. *)
Definition couple x l : K := kappa net * \sum_m (W net l m + W net m l) * x m.

Lemma dotC x y : dot x y = dot y x.
Proof. by apply: eq_bigr => l _; apply: mulrC. Qed.

Lemma dot_add x y y' : dot x (fun l => y l + y' l) = dot x y + dot x y'.
Proof. by rewrite /dot -big_split; apply: eq_bigr => l _; apply: mulrDr. Qed.

Lemma jac_affine x y (h : K) l : jac (fun i => x i + h * y i) l = jac x l + h * jac y l.
Proof.
rewrite /jac /circuit_mean [h * (_ * _)]mulrCA -mulrDr; congr (_ * _).
under eq_bigr do rewrite mulrDr mulrCA.
rewrite big_split /= -mulr_sumr.
have regroup (a b c d : K) : a + h * b - (c + h * d) = a - c + h * (b - d) by ring.
exact: regroup.
Qed.

Lemma jac_add x y l : jac (fun i => x i + y i) l = jac x l + jac y l.
Proof.
rewrite -[jac y l]mul1r -jac_affine.
by congr jac; apply: funext => i; rewrite mul1r.
Qed.

Lemma jac_sym x y : dot (jac x) y = dot x (jac y).
Proof.
have E u w : dot (jac u) w = \sum_l q l * u l * w l -
    \sum_l \sum_m (if circuit m == circuit l then q l * q m * u m * w l else 0).
  rewrite -sumrB; apply: eq_bigr => l _.
  rewrite /jac /circuit_mean -big_mkcond mulrBr mulrBl mulr_sumr mulr_suml; congr (_ - _).
  by apply: eq_bigr => m _; ring.
rewrite dotC [dot y _]dotC [RHS]dotC !E; congr (_ - _); first by apply: eq_bigr => l _; ring.
rewrite exchange_big; apply: eq_bigr => l _; apply: eq_bigr => m _.
by rewrite eq_sym; case: ifP => // _; ring.
Qed.

Lemma couple_sym x y : dot x (couple y) = dot (couple x) y.
Proof.
rewrite /dot /couple.
rewrite (eq_bigr (fun l => \sum_m kappa net * ((W net l m + W net m l) * x l * y m))); last first.
  by move=> l _; rewrite mulrCA !mulr_sumr; apply: eq_bigr => m _; ring.
rewrite exchange_big; apply: eq_bigr => l _; rewrite -mulrA mulr_suml mulr_sumr.
by apply: eq_bigr => m _; ring.
Qed.

Lemma jac_circuit_constant x : normalised q ->
  (forall l m, circuit m == circuit l -> x m = x l) -> forall l, jac x l = 0.
Proof.
move=> nq cx l; rewrite /jac /circuit_mean (eq_bigr (fun m => q m * x l)).
  by rewrite -mulr_suml nq mul1r subrr mulr0.
by move=> m E; rewrite (cx l m E).
Qed.

(** Two answers of the fixed point, each to a change of the net input. *)
Lemma reciprocity u w x y :
  (forall l, x l = jac (fun l => u l + couple x l) l) ->
  (forall l, y l = jac (fun l => w l + couple y l) l) ->
  dot x w = dot u y.
Proof.
move=> Ex Ey.
have E : dot x (fun l => w l + couple y l) = dot (fun l => u l + couple x l) y.
  transitivity (dot (jac (fun l => u l + couple x l)) (fun l => w l + couple y l)).
    by apply: eq_bigr => l _; rewrite -Ex.
  by rewrite jac_sym; apply: eq_bigr => l _; rewrite -Ey.
move: E; rewrite dot_add [RHS]dotC dot_add couple_sym [dot y (couple x)]dotC => /addIr ->.
exact: dotC.
Qed.

End Operators.

(** ** States that move in a network that does not *)
Section Held.
Variables (K : realType) (sh : shape) (net : network K sh).
Variables (Q : K -> Unit sh -> K) (dq : Unit sh -> K) (x0 : K).
Hypothesis has_Q : forall l, has (fun x => Q x l) x0 (dq l).

Lemma has_input_held l : has (fun x => net_input net (Q x) l) x0 (couple net dq l).
Proof.
apply: has_eq (has_add (has_add (has_scale (kappa net) (_ : has _ _
   (\sum_m (W net l m + W net m l) * dq m))) (has_cst _ _)) (has_cst _ _)) _.
  by apply: has_sum => m _; apply: has_scale; apply: has_Q.
by rewrite !addr0.
Qed.

(** The net input is the gradient of minus the energy. *)
Lemma has_minus_energy_held :
  has (fun x => minus_energy net (Q x)) x0 (dot (net_input net (Q x0)) dq).
Proof.
have DW : has (fun x => \sum_i \sum_j Q x i * W net i j * Q x j) x0
    (\sum_i \sum_j (Q x0 i * W net i j * dq j + Q x0 j * (dq i * W net i j))).
  apply: has_sum => i _; apply: has_sum => j _.
  by apply: has_mul; first by apply: has_scaler; apply: has_Q.
have DU : has (fun x => \sum_k \sum_i s net k * U net k i * Q x i) x0
    (\sum_k \sum_i s net k * U net k i * dq i).
  by apply: has_sum => k _; apply: has_sum => i _; apply: has_scale; apply: has_Q.
have Db : has (fun x => \sum_i b net i * Q x i) x0 (\sum_i b net i * dq i).
  by apply: has_sum => i _; apply: has_scale; apply: has_Q.
apply: has_eq (has_add (has_add (has_scale (kappa net) DW) DU) Db) _.
rewrite /dot /net_input; under [RHS]eq_bigr do rewrite !mulrDl.
rewrite !big_split /=; congr (_ + _ + _).
  transitivity (kappa net * \sum_i (\sum_j (W net i j + W net j i) * Q x0 j) * dq i).
    congr (_ * _); under eq_bigr do rewrite big_split.
    rewrite big_split /= exchange_big /= -big_split; apply: eq_bigr => i _ /=.
    by rewrite -big_split mulr_suml; apply: eq_bigr => j _ /=; ring.
  by rewrite mulr_sumr; apply: eq_bigr => i _; exact: mulrA.
rewrite exchange_big; apply: eq_bigr => i _ /=; rewrite mulr_suml.
by apply: eq_bigr => k _; ring.
Qed.

End Held.

(** ** States that move along one entry *)
Section Moving.
Variables (K : realType) (sh : shape) (net : network K sh) (e : entry sh).
Variables (Q : K -> Unit sh -> K) (dq : Unit sh -> K).
Let x0 := value net e.
Hypothesis has_Q : forall l, has (fun x => Q x l) x0 (dq l).

Lemma has_shifted (g : K -> K) dg : has g x0 dg -> has (fun x => (x - x0) * g x) x0 (g x0).
Proof.
move=> D; have Dx := has_sub (is_derive_id x0 (1 : K)) (has_cst x0 x0).
by apply: has_eq (has_mul Dx D) _; rewrite subrr mul0r add0r subr0 mulr1.
Qed.

Lemma has_dinput l : exists d, has (fun x => dinput net e (Q x) l) x0 d.
Proof.
case: e @x0 has_Q => [i j|k i|i] x1 hQ.
- exists (kappa net * ((l == i)%:R * dq j + (l == j)%:R * dq i)).
  by apply: has_scale; apply: has_add; apply: has_scale; apply: hQ.
- by exists 0; apply: has_cst.
by exists 0; apply: has_cst.
Qed.

Lemma has_denergy : exists d, has (fun x => denergy net e (Q x)) x0 d.
Proof.
case: e @x0 has_Q => [i j|k i|i] x1 hQ.
- exists (kappa net * (Q x1 i * dq j + Q x1 j * dq i)).
  by apply: has_scale; apply: has_mul; apply: hQ.
- by exists (s net k * dq i); apply: has_scale; apply: hQ.
by exists (dq i); apply: hQ.
Qed.

Lemma has_input l :
  has (fun x => net_input (moved net e x) (Q x) l) x0
    (dinput net e (Q x0) l + couple net dq l).
Proof.
have [d D] := has_dinput l; have DI := has_input_held net has_Q l.
apply: has_ext (has_eq (has_add DI (has_shifted D)) (addrC _ _)) => y.
by rewrite moved_input.
Qed.

Lemma has_minus_energy :
  has (fun x => minus_energy (moved net e x) (Q x)) x0
    (dot (net_input net (Q x0)) dq + denergy net e (Q x0)).
Proof.
have [d D] := has_denergy.
apply: has_ext (has_add (has_minus_energy_held net has_Q) (has_shifted D)) => y.
by rewrite moved_energy.
Qed.

End Moving.

(** ** The free state *)
Section Free.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Hypothesis sm : smooth mf net free_state.
Let q := mf net free_state.
Implicit Types (e : entry sh).

Definition dfree e l : K := 'D_1 (fun x : K => mf (moved net e x) free_state l) (value net e).

Lemma has_free e l :
  has (fun x => mf (moved net e x) free_state l) (value net e) (dfree e l).
Proof.
apply: has_derive; case: e => [i j|k i|i].
- exact: (@smooth_W _ _ _ _ _ sm i j l).
- exact: (@smooth_U _ _ _ _ _ sm k i l).
exact: (@smooth_b _ _ _ _ _ sm i l).
Qed.

Lemma dfreeE e l :
  dfree e l = jac q (fun l => dinput net e q l + couple net (dfree e) l) l.
Proof.
apply: has_val; have := has_softmax (fun l => has_input (has_free e) l) l.
rewrite moved_value (_ : softmax _ = q); last by apply: funext => m; rewrite -free_softmax.
by apply: has_ext => x; rewrite -free_softmax.
Qed.

Lemma dfree_bias e i : dfree e i = along net e q (dfree (entry_b i)).
Proof.
have := reciprocity (dfreeE e) (dfreeE (entry_b i)).
by rewrite [dot _ (dfree (entry_b i))]dotC /dot !sum_dinput.
Qed.

End Free.
