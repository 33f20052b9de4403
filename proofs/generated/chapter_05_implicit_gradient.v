(* The statements of derivations/05-implicit-gradient.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(* M5a: the direct effect of a weight *)
Definition M5a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), forall (j : Unit sh), forall (l : Unit sh), d_W (fun moved => zheld mf moved net l) net i j = kappa net * ((l == i)%:R * q mf net j + (l == j)%:R * q mf net i)
      /\ derivable_W (fun moved => zheld mf moved net l) net i j)
  /\ (forall (k : State sh), forall (i : Unit sh), forall (l : Unit sh), d_U (fun moved => zheld mf moved net l) net k i = s net k * (l == i)%:R
      /\ derivable_U (fun moved => zheld mf moved net l) net k i)
  /\ (forall (i : Unit sh), forall (l : Unit sh), d_b (fun moved => zheld mf moved net l) net i = (l == i)%:R
      /\ derivable_b (fun moved => zheld mf moved net l) net i).

Definition jacobian {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) (j : Unit sh) : K :=
  ((circuit i) == (circuit j))%:R * q mf net i * ((i == j)%:R - q mf net j).

Definition coupling {K : realType} {sh : shape} (net : network K sh) (i : Unit sh) (j : Unit sh) : K :=
  kappa net * (W net i j + W net j i).

(* M5b: the fixed point moves as a linear system says *)
Definition M5b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (l : Unit sh), forall (i : Unit sh), d_b (fun moved => q mf moved l) net i = \sum_(m : Unit sh | circuit m == circuit l) jacobian mf net l m * d_b (fun moved => z mf moved m) net i
      /\ \sum_(m : Unit sh | circuit m == circuit l) jacobian mf net l m * d_b (fun moved => z mf moved m) net i = \sum_(m : Unit sh | circuit m == circuit l) jacobian mf net l m * ((m == i)%:R + \sum_(j : Unit sh) coupling net m j * d_b (fun moved => q mf moved j) net i)
      /\ derivable_b (fun moved => q mf moved l) net i
      /\ (forall (m : Unit sh), circuit m == circuit l -> derivable_b (fun moved => z mf moved m) net i)
      /\ (forall (m : Unit sh), circuit m == circuit l -> (forall (j : Unit sh), derivable_b (fun moved => q mf moved j) net i)))
  /\ (forall (l : Unit sh), forall (i : Hidden sh), forall (j : Action sh), d_W (fun moved => q mf moved l) net (inl i) (inr j) = \sum_(m : Unit sh | circuit m == circuit l) jacobian mf net l m * (kappa net * ((m == (inl i))%:R * q mf net (inr j) + (m == (inr j))%:R * q mf net (inl i)) + \sum_(h : Unit sh) coupling net m h * d_W (fun moved => q mf moved h) net (inl i) (inr j))
      /\ derivable_W (fun moved => q mf moved l) net (inl i) (inr j)
      /\ (forall (m : Unit sh), circuit m == circuit l -> (forall (h : Unit sh), derivable_W (fun moved => q mf moved h) net (inl i) (inr j)))).

Definition response {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) : Unit sh -> K :=
  solution (fun (V : Unit sh -> K) (i' : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i') jacobian mf net i' m * ((m == i)%:R + \sum_(j : Unit sh) coupling net m j * V j)).

Definition effect {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) : K :=
  \sum_(a : Action sh) R net a * response mf net i (inr a).

(* M5: the mean-field gradient by one linear solution a parameter *)
Definition M5_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (i : Unit sh), one_solution (fun (V : Unit sh -> K) (i' : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i') jacobian mf net i' m * ((m == i)%:R + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (l : Unit sh), forall (i : Unit sh), d_b (fun moved => q mf moved l) net i = response mf net i l
      /\ derivable_b (fun moved => q mf moved l) net i)
  /\ (forall (i : Unit sh), d_b (fun moved => J_meanfield mf moved) net i = \sum_(a : Action sh) R net a * d_b (fun moved => q mf moved (inr a)) net i
      /\ \sum_(a : Action sh) R net a * d_b (fun moved => q mf moved (inr a)) net i = effect mf net i
      /\ derivable_b (fun moved => J_meanfield mf moved) net i
      /\ (forall (a : Action sh), derivable_b (fun moved => q mf moved (inr a)) net i))
  /\ (forall (k : State sh), forall (i : Unit sh), d_U (fun moved => J_meanfield mf moved) net k i = s net k * effect mf net i
      /\ derivable_U (fun moved => J_meanfield mf moved) net k i)
  /\ (forall (i : Unit sh), forall (j : Unit sh), (circuit i) != (circuit j) -> d_W (fun moved => J_meanfield mf moved) net i j = kappa net * (effect mf net i * q mf net j + effect mf net j * q mf net i)
      /\ derivable_W (fun moved => J_meanfield mf moved) net i j).

Definition credit {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : Unit sh -> K :=
  solution (fun (V : Unit sh -> K) (i : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m * ((m == (inr a))%:R / q mf net (inr a) + \sum_(j : Unit sh) coupling net m j * V j)).

(* M6a: responses are reciprocal *)
Definition M6a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (i : Unit sh), one_solution (fun (V : Unit sh -> K) (i' : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i') jacobian mf net i' m * ((m == i)%:R + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (a : Action sh), one_solution (fun (V : Unit sh -> K) (i : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m * ((m == (inr a))%:R / q mf net (inr a) + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (a : Action sh), forall (i : Unit sh), d_b (fun moved => ln (q mf moved (inr a))) net i = response mf net i (inr a) / q mf net (inr a)
      /\ response mf net i (inr a) / q mf net (inr a) = response mf net (inr a) i / q mf net (inr a)
      /\ response mf net (inr a) i / q mf net (inr a) = credit mf net a i
      /\ derivable_b (fun moved => ln (q mf moved (inr a))) net i).

Definition implicit_W {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) (A_ : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * (q mf net j * credit mf net a i + q mf net i * credit mf net a j).

Definition implicit_U {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) (A_ : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * credit mf net a i.

Definition implicit_b {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) (A_ : K) (i : Unit sh) : K :=
  A_ * credit mf net a i.

(* M6: the rule implicit is the gradient through the fixed point *)
Definition M6_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (a : Action sh), one_solution (fun (V : Unit sh -> K) (i : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m * ((m == (inr a))%:R / q mf net (inr a) + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (a : Action sh), forall (i : Hidden sh), forall (j : Unit sh), implicit_W mf net a (A net) (inl i) j = mask net (inl i) j * A net * d_W (fun moved => ln (q mf moved (inr a))) net (inl i) j
      /\ derivable_W (fun moved => ln (q mf moved (inr a))) net (inl i) j)
  /\ (forall (a : Action sh), forall (j : Action sh), forall (i : Hidden sh), implicit_W mf net a (A net) (inr j) (inl i) = implicit_W mf net a (A net) (inl i) (inr j))
  /\ (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), implicit_U mf net a (A net) k i = A net * d_U (fun moved => ln (q mf moved (inr a))) net k i
      /\ derivable_U (fun moved => ln (q mf moved (inr a))) net k i)
  /\ (forall (a : Action sh), forall (i : Unit sh), implicit_b mf net a (A net) i = A net * d_b (fun moved => ln (q mf moved (inr a))) net i
      /\ derivable_b (fun moved => ln (q mf moved (inr a))) net i).

(* M6b: in expectation it is the mean-field gradient of M5 *)
Definition M6b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (i : Unit sh), one_solution (fun (V : Unit sh -> K) (i' : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i') jacobian mf net i' m * ((m == i)%:R + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (a : Action sh), one_solution (fun (V : Unit sh -> K) (i : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m * ((m == (inr a))%:R / q mf net (inr a) + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (i : Hidden sh), forall (j : Unit sh), \sum_(a : Action sh) q mf net (inr a) * implicit_W mf net a (R net a) (inl i) j = mask net (inl i) j * kappa net * (effect mf net (inl i) * q mf net j + effect mf net j * q mf net (inl i))
      /\ mask net (inl i) j * kappa net * (effect mf net (inl i) * q mf net j + effect mf net j * q mf net (inl i)) = mask net (inl i) j * d_W (fun moved => J_meanfield mf moved) net (inl i) j
      /\ derivable_W (fun moved => J_meanfield mf moved) net (inl i) j)
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(a : Action sh) q mf net (inr a) * implicit_U mf net a (R net a) k i = d_U (fun moved => J_meanfield mf moved) net k i
      /\ derivable_U (fun moved => J_meanfield mf moved) net k i)
  /\ (forall (i : Unit sh), \sum_(a : Action sh) q mf net (inr a) * implicit_b mf net a (R net a) i = d_b (fun moved => J_meanfield mf moved) net i
      /\ derivable_b (fun moved => J_meanfield mf moved) net i).
