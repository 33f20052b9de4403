(** Policies by free energy: derivations/13-free-energy-policies.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy last_step fixed_point
  free_energy clamped gibbs.
From svpg Require chapter_04_mean_field free_energy_policy chapter_07_exact_and_local.
From svpg.generated Require Import chapter_01_network chapter_13_free_energy_policies.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(* The definitions of this chapter are those of chapter 7, under their own names. *)
Module C := free_energy_policy.

Section Values.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis ok : network_ok net.
Hypothesis fp : fixed_points mf.
Hypothesis sm : forall a, smooth mf net (clamped_at a).
Let apart := W_actions ok.
Implicit Types (e : entry sh) (a : Action sh).

Lemma has_value e a : has (fun x => chapter_13_free_energy_policies.value mf (moved net e x) a)
  (derivatives.value net e) (denergy net e (qplus mf net a)).
Proof. by apply: has_eq (has_opp (C.has_F_given fp sm e a)) _; rewrite opprK. Qed.

Lemma has_piF e a : C.proper e -> has (fun x => piF mf (moved net e x) a) (derivatives.value net e)
  (piF mf net a * (denergy net e (qplus mf net a) -
    \sum_a' piF mf net a' * denergy net e (qplus mf net a'))).
Proof. by move=> P; exact: (C.has_piF apart fp sm P a). Qed.

Lemma has_J_F e : C.proper e -> has (fun x => J_F mf (moved net e x)) (derivatives.value net e)
  (\sum_a piF mf net a * ((R net a - J_F mf net) * denergy net e (qplus mf net a))).
Proof. by move=> P; exact: (C.has_J_F apart fp sm P). Qed.

Lemma piF_gt0 a : 0 < piF mf net a.
Proof. exact: (divr_gt0 (C.boltzmann_gt0 net mf a) (C.boltzmann_sum_gt0 net mf)). Qed.

End Values.

Theorem FE1 : FE1_statement.
Proof.
move=> K sh net mf ok fp sm; have D e a := has_value fp sm e a.
split; [|split].
- move=> a i j; split; last exact: has_derivable (D (entry_W (inl i) j) a).
  rewrite (has_val (D (entry_W (inl i) j) a) : d_W _ net (inl i) j = _) /hebbian_value_W /=.
  have order (m k r x y : K) : m * k * r * x * y = m * r * (k * (x * y)) by ring.
  exact: order.
- move=> a k i; split; last exact: has_derivable (D (entry_U k i) a).
  by rewrite (has_val (D (entry_U k i) a) : d_U _ net k i = _) /hebbian_value_U /= mulrA.
move=> a i; split; last exact: has_derivable (D (entry_b i) a).
by rewrite (has_val (D (entry_b i) a) : d_b _ net i = _).
Qed.

Theorem FE2 : FE2_statement.
Proof.
move=> K sh net mf ok fp sm; have D e P := has_J_F ok fp sm (e := e) P.
split; [|split; [|split]].
- move=> a i; have p0 : 0 < piF mf (moved net (entry_b i) (b net i)) a.
    by rewrite (moved_value net (entry_b i)) piF_gt0.
  have L := has_ln (f := fun x => piF mf (moved net (entry_b i) x) a) p0
    (has_piF ok fp sm (e := entry_b i) a isT).
  split; last exact: has_derivable L.
  apply: etrans (has_val L) _.
  by rewrite (moved_value net (entry_b i)) mulrC mulKf // gt_eqF // piF_gt0.
- move=> i j; have DW := D (entry_W (inl i) j) isT; split; last exact: has_derivable DW.
  rewrite (has_val DW : d_W _ net (inl i) j = _) mulr_sumr; apply: eq_bigr => a _.
  have order (x m k r y z : K) : x * (m * k * r * y * z) = m * (x * (r * (k * (y * z)))) by ring.
  exact: order.
- move=> k i; have DU := D (entry_U k i) isT; split; last exact: has_derivable DU.
  rewrite (has_val DU : d_U _ net k i = _); apply: eq_bigr => a _.
  have order (x r c y : K) : x * (r * c * y) = x * (r * (c * y)) by ring.
  exact: order.
move=> i; have Db := D (entry_b i) isT; split; last exact: has_derivable Db.
by rewrite (has_val Db : d_b _ net i = _).
Qed.

Theorem FE3b : FE3b_statement.
Proof.
move=> K sh net mf ok fp sm i; have Db := has_J_F ok fp sm (e := entry_b i) isT.
split; last exact: has_derivable Db.
rewrite (has_val Db : d_b _ net i = _) mulr_sumr -big_split; apply: eq_bigr => a _ /=.
have split_ (x r J y : K) : x * (r * y) = x * ((r - J) * y) + J * (x * y) by ring.
exact: split_.
Qed.

Theorem FE4 : FE4_statement.
Proof.
move=> K sh net mf ok apart fp; split=> a.
  by have [E _] := chapter_07_exact_and_local.F3 ok apart fp; congr ln; exact: E.
have [E1 E2] := chapter_07_exact_and_local.F2a ok fp a.
by apply: (canLR (@opprK _)); exact: (etrans E1 E2).
Qed.

Notation Winners sh := {ffun 'I_(n_hidden_circuits sh) -> 'I_(n_hidden_size sh).+1}.

(** A mean over the hidden winners, the action given. *)
Lemma mean_clamped (K : realType) (sh : shape) (net : network K sh) mf (f : Configuration sh -> K) a :
  fixed_points mf ->
  \sum_v independent (qplus mf net a) v * f v =
  \sum_(w : Winners sh) (\prod_g qplus mf net a (inl (g, w g))) * f (w, a).
Proof.
move=> fp; rewrite sum_configurations; apply: eq_bigr => w _.
rewrite /independent /qplus /=; under eq_bigr do rewrite clamped_action // -mulrA.
by rewrite -mulr_sumr (sum_delta a (fun a' => f (w, a'))).
Qed.

Theorem FE6 : FE6_statement.
Proof.
move=> K sh net mf ok fp a; set Q := qplus mf net a.
have nQ : normalised Q by exact: clamped_normalised.
pose x (w : Winners sh) := \prod_g Q (inl (g, w g)).
pose y (w : Winners sh) := weight net (w, a) / Zaction net a.
have Q0 h : 0 < Q (inl h) by exact: clamped_hidden_gt0.
have x0 w : 0 < x w by apply: prodr_gt0.
have y0 w : 0 < y w by rewrite divr_gt0 ?weight_gt0 ?Zaction_gt0.
have sx : \sum_w x w = 1.
  rewrite -(expect_one nQ) -[RHS](eq_bigr _ (fun v _ => mulr1 _)) (mean_clamped net (fun=> 1) a fp).
  by apply: eq_bigr => w _; rewrite mulr1.
have ZE : Zaction net a = \sum_w weight net (w, a).
  rewrite /Zaction big_mkcond sum_configurations exchange_big (bigD1 a) //=.
  rewrite [X in _ + X]big1 ?addr0 => [|a' /negbTE N]; last by rewrite big1 // => w _; rewrite /action /= N.
  by apply: eq_bigr => w _; rewrite /action eqxx.
have sy : \sum_w y w = 1 by rewrite -mulr_suml -ZE divff // Zaction_neq0.
have := gibbs (P := xpredT) x0 y0 (etrans sx (esym sy)).
have lny w : ln (y w) = - energy net (w, a) - ln (Zaction net a).
  by rewrite /y ln_div ?posrE ?weight_gt0 ?Zaction_gt0 // /weight expK.
have lnx w : ln (x w) = \sum_h winner K (w, a) (inl h) * ln (Q (inl h)).
  rewrite /x ln_prod // sum_hidden; apply: eq_bigr => g _.
  by rewrite (sum_delta (w g) (fun d => ln (Q (inl (g, d))))).
have entropy : \sum_w x w * ln (x w) = \sum_h Q (inl h) * ln (Q (inl h)).
  under eq_bigr do rewrite lnx.
  rewrite -(mean_clamped net (fun v => \sum_h winner K v (inl h) * ln (Q (inl h))) a fp).
  under eq_bigr do rewrite mulr_sumr.
  rewrite exchange_big; apply: eq_bigr => h _ /=; rewrite -(expect_winner (inl h) nQ) mulr_suml.
  by apply: eq_bigr => v _; rewrite mulrA.
have mean : \sum_w x w * energy net (w, a) = mean_energy net Q.
  rewrite -(mean_clamped net (energy net) a fp).
  exact: (chapter_04_mean_field.mean_of_energy ok nQ).
rewrite (eq_bigr (fun w => x w * ln (x w) + (x w * energy net (w, a) + x w * ln (Zaction net a)))); last first.
  by move=> w _; rewrite lny; move: (ln _) (energy _ _) (ln _) => l1 l2 l3; ring.
rewrite !big_split /= entropy mean -mulr_suml sx mul1r.
by rewrite addrA [X in X + _]addrC -ler_subl_addl sub0r.
Qed.
