(* The statements of derivations/02-exact-policy.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(* E1a: the energy is linear in the weights *)
Definition E1a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (v : Configuration sh), forall (i : Unit sh), forall (j : Unit sh), d_W (fun moved => energy moved v) net i j = - (kappa net * winner K v i * winner K v j)
      /\ derivable_W (fun moved => energy moved v) net i j)
  /\ (forall (v : Configuration sh), forall (k : State sh), forall (i : Unit sh), d_U (fun moved => energy moved v) net k i = - (s net k * winner K v i)
      /\ derivable_U (fun moved => energy moved v) net k i)
  /\ (forall (v : Configuration sh), forall (i : Unit sh), d_b (fun moved => energy moved v) net i = - winner K v i
      /\ derivable_b (fun moved => energy moved v) net i).

Definition freerate {K : realType} {sh : shape} (net : network K sh) (i : Unit sh) : K :=
  \sum_(v : Configuration sh) p net v * winner K v i.

Definition Zof {K : realType} {sh : shape} (net : network K sh) (a : Action sh) : K :=
  \sum_(v : Configuration sh | (action v) == a) weight net v.

Definition clampedrate {K : realType} {sh : shape} (net : network K sh) (a : Action sh) (i : Unit sh) : K :=
  (\sum_(v : Configuration sh | (action v) == a) p net v * winner K v i) / (\sum_(v : Configuration sh | (action v) == a) p net v).

Definition free {K : realType} {sh : shape} (net : network K sh) (i : Unit sh) (j : Unit sh) : K :=
  \sum_(v : Configuration sh) p net v * (winner K v i * winner K v j).

(* E1b: log partition functions generate expectations *)
Definition E1b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (i : Unit sh), d_b (fun moved => ln (Z moved)) net i = d_b (fun moved => Z moved) net i / Z net
      /\ d_b (fun moved => Z moved) net i / Z net = (\sum_(v : Configuration sh) weight net v * d_b (fun moved => - energy moved v) net i) / Z net
      /\ (\sum_(v : Configuration sh) weight net v * d_b (fun moved => - energy moved v) net i) / Z net = \sum_(v : Configuration sh) p net v * d_b (fun moved => - energy moved v) net i
      /\ \sum_(v : Configuration sh) p net v * d_b (fun moved => - energy moved v) net i = freerate net i
      /\ derivable_b (fun moved => ln (Z moved)) net i
      /\ derivable_b (fun moved => Z moved) net i
      /\ (forall (v : Configuration sh), derivable_b (fun moved => - energy moved v) net i))
  /\ (forall (a : Action sh), forall (i : Unit sh), d_b (fun moved => ln (Zof moved a)) net i = (\sum_(v : Configuration sh | (action v) == a) weight net v * d_b (fun moved => - energy moved v) net i) / Zof net a
      /\ (\sum_(v : Configuration sh | (action v) == a) weight net v * d_b (fun moved => - energy moved v) net i) / Zof net a = (\sum_(v : Configuration sh | (action v) == a) p net v * d_b (fun moved => - energy moved v) net i) / (\sum_(v : Configuration sh | (action v) == a) p net v)
      /\ (\sum_(v : Configuration sh | (action v) == a) p net v * d_b (fun moved => - energy moved v) net i) / (\sum_(v : Configuration sh | (action v) == a) p net v) = clampedrate net a i
      /\ derivable_b (fun moved => ln (Zof moved a)) net i
      /\ (forall (v : Configuration sh), (action v) == a -> derivable_b (fun moved => - energy moved v) net i)
      /\ (forall (v : Configuration sh), derivable_b (fun moved => - energy moved v) net i))
  /\ (forall (i : Unit sh), forall (j : Unit sh), (circuit i) != (circuit j) -> d_W (fun moved => ln (Z moved)) net i j = \sum_(v : Configuration sh) p net v * d_W (fun moved => - energy moved v) net i j
      /\ \sum_(v : Configuration sh) p net v * d_W (fun moved => - energy moved v) net i j = kappa net * free net i j
      /\ derivable_W (fun moved => ln (Z moved)) net i j
      /\ (forall (v : Configuration sh), derivable_W (fun moved => - energy moved v) net i j)).

Definition clamped {K : realType} {sh : shape} (net : network K sh) (a : Action sh) (i : Unit sh) (j : Unit sh) : K :=
  (\sum_(v : Configuration sh | (action v) == a) p net v * (winner K v i * winner K v j)) / (\sum_(v : Configuration sh | (action v) == a) p net v).

(* E1: score of the exact policy *)
Definition E1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (a : Action sh), forall (i : Unit sh), d_b (fun moved => ln (pi moved a)) net i = d_b (fun moved => ln (Zof moved a)) net i - d_b (fun moved => ln (Z moved)) net i
      /\ d_b (fun moved => ln (Zof moved a)) net i - d_b (fun moved => ln (Z moved)) net i = clampedrate net a i - freerate net i
      /\ derivable_b (fun moved => ln (pi moved a)) net i
      /\ derivable_b (fun moved => ln (Zof moved a)) net i
      /\ derivable_b (fun moved => ln (Z moved)) net i)
  /\ (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), d_U (fun moved => ln (pi moved a)) net k i = s net k * (clampedrate net a i - freerate net i)
      /\ derivable_U (fun moved => ln (pi moved a)) net k i)
  /\ (forall (a : Action sh), forall (i : Unit sh), forall (j : Unit sh), (circuit i) != (circuit j) -> d_W (fun moved => ln (pi moved a)) net i j = kappa net * (clamped net a i j - free net i j)
      /\ derivable_W (fun moved => ln (pi moved a)) net i j).

(* E2: policy gradient of one step, with any baseline *)
Definition E2_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (i : Unit sh), \sum_(a : Action sh) pi net a * d_b (fun moved => ln (pi moved a)) net i = \sum_(a : Action sh) d_b (fun moved => pi moved a) net i
      /\ \sum_(a : Action sh) d_b (fun moved => pi moved a) net i = 0
      /\ (forall (a : Action sh), derivable_b (fun moved => ln (pi moved a)) net i)
      /\ (forall (a : Action sh), derivable_b (fun moved => pi moved a) net i))
  /\ (forall (i : Unit sh), d_b (fun moved => J_exact moved) net i = \sum_(a : Action sh) R net a * d_b (fun moved => pi moved a) net i
      /\ \sum_(a : Action sh) R net a * d_b (fun moved => pi moved a) net i = \sum_(a : Action sh) pi net a * (R net a * d_b (fun moved => ln (pi moved a)) net i)
      /\ \sum_(a : Action sh) pi net a * (R net a * d_b (fun moved => ln (pi moved a)) net i) = \sum_(a : Action sh) pi net a * ((R net a - A net) * d_b (fun moved => ln (pi moved a)) net i)
      /\ derivable_b (fun moved => J_exact moved) net i
      /\ (forall (a : Action sh), derivable_b (fun moved => pi moved a) net i)
      /\ (forall (a : Action sh), derivable_b (fun moved => ln (pi moved a)) net i))
  /\ (forall (k : State sh), forall (i : Unit sh), d_U (fun moved => J_exact moved) net k i = \sum_(a : Action sh) pi net a * ((R net a - A net) * d_U (fun moved => ln (pi moved a)) net k i)
      /\ derivable_U (fun moved => J_exact moved) net k i
      /\ (forall (a : Action sh), derivable_U (fun moved => ln (pi moved a)) net k i))
  /\ (forall (i : Unit sh), forall (j : Unit sh), (circuit i) != (circuit j) -> d_W (fun moved => J_exact moved) net i j = \sum_(a : Action sh) pi net a * ((R net a - A net) * d_W (fun moved => ln (pi moved a)) net i j)
      /\ derivable_W (fun moved => J_exact moved) net i j
      /\ (forall (a : Action sh), derivable_W (fun moved => ln (pi moved a)) net i j)).

Definition exact_W {K : realType} {sh : shape} (net : network K sh) (a : Action sh) (A_ : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * (clamped net a i j - free net i j).

Definition exact_U {K : realType} {sh : shape} (net : network K sh) (a : Action sh) (A_ : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * (clampedrate net a i - freerate net i).

Definition exact_b {K : realType} {sh : shape} (net : network K sh) (a : Action sh) (A_ : K) (i : Unit sh) : K :=
  A_ * (clampedrate net a i - freerate net i).

(* E3: the rule exact is the gradient in expectation *)
Definition E3_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (i : Hidden sh), forall (j : Unit sh), \sum_(a : Action sh) pi net a * exact_W net a (R net a) (inl i) j = mask net (inl i) j * d_W (fun moved => J_exact moved) net (inl i) j
      /\ derivable_W (fun moved => J_exact moved) net (inl i) j)
  /\ (forall (j : Action sh), forall (i : Hidden sh), exact_W net j (A net) (inr j) (inl i) = exact_W net j (A net) (inl i) (inr j))
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(a : Action sh) pi net a * exact_U net a (R net a) k i = \sum_(a : Action sh) pi net a * (R net a * d_U (fun moved => ln (pi moved a)) net k i)
      /\ \sum_(a : Action sh) pi net a * (R net a * d_U (fun moved => ln (pi moved a)) net k i) = d_U (fun moved => J_exact moved) net k i
      /\ (forall (a : Action sh), derivable_U (fun moved => ln (pi moved a)) net k i)
      /\ derivable_U (fun moved => J_exact moved) net k i)
  /\ (forall (i : Unit sh), \sum_(a : Action sh) pi net a * exact_b net a (R net a) i = \sum_(a : Action sh) pi net a * (R net a * d_b (fun moved => ln (pi moved a)) net i)
      /\ \sum_(a : Action sh) pi net a * (R net a * d_b (fun moved => ln (pi moved a)) net i) = d_b (fun moved => J_exact moved) net i
      /\ (forall (a : Action sh), derivable_b (fun moved => ln (pi moved a)) net i)
      /\ derivable_b (fun moved => J_exact moved) net i).

(* E3b: the gradient as a covariance of reward and configuration *)
Definition E3b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (i : Unit sh), d_b (fun moved => J_exact moved) net i = \sum_(a : Action sh) pi net a * R net a * clampedrate net a i - J_exact net * freerate net i
      /\ \sum_(a : Action sh) pi net a * R net a * clampedrate net a i - J_exact net * freerate net i = \sum_(v : Configuration sh) p net v * (R net (action v) * (winner K v i - freerate net i))
      /\ derivable_b (fun moved => J_exact moved) net i)
  /\ (forall (k : State sh), forall (i : Unit sh), d_U (fun moved => J_exact moved) net k i = s net k * (\sum_(v : Configuration sh) p net v * (R net (action v) * (winner K v i - freerate net i)))
      /\ derivable_U (fun moved => J_exact moved) net k i)
  /\ (forall (i : Unit sh), forall (j : Unit sh), (circuit i) != (circuit j) -> d_W (fun moved => J_exact moved) net i j = kappa net * (\sum_(v : Configuration sh) p net v * (R net (action v) * (winner K v i * winner K v j - free net i j)))
      /\ derivable_W (fun moved => J_exact moved) net i j).
