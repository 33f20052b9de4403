(* The statements of derivations/01-network.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition energy {K : realType} {sh : shape} (net : network K sh) (v : Configuration sh) : K :=
  - (kappa net * (\sum_(i : Unit sh) \sum_(j : Unit sh) winner K v i * W net i j * winner K v j) + \sum_(k : State sh) \sum_(i : Unit sh) s net k * U net k i * winner K v i + \sum_(i : Unit sh) b net i * winner K v i).

Definition weight {K : realType} {sh : shape} (net : network K sh) (v : Configuration sh) : K :=
  expR (- energy net v).

Definition Z {K : realType} {sh : shape} (net : network K sh) : K :=
  \sum_(v : Configuration sh) weight net v.

Definition p {K : realType} {sh : shape} (net : network K sh) (v : Configuration sh) : K :=
  weight net v / Z net.

Definition pi {K : realType} {sh : shape} (net : network K sh) (a : Action sh) : K :=
  \sum_(v : Configuration sh | (action v) == a) p net v.

Definition field {K : realType} {sh : shape} (net : network K sh) (mu : Unit sh -> K) (i : Unit sh) : K :=
  kappa net * (\sum_(j : Unit sh) (W net i j + W net j i) * mu j) + \sum_(k : State sh) U net k i * s net k + b net i.

Definition agree {K : realType} {sh : shape} (net : network K sh) (v : Configuration sh) (u : Configuration sh) (i : Unit sh) : K :=
  \prod_(j : Unit sh | (circuit j) != (circuit i)) (winner K v j == winner K u j)%:R.

Definition q {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) : Unit sh -> K :=
  mf net free_state.

Definition z {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) : K :=
  kappa net * (\sum_(j : Unit sh) (W net i j + W net j i) * q mf net j) + \sum_(k : State sh) U net k i * s net k + b net i.

Definition e {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (i : Unit sh) : K :=
  winner K v i - q mf net i.

Definition zheld {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) (i : Unit sh) : K :=
  kappa net * (\sum_(j : Unit sh) (W net i j + W net j i) * q mf held j) + \sum_(k : State sh) U net k i * s net k + b net i.

Definition qnext {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) : Unit sh -> K :=
  softmax (zheld mf net held).

Definition J_exact {K : realType} {sh : shape} (net : network K sh) : K :=
  \sum_(a : Action sh) pi net a * R net a.

Definition J_meanfield {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) : K :=
  \sum_(a : Action sh) q mf net (inr a) * R net a.

Definition J_laststep {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) : K :=
  \sum_(a : Action sh) qnext mf net held (inr a) * R net a.

(* N1: a masked weight is zero, and the matrix is symmetric *)
Definition N1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (i : Unit sh), forall (j : Unit sh), W net i j = mask net i j * W net i j
      /\ mask net i j * W net i j = mask net i j * W net j i).

(* N2: the exact distribution and the exact policy are normalised *)
Definition N2_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (\sum_(v : Configuration sh) p net v = (\sum_(v : Configuration sh) weight net v) / Z net
      /\ (\sum_(v : Configuration sh) weight net v) / Z net = 1)
  /\ (\sum_(a : Action sh) pi net a = \sum_(v : Configuration sh) p net v
      /\ \sum_(v : Configuration sh) p net v = 1).

(* N3: the part of the energy that a winner brings is minus its field *)
Definition N3_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (v : Configuration sh), forall (i : Unit sh), - (energy net v * winner K v i) = winner K v i * (kappa net * (\sum_(j : Unit sh) \sum_(l : Unit sh | ((circuit j) != (circuit i)) && ((circuit l) != (circuit i))) winner K v j * W net j l * winner K v l) + \sum_(j : Unit sh | (circuit j) != (circuit i)) winner K v j * (\sum_(k : State sh) s net k * U net k j + b net j) + field net (winner K v) i)).

(* N4: one circuit given all others is a softmax of the field *)
Definition N4_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh),
  network_ok net ->
  (forall (v : Configuration sh), forall (i : Unit sh), (\sum_(v' : Configuration sh | agree net v v' i == 1) p net v' * winner K v' i) / (\sum_(v' : Configuration sh | agree net v v' i == 1) p net v') = (\sum_(v' : Configuration sh | agree net v v' i == 1) weight net v' * winner K v' i) / (\sum_(v' : Configuration sh | agree net v v' i == 1) weight net v')
      /\ (\sum_(v' : Configuration sh | agree net v v' i == 1) weight net v' * winner K v' i) / (\sum_(v' : Configuration sh | agree net v v' i == 1) weight net v') = softmax (field net (winner K v)) i).

(* N5: the fixed point *)
Definition N5_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), q mf net i = softmax (z mf net) i
      /\ softmax (z mf net) i = expR (z mf net i) / (\sum_(j : Unit sh | circuit j == circuit i) expR (z mf net j)))
  /\ (forall (i : Unit sh), z mf net i = field net (q mf net) i
      /\ field net (q mf net) i = 2%:R * kappa net * (\sum_(j : Unit sh) W net i j * q mf net j) + \sum_(k : State sh) U net k i * s net k + b net i)
  /\ (forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * e mf net v i = 0).

(* N6: the last step changes nothing but the derivative *)
Definition N6_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), qnext mf net net i = softmax (z mf net) i
      /\ softmax (z mf net) i = q mf net i)
  /\ (J_laststep mf net net = J_meanfield mf net).

(* N7: the two objectives have one gradient *)
Definition N7_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (i : Unit sh), derivable_b (fun moved => J_laststep mf moved net) net i ->
      derivable_b (fun moved => J_meanfield mf moved) net i ->
      d_b (fun moved => J_laststep mf moved net) net i = d_b (fun moved => J_meanfield mf moved) net i)).

(* N7b: without recurrent weights they have *)
Definition N7b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (forall h h', W net (inl h) (inl h') = 0) ->
  (forall h a, W net (inl h) (inr a) = 0 /\ W net (inr a) (inl h) = 0) ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (i : Unit sh), d_b (fun moved => J_laststep mf moved net) net i = d_b (fun moved => J_meanfield mf moved) net i
      /\ derivable_b (fun moved => J_laststep mf moved net) net i
      /\ derivable_b (fun moved => J_meanfield mf moved) net i)
  /\ (forall (k : State sh), forall (i : Unit sh), d_U (fun moved => J_laststep mf moved net) net k i = d_U (fun moved => J_meanfield mf moved) net k i
      /\ derivable_U (fun moved => J_laststep mf moved net) net k i
      /\ derivable_U (fun moved => J_meanfield mf moved) net k i).
