(** The last step of the mean-field iteration: its derivative with the activities held, and means
    of reward times surprise. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives.
From svpg.generated Require Import chapter_01_network.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** Derivatives of a softmax *)
Section Softmax.
Variables (K : realType) (sh : shape) (X : K -> Unit sh -> K) (dX : Unit sh -> K) (x0 : K).
Hypothesis has_X : forall l, has (fun x => X x l) x0 (dX l).

(** The mean of dX in the circuit of a unit. *)
Definition circuit_mean (q : Unit sh -> K) (f : Unit sh -> K) i :=
  \sum_(l | circuit l == circuit i) q l * f l.

Lemma has_softmax i :
  has (fun x => softmax (X x) i) x0
    (softmax (X x0) i * (dX i - circuit_mean (softmax (X x0)) dX i)).
Proof.
have D0 : \sum_(l | circuit l == circuit i) expR (X x0 l) != 0 by rewrite gt_eqF // exp_sum_gt0.
have Dsum : has (fun x => \sum_(l | circuit l == circuit i) expR (X x l)) x0
    (\sum_(l | circuit l == circuit i) expR (X x0 l) * dX l).
  by apply: has_sum => l _; apply: has_exp.
apply: has_eq (has_div D0 (has_exp (has_X i)) Dsum) _.
have -> : circuit_mean (softmax (X x0)) dX i =
    (\sum_(l | circuit l == circuit i) expR (X x0 l) * dX l) /
    \sum_(l | circuit l == circuit i) expR (X x0 l).
  by rewrite mulr_suml; apply: eq_bigr => l /eqP E; rewrite /softmax E mulrAC.
rewrite /softmax; move: D0; set D := \sum_(l | _) expR _; set N := \sum_(l | _) _.
by move=> D0; field.
Qed.

Lemma has_ln_softmax i :
  has (fun x => ln (softmax (X x) i)) x0 (dX i - circuit_mean (softmax (X x0)) dX i).
Proof.
apply: has_eq (@has_ln _ (fun x => softmax (X x) i) x0 _ (softmax_gt0 _ _) (has_softmax i)) _.
by rewrite mulrC mulKf // gt_eqF // softmax_gt0.
Qed.

Lemma sum_winner_circuit (v : Configuration sh) (f : Unit sh -> K) :
  \sum_i winner K v i * (\sum_(l | circuit l == circuit i) f l) = \sum_l f l.
Proof.
under eq_bigr do rewrite mulr_sumr big_mkcond.
rewrite exchange_big; apply: eq_bigr => l _ /=.
rewrite -[RHS]mul1r -(one_winner K v l) mulr_suml [RHS]big_mkcond.
by apply: eq_bigr => i _; rewrite eq_sym.
Qed.

Lemma has_log_winners v :
  has (fun x => \sum_i winner K v i * ln (softmax (X x) i)) x0
    (\sum_i (winner K v i - softmax (X x0) i) * dX i).
Proof.
apply: (@has_eq _ _ _ (\sum_i winner K v i * (dX i - circuit_mean (softmax (X x0)) dX i))).
  by apply: has_sum => i _; apply: has_scale; apply: has_ln_softmax.
under eq_bigr do rewrite mulrBr.
rewrite sumrB sum_winner_circuit -sumrB; apply: eq_bigr => i _; exact/esym/mulrBl.
Qed.

End Softmax.

(** ** Sums over the direct effects of one entry *)
Definition along (K : realType) (sh : shape) (net : network K sh) (e : entry sh)
    (mu f : Unit sh -> K) : K :=
  match e with
  | entry_W i j => kappa net * (f i * mu j + f j * mu i)
  | entry_U k i => s net k * f i
  | entry_b i => f i
  end.

Lemma sum_dinput (K : realType) (sh : shape) (net : network K sh) e mu f :
  \sum_l f l * dinput net e mu l = along net e mu f.
Proof.
case: e => [i j|k i|i] /=.
- rewrite (eq_bigr (fun l => kappa net * ((l == i)%:R * f l * mu j + (l == j)%:R * f l * mu i))).
    by rewrite -mulr_sumr big_split /= -!mulr_suml !sum_deltal.
  by move=> l _; ring.
- rewrite (eq_bigr (fun l => s net k * ((l == i)%:R * f l))); last by move=> l _; ring.
  by rewrite -mulr_sumr sum_deltal.
by under eq_bigr do rewrite mulrC; rewrite sum_deltal.
Qed.

(** ** Rewards and surprises under independent winners *)
Section Surprise.
Variables (K : realType) (sh : shape) (q : Unit sh -> K) (k : Action sh -> K).
Hypothesis nq : normalised q.
Implicit Types (i : Unit sh).

Lemma surprise_mean i : \sum_v independent q v * (winner K v i - q i) = 0.
Proof.
under eq_bigr do rewrite mulrBr.
by rewrite sumrB -mulr_suml expect_winner // expect_one // mul1r subrr.
Qed.

(** Mean of a function of the action times the surprise of a unit. *)
Definition signal i : K := \sum_v independent q v * (k (action v) * (winner K v i - q i)).

Lemma signalE i :
  signal i = \sum_v independent q v * (k (action v) * winner K v i) -
    (\sum_a q (inr a) * k a) * q i.
Proof.
rewrite -expect_action // mulr_suml -sumrB; apply: eq_bigr => v _; ring.
Qed.

Lemma signal_hidden h : signal (inl h) = 0.
Proof. by rewrite signalE expect_hidden_action // mulrC subrr. Qed.

Lemma signal_action a : signal (inr a) = q (inr a) * (k a - \sum_a q (inr a) * k a).
Proof.
rewrite signalE (expect_action (fun a' => k a' * (a' == a)%:R)) // mulrBr [q _ * \sum_a0 _]mulrC.
congr (_ - _); rewrite -[RHS](sum_deltal a (fun a' => q (inr a') * k a')).
by apply: eq_bigr => a' _; rewrite mulrA mulrC.
Qed.

Lemma sum_signal (f : Unit sh -> K) :
  \sum_i signal i * f i = \sum_a q (inr a) * (k a - \sum_a q (inr a) * k a) * f (inr a).
Proof.
rewrite sum_units big1 ?add0r; last by move=> h _; rewrite signal_hidden mul0r.
by apply: eq_bigr => a _; rewrite signal_action.
Qed.

End Surprise.

(** ** The last step *)
Section LastStep.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Let q := chapter_01_network.q mf net.
Implicit Types (e : entry sh).

Lemma q_normalised : normalised q. Proof. exact: free_normalised. Qed.
Lemma q_gt0 i : 0 < q i. Proof. exact: free_gt0. Qed.
Lemma q_neq0 i : q i != 0. Proof. by rewrite gt_eqF // q_gt0. Qed.

Lemma softmax_z i : softmax (z mf net) i = q i.
Proof. by rewrite /q /chapter_01_network.q [RHS]free_softmax. Qed.

Lemma softmax_zheld : softmax (zheld mf net net) = q.
Proof. by apply: funext => i; rewrite -softmax_z. Qed.

Lemma qnextE : qnext mf net net = q. Proof. exact: softmax_zheld. Qed.

Lemma has_zheld e l :
  has (fun x => zheld mf (moved net e x) net l) (value net e) (dinput net e q l).
Proof.
have E y := moved_input net e y q l.
apply: has_ext (has_affine (net_input net q l) (dinput net e q l) (value net e) _) => y.
exact/esym/E.
Qed.

Lemma has_qnext e i :
  has (fun x => qnext mf (moved net e x) net i) (value net e)
    (q i * (dinput net e q i - circuit_mean q (dinput net e q) i)).
Proof.
have := has_softmax (has_zheld e) i.
by rewrite moved_value softmax_zheld.
Qed.

Lemma has_logstep e v :
  has (fun x => \sum_i winner K v i * ln (qnext mf (moved net e x) net i)) (value net e)
    (along net e q (fun i => winner K v i - q i)).
Proof.
have := has_log_winners (has_zheld e) v.
by rewrite moved_value softmax_zheld sum_dinput.
Qed.

Lemma sum_qnext (k : Action sh -> K) e :
  \sum_a q (inr a) * (dinput net e q (inr a) - circuit_mean q (dinput net e q) (inr a)) * k a =
  along net e q (signal q k).
Proof.
rewrite -sum_dinput sum_signal //; last exact: q_normalised.
rewrite /circuit_mean; under eq_bigr do rewrite sum_circuit_action.
set m := \sum_a q (inr a) * k a; set d := \sum_a q (inr a) * dinput net e q (inr a).
transitivity (\sum_a q (inr a) * k a * dinput net e q (inr a) - m * d).
  by rewrite mulr_suml -sumrB; apply: eq_bigr => a _; ring.
rewrite mulr_sumr -sumrB; apply: eq_bigr => a _; ring.
Qed.

Lemma has_J_laststep e :
  has (fun x => J_laststep mf (moved net e x) net) (value net e)
    (along net e q (signal q (R net))).
Proof.
rewrite -sum_qnext.
apply: (@has_ext _ (fun x => \sum_a qnext mf (moved net e x) net (inr a) * R net a)) => [y|].
  by rewrite /J_laststep moved_R.
by apply: has_sum => a _; apply: has_scaler; apply: has_qnext.
Qed.

(** A function of the probabilities of the last step. *)
Lemma has_of_qnext (f : Action sh -> K -> K) (df : Action sh -> K) en :
  (forall a, has (f a) (q (inr a)) (df a)) ->
  has (fun x => \sum_a f a (qnext mf (moved net en x) net (inr a))) (value net en)
    (along net en q (signal q df)).
Proof.
move=> Df; rewrite -sum_qnext; apply: has_sum => a _.
have D := has_qnext en (inr a).
pose next x := qnext mf (moved net en x) net (inr a).
have Dfa : has (f a) (next (value net en)) (df a) by rewrite /next moved_value qnextE.
by apply: has_eq (has_comp (g := next) Dfa D) _; rewrite mulrC.
Qed.

Lemma d_qnext_b a (i : Action sh) : d_b (fun m => qnext mf m net (inr a)) net (inr i) =
  q (inr a) * ((a == i)%:R - q (inr i)).
Proof.
apply: etrans (has_val (has_qnext (entry_b (inr i)) (inr a))) _; congr (_ * (_ - _)).
rewrite /circuit_mean sum_circuit_action /=.
by under eq_bigr do rewrite mulrC; rewrite (sum_deltal i (fun a' => q (inr a'))).
Qed.

Lemma derivable_qnext_b a (i : Action sh) : derivable_b (fun m => qnext mf m net (inr a)) net (inr i).
Proof. exact: has_derivable (has_qnext (entry_b (inr i)) (inr a)). Qed.

(** The signal at an action, summed over all actions. *)
Lemma signal_sum (k : Action sh -> K) (i : Action sh) :
  signal q k (inr i) = \sum_a q (inr a) * k a * ((a == i)%:R - q (inr i)).
Proof.
rewrite signal_action; last exact: q_normalised.
under [RHS]eq_bigr do rewrite mulrBr.
rewrite sumrB -mulr_suml mulrBr [q _ * \sum_a0 _]mulrC; congr (_ - _).
by under [RHS]eq_bigr do rewrite mulrC; rewrite (sum_deltal i (fun a => q (inr a) * k a)).
Qed.

Lemma signal_scale c (k : Action sh -> K) i : signal q (fun a => c * k a) i = c * signal q k i.
Proof.
rewrite /signal mulr_sumr; apply: eq_bigr => v _.
have swap (x y w : K) : x * (c * y * w) = c * (x * (y * w)) by ring.
exact: swap.
Qed.

End LastStep.
