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

(** ** The divergence *)
Section Divergence.
Variables (K : realType) (sh : shape) (net : network K sh) (mu : Unit sh -> K).
Hypothesis ok : network_ok net.
Hypothesis nmu : normalised mu.
Let mean (f : Configuration sh -> K) := \sum_v independent mu v * f v.

Lemma mean_linear (I : finType) (c : I -> K) (f : I -> Configuration sh -> K) :
  mean (fun v => \sum_i c i * f i v) = \sum_i c i * mean (f i).
Proof.
rewrite /mean; under eq_bigr do rewrite mulr_sumr.
rewrite exchange_big; apply: eq_bigr => i _; rewrite mulr_sumr; apply: eq_bigr => v _; exact: mulrCA.
Qed.

Lemma mean_add f g : mean (fun v => f v + g v) = mean f + mean g.
Proof. by rewrite -big_split; apply: eq_bigr => v _; exact: mulrDr. Qed.

(** Circuits are independent, and no circuit interacts with itself. *)
Lemma mean_pairs i j : mean (fun v => winner K v i * W net i j * winner K v j) = mu i * W net i j * mu j.
Proof.
have [E|N] := eqVneq (circuit i) (circuit j).
  have W0 : W net i j = 0 by rewrite (W_masked ok) /mask E (connected_irr ok) mul0r.
  by rewrite W0 mulr0 mul0r; apply: big1 => v _; rewrite mulr0 mul0r mulr0.
rewrite mulrAC -(expect_winner_winner nmu N) mulr_suml; apply: eq_bigr => v _.
rewrite [winner K v i * _ * _]mulrAC; exact: mulrA.
Qed.

Lemma mean_of_energy : mean (energy net) = mean_energy net mu.
Proof.
pose f v := kappa net * (\sum_i \sum_j 1 * (winner K v i * W net i j * winner K v j)) +
  \sum_k \sum_i s net k * U net k i * winner K v i + \sum_i b net i * winner K v i.
transitivity (- mean f).
  rewrite -sumrN; apply: eq_bigr => v _; rewrite -mulrN /f; congr (_ * - (_ * _ + _ + _)).
  by apply: eq_bigr => i _; apply: eq_bigr => j _; rewrite mul1r.
rewrite /f !mean_add /mean_energy; congr (- (_ + _ + _)).
- rewrite (_ : mean _ = kappa net * mean (fun v => \sum_i 1 * (\sum_j 1 * (winner K v i * W net i j * winner K v j)))).
    rewrite mean_linear; congr (_ * _); apply: eq_bigr => i _; rewrite mul1r mean_linear.
    by apply: eq_bigr => j _; rewrite mul1r mean_pairs.
  rewrite mulr_sumr; apply: eq_bigr => v _; rewrite mulrCA; congr (_ * (_ * _)).
  by apply: eq_bigr => i _; rewrite mul1r.
- rewrite (_ : mean _ = mean (fun v => \sum_k 1 * (\sum_i s net k * U net k i * winner K v i))).
    rewrite mean_linear; apply: eq_bigr => k _; rewrite mul1r mean_linear.
    by apply: eq_bigr => i _; congr (_ * _); exact: expect_winner.
  by apply: eq_bigr => v _; congr (_ * _); apply: eq_bigr => k _; rewrite mul1r.
rewrite mean_linear; apply: eq_bigr => i _; congr (_ * _); exact: expect_winner.
Qed.

End Divergence.

Lemma ln_product (K : realType) (sh : shape) (net : network K sh) odds v :
  (forall i, 0 < odds i) ->
  ln (product net odds v) = \sum_i winner K v i * ln (nu net odds i).
Proof.
move=> odds0; have nu0 := nu_gt0 net odds0.
have win i : winner K v i = 0 \/ winner K v i = 1.
  by case: i => [h|a] /=; [case: (_ == _) | case: (_ == _)]; [right | left | right | left].
have factor i : 1 - winner K v i + winner K v i * nu net odds i =
    if winner K v i == 1 then nu net odds i else 1.
  by case: (win i) => ->; rewrite ?eqxx ?subrr ?add0r ?mul1r // eq_sym oner_eq0 subr0 mul0r addr0.
rewrite /product ln_prod => [|i]; last by rewrite factor; case: ifP => // _; exact: ltr01.
apply: eq_bigr => i _; rewrite factor.
by case: (win i) => ->; rewrite ?eqxx ?mul1r // eq_sym oner_eq0 ln1 mul0r.
Qed.

Theorem M1 : M1_statement.
Proof.
move=> K sh net odds ok odds0; have nnu := nu_normalised net odds0.
have E := mean_of_energy ok nnu.
have L : \sum_v independent (nu net odds) v * ln (product net odds v) =
    \sum_v independent (nu net odds) v * (\sum_i winner K v i * ln (nu net odds i)).
  by apply: eq_bigr => v _; rewrite ln_product.
have N : \sum_v independent (nu net odds) v * (\sum_i winner K v i * ln (nu net odds i)) =
    negentropy net (nu net odds).
  rewrite (eq_bigr (fun v => independent (nu net odds) v *
    (\sum_i ln (nu net odds i) * winner K v i))); last first.
    by move=> v _; congr (_ * _); apply: eq_bigr => i _; rewrite mulrC.
  rewrite (mean_linear (nu net odds) (fun i => ln (nu net odds i)) (fun i v => winner K v i)).
  by apply: eq_bigr => i _; rewrite expect_winner // mulrC.
split; [exact: E | split; [by split; [exact: L | exact: N] | do !split]].
- by rewrite E L N.
- rewrite -big_split; apply: eq_bigr => v _ /=; rewrite -mulrDr; congr (_ * _).
  by rewrite /weight expK opprK addrC.
have one : \sum_v independent (nu net odds) v = 1 by exact: expect_one.
rewrite -[ln (Z net) in RHS]mul1r -one mulr_suml -sumrB; apply: eq_bigr => v _.
rewrite -mulrBr; congr (_ * _); rewrite /p ln_div ?posrE ?weight_gt0 ?Z_gt0 //.
by rewrite opprB addrA addrAC addrK.
Qed.

(** ** Gibbs' inequality *)
Lemma ln_independent (K : realType) (sh : shape) (mu : Unit sh -> K) (v : Configuration sh) :
  (forall i, 0 < mu i) -> ln (independent mu v) = \sum_i winner K v i * ln (mu i).
Proof.
move=> mu0; rewrite /independent lnM ?posrE ?prodr_gt0 // ln_prod //.
rewrite sum_units sum_hidden; congr (_ + _).
  by apply: eq_bigr => g _; rewrite (sum_delta (v.1 g) (fun d => ln (mu (inl (g, d))))).
exact/esym/(sum_delta v.2 (fun a => ln (mu (inr a)))).
Qed.

Lemma exp_ge (K : realType) (x : K) : 1 + x <= expR x.
Proof.
have [x0|x0] := leP 0 x; first exact: expR_ge1Dx.
have D (y : K) : y \in `]x, 0[ -> is_derive y 1 (@expR K) (expR y) by move=> _; exact: is_derive_expR.
have [c] := MVT x0 D (continuous_subspaceT (@continuous_expR K)).
rewrite in_itv /= expR0 sub0r => /andP [_ c0] E.
have split_ (y z : K) : 1 + z = y + (1 - y + z) by ring.
rewrite (split_ (expR x)) ger_addl E mulrN addrC -mulNr -{1}[x]mul1r -mulrDl.
by rewrite nmulr_lle0 // subr_ge0 -expR0 ler_expR ltW.
Qed.

Lemma ln_le (K : realType) (x : K) : 0 < x -> ln x <= x - 1.
Proof. by move=> x0; have := exp_ge (ln x); rewrite lnK ?posrE // -ler_subr_addl. Qed.

Lemma gibbs (K : realType) (T : finType) (x y : T -> K) :
  (forall t, 0 < x t) -> (forall t, 0 < y t) -> \sum_t x t = \sum_t y t ->
  0 <= \sum_t x t * (ln (x t) - ln (y t)).
Proof.
move=> x0 y0 E; rewrite -oppr_le0 -sumrN.
apply: (@le_trans _ _ (\sum_t (y t - x t))); last by rewrite sumrB E subrr.
apply: ler_sum => t _; rewrite -mulrN opprB -ln_div ?posrE //.
have -> : y t - x t = x t * (y t / x t - 1).
  by rewrite mulrBr mulr1 mulrCA mulfV ?mulr1 // gt_eqF.
by rewrite ler_pmul2l // ln_le // divr_gt0.
Qed.

Theorem M1b : M1b_statement.
Proof.
move=> K sh net odds ok odds0; have [_ [_ [-> [-> ->]]]] := M1 ok odds0.
have nu0 := nu_gt0 net odds0; have nnu := nu_normalised net odds0.
rewrite -subr_ge0 opprK subrK.
have ind0 v : 0 < independent (nu net odds) v by rewrite mulr_gt0 ?prodr_gt0.
rewrite (eq_bigr (fun v => independent (nu net odds) v *
    (ln (independent (nu net odds) v) - ln (p net v)))); last first.
  by move=> v _; rewrite ln_product // ln_independent.
apply: gibbs => //; last by rewrite expect_one // p_one.
by move=> v; rewrite divr_gt0 ?weight_gt0 ?Z_gt0.
Qed.
