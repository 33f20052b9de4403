(** The energy where the action is given, and networks without synapses between hidden circuits. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy.
From svpg.generated Require Import chapter_01_network.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Lemma prod_circuits (K : realType) (sh : shape) (F : Circuit sh -> K) :
  \prod_c F c = F None * \prod_g F (Some g).
Proof.
rewrite (bigD1 None) //=; congr (_ * _).
rewrite (reindex_omap Some id) /=; first by apply: eq_bigl => g; rewrite eqxx.
by case.
Qed.

Lemma sum_circuits (K : realType) (sh : shape) (F : Circuit sh -> K) :
  \sum_c F c = F None + \sum_g F (Some g).
Proof.
rewrite (bigD1 None) //=; congr (_ + _).
rewrite (reindex_omap Some id) /=; first by apply: eq_bigl => g; rewrite eqxx.
by case.
Qed.

Lemma sum_hidden (K : realType) (sh : shape) (F : Hidden sh -> K) :
  \sum_h F h = \sum_g \sum_d F (g, d).
Proof. by rewrite (pair_bigA _ (fun g d => F (g, d))); apply: eq_bigr => -[]. Qed.

Lemma ln_prod (K : realType) (I : Type) (r : seq I) (F : I -> K) :
  (forall i, 0 < F i) -> ln (\prod_(i <- r) F i) = \sum_(i <- r) ln (F i).
Proof.
move=> F0; elim: r => [|i r IH]; first by rewrite !big_nil ln1.
by rewrite !big_cons lnM ?IH ?posrE ?F0 // prodr_gt0.
Qed.

Lemma exp_sum (K : realType) (I : Type) (r : seq I) (F : I -> K) :
  expR (\sum_(i <- r) F i) = \prod_(i <- r) expR (F i).
Proof. exact: (big_morph _ (@expRD K) (@expR0 K)). Qed.

Lemma W_actions (K : realType) (sh : shape) (net : network K sh) :
  network_ok net -> forall a a', W net (inr a) (inr a') = 0.
Proof. by move=> ok a a'; rewrite (W_masked ok) /mask (connected_irr ok) mul0r. Qed.

Section Energy.
Variables (K : realType) (sh : shape) (net : network K sh).
Hypothesis actions_apart : forall a a', W net (inr a) (inr a') = 0.
Implicit Types (mu : Unit sh -> K) (a : Action sh).

(** The bias of a unit, and what the states bring to it. *)
Definition bias i : K := \sum_k U net k i * s net k + b net i.
(** The sum over synapses between hidden units. *)
Definition hidden_pairs mu : K :=
  \sum_h \sum_h' mu (inl h) * W net (inl h) (inl h') * mu (inl h').

Lemma inputE mu i :
  net_input net mu i = kappa net * (\sum_j (W net i j + W net j i) * mu j) + bias i.
Proof. by rewrite /net_input /bias addrA. Qed.

Lemma minus_energyE mu :
  minus_energy net mu = kappa net * (\sum_i \sum_j mu i * W net i j * mu j) + \sum_i bias i * mu i.
Proof.
rewrite /minus_energy -addrA; congr (_ + _).
rewrite exchange_big -big_split; apply: eq_bigr => i _ /=.
by rewrite /bias mulrDl mulr_suml; congr (_ + _); apply: eq_bigr => k _; rewrite [s _ _ * _]mulrC.
Qed.

(** An action is taken, and the hidden units are free. *)
Lemma energy_given mu a : (forall a', mu (inr a') = (a == a')%:R) ->
  minus_energy net mu =
  \sum_h mu (inl h) * net_input net mu (inl h) - kappa net * hidden_pairs mu + bias (inr a).
Proof.
move=> mua; rewrite minus_energyE.
have -> : \sum_i bias i * mu i = \sum_h bias (inl h) * mu (inl h) + bias (inr a).
  rewrite sum_units; congr (_ + _); under eq_bigr do rewrite mua mulrC.
  exact: (sum_delta a (fun a' => bias (inr a'))).
pose ha h a' := mu (inl h) * W net (inl h) (inr a') * mu (inr a').
pose ah h a' := mu (inr a') * W net (inr a') (inl h) * mu (inl h).
have -> : \sum_i \sum_j mu i * W net i j * mu j =
    hidden_pairs mu + \sum_h \sum_a' ha h a' + \sum_h \sum_a' ah h a'.
  rewrite sum_units.
  under eq_bigr do rewrite sum_units.
  rewrite big_split /= -!addrA; congr (_ + (_ + _)).
  under eq_bigr do rewrite sum_units.
  rewrite big_split /= [X in _ + X]big1 ?addr0; last first.
    by move=> a1 _; apply: big1 => a2 _; rewrite actions_apart mulr0 mul0r.
  exact: exchange_big.
have -> : \sum_h mu (inl h) * net_input net mu (inl h) =
    kappa net * (hidden_pairs mu + hidden_pairs mu + \sum_h \sum_a' ha h a' + \sum_h \sum_a' ah h a')
      + \sum_h bias (inl h) * mu (inl h).
  rewrite (eq_bigr (fun h => kappa net * (\sum_j mu (inl h) * W net (inl h) j * mu j +
      \sum_j mu j * W net j (inl h) * mu (inl h)) + bias (inl h) * mu (inl h))); last first.
    move=> h _; rewrite inputE mulrDr [mu _ * bias _]mulrC mulrCA mulr_sumr -big_split /=.
    by congr (_ * _ + _); apply: eq_bigr => j _; ring.
  rewrite big_split /= -mulr_sumr big_split /=; congr (_ * _ + _).
  under eq_bigr do rewrite sum_units.
  under [X in _ + X = _]eq_bigr do rewrite sum_units.
  rewrite !big_split /= -/(hidden_pairs mu) [X in _ + _ + (X + _)]exchange_big -/(hidden_pairs mu) /=.
  rewrite -/(\sum_h \sum_a' ha h a') -/(\sum_h \sum_a' ah h a').
  ring.
ring.
Qed.

End Energy.

(** ** Clamped states *)
Section Clamped.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis actions_apart : forall a a', W net (inr a) (inr a') = 0.
Hypothesis fp : fixed_points mf.
Implicit Types (a : Action sh) (v : Configuration sh).

Let Q a := mf net (clamped_at a).
(** What a hidden circuit is normalised by where the action is clamped. *)
Definition partition a (g : 'I_(n_hidden_circuits sh)) : K :=
  \sum_d expR (net_input net (Q a) (inl (g, d))).

Lemma partition_gt0 a g : 0 < partition a g.
Proof.
rewrite /partition (bigD1 ord0) //= ltr_paddr ?expR_gt0 // sumr_ge0 // => d _.
exact/ltW/expR_gt0.
Qed.

Lemma clampedE a h : Q a (inl h) = expR (net_input net (Q a) (inl h)) / partition a h.1.
Proof. by rewrite /Q clamped_softmax // /softmax sum_circuit_hidden. Qed.

Lemma ln_clamped a h :
  ln (Q a (inl h)) = net_input net (Q a) (inl h) - ln (partition a h.1).
Proof. by rewrite clampedE ln_div ?posrE ?expR_gt0 ?partition_gt0 // expK. Qed.

(** The free energy of a clamped state. *)
Lemma free_energy_given a :
  - minus_energy net (Q a) + \sum_h Q a (inl h) * ln (Q a (inl h)) =
  kappa net * hidden_pairs net (Q a) - (bias net (inr a) + \sum_g ln (partition a g)).
Proof.
rewrite (@energy_given _ _ net actions_apart _ a) => [|a']; last by rewrite /Q clamped_action.
have -> : \sum_h Q a (inl h) * ln (Q a (inl h)) =
    \sum_h Q a (inl h) * net_input net (Q a) (inl h) - \sum_g ln (partition a g).
  under eq_bigr do rewrite ln_clamped mulrBr.
  rewrite sumrB; congr (_ - _); rewrite sum_hidden; apply: eq_bigr => g _ /=.
  rewrite -mulr_suml normalised_hidden ?mul1r //; exact: clamped_normalised.
ring.
Qed.

(** ** No synapses between hidden circuits *)
Hypothesis apart : forall h h', W net (inl h) (inl h') = 0.

Lemma hidden_pairs0 mu : hidden_pairs net mu = 0.
Proof. by apply: big1 => h _; apply: big1 => h' _; rewrite apart mulr0 mul0r. Qed.

Lemma input_given mu a h : (forall a', mu (inr a') = (a == a')%:R) ->
  net_input net mu (inl h) = net_input net (Q a) (inl h).
Proof.
move=> mua; rewrite !inputE; congr (_ * _ + _); rewrite !sum_units; congr (_ + _).
  by apply: eq_bigr => h' _; rewrite !apart addr0 !mul0r.
by apply: eq_bigr => a' _; rewrite mua /Q clamped_action.
Qed.

(** The weight is a product over circuits. *)
Lemma weight_given v : weight net v =
  expR (bias net (inr (action v))) *
  \prod_g expR (net_input net (Q (action v)) (inl (g, v.1 g))).
Proof.
have E : - energy net v = minus_energy net (winner K v) by rewrite /energy /minus_energy opprK.
rewrite /weight E (@energy_given _ _ net actions_apart _ (action v)) // hidden_pairs0 mulr0 subr0 addrC expRD.
congr (_ * _); rewrite -exp_sum; congr expR.
rewrite sum_hidden; apply: eq_bigr => g _.
under eq_bigr do rewrite (@input_given _ (action v)) //.
exact: (sum_delta (v.1 g) (fun d => net_input net (Q (action v)) (inl (g, d)))).
Qed.

Lemma Zaction_given a : Zaction net a = expR (bias net (inr a)) * \prod_g partition a g.
Proof.
rewrite /Zaction big_mkcond sum_configurations exchange_big /=.
rewrite (bigD1 a) //= [X in _ + X]big1 ?addr0 => [|a' /negbTE N]; last by rewrite big1 // => w _; rewrite /action /= N.
rewrite bigA_distr_bigA big_distrr; apply: eq_bigr => w _ /=.
by rewrite /action /= eqxx weight_given.
Qed.

(** Given the action, winners are independent. *)
Lemma weight_independent a v :
  (if action v == a then weight net v else 0) = Zaction net a * independent (Q a) v.
Proof.
rewrite /independent /Q clamped_action // -/(action v) [a == _]eq_sym.
case: (action v =P a) => [E|_]; last by rewrite !mulr0.
rewrite mulr1 weight_given E Zaction_given -mulrA -big_split; congr (_ * _).
by apply: eq_bigr => g _ /=; rewrite -/(Q a) clampedE mulrC divfK // gt_eqF // partition_gt0.
Qed.

Lemma mean_given_independent a f : mean_given net a f = \sum_v independent (Q a) v * f v.
Proof.
rewrite mean_givenE big_mkcond (eq_bigr (fun v => Zaction net a * (independent (Q a) v * f v))).
  by rewrite -mulr_sumr mulrC mulKf // Zaction_neq0.
by move=> v _; rewrite mulrA -weight_independent; case: ifP; rewrite ?mul0r.
Qed.

Lemma mean_given_winner a i : mean_given net a (fun v => winner K v i) = Q a i.
Proof. by rewrite mean_given_independent expect_winner //; exact: clamped_normalised. Qed.

Lemma mean_given_winners a i j : circuit i != circuit j ->
  mean_given net a (fun v => winner K v i * winner K v j) = Q a i * Q a j.
Proof.
by move=> N; rewrite mean_given_independent expect_winner_winner //; exact: clamped_normalised.
Qed.

End Clamped.
