(* The statements of derivations/15-reward-modulated.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition reward {K : realType} {sh : shape} (net : network K sh) (v : Configuration sh) : K :=
  R net (action v).

Definition H0 {K : realType} {sh : shape} (net : network K sh) (c0 : Unit sh -> Unit sh -> K) (c1 : Unit sh -> Unit sh -> K) (c2 : Unit sh -> Unit sh -> K) (c3 : Unit sh -> Unit sh -> K) (v : Configuration sh) (i : Unit sh) (j : Unit sh) : K :=
  c0 i j + c1 i j * winner K v i + c2 i j * winner K v j + c3 i j * winner K v i * winner K v j.

Definition drift {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (c0 : Unit sh -> Unit sh -> K) (c1 : Unit sh -> Unit sh -> K) (c2 : Unit sh -> Unit sh -> K) (c3 : Unit sh -> Unit sh -> K) (i : Unit sh) (j : Unit sh) : K :=
  J_meanfield mf net * (\sum_(v : Configuration sh) independent (q mf net) v * H0 net c0 c1 c2 c3 v i j).

Definition covariance {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (c0 : Unit sh -> Unit sh -> K) (c1 : Unit sh -> Unit sh -> K) (c2 : Unit sh -> Unit sh -> K) (c3 : Unit sh -> Unit sh -> K) (i : Unit sh) (j : Unit sh) : K :=
  \sum_(v : Configuration sh) independent (q mf net) v * ((reward net v - J_meanfield mf net) * (H0 net c0 c1 c2 c3 v i j - \sum_(v' : Configuration sh) independent (q mf net) v' * H0 net c0 c1 c2 c3 v' i j)).

(* RM1: a covariance and an unsupervised term *)
Definition RM1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (c0 : Unit sh -> Unit sh -> K) (c1 : Unit sh -> Unit sh -> K) (c2 : Unit sh -> Unit sh -> K) (c3 : Unit sh -> Unit sh -> K),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), forall (j : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * (reward net v * H0 net c0 c1 c2 c3 v i j) = \sum_(v : Configuration sh) independent (q mf net) v * ((reward net v - J_meanfield mf net) * H0 net c0 c1 c2 c3 v i j) + drift mf net c0 c1 c2 c3 i j
      /\ \sum_(v : Configuration sh) independent (q mf net) v * ((reward net v - J_meanfield mf net) * H0 net c0 c1 c2 c3 v i j) + drift mf net c0 c1 c2 c3 i j = covariance mf net c0 c1 c2 c3 i j + drift mf net c0 c1 c2 c3 i j).

(* RM3: centring either factor removes the unsupervised term *)
Definition RM3_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (c0 : Unit sh -> Unit sh -> K) (c1 : Unit sh -> Unit sh -> K) (c2 : Unit sh -> Unit sh -> K) (c3 : Unit sh -> Unit sh -> K),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), forall (j : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * ((reward net v - J_meanfield mf net) * H0 net c0 c1 c2 c3 v i j) = covariance mf net c0 c1 c2 c3 i j)
  /\ (forall (i : Unit sh), forall (j : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * (reward net v * (H0 net c0 c1 c2 c3 v i j - \sum_(v' : Configuration sh) independent (q mf net) v' * H0 net c0 c1 c2 c3 v' i j)) = covariance mf net c0 c1 c2 c3 i j).

(* RM4: the same under the exact distribution *)
Definition RM4_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (c0 : Unit sh -> Unit sh -> K) (c1 : Unit sh -> Unit sh -> K) (c2 : Unit sh -> Unit sh -> K) (c3 : Unit sh -> Unit sh -> K),
  network_ok net ->
  (forall (i : Unit sh), forall (j : Unit sh), \sum_(v : Configuration sh) p net v * (reward net v * H0 net c0 c1 c2 c3 v i j) = \sum_(v : Configuration sh) p net v * ((reward net v - J_exact net) * H0 net c0 c1 c2 c3 v i j) + J_exact net * (\sum_(v : Configuration sh) p net v * H0 net c0 c1 c2 c3 v i j)).

(* RM5: between hidden units every eligibility is blind: the unsupervised term is all there is *)
Definition RM5_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (c0 : Unit sh -> Unit sh -> K) (c1 : Unit sh -> Unit sh -> K) (c2 : Unit sh -> Unit sh -> K) (c3 : Unit sh -> Unit sh -> K),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Hidden sh), forall (j : Hidden sh), \sum_(v : Configuration sh) independent (q mf net) v * (reward net v * H0 net c0 c1 c2 c3 v (inl i) (inl j)) = drift mf net c0 c1 c2 c3 (inl i) (inl j)).

(* RM7: onto an action unit every eligibility has the last-step gradient of the unit, times a factor *)
Definition RM7_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (c0 : Unit sh -> Unit sh -> K) (c1 : Unit sh -> Unit sh -> K) (c2 : Unit sh -> Unit sh -> K) (c3 : Unit sh -> Unit sh -> K),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Action sh), forall (j : Hidden sh), covariance mf net c0 c1 c2 c3 (inr i) (inl j) = (c1 (inr i) (inl j) + c3 (inr i) (inl j) * q mf net (inl j)) * (\sum_(v : Configuration sh) independent (q mf net) v * ((reward net v - J_meanfield mf net) * winner K v (inr i)))
      /\ (c1 (inr i) (inl j) + c3 (inr i) (inl j) * q mf net (inl j)) * (\sum_(v : Configuration sh) independent (q mf net) v * ((reward net v - J_meanfield mf net) * winner K v (inr i))) = (c1 (inr i) (inl j) + c3 (inr i) (inl j) * q mf net (inl j)) * d_b (fun moved => J_laststep mf moved net) net (inr i)
      /\ derivable_b (fun moved => J_laststep mf moved net) net (inr i)).

(* RM9: and the Hebbian one is the gradient *)
Definition RM9_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (i : Hidden sh), forall (j : Unit sh), \sum_(v : Configuration sh) p net v * ((reward net v - J_exact net) * kappa net * mask net (inl i) j * winner K v (inl i) * winner K v j) = mask net (inl i) j * d_W (fun moved => J_exact moved) net (inl i) j
      /\ derivable_W (fun moved => J_exact moved) net (inl i) j).

(* Claims without a statement, and why:
   RM2: a claim that is refuted
   RM6: a claim that is refuted
   RM8: a claim that is refuted
*)
