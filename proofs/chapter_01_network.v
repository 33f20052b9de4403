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

(** ** One circuit given all others *)
Section GivenOthers.
Variables (K : realType) (sh : shape) (net : network K sh) (v : Configuration sh) (i : Unit sh).
Hypothesis ok : network_ok net.
Implicit Types (u : Configuration sh) (j : Unit sh).

Definition alike u : bool := agree net v u i == 1.

Lemma alikeP u : reflect (forall j, circuit j != circuit i -> winner K v j = winner K u j) (alike u).
Proof.
rewrite /alike /agree; apply: (iffP idP) => [/eqP E j N|E].
  apply/eqP; apply/negPn/negP => /negbTE D; move: E; rewrite (bigD1 j) //= D mul0r => /eqP.
  by rewrite eq_sym oner_eq0.
by rewrite big1 // => j N; rewrite (E j N) eqxx.
Qed.

(** The winner of the circuit of i replaced. *)
Definition with_winner j : Configuration sh :=
  match j with
  | inl h => ([ffun g => if g == h.1 then h.2 else v.1 g], v.2)
  | inr a => (v.1, a)
  end.

Lemma with_winner_wins j : winner K (with_winner j) j = 1.
Proof. by case: j => [h|a] /=; rewrite ?ffunE !eqxx. Qed.

Lemma with_winner_alike j : circuit j = circuit i -> alike (with_winner j).
Proof.
move=> E; apply/alikeP => l; rewrite -E; case: j E => [h|a] _; case: l => [h'|a'] //=.
by rewrite ffunE => N; case: (h'.1 =P h.1) => // Eh; move: N; rewrite Eh eqxx.
Qed.

Lemma winner_hidden u g d : winner K u (inl (g, d)) = 1 -> u.1 g = d.
Proof. by rewrite /=; case: eqP => // _ /eqP; rewrite eq_sym oner_eq0. Qed.

Lemma winner_act u a : winner K u (inr a) = 1 -> u.2 = a.
Proof. by rewrite /=; case: eqP => // _ /eqP; rewrite eq_sym oner_eq0. Qed.

Lemma alike_unique u j : circuit j = circuit i -> alike u -> winner K u j = 1 -> u = with_winner j.
Proof.
move=> E /alikeP A wins; have hidden g : Some g != circuit i -> u.1 g = v.1 g.
  by move=> N; apply: winner_hidden; rewrite -A //= eqxx.
have act : None != circuit i -> u.2 = v.2.
  by move=> N; apply: winner_act; rewrite -A //= eqxx.
case: u wins hidden act {A} => u1 u2 wins hidden act; case: j E wins => [[g d]|a] E wins /=.
  congr (_, _); last by apply: act; rewrite -E.
  apply/ffunP => g'; rewrite ffunE /=; case: (g' =P g) => [->|N]; first exact: winner_hidden wins.
  by apply: hidden; rewrite -E /=; apply/eqP => -[].
congr (_, _); last exact: winner_act wins.
by apply/ffunP => g'; apply: hidden; rewrite -E.
Qed.

Lemma one_alike j : circuit j = circuit i -> \sum_(u | alike u) winner K u j = 1.
Proof.
move=> E; rewrite (bigD1 (with_winner j)) ?with_winner_alike //= with_winner_wins big1 ?addr0 //.
move=> u /andP [Au N]; have [//|wins] : winner K u j = 0 \/ winner K u j = 1.
  by case: (j) => [h|a] /=; [case: (_ == _) | case: (_ == _)]; [right | left | right | left].
by move: N; rewrite (alike_unique E Au wins) eqxx.
Qed.

(** The field does not see its own circuit. *)
Lemma field_alike u j : circuit j = circuit i -> alike u -> field net (winner K u) j = field net (winner K v) j.
Proof.
move=> E /alikeP A; congr (_ * _ + _ + _); apply: eq_bigr => l _.
have [El|N] := eqVneq (circuit l) (circuit i); last by rewrite A.
rewrite (W_masked ok j l) (W_masked ok l j) /mask E El (connected_irr ok).
by rewrite !mul0r addr0 !mul0r.
Qed.

Lemma rest_alike u j : circuit j = circuit i -> alike u -> rest net u j = rest net v i.
Proof.
move=> E /alikeP A; rewrite /rest E; congr (_ * _ + _).
  apply: eq_bigr => l _; apply: eq_bigr => m /andP [Ol Om]; by rewrite !A.
by apply: eq_bigr => l Ol; rewrite A.
Qed.

Lemma sum_alike j : circuit j = circuit i ->
  \sum_(u | alike u) weight net u * winner K u j =
  expR (rest net v i) * expR (field net (winner K v) j).
Proof.
move=> E; rewrite -[RHS]mulr1 -(one_alike E) mulr_sumr; apply: eq_bigr => u Au.
have [->|wins] : winner K u j = 0 \/ winner K u j = 1.
- by case: (j) => [h|a] /=; [case: (_ == _) | case: (_ == _)]; [right | left | right | left].
- by rewrite !mulr0.
rewrite wins !mulr1 -expRD /weight.
have -> : - energy net u = minus_energy net (winner K u) by rewrite /energy opprK.
by rewrite (energy_rest ok wins) rest_alike // field_alike.
Qed.

Lemma sum_alike_all : \sum_(u | alike u) weight net u =
  expR (rest net v i) * \sum_(j | circuit j == circuit i) expR (field net (winner K v) j).
Proof.
rewrite mulr_sumr; under [RHS]eq_bigr => j /eqP E do rewrite -sum_alike //.
rewrite exchange_big; apply: eq_bigr => u _ /=.
by rewrite -mulr_sumr one_winner mulr1.
Qed.

End GivenOthers.

Theorem N4 : N4_statement.
Proof.
move=> K sh net ok v i; split.
  have top : \sum_(u | alike net v i u) p net u * winner K u i =
      (\sum_(u | alike net v i u) weight net u * winner K u i) / Z net.
    by rewrite mulr_suml; apply: eq_bigr => u _; rewrite /p mulrAC.
  have bottom : \sum_(u | alike net v i u) p net u =
      (\sum_(u | alike net v i u) weight net u) / Z net by rewrite mulr_suml.
  by rewrite top bottom invf_div mulrA divfK // Z_neq0.
rewrite -/(alike net v i) (sum_alike v ok (erefl _)) (sum_alike_all v i ok) /softmax.
by rewrite invfM mulrACA mulfV ?mul1r // gt_eqF // expR_gt0.
Qed.
