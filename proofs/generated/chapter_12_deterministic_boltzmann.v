(* The statements of derivations/12-deterministic-boltzmann.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition qplus {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : Unit sh -> K :=
  mf net (clamped_at a).

Definition mean_energy {K : realType} {sh : shape} (net : network K sh) (mu : Unit sh -> K) : K :=
  - (kappa net * (\sum_(i : Unit sh) \sum_(j : Unit sh) mu i * W net i j * mu j) + \sum_(k : State sh) \sum_(i : Unit sh) s net k * U net k i * mu i + \sum_(i : Unit sh) b net i * mu i).

Definition F_given {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  mean_energy net (qplus mf net a) + \sum_(i : Hidden sh) qplus mf net a (inl i) * ln (qplus mf net a (inl i)).

Definition F_free {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) : K :=
  mean_energy net (q mf net) + \sum_(i : Unit sh) q mf net i * ln (q mf net i).

Definition contrast {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  F_given mf net a - F_free mf net.

(* DB1: the rule descends the contrast, for any weights *)
Definition DB1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (a : Action sh), forall (i : Hidden sh), forall (j : Unit sh), (circuit (inl i)) != (circuit j) -> d_W (fun moved => F_given mf moved a) net (inl i) j = - (kappa net * qplus mf net a (inl i) * qplus mf net a j)
      /\ derivable_W (fun moved => F_given mf moved a) net (inl i) j)
  /\ (forall (i : Hidden sh), forall (j : Unit sh), (circuit (inl i)) != (circuit j) -> d_W (fun moved => F_free mf moved) net (inl i) j = - (kappa net * q mf net (inl i) * q mf net j)
      /\ derivable_W (fun moved => F_free mf moved) net (inl i) j)
  /\ (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), - d_U (fun moved => contrast mf moved a) net k i = s net k * (qplus mf net a i - q mf net i)
      /\ derivable_U (fun moved => contrast mf moved a) net k i)
  /\ (forall (a : Action sh), forall (i : Unit sh), - d_b (fun moved => contrast mf moved a) net i = qplus mf net a i - q mf net i
      /\ derivable_b (fun moved => contrast mf moved a) net i).

Definition excess {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) : K :=
  F_free mf net + ln (Z net).

Definition product {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) : K :=
  \prod_(i : Unit sh) (1 - winner K v i + winner K v i * q mf net i).

(* DB4: the divergence of the free phase *)
Definition DB4_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (excess mf net = \sum_(v : Configuration sh) independent (q mf net) v * ln (product mf net v) - \sum_(v : Configuration sh) independent (q mf net) v * ln (p net v)).

(* DB5: without synapses between hidden circuits the error is the divergence of the free phase alone *)
Definition DB5_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (forall h h', W net (inl h) (inl h') = 0) ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (a : Action sh), forall (i : Unit sh), d_b (fun moved => contrast mf moved a + excess mf moved) net i = - d_b (fun moved => ln (pi moved a)) net i
      /\ derivable_b (fun moved => contrast mf moved a + excess mf moved) net i
      /\ derivable_b (fun moved => ln (pi moved a)) net i)
  /\ (forall (a : Action sh), forall (i : Hidden sh), forall (j : Action sh), d_W (fun moved => contrast mf moved a + excess mf moved) net (inl i) (inr j) = - d_W (fun moved => ln (pi moved a)) net (inl i) (inr j)
      /\ derivable_W (fun moved => contrast mf moved a + excess mf moved) net (inl i) (inr j)
      /\ derivable_W (fun moved => ln (pi moved a)) net (inl i) (inr j)).

(* Claims without a statement, and why:
   DB2: a claim that is refuted
   DB3: a claim that is refuted
   DB6: a claim that is refuted
   DB7: a claim that is refuted
   DB8: a claim that is refuted
*)
