(** Batches whose samples are counted several times. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step existence two_actions.
From svpg.generated Require Import chapter_01_network chapter_10_published.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Lemma size_neq0 (K : realType) (sh : shape) (net : network K sh) : size net != 0.
Proof. by rewrite /size sumr_const card_ord pnatr_eq0. Qed.

(** n copies of each sample: one n cancels. *)
Lemma batch_updateE (K : realType) (sh : shape) (net : network K sh) mf obs adv (n : K) v u i :
  n != 0 -> batch_update mf net obs adv n v u i =
  (\sum_(x : Situation sh) pull mf net obs adv x v u i) / (n * size net ^+ 2).
Proof.
move=> n0; have s0 := size_neq0 net; rewrite /batch_update -mulr_suml -mulr_sumr.
move: (\sum_x _) (size net) s0 => X s s0.
by field; rewrite n0 s0.
Qed.

Lemma batch_shrinks : P5b_statement.
Proof.
move=> K sh net mf eta obs adv _ _ _ _ eta0 _ v u i.
rewrite !batch_updateE ?oner_neq0 // mul1r; split=> //.
by rewrite invfM mulrA mulrAC.
Qed.

(** Two actions, and one sample: the network is sure of neither action. *)
Lemma batch_not_duplicated : P5_statement.
Proof.
move=> K claim; have [mf fp] := fixed_points_exist K two.
pose net := biased (fun=> 0) (fun=> 0 : K); pose v : Configuration two := ([ffun=> ord0], first).
pose obs (_ : Situation two) (_ : State two) : K := 1.
have := claim two net mf obs (fun=> 1) (biased_ok _ _) (fun _ _ => ltr01) fp v v first.
rewrite !batch_updateE ?oner_neq0 ?pnatr_eq0 // big_ord1.
have D a : drawn net ord0 v v (inr a) = (first == a)%:R by rewrite /drawn if_same.
have surprise : 0 < 1 - rates mf net obs ord0 (inr first).
  by rewrite /rates (free_softmax _ _ fp) -softmax_second softmax_gt0.
have pull0 : pull mf net obs (fun=> 1) ord0 v v (inr first) != 0.
  rewrite /pull /chosen sum_two !D /= mul1r mul0r addr0 mul1r.
  by rewrite mulf_neq0 // gt_eqF.
have s0 : size net ^+ 2 != 0 by rewrite expf_neq0 // size_neq0.
move=> /(mulfI pull0) /invr_inj /(mulIf s0) /eqP.
by rewrite pnatr_eq1.
Qed.
