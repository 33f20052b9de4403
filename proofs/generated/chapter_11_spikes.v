(* The statements of derivations/11-spikes.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition kernel {K : realType} {sh : shape} (net : network K sh) (taps : Step sh -> K) (t : Step sh) : K :=
  taps t / (\sum_(t' : Step sh) taps t').

(* S1: filtering preserves the rate *)
Definition S1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (taps : Step sh -> K),
  network_ok net ->
  (forall i0, 0 < taps i0) ->
  fixed_points mf ->
  (forall (i : Unit sh), \sum_(n : Train sh) spikes (q mf net i) n * (\sum_(t : Step sh) kernel net taps t * spike K n t) = \sum_(t : Step sh) kernel net taps t * (\sum_(n : Train sh) spikes (q mf net i) n * spike K n t)
      /\ \sum_(t : Step sh) kernel net taps t * (\sum_(n : Train sh) spikes (q mf net i) n * spike K n t) = \sum_(t : Step sh) kernel net taps t * q mf net i
      /\ \sum_(t : Step sh) kernel net taps t * q mf net i = q mf net i).

Definition centred {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (taps : Step sh -> K) (n : Step sh -> K) (i : Unit sh) : K :=
  \sum_(t : Step sh) kernel net taps t * (n t - q mf net i).

Definition spread {K : realType} {sh : shape} (net : network K sh) (taps : Step sh -> K) : K :=
  \sum_(t : Step sh) kernel net taps t ^+ 2.

(* S1b: variance of filtered activity *)
Definition S1b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (taps : Step sh -> K),
  network_ok net ->
  (forall i0, 0 < taps i0) ->
  fixed_points mf ->
  (forall (i : Unit sh), forall (t : Step sh), forall (t1 : Step sh), t != t1 -> \sum_(n : Train sh) spikes (q mf net i) n * ((spike K n t - q mf net i) * (spike K n t1 - q mf net i)) = (\sum_(n : Train sh) spikes (q mf net i) n * spike K n t - q mf net i) * (\sum_(n : Train sh) spikes (q mf net i) n * spike K n t1 - q mf net i)
      /\ (\sum_(n : Train sh) spikes (q mf net i) n * spike K n t - q mf net i) * (\sum_(n : Train sh) spikes (q mf net i) n * spike K n t1 - q mf net i) = 0)
  /\ (forall (i : Unit sh), forall (t : Step sh), \sum_(n : Train sh) spikes (q mf net i) n * (spike K n t - q mf net i) ^+ 2 = \sum_(n : Train sh) spikes (q mf net i) n * spike K n t - q mf net i ^+ 2
      /\ \sum_(n : Train sh) spikes (q mf net i) n * spike K n t - q mf net i ^+ 2 = q mf net i * (1 - q mf net i))
  /\ (forall (i : Unit sh), \sum_(n : Train sh) spikes (q mf net i) n * (\sum_(t : Step sh) kernel net taps t * spike K n t - q mf net i) ^+ 2 = \sum_(n : Train sh) spikes (q mf net i) n * centred mf net taps (spike K n) i ^+ 2
      /\ \sum_(n : Train sh) spikes (q mf net i) n * centred mf net taps (spike K n) i ^+ 2 = \sum_(t : Step sh) \sum_(t1 : Step sh) kernel net taps t * kernel net taps t1 * (\sum_(n : Train sh) spikes (q mf net i) n * ((spike K n t - q mf net i) * (spike K n t1 - q mf net i)))
      /\ \sum_(t : Step sh) \sum_(t1 : Step sh) kernel net taps t * kernel net taps t1 * (\sum_(n : Train sh) spikes (q mf net i) n * ((spike K n t - q mf net i) * (spike K n t1 - q mf net i))) = \sum_(t : Step sh) kernel net taps t ^+ 2 * (\sum_(n : Train sh) spikes (q mf net i) n * (spike K n t - q mf net i) ^+ 2)
      /\ \sum_(t : Step sh) kernel net taps t ^+ 2 * (\sum_(n : Train sh) spikes (q mf net i) n * (spike K n t - q mf net i) ^+ 2) = q mf net i * (1 - q mf net i) * spread net taps).

Definition length {K : realType} {sh : shape} (net : network K sh) : K :=
  \sum_(t : Step sh) 1.

Definition current {K : realType} {sh : shape} (net : network K sh) (t : Step sh) : K :=
  expR (- ((nat_of_ord t)%:R / 8%:R)) - expR (- ((nat_of_ord t)%:R / 2%:R)).

Definition double_exponential {K : realType} {sh : shape} (net : network K sh) (t : Step sh) : K :=
  current net t / (\sum_(t' : Step sh) current net t').

(* S1c: the two published kernels *)
Definition S1c_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (\sum_(t' : Step sh) current net t' != 0) ->
  fixed_points mf ->
  (forall (i : Unit sh), \sum_(n : Train sh) spikes (q mf net i) n * (\sum_(t : Step sh) spike K n t / length net - q mf net i) ^+ 2 = q mf net i * (1 - q mf net i) * (\sum_(t : Step sh) (1 / length net) ^+ 2)
      /\ q mf net i * (1 - q mf net i) * (\sum_(t : Step sh) (1 / length net) ^+ 2) = q mf net i * (1 - q mf net i) / length net)
  /\ (forall (i : Unit sh), \sum_(n : Train sh) spikes (q mf net i) n * (\sum_(t : Step sh) double_exponential net t * spike K n t) = q mf net i)
  /\ (forall (i : Unit sh), \sum_(n : Train sh) spikes (q mf net i) n * (\sum_(t : Step sh) double_exponential net t * spike K n t - q mf net i) ^+ 2 = q mf net i * (1 - q mf net i) * (\sum_(t : Step sh) double_exponential net t ^+ 2)).

(* S1d: no kernel averages better than the rectangle *)
Definition S1d_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (taps : Step sh -> K),
  network_ok net ->
  (forall i0, 0 < taps i0) ->
  (spread net taps >= 1 / length net).

Definition svpg_W {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * (q mf net j * (winner K v i - q mf net i) + q mf net i * (winner K v j - q mf net j)).

Definition surplus {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) : K :=
  \sum_(a : Action sh) ((inr a) == i)%:R * q mf net (inr a) * (R net a - J_meanfield mf net).

Definition svpg_U {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * (winner K v i - q mf net i).

Definition svpg_b {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (i : Unit sh) : K :=
  A_ * (winner K v i - q mf net i).

(* S3: the sampled update is an unbiased estimate *)
Definition S3_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Hidden sh), forall (j : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inl i) j = mask net (inl i) j * kappa net * (q mf net j * surplus mf net (inl i) + q mf net (inl i) * surplus mf net j)
      /\ mask net (inl i) j * kappa net * (q mf net j * surplus mf net (inl i) + q mf net (inl i) * surplus mf net j) = mask net (inl i) j * d_W (fun moved => J_laststep mf moved net) net (inl i) j
      /\ derivable_W (fun moved => J_laststep mf moved net) net (inl i) j)
  /\ (forall (i : Action sh), forall (j : Hidden sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inr i) (inl j) = mask net (inr i) (inl j) * kappa net * q mf net (inl j) * surplus mf net (inr i)
      /\ mask net (inr i) (inl j) * kappa net * q mf net (inl j) * surplus mf net (inr i) = mask net (inr i) (inl j) * d_W (fun moved => J_laststep mf moved net) net (inr i) (inl j)
      /\ derivable_W (fun moved => J_laststep mf moved net) net (inr i) (inl j))
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k i = s net k * surplus mf net i
      /\ s net k * surplus mf net i = d_U (fun moved => J_laststep mf moved net) net k i
      /\ derivable_U (fun moved => J_laststep mf moved net) net k i)
  /\ (forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_b mf net v (R net (action v)) i = surplus mf net i
      /\ surplus mf net i = d_b (fun moved => J_laststep mf moved net) net i
      /\ derivable_b (fun moved => J_laststep mf moved net) net i).

(* S3b: the noise at hidden units *)
Definition S3b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Hidden sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_b mf net v (R net (action v)) (inl i) ^+ 2 = (\sum_(v : Configuration sh) independent (q mf net) v * R net (action v) ^+ 2) * (\sum_(v : Configuration sh) independent (q mf net) v * (winner K v (inl i) - q mf net (inl i)) ^+ 2)
      /\ (\sum_(v : Configuration sh) independent (q mf net) v * R net (action v) ^+ 2) * (\sum_(v : Configuration sh) independent (q mf net) v * (winner K v (inl i) - q mf net (inl i)) ^+ 2) = (\sum_(a : Action sh) q mf net (inr a) * R net a ^+ 2) * q mf net (inl i) * (1 - q mf net (inl i))).
