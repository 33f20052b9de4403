(** Which synapses get credit: derivations/09-credit.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point adjoint.
From svpg Require Import existence two_hidden_circuits forward_passes.
From svpg.generated Require Import chapter_01_network chapter_09_credit.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section Expectations.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.

Let nq : normalised (q mf net) := free_normalised net fp.

Lemma reward_mean : \sum_v independent (q mf net) v * R net (action v) = J_meanfield mf net.
Proof. exact: (expect_action (R net)). Qed.

Lemma covarianceE i :
  covariance mf net i = \sum_v independent (q mf net) v * (R net (action v) * e mf net v i).
Proof.
rewrite /covariance /e -reward_mean mulr_suml -sumrB; apply: eq_bigr => v _; ring.
Qed.

Lemma covariance_hidden h : covariance mf net (inl h) = 0.
Proof.
by rewrite /covariance (expect_hidden_action _ (R net)) // mulrC subrr.
Qed.

Lemma covariance_action a :
  covariance mf net (inr a) = q mf net (inr a) * (R net a - J_meanfield mf net).
Proof. by rewrite covarianceE -(signal_action (R net) nq). Qed.

Lemma mean_W i j :
  \sum_v independent (q mf net) v * svpg_W mf net v (R net (action v)) i j =
  mask net i j * kappa net * (q mf net j * covariance mf net i + q mf net i * covariance mf net j).
Proof.
rewrite !covarianceE /svpg_W /e mulrDr !mulr_sumr -big_split; apply: eq_bigr => v _ /=; ring.
Qed.

Lemma mean_U k i :
  \sum_v independent (q mf net) v * svpg_U mf net v (R net (action v)) k i =
  s net k * covariance mf net i.
Proof. rewrite covarianceE /svpg_U /e mulr_sumr; apply: eq_bigr => v _ /=; ring. Qed.

Lemma mean_b i :
  \sum_v independent (q mf net) v * svpg_b mf net v (R net (action v)) i = covariance mf net i.
Proof. by rewrite covarianceE. Qed.

End Expectations.

Theorem L4a : L4a_statement.
Proof.
move=> K sh net mf ok fp; split; first exact: covarianceE.
split; first by move=> i j; exact: mean_W.
split; last by split=> [k i|i]; [exact: mean_U | exact: mean_b].
move=> i j; rewrite !mean_W // /mask (connected_sym ok); ring.
Qed.

Theorem L4 : L4_statement.
Proof.
move=> K sh net mf ok fp; split.
  by move=> i; rewrite -covarianceE // covariance_hidden // surprise_mean ?mulr0 //; exact: free_normalised.
split; first by move=> i j; rewrite mean_W // !covariance_hidden // !mulr0 addr0 mulr0.
split; first by move=> k i; rewrite mean_U // covariance_hidden // mulr0.
split; first by move=> i; rewrite mean_b // covariance_hidden.
move=> i j; transitivity (q mf net (inr j) * covariance mf net (inl i)).
  by rewrite covarianceE // mulr_sumr; apply: eq_bigr => v _; ring.
by rewrite covariance_hidden // mulr0.
Qed.

(** ** What the rule leaves out *)
Section Adjoint.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Hypothesis sm : smooth mf net free_state.
Implicit Types (e : entry sh) (i : Unit sh) (h : Hidden sh).

Let nq : normalised (q mf net) := free_normalised net fp.

Lemma reward_rewarded : reward net = rewarded net.
Proof.
apply: funext => -[h|a]; rewrite /reward /=; first by apply: big1 => a _; rewrite mul0r.
exact: (sum_deltal a (R net)).
Qed.

Lemma systemE (w V : Unit sh -> K) l :
  \sum_(m | circuit m == circuit l) jacobian mf net l m * (w m + \sum_j coupling net m j * V j) =
  jac (q mf net) (fun m => w m + couple net V m) l.
Proof. exact: system_jac. Qed.

Lemma arrivingE l : arriving mf net l = jac (q mf net) (couple net (delta mf net)) l.
Proof.
rewrite -jacobian_sum; apply: eq_bigr => m _; congr (_ * _).
by rewrite /couple mulr_sumr; apply: eq_bigr => j _; rewrite mulrA.
Qed.

(** What reaches a unit from the reward itself is its covariance with the reward. *)
Lemma jac_rewarded i : jac (q mf net) (rewarded net) i = covariance mf net i.
Proof.
rewrite covarianceE // -/(signal (q mf net) (R net) i).
case: i => [h|a]; rewrite ?signal_hidden ?signal_action // /jac /circuit_mean.
  by rewrite sum_circuit_hidden /= big1 ?subr0 ?mulr0 // => d _; rewrite mulr0.
by rewrite sum_circuit_action.
Qed.

Hypothesis regular : one_solution (fun (V : Unit sh -> K) (i : Unit sh) =>
  \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m *
    (reward net m + \sum_(j : Unit sh) coupling net m j * V j)).

Lemma deltaE l : delta mf net l =
  jac (q mf net) (fun m => rewarded net m + couple net (delta mf net) m) l.
Proof. by rewrite -reward_rewarded -systemE; exact: (solution_solves regular). Qed.

Lemma delta_split l : delta mf net l = covariance mf net l + arriving mf net l.
Proof. by rewrite deltaE jac_add jac_rewarded arrivingE. Qed.

Lemma delta_hidden h : delta mf net (inl h) = arriving mf net (inl h).
Proof. by rewrite delta_split covariance_hidden // add0r. Qed.

Lemma d_J e : 'D_1 (fun x : K => J_meanfield mf (moved net e x)) (value net e) =
  along net e (q mf net) (delta mf net).
Proof. by rewrite (has_val (has_J_meanfield sm e)) (J_adjoint fp sm e deltaE). Qed.

Lemma derivable_J e : derivable (fun x : K => J_meanfield mf (moved net e x)) (value net e) 1.
Proof. exact: has_derivable (has_J_meanfield sm e). Qed.

End Adjoint.

Theorem L5b : L5b_statement.
Proof.
move=> K sh net mf ok fp sm regular; have dJ := d_J fp sm regular; have ex := derivable_J sm.
split; [|split].
- move=> i; do !split; last exact: ex (entry_b (inl i)).
  + exact: dJ (entry_b (inl i)).
  exact: delta_hidden.
- move=> k i; split; last exact: ex (entry_U k (inl i)).
  rewrite (dJ (entry_U k (inl i)) : d_U _ net k (inl i) = _) mean_U // covariance_hidden // mulr0 subr0.
  by rewrite /= delta_hidden.
move=> i j; split; last exact: ex (entry_W (inl i) (inl j)).
rewrite (dJ (entry_W (inl i) (inl j)) : d_W _ net (inl i) (inl j) = _) mean_W // !covariance_hidden //.
by rewrite /= !delta_hidden // !mulr0 addr0 mulr0 subr0 mulrA.
Qed.

Theorem L6c : L6c_statement.
Proof.
move=> K sh net mf ok fp sm regular; have dJ := d_J fp sm regular; have ex := derivable_J sm.
split=> [i|k i].
- have C := covariance_action net fp i.
  have S : \sum_(j : Action sh | circuit (inr j) == circuit (inr i))
      jacobian mf net (inr i) (inr j) * reward net (inr j) = covariance mf net (inr i).
    rewrite -jac_rewarded // -jacobian_sum sum_units [X in _ = X + _]big_pred0 ?add0r //.
    by apply: eq_bigr => j _; rewrite reward_rewarded.
  do !split; last exact: ex (entry_b (inr i)).
  + by rewrite S -delta_split //; exact: dJ (entry_b (inr i)).
  + by rewrite S C.
  by rewrite mean_b // C.
split; last exact: ex (entry_U k (inr i)).
rewrite (dJ (entry_U k (inr i)) : d_U _ net k (inr i) = _) mean_U // -mulrDr.
by rewrite /= -delta_split.
Qed.

(** ** The rule is not the gradient at hidden units *)
Theorem L5 : L5_statement.
Proof.
move=> K; have [mf fp] := fixed_points_exist K two_circuits.
have ok := coupled_ok K; have sm := coupled_smooth fp; have D := has_coupled fp.
have err : 0 < error mf (inl coupled) := error_coupled fp.
split; [|split] => claim.
- pose en := entry_W (inl isolated) (inl coupled) : entry two_circuits.
  have := claim _ _ _ ok fp sm isolated coupled (has_derivable (D en)).
  rewrite mean_W // !covariance_hidden // !mulr0 addr0 mulr0.
  rewrite (has_val (D en) : d_W _ _ (inl isolated) (inl coupled) = _) /= error_isolated.
  rewrite /mask /= mul0r add0r !mul1r => /esym /eqP; rewrite gt_eqF //.
  by rewrite mulr_gt0 //; exact: (free_gt0 (coupled_net K) (inl isolated) fp).
- pose en := entry_U only_state (inl coupled) : entry two_circuits.
  have := claim _ _ _ ok fp sm only_state coupled (has_derivable (D en)).
  rewrite mean_U // covariance_hidden // mulr0.
  rewrite (has_val (D en) : d_U _ _ only_state (inl coupled) = _) /= mul1r => /esym /eqP.
  by rewrite gt_eqF.
pose en := entry_b (inl coupled) : entry two_circuits.
have := claim _ _ _ ok fp sm coupled (has_derivable (D en)).
rewrite mean_b // covariance_hidden // (has_val (D en) : d_b _ _ (inl coupled) = _) /=.
by move=> /esym /eqP; rewrite gt_eqF.
Qed.

(** ** Nor at action units *)
Lemma covariance_rewarding (K : realType) (mf : states K two_circuits) (fp : fixed_points mf) :
  covariance mf (coupled_net K) (inr rewarding) < error mf (inr rewarding).
Proof.
rewrite covariance_action // (_ : J_meanfield _ _ = q mf (coupled_net K) (inr rewarding)).
  exact: error_action.
rewrite -[RHS](sum_deltal rewarding (fun a => q mf (coupled_net K) (inr a))).
by apply: eq_bigr => a _; rewrite mulrC.
Qed.

Theorem L6 : L6_statement.
Proof.
move=> K; have [mf fp] := fixed_points_exist K two_circuits.
have ok := coupled_ok K; have sm := coupled_smooth fp; have D := has_coupled fp.
have differ := lt_eqF (covariance_rewarding fp); split=> claim.
- pose en := entry_U only_state (inr rewarding) : entry two_circuits.
  have := claim _ _ _ ok fp sm only_state rewarding (has_derivable (D en)).
  rewrite mean_U // (has_val (D en) : d_U _ _ only_state (inr rewarding) = _) /= !mul1r.
  by move=> /eqP; rewrite differ.
pose en := entry_b (inr rewarding) : entry two_circuits.
have := claim _ _ _ ok fp sm rewarding (has_derivable (D en)).
rewrite mean_b // (has_val (D en) : d_b _ _ (inr rewarding) = _) /=.
by move=> /eqP; rewrite differ.
Qed.

(** ** No synapses between hidden and action units *)
Theorem L6b : L6b_statement.
Proof.
move=> K sh net mf ok apart fp sm; have nq := free_normalised net fp.
have action0 x a : couple net x (inr a) = 0.
  rewrite /couple big1 ?mulr0 // => -[h|a'] _.
    by have [-> ->] := apart h a; rewrite addr0 mul0r.
  have W0 a1 a2 : W net (inr a1) (inr a2) = 0.
    by rewrite (W_masked ok) /mask (connected_irr ok) mul0r.
  by rewrite !W0 addr0 mul0r.
have dqE e a : dfree net mf e (inr a) = q mf net (inr a) * (dinput net e (q mf net) (inr a) -
    circuit_mean (q mf net) (dinput net e (q mf net)) (inr a)).
  rewrite (dfreeE fp sm) /jac /circuit_mean action0 addr0 !sum_circuit_action.
  by congr (_ * (_ - _)); apply: eq_bigr => a' _; rewrite action0 addr0.
have D e : 'D_1 (fun x : K => J_meanfield mf (moved net e x)) (value net e) =
    along net e (q mf net) (covariance mf net).
  rewrite (has_val (has_J_meanfield sm e)); under eq_bigr do rewrite dqE.
  rewrite sum_qnext //; congr along; apply: funext => l; exact/esym/covarianceE.
split=> [k i|i].
  split; last exact: has_derivable (has_J_meanfield sm (entry_U k (inr i))).
  by rewrite mean_U //; exact/esym/(D (entry_U k (inr i))).
split; last exact: has_derivable (has_J_meanfield sm (entry_b (inr i))).
by rewrite mean_b //; exact/esym/(D (entry_b (inr i))).
Qed.

Theorem L7e : L7e_statement.
Proof.
move=> K sh net mf ok fp; have D e v := has_logstep net fp e v.
split; [|split].
- move=> v i j; split; last exact: has_derivable (D (entry_W (inl i) j) v).
  rewrite (has_val (D (entry_W (inl i) j) v) : d_W _ net (inl i) j = _) /svpg_tpami_W /=; ring.
- move=> v k i; split; last exact: has_derivable (D (entry_U k i) v).
  by rewrite (has_val (D (entry_U k i) v) : d_U _ net k i = _) /svpg_tpami_U /= mulrA.
move=> v i; split; last exact: has_derivable (D (entry_b i) v).
by rewrite (has_val (D (entry_b i) v) : d_b _ net i = _).
Qed.

(** ** The rule beside a forward pass in half *)
Theorem L7b : L7b_statement.
Proof.
move=> K sh net odds ok odds0; have D e v := has_log_half odds net e v.
split; [|split].
- move=> v i j; split; last exact: has_derivable (D (entry_W (inl i) j) v).
  rewrite (has_val (D (entry_W (inl i) j) v) : d_W _ net (inl i) j = _) /=.
  have collect (m a p x q y : K) : m * a * (q * x + p * y) =
      2%:R * m * a * (1 / 2%:R * (x * q + y * p)) by field.
  exact: collect.
- move=> v k i; split; last exact: has_derivable (D (entry_U k i) v).
  by rewrite (has_val (D (entry_U k i) v) : d_U _ net k i = _) /= mulrA.
move=> v i; split; last exact: has_derivable (D (entry_b i) v).
by rewrite (has_val (D (entry_b i) v) : d_b _ net i = _).
Qed.

(** The rule is twice the score in half, and the score in half is not 0. *)
Lemma half_differs (K : realType) (x y u w : K) :
  x * u + y * w < 0 -> x * u + y * w <> 1 / 2%:R * (u * x + w * y).
Proof.
rewrite [u * x]mulrC [w * y]mulrC; move: (x * u + y * w) => c c0 /eqP.
have E : c - 1 / 2%:R * c = 2%:R^-1 * c by field.
by rewrite -subr_eq0 E mulf_eq0 invr_eq0 pnatr_eq0 (lt_eqF c0).
Qed.

Lemma coupled_mask (K : realType) c : mask (coupled_net K) (inl isolated) (inl coupled) * 1 * c = c.
Proof. by rewrite /mask /= !mul1r. Qed.

Theorem L7 : L7_statement.
Proof.
move=> K claim; pose net := coupled_net K; pose odds (_ : Unit two_circuits) : K := 1.
pose en := entry_W (inl isolated) (inl coupled) : entry two_circuits.
have D := has_log_half odds net en both_lose.
have := claim _ net odds (coupled_ok K) (fun=> ltr01) both_lose isolated (inl coupled)
  (has_derivable D).
rewrite (has_val D : d_W _ net (inl isolated) (inl coupled) = _) !coupled_mask.
apply: half_differs; apply: both_lose_lt0 => i; last exact: softmax_gt0.
by apply: x0_gt0 => j; exact: ltr01.
Qed.

Theorem L7d : L7d_statement.
Proof.
move=> K claim; have [mf fp] := fixed_points_exist K two_circuits.
pose net := half (coupled_net K); have ok := half_ok (coupled_ok K).
pose en := entry_W (inl isolated) (inl coupled) : entry two_circuits.
have D := has_logstep net fp en both_lose.
have := claim _ net mf ok fp both_lose isolated (inl coupled) (has_derivable D).
rewrite (has_val D : d_W _ net (inl isolated) (inl coupled) = _) /svpg_tpami_W.
rewrite ![mask _ _ _ * _ * _]coupled_mask.
by apply: half_differs; apply: both_lose_lt0 => i; exact: (free_gt0 net i fp).
Qed.

Theorem L7c : L7c_statement.
Proof.
move=> K; pose net := coupled_net K; pose odds (_ : Unit two_circuits) : K := 1.
have odds0 i : 0 < odds i := ltr01; have ok := coupled_ok K.
have D := has_log_full odds; have differ := @full_coupled _ _ odds0 both_lose.
split; [|split] => claim.
- pose en := entry_W (inl isolated) (inl coupled) : entry two_circuits.
  have := claim _ net odds ok odds0 both_lose isolated (inl coupled) (has_derivable (D en _)).
  rewrite (has_val (D en _) : d_W _ net (inl isolated) (inl coupled) = _) !coupled_mask.
  rewrite -full_isolated // /= mul1r [X in X + _ = _]mulrC [_ * surprise _ _ _ _]mulrC.
  by move=> /addrI /(mulIf (lt0r_neq0 (x0_gt0 net _ odds0))).
- pose en := entry_U only_state (inl coupled) : entry two_circuits.
  have := claim _ net odds ok odds0 both_lose only_state (inl coupled) (has_derivable (D en _)).
  by rewrite (has_val (D en _) : d_U _ net only_state (inl coupled) = _) /= !mul1r.
pose en := entry_b (inl coupled) : entry two_circuits.
have := claim _ net odds ok odds0 both_lose (inl coupled) (has_derivable (D en _)).
by rewrite (has_val (D en _) : d_b _ net (inl coupled) = _) /= !mul1r.
Qed.
