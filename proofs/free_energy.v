(** Clamped states, and free energies along one entry of a network. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Lemma ln_softmax (K : realType) (sh : shape) (x : Unit sh -> K) i :
  ln (softmax x i) = x i - ln (\sum_(j | circuit j == circuit i) expR (x j)).
Proof. by rewrite /softmax ln_div ?posrE ?expR_gt0 ?exp_sum_gt0 // expK. Qed.

Section FreeEnergy.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Implicit Types (e : entry sh) (a : Action sh) (i l : Unit sh).

(** ** The clamped state *)
Section Clamped.
Hypothesis sm : forall a, smooth mf net (clamped_at a).

Definition dclamped e a l : K :=
  'D_1 (fun x : K => mf (moved net e x) (clamped_at a) l) (value net e).

Lemma has_clamped e a l :
  has (fun x => mf (moved net e x) (clamped_at a) l) (value net e) (dclamped e a l).
Proof.
apply: has_derive; case: e => [i j|k i|i].
- exact: (@smooth_W _ _ _ _ _ (sm a) i j l).
- exact: (@smooth_U _ _ _ _ _ (sm a) k i l).
exact: (@smooth_b _ _ _ _ _ (sm a) i l).
Qed.

Lemma dclamped_action e a a' : dclamped e a (inr a') = 0.
Proof.
apply: has_val; apply: has_ext (has_cst (a == a')%:R _) => x.
by rewrite clamped_action.
Qed.

Lemma dclampedE e a l : dclamped e a l =
  jac (mf net (clamped_at a)) (fun l => dinput net e (mf net (clamped_at a)) l +
    couple net (dclamped e a) l) l.
Proof.
case: l => [h|a'].
  apply: has_val; have := has_softmax (fun l => has_input (has_clamped e a) l) (inl h).
  rewrite moved_value => D.
  have E : forall i, circuit i == circuit (inl h) ->
      softmax (net_input net (mf net (clamped_at a))) i = mf net (clamped_at a) i.
    by move=> [h'|a''] // _; rewrite -clamped_softmax.
  have -> : jac (mf net (clamped_at a)) (fun l => dinput net e (mf net (clamped_at a)) l +
      couple net (dclamped e a) l) (inl h) =
      softmax (net_input net (mf net (clamped_at a))) (inl h) *
      (dinput net e (mf net (clamped_at a)) (inl h) + couple net (dclamped e a) (inl h) -
      circuit_mean (softmax (net_input net (mf net (clamped_at a))))
        (fun l => dinput net e (mf net (clamped_at a)) l + couple net (dclamped e a) l) (inl h)).
    rewrite /jac E //; congr (_ * (_ - _)); apply: eq_bigr => i Ei; by rewrite E.
  by apply: has_ext D => x; rewrite -clamped_softmax.
rewrite dclamped_action /jac clamped_action // /circuit_mean sum_circuit_action.
case: (a =P a') => [<-|_]; last by rewrite mul0r.
under eq_bigr do rewrite clamped_action //.
by rewrite sum_delta subrr mulr0.
Qed.

End Clamped.

(** ** Free energies move as if the state did not *)
Section Envelope.
Variables (e : entry sh) (Q : K -> Unit sh -> K) (dq y : Unit sh -> K) (D : pred (Unit sh)).
Let x0 := value net e.
Hypothesis has_Q : forall l, has (fun x => Q x l) x0 (dq l).
Hypothesis nQ : normalised (Q x0).
Hypothesis dqE : forall l, dq l = jac (Q x0) y l.
Hypothesis D0 : forall l, ~~ D l -> dq l = 0.
Hypothesis Q0 : forall l, D l -> 0 < Q x0 l.
Hypothesis QE : forall l, D l -> Q x0 l = softmax (net_input net (Q x0)) l.
Hypothesis Dc : forall l m, circuit m == circuit l -> D m = D l.

Let z := net_input net (Q x0).
Definition slope l : K := 1 - ln (\sum_(m | circuit m == circuit l) expR (z m)).

Lemma slopeE l : D l -> ln (Q x0 l) + 1 - z l = slope l.
Proof. by move=> Dl; rewrite QE // ln_softmax /slope -/z; ring. Qed.

Lemma slope_zero : \sum_(l | D l) slope l * dq l = 0.
Proof.
rewrite big_mkcond (eq_bigr (fun l => (if D l then slope l else 0) * jac (Q x0) y l)).
  rewrite -/(dot _ _) -jac_sym; apply: big1 => l _; rewrite jac_circuit_constant ?mul0r //.
  by move=> m l' E; rewrite (Dc E) /slope (eqP E).
by move=> l _; rewrite dqE; case: (D l); rewrite ?mul0r.
Qed.

Lemma has_entropy :
  has (fun x => \sum_(l | D l) Q x l * ln (Q x l)) x0 (\sum_(l | D l) (ln (Q x0 l) + 1) * dq l).
Proof.
apply: has_sum => l Dl; have L := has_ln (Q0 Dl) (has_Q l).
apply: has_eq (has_mul (has_Q l) L) _.
have q0 : Q x0 l != 0 by rewrite gt_eqF // Q0.
by rewrite mulrCA mulfV // mulr1 mulrDl mul1r addrC.
Qed.

Lemma has_free_energy_slopes :
  has (fun x => - minus_energy (moved net e x) (Q x) + \sum_(l | D l) Q x l * ln (Q x l)) x0
    (\sum_(l | D l) (ln (Q x0 l) + 1 - z l) * dq l - denergy net e (Q x0)).
Proof.
apply: has_eq (has_add (has_opp (has_minus_energy has_Q)) has_entropy) _.
rewrite /dot (_ : \sum_l _ * _ = \sum_(l | D l) z l * dq l); last first.
  rewrite [RHS]big_mkcond; apply: eq_bigr => l _; case: ifP => // /negbT /D0 ->.
  by rewrite mulr0.
rewrite opprD addrAC -sumrN -big_split; congr (_ - _).
by apply: eq_bigr => l _ /=; ring.
Qed.

Lemma has_free_energy :
  has (fun x => - minus_energy (moved net e x) (Q x) + \sum_(l | D l) Q x l * ln (Q x l)) x0
    (- denergy net e (Q x0)).
Proof.
apply: has_eq has_free_energy_slopes _.
by rewrite (eq_bigr _ (fun l Dl => congr1 (fun c => c * dq l) (slopeE Dl))) slope_zero add0r.
Qed.

End Envelope.

End FreeEnergy.
