(** The published updates: derivations/10-published.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step existence two_actions.
From svpg Require Import batches clipping.
From svpg.generated Require Import chapter_01_network chapter_10_published.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section LastStep.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Implicit Types (v : Configuration sh) (a : Action sh) (i j : Unit sh) (k : Action sh -> K).

Let nq := q_normalised net fp.
Let mean (f : Configuration sh -> K) := \sum_v independent (q mf net) v * f v.

Lemma d_logstep_b v i : d_b (fun m => logstep mf m net v) net i = e mf net v i.
Proof. exact: has_val (has_logstep net fp (entry_b i) v). Qed.

Lemma d_logstep_W v i j : d_W (fun m => logstep mf m net v) net i j =
  kappa net * (e mf net v i * q mf net j + e mf net v j * q mf net i).
Proof. exact: has_val (has_logstep net fp (entry_W i j) v). Qed.

Lemma derivable_logstep_b v i : derivable_b (fun m => logstep mf m net v) net i.
Proof. exact: has_derivable (has_logstep net fp (entry_b i) v). Qed.

Lemma derivable_logstep_W v i j : derivable_W (fun m => logstep mf m net v) net i j.
Proof. exact: has_derivable (has_logstep net fp (entry_W i j) v). Qed.

Lemma d_J_b i : d_b (fun m => J_laststep mf m net) net i = signal (q mf net) (R net) i.
Proof. exact: has_val (has_J_laststep net fp (entry_b i)). Qed.

Lemma d_J_U l i : d_U (fun m => J_laststep mf m net) net l i = s net l * signal (q mf net) (R net) i.
Proof. exact: has_val (has_J_laststep net fp (entry_U l i)). Qed.

Lemma derivable_J_b i : derivable_b (fun m => J_laststep mf m net) net i.
Proof. exact: has_derivable (has_J_laststep net fp (entry_b i)). Qed.

Lemma derivable_J_U l i : derivable_U (fun m => J_laststep mf m net) net l i.
Proof. exact: has_derivable (has_J_laststep net fp (entry_U l i)). Qed.

(** Means of the update of 2022. *)
Lemma mean_bmvc_b k i : mean (fun v => svpg_bmvc_b net v (k (action v)) i) =
  signal (q mf net) k i + (\sum_a q mf net (inr a) * k a) * q mf net i.
Proof. by rewrite signalE // subrK. Qed.

(** Means of a rule with a gain that depends on the action. *)
Lemma mean_tpami_b k i : mean (fun v => svpg_tpami_b mf net v (k (action v)) i) = signal (q mf net) k i.
Proof. by []. Qed.

Lemma mean_tpami_U k l i :
  mean (fun v => svpg_tpami_U mf net v (k (action v)) l i) = s net l * signal (q mf net) k i.
Proof.
rewrite mulr_sumr; apply: eq_bigr => v _; rewrite /svpg_tpami_U /e.
have swap (x y c w : K) : x * (y * c * w) = c * (x * (y * w)) by ring.
exact: swap.
Qed.

Lemma mean_tpami_W k i j : mean (fun v => svpg_tpami_W mf net v (k (action v)) i j) =
  mask net i j * (q mf net j * signal (q mf net) k i + q mf net i * signal (q mf net) k j).
Proof.
rewrite /signal mulrDr !mulr_sumr -big_split; apply: eq_bigr => v _; rewrite /svpg_tpami_W /=.
have swap (x m y p w p' w' : K) : x * (m * y * (p * w + p' * w')) =
    m * (p * (x * (y * w))) + m * (p' * (x * (y * w'))) by ring.
exact: swap.
Qed.

End LastStep.

Theorem P1b : P1b_statement.
Proof.
move=> K sh net mf ok fp; split=> [v i|i].
  rewrite d_logstep_b //; split; last exact: derivable_logstep_b.
  by rewrite -mulrDr subrK.
have S := mean_bmvc_b net fp (R net) i.
do !split; last exact: derivable_J_b.
- rewrite S; congr (_ + _ * _); exact/esym/(expect_action (R net) (q_normalised net fp)).
by rewrite d_J_b // (expect_action (R net) (q_normalised net fp)).
Qed.

Theorem P1c : P1c_statement.
Proof.
move=> K sh net mf ok fp; have nq := q_normalised net fp; split; [|split].
- move=> i; split; last exact: derivable_J_b.
  rewrite (mean_bmvc_b net fp (fun a => R net a - J_meanfield mf net)) d_J_b //.
  have -> : \sum_a q mf net (inr a) * (R net a - J_meanfield mf net) = 0.
    under eq_bigr do rewrite mulrBr.
    by rewrite sumrB -mulr_suml normalised_action // mul1r subrr.
  rewrite mul0r addr0 /signal; apply/eqP; rewrite -subr_eq0 -sumrB; apply/eqP.
  rewrite (eq_bigr (fun v => - J_meanfield mf net *
      (independent (q mf net) v * (winner K v i - q mf net i)))).
    by rewrite -mulr_sumr surprise_mean // mulr0.
  move=> v _; have drop (x y c w : K) : x * ((y - c) * w) - x * (y * w) = - c * (x * w) by ring.
  exact: drop.
- move=> k i; split; last exact: derivable_J_U.
  by rewrite d_J_U // -(mean_tpami_U net mf (R net)).
move=> v i j; split; last exact: derivable_logstep_W.
rewrite d_logstep_W // /svpg_bmvc_W /e; ring.
Qed.

Theorem P2c : P2c_statement.
Proof.
move=> K sh net mf B ok B0 fp; have b0 : B != 0 by rewrite gt_eqF.
split=> [v i|v i j].
  split; last exact: derivable_logstep_b.
  rewrite d_logstep_b // /svpg_tpami_b /reinforce /e.
  by field.
split; last exact: derivable_logstep_W.
rewrite d_logstep_W // /svpg_tpami_W /reinforce /e.
by field.
Qed.

Theorem P2b : P2b_statement.
Proof.
move=> K sh net mf B ok B0 fp; have b0 : B != 0 by rewrite gt_eqF.
have nq := q_normalised net fp.
pose gain a := R net a * (1 - q mf net (inr a)).
have reinforceE a : reinforce mf net B a (R net a) = B^-1 * gain a by rewrite mulrC.
have D en : has (fun x => concave mf (moved net en x) net) (value net en)
    (along net en (q mf net) (signal (q mf net) gain)).
  apply: (@has_ext _ (fun x => \sum_a R net a * (qnext mf (moved net en x) net (inr a) -
      qnext mf (moved net en x) net (inr a) ^+ 2 / 2%:R))) => [x|].
    by rewrite /concave moved_R.
  apply: (has_of_qnext (f := fun a y => R net a * (y - y ^+ 2 / 2%:R)) fp) => a.
  pose x := q mf net (inr a); have I : has (fun y : K => y) x 1 := is_derive_id x 1.
  have Dx := has_scale (R net a) (has_sub I (has_scaler (2%:R^-1) (has_mul I I))).
  apply: has_ext (has_eq Dx _) => [y|]; first by rewrite expr2.
  have E (r y : K) : r * (1 - (y * 1 + y * 1) / 2%:R) = r * (1 - y) by field.
  exact: E.
have swap : forall i, signal (q mf net) (fun a => reinforce mf net B a (R net a)) i * B =
    signal (q mf net) gain i.
  move=> i; rewrite (_ : (fun a => reinforce mf net B a (R net a)) = fun a => B^-1 * gain a).
    by rewrite signal_scale mulrC mulrA mulfV // mul1r.
  exact/funext/reinforceE.
have alongE en : along net en (q mf net) (signal (q mf net) gain) =
    'D_1 (fun x => concave mf (moved net en x) net) (value net en) by exact/esym/(has_val (D en)).
split; [|split; [|split]].
- move=> i; do !split.
  + rewrite (mean_tpami_b net mf (fun a => reinforce mf net B a (R net a))) swap signal_sum //.
    by apply: eq_bigr => a _; rewrite mulrA.
  + apply: eq_bigr => a _; rewrite d_qnext_b // qnextE //.
    have order (x r y w : K) : x * r * y * w = r * y * (x * w) by ring.
    exact: order.
  + rewrite -[RHS](alongE (entry_b (inr i))) /= signal_sum //; apply: eq_bigr => a _.
    rewrite d_qnext_b // qnextE // /gain.
    have order (x r y w : K) : r * y * (x * w) = x * (r * y) * w by ring.
    exact: order.
  + move=> a; exact: derivable_qnext_b.
  exact: has_derivable (D (entry_b (inr i))).
- move=> k i; split; last exact: has_derivable (D (entry_U k i)).
  rewrite (mean_tpami_U net mf (fun a => reinforce mf net B a (R net a))) -mulrA swap.
  exact: alongE (entry_U k i).
- move=> i j; split; last exact: has_derivable (D (entry_W (inl i) j)).
  rewrite (mean_tpami_W net mf (fun a => reinforce mf net B a (R net a))).
  have dW : d_W (fun m => concave mf m net) net (inl i) j = kappa net *
      (signal (q mf net) gain (inl i) * q mf net j + signal (q mf net) gain j * q mf net (inl i)).
    exact/esym/(alongE (entry_W (inl i) j)).
  rewrite dW -!swap.
  have order (c m p x p' x' : K) : c * (m * (p * x + p' * x')) * B =
      m * (c * (x * B * p + x' * B * p')) by ring.
  exact: order.
by move=> v i j; rewrite /svpg_tpami_W /mask (connected_sym ok); ring.
Qed.

Theorem P2e : P2e_statement.
Proof.
move=> K sh net mf B ok B0 fp i; have b0 : B != 0 by rewrite gt_eqF.
have nq := q_normalised net fp.
pose gain a := 1 - q mf net (inr a).
have E f : (\sum_v independent (q mf net) v * svpg_tpami_b mf net v
      (reinforce mf net B (action v) (f (action v))) (inr i)) * B =
    signal (q mf net) (fun a => f a * gain a) (inr i).
  rewrite mulr_suml; apply: eq_bigr => v _; rewrite /svpg_tpami_b /reinforce /gain.
  by field.
rewrite (E (R net)) (E (fun a => R net a - A net)) !signal_sum // -sumrB; split.
  rewrite mulr_sumr; apply: eq_bigr => a _; rewrite /gain.
  have collect (x r c y w : K) : x * (r * y) * w - x * ((r - c) * y) * w = c * (x * y * w) by ring.
  exact: collect.
rewrite -mulrA; congr (_ * _).
have -> : \sum_a q mf net (inr a) * (1 - q mf net (inr a)) * ((a == i)%:R - q mf net (inr i)) =
    signal (q mf net) gain (inr i) by rewrite signal_sum.
rewrite signal_action //; congr (_ * _); rewrite /gain.
under eq_bigr do rewrite mulrBr mulr1 -expr2.
rewrite sumrB normalised_action //.
have cancel (x y : K) : 1 - x - (1 - y) = y - x by ring.
exact: cancel.
Qed.

Theorem P3c : P3c_statement.
Proof.
move=> K sh net mf ok fp i.
pose H := entropy mf net.
pose f (a : Action sh) (y : K) := y ^+ 2 * (1 / 4%:R - (ln y + H) / 2%:R).
have Df a : has (f a) (q mf net (inr a)) (bonus mf net a).
  pose x := q mf net (inr a); have x0 : 0 < x := q_gt0 net fp (inr a).
  have I : has (fun y : K => y) x 1 := is_derive_id x 1.
  have L := has_ln x0 I.
  have D := has_mul (has_mul I I) (has_sub (has_cst (1 / 4%:R) x) (has_scaler (2%:R^-1)
    (has_add L (has_cst H x)))).
  apply: has_ext (has_eq D _) => [y|]; first by rewrite /f expr2.
  have E (y l h : K) : y != 0 -> y * y * (0 - (1 / y + 0) / 2%:R) +
      (1 / 4%:R - (l + h) / 2%:R) * (y * 1 + y * 1) = y * (- l - h).
    by move=> y0; field.
  by apply: E; rewrite gt_eqF.
have D := has_of_qnext fp (entry_b (inr i)) Df.
split; last exact: has_derivable D.
by rewrite (mean_tpami_b net mf (bonus mf net)); exact/esym/(has_val D).
Qed.

(** ** Clipping *)
Theorem P4 : P4_statement.
Proof.
move=> K sh net mf B breadth ok B0 breadth0 fp a.
have e0 : 0 <= epsilon net breadth by rewrite ltW // epsilon_gt0.
have one : ratio mf net a (ln (q mf net (inr a))) = 1 by rewrite /ratio subrr expR0.
rewrite /ppo one clip_inside ?ler_subl_addr ?ler_addl // lexx; split=> //.
by rewrite mulr1.
Qed.

Theorem P4b : P4b_statement.
Proof.
move=> K sh net mf B breadth ok B0 breadth0 _ fp.
have e0 := epsilon_gt0 net breadth0; have e1 := epsilon_lt1 net breadth0.
set eps := epsilon net breadth in e0 e1.
have high : 0 < 1 + 2%:R * eps by rewrite one_more ?ltW.
have low : 0 < (1 - eps) / 2%:R by rewrite divr_gt0 ?subr_gt0 ?ltr0n.
have above_ratio a : ratio mf net a (above mf net breadth a) = 1 + 2%:R * eps by rewrite ratio_of.
have below_ratio a : ratio mf net a (below mf net breadth a) = (1 - eps) / 2%:R by rewrite ratio_of.
have half (x : K) : x / 2%:R + x / 2%:R = x by field.
have clip_high : Num.min (Num.max (1 + 2%:R * eps) (1 - eps)) (1 + eps) = 1 + eps.
  by rewrite clip_above // ler_add2l mulr_natl mulr2n ler_addl ltW.
have clip_low : Num.min (Num.max ((1 - eps) / 2%:R) (1 - eps)) (1 + eps) = 1 - eps.
  by rewrite clip_below // -{2}(half (1 - eps)) ler_addl ltW.
have up : 1 + eps < 1 + 2%:R * eps by rewrite ltr_add2l mulr_natl mulr2n ltr_addl.
have down : (1 - eps) / 2%:R < 1 - eps by rewrite -{2}(half (1 - eps)) ltr_addl.
have square (x : K) : x = 0 \/ 0 < x ^+ 2.
  have [->|N] := eqVneq x 0; [by left | by right; rewrite exprn_even_gt0].
split; [|split; [|split]] => a; rewrite /ppo ?above_ratio ?below_ratio -/eps ?clip_high ?clip_low.
- have [->|A0] := square (A net); first by rewrite expr0n /= !mul0r if_same.
  by rewrite (ler_pmul2r A0) leNgt up.
- have [->|A0] := square (A net); first by rewrite expr0n /= oppr0 !mul0r if_same.
  by rewrite !mulrN ler_opp2 (ler_pmul2r A0) leNgt down.
- rewrite !mulrN ler_opp2 ler_wpmul2r ?sqr_ge0 ?ltW //.
  by rewrite !mulNr.
by rewrite ler_wpmul2r ?sqr_ge0 ?ltW.
Qed.

(** ** The entropy bonus *)
Theorem P3b : P3b_statement.
Proof.
move=> K sh net mf B eta ok B0 eta0 fp; have b0 : B != 0 by rewrite gt_eqF.
have nq := q_normalised net fp.
have free_constant c (i : Action sh) : \sum_a (- ln (q mf net (inr a)) - c) *
      d_b (fun m => qnext mf m net (inr a)) net (inr i) =
    \sum_a q mf net (inr a) * - ln (q mf net (inr a)) * ((a == i)%:R - q mf net (inr i)).
  have zero : \sum_a q mf net (inr a) * ((a == i)%:R - q mf net (inr i)) = 0.
    under eq_bigr do rewrite mulrBr.
    rewrite sumrB -mulr_suml normalised_action // mul1r.
    by under eq_bigr do rewrite mulrC; rewrite (sum_deltal i (fun a => q mf net (inr a))) subrr.
  transitivity (\sum_a (q mf net (inr a) * - ln (q mf net (inr a)) * ((a == i)%:R - q mf net (inr i)) -
      c * (q mf net (inr a) * ((a == i)%:R - q mf net (inr i))))).
    apply: eq_bigr => a _; rewrite d_qnext_b //.
    have regroup (x l d : K) : (l - c) * (x * d) = x * l * d - c * (x * d) by ring.
    exact: regroup.
  by rewrite sumrB -mulr_sumr zero mulr0 subr0.
have D i := has_opp (has_of_qnext (f := fun a y => y * ln y) fp (entry_b (inr i)) (fun a =>
  has_mul (is_derive_id (q mf net (inr a)) (1 : K))
    (has_ln (q_gt0 net fp (inr a)) (is_derive_id (q mf net (inr a)) (1 : K))))).
have dE (i : Action sh) : d_b (fun m => entropy_laststep mf m net) net (inr i) =
    \sum_a (- ln (q mf net (inr a)) - 1) * d_b (fun m => qnext mf m net (inr a)) net (inr i).
  apply: etrans (has_val (D i)) _; rewrite /= signal_sum //.
  apply: (canLR (@opprK _)); rewrite -sumrN; apply: eq_bigr => a _.
  rewrite d_qnext_b // mulr1 mul1r mulfV ?q_neq0 //.
  have regroup (x l d : K) : x * (1 + l) * d = - ((- l - 1) * (x * d)) by ring.
  exact: regroup.
split=> i; do !split.
- rewrite (mean_tpami_b net mf (fun a => eta * bonus mf net a / B)) signal_sum // mulr_sumr.
  apply: eq_bigr => a _; rewrite /bonus.
  have cancel (x l d : K) : B / eta * (x * (eta * (x * l) / B) * d) = x * x * l * d by field; rewrite b0.
  exact: cancel.
- apply: eq_bigr => a _; rewrite d_qnext_b //.
  have regroup (x l d : K) : x * x * l * d = x * l * (x * d) by ring.
  exact: regroup.
- by move=> a; exact: derivable_qnext_b.
- exact: dE.
- by rewrite !free_constant.
- rewrite free_constant (mean_tpami_b net mf (fun a => - ln (q mf net (inr a)) - entropy mf net)).
  rewrite signal_sum // -(free_constant (entropy mf net)); apply: eq_bigr => a _; rewrite d_qnext_b //.
  have regroup (x l d : K) : l * (x * d) = x * l * d by ring.
  exact: regroup.
- exact: has_derivable (D i).
by move=> a; exact: derivable_qnext_b.
Qed.

(** ** Counterexamples: two actions, no weights *)
Theorem P1 : P1_statement.
Proof.
move=> K claim; have [mf fp] := fixed_points_exist K two.
pose net := biased (fun=> 0) (fun=> 1 : K).
have := claim two net mf (biased_ok _ _) fp (inr first) (@derivable_J_b _ _ net _ fp _).
rewrite d_J_b // (mean_bmvc_b net fp (R net)) => /eqP.
have -> : \sum_a q mf net (inr a) * R net a = 1.
  rewrite -(normalised_action (q_normalised net fp)); apply: eq_bigr => a _; exact: mulr1.
by rewrite -subr_eq0 addrAC subrr add0r mul1r gt_eqF // q_gt0.
Qed.

Theorem P2 : P2_statement.
Proof.
move=> K claim; have [mf fp] := fixed_points_exist K two.
pose net := biased (fun=> 0) (fun a => (a == first)%:R : K).
have nq := q_normalised net fp.
have := claim two net mf 1 (biased_ok _ _) ltr01 fp (inr first) (@derivable_J_b _ _ net _ fp _).
rewrite d_J_b // (mean_tpami_b net mf (fun a => reinforce mf net 1 a (R net a))).
rewrite !signal_action // !sum_two /reinforce /= !divr1.
have q0 := q_gt0 net fp (inr first); have q1 := q_gt0 net fp (inr second).
have := normalised_action nq; rewrite sum_two; move: q0 q1.
move: (q mf net (inr first)) (q mf net (inr second)) => x y x0 y0 one.
have -> : y = 1 - x by rewrite -one addrC addKr.
have E : x * (1 * (1 - x) - (x * (1 * (1 - x)) + (1 - x) * (0 * (1 - (1 - x))))) -
    x * (1 - (x * 1 + (1 - x) * 0)) = - (x * x * (1 - x)) by ring.
move=> /eqP; rewrite -subr_eq0 E oppr_eq0 !mulf_eq0 (gt_eqF x0) /= => /eqP y_zero.
by move: y0; rewrite (_ : y = 0) ?ltxx // -y_zero -one addrC addKr.
Qed.

Theorem P2d : P2d_statement.
Proof.
move=> K claim; have [mf fp] := fixed_points_exist K two.
pose net := unequal K.
have nq := q_normalised net fp.
have := claim two net mf 1 (biased_ok _ _) ltr01 fp (inr first).
rewrite (mean_tpami_b net mf (fun a => reinforce mf net 1 a (R net a - A net))).
rewrite (mean_tpami_b net mf (fun a => reinforce mf net 1 a (R net a))).
rewrite !signal_action // !sum_two /reinforce /= !divr1.
have q0 := q_gt0 net fp (inr first); have q1 := q_gt0 net fp (inr second).
have differ := unequal_differ fp.
have := normalised_action nq; rewrite sum_two; move: q0 q1 differ.
move: (q mf net (inr first)) (q mf net (inr second)) => x y x0 y0 differ one.
have yE : y = 1 - x by rewrite -one addrC addKr.
have E : x * ((0 - 1) * (1 - x) - (x * ((0 - 1) * (1 - x)) + y * ((0 - 1) * (1 - y)))) -
    x * (0 * (1 - x) - (x * (0 * (1 - x)) + y * (0 * (1 - y)))) = x * y * (x - y).
  by rewrite yE; ring.
move=> /eqP; rewrite -subr_eq0 E !mulf_eq0 (gt_eqF x0) (gt_eqF y0) /= subr_eq0.
by rewrite (negbTE differ).
Qed.

(** At unequal probabilities x and y, the two differ by a factor of 2 * x * y < 1. *)
Theorem P3 : P3_statement.
Proof.
move=> K claim; have [mf fp] := fixed_points_exist K two; pose net := unequal K.
have ok : network_ok net := biased_ok _ _; have nq := q_normalised net fp.
have [bonusE dE] := P3b ok ltr01 (oner_neq0 K) fp.
have [d1 [d2 [_ [ex _]]]] := dE first; have [b1 _] := bonusE first.
have := claim two net mf 1 1 ok ltr01 fp first ex; move: b1.
rewrite d1 d2 divr1 !mul1r => -> /eqP.
rewrite /entropy !sum_two !d_qnext_b // -[second == first]/false -[first == first]/true.
have q0 := q_gt0 net fp (inr first); have q1 := q_gt0 net fp (inr second).
have := normalised_action nq; rewrite sum_two; move: (unequal_differ fp) q0 q1; rewrite -/net.
move: (q mf net (inr first)) (q mf net (inr second)) => x y differ x0 y0 one.
have lnD : ln x - ln y != 0 by rewrite subr_eq0 (inj_in_eq (@ln_inj K)) ?posrE.
move: (ln x) (ln y) lnD => l m lm.
have yE : y = 1 - x by rewrite -one addrC addKr.
rewrite -subr_eq0 (_ : _ - _ = x * y * (l - m) * (x * x + y * y)); last by rewrite yE /=; ring.
by rewrite !mulf_eq0 (negbTE lm) (gt_eqF x0) (gt_eqF y0) (gt_eqF (addr_gt0 _ _)) ?mulr_gt0.
Qed.

Theorem P5 : P5_statement.
Proof. exact: batch_not_duplicated. Qed.

Theorem P5b : P5b_statement.
Proof. exact: batch_shrinks. Qed.
