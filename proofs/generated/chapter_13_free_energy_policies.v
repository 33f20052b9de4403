(* The statements of derivations/13-free-energy-policies.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition qplus {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : Unit sh -> K :=
  mf net (clamped_at a).

Definition hebbian_value_W {K : realType} {sh : shape} (net : network K sh) (plus : Unit sh -> K) (A_ : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * plus i * plus j.

Definition mean_energy {K : realType} {sh : shape} (net : network K sh) (mu : Unit sh -> K) : K :=
  - (kappa net * (\sum_(i : Unit sh) \sum_(j : Unit sh) mu i * W net i j * mu j) + \sum_(k : State sh) \sum_(i : Unit sh) s net k * U net k i * mu i + \sum_(i : Unit sh) b net i * mu i).

Definition value {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  - (mean_energy net (qplus mf net a) + \sum_(i : Hidden sh) qplus mf net a (inl i) * ln (qplus mf net a (inl i))).

Definition hebbian_value_U {K : realType} {sh : shape} (net : network K sh) (plus : Unit sh -> K) (A_ : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * plus i.

Definition hebbian_value_b {K : realType} {sh : shape} (net : network K sh) (plus : Unit sh -> K) (A_ : K) (i : Unit sh) : K :=
  A_ * plus i.

(* FE1: the value learns by a Hebbian rule, for any weights *)
Definition FE1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (a : Action sh), forall (i : Hidden sh), forall (j : Unit sh), hebbian_value_W net (qplus mf net a) (A net) (inl i) j = mask net (inl i) j * A net * d_W (fun moved => value mf moved a) net (inl i) j
      /\ derivable_W (fun moved => value mf moved a) net (inl i) j)
  /\ (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), hebbian_value_U net (qplus mf net a) (A net) k i = A net * d_U (fun moved => value mf moved a) net k i
      /\ derivable_U (fun moved => value mf moved a) net k i)
  /\ (forall (a : Action sh), forall (i : Unit sh), hebbian_value_b net (qplus mf net a) (A net) i = A net * d_b (fun moved => value mf moved a) net i
      /\ derivable_b (fun moved => value mf moved a) net i).

Definition drive {K : realType} {sh : shape} (net : network K sh) (i : Unit sh) : K :=
  \sum_(k : State sh) U net k i * s net k + b net i.

Definition normaliser {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) (c : Circuit sh) : K :=
  \sum_(i : Hidden sh | (circuit (inl i)) == c) expR (field net (qplus mf net a) (inl i)) + \sum_(i : Action sh | (circuit (inr i)) == c) (i == a)%:R * expR (drive net (inr i)).

Definition boltzmann {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  (\prod_(c : Circuit sh) normaliser mf net a c) * expR (- (kappa net * (\sum_(i : Hidden sh) \sum_(j : Hidden sh) qplus mf net a (inl i) * W net (inl i) (inl j) * qplus mf net a (inl j)))).

Definition piF {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  boltzmann mf net a / (\sum_(a2 : Action sh) boltzmann mf net a2).

Definition J_F {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) : K :=
  \sum_(a : Action sh) piF mf net a * R net a.

(* FE2: with a centred advantage the Hebbian rule is the gradient of the policy that it defines *)
Definition FE2_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (a : Action sh), forall (i : Unit sh), d_b (fun moved => ln (piF mf moved a)) net i = qplus mf net a i - \sum_(a' : Action sh) piF mf net a' * qplus mf net a' i
      /\ derivable_b (fun moved => ln (piF mf moved a)) net i)
  /\ (forall (i : Hidden sh), forall (j : Unit sh), \sum_(a : Action sh) piF mf net a * hebbian_value_W net (qplus mf net a) (R net a - J_F mf net) (inl i) j = mask net (inl i) j * d_W (fun moved => J_F mf moved) net (inl i) j
      /\ derivable_W (fun moved => J_F mf moved) net (inl i) j)
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(a : Action sh) piF mf net a * hebbian_value_U net (qplus mf net a) (R net a - J_F mf net) k i = d_U (fun moved => J_F mf moved) net k i
      /\ derivable_U (fun moved => J_F mf moved) net k i)
  /\ (forall (i : Unit sh), \sum_(a : Action sh) piF mf net a * hebbian_value_b net (qplus mf net a) (R net a - J_F mf net) i = d_b (fun moved => J_F mf moved) net i
      /\ derivable_b (fun moved => J_F mf moved) net i).

(* FE3b: what the bare reward adds *)
Definition FE3b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (i : Unit sh), \sum_(a : Action sh) piF mf net a * hebbian_value_b net (qplus mf net a) (R net a) i = d_b (fun moved => J_F mf moved) net i + J_F mf net * (\sum_(a : Action sh) piF mf net a * qplus mf net a i)
      /\ derivable_b (fun moved => J_F mf moved) net i).

Definition Zof {K : realType} {sh : shape} (net : network K sh) (a : Action sh) : K :=
  \sum_(v : Configuration sh | (action v) == a) weight net v.

(* FE4: without synapses between hidden circuits the value is exact *)
Definition FE4_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (forall h h', W net (inl h) (inl h') = 0) ->
  fixed_points mf ->
  (forall (a : Action sh), ln (Zof net a) = ln (boltzmann mf net a))
  /\ (forall (a : Action sh), value mf net a = ln (boltzmann mf net a)).

(* FE6: with them it is a lower bound *)
Definition FE6_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (a : Action sh), value mf net a <= ln (Zof net a)).

(* Claims without a statement, and why:
   FE3: a claim that is refuted
   FE5: a claim that is refuted
   FE7: a claim that is refuted
*)
