(** A network whose second hidden circuit is coupled to the actions, and whose first one has no
    weights: a counterexample for hidden units that should learn, and do not. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point adjoint.
From svpg Require Import small_weights.
From svpg.generated Require Import chapter_01_network.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** One state neuron, two hidden circuits of two units, two actions. *)
Definition two_circuits : shape := Shape 1 2 1 1 0 0.

Definition only_state : State two_circuits := ord0.
Definition isolated : Hidden two_circuits := (ord0, ord0).
Definition coupled : Hidden two_circuits := (lift ord0 ord0, ord0).
Definition rewarding : Action two_circuits := ord0.

(** Neither of the two hidden units above wins. *)
Definition both_lose : Configuration two_circuits := ([ffun=> lift ord0 ord0], rewarding).

(** The products of a rule for their synapse are negative there. *)
Lemma both_lose_lt0 (K : realType) (x p : Unit two_circuits -> K) :
  (forall i, 0 < x i) -> (forall i, 0 < p i) ->
  x (inl coupled) * (winner K both_lose (inl isolated) - p (inl isolated)) +
  x (inl isolated) * (winner K both_lose (inl coupled) - p (inl coupled)) < 0.
Proof.
move=> x0 p0; have lose h : h.2 == ord0 -> winner K both_lose (inl h) - p (inl h) < 0.
  by move=> /eqP E; rewrite /= ffunE E sub0r oppr_lt0.
by rewrite -oppr_gt0 opprD -!mulrN addr_gt0 // mulr_gt0 // oppr_gt0 lose.
Qed.

(** A logistic function of the difference of two inputs, and therefore injective. *)
Lemma softmax_coupled_inj (K : realType) (x y : Unit two_circuits -> K) :
  let other := inl (coupled.1, lift ord0 ord0) in
  x other = 0 -> y other = 0 ->
  softmax x (inl coupled) = softmax y (inl coupled) -> x (inl coupled) = y (inl coupled).
Proof.
move=> other x1 y1; have soft z : z other = 0 ->
    softmax z (inl coupled) = expR (z (inl coupled)) / (expR (z (inl coupled)) + 1).
  by move=> z1; rewrite /softmax sum_circuit_hidden big_ord_recl big_ord1 z1 expR0.
rewrite !soft // => E; apply: expR_inj; move: (expR _) (expR _) (expR_gt0 (x (inl coupled)))
  (expR_gt0 (y (inl coupled))) E => a c a0 c0 /eqP.
have pos z : 0 < z -> z + 1 != 0 :> K by move=> z0; rewrite gt_eqF // addr_gt0 ?ltr01.
by rewrite eqr_div ?pos // !mulrDr !mulr1 [c * a]mulrC => /eqP /addrI.
Qed.

Section Coupled.
Variable K : realType.

Let H : Unit two_circuits := inl coupled.
Let A : Unit two_circuits := inr rewarding.
Let w : K := 16%:R^-1.

Definition coupled_net : network K two_circuits :=
  Network (fun i j => w * ((i == H)%:R * (j == A)%:R + (i == A)%:R * (j == H)%:R))
    (fun _ _ => 0) (fun=> 0) (fun=> 1) (fun a => (a == rewarding)%:R) 1 (fun c d => c != d) 1.

Lemma coupled_ok : network_ok coupled_net.
Proof.
split=> [c d|c|i j|i j|k|] /=; rewrite ?eqxx ?ltr01 //; last by left.
- by rewrite eq_sym.
- have masked (i' j' : Unit two_circuits) : circuit i' != circuit j' ->
      (i == i')%:R * (j == j')%:R = mask coupled_net i j * ((i == i')%:R * (j == j')%:R) :> K.
    move=> apart; rewrite /mask /=; case: (i =P i') => [->|_]; last by rewrite !mul0r mulr0.
    by case: (j =P j') => [->|_]; rewrite ?apart !mul1r // mulr0.
  by rewrite mulrCA [mask _ _ _ * _]mulrDr -!masked.
by congr (_ * _); rewrite addrC; congr (_ + _); rewrite mulrC.
Qed.

Lemma couple_coupled x l :
  couple coupled_net x l = 8%:R^-1 * ((l == H)%:R * x A + (l == A)%:R * x H).
Proof.
rewrite /couple mul1r /= -(sum_deltal A x) -(sum_deltal H x) !mulr_sumr -big_split mulr_sumr.
have regroup (a c d e x0 : K) :
    (16%:R^-1 * (a * c + d * e) + 16%:R^-1 * (e * d + c * a)) * x0 =
    8%:R^-1 * (a * (c * x0) + d * (e * x0)) by field.
by apply: eq_bigr => m _; exact: regroup.
Qed.

Lemma coupled_small : small coupled_net.
Proof.
exists 4%:R^-1 => [|l].
  have -> : 2%:R * 4%:R^-1 = 2%:R^-1 :> K by field.
  by rewrite invf_lt1 ?ltr1n ?ltr0n.
rewrite normr1 mul1r (eq_bigr (fun m => (W coupled_net l m + W coupled_net m l) * 1)) => [|m _].
  have := couple_coupled (fun=> 1) l; rewrite /couple mul1r => ->; rewrite !mulr1.
  have -> : 4%:R^-1 = 8%:R^-1 * 2%:R :> K by field.
  by rewrite -natrD ler_wpmul2l ?invr_ge0 ?ler0n // ler_nat (leq_add (leq_b1 _) (leq_b1 _)).
by rewrite mulr1 ger0_norm // !(addr_ge0, mulr_ge0) ?invr_ge0 ?ler0n.
Qed.

Section Gradient.
Variable mf : states K two_circuits.
Hypothesis fp : fixed_points mf.

Let q := chapter_01_network.q mf coupled_net.
Let rho i := q i * (1 - q i).

Lemma jac_delta (i l : Unit two_circuits) :
  jac q (fun m => (m == i)%:R) l = q l * ((l == i)%:R - (circuit i == circuit l)%:R * q i).
Proof.
rewrite /jac /circuit_mean; congr (_ * (_ - _)); rewrite big_mkcond.
rewrite -(sum_deltal i (fun m => (circuit m == circuit l)%:R * q m)).
by apply: eq_bigr => m _; case: (circuit m == circuit l); rewrite ?mul1r ?mul0r ?mulr0 // mulrC.
Qed.

(** Both circuits have another unit, whose probability is not 0 either. *)
Let rho_of i j : q i + q j = 1 -> 0 < rho i <= 1.
Proof.
move=> /(canRL (addKr _)) E; have qi : 0 < q i := free_gt0 coupled_net i fp.
have : 0 < q j := free_gt0 coupled_net j fp; rewrite E addrC subr_gt0 => qi1.
rewrite /rho mulr_gt0 ?subr_gt0 //= mulr_ile1 ?subr_ge0 ?(ltW qi) ?(ltW qi1) //.
by rewrite ler_subl_addr ler_addl ltW.
Qed.

Let rho_A : 0 < rho A <= 1.
Proof.
apply: (@rho_of _ (inr (lift ord0 ord0))).
by have := normalised_action (free_normalised coupled_net fp); rewrite big_ord_recl big_ord1.
Qed.

Let rho_H : 0 < rho H <= 1.
Proof.
apply: (@rho_of _ (inl (coupled.1, lift ord0 ord0))).
have := normalised_hidden coupled.1 (free_normalised coupled_net fp).
by rewrite big_ord_recl big_ord1.
Qed.

Let loop : K := 64%:R^-1 * (rho A * rho H).

Let loop1 : 0 < 1 - loop.
Proof.
have /andP [/ltW A0 A1] := rho_A; have /andP [/ltW H0 H1] := rho_H.
rewrite subr_gt0 /loop; apply: (@le_lt_trans _ _ (64%:R^-1 * 1)).
  by rewrite ler_wpmul2l ?invr_ge0 ?ler0n // mulr_ile1.
by rewrite mulr1 invf_lt1 ?ltr1n ?ltr0n.
Qed.

(** What arrives at the inputs of the two units. *)
Let at_A : K := (1 - loop)^-1.
Let at_H : K := 8%:R^-1 * rho A * at_A.

Definition error (l : Unit two_circuits) : K :=
  at_A * jac q (fun m => (m == A)%:R) l + at_H * jac q (fun m => (m == H)%:R) l.

Let error_A : error A = at_A * rho A.
Proof. by rewrite /error !jac_delta /= mul0r subr0 mulr0 mulr0 addr0 mul1r. Qed.

Let error_H : error H = at_H * rho H.
Proof. by rewrite /error !jac_delta /= mul0r subr0 mulr0 mulr0 add0r mul1r. Qed.

Lemma error_solves l :
  error l = jac q (fun m => rewarded coupled_net m + couple coupled_net error m) l.
Proof.
have at_AE : at_A = 1 + 8%:R^-1 * (at_H * rho H).
  have E : at_A * (1 - loop) = 1 by rewrite mulVf // gt_eqF.
  have square : 64%:R^-1 = 8%:R^-1 * 8%:R^-1 :> K by field.
  rewrite -[X in _ = X + _]E /at_H /loop square; ring.
rewrite (_ : (fun m => _) = (fun m => (m == A)%:R + (at_A - 1) * (m == A)%:R + at_H * (m == H)%:R)).
  by rewrite !jac_affine /error; ring.
apply: funext => m; rewrite couple_coupled error_A error_H.
have -> : rewarded coupled_net m = (m == A)%:R by case: m.
rewrite {2}at_AE; rewrite /at_H; ring.
Qed.

Lemma error_coupled : 0 < error (inl coupled).
Proof.
have /andP [A0 _] := rho_A; have /andP [H0 _] := rho_H.
by rewrite error_H /at_H /at_A; do !apply: mulr_gt0 => //; rewrite invr_gt0 ?ltr0n.
Qed.

(** The error at the rewarding action has the echo through the coupled unit, too. *)
Lemma error_action : q A * (1 - q A) < error A.
Proof.
have /andP [A0 _] := rho_A; have /andP [H0 _] := rho_H.
rewrite error_A ltr_pmull // /at_A invf_gt1 // ltr_subl_addr ltr_addl /loop.
by do !apply: mulr_gt0 => //; rewrite invr_gt0 ltr0n.
Qed.

Lemma error_isolated : error (inl isolated) = 0.
Proof. by rewrite /error !jac_delta /= !mul0r subrr !mulr0 addr0. Qed.

Lemma coupled_smooth : smooth mf coupled_net free_state.
Proof. exact: smooth_small fp coupled_small. Qed.

Lemma has_coupled (e : entry two_circuits) :
  has (fun x : K => J_meanfield mf (moved coupled_net e x)) (value coupled_net e)
    (along coupled_net e q error).
Proof.
apply: has_eq (has_J_meanfield coupled_smooth e) _.
exact: (J_adjoint fp coupled_smooth e error_solves).
Qed.

End Gradient.
End Coupled.
