(* The statements of derivations/06-two-phase.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition qplus {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : Unit sh -> K :=
  mf net (clamped_at a).

Definition advantage {K : realType} {sh : shape} (net : network K sh) (a : Action sh) : K :=
  R net a - J_exact net.

Definition two_phase_W {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (plus : Unit sh -> K) (A_ : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * (plus i * plus j - q mf net i * q mf net j).

(* M7a: a centred advantage cancels the free phase *)
Definition M7a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), forall (j : Unit sh), \sum_(a : Action sh) pi net a * two_phase_W mf net (qplus mf net a) (advantage net a) i j = mask net i j * kappa net * (\sum_(a : Action sh) pi net a * advantage net a * qplus mf net a i * qplus mf net a j) - mask net i j * kappa net * (\sum_(a : Action sh) pi net a * advantage net a) * q mf net i * q mf net j
      /\ mask net i j * kappa net * (\sum_(a : Action sh) pi net a * advantage net a * qplus mf net a i * qplus mf net a j) - mask net i j * kappa net * (\sum_(a : Action sh) pi net a * advantage net a) * q mf net i * q mf net j = mask net i j * kappa net * (\sum_(a : Action sh) pi net a * advantage net a * qplus mf net a i * qplus mf net a j)).

Definition clampedrate {K : realType} {sh : shape} (net : network K sh) (a : Action sh) (i : Unit sh) : K :=
  (\sum_(v : Configuration sh | (action v) == a) p net v * winner K v i) / (\sum_(v : Configuration sh | (action v) == a) p net v).

Definition clampedpair {K : realType} {sh : shape} (net : network K sh) (a : Action sh) (i : Unit sh) (j : Unit sh) : K :=
  (\sum_(v : Configuration sh | (action v) == a) p net v * (winner K v i * winner K v j)) / (\sum_(v : Configuration sh | (action v) == a) p net v).

(* M7i: clamped, hidden circuits without mutual synapses are independent *)
Definition M7i_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (forall h h', W net (inl h) (inl h') = 0) ->
  fixed_points mf ->
  (forall (a : Action sh), forall (i : Unit sh), clampedrate net a i = qplus mf net a i)
  /\ (forall (a : Action sh), forall (i : Unit sh), forall (j : Unit sh), (circuit i) != (circuit j) -> clampedpair net a i j = clampedrate net a i * clampedrate net a j
      /\ clampedrate net a i * clampedrate net a j = qplus mf net a i * qplus mf net a j).

Definition two_phase_U {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (plus : Unit sh -> K) (A_ : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * (plus i - q mf net i).

Definition two_phase_b {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (plus : Unit sh -> K) (A_ : K) (i : Unit sh) : K :=
  A_ * (plus i - q mf net i).

(* M7: then the rule two_phase is the exact gradient in expectation *)
Definition M7_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (forall h h', W net (inl h) (inl h') = 0) ->
  fixed_points mf ->
  (forall (i : Unit sh), forall (j : Unit sh), \sum_(a : Action sh) pi net a * two_phase_W mf net (qplus mf net a) (advantage net a) i j = mask net i j * kappa net * (\sum_(a : Action sh) pi net a * (advantage net a * clampedpair net a i j))
      /\ mask net i j * kappa net * (\sum_(a : Action sh) pi net a * (advantage net a * clampedpair net a i j)) = mask net i j * d_W (fun moved => J_exact moved) net i j
      /\ derivable_W (fun moved => J_exact moved) net i j)
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(a : Action sh) pi net a * two_phase_U mf net (qplus mf net a) (advantage net a) k i = s net k * (\sum_(a : Action sh) pi net a * (advantage net a * clampedrate net a i))
      /\ s net k * (\sum_(a : Action sh) pi net a * (advantage net a * clampedrate net a i)) = d_U (fun moved => J_exact moved) net k i
      /\ derivable_U (fun moved => J_exact moved) net k i)
  /\ (forall (i : Unit sh), \sum_(a : Action sh) pi net a * two_phase_b mf net (qplus mf net a) (advantage net a) i = \sum_(a : Action sh) pi net a * (advantage net a * clampedrate net a i)
      /\ \sum_(a : Action sh) pi net a * (advantage net a * clampedrate net a i) = d_b (fun moved => J_exact moved) net i
      /\ derivable_b (fun moved => J_exact moved) net i).

(* M7d: the gap is the error of the clamped mean field *)
Definition M7d_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Hidden sh), forall (j : Unit sh), mask net (inl i) j * d_W (fun moved => J_exact moved) net (inl i) j - \sum_(a : Action sh) pi net a * two_phase_W mf net (qplus mf net a) (advantage net a) (inl i) j = mask net (inl i) j * kappa net * (\sum_(a : Action sh) pi net a * (advantage net a * (clampedpair net a (inl i) j - qplus mf net a (inl i) * qplus mf net a j)))
      /\ derivable_W (fun moved => J_exact moved) net (inl i) j)
  /\ (forall (i : Unit sh), d_b (fun moved => J_exact moved) net i - \sum_(a : Action sh) pi net a * two_phase_b mf net (qplus mf net a) (advantage net a) i = \sum_(a : Action sh) pi net a * (advantage net a * (clampedrate net a i - qplus mf net a i))
      /\ derivable_b (fun moved => J_exact moved) net i).

Definition advantage_mf {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  R net a - J_meanfield mf net.

Definition surrogate {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) : K :=
  \sum_(a : Action sh) q mf held (inr a) * advantage_mf mf held a * ln (pi net a).

(* M7e: what it computes instead: the exact score under the mean-field policy *)
Definition M7e_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (forall h h', W net (inl h) (inl h') = 0) ->
  fixed_points mf ->
  (forall (i : Hidden sh), forall (j : Unit sh), \sum_(a : Action sh) q mf net (inr a) * two_phase_W mf net (qplus mf net a) (advantage_mf mf net a) (inl i) j = mask net (inl i) j * d_W (fun moved => surrogate mf moved net) net (inl i) j
      /\ derivable_W (fun moved => surrogate mf moved net) net (inl i) j)
  /\ (forall (i : Unit sh), \sum_(a : Action sh) q mf net (inr a) * two_phase_b mf net (qplus mf net a) (advantage_mf mf net a) i = \sum_(a : Action sh) q mf net (inr a) * (advantage_mf mf net a * clampedrate net a i)
      /\ \sum_(a : Action sh) q mf net (inr a) * (advantage_mf mf net a * clampedrate net a i) = d_b (fun moved => surrogate mf moved net) net i
      /\ derivable_b (fun moved => surrogate mf moved net) net i).

(* M7f: without centring, the error of the free phase remains *)
Definition M7f_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (forall h h', W net (inl h) (inl h') = 0) ->
  fixed_points mf ->
  (forall (i : Hidden sh), forall (j : Unit sh), \sum_(a : Action sh) pi net a * two_phase_W mf net (qplus mf net a) (R net a) (inl i) j = mask net (inl i) j * (d_W (fun moved => J_exact moved) net (inl i) j + kappa net * J_exact net * (\sum_(v : Configuration sh) p net v * (winner K v (inl i) * winner K v j) - q mf net (inl i) * q mf net j))
      /\ derivable_W (fun moved => J_exact moved) net (inl i) j)
  /\ (forall (i : Unit sh), \sum_(a : Action sh) pi net a * two_phase_b mf net (qplus mf net a) (R net a) i = d_b (fun moved => J_exact moved) net i + J_exact net * (\sum_(v : Configuration sh) p net v * winner K v i - q mf net i)
      /\ derivable_b (fun moved => J_exact moved) net i)
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(a : Action sh) pi net a * two_phase_U mf net (qplus mf net a) (R net a) k i = d_U (fun moved => J_exact moved) net k i + s net k * J_exact net * (\sum_(v : Configuration sh) p net v * winner K v i - q mf net i)
      /\ derivable_U (fun moved => J_exact moved) net k i).

(* Claims without a statement, and why:
   M7b: a claim that is refuted
   M7c: a claim that is refuted
   M7c2: a claim that is refuted
*)
