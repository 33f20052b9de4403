(** The network: derivations/01-network.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy last_step fixed_point
  clamped.
From svpg.generated Require Import chapter_01_network.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Theorem N1 : N1_statement.
Proof. by move=> K sh net ok i j; rewrite -!(W_masked ok) -(W_sym ok i j); split; rewrite -?(W_masked ok). Qed.

Theorem N2 : N2_statement.
Proof.
move=> K sh net ok; split; split.
- by rewrite /p -mulr_suml.
- by rewrite divff // Z_neq0.
- exact: sum_actions.
exact: p_one.
Qed.

Theorem N5 : N5_statement.
Proof.
move=> K sh net mf ok fp; split; [|split].
- by move=> i; split=> //; exact: free_softmax.
- move=> i; split=> //; rewrite /field; congr (_ + _ + _); rewrite -mulrA mulrCA; congr (_ * _).
  by rewrite mulr_sumr; apply: eq_bigr => j _; rewrite (W_sym ok j i); ring.
by move=> i; apply: surprise_mean; exact: q_normalised.
Qed.

Theorem N6 : N6_statement.
Proof.
move=> K sh net mf ok fp; have E i : softmax (z mf net) i = q mf net i by exact: softmax_z.
split; first by move=> i; split=> //; exact: E.
by rewrite /J_laststep /J_meanfield qnextE.
Qed.

(** ** Without recurrent weights between circuits *)
Section Alone.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Hypothesis no_weights : forall i j, W net i j = 0.

Lemma couple0 x l : couple net x l = 0.
Proof. by rewrite /couple big1 ?mulr0 // => m _; rewrite !no_weights addr0 mul0r. Qed.

Lemma dfree_alone (sm : smooth mf net free_state) e i :
  dfree net mf e i = q mf net i * (dinput net e (q mf net) i -
    circuit_mean (q mf net) (dinput net e (q mf net)) i).
Proof.
rewrite dfreeE // /jac /circuit_mean couple0 addr0; congr (_ * (_ - _)).
by apply: eq_bigr => l _; rewrite couple0 addr0.
Qed.

Lemma has_J_meanfield (sm : smooth mf net free_state) e :
  has (fun x => J_meanfield mf (moved net e x)) (value net e)
    (along net e (q mf net) (signal (q mf net) (R net))).
Proof.
rewrite -sum_qnext //.
apply: (@has_ext _ (fun x => \sum_a q mf (moved net e x) (inr a) * R net a)) => [y|].
  by rewrite /J_meanfield moved_R.
apply: has_sum => a _; apply: has_scaler; rewrite -dfree_alone //; exact: has_free.
Qed.

End Alone.

Theorem N7b : N7b_statement.
Proof.
move=> K sh net mf ok hh ha fp sm.
have no_weights i j : W net i j = 0.
  case: i j => [h|a] [h'|a'].
  - exact: hh.
  - by case: (ha h a').
  - by case: (ha h' a).
  by rewrite (W_masked ok) /mask (connected_irr ok) mul0r.
split=> [i|k i].
  have DL := has_J_laststep net fp (entry_b i).
  have DM := has_J_meanfield fp no_weights sm (entry_b i).
  by do !split; [exact: etrans (has_val DL) (esym (has_val DM)) | exact: has_derivable DL | exact: has_derivable DM].
have DL := has_J_laststep net fp (entry_U k i).
have DM := has_J_meanfield fp no_weights sm (entry_U k i).
by do !split; [exact: etrans (has_val DL) (esym (has_val DM)) | exact: has_derivable DL | exact: has_derivable DM].
Qed.

(** ** One circuit and the rest *)
Section OneCircuit.
Variables (K : realType) (sh : shape) (net : network K sh) (v : Configuration sh) (i : Unit sh).
Hypothesis ok : network_ok net.
Let w := winner K v.
Let out j := circuit j != circuit i.

(** What a winner does not depend on: the energy of the other circuits. *)
Definition rest : K :=
  kappa net * (\sum_j \sum_(l | out j && out l) w j * W net j l * w l) +
  \sum_(j | out j) w j * (\sum_k s net k * U net k j + b net j).

Hypothesis wins : w i = 1.

Lemma sum_winner (F : Unit sh -> K) : \sum_j F j * w j = \sum_(j | out j) F j * w j + F i.
Proof.
rewrite (bigID out) /=; congr (_ + _).
rewrite (eq_bigr (fun j => F j * ((j == i)%:R * w j))); last first.
  by move=> j; rewrite negbK => E; rewrite -winner_winner // -/w wins mulr1.
rewrite big_mkcond /= -[RHS](sum_deltal i F); apply: eq_bigr => j _; rewrite negbK.
case: (j =P i) => [->|_]; first by rewrite eqxx -/w wins !mul1r mulr1.
by rewrite !mul0r mulr0 if_same.
Qed.

Lemma energy_rest : minus_energy net w = rest + field net w i.
Proof.
have W0 : W net i i = 0 by rewrite (W_masked ok) /mask (connected_irr ok) mul0r.
have biasE j : \sum_k s net k * U net k j + b net j = bias net j.
  by congr (_ + _); apply: eq_bigr => k _; exact: mulrC.
rewrite minus_energyE (sum_winner (bias net)) /rest.
have -> : field net w i = kappa net * (\sum_j (W net i j + W net j i) * w j) + bias net i.
  exact: inputE.
rewrite (sum_winner (fun j => W net i j + W net j i)) W0 addr0 addr0.
have -> : \sum_j \sum_l w j * W net j l * w l =
    \sum_j \sum_(l | out j && out l) w j * W net j l * w l + \sum_(j | out j) (W net i j + W net j i) * w j.
  have row j : \sum_l w j * W net j l * w l = (\sum_(l | out l) W net j l * w l + W net j i) * w j.
    rewrite -(sum_winner (W net j)) mulr_suml; apply: eq_bigr => l _; ring.
  rewrite (eq_bigr _ (fun j _ => row j)) (sum_winner (fun j => \sum_(l | out l) W net j l * w l + W net j i)).
  rewrite W0 addr0; under [X in X + _]eq_bigr do rewrite mulrDl.
  rewrite big_split /= -addrA; congr (_ + _).
    rewrite [LHS]big_mkcond; apply: eq_bigr => j _; case: ifP => Oj /=.
      by rewrite mulr_suml; apply: eq_bigr => l _; ring.
    by rewrite big_pred0.
  by rewrite addrC -big_split; apply: eq_bigr => j _ /=; rewrite mulrDl.
have -> : \sum_(j | out j) bias net j * w j =
    \sum_(j | out j) w j * (\sum_k s net k * U net k j + b net j).
  by apply: eq_bigr => j _; rewrite biasE mulrC.
have order (k x y t u : K) : k * (x + y) + (t + u) = k * x + t + (k * y + u) by ring.
exact: order.
Qed.

End OneCircuit.

Theorem N3 : N3_statement.
Proof.
move=> K sh net ok v i.
have E : energy net v = - minus_energy net (winner K v) by [].
have [->|wins] : winner K v i = 0 \/ winner K v i = 1.
- by case: i => [h|a] /=; [case: (_ == _) | case: (_ == _)]; [right | left | right | left].
- by rewrite mulr0 mul0r oppr0.
by rewrite wins mulr1 mul1r E opprK (energy_rest ok wins) addrA.
Qed.
