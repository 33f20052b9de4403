(* The statements of derivations/08-last-step.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition logq__z {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (z' : Unit sh -> K) (v : Configuration sh) : K :=
  \sum_(i : Unit sh) winner K v i * ln (softmax z' i).

(* L1: score of the winners by the net input *)
Definition L1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (v : Configuration sh), forall (i : Unit sh), d_family (fun z' => logq__z mf net z' v) (z mf net) i = \sum_(j : Unit sh | circuit j == circuit i) winner K v j * d_family (fun z' => softmax z' j) (z mf net) i / softmax (z mf net) j
      /\ \sum_(j : Unit sh | circuit j == circuit i) winner K v j * d_family (fun z' => softmax z' j) (z mf net) i / softmax (z mf net) j = \sum_(j : Unit sh | circuit j == circuit i) winner K v j * ((i == j)%:R - softmax (z mf net) i)
      /\ \sum_(j : Unit sh | circuit j == circuit i) winner K v j * ((i == j)%:R - softmax (z mf net) i) = winner K v i - softmax (z mf net) i
      /\ winner K v i - softmax (z mf net) i = e mf net v i
      /\ derivable_family (fun z' => logq__z mf net z' v) (z mf net) i
      /\ (forall (j : Unit sh), circuit j == circuit i -> derivable_family (fun z' => softmax z' j) (z mf net) i)).

Definition logstep {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) (v : Configuration sh) : K :=
  \sum_(i : Unit sh) winner K v i * ln (qnext mf net held i).

Definition svpg_W {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * (q mf net j * (winner K v i - q mf net i) + q mf net i * (winner K v j - q mf net j)).

Definition svpg_U {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * (winner K v i - q mf net i).

Definition svpg_b {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (i : Unit sh) : K :=
  A_ * (winner K v i - q mf net i).

(* L2: the rule svpg is the last-step score times the advantage *)
Definition L2_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (v : Configuration sh), forall (i : Unit sh), forall (j : Unit sh), mask net i j * A net * d_W (fun moved => logstep mf moved net v) net i j = mask net i j * A net * (\sum_(l : Unit sh) e mf net v l * d_W (fun moved => zheld mf moved net l) net i j)
      /\ mask net i j * A net * (\sum_(l : Unit sh) e mf net v l * d_W (fun moved => zheld mf moved net l) net i j) = mask net i j * A net * (\sum_(l : Unit sh) e mf net v l * kappa net * ((l == i)%:R * q mf net j + (l == j)%:R * q mf net i))
      /\ mask net i j * A net * (\sum_(l : Unit sh) e mf net v l * kappa net * ((l == i)%:R * q mf net j + (l == j)%:R * q mf net i)) = mask net i j * kappa net * A net * (q mf net j * e mf net v i + q mf net i * e mf net v j)
      /\ mask net i j * kappa net * A net * (q mf net j * e mf net v i + q mf net i * e mf net v j) = svpg_W mf net v (A net) i j
      /\ derivable_W (fun moved => logstep mf moved net v) net i j
      /\ (forall (l : Unit sh), derivable_W (fun moved => zheld mf moved net l) net i j))
  /\ (forall (v : Configuration sh), forall (k : State sh), forall (i : Unit sh), A net * d_U (fun moved => logstep mf moved net v) net k i = A net * (\sum_(l : Unit sh) e mf net v l * d_U (fun moved => zheld mf moved net l) net k i)
      /\ A net * (\sum_(l : Unit sh) e mf net v l * d_U (fun moved => zheld mf moved net l) net k i) = A net * s net k * e mf net v i
      /\ A net * s net k * e mf net v i = svpg_U mf net v (A net) k i
      /\ derivable_U (fun moved => logstep mf moved net v) net k i
      /\ (forall (l : Unit sh), derivable_U (fun moved => zheld mf moved net l) net k i))
  /\ (forall (v : Configuration sh), forall (i : Unit sh), A net * d_b (fun moved => logstep mf moved net v) net i = A net * e mf net v i
      /\ A net * e mf net v i = svpg_b mf net v (A net) i
      /\ derivable_b (fun moved => logstep mf moved net v) net i).

(* L3: the expected rule is the last-step gradient at the action circuit *)
Definition L3_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (k : State sh), forall (i : Action sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k (inr i) = s net k * (\sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v (inr i)))
      /\ s net k * (\sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v (inr i))) = s net k * (\sum_(a : Action sh) q mf net (inr a) * R net a * ((a == i)%:R - q mf net (inr i)))
      /\ s net k * (\sum_(a : Action sh) q mf net (inr a) * R net a * ((a == i)%:R - q mf net (inr i))) = \sum_(a : Action sh) R net a * d_U (fun moved => qnext mf moved net (inr a)) net k (inr i)
      /\ \sum_(a : Action sh) R net a * d_U (fun moved => qnext mf moved net (inr a)) net k (inr i) = d_U (fun moved => J_laststep mf moved net) net k (inr i)
      /\ (forall (a : Action sh), derivable_U (fun moved => qnext mf moved net (inr a)) net k (inr i))
      /\ derivable_U (fun moved => J_laststep mf moved net) net k (inr i))
  /\ (forall (i : Action sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_b mf net v (R net (action v)) (inr i) = q mf net (inr i) * (R net i - J_meanfield mf net)
      /\ q mf net (inr i) * (R net i - J_meanfield mf net) = d_b (fun moved => J_laststep mf moved net) net (inr i)
      /\ derivable_b (fun moved => J_laststep mf moved net) net (inr i)).

(* L3h: and at the weights between hidden and action units *)
Definition L3h_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Hidden sh), forall (j : Action sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inl i) (inr j) = mask net (inl i) (inr j) * kappa net * (q mf net (inl i) * (\sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v (inr j))) + q mf net (inr j) * (\sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v (inl i))))
      /\ mask net (inl i) (inr j) * kappa net * (q mf net (inl i) * (\sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v (inr j))) + q mf net (inr j) * (\sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v (inl i)))) = mask net (inl i) (inr j) * kappa net * q mf net (inl i) * (\sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v (inr j)))
      /\ mask net (inl i) (inr j) * kappa net * q mf net (inl i) * (\sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v (inr j))) = mask net (inl i) (inr j) * kappa net * q mf net (inl i) * q mf net (inr j) * (R net j - J_meanfield mf net)
      /\ mask net (inl i) (inr j) * kappa net * q mf net (inl i) * q mf net (inr j) * (R net j - J_meanfield mf net) = mask net (inl i) (inr j) * d_W (fun moved => J_laststep mf moved net) net (inl i) (inr j)
      /\ derivable_W (fun moved => J_laststep mf moved net) net (inl i) (inr j))
  /\ (forall (i : Hidden sh), forall (j : Action sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inr j) (inl i) = mask net (inl i) (inr j) * d_W (fun moved => J_laststep mf moved net) net (inr j) (inl i)
      /\ derivable_W (fun moved => J_laststep mf moved net) net (inr j) (inl i)).

(* L3b: any baseline will do *)
Definition L3b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (k : State sh), forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v) - A net) k i = \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k i)
  /\ (forall (i : Hidden sh), forall (j : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v) - A net) (inl i) j = \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inl i) j).
