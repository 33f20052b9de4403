(** Deterministic Boltzmann learning: derivations/12-deterministic-boltzmann.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy last_step clamped.
From svpg Require chapter_04_mean_field free_energy_policy.
From svpg.generated Require chapter_04_mean_field.
From svpg.generated Require Import chapter_01_network chapter_12_deterministic_boltzmann.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section Contrast.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Hypothesis sm : smooth mf net free_state.
Hypothesis sma : forall a, smooth mf net (clamped_at a).
Implicit Types (e : entry sh) (a : Action sh).

Lemma has_F_given e a : has (fun x => F_given mf (moved net e x) a) (value net e)
  (- denergy net e (qplus mf net a)).
Proof. exact: (free_energy_policy.has_F_given fp sma e a). Qed.

Lemma has_F_free e : has (fun x => F_free mf (moved net e x)) (value net e)
  (- denergy net e (q mf net)).
Proof. exact: (free_energy_policy.has_F_free fp sm e). Qed.

Lemma has_contrast e a : has (fun x => contrast mf (moved net e x) a) (value net e)
  (- denergy net e (qplus mf net a) - - denergy net e (q mf net)).
Proof. exact: has_sub (has_F_given e a) (has_F_free e). Qed.

(** The free phase cancels. *)
Lemma has_total e a : has (fun x => contrast mf (moved net e x) a + excess mf (moved net e x)) (value net e)
  (- (denergy net e (qplus mf net a) - mean net (fun v => denergy net e (winner K v)))).
Proof.
have D := has_add (has_contrast e a) (has_add (has_F_free e) (has_lnZ net e)).
apply: has_eq D _.
have cancel (x y z : K) : - x - - y + (- y + z) = - (x - z) by ring.
exact: cancel.
Qed.

End Contrast.

Theorem DB1 : DB1_statement.
Proof.
move=> K sh net mf ok fp sm sma; split; [|split; [|split]].
- move=> a i j _; have D := has_F_given fp sma (entry_W (inl i) j) a.
  by split; [rewrite -mulrA; exact: has_val D | exact: has_derivable D].
- move=> i j _; have D := has_F_free fp sm (entry_W (inl i) j).
  by split; [rewrite -mulrA; exact: has_val D | exact: has_derivable D].
- move=> a k i; have D := has_contrast fp sm sma (entry_U k i) a; split; last exact: has_derivable D.
  rewrite (has_val D : d_U _ net k i = _) /=.
  have order (c x y : K) : - (- (c * x) - - (c * y)) = c * (x - y) by ring.
  exact: order.
move=> a i; have D := has_contrast fp sm sma (entry_b i) a; split; last exact: has_derivable D.
rewrite (has_val D : d_b _ net i = _) /=.
have order (x y : K) : - (- x - - y) = x - y by ring.
exact: order.
Qed.

Theorem DB4 : DB4_statement.
Proof.
move=> K sh net mf ok fp; have q0 := q_gt0 net fp.
have nuE : svpg.generated.chapter_04_mean_field.nu net (q mf net) = q mf net.
  apply: funext => i; rewrite /svpg.generated.chapter_04_mean_field.nu.
  by rewrite (q_normalised net fp) divr1.
have [_ [_ [E1 [E2 E3]]]] :=
  svpg.chapter_04_mean_field.M1 ok q0 (fun v => svpg.chapter_04_mean_field.product_gt0 net v q0).
have E := etrans E1 (etrans E2 E3).
rewrite /svpg.generated.chapter_04_mean_field.product nuE in E.
rewrite /excess (E : F_free mf net = _) subrK -sumrB; apply: eq_bigr => v _; exact: mulrBr.
Qed.

Theorem DB5 : DB5_statement.
Proof.
move=> K sh net mf ok apart fp sm sma; have aa := W_actions ok; split.
- move=> a i; have D := has_total fp sm sma (entry_b i) a; have L := has_lnpi net (entry_b i) a.
  do !split; [| exact: has_derivable D | exact: has_derivable L].
  rewrite (has_val D : d_b _ net i = _) (has_val L : d_b _ net i = _) /=.
  by rewrite (mean_given_winner aa fp apart).
move=> a i j; have D := has_total fp sm sma (entry_W (inl i) (inr j)) a.
have L := has_lnpi net (entry_W (inl i) (inr j)) a.
do !split; [| exact: has_derivable D | exact: has_derivable L].
rewrite (has_val D : d_W _ net (inl i) (inr j) = _) (has_val L : d_W _ net (inl i) (inr j) = _) /=.
have M := mean_given_winners aa fp apart a (isT : circuit (inl i) != circuit (inr j)).
by congr (- (_ - _)); rewrite mean_given_scale; congr (_ * _); exact/esym/M.
Qed.
