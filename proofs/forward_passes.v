(** Forward passes from given activities, in half and in full: their scores, and a network for
    counterexamples. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point adjoint.
From svpg Require Import two_hidden_circuits.
From svpg.generated Require Import chapter_01_network chapter_09_credit.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** In half *)
Section Half.
Variables (K : realType) (sh : shape) (odds : Unit sh -> K).
Implicit Types (net : network K sh) (e : entry sh).

Definition half net : network K sh :=
  Network (W net) (U net) (b net) (s net) (R net) (A net) (connected net) (1 / 2%:R).

Lemma half_ok net : network_ok net -> network_ok (half net).
Proof. by case=> *; split=> //; right. Qed.

Lemma x0_gt0 net i : (forall j, 0 < odds j) -> 0 < x0 net odds i.
Proof. by move=> odds0; rewrite divr_gt0 ?circuit_sum_gt0. Qed.

Lemma half_moved net e x : half (moved net e x) = moved (half net) e x.
Proof. by case: e. Qed.

Lemma half_value net e : value (half net) e = value net e.
Proof. by case: e. Qed.

Lemma z_halfE net l : z_half net odds l = net_input (half net) (x0 net odds) l.
Proof.
rewrite /z_half /net_input /=; congr (_ + _ + _); rewrite mulr_sumr; apply: eq_bigr => j _.
have swap (x y : K) : x / 2%:R * y = 1 / 2%:R * (x * y) by field.
exact: swap.
Qed.

Lemma has_z_half net e l : has (fun x => z_half (moved net e x) odds l) (value net e)
  (dinput (half net) e (x0 net odds) l).
Proof.
apply: has_ext (has_affine (net_input (half net) (x0 net odds) l)
  (dinput (half net) e (x0 net odds) l) (value net e) _) => y.
by rewrite z_halfE half_moved -(half_value net e); exact/esym/moved_input.
Qed.

Lemma has_log_half net e v : has (fun x => log_half (moved net e x) odds v) (value net e)
  (along (half net) e (x0 net odds) (surprise net odds v)).
Proof.
have := has_log_winners (has_z_half net e) v.
by rewrite moved_value -/(surprise net odds v) sum_dinput.
Qed.

End Half.

(** ** In full *)
Section Full.
Variables (K : realType) (odds : Unit two_circuits -> K).
Hypothesis odds0 : forall i, 0 < odds i.
Let net := coupled_net K.
Implicit Types (e : entry two_circuits).

Lemma z_fullE net' l : kappa net' = 1 -> z_full net' odds l = net_input net' (x0 net' odds) l.
Proof. by move=> k1; rewrite /z_full /net_input k1 mul1r. Qed.

Lemma has_log_full e v : has (fun x => log_full (moved net e x) odds v) (value net e)
  (along net e (x0 net odds) (fun i => winner K v i - softmax (z_full net odds) i)).
Proof.
have Z l : has (fun x => z_full (moved net e x) odds l) (value net e)
    (dinput net e (x0 net odds) l).
  apply: has_ext (has_affine (net_input net (x0 net odds) l)
    (dinput net e (x0 net odds) l) (value net e) _) => y.
  by rewrite z_fullE ?moved_kappa //; exact/esym/moved_input.
by have := has_log_winners Z v; rewrite moved_value sum_dinput.
Qed.

(** All inputs are those of the weights, and half as large in half. *)
Let fullE l : z_full net odds l = couple net (x0 net odds) l.
Proof. by rewrite z_fullE // /net_input [X in _ + X + _]big1 ?addr0 // => k _; exact: mul0r. Qed.

Let halfE l : z_half net odds l = 2%:R^-1 * couple net (x0 net odds) l.
Proof.
rewrite z_halfE /net_input [X in _ + X + _]big1 ?addr0 => [|k _]; last exact: mul0r.
by rewrite /couple /= !mul1r.
Qed.

Let couple0 l : l != inl coupled -> l != inr rewarding -> couple net (x0 net odds) l = 0.
Proof.
by move=> /negbTE N1 /negbTE N2; rewrite couple_coupled N1 N2 !mul0r addr0 mulr0.
Qed.

Lemma full_isolated v : winner K v (inl isolated) - softmax (z_full net odds) (inl isolated) =
  surprise net odds v (inl isolated).
Proof.
have same l : circuit l == circuit (inl isolated) -> z_full net odds l = z_half net odds l.
  move=> C; rewrite halfE fullE couple0 ?mulr0 //; first by apply: contraTneq C => ->.
  by apply: contraTneq C => ->.
by congr (_ - expR _ / _); [exact: same | apply: eq_bigr => l C; rewrite same].
Qed.

Lemma full_coupled v : surprise net odds v (inl coupled) <>
  winner K v (inl coupled) - softmax (z_full net odds) (inl coupled).
Proof.
move=> /addrI /oppr_inj /softmax_coupled_inj.
rewrite !halfE !fullE couple0 // mulr0 => /(_ erefl erefl) /eqP.
have E (c : K) : 2%:R^-1 * c - c = - (2%:R^-1 * c) by field.
rewrite -subr_eq0 E oppr_eq0 couple_coupled eqxx mul1r [_ == inr _]/= mul0r addr0.
by rewrite mulf_eq0 mulf_eq0 !invr_eq0 !pnatr_eq0 (gt_eqF (x0_gt0 net _ odds0)).
Qed.

End Full.
