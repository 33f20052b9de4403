(** The last-step rule: derivations/08-last-step.md *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives last_step.
From svpg.generated Require Import chapter_01_network chapter_08_last_step.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Theorem L1 : L1_statement.
Proof.
move=> K sh net mf ok fp v i.
have has_entry l : has (fun x => set_entry (z mf net) i x l) (z mf net i) (i == l)%:R.
  rewrite /set_entry [i == l]eq_sym; case: (l =P i) => [_|_]; first exact: is_derive_id.
  exact: has_cst.
have Ez : set_entry (z mf net) i (z mf net i) = z mf net.
  by apply: funext => l; rewrite /set_entry; case: eqP => // ->.
have delta j : circuit_mean (softmax (z mf net)) (fun l => (i == l)%:R) j =
    (circuit j == circuit i)%:R * softmax (z mf net) i.
  rewrite /circuit_mean big_mkcond /= -(sum_delta i (fun l => (circuit j == circuit l)%:R *
    softmax (z mf net) l)).
  by apply: eq_bigr => l _; rewrite eq_sym; case: ifP => _; rewrite ?mul1r ?mul0r ?mulr0 // mulrC.
have has_sm j : has (fun x => softmax (set_entry (z mf net) i x) j) (z mf net i)
    (softmax (z mf net) j * ((i == j)%:R - (circuit j == circuit i)%:R * softmax (z mf net) i)).
  by have := has_softmax has_entry j; rewrite Ez delta.
have has_log : has (fun x => logq__z mf net (set_entry (z mf net) i x) v) (z mf net i)
    (winner K v i - softmax (z mf net) i).
  have := has_log_winners has_entry v; rewrite Ez => D; apply: has_eq D _.
  by under eq_bigr do rewrite mulrC; rewrite sum_delta.
have mean1 : \sum_(j | circuit j == circuit i) winner K v j * ((i == j)%:R - softmax (z mf net) i) =
    winner K v i - softmax (z mf net) i.
  under eq_bigr do rewrite mulrBr.
  rewrite sumrB -mulr_suml one_winner mul1r; congr (_ - _).
  rewrite big_mkcond -[RHS](sum_delta i (winner K v)); apply: eq_bigr => j _.
  by case: (i =P j) => [->|_]; rewrite ?eqxx ?mulr1 ?mul1r ?mulr0 ?mul0r ?if_same.
have mean2 : \sum_(j | circuit j == circuit i)
      winner K v j * d_family (fun z' => softmax z' j) (z mf net) i / softmax (z mf net) j =
    \sum_(j | circuit j == circuit i) winner K v j * ((i == j)%:R - softmax (z mf net) i).
  apply: eq_bigr => j /eqP E.
  have -> : d_family (fun z' => softmax z' j) (z mf net) i =
      softmax (z mf net) j * ((i == j)%:R - softmax (z mf net) i).
    by rewrite -[in RHS](mul1r (softmax (z mf net) i)); apply: has_val; have := has_sm j;
       rewrite E eqxx.
  have s0 : softmax (z mf net) j != 0 by rewrite gt_eqF // softmax_gt0.
  by field.
do !split.
- by rewrite mean2 mean1; apply: has_val.
- exact: mean2.
- exact: mean1.
- by rewrite softmax_z.
- exact: has_derivable has_log.
- move=> j _; exact: has_derivable (has_sm j).
Qed.

Theorem L2 : L2_statement.
Proof.
move=> K sh net mf ok fp; split; [|split].
- move=> v i j.
  have dz l : d_W (fun m => zheld mf m net l) net i j =
    kappa net * ((l == i)%:R * q mf net j + (l == j)%:R * q mf net i) :=
    has_val (has_zheld net mf (entry_W i j) l).
  have dl : d_W (fun m => logstep mf m net v) net i j =
    kappa net * (e mf net v i * q mf net j + e mf net v j * q mf net i) :=
    has_val (has_logstep net fp (entry_W i j) v).
  have S : \sum_l e mf net v l * kappa net * ((l == i)%:R * q mf net j + (l == j)%:R * q mf net i) =
      kappa net * (e mf net v i * q mf net j + e mf net v j * q mf net i).
    rewrite -[RHS](sum_dinput net (entry_W i j)); apply: eq_bigr => l _; exact/esym/mulrA.
  have S' : \sum_l e mf net v l * d_W (fun m => zheld mf m net l) net i j =
      \sum_l e mf net v l * kappa net * ((l == i)%:R * q mf net j + (l == j)%:R * q mf net i).
    by apply: eq_bigr => l _; rewrite dz mulrA.
  do !split; rewrite ?S' ?S ?dl //; try (rewrite /svpg_W /e; ring).
  + exact: has_derivable (has_logstep net fp (entry_W i j) v).
  + move=> l; exact: has_derivable (has_zheld net mf (entry_W i j) l).
- move=> v k i.
  have dz l : d_U (fun m => zheld mf m net l) net k i = s net k * (l == i)%:R :=
    has_val (has_zheld net mf (entry_U k i) l).
  have dl : d_U (fun m => logstep mf m net v) net k i = s net k * e mf net v i :=
    has_val (has_logstep net fp (entry_U k i) v).
  have S : \sum_l e mf net v l * d_U (fun m => zheld mf m net l) net k i = s net k * e mf net v i.
    under eq_bigr do rewrite dz; exact: (sum_dinput net (entry_U k i) (q mf net)).
  do !split; rewrite ?S ?dl //; first by rewrite mulrA.
  + exact: has_derivable (has_logstep net fp (entry_U k i) v).
  + move=> l; exact: has_derivable (has_zheld net mf (entry_U k i) l).
move=> v i; have dl : d_b (fun m => logstep mf m net v) net i = e mf net v i :=
  has_val (has_logstep net fp (entry_b i) v).
do !split; rewrite ?dl //.
exact: has_derivable (has_logstep net fp (entry_b i) v).
Qed.

Section Means.
Variables (K : realType) (sh : shape) (net : network K sh) (mf : states K sh).
Hypothesis fp : fixed_points mf.
Let nq := q_normalised net fp.
Let sig := signal (q mf net) (R net).

Lemma mean_U k i :
  \sum_v independent (q mf net) v * svpg_U mf net v (R net (action v)) k i = s net k * sig i.
Proof. rewrite mulr_sumr; apply: eq_bigr => v _; rewrite /svpg_U; ring. Qed.

Lemma mean_b i :
  \sum_v independent (q mf net) v * svpg_b mf net v (R net (action v)) i = sig i.
Proof. by []. Qed.

Lemma mean_W i j :
  \sum_v independent (q mf net) v * svpg_W mf net v (R net (action v)) i j =
  mask net i j * kappa net * (q mf net j * sig i + q mf net i * sig j).
Proof.
rewrite /sig /signal mulrDr !mulr_sumr -big_split; apply: eq_bigr => v _; rewrite /svpg_W /=; ring.
Qed.

Lemma d_J_W i j : d_W (fun m => J_laststep mf m net) net i j =
  kappa net * (sig i * q mf net j + sig j * q mf net i).
Proof. exact: has_val (has_J_laststep net fp (entry_W i j)). Qed.

Lemma d_J_U k i : d_U (fun m => J_laststep mf m net) net k i = s net k * sig i.
Proof. exact: has_val (has_J_laststep net fp (entry_U k i)). Qed.

Lemma d_J_b i : d_b (fun m => J_laststep mf m net) net i = sig i.
Proof. exact: has_val (has_J_laststep net fp (entry_b i)). Qed.

End Means.

Theorem L3 : L3_statement.
Proof.
move=> K sh net mf ok fp; split.
- move=> k i; have nq := q_normalised net fp.
  have dq a : d_U (fun m => qnext mf m net (inr a)) net k (inr i) =
      s net k * (q mf net (inr a) * ((a == i)%:R - q mf net (inr i))).
    have D := has_qnext net fp (entry_U k (inr i)) (inr a).
    apply: has_val; apply: has_eq D _; rewrite /circuit_mean sum_circuit_action /=.
    rewrite (eq_bigr (fun a' => s net k * ((a' == i)%:R * q mf net (inr a')))); last first.
      by move=> a' _; rewrite mulrCA; congr (_ * _); rewrite mulrC.
    by rewrite -mulr_sumr sum_deltal -mulrBr mulrCA.
  have E : s net k * (\sum_a q mf net (inr a) * R net a * ((a == i)%:R - q mf net (inr i))) =
      s net k * signal (q mf net) (R net) (inr i).
    congr (_ * _); rewrite signal_action // mulrBr.
    under eq_bigr do rewrite mulrBr.
    rewrite sumrB -mulr_suml [q _ _ _ * \sum_a0 _]mulrC; congr (_ - _).
    by under eq_bigr do rewrite mulrC; rewrite sum_deltal.
  have swap (x y w u : K) : x * (y * w * u) = w * (x * (y * u)) by ring.
  do !split.
  + by rewrite mean_U.
  + by rewrite E.
  + by rewrite mulr_sumr; apply: eq_bigr => a _; rewrite dq; exact: swap.
  + by rewrite d_J_U // -E mulr_sumr; apply: eq_bigr => a _; rewrite dq; exact/esym/swap.
  + move=> a; exact: has_derivable (has_qnext net fp (entry_U k (inr i)) (inr a)).
  + exact: has_derivable (has_J_laststep net fp (entry_U k (inr i))).
move=> i; have nq := q_normalised net fp; do !split.
+ by rewrite mean_b signal_action.
+ by rewrite d_J_b // signal_action.
+ exact: has_derivable (has_J_laststep net fp (entry_b (inr i))).
Qed.

Theorem L3h : L3h_statement.
Proof.
move=> K sh net mf ok fp; have nq := q_normalised net fp; split=> i j.
- have h0 : \sum_v independent (q mf net) v * (R net (action v) * e mf net v (inl i)) = 0.
    exact: signal_hidden.
  have aE : \sum_v independent (q mf net) v * (R net (action v) * e mf net v (inr j)) =
      q mf net (inr j) * (R net j - J_meanfield mf net).
    exact: (signal_action (R net) nq j).
  do !split.
  + by rewrite mean_W addrC.
  + by rewrite h0 mulr0 addr0 !mulrA.
  + by rewrite aE !mulrA.
  + by rewrite d_J_W // signal_hidden // (aE : signal (q mf net) (R net) (inr j) = _); ring.
  + exact: has_derivable (has_J_laststep net fp (entry_W (inl i) (inr j))).
split; last exact: has_derivable (has_J_laststep net fp (entry_W (inr j) (inl i))).
rewrite mean_W d_J_W // /mask (connected_sym ok); ring.
Qed.

Theorem L3b : L3b_statement.
Proof.
move=> K sh net mf ok fp; have nq := q_normalised net fp.
have m0 i := surprise_mean nq i.
split=> [k i|i j]; apply/eqP; rewrite -subr_eq0 -sumrB.
  rewrite (eq_bigr (fun v => - (A net * s net k) *
    (independent (q mf net) v * (winner K v i - q mf net i)))).
    by rewrite -mulr_sumr m0 mulr0.
  by move=> v _; rewrite /svpg_U; ring.
rewrite (eq_bigr (fun v => - (mask net (inl i) j * kappa net * A net) *
  (q mf net j * (independent (q mf net) v * (winner K v (inl i) - q mf net (inl i))) +
   q mf net (inl i) * (independent (q mf net) v * (winner K v j - q mf net j))))).
  rewrite -mulr_sumr big_split -!mulr_sumr (m0 (inl i)) (m0 j) !mulr0.
  by rewrite (_ : Monoid.operator _ 0 0 = 0 :> K) ?mulr0 //; apply: addr0.
by move=> v _; rewrite /svpg_W; ring.
Qed.
