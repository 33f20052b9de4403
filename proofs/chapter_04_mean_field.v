(** The mean-field approximation: derivations/04-mean-field.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy last_step fixed_point
  free_energy clamped gibbs.
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

Theorem M1b : M1b_statement.
Proof.
move=> K sh net odds ok odds0; have [_ [_ [-> [-> ->]]]] := M1 ok odds0.
have nu0 := nu_gt0 net odds0; have nnu := nu_normalised net odds0.
rewrite -subr_ge0 opprK subrK.
have ind0 v : 0 < independent (nu net odds) v by rewrite mulr_gt0 ?prodr_gt0.
rewrite (eq_bigr (fun v => independent (nu net odds) v *
    (ln (independent (nu net odds) v) - ln (p net v)))); last first.
  by move=> v _; rewrite ln_product // ln_independent.
apply: (gibbs (P := xpredT)) => //; last by rewrite expect_one // p_one.
by move=> v; rewrite divr_gt0 ?weight_gt0 ?Z_gt0.
Qed.

(** ** Descent *)
Section Descent.
Variables (K : realType) (sh : shape) (net : network K sh) (mu nu : Unit sh -> K).
Let d i := mu i - nu i.
Let z := net_input net nu.

Lemma fall : F net nu - F net mu =
  \sum_i (nu i * (ln (nu i) - z i) - mu i * (ln (mu i) - z i)) +
  kappa net * (\sum_i \sum_j d i * W net i j * d j).
Proof.
pose pairs (x y : Unit sh -> K) := \sum_i \sum_j x i * W net i j * y j.
have linear i : (mu i - nu i) * z i = kappa net * (\sum_j (d i * W net i j * nu j + nu j * W net j i * d i)) +
    d i * bias net i.
  rewrite /z inputE mulrDr; congr (_ + _); rewrite mulrCA; congr (_ * _).
  rewrite mulr_sumr; apply: eq_bigr => j _; rewrite /d; ring.
have sum_linear : \sum_i (mu i - nu i) * z i = kappa net * (pairs d nu + pairs nu d) + \sum_i d i * bias net i.
  under eq_bigr do rewrite linear.
  rewrite big_split -mulr_sumr /=; congr (_ * _ + _).
  under eq_bigr do rewrite big_split.
  by rewrite big_split /= [X in _ + X]exchange_big.
have split_pairs : pairs mu mu = pairs nu nu + (pairs d nu + pairs nu d) + pairs d d.
  rewrite -!big_split; apply: eq_bigr => i _; rewrite -!big_split; apply: eq_bigr => j _ /=.
  rewrite /d; ring.
have E x : F net x = - (kappa net * pairs x x + \sum_i bias net i * x i) + \sum_i x i * ln (x i).
  by rewrite /F -minus_energyE.
have -> : \sum_i (nu i * (ln (nu i) - z i) - mu i * (ln (mu i) - z i)) =
    \sum_i nu i * ln (nu i) - \sum_i mu i * ln (mu i) + \sum_i (mu i - nu i) * z i.
  by rewrite -sumrB -big_split; apply: eq_bigr => i _ /=; ring.
have bias_d : \sum_i d i * bias net i = \sum_i bias net i * mu i - \sum_i bias net i * nu i.
  by rewrite -sumrB; apply: eq_bigr => i _; rewrite /d; ring.
rewrite !E sum_linear split_pairs bias_d -/(pairs d d).
move: (pairs nu nu) (pairs d nu) (pairs nu d) (pairs d d) (\sum_i bias net i * mu i) => p1 p2 p3 p4 b1.
move: (\sum_i bias net i * nu i) (\sum_i mu i * ln (mu i)) (\sum_i nu i * ln (nu i)) => b2 e1 e2.
ring.
Qed.

End Descent.

Section Steps.
Variables (K : realType) (sh : shape) (net : network K sh) (odds : Unit sh -> K).
Hypothesis ok : network_ok net.
Hypothesis odds0 : forall i, 0 < odds i.
Let n := nu net odds.
Let z := field net n.

Lemma outside c i : circuit i != c -> updated net odds c i = n i.
Proof. by move=> /negbTE N; rewrite /updated N. Qed.

Lemma inside c i : circuit i == c -> updated net odds c i = softmax z i.
Proof. by move=> E; rewrite /updated E. Qed.

Lemma one_circuit c : F net n - F net (updated net odds c) =
  \sum_(i | circuit i == c) n i * (ln (n i) - z i) -
  \sum_(i | circuit i == c) updated net odds c i * (ln (updated net odds c i) - z i).
Proof.
rewrite fall [X in _ + kappa net * X]big1 ?mulr0 ?addr0 => [|i _]; last first.
  apply: big1 => j _.
  have [Ei|Ni] := eqVneq (circuit i) c; last by rewrite outside // subrr !mul0r.
  have [Ej|Nj] := eqVneq (circuit j) c; last by rewrite [X in _ * (X - _)]outside // subrr mulr0.
  by rewrite (W_masked ok) /mask Ei Ej (connected_irr ok) mul0r mulr0 mul0r.
rewrite (bigID (fun i => circuit i == c)) /= [X in _ + X]big1 ?addr0 => [|i N]; last first.
  by rewrite outside // subrr.
exact: sumrB.
Qed.

(** The updated circuit is the softmax of its field. *)
Lemma softmax_part c i0 : circuit i0 = c ->
  \sum_(i | circuit i == c) softmax z i * (ln (softmax z i) - z i) =
  - ln (\sum_(i | circuit i == c) expR (z i)).
Proof.
move=> E0; rewrite (eq_bigr (fun i => softmax z i * - ln (\sum_(i | circuit i == c) expR (z i)))).
  by rewrite -mulr_suml -E0 softmax_normalised mul1r.
by move=> i /eqP E; rewrite ln_softmax E addrC addKr.
Qed.

Lemma divergence_part c i0 : circuit i0 = c -> divergence net odds c =
  \sum_(i | circuit i == c) n i * (ln (n i) - z i) + ln (\sum_(i | circuit i == c) expR (z i)).
Proof.
move=> E0; rewrite -[X in _ = _ + X]mul1r -(nu_normalised net odds0 i0) E0 mulr_suml -big_split.
apply: eq_bigr => i E /=; rewrite -mulrDr; congr (_ * _).
by rewrite inside // ln_softmax (eqP E) opprB addrA addrAC.
Qed.

Lemma some_unit (c : Circuit sh) : exists i : Unit sh, circuit i = c.
Proof. by case: c => [g|]; [exists (inl (g, ord0)) | exists (inr ord0)]. Qed.

Lemma updated_part c : \sum_(i | circuit i == c) updated net odds c i * (ln (updated net odds c i) - z i) =
  - ln (\sum_(i | circuit i == c) expR (z i)).
Proof.
have [i0 E0] := some_unit c; rewrite -(softmax_part E0).
by apply: eq_bigr => i E; rewrite inside.
Qed.

End Steps.

Theorem M3 : M3_statement.
Proof.
move=> K sh net odds ok odds0 c; have [i0 E0] := some_unit c.
split; first exact: one_circuit.
by split; [rewrite updated_part opprK | rewrite (divergence_part net odds0 E0)].
Qed.

Theorem M3a : M3a_statement.
Proof.
move=> K sh net odds ok odds0 c; have [i0 E0] := some_unit c.
have [E1 [E2 E3]] := M3 ok odds0 c.
rewrite -subr_ge0 E1 E2 E3 /divergence.
have -> : \sum_(i | circuit i == c) nu net odds i * (ln (nu net odds i) - ln (updated net odds c i)) =
    \sum_(i | circuit i == c) nu net odds i * (ln (nu net odds i) - ln (softmax (field net (nu net odds)) i)).
  by apply: eq_bigr => i E; rewrite inside.
apply: gibbs; [exact: nu_gt0 | by move=> i; exact: softmax_gt0 |].
by rewrite -E0 nu_normalised // softmax_normalised.
Qed.

Theorem M3c : M3c_statement.
Proof.
move=> K sh net odds ok odds0; rewrite fall; congr (_ + _).
rewrite sumrB [X in _ - X](partition_big (@circuit sh) xpredT) //=.
rewrite [X in X - _](partition_big (@circuit sh) xpredT) //= -sumrB.
apply: eq_bigr => c _; have [i0 E0] := some_unit c.
rewrite (divergence_part net odds0 E0); congr (_ + _); apply: (canLR (@opprK _)).
exact: (softmax_part net odds E0).
Qed.
