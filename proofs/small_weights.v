(** Where the weights are small, every choice of fixed points is differentiable. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point linear_systems.
From svpg Require Import softmax_bounds.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** Linear maps of the units *)
Section Linear.
Variables (K : realType) (sh : shape).
Implicit Types (q x y : Unit sh -> K) (l : Unit sh) (h : K) (net : network K sh).

Lemma jac_affine q x y h l : jac q (fun i => x i + h * y i) l = jac q x l + h * jac q y l.
Proof.
rewrite /jac /circuit_mean [h * (_ * _)]mulrCA -mulrDr; congr (_ * _).
under eq_bigr do rewrite mulrDr mulrCA.
rewrite big_split /= -mulr_sumr.
have regroup (a b c d : K) : a + h * b - (c + h * d) = a - c + h * (b - d) by ring.
exact: regroup.
Qed.

Lemma jac_sum (I : finType) q (F : I -> Unit sh -> K) (x : I -> K) l :
  jac q (fun i => \sum_m F m i * x m) l = \sum_m jac q (F m) l * x m.
Proof.
rewrite [RHS](eq_bigr (fun m => q l * (F m l * x m -
  \sum_(i | circuit i == circuit l) q i * (F m i * x m)))) => [|m _]; last first.
  rewrite /jac -mulrA mulrBl /circuit_mean mulr_suml; congr (_ * (_ - _)).
  by apply: eq_bigr => i _; rewrite mulrA.
rewrite -mulr_sumr sumrB exchange_big /jac /circuit_mean; congr (_ * (_ - _)).
by apply: eq_bigr => i _; rewrite mulr_sumr.
Qed.

Lemma couple_affine net x y h l :
  couple net (fun i => x i + h * y i) l = couple net x l + h * couple net y l.
Proof.
rewrite /couple [h * (_ * _)]mulrCA -mulrDr; congr (_ * _).
by rewrite mulr_sumr -big_split; apply: eq_bigr => m _ /=; ring.
Qed.

Lemma coupleE net x l : couple net x l = \sum_m kappa net * (W net l m + W net m l) * x m.
Proof. by rewrite /couple mulr_sumr; apply: eq_bigr => m _; rewrite mulrA. Qed.

Lemma net_input_change net x y l :
  net_input net x l = net_input net y l + couple net (fun i => x i - y i) l.
Proof.
rewrite /net_input /couple; under [in X in _ = _ + X]eq_bigr do rewrite mulrBr.
by rewrite sumrB; ring.
Qed.

(** A system whose rows have a sum of absolute values below one. *)
Lemma solvable (T : finType) (N : T -> T -> K) (c : T -> K) (g : K) : g < 1 ->
  (forall i, \sum_j `|N i j| <= g) -> exists V, forall i, V i = c i + \sum_j N i j * V j.
Proof.
move=> g1 rows; pose M (i j : 'I_#|T|) := N (enum_val i) (enum_val j).
have over (F : T -> K) : \sum_j F j = \sum_(j < #|T|) F (enum_val j).
  exact: reindex (onW_bij _ (@enum_val_bij T)).
have unitM : rest M \in unitmx.
  by apply: rest_unit g1 _ => i; rewrite /M -(over (fun j => `|N _ j|)).
have [V sV _] := regular (fun i => c (enum_val i)) unitM.
exists (fun i => V (enum_rank i)) => i; rewrite sV /affine enum_rankK over; congr (_ + _).
by apply: eq_bigr => j _; rewrite /M enum_rankK enum_valK.
Qed.

End Linear.

(** ** Small weights: those that reach a unit, both ways and with kappa, have a sum of absolute
    values below 1/2. *)
Definition small (K : realType) (sh : shape) (net : network K sh) : Prop :=
  exists2 g : K, 2%:R * g < 1 &
    forall l, (`|kappa net| * \sum_m `|W net l m + W net m l|)%R <= g.

Section Small.
Variables (K : realType) (sh : shape) (net : network K sh) (g : K).
Hypothesis g1 : 2%:R * g < 1.
Hypothesis rows : forall l, (`|kappa net| * \sum_m `|W net l m + W net m l|)%R <= g.
Implicit Types (q x u : Unit sh -> K) (l : Unit sh) (e : entry sh).

Lemma couple_le x l B : (forall i, `|x i| <= B) -> `|couple net x l| <= g * B.
Proof.
move=> xB; have B0 : 0 <= B by apply: le_trans (xB l).
apply: le_trans (ler_wpmul2r B0 (rows l)); rewrite /couple normrM -mulrA ler_wpmul2l //.
rewrite mulr_suml; apply: le_trans (ler_norm_sum _ _ _) _.
by apply: ler_sum => m _; rewrite normrM ler_wpmul2l.
Qed.

(** How the state answers a change u of the input. *)
Lemma response q u : (forall i, 0 <= q i) -> normalised q ->
  exists d, forall l, d l = jac q (fun i => u i + couple net d i) l.
Proof.
move=> q0 nq; pose N l m := jac q (fun i => kappa net * (W net i m + W net m i)) l.
have NE x l : jac q (couple net x) l = \sum_m N l m * x m.
  by rewrite -jac_sum; congr jac; apply: funext => i; exact: coupleE.
have [l|d dE] := solvable (jac q u) g1 (N := N).
  rewrite (eq_bigr (fun m => N l m * Num.sg (N l m))) => [|m _]; last by rewrite mulrC -normrEsg.
  rewrite -NE; apply: le_trans (ler_norm _) _; rewrite -[g]mulr1; apply: jac_le => // i.
  by apply: couple_le => m; rewrite normr_sg lern1 leq_b1.
exists d => l; rewrite {1}dE -NE -[jac q (couple _ _) l]mul1r -jac_affine.
by congr jac; apply: funext => i; rewrite mul1r.
Qed.

(** The greatest effect of an entry on an input. *)
Definition effect e : K :=
  match e with
  | entry_W _ _ => `|kappa net| * 2%:R
  | entry_U k _ => `|s net k|
  | entry_b _ => 1
  end.

Lemma delta_le (c : bool) (x B : K) : `|x| <= B -> `|c%:R * x| <= B.
Proof. by case: c; rewrite ?mul1r // mul0r normr0; apply: le_trans. Qed.

Lemma deltas_le (c c' : bool) (x y B : K) : `|x| <= B -> `|y| <= B ->
  `|kappa net * (c%:R * x + c'%:R * y)| <= `|kappa net| * 2%:R * B.
Proof.
move=> xB yB; rewrite normrM -mulrA ler_wpmul2l // [2%:R * B]mulr_natl mulr2n.
by apply: le_trans (ler_norm_add _ _) _; apply: ler_add; exact: delta_le.
Qed.

Lemma dinput_le e x l : (forall i, `|x i| <= 1) -> `|dinput net e x l| <= effect e.
Proof.
move=> x1; case: e => [i j|k i|i] /=.
- by rewrite -[_ * 2%:R]mulr1; exact: deltas_le.
- by rewrite mulrC; apply: delta_le.
by rewrite -[_%:R]mulr1; apply: delta_le; rewrite normr1.
Qed.

Lemma dinput_change e x y l B : (forall i, `|x i - y i| <= B) ->
  `|dinput net e x l - dinput net e y l| <= effect e * B.
Proof.
move=> xyB; have B0 : 0 <= B by apply: le_trans (xyB l).
case: e => [i j|k i|i] /=; try by rewrite subrr normr0 mulr_ge0 ?ler01.
rewrite -mulrBr opprD addrACA -!mulrBr; exact: deltas_le.
Qed.

(** ** The states beside the network *)
Section Beside.
Variables (mf : states K sh) (e : entry sh).
Hypothesis fp : fixed_points mf.

Let x0 := value net e.
Let q0 := mf net free_state.
Let q (t : K) := mf (moved net e t) free_state.
Let change (t : K) i := couple net (fun m => q t m - q0 m) i + (t - x0) * dinput net e (q t) i.

Let free_size m i : `|mf m free_state i| <= 1.
Proof.
rewrite ger0_norm; last exact/ltW/free_gt0.
by apply: part_le1 => [j|]; [exact/ltW/free_gt0 | exact: free_normalised].
Qed.

Let q0E l : q0 l = softmax (net_input net q0) l. Proof. exact: free_softmax. Qed.

Let qE t l : q t l = softmax (fun i => net_input net q0 i + change t i) l.
Proof.
apply: etrans (free_softmax (moved net e t) l fp) _; congr (softmax _ l); apply: funext => i.
by rewrite moved_input (net_input_change net _ q0) -addrA.
Qed.

Lemma change_le t B : (forall l, `|q t l - q0 l| <= B) ->
  forall i, `|change t i| <= g * B + effect e * `|t - x0|.
Proof.
move=> qB i; apply: le_trans (ler_norm_add _ _) _; apply: ler_add; first exact: couple_le.
by rewrite normrM mulrC ler_wpmul2r // dinput_le // => j; exact: free_size.
Qed.

(** The states follow the entry. *)
Definition slope : K := 2%:R * effect e / (1 - 2%:R * g).

Lemma state_change t l : `|q t l - q0 l| <= slope * `|t - x0|.
Proof.
rewrite /slope mulrAC; move: l; apply: contracted g1 _ => B qB l.
rewrite qE q0E; apply: le_trans (softmax_change _ _ (change_le qB)) _.
by rewrite mulrDr !mulrA.
Qed.

Variable d : Unit sh -> K.
Hypothesis dE : forall l, d l = jac q0 (fun i => dinput net e q0 i + couple net d i) l.

(** The response d is the derivative, for the error of a response is of second order. *)
Let far : K := curvature K sh * (g * slope + effect e) ^+ 2 + 2%:R * (effect e * slope).

Lemma state_remainder t l :
  `|q t l - q0 l - (t - x0) * d l| <= far / (1 - 2%:R * g) * `|t - x0| ^+ 2.
Proof.
rewrite mulrAC; move: l; apply: contracted g1 _ => B rB l.
pose u i := change t i - (t - x0) * (dinput net e q0 i + couple net d i).
have uJ : jac q0 u l = jac q0 (change t) l + - (t - x0) * d l.
  by rewrite [in RHS]dE -jac_affine; congr (jac q0 _ l); apply: funext => i; rewrite mulNr.
have split_ : q t l - q0 l - (t - x0) * d l =
    (q t l - q0 l - jac q0 (change t) l) + jac q0 u l.
  by rewrite uJ mulNr addrA subrK.
have uE i : u i = couple net (fun m => q t m - q0 m - (t - x0) * d m) i +
    (t - x0) * (dinput net e (q t) i - dinput net e q0 i).
  rewrite (_ : couple _ _ i = couple net (fun m => q t m - q0 m) i + - (t - x0) * couple net d i).
    by rewrite /u /change; ring.
  by rewrite -couple_affine; congr couple; apply: funext => m; rewrite mulNr.
have uB i : `|u i| <= g * B + effect e * slope * `|t - x0| ^+ 2.
  rewrite uE; apply: le_trans (ler_norm_add _ _) _; apply: ler_add; first exact: couple_le.
  rewrite normrM mulrC expr2 mulrA ler_wpmul2r // -mulrA.
  by apply: dinput_change => j; exact: state_change.
have cB i : `|change t i| <= (g * slope + effect e) * `|t - x0|.
  by rewrite mulrDl -mulrA; apply: change_le => j; exact: state_change.
rewrite split_; apply: le_trans (ler_norm_add _ _) _.
have q0_ge0 i : 0 <= q0 i by exact/ltW/free_gt0.
have near_ : `|q t l - q0 l - jac q0 (change t) l| <=
    curvature K sh * ((g * slope + effect e) * `|t - x0|) ^+ 2.
  have -> : q0 = softmax (net_input net q0) by apply: funext => i; exact: q0E.
  rewrite qE; exact: softmax_remainder.
apply: le_trans (ler_add near_ (jac_le l q0_ge0 (free_normalised net fp) uB)) _.
by rewrite /far le_eqVlt; apply/orP; left; apply/eqP; ring.
Qed.

Lemma has_response l : has (fun t => mf (moved net e t) free_state l) x0 (d l).
Proof.
apply: (@has_of_remainder _ _ _ _ (far / (1 - 2%:R * g))) => y.
by rewrite /x0 moved_value; exact: state_remainder.
Qed.

End Beside.
End Small.

Lemma smooth_small (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) :
  fixed_points mf -> small net -> smooth mf net free_state.
Proof.
move=> fp [g g1 rows].
have D e l : derivable (fun x : K => mf (moved net e x) free_state l) (value net e) 1.
  have [|d dE] := response g1 rows (dinput net e (mf net free_state)) _ (free_normalised net fp).
    by move=> i; exact/ltW/free_gt0.
  exact: has_derivable (has_response g1 rows fp dE l).
split=> [i j l|k i l|i l].
- exact: (D (entry_W i j) l).
- exact: (D (entry_U k i) l).
exact: (D (entry_b i) l).
Qed.
