(** Every network has a fixed point at every clamp of strength at most 1. The net inputs are the
    gradient of minus the energy. So a family of winners' probabilities where minus the energy, plus
    the entropy of the softmax's shares, is at a maximum, is a softmax of its net inputs. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives fixed_point maxima simplices.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

(** ** The maximum *)
Section Maximum.
Variables (K : realType) (sh : shape) (net : network K sh) (c : clamp K sh).
Hypothesis ok : clamp_ok c.
Notation Families := (product_topologicalType (fun _ : Unit sh => [topologicalType of K])).
Implicit Types (p : Unit sh -> K) (i j l : Unit sh) (d t : K).

(** The share that the softmax has of a unit's state, and what the clamp adds. *)
Definition share i : K :=
  match i, c with
  | inr _, clamped_at _ => 0
  | inr _, weakly_clamped_at _ strength => 1 - strength
  | _, _ => 1
  end.

Definition offset i : K :=
  match i, c with
  | inr a', clamped_at a => (a == a')%:R
  | inr a', weakly_clamped_at a strength => strength * (a == a')%:R
  | _, _ => 0
  end.

Definition mixed p i : K := share i * p i + offset i.

Lemma fixed_mixed p : (forall i, 0 < share i -> p i = softmax (net_input net (mixed p)) i) ->
  fixed_point net c (mixed p).
Proof.
move=> E i; rewrite [LHS]/mixed; move: {E}(E i) ok; move: (softmax _ i) => y.
rewrite /share /offset; case: i (p i) => [h|a'] x; case: (c) => [|a|a strength] /= E s1.
1-4: by rewrite mul1r addr0 E ?ltr01.
- by rewrite mul0r add0r.
move: s1; rewrite le_eqVlt => /orP [/eqP->|s1]; first by rewrite subrr !mul0r.
by rewrite E ?subr_gt0.
Qed.

Lemma share_circuit i j : circuit i = circuit j -> share i = share j.
Proof. by case: i j => [h|a] [h'|a'] //. Qed.

(** Minus the energy, and the entropy of what the softmax has a share of *)
Definition objective p : K :=
  minus_energy net (mixed p) + \sum_i - share i * (p i * ln (p i)).

Lemma continuous_mixed i (p : Families) : continuous_at (fun p : Families => mixed p i) p.
Proof.
apply: continuous_add; last exact: continuous_cst.
by apply: continuous_scale; exact: continuous_entry.
Qed.

Lemma continuous_input i (p : Families) :
  continuous_at (fun p : Families => net_input net (mixed p) i) p.
Proof.
do 2 (apply: continuous_add; last exact: continuous_cst).
by apply: continuous_scale; apply: continuous_sum => j; apply: continuous_scale;
  exact: continuous_mixed.
Qed.

Lemma continuous_objective (p : Families) :
  (forall i, 0 < p i) -> continuous_at (objective : Families -> K) p.
Proof.
move=> p0; apply: continuous_add; [apply: continuous_add; [apply: continuous_add|]|].
- apply: continuous_scale; apply: continuous_sum => i; apply: continuous_sum => j.
  apply: continuous_mul; last exact: continuous_mixed.
  by apply: continuous_mul; [exact: continuous_mixed | exact: continuous_cst].
- apply: continuous_sum => k; apply: continuous_sum => i; apply: continuous_scale.
  exact: continuous_mixed.
- by apply: continuous_sum => i; apply: continuous_scale; exact: continuous_mixed.
apply: continuous_sum => i; apply: continuous_scale; apply: continuous_entropy => //.
exact: continuous_entry.
Qed.

(** The net inputs of two units differ by less than one number. *)
Lemma inputs_differ : exists2 D, 0 < D & forall p i j, above 0 p ->
  net_input net (mixed p) j - net_input net (mixed p) i < D.
Proof.
pose G (p : Families) := \sum_i `|net_input net (mixed p) i|.
have C p : continuous_at G p.
  by apply: continuous_sum => i; apply: continuous_norm; exact: continuous_input.
have N : above 0 (softmax (fun _ : Unit sh => 0 : K)).
  by apply: above_uniform; rewrite ?mul0r ?ler01.
have [q _ M] := compact_max (above_compact (lexx 0)) (ex_intro _ _ N) (fun p _ => C p).
have G0 : 0 <= G q by exact: sumr_ge0.
exists (G q + G q + 1) => [|p i j p0]; first by rewrite ltr_paddl ?addr_ge0.
have le l : `|net_input net (mixed p) l| <= G q.
  by apply: le_trans (M p p0); rewrite /G (bigD1 l) //= ler_addl sumr_ge0.
apply: (@le_lt_trans _ _ (G q + G q)); last by rewrite ltr_addl.
apply: ler_add; first exact: le_trans (ler_norm _) (le j).
by apply: le_trans (le i); rewrite -normrN ler_norm.
Qed.

(** What the objective gains by a unit, up to its share. Within a circuit, no unit is higher at a
    maximum than one that is not at the bound. *)
Definition height p i : K := net_input net (mixed p) i - ln (p i).

Lemma has_objective p i j : (forall l, 0 < p l) -> circuit i = circuit j ->
  has (fun t => objective (given p i j t)) 0 (share i * (height p i - height p j)).
Proof.
move=> p0 E; pose dir l : K := (l == i)%:R - (l == j)%:R.
have DM l : has (fun t => mixed (given p i j t) l) 0 (share l * dir l).
  exact: has_eq (has_add (has_scale _ (has_given p i j l 0)) (has_cst _ _)) (addr0 _).
have DE l : has (fun t => given p i j t l * ln (given p i j t l)) 0 ((1 + ln (p l)) * dir l).
  have p0' : 0 < given p i j 0 l by rewrite given0.
  have DL := @has_ln _ (fun t => given p i j t l) 0 _ p0' (has_given p i j l 0).
  apply: has_eq (has_mul (has_given p i j l 0) DL) _.
  by rewrite given0 mulrCA mulfV ?gt_eqF // mulr1 mulrDl mul1r.
have DS : has (fun t => \sum_l - share l * (given p i j t l * ln (given p i j t l))) 0
    (\sum_l - share l * ((1 + ln (p l)) * dir l)).
  by apply: has_sum => l _; apply: has_scale; exact: DE.
have DF := @has_minus_energy_held _ _ net (fun t => mixed (given p i j t)) _ 0 DM.
apply: has_eq (has_add DF DS) _; rewrite given0 /dot -big_split /= (eq_bigr (fun l =>
  (l == i)%:R * (share l * (height p l - 1)) - (l == j)%:R * (share l * (height p l - 1)))).
  by rewrite sumrB !sum_deltal (share_circuit E); ring.
by move=> l _; rewrite /dir /height; ring.
Qed.

Lemma maximum_height d p i j : 0 < d -> above d p ->
  (forall p', above d p' -> objective p' <= objective p) ->
  circuit i = circuit j -> d < p j -> 0 < share i -> height p i <= height p j.
Proof.
move=> d0 dp M E dj s0; have p0 l : 0 < p l by exact: lt_le_trans d0 (proj1 dp l).
have := slope_le0 (has_objective p0 E) (_ : 0 < p j - d); rewrite subr_gt0 => /(_ dj) S.
rewrite -subr_le0 -(pmulr_rle0 _ s0); apply: S => t t0 tj; rewrite given0; apply: M.
by apply: given_above; rewrite ?ltW // addrC -ltr_subr_addr.
Qed.

(** No unit is at the bound, so that the units of a circuit are equally high. *)
Lemma some_fixed_point : exists q, fixed_point net c q.
Proof.
have [D D0 near] := inputs_differ; have N0 := unit_count_gt0 K sh.
pose d := expR (- D) / unit_count K sh; have d0 : 0 < d by rewrite divr_gt0 ?expR_gt0.
have dN : d * unit_count K sh < 1 by rewrite divfK ?gt_eqF // expR_lt1 oppr_lt0.
have U := above_uniform (ltW d0) (ltW dN).
have C p : above d p -> continuous_at (objective : Families -> K) p.
  by move=> [dp _]; apply: continuous_objective => i; exact: lt_le_trans (dp i).
have [p dp M] := compact_max (above_compact (ltW d0)) (ex_intro _ _ U) C.
have p0 i : 0 < p i by exact: lt_le_trans d0 (proj1 dp i).
have p_above0 : above 0 p by split=> [i|]; [exact: ltW | exact: (proj2 dp)].
have inside i : 0 < share i -> d < p i.
  move=> s0; have [j E J] := large i p_above0.
  have dj : d < p j by rewrite -(ltr_pmul2r N0) (lt_le_trans dN).
  have := maximum_height d0 dp M (esym E) dj s0; have := near p i j p_above0.
  rewrite /height; move: (net_input _ _ i) (net_input _ _ j) => zi zj less H.
  rewrite -ltr_ln ?posrE // ln_div ?posrE ?expR_gt0 // expK.
  apply: lt_le_trans (_ : zi - zj + ln (p j) <= _).
    apply: ltr_le_add; first by rewrite ltr_oppl opprB.
    by rewrite -subr_ge0 opprK -lnM ?posrE // ln_ge0.
  have regroup (x y : K) : x - (zi - zj + y) = zj - y - (zi - x) by ring.
  by rewrite -subr_ge0 regroup subr_ge0.
exists (mixed p); apply: fixed_mixed => i s0; apply: is_softmax (proj2 dp) _ => j E.
have sj : 0 < share j by rewrite (share_circuit E).
split=> //; apply: le_anti; apply/andP; split.
  exact: (maximum_height d0 dp M E (inside i s0) sj).
exact: (maximum_height d0 dp M (esym E) (inside j sj) s0).
Qed.

End Maximum.

(** ** A choice of fixed points *)
Section Choice.
Variables (K : realType) (sh : shape).

Definition chosen_state (net : network K sh) (c : clamp K sh) : Unit sh -> K :=
  xget (fun=> 0) [set q | fixed_point net c q].

Lemma chosen_state_fixed net c : clamp_ok c -> fixed_point net c (chosen_state net c).
Proof.
move=> ok; have [q fq] := some_fixed_point net ok.
exact: (@xgetPex _ (fun=> 0) [set q | fixed_point net c q] (ex_intro _ q fq)).
Qed.

Definition chosen_states (net : network K sh) (c : clamp K sh) : Unit sh -> K :=
  if c is weakly_clamped_at a x then
    if x == 0 then chosen_state net free_state else
    if x == 1 then chosen_state net (clamped_at a) else chosen_state net c
  else chosen_state net c.

Lemma chosen_states_fixed : fixed_points chosen_states.
Proof.
split=> [net c ok|net a|net a] /=; rewrite ?eqxx ?oner_eq0 //.
case: c ok => [|a|a x] ok; rewrite /chosen_states; try exact: chosen_state_fixed.
case: eqP => [->|_]; last (case: eqP => [->|_]; last exact: chosen_state_fixed).
  have F := @chosen_state_fixed net free_state I.
  by move=> [h|a']; rewrite [LHS]F //= subr0 mul1r mul0r addr0.
have F := @chosen_state_fixed net (clamped_at a) I.
by move=> [h|a']; rewrite [LHS]F //= subrr mul0r mul1r add0r.
Qed.

Lemma fixed_points_exist : exists mf : states K sh, fixed_points mf.
Proof. by exists chosen_states; exact: chosen_states_fixed. Qed.

End Choice.
