(** The gradient of the exact policy: derivations/02-exact-policy.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives exact_policy.
From svpg.generated Require Import chapter_01_network chapter_02_exact_policy.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section Entry.
Variables (K : realType) (sh : shape) (net : network K sh) (e : entry sh).
Let x0 := value net e.
Let g v := denergy net e (winner K v).
Let d (f : network K sh -> K) : K := 'D_1 (fun x : K => f (moved net e x)) x0.

Lemma d_energy v : d (fun m => energy m v) = - g v.
Proof.
apply: has_val; apply: has_ext (has_opp (has_energy net e v)) => x; exact: opprK.
Qed.

Lemma derivable_energy v : derivable (fun x => energy (moved net e x) v) x0 1.
Proof.
apply: has_derivable; apply: has_ext (has_opp (has_energy net e v)) => x; exact: opprK.
Qed.

Lemma d_minus_energy v : d (fun m => - energy m v) = g v.
Proof. exact: has_val (has_energy net e v). Qed.

Lemma derivable_minus_energy v : derivable (fun x => - energy (moved net e x) v) x0 1.
Proof. exact: has_derivable (has_energy net e v). Qed.

Lemma d_lnZ : d (fun m => ln (Z m)) = mean net g.
Proof. exact: has_val (has_lnZ net e). Qed.

Lemma derivable_lnZ : derivable (fun x => ln (Z (moved net e x))) x0 1.
Proof. exact: has_derivable (has_lnZ net e). Qed.

Lemma d_lnZof a : d (fun m => ln (Zof m a)) = mean_given net a g.
Proof. exact: has_val (has_lnZaction net e a). Qed.

Lemma derivable_lnZof a : derivable (fun x => ln (Zof (moved net e x) a)) x0 1.
Proof. exact: has_derivable (has_lnZaction net e a). Qed.

Lemma d_pi a : d (fun m => pi m a) = pi net a * (mean_given net a g - mean net g).
Proof. exact: has_val (has_pi net e a). Qed.

Lemma derivable_pi a : derivable (fun x => pi (moved net e x) a) x0 1.
Proof. exact: has_derivable (has_pi net e a). Qed.

Lemma d_lnpi a : d (fun m => ln (pi m a)) = mean_given net a g - mean net g.
Proof. exact: has_val (has_lnpi net e a). Qed.

Lemma derivable_lnpi a : derivable (fun x => ln (pi (moved net e x) a)) x0 1.
Proof. exact: has_derivable (has_lnpi net e a). Qed.

Lemma d_J : d (fun m => J_exact m) = mean net (fun v => R net (action v) * (g v - mean net g)).
Proof. exact: has_val (has_J_covariance net e). Qed.

Lemma derivable_J : derivable (fun x => J_exact (moved net e x)) x0 1.
Proof. exact: has_derivable (has_J_covariance net e). Qed.

Lemma score_zero : \sum_a pi net a * d (fun m => ln (pi m a)) = 0.
Proof. by under eq_bigr do rewrite d_lnpi; exact: score_mean. Qed.

Lemma d_pi_score a : d (fun m => pi m a) = pi net a * d (fun m => ln (pi m a)).
Proof. by rewrite d_pi d_lnpi. Qed.

Lemma d_J_pi : d (fun m => J_exact m) = \sum_a R net a * d (fun m => pi m a).
Proof.
have -> : d (fun m => J_exact m) = \sum_a pi net a * (mean_given net a g - mean net g) * R net a :=
  has_val (has_J_exact net e).
by apply: eq_bigr => a _; rewrite d_pi mulrC.
Qed.

Lemma d_J_score : \sum_a R net a * d (fun m => pi m a) = \sum_a pi net a * (R net a * d (fun m => ln (pi m a))).
Proof. by apply: eq_bigr => a _; rewrite d_pi_score mulrCA. Qed.

Lemma d_J_baseline c :
  \sum_a pi net a * (R net a * d (fun m => ln (pi m a))) =
  \sum_a pi net a * ((R net a - c) * d (fun m => ln (pi m a))).
Proof.
apply/eqP; rewrite -subr_eq0 -sumrB.
rewrite (eq_bigr (fun a => c * (pi net a * d (fun m => ln (pi m a))))); last by move=> a _; ring.
by rewrite -mulr_sumr score_zero mulr0.
Qed.

Lemma d_J_all c : d (fun m => J_exact m) = \sum_a pi net a * ((R net a - c) * d (fun m => ln (pi m a))).
Proof. by rewrite d_J_pi d_J_score (d_J_baseline c). Qed.

End Entry.

Theorem E1a : E1a_statement.
Proof.
move=> K sh net ok; split; [|split].
- move=> v i j; split; last exact: (@derivable_energy _ _ net (entry_W i j) _).
  by rewrite -mulrA; exact: (d_energy net (entry_W i j) _).
- move=> v k i; split; last exact: (@derivable_energy _ _ net (entry_U k i) _).
  exact: (d_energy net (entry_U k i) _).
move=> v i; split; last exact: (@derivable_energy _ _ net (entry_b i) _).
exact: (d_energy net (entry_b i) _).
Qed.

Theorem E1b : E1b_statement.
Proof.
move=> K sh net ok; split; [|split].
- move=> i; have dE v : d_b (fun m => - energy m v) net i = winner K v i :=
    d_minus_energy net (entry_b i) v.
  have dE' : (fun v => d_b (fun m => - energy m v) net i) = (fun v => winner K v i) by exact: funext.
  have dZ : d_b (fun m => Z m) net i = Z net * mean net (fun v => winner K v i) :=
    has_val (has_Z net (entry_b i)).
  have dl : d_b (fun m => ln (Z m)) net i = mean net (fun v => winner K v i) :=
    d_lnZ net (entry_b i).
  have Z0 := Z_neq0 net.
  have S : (\sum_v weight net v * d_b (fun m => - energy m v) net i) / Z net =
      mean net (fun v => winner K v i) by under eq_bigr do rewrite dE; rewrite meanE.
  do !split.
  + by rewrite dl dZ mulrC mulKf.
  + by rewrite S dZ mulrC mulKf.
  + by rewrite S; under [RHS]eq_bigr do rewrite dE.
  + by under eq_bigr do rewrite dE.
  + exact: (@derivable_lnZ _ _ net (entry_b i)).
  + exact: has_derivable (has_Z net (entry_b i)).
  + move=> v; exact: (@derivable_minus_energy _ _ net (entry_b i) _).
- move=> a i; have dE v : d_b (fun m => - energy m v) net i = winner K v i :=
    d_minus_energy net (entry_b i) v.
  have dl : d_b (fun m => ln (Zof m a)) net i = clampedrate net a i := d_lnZof net (entry_b i) a.
  have S : (\sum_(v | action v == a) weight net v * d_b (fun m => - energy m v) net i) / Zof net a =
      clampedrate net a i.
    by under eq_bigr do rewrite dE; rewrite -mean_givenE.
  do !split.
  + by rewrite dl S.
  + by rewrite S; under [in RHS]eq_bigr do rewrite dE.
  + by under eq_bigr do rewrite dE.
  + exact: (@derivable_lnZof _ _ net (entry_b i) _).
  + move=> v _; exact: (@derivable_minus_energy _ _ net (entry_b i) _).
  + move=> v; exact: (@derivable_minus_energy _ _ net (entry_b i) _).
move=> i j _; have dE v : d_W (fun m => - energy m v) net i j =
    kappa net * (winner K v i * winner K v j) := d_minus_energy net (entry_W i j) v.
do !split.
+ by under [RHS]eq_bigr do rewrite dE; exact: (d_lnZ net (entry_W i j)).
+ by under eq_bigr do rewrite dE; exact: mean_scale.
+ exact: (@derivable_lnZ _ _ net (entry_W i j)).
+ move=> v; exact: (@derivable_minus_energy _ _ net (entry_W i j) _).
Qed.

Theorem E1 : E1_statement.
Proof.
move=> K sh net ok; split; [|split].
- move=> a i; have dl : d_b (fun m => ln (Zof m a)) net i = clampedrate net a i :=
    d_lnZof net (entry_b i) a.
  have dz : d_b (fun m => ln (Z m)) net i = freerate net i := d_lnZ net (entry_b i).
  do !split; rewrite ?dl ?dz //; first exact: (d_lnpi net (entry_b i) _).
  + exact: (@derivable_lnpi _ _ net (entry_b i) _).
  + exact: (@derivable_lnZof _ _ net (entry_b i) _).
  + exact: (@derivable_lnZ _ _ net (entry_b i)).
- move=> a k i; split; last exact: (@derivable_lnpi _ _ net (entry_U k i) _).
  rewrite mulrBr -mean_given_scale -mean_scale; exact: (d_lnpi net (entry_U k i) _).
move=> a i j _; split; last exact: (@derivable_lnpi _ _ net (entry_W i j) _).
rewrite mulrBr -mean_given_scale -mean_scale; exact: (d_lnpi net (entry_W i j) _).
Qed.

Theorem E2 : E2_statement.
Proof.
move=> K sh net ok; split; [|split; [|split]].
- move=> i; have dp a : d_b (fun m => pi m a) net i =
    pi net a * d_b (fun m => ln (pi m a)) net i := d_pi_score net (entry_b i) a.
  have E : \sum_a pi net a * d_b (fun m => ln (pi m a)) net i = \sum_a d_b (fun m => pi m a) net i.
    by under [RHS]eq_bigr do rewrite dp.
  do !split; rewrite -?E //; first exact: (score_zero net (entry_b i)).
  + move=> a; exact: (@derivable_lnpi _ _ net (entry_b i) _).
  + move=> a; exact: (@derivable_pi _ _ net (entry_b i) _).
- move=> i; do !split.
  + exact: (d_J_pi net (entry_b i)).
  + exact: (d_J_score net (entry_b i)).
  + exact: (d_J_baseline net (entry_b i) _).
  + exact: (@derivable_J _ _ net (entry_b i)).
  + move=> a; exact: (@derivable_pi _ _ net (entry_b i) _).
  + move=> a; exact: (@derivable_lnpi _ _ net (entry_b i) _).
- move=> k i; do !split.
  + exact: (d_J_all net (entry_U k i) _).
  + exact: (@derivable_J _ _ net (entry_U k i)).
  + move=> a; exact: (@derivable_lnpi _ _ net (entry_U k i) _).
move=> i j _; do !split.
+ exact: (d_J_all net (entry_W i j) _).
+ exact: (@derivable_J _ _ net (entry_W i j)).
+ move=> a; exact: (@derivable_lnpi _ _ net (entry_W i j) _).
Qed.

Theorem E3 : E3_statement.
Proof.
move=> K sh net ok; split; [|split; [|split]].
- move=> i j; split; last exact: (@derivable_J _ _ net (entry_W (inl i) j)).
  have dJ : d_W (fun m => J_exact m) net (inl i) j =
    \sum_a pi net a * (R net a * d_W (fun m => ln (pi m a)) net (inl i) j).
    by rewrite -(d_J_score net (entry_W (inl i) j)); exact: (d_J_pi net (entry_W (inl i) j)).
  rewrite dJ mulr_sumr; apply: eq_bigr => a _.
  have -> : d_W (fun m => ln (pi m a)) net (inl i) j =
      kappa net * (clamped net a (inl i) j - free net (inl i) j).
    rewrite mulrBr -mean_given_scale -mean_scale; exact: (d_lnpi net (entry_W (inl i) j) _).
  rewrite /exact_W; ring.
- move=> a i; rewrite /exact_W /clamped /free /mask (connected_sym ok).
  by congr (_ * (_ / _ - _)); apply: eq_bigr => v _; rewrite [_ * winner _ _ (inl i)]mulrC.
- move=> k i.
  have E : \sum_a pi net a * exact_U net a (R net a) k i =
      \sum_a pi net a * (R net a * d_U (fun m => ln (pi m a)) net k i).
    apply: eq_bigr => a _.
    have -> : d_U (fun m => ln (pi m a)) net k i = s net k * (clampedrate net a i - freerate net i).
      rewrite mulrBr -mean_given_scale -mean_scale; exact: (d_lnpi net (entry_U k i) _).
    rewrite /exact_U; ring.
  do !split => //.
  + rewrite -(d_J_score net (entry_U k i)); exact/esym/(d_J_pi net (entry_U k i)).
  + move=> a; exact: (@derivable_lnpi _ _ net (entry_U k i) _).
  + exact: (@derivable_J _ _ net (entry_U k i)).
move=> i.
have E : \sum_a pi net a * exact_b net a (R net a) i =
    \sum_a pi net a * (R net a * d_b (fun m => ln (pi m a)) net i).
  apply: eq_bigr => a _.
  have -> : d_b (fun m => ln (pi m a)) net i = clampedrate net a i - freerate net i.
    exact: (d_lnpi net (entry_b i) _).
  by [].
do !split => //.
+ rewrite -(d_J_score net (entry_b i)); exact/esym/(d_J_pi net (entry_b i)).
+ move=> a; exact: (@derivable_lnpi _ _ net (entry_b i) _).
+ exact: (@derivable_J _ _ net (entry_b i)).
Qed.

Theorem E3b : E3b_statement.
Proof.
have scaled K sh (net : network K sh) c (f : Configuration sh -> K) :
    mean net (fun v => R net (action v) * (c * f v - mean net (fun v => c * f v))) =
    c * mean net (fun v => R net (action v) * (f v - mean net f)).
  rewrite -[RHS]mean_scale; apply: eq_bigr => v _; rewrite mean_scale; ring.
move=> K sh net ok; split; [|split].
- move=> i; have dJ : d_b (fun m => J_exact m) net i =
      mean net (fun v => R net (action v) * (winner K v i - freerate net i)).
    exact: (d_J net (entry_b i)).
  have E : \sum_a pi net a * R net a * clampedrate net a i - J_exact net * freerate net i =
      mean net (fun v => R net (action v) * (winner K v i - freerate net i)).
    rewrite -dJ.
    have -> : d_b (fun m => J_exact m) net i =
        \sum_a pi net a * (clampedrate net a i - freerate net i) * R net a.
      exact: has_val (has_J_exact net (entry_b i)).
    rewrite /J_exact mulr_suml -sumrB.
    by apply: eq_bigr => a _; rewrite /clampedrate /freerate /mean_given /mean /=; ring.
  by do !split; rewrite ?E //; exact: (@derivable_J _ _ net (entry_b i)).
- move=> k i; split; last exact: (@derivable_J _ _ net (entry_U k i)).
  by rewrite -[RHS](scaled _ _ net); exact: (d_J net (entry_U k i)).
move=> i j _; split; last exact: (@derivable_J _ _ net (entry_W i j)).
by rewrite -[RHS](scaled _ _ net); exact: (d_J net (entry_W i j)).
Qed.
