(** A decision process with the exact policy: derivations/03-decision-process.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy linear_systems.
From svpg.generated Require Import chapter_01_network chapter_03_decision_process.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** The policy in a situation is that of the network with its observation *)
Section Policy.
Variables (K : realType) (sh : shape) (obs : Situation sh -> State sh -> K).
Implicit Types (net : network K sh) (x : Situation sh) (a : Action sh) (v : Configuration sh).
Implicit Types (e : entry sh) (f : Configuration sh -> K).

Definition observing net x := at_states net (obs x).

Lemma weightatE net x v : weightat net obs x v = weight (observing net x) v.
Proof. by rewrite /weightat /weight /energy opprK. Qed.

Lemma policyE net x a : policy net obs x a = pi (observing net x) a.
Proof.
rewrite /policy piE /Zaction /Z; congr (_ / _); last by apply: eq_bigr => v _; exact: weightatE.
by apply: eq_bigr => v _; exact: weightatE.
Qed.

Lemma mean_given_weightat net x a f :
  (\sum_(v | action v == a) f v * weightat net obs x v) / (\sum_(v | action v == a) weightat net obs x v) =
  mean_given (observing net x) a f.
Proof.
by rewrite mean_givenE /Zaction; congr (_ / _); apply: eq_bigr => v _; rewrite weightatE // mulrC.
Qed.

Lemma mean_weightat net x f :
  (\sum_v f v * weightat net obs x v) / (\sum_v weightat net obs x v) = mean (observing net x) f.
Proof. by rewrite meanE /Z; congr (_ / _); apply: eq_bigr => v _; rewrite weightatE // mulrC. Qed.

Lemma observing_moved net e t x : observing (moved net e t) x = moved (observing net x) e t.
Proof. by case: e. Qed.

Lemma observing_value net e x :
  derivatives.value (observing net x) e = derivatives.value net e.
Proof. by case: e. Qed.

(** The score of the policy, by one entry. *)
Definition score net e x a : K :=
  mean_given (observing net x) a (fun v => denergy (observing net x) e (winner K v))
  - mean (observing net x) (fun v => denergy (observing net x) e (winner K v)).

Lemma has_policy net e x a : has (fun t => policy (moved net e t) obs x a) (derivatives.value net e)
  (policy net obs x a * score net e x a).
Proof.
have := has_pi (observing net x) e a; rewrite observing_value policyE; apply: has_ext => t.
by rewrite policyE observing_moved.
Qed.

Lemma policy_ge0 net x a : 0 <= policy net obs x a.
Proof. by rewrite policyE ltW // pi_gt0. Qed.

Lemma policy_one net x : \sum_a policy net obs x a = 1.
Proof. by under eq_bigr do rewrite policyE; exact: pi_one. Qed.

Lemma score_zero net e x : \sum_a policy net obs x a * score net e x a = 0.
Proof. by under eq_bigr do rewrite policyE; exact: score_mean. Qed.

End Policy.

(** ** The process *)
Section Process.
Variables (K : realType) (sh : shape).
Variables (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K).
Variables (odds : Situation sh -> Action sh -> Situation sh -> K) (first : Situation sh -> K).
Variable rate : K.
Hypothesis odds0 : forall x a y, 0 < odds x a y.
Hypothesis first0 : forall x, 0 < first x.
Hypothesis rate0 : 0 < rate.
Implicit Types (net : network K sh) (x y : Situation sh) (a : Action sh) (f : Situation sh -> K).

Notation g net := (gamma net rate).
Notation to net := (P net odds).
Notation policy_ net := (policy net obs).
Notation onward_ net := (onward net obs odds).
Notation value_ net := (chapter_03_decision_process.value net obs r odds rate).
Notation action_value_ net := (action_value net obs r odds rate).
Notation visits_ net := (visits net obs odds first rate).
Notation start_ net := (start net first).
Notation income net x := (\sum_a policy_ net x a * r x a).

Lemma gamma_ge0 net : 0 <= g net.
Proof. by have r0 := ltW rate0; rewrite /gamma divr_ge0 ?addr_ge0 ?ler01. Qed.

Lemma gamma_lt1 net : g net < 1.
Proof. by rewrite /gamma ltr_pdivr_mulr ?addr_gt0 ?ltr01 // mul1r ltr_addr ltr01. Qed.

Lemma normalised_sum (h : Situation sh -> K) :
  (forall y, 0 < h y) -> \sum_y h y / (\sum_y' h y') = 1.
Proof.
move=> h0; rewrite -mulr_suml divff // gt_eqF // (bigD1 ord0) //= ltr_paddr //.
by rewrite sumr_ge0 // => y _; exact: ltW.
Qed.

Lemma to_one net x a : \sum_y to net x a y = 1.
Proof. exact: normalised_sum. Qed.

Lemma to_ge0 net x a y : 0 <= to net x a y.
Proof. by rewrite /P divr_ge0 ?sumr_ge0 // => *; exact: ltW. Qed.

Lemma start_one net : \sum_x start_ net x = 1.
Proof. exact: normalised_sum. Qed.

Lemma onward_sum net x f :
  \sum_y onward_ net x y * f y = \sum_a policy_ net x a * (\sum_y to net x a y * f y).
Proof.
under eq_bigr do rewrite mulr_suml.
rewrite exchange_big; apply: eq_bigr => a _; rewrite mulr_sumr.
by apply: eq_bigr => y _; rewrite mulrA.
Qed.

Lemma onward_ge0 net x y : 0 <= onward_ net x y.
Proof. by rewrite sumr_ge0 // => a _; rewrite mulr_ge0 ?policy_ge0 ?to_ge0. Qed.

Lemma onward_one net x : \sum_y onward_ net x y = 1.
Proof.
rewrite -(policy_one obs net x); under eq_bigr do rewrite -[onward _ _ _ _ _]mulr1.
rewrite onward_sum; apply: eq_bigr => a _.
by under eq_bigr do rewrite mulr1; rewrite to_one mulr1.
Qed.

(** *** Both linear systems have one solution: the discount is below one *)
Definition step net x y : K := g net * onward_ net x y.

Lemma rest_step net : rest (step net) \in unitmx.
Proof.
apply: rest_unit (gamma_lt1 net) _ => x.
rewrite (eq_bigr (fun y => g net * onward_ net x y)); last first.
  by move=> y _; rewrite ger0_norm // mulr_ge0 ?gamma_ge0 ?onward_ge0.
by rewrite -mulr_sumr onward_one mulr1.
Qed.

Lemma value_affine net : value_ net = solution (affine (step net) (fun x => income net x)).
Proof.
congr solution; apply: funext => V; apply: funext => x; rewrite /affine mulr_sumr; congr (_ + _).
by apply: eq_bigr => y _; rewrite mulrA.
Qed.

Lemma visits_affine net : visits_ net = solution (affine (fun y x => step net x y) (start_ net)).
Proof.
congr solution; apply: funext => V; apply: funext => y; rewrite /affine mulr_sumr; congr (_ + _).
by apply: eq_bigr => x _; rewrite /step; ring.
Qed.

Lemma valueE net x : value_ net x = income net x + g net * (\sum_y onward_ net x y * value_ net y).
Proof.
rewrite value_affine {1}(solution_of _ (rest_step net)) /affine mulr_sumr; congr (_ + _).
by apply: eq_bigr => y _; rewrite mulrA.
Qed.

Lemma visitsE net y : visits_ net y = start_ net y + g net * (\sum_x visits_ net x * onward_ net x y).
Proof.
rewrite visits_affine {1}(solution_of _ (rest_swap (rest_step net))) /affine mulr_sumr; congr (_ + _).
by apply: eq_bigr => x _; rewrite /step; ring.
Qed.

Lemma bellman net x : value_ net x = \sum_a policy_ net x a * action_value_ net x a.
Proof.
rewrite valueE onward_sum mulr_sumr -big_split; apply: eq_bigr => a _ /=.
by rewrite /action_value mulrDr mulrCA.
Qed.

(** What the process earns from the first state on, it earns where it is. *)
Lemma unroll net f :
  \sum_x visits_ net x * (f x - g net * (\sum_y onward_ net x y * f y)) = \sum_x start_ net x * f x.
Proof.
under eq_bigr do rewrite mulrBr.
have startE y : start_ net y = visits_ net y - g net * (\sum_x visits_ net x * onward_ net x y).
  by rewrite {1}visitsE addrK.
under [RHS]eq_bigr do rewrite startE mulrBl.
rewrite !sumrB; congr (_ - _).
rewrite (eq_bigr (fun x => \sum_y g net * visits_ net x * onward_ net x y * f y)); last first.
  by move=> x _; rewrite mulrCA !mulr_sumr; apply: eq_bigr => y _; ring.
rewrite exchange_big; apply: eq_bigr => y _ /=.
by rewrite -mulrA mulr_suml mulr_sumr; apply: eq_bigr => x _; ring.
Qed.

Lemma total_visits net : \sum_x visits_ net x = 1 / (1 - g net).
Proof.
have n0 : 1 - g net != 0 by rewrite subr_eq0 eq_sym lt_eqF // gamma_lt1.
apply: (canRL (mulfK n0)); rewrite mulr_suml.
transitivity (\sum_x start_ net x * 1); last by under eq_bigr do rewrite mulr1; exact: start_one.
rewrite -(unroll net (fun=> 1)); apply: eq_bigr => x _; congr (_ * (_ - _)).
by under eq_bigr do rewrite mulr1; rewrite onward_one mulr1.
Qed.

Lemma return_visits net :
  return_ net obs r odds first rate = \sum_x visits_ net x * income net x.
Proof.
by rewrite /return_ -unroll; apply: eq_bigr => x _; rewrite {1}valueE addrK.
Qed.

(** *** Derivatives by one entry *)
Variables (net : network K sh) (e : entry sh).
Let t0 := derivatives.value net e.
Definition d_value x : K := 'D_1 (fun t => value_ (moved net e t) x) t0.
Definition d_policy x a : K := policy_ net x a * score obs net e x a.
Definition risen x : K := \sum_a d_policy x a * action_value_ net x a.

Lemma has_value x : has (fun t => value_ (moved net e t) x) t0 (d_value x).
Proof.
apply: has_derive; have dp x' a := has_derivable (has_policy obs net e x' a).
apply: (@derivable_ext _ (fun t => solution (affine (step (moved net e t))
    (fun x => income (moved net e t) x)) x)) => [t|]; first by rewrite value_affine.
apply: derivable_solution => [t|x' y|x']; first exact: rest_step.
  apply: derivable_mul; first exact: derivable_const.
  by apply: derivable_sums => a _; apply: derivable_mul; [exact: dp | exact: derivable_const].
by apply: derivable_sums => a _; apply: derivable_mul; [exact: dp | exact: derivable_const].
Qed.

Lemma has_action_value x a : has (fun t => action_value_ (moved net e t) x a) t0
  (g net * (\sum_y to net x a y * d_value y)).
Proof.
have D : has (fun t => \sum_y to net x a y * value_ (moved net e t) y) t0
    (\sum_y to net x a y * d_value y).
  by apply: has_sum => y _; apply: has_scale; exact: has_value.
exact: has_eq (has_add (has_cst (r x a) t0) (has_scale (g net) D)) (add0r _).
Qed.

Lemma product_rule x : d_value x = risen x +
  \sum_a policy_ net x a * (g net * (\sum_y to net x a y * d_value y)).
Proof.
apply: has_val; apply: (@has_ext _ (fun t => \sum_a policy_ (moved net e t) x a *
    action_value_ (moved net e t) x a)) => [t|]; first exact/esym/bellman.
have D a := has_mul (has_policy obs net e x a) (has_action_value x a).
apply: has_eq; first by apply: has_sum => a _; exact: D.
rewrite moved_value -big_split; apply: eq_bigr => a _ /=; rewrite /d_policy; ring.
Qed.

Lemma d_valueE x : d_value x = risen x + g net * (\sum_y onward_ net x y * d_value y).
Proof.
by rewrite {1}product_rule onward_sum mulr_sumr; congr (_ + _); apply: eq_bigr => a _; ring.
Qed.

Lemma has_return : has (fun t => return_ (moved net e t) obs r odds first rate) t0
  (\sum_x start_ net x * d_value x).
Proof. by apply: has_sum => x _; apply: has_scale; exact: has_value. Qed.

Lemma gradient_risen : \sum_x start_ net x * d_value x = \sum_x visits_ net x * risen x.
Proof. by rewrite -unroll; apply: eq_bigr => x _; rewrite {1}d_valueE addrK. Qed.

Lemma gradient_earned : \sum_x visits_ net x * risen x =
  \sum_x \sum_a earned net obs r odds first rate x a * score obs net e x a.
Proof.
apply: eq_bigr => x _; rewrite mulr_sumr; apply: eq_bigr => a _.
by rewrite /d_policy /earned; ring.
Qed.

(** The value of the state is a baseline. *)
Lemma gradient_gained : \sum_x \sum_a earned net obs r odds first rate x a * score obs net e x a =
  \sum_x \sum_a gained net obs r odds first rate x a * score obs net e x a.
Proof.
apply: eq_bigr => x _; apply/eqP; rewrite -subr_eq0 -sumrB.
rewrite (eq_bigr (fun a => visits_ net x * value_ net x * (policy_ net x a * score obs net e x a))).
  by rewrite -mulr_sumr score_zero mulr0.
by move=> a _; rewrite /earned /gained; ring.
Qed.

End Process.

(** ** The scores that the chapter writes are those of the entries *)
Section Scores.
Variables (K : realType) (sh : shape) (net : network K sh) (obs : Situation sh -> State sh -> K).
Implicit Types (x : Situation sh) (a : Action sh) (i j : Unit sh) (k : State sh).

Lemma score_bE x a i : score_b net obs x a i = score obs net (entry_b i) x a.
Proof.
congr (_ - _); first exact: (mean_given_weightat obs net x a (fun v => winner K v i)).
exact: (mean_weightat obs net x (fun v => winner K v i)).
Qed.

Lemma score_UE x a k i : obs x k * score_b net obs x a i = score obs net (entry_U k i) x a.
Proof. by rewrite score_bE /score mulrBr -mean_given_scale -mean_scale. Qed.

Lemma score_WE x a i j : score_W net obs x a i j = score obs net (entry_W i j) x a.
Proof.
pose both v := winner K v i * winner K v j.
rewrite /score_W (mean_given_weightat obs net x a both) (mean_weightat obs net x both).
by rewrite mulrBr -mean_given_scale -mean_scale.
Qed.

End Scores.

Theorem E4a : E4a_statement.
Proof.
move=> K sh net obs r odds first rate ok _ odds0 first0 rate0 _ _ _; split; [|split].
- by move=> x; exact: bellman.
- exact: total_visits.
exact: return_visits.
Qed.

Theorem E4b : E4b_statement.
Proof.
move=> K sh net obs r odds rate ok _ odds0 rate0 _ x i; pose e := entry_b i.
have hp := has_policy obs net e x.
have hq a := has_action_value obs r odds0 rate0 net e x a.
have R : rise net obs r odds rate x i = risen obs r odds rate net e x.
  by apply: eq_bigr => a _; rewrite (has_val (hp a) : d_b _ net i = _).
have rule : d_b (fun m => chapter_03_decision_process.value m obs r odds rate x) net i =
    \sum_a d_b (fun m => policy m obs x a) net i * action_value net obs r odds rate x a +
    \sum_a policy net obs x a * d_b (fun m => action_value m obs r odds rate x a) net i.
  rewrite [LHS](product_rule obs r odds0 rate0 net e x) -R; congr (_ + _); apply: eq_bigr => a _.
  by rewrite (has_val (hq a) : d_b _ net i = _).
have shorter : d_b (fun m => chapter_03_decision_process.value m obs r odds rate x) net i =
    rise net obs r odds rate x i + gamma net rate * (\sum_y onward net obs odds x y *
      d_b (fun m => chapter_03_decision_process.value m obs r odds rate y) net i).
  by rewrite R; exact: (d_valueE obs r odds0 rate0 net e x).
do !split.
- exact: rule.
- exact: etrans (esym rule) shorter.
- exact: has_derivable (has_value obs r odds0 rate0 net e x).
- by move=> a; exact: has_derivable (hp a).
- by move=> a; exact: has_derivable (hq a).
by move=> y; exact: has_derivable (has_value obs r odds0 rate0 net e y).
Qed.

Theorem E4 : E4_statement.
Proof.
move=> K sh net obs r odds first rate ok _ odds0 first0 rate0 _ _.
have hR e := has_return obs r first odds0 rate0 net e.
have risen_gradient e := gradient_risen obs r first odds0 rate0 net e.
have earned_gradient e := gradient_earned obs r odds first rate net e.
have gained_gradient e := gradient_gained obs r odds first rate net e.
have gradient e := etrans (risen_gradient e) (etrans (earned_gradient e) (gained_gradient e)).
split; [|split].
- move=> i; pose e := entry_b i.
  have R x : rise net obs r odds rate x i = risen obs r odds rate net e x.
    by apply: eq_bigr => a _; rewrite (has_val (has_policy obs net e x a) : d_b _ net i = _).
  have S (h : Situation sh -> Action sh -> K) : \sum_x \sum_a h x a * score_b net obs x a i =
      \sum_x \sum_a h x a * score obs net e x a.
    by apply: eq_bigr => x _; apply: eq_bigr => a _; rewrite score_bE.
  have Q : \sum_x visits net obs odds first rate x * rise net obs r odds rate x i =
      \sum_x visits net obs odds first rate x * risen obs r odds rate net e x.
    by apply: eq_bigr => x _; rewrite R.
  do !split.
  + exact: has_val (hR e).
  + exact: etrans (risen_gradient e) (esym Q).
  + exact: etrans Q (etrans (earned_gradient e) (esym (S _))).
  + exact: etrans (S _) (etrans (gained_gradient e) (esym (S _))).
  + exact: has_derivable (hR e).
  + by move=> x; exact: has_derivable (has_value obs r odds0 rate0 net e x).
  + by move=> x a; exact: has_derivable (has_policy obs net e x a).
- move=> k i; split; last exact: has_derivable (hR (entry_U k i)).
  rewrite [LHS](has_val (hR (entry_U k i))) gradient; apply: eq_bigr => x _; apply: eq_bigr => a _.
  by rewrite -score_UE mulrA.
move=> i j; split; last exact: has_derivable (hR (entry_W (inl i) (inr j))).
rewrite [LHS](has_val (hR (entry_W (inl i) (inr j)))) gradient.
by apply: eq_bigr => x _; apply: eq_bigr => a _; rewrite score_WE.
Qed.
