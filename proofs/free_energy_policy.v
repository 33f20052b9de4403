(** Free energies of the free and of the clamped states, and the policy by them (chapter 7). *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy last_step fixed_point
  free_energy clamped adjoint.
From svpg.generated Require Import chapter_01_network chapter_07_exact_and_local.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** Free energies *)
Section FreeEnergies.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Implicit Types (e : entry sh) (a : Action sh).

Section Free.
Hypothesis sm : smooth mf net free_state.

Let moving e l := has_free sm e l.

Lemma has_F_free_slopes e :
  has (fun x => F_free mf (moved net e x)) (value net e)
    (\sum_l (ln (q mf net l) + 1 - z mf net l) * dfree net mf e l - denergy net e (q mf net)).
Proof.
have D := @has_free_energy_slopes _ _ net e (fun x => mf (moved net e x) free_state)
  (dfree net mf e) xpredT (moving e).
have Q0 l : xpredT l -> 0 < mf (moved net e (value net e)) free_state l by rewrite free_gt0.
have D0 l : ~~ xpredT l -> dfree net mf e l = 0 by [].
by move: (D D0 Q0); rewrite moved_value.
Qed.

Lemma level_slope : forall l, ln (q mf net l) + 1 - z mf net l = level mf net l.
Proof.
have cancel (x y : K) : x - y + 1 - x = 1 - y by ring.
by move=> l; rewrite -softmax_z // ln_softmax; exact: cancel.
Qed.

Lemma levels_cancel e : \sum_l level mf net l * dfree net mf e l = 0.
Proof.
have D := @slope_zero _ _ net e (fun x => mf (moved net e x) free_state) (dfree net mf e)
  (fun l => dinput net e (q mf net) l + couple net (dfree net mf e) l) xpredT.
apply: etrans (D _ _ _).
- by apply: eq_bigr => l _; rewrite /slope moved_value.
- by rewrite moved_value; exact: free_normalised.
- by move=> l; rewrite moved_value; exact: dfreeE.
by [].
Qed.

Lemma has_F_free e :
  has (fun x => F_free mf (moved net e x)) (value net e) (- denergy net e (q mf net)).
Proof.
apply: has_eq (has_F_free_slopes e) _.
by under eq_bigr do rewrite level_slope; rewrite levels_cancel add0r.
Qed.

End Free.

Section Given.
Hypothesis sm : forall a, smooth mf net (clamped_at a).

Definition hidden (i : Unit sh) : bool := if i is inl _ then true else false.

Lemma has_F_given e a :
  has (fun x => F_given mf (moved net e x) a) (value net e) (- denergy net e (qplus mf net a)).
Proof.
have D := @has_free_energy _ _ net e (fun x => mf (moved net e x) (clamped_at a))
  (dclamped net mf e a) (fun l => dinput net e (qplus mf net a) l + couple net (dclamped net mf e a) l)
  hidden (has_clamped sm e a).
have nQ : normalised (mf (moved net e (value net e)) (clamped_at a)) by exact: clamped_normalised.
have dqE l : dclamped net mf e a l = jac (mf (moved net e (value net e)) (clamped_at a))
    (fun l => dinput net e (qplus mf net a) l + couple net (dclamped net mf e a) l) l.
  by rewrite moved_value; exact: dclampedE.
have D0 l : ~~ hidden l -> dclamped net mf e a l = 0 by case: l => // a' _; rewrite dclamped_action.
have Q0 l : hidden l -> 0 < mf (moved net e (value net e)) (clamped_at a) l.
  by case: l => // h _; rewrite clamped_hidden_gt0.
have QE l : hidden l -> mf (moved net e (value net e)) (clamped_at a) l =
    softmax (net_input net (mf (moved net e (value net e)) (clamped_at a))) l.
  by case: l => // h _; rewrite moved_value clamped_softmax.
have Dc l m : circuit m == circuit l -> hidden m = hidden l by case: l m => [?|?] [?|?].
have {D} := D nQ dqE D0 Q0 QE Dc; rewrite moved_value; apply: has_ext => x.
rewrite /F_given; congr (_ + _).
by rewrite sum_units /= [X in _ + X]big_pred0 ?addr0.
Qed.

End Given.
End FreeEnergies.

(** ** The policy of free energies *)
Section Boltzmann.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis actions_apart : forall a a', W net (inr a) (inr a') = 0.
Hypothesis fp : fixed_points mf.
Implicit Types (a : Action sh).

Lemma normaliser_hidden a g : normaliser mf net a (Some g) = partition net mf a g.
Proof.
rewrite /normaliser [X in _ + X]big_pred0 ?addr0 //.
have := @sum_circuit_hidden K sh (g, ord0) (fun i => expR (field net (qplus mf net a) i)).
by rewrite sum_units [X in _ + X]big_pred0 ?addr0.
Qed.

Lemma normaliser_action a : normaliser mf net a None = expR (bias net (inr a)).
Proof.
rewrite /normaliser big_pred0 ?add0r //.
exact: (sum_deltal a (fun a' => expR (drive net (inr a')))).
Qed.

Lemma normaliser_gt0 a c : 0 < normaliser mf net a c.
Proof.
case: c => [g|]; first by rewrite normaliser_hidden partition_gt0.
by rewrite normaliser_action expR_gt0.
Qed.

Lemma boltzmann_gt0 a : 0 < boltzmann mf net a.
Proof. by rewrite mulr_gt0 ?expR_gt0 // prodr_gt0 // => c _; apply: normaliser_gt0. Qed.

Lemma boltzmann_sum_gt0 : 0 < \sum_a boltzmann mf net a.
Proof.
rewrite (bigD1 ord0) //= ltr_paddr ?boltzmann_gt0 // sumr_ge0 // => a _.
exact/ltW/boltzmann_gt0.
Qed.

Lemma ln_boltzmann a : ln (boltzmann mf net a) =
  \sum_c ln (normaliser mf net a c) - kappa net * hidden_pairs net (qplus mf net a).
Proof.
rewrite lnM ?posrE ?expR_gt0 ?prodr_gt0 //; last by move=> c _; apply: normaliser_gt0.
by rewrite ln_prod ?expK // => c; apply: normaliser_gt0.
Qed.

Lemma F_given_normalisers a : F_given mf net a =
  kappa net * hidden_pairs net (qplus mf net a) - \sum_c ln (normaliser mf net a c).
Proof.
apply: etrans (free_energy_given actions_apart fp a) _; rewrite sum_circuits normaliser_action expK.
by congr (_ - (_ + _)); apply: eq_bigr => g _; rewrite normaliser_hidden.
Qed.

Lemma boltzmannE a : boltzmann mf net a = expR (- F_given mf net a).
Proof.
by rewrite F_given_normalisers opprB -ln_boltzmann lnK // posrE boltzmann_gt0.
Qed.

Lemma piF_one : \sum_a piF mf net a = 1.
Proof. by rewrite /piF -mulr_suml divff // gt_eqF // boltzmann_sum_gt0. Qed.

Lemma advantageF_mean : \sum_a piF mf net a * advantageF mf net a = 0.
Proof.
rewrite /advantageF; under eq_bigr do rewrite mulrBr.
by rewrite sumrB -mulr_suml piF_one mul1r subrr.
Qed.

(** A centred advantage cancels what does not know the action. *)
Lemma free_phase_cancels (f : Action sh -> K) c :
  \sum_a piF mf net a * (advantageF mf net a * (f a - c)) =
  \sum_a piF mf net a * (advantageF mf net a * f a).
Proof.
under eq_bigr do rewrite mulrBr mulrBr mulrA mulrA.
rewrite sumrB -mulr_suml advantageF_mean mul0r subr0.
by apply: eq_bigr => a _; rewrite mulrA.
Qed.

End Boltzmann.

(** Entries that are no synapses between two units of the action circuit. *)
Definition proper (sh : shape) (e : entry sh) : bool :=
  if e is entry_W (inr _) (inr _) then false else true.

Section Score.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis actions_apart : forall a a', W net (inr a) (inr a') = 0.
Hypothesis fp : fixed_points mf.
Hypothesis sm : forall a, smooth mf net (clamped_at a).
Variable e : entry sh.
Hypothesis proper_e : proper e.
Let x0 := value net e.
Let g a := denergy net e (qplus mf net a).
Implicit Types (a : Action sh).

Lemma moved_apart x a a' : W (moved net e x) (inr a) (inr a') = 0.
Proof.
rewrite moved_W actions_apart add0r; case: e proper_e => [[h|a1] [h'|a2]|k i|i] //= _.
- by rewrite mulr0.
- by rewrite mulr0.
- by rewrite andbF mulr0.
- by rewrite mulr0.
by rewrite mulr0.
Qed.

Lemma has_boltzmann a : has (fun x => boltzmann mf (moved net e x) a) x0 (boltzmann mf net a * g a).
Proof.
have D := has_exp (has_opp (has_F_given fp sm e a)).
apply: has_ext (has_eq D _) => [x|].
  by rewrite [RHS]boltzmannE //; exact: moved_apart.
by rewrite moved_value opprK -boltzmannE.
Qed.

Lemma has_piF a : has (fun x => piF mf (moved net e x) a) x0
  (piF mf net a * (g a - \sum_a' piF mf net a' * g a')).
Proof.
have Dsum : has (fun x => \sum_a boltzmann mf (moved net e x) a) x0
    (\sum_a boltzmann mf net a * g a) by apply: has_sum => a' _; apply: has_boltzmann.
have S0 : \sum_a boltzmann mf net a != 0 by rewrite gt_eqF // boltzmann_sum_gt0.
have S0' : \sum_a boltzmann mf (moved net e x0) a != 0 by rewrite /x0 moved_value.
apply: has_eq (has_div S0' (has_boltzmann a) Dsum) _; rewrite /x0 moved_value.
have -> : \sum_a' piF mf net a' * g a' =
    (\sum_a' boltzmann mf net a' * g a') / \sum_a' boltzmann mf net a'.
  by rewrite mulr_suml; apply: eq_bigr => a' _; rewrite /piF mulrAC.
have quotient (x y S T : K) : S != 0 -> (x * y * S - x * T) / S ^+ 2 = x / S * (y - T / S).
  by move=> nonzero; field.
exact: quotient.
Qed.

Lemma has_J_F : has (fun x => J_F mf (moved net e x)) x0
  (\sum_a piF mf net a * (advantageF mf net a * g a)).
Proof.
apply: (@has_ext _ (fun x => \sum_a piF mf (moved net e x) a * R net a)) => [x|].
  by rewrite /J_F moved_R.
set m := \sum_a' piF mf net a' * g a'.
apply: (@has_eq _ _ _ (\sum_a piF mf net a * (g a - m) * R net a)).
  by apply: has_sum => a _; apply: has_scaler; apply: has_piF.
transitivity (\sum_a (piF mf net a * (R net a * g a) - piF mf net a * R net a * m)).
  by apply: eq_bigr => a _; ring.
rewrite sumrB -mulr_suml -/(J_F mf net) /m mulr_sumr -sumrB; apply: eq_bigr => a _.
rewrite /advantageF; ring.
Qed.

End Score.
