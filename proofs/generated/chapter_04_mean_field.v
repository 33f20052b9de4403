(* The statements of derivations/04-mean-field.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition nu {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (i : Unit sh) : K :=
  odds i / (\sum_(j : Unit sh | circuit j == circuit i) odds j).

Definition mean_energy {K : realType} {sh : shape} (net : network K sh) (mu : Unit sh -> K) : K :=
  - (kappa net * (\sum_(i : Unit sh) \sum_(j : Unit sh) mu i * W net i j * mu j) + \sum_(k : State sh) \sum_(i : Unit sh) s net k * U net k i * mu i + \sum_(i : Unit sh) b net i * mu i).

Definition product {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (v : Configuration sh) : K :=
  \prod_(i : Unit sh) (1 - winner K v i + winner K v i * nu net odds i).

Definition negentropy {K : realType} {sh : shape} (net : network K sh) (mu : Unit sh -> K) : K :=
  \sum_(i : Unit sh) mu i * ln (mu i).

Definition F {K : realType} {sh : shape} (net : network K sh) (mu : Unit sh -> K) : K :=
  mean_energy net mu + negentropy net mu.

(* M1: free energy is divergence minus log partition function *)
Definition M1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (\sum_(v : Configuration sh) independent (nu net odds) v * energy net v = mean_energy net (nu net odds))
  /\ (\sum_(v : Configuration sh) independent (nu net odds) v * ln (product net odds v) = \sum_(v : Configuration sh) independent (nu net odds) v * (\sum_(i : Unit sh) winner K v i * ln (nu net odds i))
      /\ \sum_(v : Configuration sh) independent (nu net odds) v * (\sum_(i : Unit sh) winner K v i * ln (nu net odds i)) = negentropy net (nu net odds))
  /\ (F net (nu net odds) = \sum_(v : Configuration sh) independent (nu net odds) v * energy net v + \sum_(v : Configuration sh) independent (nu net odds) v * ln (product net odds v)
      /\ \sum_(v : Configuration sh) independent (nu net odds) v * energy net v + \sum_(v : Configuration sh) independent (nu net odds) v * ln (product net odds v) = \sum_(v : Configuration sh) independent (nu net odds) v * (ln (product net odds v) - ln (weight net v))
      /\ \sum_(v : Configuration sh) independent (nu net odds) v * (ln (product net odds v) - ln (weight net v)) = \sum_(v : Configuration sh) independent (nu net odds) v * (ln (product net odds v) - ln (p net v)) - ln (Z net)).

(* M1b: free energy is bounded below *)
Definition M1b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (F net (nu net odds) >= - ln (Z net)).

Definition slope {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (i : Unit sh) : K :=
  ln (nu net odds i) + 1 - field net (nu net odds) i.

(* M2a: derivative of the free energy *)
Definition M2a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (forall (i : Unit sh), d_family (fun nu' => F net nu') (nu net odds) i = d_family (fun nu' => mean_energy net nu') (nu net odds) i + d_family (fun nu' => negentropy net nu') (nu net odds) i
      /\ d_family (fun nu' => mean_energy net nu') (nu net odds) i + d_family (fun nu' => negentropy net nu') (nu net odds) i = slope net odds i
      /\ derivable_family (fun nu' => F net nu') (nu net odds) i
      /\ derivable_family (fun nu' => mean_energy net nu') (nu net odds) i
      /\ derivable_family (fun nu' => negentropy net nu') (nu net odds) i).

Definition meeting {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) : K :=
  q mf net i.

(* M2: stationary under the constraint means fixed point *)
Definition M2_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  fixed_points mf ->
  (forall (i : Unit sh), nu net odds i = expR (field net (nu net odds) i + slope net odds i - 1)
      /\ expR (field net (nu net odds) i + slope net odds i - 1) = expR (field net (nu net odds) i + slope net odds i - 1) / (\sum_(j : Unit sh | circuit j == circuit i) expR (field net (nu net odds) j + slope net odds j - 1))
      /\ expR (field net (nu net odds) i + slope net odds i - 1) / (\sum_(j : Unit sh | circuit j == circuit i) expR (field net (nu net odds) j + slope net odds j - 1)) = expR (field net (nu net odds) i + slope net odds i) / (\sum_(j : Unit sh | circuit j == circuit i) expR (field net (nu net odds) j + slope net odds j))
      /\ expR (field net (nu net odds) i + slope net odds i) / (\sum_(j : Unit sh | circuit j == circuit i) expR (field net (nu net odds) j + slope net odds j)) = expR (field net (nu net odds) i) / (\sum_(j : Unit sh | circuit j == circuit i) expR (field net (nu net odds) j + slope net odds j - slope net odds i)))
  /\ (forall (i : Unit sh), forall (j : Unit sh), (circuit j == circuit i) && (i != j) -> d_family (fun meeting' => F net meeting') (meeting mf net) i = ln (meeting mf net i) + 1 - z mf net i
      /\ ln (meeting mf net i) + 1 - z mf net i = 1 - ln (\sum_(l : Unit sh | circuit l == circuit i) expR (z mf net l))
      /\ 1 - ln (\sum_(l : Unit sh | circuit l == circuit i) expR (z mf net l)) = d_family (fun meeting' => F net meeting') (meeting mf net) j
      /\ derivable_family (fun meeting' => F net meeting') (meeting mf net) i
      /\ derivable_family (fun meeting' => F net meeting') (meeting mf net) j).

Definition updated {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (c : Circuit sh) (i : Unit sh) : K :=
  if (circuit i) == c then softmax (field net (nu net odds)) i else nu net odds i.

Definition divergence {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (c : Circuit sh) : K :=
  \sum_(i : Unit sh | (circuit i) == c) nu net odds i * (ln (nu net odds i) - ln (updated net odds c i)).

(* M3: updating one circuit lowers the free energy by a divergence *)
Definition M3_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (forall (c : Circuit sh), F net (nu net odds) - F net (updated net odds c) = \sum_(i : Unit sh | (circuit i) == c) nu net odds i * (ln (nu net odds i) - field net (nu net odds) i) - \sum_(i : Unit sh | (circuit i) == c) updated net odds c i * (ln (updated net odds c i) - field net (nu net odds) i)
      /\ \sum_(i : Unit sh | (circuit i) == c) nu net odds i * (ln (nu net odds i) - field net (nu net odds) i) - \sum_(i : Unit sh | (circuit i) == c) updated net odds c i * (ln (updated net odds c i) - field net (nu net odds) i) = \sum_(i : Unit sh | (circuit i) == c) nu net odds i * (ln (nu net odds i) - field net (nu net odds) i) + ln (\sum_(i : Unit sh | (circuit i) == c) expR (field net (nu net odds) i))
      /\ \sum_(i : Unit sh | (circuit i) == c) nu net odds i * (ln (nu net odds i) - field net (nu net odds) i) + ln (\sum_(i : Unit sh | (circuit i) == c) expR (field net (nu net odds) i)) = divergence net odds c).

(* M3a: so it never raises it *)
Definition M3a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (forall (c : Circuit sh), F net (updated net odds c) <= F net (nu net odds)).

Definition stepped {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (i : Unit sh) : K :=
  softmax (field net (nu net odds)) i.

(* M3c: the simultaneous step descends but for the interaction of the changes *)
Definition M3c_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (F net (nu net odds) - F net (stepped net odds) = \sum_(c : Circuit sh) divergence net odds c + kappa net * (\sum_(i : Unit sh) \sum_(j : Unit sh) (stepped net odds i - nu net odds i) * W net i j * (stepped net odds j - nu net odds j))).

Definition same {K : realType} {sh : shape} (net : network K sh) (i : Unit sh) (j : Unit sh) : K :=
  ((circuit i) == (circuit j))%:R.

(* M4: Jacobian of the softmax *)
Definition M4_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), forall (j : Unit sh), d_family (fun z' => softmax z' i) (z mf net) j = same net i j * ((i == j)%:R * expR (z mf net i) * (\sum_(l : Unit sh | circuit l == circuit i) expR (z mf net l)) - expR (z mf net i) * expR (z mf net j)) / (\sum_(l : Unit sh | circuit l == circuit i) expR (z mf net l)) ^+ 2
      /\ same net i j * ((i == j)%:R * expR (z mf net i) * (\sum_(l : Unit sh | circuit l == circuit i) expR (z mf net l)) - expR (z mf net i) * expR (z mf net j)) / (\sum_(l : Unit sh | circuit l == circuit i) expR (z mf net l)) ^+ 2 = same net i j * ((i == j)%:R * softmax (z mf net) i - softmax (z mf net) i * softmax (z mf net) j)
      /\ same net i j * ((i == j)%:R * softmax (z mf net) i - softmax (z mf net) i * softmax (z mf net) j) = same net i j * ((i == j)%:R * q mf net i - q mf net i * q mf net j)
      /\ derivable_family (fun z' => softmax z' i) (z mf net) j).

(* Claims without a statement, and why:
   M3b: a claim that is refuted
*)
