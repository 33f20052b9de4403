(** The clipped ratios of PPO. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.analysis Require Import reals normedtype sequences exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network chapter_10_published.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Clipping.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (breadth : K).
Hypothesis breadth0 : 0 < breadth.
Let eps := epsilon net breadth.
Implicit Types (a : Action sh) (r x : K).

Lemma one_more (x : K) : 0 <= x -> 0 < 1 + 2%:R * x.
Proof. by move=> x0; apply: ltr_paddr; [rewrite mulr_ge0 ?ler0n | exact: ltr01]. Qed.

Lemma epsilon_gt0 : 0 < eps.
Proof. by rewrite divr_gt0 ?one_more // ltW. Qed.

Lemma epsilon_lt1 : eps < 1.
Proof.
rewrite /eps /epsilon ltr_pdivr_mulr ?one_more ?ltW // mul1r mulr_natl mulr2n addrA ltr_addr.
by rewrite ltr_paddr ?ltr01 // ltW.
Qed.

(** The middle of three numbers. *)
Lemma clip_inside r : 1 - eps <= r -> r <= 1 + eps -> Num.min (Num.max r (1 - eps)) (1 + eps) = r.
Proof. by move=> low high; rewrite max_l // min_l. Qed.

Lemma clip_above r : 1 + eps <= r -> Num.min (Num.max r (1 - eps)) (1 + eps) = 1 + eps.
Proof. by move=> high; rewrite min_r // le_maxr high. Qed.

Lemma clip_below r : r <= 1 - eps -> Num.min (Num.max r (1 - eps)) (1 + eps) = 1 - eps.
Proof.
move=> low; rewrite max_r // min_l // ler_add2l.
by apply: ltW; apply: lt_trans epsilon_gt0; rewrite oppr_lt0 epsilon_gt0.
Qed.

Lemma ratio_of a x : 0 < x -> ratio mf net a (ln (q mf net (inr a)) - ln x) = x.
Proof. by move=> x0; rewrite /ratio opprB addrC subrK lnK. Qed.

End Clipping.
