(** Where the weights are small, every choice of fixed points is differentiable by the entries of
    the network, in a free or a clamped state, and by the strength of a weak clamp. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step fixed_point linear_systems.
From svpg Require Import softmax_bounds existence.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** Linear maps of the units *)
Section Linear.
Variables (K : realType) (sh : shape).
Implicit Types (q x y : Unit sh -> K) (l : Unit sh) (h : K) (net : network K sh).

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

(** ** Mixtures of a softmax and given numbers
    In the state q t, the unit l has a share of its softmax, and a part that is given. Both change
    with t, and so does what D adds to the inputs. *)
Section Mixture.
Variables (allowed : K -> Prop) (q Z D : K -> Unit sh -> K) (x0 E : K).
Variables (share share' given given' : Unit sh -> K).
Hypothesis share1 : forall l, `|share l| <= 1.
Hypothesis share'1 : forall l, `|share' l| <= 1.
Hypothesis given'1 : forall l, `|given' l| <= 1.

Let change (t : K) i := couple net (fun m => q t m - q x0 m) i + (t - x0) * D t i.

Hypothesis start : allowed x0.
Hypothesis ZE : forall t i, Z t i = Z x0 i + change t i.
Hypothesis D_le : forall t i, allowed t -> `|D t i| <= E.
Hypothesis D_change : forall t B, allowed t -> (forall i, `|q t i - q x0 i| <= B) ->
  forall i, `|D t i - D x0 i| <= E * B.
Hypothesis qE : forall t l, allowed t ->
  q t l = (share l + (t - x0) * share' l) * softmax (Z t) l + (given l + (t - x0) * given' l).

Let S0 := softmax (Z x0).

(** What remains where the softmax is held. *)
Let push l := share' l * S0 l + given' l.

Let response d := forall l,
  d l = share l * jac S0 (fun i => D x0 i + couple net d i) l + push l.

Lemma mixture_response : exists d, response d.
Proof.
pose N l m := share l * jac S0 (fun i => kappa net * (W net i m + W net m i)) l.
have NE x l : share l * jac S0 (couple net x) l = \sum_m N l m * x m.
  under [RHS]eq_bigr do rewrite -mulrA; rewrite -mulr_sumr -jac_sum; congr (_ * jac _ _ _).
  by apply: funext => i; exact: coupleE.
have [l|d dE] := solvable (fun l => share l * jac S0 (D x0) l + push l) g1 (N := N).
  rewrite (eq_bigr (fun m => N l m * Num.sg (N l m))) => [|m _]; last by rewrite mulrC -normrEsg.
  rewrite -NE; apply: le_trans (ler_norm _) _; rewrite normrM -[2%:R * g]mul1r.
  apply: ler_pmul => //; rewrite -[g]mulr1.
  apply: jac_le => [i||i]; [exact: softmax_ge0 | exact: softmax_normalised |].
  by apply: couple_le => m; rewrite normr_sg lern1 leq_b1.
exists d => l; rewrite {1}dE -NE addrAC -mulrDr -[jac S0 (couple _ _) l]mul1r -jac_affine.
by congr (_ * jac _ _ _ + _); apply: funext => i; rewrite mul1r.
Qed.

Lemma change_le t B : allowed t -> (forall l, `|q t l - q x0 l| <= B) ->
  forall i, `|change t i| <= g * B + E * `|t - x0|.
Proof.
move=> at_ qB i; apply: le_trans (ler_norm_add _ _) _; apply: ler_add; first exact: couple_le.
by rewrite normrM mulrC ler_wpmul2r // D_le.
Qed.

Let ZtE t : Z t = (fun i => Z x0 i + change t i).
Proof. by apply: funext => i; exact: ZE. Qed.

(** The states follow t. *)
Definition slope : K := 2%:R * (E + 1) / (1 - 2%:R * g).

Lemma state_change t l : allowed t -> `|q t l - q x0 l| <= slope * `|t - x0|.
Proof.
move=> at_; rewrite /slope mulrAC; move: l; apply: contracted g1 _ => B qB l.
have -> : q t l - q x0 l = share l * (softmax (Z t) l - S0 l) +
    (t - x0) * (share' l * softmax (Z t) l + given' l) by rewrite !qE // /S0; ring.
have moved_ : `|softmax (Z t) l - S0 l| <= 2%:R * (g * B + E * `|t - x0|).
  by rewrite ZtE; exact: softmax_change (change_le at_ qB).
have pushed : `|share' l * softmax (Z t) l + given' l| <= 2%:R.
  rewrite -[2%:R]/(1 + 1); apply: le_trans (ler_norm_add _ _) _; apply: ler_add => //.
  by rewrite normrM mulr_ile1 // softmax_size.
apply: le_trans (ler_norm_add _ _) _; rewrite !normrM.
apply: le_trans (ler_add (ler_pmul _ _ (share1 l) moved_) (ler_wpmul2l _ pushed)) _ => //.
by rewrite le_eqVlt; apply/orP; left; apply/eqP; set h := `|t - x0|; ring.
Qed.

(** The response d is the derivative, for the error of a response is of second order. *)
Let size : K := g * slope + E.
Let far : K := curvature K sh * size ^+ 2 + 2%:R * (E * slope) + 2%:R * size.

Lemma state_remainder d t l : response d -> allowed t ->
  `|q t l - q x0 l - (t - x0) * d l| <= far / (1 - 2%:R * g) * `|t - x0| ^+ 2.
Proof.
move=> dE at_; rewrite mulrAC; move: l; apply: contracted g1 _ => B rB l.
pose u i := change t i - (t - x0) * (D x0 i + couple net d i).
have uJ : jac S0 u l = jac S0 (change t) l +
    - (t - x0) * jac S0 (fun i => D x0 i + couple net d i) l.
  by rewrite -jac_affine; congr (jac S0 _ l); apply: funext => i; rewrite mulNr.
pose far_ := softmax (Z t) l - S0 l - jac S0 (change t) l.
have split_ : q t l - q x0 l - (t - x0) * d l =
    share l * (far_ + jac S0 u l) + (t - x0) * (share' l * (softmax (Z t) l - S0 l)).
  by rewrite uJ dE !qE // /far_ /push -/S0; ring.
have uE i : u i = couple net (fun m => q t m - q x0 m - (t - x0) * d m) i +
    (t - x0) * (D t i - D x0 i).
  rewrite (_ : couple _ _ i = couple net (fun m => q t m - q x0 m) i + - (t - x0) * couple net d i).
    by rewrite /u /change; ring.
  by rewrite -couple_affine; congr couple; apply: funext => m; rewrite mulNr.
have uB i : `|u i| <= g * B + E * slope * `|t - x0| ^+ 2.
  rewrite uE; apply: le_trans (ler_norm_add _ _) _; apply: ler_add; first exact: couple_le.
  rewrite normrM mulrC expr2 mulrA ler_wpmul2r // -mulrA.
  by apply: D_change => // j; exact: state_change.
have cB i : `|change t i| <= size * `|t - x0|.
  by rewrite /size mulrDl -mulrA; apply: change_le => // j; exact: state_change.
have S0J : `|jac S0 u l| <= 2%:R * (g * B + E * slope * `|t - x0| ^+ 2).
  by apply: jac_le => // i; [exact: softmax_ge0 | exact: softmax_normalised].
have farB : `|far_| <= curvature K sh * (size * `|t - x0|) ^+ 2.
  by rewrite /far_ ZtE; exact: softmax_remainder.
have moved_ : `|softmax (Z t) l - S0 l| <= 2%:R * (size * `|t - x0|).
  by rewrite ZtE; exact: softmax_change.
rewrite split_; apply: le_trans (ler_norm_add _ _) _; rewrite !normrM.
have softB := ler_pmul (normr_ge0 _) (normr_ge0 _) (share1 l)
  (le_trans (ler_norm_add _ _) (ler_add farB S0J)).
have pushB := ler_wpmul2l (normr_ge0 (t - x0))
  (ler_pmul (normr_ge0 _) (normr_ge0 _) (share'1 l) moved_).
apply: le_trans (ler_add softB pushB) _.
by rewrite /far le_eqVlt; apply/orP; left; apply/eqP; set h := `|t - x0|; ring.
Qed.

Hypothesis near_allowed : (\forall t \near x0, allowed t)%classic.

Lemma derivable_mixture l : derivable (fun t => q t l) x0 1.
Proof.
have [d dE] := mixture_response; apply: has_derivable.
apply: (@has_of_remainder _ _ _ (d l) (far / (1 - 2%:R * g))).
by apply: filterS near_allowed => t; exact: state_remainder.
Qed.

End Mixture.
End Small.

(** ** Fixed points under a clamp *)
Section Clamps.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Implicit Types (c : clamp K sh) (e : entry sh) (l : Unit sh) (a : Action sh) (x : K).

(** A weak clamp that mixes: its strength is no less than 0 and no more than 1. *)
Definition mixes c : Prop := if c is weakly_clamped_at _ x then 0 <= x <= 1 else True.

Lemma mixes_ok c : mixes c -> clamp_ok c.
Proof. by case: c => [|a|a x] //= /andP []. Qed.

Lemma mixedE m c l : clamp_ok c ->
  mf m c l = share c l * softmax (net_input m (mf m c)) l + offset c l.
Proof.
move=> ok; rewrite {1}(is_fixed_point fp m ok l).
by case: l c {ok} => [h|a'] [|a|a x] /=; rewrite ?mul1r ?mul0r ?addr0 ?add0r.
Qed.

Lemma share_ge0 c l : mixes c -> 0 <= share c l.
Proof.
by case: l c => [h|a'] [|a|a x] /= ok; rewrite ?ler01 ?lexx // subr_ge0; case/andP: ok.
Qed.

Lemma offset_ge0 c l : mixes c -> 0 <= offset c l.
Proof.
by case: l c => [h|a'] [|a|a x] /= ok; rewrite ?ler0n ?lexx // mulr_ge0 ?ler0n //; case/andP: ok.
Qed.

Lemma share_offset c l : mixes c -> share c l + offset c l <= 1.
Proof.
case: l c => [h|a'] [|a|a x] /= ok; rewrite ?addr0 ?add0r ?lern1 ?leq_b1 //.
by case/andP: ok => x0 _; rewrite -addrA ger_addl addrC subr_le0 ler_pimulr // lern1 leq_b1.
Qed.

Lemma share_size c l : mixes c -> `|share c l| <= 1.
Proof.
move=> ok; rewrite ger0_norm ?share_ge0 //; apply: le_trans (share_offset l ok).
by rewrite ler_addl offset_ge0.
Qed.

Lemma mixed_size m c l : mixes c -> `|mf m c l| <= 1.
Proof.
move=> ok; rewrite (mixedE _ _ (mixes_ok ok)); apply: le_trans (share_offset l ok).
apply: le_trans (ler_norm_add _ _) _; rewrite normrM !ger0_norm ?share_ge0 ?offset_ge0 //.
  by rewrite ler_add2r ler_pimulr ?share_ge0 ?softmax_le1.
exact: softmax_ge0.
Qed.

Hypothesis weights : small net.

Lemma derivable_moved c e l : mixes c ->
  derivable (fun x : K => mf (moved net e x) c l) (value net e) 1.
Proof.
move=> ok; have [g g1 rows] := weights.
pose q t := mf (moved net e t) c.
apply: (@derivable_mixture _ _ _ _ g1 rows (fun=> True) q (fun t => net_input (moved net e t) (q t))
  (fun t => dinput net e (q t)) _ (effect net e) (share c) (fun=> 0) (offset c) (fun=> 0)) => //.
- by move=> l'; exact: share_size.
- by move=> l'; rewrite normr0.
- by move=> l'; rewrite normr0.
- move=> t i; rewrite moved_value moved_input addrA; congr (_ + _).
  exact: net_input_change.
- by move=> t i _; apply: dinput_le => j; exact: mixed_size.
- by move=> t B _ qB i; exact: dinput_change.
- by move=> t l' _; rewrite !mulr0 !addr0; apply: mixedE; exact: mixes_ok.
exact: filterE.
Qed.

Lemma smooth_mixture c : mixes c -> smooth mf net c.
Proof.
move=> ok; split=> [i j l|k i l|i l].
- exact: (@derivable_moved c (entry_W i j) l ok).
- exact: (@derivable_moved c (entry_U k i) l ok).
exact: (@derivable_moved c (entry_b i) l ok).
Qed.

Lemma smooth_small : smooth mf net free_state.
Proof. exact: smooth_mixture. Qed.

Lemma smooth_clamped_small a : smooth mf net (clamped_at a).
Proof. exact: smooth_mixture. Qed.

(** ** The strength of a weak clamp *)
Lemma smooth_in_strength_small x : 0 <= x < 1 -> smooth_in_strength mf net x.
Proof.
move=> /andP [x0 x1] a l; have [g g1 rows] := weights.
pose q t := mf net (weakly_clamped_at a t).
pose sign (l' : Unit sh) : K := if l' is inr _ then -1 else 0.
pose pushed (l' : Unit sh) : K := if l' is inr a' then (a == a')%:R else 0.
pose c := weakly_clamped_at a x; have ok : mixes c by rewrite /= x0 ltW.
apply: (@derivable_mixture _ _ _ _ g1 rows (fun t => t <= 1) q (fun t => net_input net (q t))
  (fun _ _ => 0) _ 0 (share c) sign (offset c) pushed).
- by move=> l'; exact: share_size.
- by case=> [h|a'] /=; rewrite ?normrN ?normr1 // normr0.
- by case=> [h|a'] /=; rewrite ?normr0 // normr_nat lern1 leq_b1.
- exact: ltW.
- by move=> t i; rewrite mulr0 addr0; exact: net_input_change.
- by move=> t i _; rewrite normr0.
- by move=> t B _ _ i; rewrite subrr normr0 mul0r.
- move=> t l' t1; rewrite {1}/q mixedE //.
  by case: l' => [h|a'] /=; rewrite ?mulr0 ?addr0 // /q; congr (_ * _ + _); ring.
exists (1 - x) => [|t] /=; first by rewrite subr_gt0.
by rewrite distrC => /ltW /(le_trans (ler_norm _)); rewrite ler_add2r.
Qed.

End Clamps.
