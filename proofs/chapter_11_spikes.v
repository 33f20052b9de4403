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

(** Cauchy and Schwarz, where one vector is constant. *)
Theorem S1d : S1d_statement.
Proof.
move=> K sh net taps ok taps0; set L := length net.
have LE : L = \sum_(t : Step sh) 1 by [].
have L0 : 0 < L by rewrite LE sumr_const card_ord ltr0n.
have k1 : \sum_t kernel net taps t = 1 by exact: kernel_one.
have S : 0 <= \sum_t (kernel net taps t - 1 / L) ^+ 2 by apply: sumr_ge0 => t _; apply: sqr_ge0.
have E : \sum_t (kernel net taps t - 1 / L) ^+ 2 = spread net taps - 1 / L.
  rewrite (eq_bigr (fun t => kernel net taps t ^+ 2 - (2%:R / L) * kernel net taps t +
      (1 / L) ^+ 2 * 1)); last first.
    move=> t _; have square (x y : K) : (x - 1 / y) ^+ 2 = x ^+ 2 - 2%:R / y * x + (1 / y) ^+ 2 * 1.
      by rewrite !mul1r; move: (y^-1) => u; ring.
    exact: square.
  rewrite big_split sumrB -!mulr_sumr k1 -LE /=; have nonzero : L != 0 by rewrite gt_eqF.
  have collect (x y : K) : y != 0 -> x - 2%:R / y * 1 + (1 / y) ^+ 2 * y = x - 1 / y.
    by move=> y0; field.
  exact: collect.
by rewrite -subr_ge0 -E.
Qed.

(** ** One sampled update *)
Section Update.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Let nq := q_normalised net fp.
Implicit Types (i j : Unit sh).

Lemma surplusE i : surplus mf net i = signal (q mf net) (R net) i.
Proof.
case: i => [h|a]; rewrite ?signal_hidden ?signal_action // /surplus.
  by apply: big1 => a _; rewrite mul0r mul0r.
rewrite -[RHS](sum_deltal a (fun a => q mf net (inr a) * (R net a - J_meanfield mf net))).
by apply: eq_bigr => a' _; rewrite -mulrA.
Qed.

Lemma mean_svpg_W i j :
  \sum_v independent (q mf net) v * svpg_W mf net v (R net (action v)) i j =
  mask net i j * kappa net * (q mf net j * surplus mf net i + q mf net i * surplus mf net j).
Proof.
rewrite !surplusE /signal mulrDr !mulr_sumr -big_split; apply: eq_bigr => v _; rewrite /svpg_W /=.
have order (x m r p y p' y' : K) : x * (m * r * (p * y + p' * y')) =
    m * (p * (x * (r * y))) + m * (p' * (x * (r * y'))) by ring.
exact: order.
Qed.

Lemma mean_svpg_U k i :
  \sum_v independent (q mf net) v * svpg_U mf net v (R net (action v)) k i =
  s net k * surplus mf net i.
Proof.
rewrite surplusE mulr_sumr; apply: eq_bigr => v _; rewrite /svpg_U.
have order (x r c y : K) : x * (r * c * y) = c * (x * (r * y)) by ring.
exact: order.
Qed.

Lemma d_J_W i j : d_W (fun m => J_laststep mf m net) net i j =
  kappa net * (q mf net j * surplus mf net i + q mf net i * surplus mf net j).
Proof.
rewrite !surplusE; apply: etrans (has_val (has_J_laststep net fp (entry_W i j))) _.
by rewrite /= ![signal _ _ _ * _]mulrC.
Qed.

(** A function of the action and a function of a hidden winner. *)
Lemma mean_square_winner (h : Hidden sh) (k : Action sh -> K) :
  \sum_v independent (q mf net) v * (k (action v) * (winner K v (inl h) - q mf net (inl h)) ^+ 2) =
  (\sum_a q mf net (inr a) * k a) * (q mf net (inl h) * (1 - q mf net (inl h))).
Proof.
set x := q mf net (inl h).
have idem v : winner K v (inl h) * winner K v (inl h) = winner K v (inl h).
  by rewrite winner_winner // eqxx mul1r.
rewrite (eq_bigr (fun v => (1 - 2%:R * x) * (independent (q mf net) v * (k (action v) *
    winner K v (inl h))) + x ^+ 2 * (independent (q mf net) v * k (action v)))); last first.
  move=> v _; have E (p c w : K) : w * w = w ->
      p * (c * (w - x) ^+ 2) = (1 - 2%:R * x) * (p * (c * w)) + x ^+ 2 * (p * c).
    by move=> ww; rewrite expr2 !(mulrBl, mulrBr) ww; ring.
  exact: E.
rewrite big_split /= -!mulr_sumr expect_hidden_action // expect_action // -/x.
set m := \sum_a _; ring.
Qed.

End Update.

Theorem S3 : S3_statement.
Proof.
move=> K sh net mf ok fp; split; [|split; [|split]].
- move=> i j; do !split; last exact: has_derivable (has_J_laststep net fp (entry_W (inl i) j)).
  + exact: mean_svpg_W.
  by rewrite d_J_W // mulrA.
- move=> i j; have h0 : surplus mf net (inl j) = 0.
    by rewrite surplusE // signal_hidden //; exact: q_normalised.
  do !split; last exact: has_derivable (has_J_laststep net fp (entry_W (inr i) (inl j))).
  + by rewrite mean_svpg_W // h0 mulr0 addr0 !mulrA.
  by rewrite d_J_W // h0 mulr0 addr0 !mulrA.
- move=> k i; do !split; last exact: has_derivable (has_J_laststep net fp (entry_U k i)).
  + exact: mean_svpg_U.
  by rewrite surplusE //; exact/esym/(has_val (has_J_laststep net fp (entry_U k i))).
move=> i; do !split; last exact: has_derivable (has_J_laststep net fp (entry_b i)).
+ by rewrite surplusE.
by rewrite surplusE //; exact/esym/(has_val (has_J_laststep net fp (entry_b i))).
Qed.

Theorem S3b : S3b_statement.
Proof.
move=> K sh net mf ok fp i; have nq := q_normalised net fp.
have one : \sum_a q mf net (inr a) * 1 = 1.
  by under eq_bigr do rewrite mulr1; rewrite normalised_action.
have deviation : \sum_v independent (q mf net) v * (winner K v (inl i) - q mf net (inl i)) ^+ 2 =
    q mf net (inl i) * (1 - q mf net (inl i)).
  transitivity ((\sum_a q mf net (inr a) * 1) * (q mf net (inl i) * (1 - q mf net (inl i)))).
    rewrite -[RHS](mean_square_winner net fp i (fun=> 1)).
    by apply: eq_bigr => v _; rewrite mul1r.
  by rewrite one mul1r.
rewrite deviation (expect_action (fun a => R net a ^+ 2) nq); split; last exact: mulrA.
rewrite -(mean_square_winner net fp i (fun a => R net a ^+ 2)).
by apply: eq_bigr => v _; rewrite /svpg_b exprMn.
Qed.

Theorem S1c : S1c_statement.
Proof.
move=> K sh net mf ok sum0 fp.
have L0 : length net != 0 :> K.
  by rewrite /length sumr_const card_ord -[_ *+ _]mulr_natl mulr1 pnatr_eq0.
have rectangle : \sum_(t : Step sh) 1 / length net = 1 :> K.
  by rewrite -mulr_suml; apply: divff.
have double_one : \sum_t double_exponential net t = 1 :> K by rewrite -mulr_suml divff.
split; [|split] => i.
- split.
    have V := variance (q mf net i) rectangle.
    rewrite -[RHS]V; apply: eq_bigr => n _; congr (_ * (_ - _) ^+ 2).
    by apply: eq_bigr => t _; rewrite mulrC mul1r.
  by congr (_ * _); rewrite expr2 -mulr_suml rectangle !mul1r.
- apply: etrans (filtered_mean (q mf net i) (double_exponential net)) _.
  by rewrite -mulr_suml double_one mul1r.
have V := variance (q mf net i) double_one; exact: V.
Qed.
