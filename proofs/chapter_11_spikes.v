(** Spikes: derivations/11-spikes.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step.
From svpg.generated Require Import chapter_01_network chapter_11_spikes.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** Independent spikes *)
Section Trains.
Variables (K : realType) (sh : shape) (r : K).
Implicit Types (t : Step sh) (n : Train sh) (f g : bool -> K).

Definition mean (F : Train sh -> K) : K := \sum_n spikes r n * F n.
(** The mean of a function of one spike. *)
Definition mean1 f : K := r * f true + (1 - r) * f false.

Lemma mean_prod (f : Step sh -> bool -> K) : mean (fun n => \prod_t f t (n t)) = \prod_t mean1 (f t).
Proof.
transitivity (\prod_t \sum_c (if c then r else 1 - r) * f t c).
  rewrite bigA_distr_bigA; apply: eq_bigr => n _.
  by rewrite /spikes -big_split.
by apply: eq_bigr => t _; rewrite big_bool.
Qed.

Lemma mean1_one : mean1 (fun=> 1) = 1.
Proof. by rewrite /mean1 !mulr1 addrC subrK. Qed.

Lemma mean_spike t f : mean (fun n => f (n t)) = mean1 f.
Proof.
have := mean_prod (fun t' => if t' == t then f else fun=> 1).
rewrite (bigD1 t) //= eqxx [X in _ * X]big1 ?mulr1 => [<-|t' /negbTE ->]; last exact: mean1_one.
apply: eq_bigr => n _; congr (_ * _).
by rewrite (bigD1 t) //= eqxx big1 ?mulr1 // => t' /negbTE ->.
Qed.

Lemma mean_spikes t t1 f g : t != t1 -> mean (fun n => f (n t) * g (n t1)) = mean1 f * mean1 g.
Proof.
move=> N; have N1 : t1 != t by rewrite eq_sym.
have := mean_prod (fun t' => if t' == t then f else if t' == t1 then g else fun=> 1).
rewrite (bigD1 t) //= eqxx (bigD1 t1) //= eqxx (negbTE N1).
rewrite [X in _ * (_ * X)]big1 ?mulr1 => [<-|t' /andP [/negbTE -> /negbTE ->]]; last exact: mean1_one.
apply: eq_bigr => n _; congr (_ * _).
rewrite (bigD1 t) //= eqxx (bigD1 t1) //= eqxx (negbTE N1) big1 ?mulr1 //.
by move=> t' /andP [/negbTE -> /negbTE ->].
Qed.

Lemma mean_sum (I : finType) (c : I -> K) (F : I -> Train sh -> K) :
  mean (fun n => \sum_i c i * F i n) = \sum_i c i * mean (F i).
Proof.
rewrite /mean; under eq_bigr do rewrite mulr_sumr.
rewrite exchange_big; apply: eq_bigr => i _; rewrite mulr_sumr; apply: eq_bigr => n _; exact: mulrCA.
Qed.

Lemma mean_rate t : mean (fun n => spike K n t) = r.
Proof.
apply: etrans (mean_spike t (fun c : bool => c%:R)) _.
by rewrite /mean1 mulr1 mulr0 addr0.
Qed.

Lemma mean_deviations t t1 : t != t1 ->
  mean (fun n => (spike K n t - r) * (spike K n t1 - r)) = 0.
Proof.
move=> N; pose f (c : bool) : K := c%:R - r.
rewrite (mean_spikes f f N) (_ : mean1 f = 0) ?mul0r // /mean1 /f /=.
have E (x : K) : x * (1 - x) + (1 - x) * (0 - x) = 0 by ring.
exact: E.
Qed.

Lemma mean_square t : mean (fun n => (spike K n t - r) ^+ 2) = r * (1 - r).
Proof.
apply: etrans (mean_spike t (fun c : bool => (c%:R - r) ^+ 2)) _; rewrite /mean1 /=.
have E (x : K) : x * (1 - x) ^+ 2 + (1 - x) * (0 - x) ^+ 2 = x * (1 - x) by ring.
exact: E.
Qed.

(** Filtered spikes, with any weights. *)
Variable c : Step sh -> K.

Lemma filtered_mean : mean (fun n => \sum_t c t * spike K n t) = \sum_t c t * r.
Proof. by rewrite mean_sum; apply: eq_bigr => t _; rewrite mean_rate. Qed.

Lemma square_sum (x : Step sh -> K) :
  (\sum_t c t * x t) ^+ 2 = \sum_t \sum_t1 c t * c t1 * (x t * x t1).
Proof.
rewrite expr2 mulr_suml; apply: eq_bigr => t _; rewrite mulr_sumr.
by apply: eq_bigr => t1 _; exact: mulrACA.
Qed.

Lemma filtered_pairs : mean (fun n => (\sum_t c t * (spike K n t - r)) ^+ 2) =
  \sum_t \sum_t1 c t * c t1 * mean (fun n => (spike K n t - r) * (spike K n t1 - r)).
Proof.
rewrite /mean; under eq_bigr do rewrite square_sum mulr_sumr.
rewrite exchange_big; apply: eq_bigr => t _.
under eq_bigr do rewrite mulr_sumr.
rewrite exchange_big; apply: eq_bigr => t1 _; rewrite mulr_sumr.
by apply: eq_bigr => n _; exact: mulrCA.
Qed.

Lemma filtered_squares :
  \sum_t \sum_t1 c t * c t1 * mean (fun n => (spike K n t - r) * (spike K n t1 - r)) =
  \sum_t c t ^+ 2 * mean (fun n => (spike K n t - r) ^+ 2).
Proof.
apply: eq_bigr => t _; rewrite (bigD1 t) //= big1 ?addr0 => [|t1 N].
  by rewrite expr2; congr (_ * _); apply: eq_bigr => n _; rewrite expr2.
by rewrite mean_deviations ?mulr0 // eq_sym.
Qed.

Lemma filtered_variance :
  \sum_t c t ^+ 2 * mean (fun n => (spike K n t - r) ^+ 2) = r * (1 - r) * \sum_t c t ^+ 2.
Proof. by under eq_bigr do rewrite mean_square; rewrite -mulr_suml mulrC. Qed.

Hypothesis c_one : \sum_t c t = 1.

Lemma filtered_centre (x : Step sh -> K) : \sum_t c t * x t - r = \sum_t c t * (x t - r).
Proof. by under [RHS]eq_bigr do rewrite mulrBr; rewrite sumrB -mulr_suml c_one mul1r. Qed.

Lemma variance : mean (fun n => (\sum_t c t * spike K n t - r) ^+ 2) = r * (1 - r) * \sum_t c t ^+ 2.
Proof.
rewrite -filtered_variance -filtered_squares -filtered_pairs.
by apply: eq_bigr => n _; rewrite filtered_centre.
Qed.

End Trains.

Lemma kernel_one (K : realType) (sh : shape) (net : network K sh) (taps : Step sh -> K) :
  (forall t, 0 < taps t) -> \sum_t kernel net taps t = 1.
Proof.
move=> taps0; rewrite /kernel -mulr_suml divff // gt_eqF // (bigD1 ord0) //=.
by rewrite ltr_paddr ?taps0 // sumr_ge0 // => t _; apply/ltW/taps0.
Qed.

Theorem S1 : S1_statement.
Proof.
move=> K sh net mf taps ok taps0 fp i; do !split.
- exact: mean_sum.
- by apply: eq_bigr => t _; rewrite -[in RHS](mean_rate (q mf net i) t).
by rewrite -mulr_suml kernel_one // mul1r.
Qed.

Theorem S1b : S1b_statement.
Proof.
move=> K sh net mf taps ok taps0 fp; have rate i t : \sum_n spikes (q mf net i) n * spike K n t = q mf net i := mean_rate (q mf net i) t.
split; [|split].
- move=> i t t1 N; by rewrite !rate subrr mul0r; split=> //; exact: mean_deviations.
- move=> i t; rewrite rate; split; last by rewrite expr2 mulrBr mulr1.
  by apply: etrans (mean_square (q mf net i) t) _; rewrite expr2 mulrBr mulr1.
move=> i; do !split.
- by apply: eq_bigr => n _; rewrite filtered_centre // kernel_one.
- exact: filtered_pairs.
- exact: filtered_squares.
exact: filtered_variance.
Qed.
