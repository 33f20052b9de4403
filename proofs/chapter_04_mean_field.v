(** The mean-field approximation: derivations/04-mean-field.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy last_step fixed_point
  free_energy clamped.
From svpg.generated Require Import chapter_01_network chapter_04_mean_field.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** One entry of a family *)
Section Entry.
Variables (K : realType) (sh : shape) (net : network K sh) (mu : Unit sh -> K) (i : Unit sh).

Lemma set_entry_same : set_entry mu i (mu i) = mu.
Proof. by apply: funext => l; rewrite /set_entry; case: eqP => // ->. Qed.

Lemma has_entry l : has (fun y => set_entry mu i y l) (mu i) (l == i)%:R.
Proof. by rewrite /set_entry; case: (l =P i) => [_|_]; [exact: is_derive_id | exact: has_cst]. Qed.

Lemma has_softmax_entry l : has (fun y => softmax (set_entry mu i y) l) (mu i)
  (softmax mu l * ((l == i)%:R - (circuit l == circuit i)%:R * softmax mu i)).
Proof.
have := has_softmax has_entry l; rewrite set_entry_same => D; apply: has_eq D _.
congr (_ * (_ - _)); rewrite /circuit_mean big_mkcond /=.
rewrite -(sum_deltal i (fun m => (circuit l == circuit m)%:R * softmax mu m)).
by apply: eq_bigr => m _; rewrite eq_sym; case: ifP => _; rewrite ?mul1r ?mul0r ?mulr0 // mulrC.
Qed.

Lemma has_mean_energy : has (fun y => mean_energy net (set_entry mu i y)) (mu i) (- net_input net mu i).
Proof.
pose m y := set_entry mu i y.
have DW : has (fun y => \sum_l \sum_j m y l * W net l j * m y j) (mu i)
    (\sum_l \sum_j (m (mu i) l * W net l j * (j == i)%:R + m (mu i) j * ((l == i)%:R * W net l j))).
  apply: has_sum => l _; apply: has_sum => j _; apply: has_mul (has_entry j).
  by apply: has_scaler; exact: has_entry.
have DU : has (fun y => \sum_k \sum_l s net k * U net k l * m y l) (mu i)
    (\sum_k \sum_l s net k * U net k l * (l == i)%:R).
  by apply: has_sum => k _; apply: has_sum => l _; apply: has_scale; exact: has_entry.
have Db : has (fun y => \sum_l b net l * m y l) (mu i) (\sum_l b net l * (l == i)%:R).
  by apply: has_sum => l _; apply: has_scale; exact: has_entry.
apply: has_eq (has_opp (has_add (has_add (has_scale (kappa net) DW) DU) Db)) _.
have pick (T : finType) (j : T) (F : T -> K) : \sum_l F l * (l == j)%:R = F j.
  by under eq_bigr do rewrite mulrC; rewrite sum_deltal.
rewrite /net_input pick /m set_entry_same; congr (- (kappa net * _ + _ + _)).
  under eq_bigr do rewrite big_split /= pick.
  rewrite big_split /= exchange_big /= -big_split /=; apply: eq_bigr => j _.
  rewrite (_ : \sum_l _ = mu j * W net i j) ?mulrDl; first by rewrite addrC [mu j * _]mulrC mulrC [mu j * _]mulrC.
  by rewrite -mulr_sumr; congr (_ * _); rewrite (sum_deltal i (fun l => W net l j)).
by apply: eq_bigr => k _; rewrite pick mulrC.
Qed.

Hypothesis mu0 : forall l, 0 < mu l.

Lemma has_negentropy : has (fun y => negentropy net (set_entry mu i y)) (mu i) (ln (mu i) + 1).
Proof.
have D l : has (fun y => set_entry mu i y l * ln (set_entry mu i y l)) (mu i)
    ((l == i)%:R * (ln (mu l) + 1)).
  have m0 : 0 < set_entry mu i (mu i) l by rewrite set_entry_same.
  apply: has_eq (has_mul (has_entry l) (has_ln m0 (has_entry l))) _.
  have m1 : mu l != 0 by rewrite gt_eqF.
  by rewrite set_entry_same mulrCA mulfV // mulr1 mulrDr mulr1 addrC mulrC.
by apply: has_eq (has_sum _ (fun l _ => D l)) _; rewrite (sum_deltal i (fun l => ln (mu l) + 1)).
Qed.

Lemma has_F : has (fun y => F net (set_entry mu i y)) (mu i) (ln (mu i) + 1 - net_input net mu i).
Proof. by apply: has_eq (has_add has_mean_energy has_negentropy) _; rewrite addrC. Qed.

End Entry.

Theorem M4 : M4_statement.
Proof.
move=> K sh net mf ok fp i j; have D := has_softmax_entry (z mf net) j i.
set S := \sum_(l | circuit l == circuit i) expR (z mf net l).
have S0 : S != 0 by rewrite gt_eqF // exp_sum_gt0.
have E : same net i j * ((i == j)%:R * softmax (z mf net) i - softmax (z mf net) i * softmax (z mf net) j) =
    softmax (z mf net) i * ((i == j)%:R - (circuit i == circuit j)%:R * softmax (z mf net) j).
  rewrite /same; case: (i =P j) => [->|_]; first by rewrite eqxx !mul1r mulrBr mulr1.
  by rewrite mul0r !sub0r mulrN mulrN mulrCA.
do !split.
- rewrite (has_val D : d_family _ _ j = _) -E /softmax -/S /same.
  case: (eqVneq (circuit i) (circuit j)) => [Ec|_]; last by rewrite !mul0r.
  rewrite -Ec -/S; move: ((i == j)%:R) (expR (z mf net i)) (expR (z mf net j)) => d x y.
  by field.
- rewrite /softmax -/S /same; case: (eqVneq (circuit i) (circuit j)) => [Ec|_]; last by rewrite !mul0r.
  rewrite -Ec -/S; move: ((i == j)%:R) (expR (z mf net i)) (expR (z mf net j)) => d x y.
  by field.
- by rewrite !softmax_z.
exact: has_derivable D.
Qed.

Section Odds.
Variables (K : realType) (sh : shape) (net : network K sh) (odds : Unit sh -> K).
Hypothesis odds0 : forall i, 0 < odds i.

Lemma nu_gt0 i : 0 < nu net odds i.
Proof. by rewrite divr_gt0 ?circuit_sum_gt0. Qed.

Lemma nu_normalised : normalised (nu net odds).
Proof. exact: quotient_normalised. Qed.

End Odds.

Theorem M2a : M2a_statement.
Proof.
move=> K sh net odds ok odds0 i; have nu0 := nu_gt0 net odds0.
have DE := has_mean_energy net (nu net odds) i; have DN := has_negentropy net i nu0.
have DF := has_F net i nu0.
have dE : d_family (fun nu' => mean_energy net nu') (nu net odds) i = - field net (nu net odds) i.
  exact: has_val DE.
have dN : d_family (fun nu' => negentropy net nu') (nu net odds) i = ln (nu net odds i) + 1.
  exact: has_val DN.
have dF : d_family (fun nu' => F net nu') (nu net odds) i = slope net odds i by exact: has_val DF.
rewrite dE dN dF; do !split; rewrite ?[- _ + _]addrC //.
- exact: has_derivable DF.
- exact: has_derivable DE.
exact: has_derivable DN.
Qed.

Theorem M2 : M2_statement.
Proof.
move=> K sh net mf odds ok odds0 fp; have nu0 := nu_gt0 net odds0; split.
- move=> i; have E j : expR (field net (nu net odds) j + slope net odds j - 1) = nu net odds j.
    have cancel (x y : K) : x + (y + 1 - x) - 1 = y by ring.
    by rewrite /slope cancel lnK // posrE.
  have E1 j : expR (field net (nu net odds) j + slope net odds j) = expR 1 * nu net odds j.
    by rewrite -(E j) -expRD [1 + _]addrC subrK.
  have one : \sum_(j | circuit j == circuit i) nu net odds j = 1 by exact: nu_normalised.
  do !split; rewrite ?E //.
  + by under eq_bigr do rewrite E; rewrite one divr1.
  + under eq_bigr do rewrite E; under [in RHS]eq_bigr do rewrite E1.
    by rewrite E1 -mulr_sumr one divr1 mulr1 mulrC mulKf // gt_eqF // expR_gt0.
  have E2 : expR (field net (nu net odds) i) =
      expR 1 * nu net odds i * expR (- slope net odds i) by rewrite -E1 -expRD addrK.
  have E3 : \sum_(j | circuit j == circuit i)
      expR (field net (nu net odds) j + slope net odds j - slope net odds i) =
      expR 1 * expR (- slope net odds i).
    under eq_bigr do rewrite expRD E1.
    by rewrite -mulr_suml -mulr_sumr one mulr1.
  rewrite E2 E3 E1; under eq_bigr do rewrite E1.
  rewrite -mulr_sumr one mulr1.
  have e0 : expR 1 != 0 :> K by rewrite gt_eqF // expR_gt0.
  have f0 : expR (- slope net odds i) != 0 by rewrite gt_eqF // expR_gt0.
  by rewrite -mulrA invfM !mulrA [expR 1 * _ * _ / _]mulrAC [X in _ = X]mulrAC mulfK // mulrAC.
move=> i j /andP [/eqP Ec _].
have q0 l : 0 < q mf net l by exact: q_gt0.
have dF l : d_family (fun meeting' => F net meeting') (meeting mf net) l = ln (q mf net l) + 1 - z mf net l.
  exact: has_val (has_F net l q0).
have levelE l : ln (q mf net l) + 1 - z mf net l = 1 - ln (\sum_(m | circuit m == circuit l) expR (z mf net m)).
  rewrite -softmax_z // ln_softmax.
  have cancel (x y : K) : x - y + 1 - x = 1 - y by ring.
  exact: cancel.
have level_i := levelE i; have level_j := levelE j; rewrite Ec in level_j.
do !split.
- exact: dF.
- exact: level_i.
- by rewrite (dF j) level_j.
- exact: has_derivable (has_F net i q0).
exact: has_derivable (has_F net j q0).
Qed.
