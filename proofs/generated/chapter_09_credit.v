(* The statements of derivations/09-credit.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition covariance {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) : K :=
  \sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * winner K v i) - J_meanfield mf net * q mf net i.

Definition svpg_W {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * (q mf net j * (winner K v i - q mf net i) + q mf net i * (winner K v j - q mf net j)).

Definition svpg_U {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * (winner K v i - q mf net i).

Definition svpg_b {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (i : Unit sh) : K :=
  A_ * (winner K v i - q mf net i).

(* L4a: the expected rule is made of covariances of reward and winner *)
Definition L4a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), covariance mf net i = \sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v i))
  /\ (forall (i : Hidden sh), forall (j : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inl i) j = mask net (inl i) j * kappa net * (q mf net j * covariance mf net (inl i) + q mf net (inl i) * covariance mf net j))
  /\ (forall (i : Action sh), forall (j : Hidden sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inr i) (inl j) = \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inl j) (inr i))
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k i = s net k * covariance mf net i)
  /\ (forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_b mf net v (R net (action v)) i = covariance mf net i).

(* L4: in expectation the rule does not move hidden units *)
Definition L4_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Hidden sh), \sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v (inl i)) = (\sum_(v : Configuration sh) independent (q mf net) v * R net (action v)) * (\sum_(v : Configuration sh) independent (q mf net) v * e mf net v (inl i))
      /\ (\sum_(v : Configuration sh) independent (q mf net) v * R net (action v)) * (\sum_(v : Configuration sh) independent (q mf net) v * e mf net v (inl i)) = 0)
  /\ (forall (i : Hidden sh), forall (j : Hidden sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inl i) (inl j) = 0)
  /\ (forall (k : State sh), forall (i : Hidden sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k (inl i) = 0)
  /\ (forall (i : Hidden sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_b mf net v (R net (action v)) (inl i) = 0)
  /\ (forall (i : Hidden sh), forall (j : Action sh), \sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * q mf net (inr j) * e mf net v (inl i)) = 0).

(* L5: the expected rule is the mean-field gradient at hidden units *)
Definition L5_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (i : Hidden sh), forall (j : Hidden sh), derivable_W (fun moved => J_meanfield mf moved) net (inl i) (inl j) ->
      \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inl i) (inl j) = mask net (inl i) (inl j) * d_W (fun moved => J_meanfield mf moved) net (inl i) (inl j)))
  /\ ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (k : State sh), forall (i : Hidden sh), derivable_U (fun moved => J_meanfield mf moved) net k (inl i) ->
      \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k (inl i) = d_U (fun moved => J_meanfield mf moved) net k (inl i)))
  /\ ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (i : Hidden sh), derivable_b (fun moved => J_meanfield mf moved) net (inl i) ->
      \sum_(v : Configuration sh) independent (q mf net) v * svpg_b mf net v (R net (action v)) (inl i) = d_b (fun moved => J_meanfield mf moved) net (inl i))).

Definition jacobian {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) (j : Unit sh) : K :=
  ((circuit i) == (circuit j))%:R * q mf net i * ((i == j)%:R - q mf net j).

Definition reward {K : realType} {sh : shape} (net : network K sh) (i : Unit sh) : K :=
  \sum_(a : Action sh) ((inr a) == i)%:R * R net a.

Definition coupling {K : realType} {sh : shape} (net : network K sh) (i : Unit sh) (j : Unit sh) : K :=
  kappa net * (W net i j + W net j i).

Definition delta {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) : Unit sh -> K :=
  solution (fun (V : Unit sh -> K) (i : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m * (reward net m + \sum_(j : Unit sh) coupling net m j * V j)).

Definition arriving {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) : K :=
  \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m * (\sum_(j : Unit sh) coupling net m j * delta mf net j).

(* L5b: what the rule leaves out at hidden units is the whole error signal *)
Definition L5b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (one_solution (fun (V : Unit sh -> K) (i : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m * (reward net m + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (i : Hidden sh), d_b (fun moved => J_meanfield mf moved) net (inl i) = delta mf net (inl i)
      /\ delta mf net (inl i) = arriving mf net (inl i)
      /\ derivable_b (fun moved => J_meanfield mf moved) net (inl i))
  /\ (forall (k : State sh), forall (i : Hidden sh), d_U (fun moved => J_meanfield mf moved) net k (inl i) - \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k (inl i) = s net k * arriving mf net (inl i)
      /\ derivable_U (fun moved => J_meanfield mf moved) net k (inl i))
  /\ (forall (i : Hidden sh), forall (j : Hidden sh), mask net (inl i) (inl j) * d_W (fun moved => J_meanfield mf moved) net (inl i) (inl j) - \sum_(v : Configuration sh) independent (q mf net) v * svpg_W mf net v (R net (action v)) (inl i) (inl j) = mask net (inl i) (inl j) * kappa net * (arriving mf net (inl i) * q mf net (inl j) + arriving mf net (inl j) * q mf net (inl i))
      /\ derivable_W (fun moved => J_meanfield mf moved) net (inl i) (inl j)).

(* L6: the expected rule is the mean-field gradient at action units *)
Definition L6_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (k : State sh), forall (i : Action sh), derivable_U (fun moved => J_meanfield mf moved) net k (inr i) ->
      \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k (inr i) = d_U (fun moved => J_meanfield mf moved) net k (inr i)))
  /\ ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (i : Action sh), derivable_b (fun moved => J_meanfield mf moved) net (inr i) ->
      \sum_(v : Configuration sh) independent (q mf net) v * svpg_b mf net v (R net (action v)) (inr i) = d_b (fun moved => J_meanfield mf moved) net (inr i))).

(* L6c: it is, but for the echo through the hidden units *)
Definition L6c_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (one_solution (fun (V : Unit sh -> K) (i : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i) jacobian mf net i m * (reward net m + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (i : Action sh), d_b (fun moved => J_meanfield mf moved) net (inr i) = \sum_(j : Action sh | circuit (inr j) == circuit (inr i)) jacobian mf net (inr i) (inr j) * reward net (inr j) + arriving mf net (inr i)
      /\ \sum_(j : Action sh | circuit (inr j) == circuit (inr i)) jacobian mf net (inr i) (inr j) * reward net (inr j) + arriving mf net (inr i) = q mf net (inr i) * (R net i - J_meanfield mf net) + arriving mf net (inr i)
      /\ q mf net (inr i) * (R net i - J_meanfield mf net) + arriving mf net (inr i) = \sum_(v : Configuration sh) independent (q mf net) v * svpg_b mf net v (R net (action v)) (inr i) + arriving mf net (inr i)
      /\ derivable_b (fun moved => J_meanfield mf moved) net (inr i))
  /\ (forall (k : State sh), forall (i : Action sh), d_U (fun moved => J_meanfield mf moved) net k (inr i) = \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k (inr i) + s net k * arriving mf net (inr i)
      /\ derivable_U (fun moved => J_meanfield mf moved) net k (inr i)).

(* L6b: without synapses between hidden and action units it is the gradient *)
Definition L6b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (forall h a, W net (inl h) (inr a) = 0 /\ W net (inr a) (inl h) = 0) ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (k : State sh), forall (i : Action sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_U mf net v (R net (action v)) k (inr i) = d_U (fun moved => J_meanfield mf moved) net k (inr i)
      /\ derivable_U (fun moved => J_meanfield mf moved) net k (inr i))
  /\ (forall (i : Action sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_b mf net v (R net (action v)) (inr i) = d_b (fun moved => J_meanfield mf moved) net (inr i)
      /\ derivable_b (fun moved => J_meanfield mf moved) net (inr i)).

Definition x0 {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (i : Unit sh) : K :=
  odds i / (\sum_(j : Unit sh | circuit j == circuit i) odds j).

Definition z_half {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (i : Unit sh) : K :=
  \sum_(j : Unit sh) (W net i j + W net j i) / 2%:R * x0 net odds j + \sum_(k : State sh) U net k i * s net k + b net i.

Definition surprise {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (v : Configuration sh) (i : Unit sh) : K :=
  winner K v i - softmax (z_half net odds) i.

Definition log_half {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (v : Configuration sh) : K :=
  \sum_(i : Unit sh) winner K v i * ln (softmax (z_half net odds) i).

(* L7: forward in half with a rule in full is the last-step gradient in half *)
Definition L7_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (forall (v : Configuration sh), forall (i : Hidden sh), forall (j : Unit sh), derivable_W (fun moved => log_half moved odds v) net (inl i) j ->
      mask net (inl i) j * A net * (x0 net odds j * surprise net odds v (inl i) + x0 net odds (inl i) * surprise net odds v j) = mask net (inl i) j * A net * d_W (fun moved => log_half moved odds v) net (inl i) j)).

Definition z_full {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (i : Unit sh) : K :=
  \sum_(j : Unit sh) (W net i j + W net j i) * x0 net odds j + \sum_(k : State sh) U net k i * s net k + b net i.

Definition log_full {K : realType} {sh : shape} (net : network K sh) (odds : Unit sh -> K) (v : Configuration sh) : K :=
  \sum_(i : Unit sh) winner K v i * ln (softmax (z_full net odds) i).

(* L7c: or in full *)
Definition L7c_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (forall (v : Configuration sh), forall (i : Hidden sh), forall (j : Unit sh), derivable_W (fun moved => log_full moved odds v) net (inl i) j ->
      mask net (inl i) j * A net * (x0 net odds j * surprise net odds v (inl i) + x0 net odds (inl i) * surprise net odds v j) = mask net (inl i) j * A net * d_W (fun moved => log_full moved odds v) net (inl i) j))
  /\ ~ (forall (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (forall (v : Configuration sh), forall (k : State sh), forall (i : Unit sh), derivable_U (fun moved => log_full moved odds v) net k i ->
      A net * s net k * surprise net odds v i = A net * d_U (fun moved => log_full moved odds v) net k i))
  /\ ~ (forall (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (forall (v : Configuration sh), forall (i : Unit sh), derivable_b (fun moved => log_full moved odds v) net i ->
      A net * surprise net odds v i = A net * d_b (fun moved => log_full moved odds v) net i)).

(* L7b: it is the gradient in half, the recurrent block doubled *)
Definition L7b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (odds : Unit sh -> K),
  network_ok net ->
  (forall i0, 0 < odds i0) ->
  (forall (v : Configuration sh), forall (i : Hidden sh), forall (j : Unit sh), mask net (inl i) j * A net * (x0 net odds j * surprise net odds v (inl i) + x0 net odds (inl i) * surprise net odds v j) = 2%:R * mask net (inl i) j * A net * d_W (fun moved => log_half moved odds v) net (inl i) j
      /\ derivable_W (fun moved => log_half moved odds v) net (inl i) j)
  /\ (forall (v : Configuration sh), forall (k : State sh), forall (i : Unit sh), A net * s net k * surprise net odds v i = A net * d_U (fun moved => log_half moved odds v) net k i
      /\ derivable_U (fun moved => log_half moved odds v) net k i)
  /\ (forall (v : Configuration sh), forall (i : Unit sh), A net * surprise net odds v i = A net * d_b (fun moved => log_half moved odds v) net i
      /\ derivable_b (fun moved => log_half moved odds v) net i).

Definition svpg_tpami_W {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (gain : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * gain * (q mf net j * (winner K v i - q mf net i) + q mf net i * (winner K v j - q mf net j)).

Definition logstep {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) (v : Configuration sh) : K :=
  \sum_(i : Unit sh) winner K v i * ln (qnext mf net held i).

(* L7d: the rule svpg_tpami is the last-step score times its gain in both conventions *)
Definition L7d_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (v : Configuration sh), forall (i : Hidden sh), forall (j : Unit sh), derivable_W (fun moved => logstep mf moved net v) net (inl i) j ->
      svpg_tpami_W mf net v (A net) (inl i) j = mask net (inl i) j * A net * d_W (fun moved => logstep mf moved net v) net (inl i) j)).

Definition svpg_tpami_U {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (gain : K) (k : State sh) (i : Unit sh) : K :=
  gain * s net k * (winner K v i - q mf net i).

Definition svpg_tpami_b {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (gain : K) (i : Unit sh) : K :=
  gain * (winner K v i - q mf net i).

(* L7e: it is, the recurrent block doubled in half *)
Definition L7e_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (v : Configuration sh), forall (i : Hidden sh), forall (j : Unit sh), kappa net * svpg_tpami_W mf net v (A net) (inl i) j = mask net (inl i) j * A net * d_W (fun moved => logstep mf moved net v) net (inl i) j
      /\ derivable_W (fun moved => logstep mf moved net v) net (inl i) j)
  /\ (forall (v : Configuration sh), forall (k : State sh), forall (i : Unit sh), svpg_tpami_U mf net v (A net) k i = A net * d_U (fun moved => logstep mf moved net v) net k i
      /\ derivable_U (fun moved => logstep mf moved net v) net k i)
  /\ (forall (v : Configuration sh), forall (i : Unit sh), svpg_tpami_b mf net v (A net) i = A net * d_b (fun moved => logstep mf moved net v) net i
      /\ derivable_b (fun moved => logstep mf moved net v) net i).
