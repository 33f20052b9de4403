(* The statements of derivations/07-exact-and-local.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition jacobian {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) (j : Unit sh) : K :=
  ((circuit i) == (circuit j))%:R * q mf net i * ((i == j)%:R - q mf net j).

Definition coupling {K : realType} {sh : shape} (net : network K sh) (i : Unit sh) (j : Unit sh) : K :=
  kappa net * (W net i j + W net j i).

Definition response {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (i : Unit sh) : Unit sh -> K :=
  solution (fun (V : Unit sh -> K) (i' : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i') jacobian mf net i' m * ((m == i)%:R + \sum_(j : Unit sh) coupling net m j * V j)).

(* W1: what a weight does to an action is what the action does to the weight's two neurons *)
Definition W1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (i : Unit sh), one_solution (fun (V : Unit sh -> K) (i' : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i') jacobian mf net i' m * ((m == i)%:R + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (i : Unit sh), forall (j : Unit sh), d_b (fun moved => q mf moved j) net i = response mf net i j
      /\ response mf net i j = response mf net j i
      /\ response mf net j i = d_b (fun moved => q mf moved i) net j
      /\ derivable_b (fun moved => q mf moved j) net i
      /\ derivable_b (fun moved => q mf moved i) net j)
  /\ (forall (a : Action sh), forall (i : Hidden sh), forall (j : Unit sh), (circuit (inl i)) != (circuit j) -> d_W (fun moved => q mf moved (inr a)) net (inl i) j = kappa net * (q mf net j * d_b (fun moved => q mf moved (inr a)) net (inl i) + q mf net (inl i) * d_b (fun moved => q mf moved (inr a)) net j)
      /\ kappa net * (q mf net j * d_b (fun moved => q mf moved (inr a)) net (inl i) + q mf net (inl i) * d_b (fun moved => q mf moved (inr a)) net j) = kappa net * (q mf net j * d_b (fun moved => q mf moved (inl i)) net (inr a) + q mf net (inl i) * d_b (fun moved => q mf moved j) net (inr a))
      /\ kappa net * (q mf net j * d_b (fun moved => q mf moved (inl i)) net (inr a) + q mf net (inl i) * d_b (fun moved => q mf moved j) net (inr a)) = kappa net * d_b (fun moved => q mf moved (inl i) * q mf moved j) net (inr a)
      /\ derivable_W (fun moved => q mf moved (inr a)) net (inl i) j
      /\ derivable_b (fun moved => q mf moved (inr a)) net (inl i)
      /\ derivable_b (fun moved => q mf moved (inr a)) net j
      /\ derivable_b (fun moved => q mf moved (inl i)) net (inr a)
      /\ derivable_b (fun moved => q mf moved j) net (inr a)
      /\ derivable_b (fun moved => q mf moved (inl i) * q mf moved j) net (inr a))
  /\ (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), d_U (fun moved => q mf moved (inr a)) net k i = s net k * d_b (fun moved => q mf moved (inr a)) net i
      /\ s net k * d_b (fun moved => q mf moved (inr a)) net i = s net k * d_b (fun moved => q mf moved i) net (inr a)
      /\ derivable_U (fun moved => q mf moved (inr a)) net k i
      /\ derivable_b (fun moved => q mf moved (inr a)) net i
      /\ derivable_b (fun moved => q mf moved i) net (inr a)).

Definition qbeta {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (beta : K) (a : Action sh) : Unit sh -> K :=
  mf net (weakly_clamped_at a beta).

(* W2a: the state answers a weak clamp by the score *)
Definition W2a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  beta = 0%:R ->
  fixed_points mf ->
  smooth mf net free_state ->
  smooth_in_strength mf net beta ->
  (forall (i : Unit sh), one_solution (fun (V : Unit sh -> K) (i' : Unit sh) => \sum_(m : Unit sh | circuit m == circuit i') jacobian mf net i' m * ((m == i)%:R + \sum_(j : Unit sh) coupling net m j * V j))) ->
  (forall (a : Action sh), forall (i : Unit sh), qbeta mf net beta a i = q mf net i)
  /\ (forall (a : Action sh), forall (i : Unit sh), d_number (fun beta' => qbeta mf net beta' a i) beta = response mf net (inr a) i / q mf net (inr a)
      /\ response mf net (inr a) i / q mf net (inr a) = response mf net i (inr a) / q mf net (inr a)
      /\ response mf net i (inr a) / q mf net (inr a) = d_b (fun moved => ln (q mf moved (inr a))) net i
      /\ derivable_number (fun beta' => qbeta mf net beta' a i) beta
      /\ derivable_b (fun moved => ln (q mf moved (inr a))) net i).

(* W2: the limit of the difference of the phases is the score of the mean-field policy *)
Definition W2_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  beta = 0%:R ->
  fixed_points mf ->
  smooth mf net free_state ->
  smooth_in_strength mf net beta ->
  (forall (a : Action sh), forall (i : Unit sh), forall (j : Unit sh), (circuit i) != (circuit j) -> d_number (fun beta' => kappa net * qbeta mf net beta' a i * qbeta mf net beta' a j) beta = kappa net * (q mf net j * d_number (fun beta' => qbeta mf net beta' a i) beta + q mf net i * d_number (fun beta' => qbeta mf net beta' a j) beta)
      /\ kappa net * (q mf net j * d_number (fun beta' => qbeta mf net beta' a i) beta + q mf net i * d_number (fun beta' => qbeta mf net beta' a j) beta) = kappa net * (q mf net j * d_b (fun moved => ln (q mf moved (inr a))) net i + q mf net i * d_b (fun moved => ln (q mf moved (inr a))) net j)
      /\ kappa net * (q mf net j * d_b (fun moved => ln (q mf moved (inr a))) net i + q mf net i * d_b (fun moved => ln (q mf moved (inr a))) net j) = d_W (fun moved => ln (q mf moved (inr a))) net i j
      /\ derivable_number (fun beta' => kappa net * qbeta mf net beta' a i * qbeta mf net beta' a j) beta
      /\ derivable_number (fun beta' => qbeta mf net beta' a i) beta
      /\ derivable_number (fun beta' => qbeta mf net beta' a j) beta
      /\ derivable_b (fun moved => ln (q mf moved (inr a))) net i
      /\ derivable_b (fun moved => ln (q mf moved (inr a))) net j
      /\ derivable_W (fun moved => ln (q mf moved (inr a))) net i j)
  /\ (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), d_number (fun beta' => s net k * qbeta mf net beta' a i) beta = s net k * d_b (fun moved => ln (q mf moved (inr a))) net i
      /\ s net k * d_b (fun moved => ln (q mf moved (inr a))) net i = d_U (fun moved => ln (q mf moved (inr a))) net k i
      /\ derivable_number (fun beta' => s net k * qbeta mf net beta' a i) beta
      /\ derivable_b (fun moved => ln (q mf moved (inr a))) net i
      /\ derivable_U (fun moved => ln (q mf moved (inr a))) net k i).

Definition qback {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (beta : K) (a : Action sh) : Unit sh -> K :=
  mf net (weakly_clamped_at a (0 - beta)).

Definition nudged_W {K : realType} {sh : shape} (net : network K sh) (plus : Unit sh -> K) (minus : Unit sh -> K) (A_ : K) (width : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * (plus i * plus j - minus i * minus j) / width.

Definition nudged_U {K : realType} {sh : shape} (net : network K sh) (plus : Unit sh -> K) (minus : Unit sh -> K) (A_ : K) (width : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * (plus i - minus i) / width.

Definition nudged_b {K : realType} {sh : shape} (net : network K sh) (plus : Unit sh -> K) (minus : Unit sh -> K) (A_ : K) (width : K) (i : Unit sh) : K :=
  A_ * (plus i - minus i) / width.

(* W2b: the rule nudged is in the limit the exact gradient, one-sided and centred *)
Definition W2b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  beta = 0%:R ->
  fixed_points mf ->
  smooth mf net free_state ->
  smooth_in_strength mf net beta ->
  smooth_in_strength mf net (0 - beta) ->
  (forall (a : Action sh), forall (i : Hidden sh), forall (j : Unit sh), d_number (fun beta' => nudged_W net (qbeta mf net beta' a) (q mf net) (A net) 1 (inl i) j) beta = mask net (inl i) j * A net * d_W (fun moved => ln (q mf moved (inr a))) net (inl i) j
      /\ mask net (inl i) j * A net * d_W (fun moved => ln (q mf moved (inr a))) net (inl i) j = d_number (fun beta' => nudged_W net (qbeta mf net beta' a) (qback mf net beta' a) (A net) 2%:R (inl i) j) beta
      /\ derivable_number (fun beta' => nudged_W net (qbeta mf net beta' a) (q mf net) (A net) 1 (inl i) j) beta
      /\ derivable_W (fun moved => ln (q mf moved (inr a))) net (inl i) j
      /\ derivable_number (fun beta' => nudged_W net (qbeta mf net beta' a) (qback mf net beta' a) (A net) 2%:R (inl i) j) beta)
  /\ (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), d_number (fun beta' => nudged_U net (qbeta mf net beta' a) (q mf net) (A net) 1 k i) beta = A net * d_U (fun moved => ln (q mf moved (inr a))) net k i
      /\ A net * d_U (fun moved => ln (q mf moved (inr a))) net k i = d_number (fun beta' => nudged_U net (qbeta mf net beta' a) (qback mf net beta' a) (A net) 2%:R k i) beta
      /\ derivable_number (fun beta' => nudged_U net (qbeta mf net beta' a) (q mf net) (A net) 1 k i) beta
      /\ derivable_U (fun moved => ln (q mf moved (inr a))) net k i
      /\ derivable_number (fun beta' => nudged_U net (qbeta mf net beta' a) (qback mf net beta' a) (A net) 2%:R k i) beta)
  /\ (forall (a : Action sh), forall (i : Unit sh), d_number (fun beta' => nudged_b net (qbeta mf net beta' a) (q mf net) (A net) 1 i) beta = A net * d_b (fun moved => ln (q mf moved (inr a))) net i
      /\ A net * d_b (fun moved => ln (q mf moved (inr a))) net i = d_number (fun beta' => nudged_b net (qbeta mf net beta' a) (qback mf net beta' a) (A net) 2%:R i) beta
      /\ derivable_number (fun beta' => nudged_b net (qbeta mf net beta' a) (q mf net) (A net) 1 i) beta
      /\ derivable_b (fun moved => ln (q mf moved (inr a))) net i
      /\ derivable_number (fun beta' => nudged_b net (qbeta mf net beta' a) (qback mf net beta' a) (A net) 2%:R i) beta).

(* W2c: so its mean over the network's own actions is the gradient of the mean-field objective *)
Definition W2c_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  beta = 0%:R ->
  fixed_points mf ->
  smooth mf net free_state ->
  smooth_in_strength mf net beta ->
  (forall (i : Hidden sh), forall (j : Unit sh), \sum_(a : Action sh) q mf net (inr a) * d_number (fun beta' => nudged_W net (qbeta mf net beta' a) (q mf net) (R net a) 1 (inl i) j) beta = mask net (inl i) j * (\sum_(a : Action sh) q mf net (inr a) * (R net a * d_W (fun moved => ln (q mf moved (inr a))) net (inl i) j))
      /\ mask net (inl i) j * (\sum_(a : Action sh) q mf net (inr a) * (R net a * d_W (fun moved => ln (q mf moved (inr a))) net (inl i) j)) = mask net (inl i) j * d_W (fun moved => J_meanfield mf moved) net (inl i) j
      /\ (forall (a : Action sh), derivable_number (fun beta' => nudged_W net (qbeta mf net beta' a) (q mf net) (R net a) 1 (inl i) j) beta)
      /\ (forall (a : Action sh), derivable_W (fun moved => ln (q mf moved (inr a))) net (inl i) j)
      /\ derivable_W (fun moved => J_meanfield mf moved) net (inl i) j)
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(a : Action sh) q mf net (inr a) * d_number (fun beta' => nudged_U net (qbeta mf net beta' a) (q mf net) (R net a) 1 k i) beta = d_U (fun moved => J_meanfield mf moved) net k i
      /\ (forall (a : Action sh), derivable_number (fun beta' => nudged_U net (qbeta mf net beta' a) (q mf net) (R net a) 1 k i) beta)
      /\ derivable_U (fun moved => J_meanfield mf moved) net k i)
  /\ (forall (i : Unit sh), \sum_(a : Action sh) q mf net (inr a) * d_number (fun beta' => nudged_b net (qbeta mf net beta' a) (q mf net) (R net a) 1 i) beta = d_b (fun moved => J_meanfield mf moved) net i
      /\ (forall (a : Action sh), derivable_number (fun beta' => nudged_b net (qbeta mf net beta' a) (q mf net) (R net a) 1 i) beta)
      /\ derivable_b (fun moved => J_meanfield mf moved) net i).

Definition qplus {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : Unit sh -> K :=
  mf net (clamped_at a).

Definition two_phase_W {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (plus : Unit sh -> K) (A_ : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * (plus i * plus j - q mf net i * q mf net j).

Definition two_phase_U {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (plus : Unit sh -> K) (A_ : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * (plus i - q mf net i).

Definition two_phase_b {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (plus : Unit sh -> K) (A_ : K) (i : Unit sh) : K :=
  A_ * (plus i - q mf net i).

(* W3: at full strength the rule nudged is two_phase *)
Definition W3_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  beta = 1%:R ->
  (beta != 0) ->
  fixed_points mf ->
  (forall (a : Action sh), forall (i : Hidden sh), forall (j : Unit sh), nudged_W net (qbeta mf net beta a) (q mf net) (A net) beta (inl i) j = two_phase_W mf net (qplus mf net a) (A net) (inl i) j)
  /\ (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), nudged_U net (qbeta mf net beta a) (q mf net) (A net) beta k i = two_phase_U mf net (qplus mf net a) (A net) k i)
  /\ (forall (a : Action sh), forall (i : Unit sh), nudged_b net (qbeta mf net beta a) (q mf net) (A net) beta i = two_phase_b mf net (qplus mf net a) (A net) i).

(* W4: at a finite strength the rule nudged is the gradient *)
Definition W4_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  (beta != 0) ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (a : Action sh), forall (i : Hidden sh), forall (j : Unit sh), derivable_W (fun moved => ln (q mf moved (inr a))) net (inl i) j ->
      nudged_W net (qbeta mf net beta a) (q mf net) (A net) beta (inl i) j = mask net (inl i) j * A net * d_W (fun moved => ln (q mf moved (inr a))) net (inl i) j))
  /\ ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  (beta != 0) ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), derivable_U (fun moved => ln (q mf moved (inr a))) net k i ->
      nudged_U net (qbeta mf net beta a) (q mf net) (A net) beta k i = A net * d_U (fun moved => ln (q mf moved (inr a))) net k i))
  /\ ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  (beta != 0) ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (a : Action sh), forall (i : Unit sh), derivable_b (fun moved => ln (q mf moved (inr a))) net i ->
      nudged_b net (qbeta mf net beta a) (q mf net) (A net) beta i = A net * d_b (fun moved => ln (q mf moved (inr a))) net i)).

(* W4c: centred, it is *)
Definition W4c_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  ((2%:R * beta) != 0) ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (a : Action sh), forall (i : Hidden sh), forall (j : Unit sh), derivable_W (fun moved => ln (q mf moved (inr a))) net (inl i) j ->
      nudged_W net (qbeta mf net beta a) (qback mf net beta a) (A net) (2%:R * beta) (inl i) j = mask net (inl i) j * A net * d_W (fun moved => ln (q mf moved (inr a))) net (inl i) j))
  /\ ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  ((2%:R * beta) != 0) ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall (a : Action sh), forall (i : Unit sh), derivable_b (fun moved => ln (q mf moved (inr a))) net i ->
      nudged_b net (qbeta mf net beta a) (qback mf net beta a) (A net) (2%:R * beta) i = A net * d_b (fun moved => ln (q mf moved (inr a))) net i)).

(* W6: at a finite strength a baseline leaves the expected update unchanged *)
Definition W6_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  (beta != 0) ->
  fixed_points mf ->
  (forall (i : Hidden sh), forall (j : Unit sh), \sum_(a : Action sh) q mf net (inr a) * nudged_W net (qbeta mf net beta a) (q mf net) (R net a - A net) beta (inl i) j = \sum_(a : Action sh) q mf net (inr a) * nudged_W net (qbeta mf net beta a) (q mf net) (R net a) beta (inl i) j))
  /\ ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  (beta != 0) ->
  fixed_points mf ->
  (forall (k : State sh), forall (i : Unit sh), \sum_(a : Action sh) q mf net (inr a) * nudged_U net (qbeta mf net beta a) (q mf net) (R net a - A net) beta k i = \sum_(a : Action sh) q mf net (inr a) * nudged_U net (qbeta mf net beta a) (q mf net) (R net a) beta k i))
  /\ ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  (beta != 0) ->
  fixed_points mf ->
  (forall (i : Unit sh), \sum_(a : Action sh) q mf net (inr a) * nudged_b net (qbeta mf net beta a) (q mf net) (R net a - A net) beta i = \sum_(a : Action sh) q mf net (inr a) * nudged_b net (qbeta mf net beta a) (q mf net) (R net a) beta i)).

(* W6b: in the limit it does *)
Definition W6b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (beta : K),
  network_ok net ->
  beta = 0%:R ->
  fixed_points mf ->
  smooth mf net free_state ->
  smooth_in_strength mf net beta ->
  (forall (i : Unit sh), \sum_(a : Action sh) q mf net (inr a) * ((R net a - A net) * d_number (fun beta' => qbeta mf net beta' a i) beta) = d_b (fun moved => J_meanfield mf moved) net i
      /\ (forall (a : Action sh), derivable_number (fun beta' => qbeta mf net beta' a i) beta)
      /\ derivable_b (fun moved => J_meanfield mf moved) net i)
  /\ (forall (i : Hidden sh), forall (j : Unit sh), \sum_(a : Action sh) q mf net (inr a) * d_number (fun beta' => nudged_W net (qbeta mf net beta' a) (q mf net) (R net a - A net) 1 (inl i) j) beta = mask net (inl i) j * d_W (fun moved => J_meanfield mf moved) net (inl i) j
      /\ (forall (a : Action sh), derivable_number (fun beta' => nudged_W net (qbeta mf net beta' a) (q mf net) (R net a - A net) 1 (inl i) j) beta)
      /\ derivable_W (fun moved => J_meanfield mf moved) net (inl i) j)
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(a : Action sh) q mf net (inr a) * d_number (fun beta' => nudged_U net (qbeta mf net beta' a) (q mf net) (R net a - A net) 1 k i) beta = d_U (fun moved => J_meanfield mf moved) net k i
      /\ (forall (a : Action sh), derivable_number (fun beta' => nudged_U net (qbeta mf net beta' a) (q mf net) (R net a - A net) 1 k i) beta)
      /\ derivable_U (fun moved => J_meanfield mf moved) net k i).

Definition mean_energy {K : realType} {sh : shape} (net : network K sh) (mu : Unit sh -> K) : K :=
  - (kappa net * (\sum_(i : Unit sh) \sum_(j : Unit sh) mu i * W net i j * mu j) + \sum_(k : State sh) \sum_(i : Unit sh) s net k * U net k i * mu i + \sum_(i : Unit sh) b net i * mu i).

Definition F_free {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) : K :=
  mean_energy net (q mf net) + \sum_(i : Unit sh) q mf net i * ln (q mf net i).

Definition level {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (l : Unit sh) : K :=
  1 - ln (\sum_(m : Unit sh | circuit m == circuit l) expR (z mf net m)).

Definition F_given {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  mean_energy net (qplus mf net a) + \sum_(i : Hidden sh) qplus mf net a (inl i) * ln (qplus mf net a (inl i)).

(* F1a: the free energy moves as if the state did not *)
Definition F1a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (i : Unit sh), d_b (fun moved => F_free mf moved) net i = \sum_(l : Unit sh) (ln (q mf net l) + 1 - z mf net l) * d_b (fun moved => q mf moved l) net i - q mf net i
      /\ \sum_(l : Unit sh) (ln (q mf net l) + 1 - z mf net l) * d_b (fun moved => q mf moved l) net i - q mf net i = \sum_(l : Unit sh) level mf net l * d_b (fun moved => q mf moved l) net i - q mf net i
      /\ \sum_(l : Unit sh) level mf net l * d_b (fun moved => q mf moved l) net i - q mf net i = - q mf net i
      /\ derivable_b (fun moved => F_free mf moved) net i
      /\ (forall (l : Unit sh), derivable_b (fun moved => q mf moved l) net i))
  /\ (forall (a : Action sh), forall (i : Unit sh), d_b (fun moved => F_given mf moved a) net i = - qplus mf net a i
      /\ derivable_b (fun moved => F_given mf moved a) net i).

(* F1: the difference of the phases is the gradient of a difference of free energies, for any weights *)
Definition F1_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  smooth mf net free_state ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (a : Action sh), forall (i : Hidden sh), forall (j : Unit sh), (circuit (inl i)) != (circuit j) -> d_W (fun moved => F_free mf moved - F_given mf moved a) net (inl i) j = kappa net * (qplus mf net a (inl i) * qplus mf net a j - q mf net (inl i) * q mf net j)
      /\ derivable_W (fun moved => F_free mf moved - F_given mf moved a) net (inl i) j)
  /\ (forall (a : Action sh), forall (k : State sh), forall (i : Unit sh), d_U (fun moved => F_free mf moved - F_given mf moved a) net k i = s net k * (qplus mf net a i - q mf net i)
      /\ derivable_U (fun moved => F_free mf moved - F_given mf moved a) net k i)
  /\ (forall (a : Action sh), forall (i : Unit sh), d_b (fun moved => F_free mf moved - F_given mf moved a) net i = qplus mf net a i - q mf net i
      /\ derivable_b (fun moved => F_free mf moved - F_given mf moved a) net i).

Definition drive {K : realType} {sh : shape} (net : network K sh) (i : Unit sh) : K :=
  \sum_(k : State sh) U net k i * s net k + b net i.

Definition normaliser {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) (c : Circuit sh) : K :=
  \sum_(i : Hidden sh | (circuit (inl i)) == c) expR (field net (qplus mf net a) (inl i)) + \sum_(i : Action sh | (circuit (inr i)) == c) (i == a)%:R * expR (drive net (inr i)).

Definition boltzmann {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  (\prod_(c : Circuit sh) normaliser mf net a c) * expR (- (kappa net * (\sum_(i : Hidden sh) \sum_(j : Hidden sh) qplus mf net a (inl i) * W net (inl i) (inl j) * qplus mf net a (inl j)))).

(* F2a: the weight of an action *)
Definition F2a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (a : Action sh), F_given mf net a = kappa net * (\sum_(i : Hidden sh) \sum_(j : Hidden sh) qplus mf net a (inl i) * W net (inl i) (inl j) * qplus mf net a (inl j)) - \sum_(c : Circuit sh) ln (normaliser mf net a c)
      /\ kappa net * (\sum_(i : Hidden sh) \sum_(j : Hidden sh) qplus mf net a (inl i) * W net (inl i) (inl j) * qplus mf net a (inl j)) - \sum_(c : Circuit sh) ln (normaliser mf net a c) = - ln (boltzmann mf net a)).

Definition piF {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  boltzmann mf net a / (\sum_(a2 : Action sh) boltzmann mf net a2).

Definition J_F {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) : K :=
  \sum_(a : Action sh) piF mf net a * R net a.

Definition advantageF {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  R net a - J_F mf net.

(* F2: the rule two_phase is the exact gradient of the free-energy policy, for any weights *)
Definition F2_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (i : Hidden sh), forall (j : Unit sh), \sum_(a : Action sh) piF mf net a * two_phase_W mf net (qplus mf net a) (advantageF mf net a) (inl i) j = mask net (inl i) j * kappa net * (\sum_(a : Action sh) piF mf net a * (advantageF mf net a * qplus mf net a (inl i) * qplus mf net a j))
      /\ mask net (inl i) j * kappa net * (\sum_(a : Action sh) piF mf net a * (advantageF mf net a * qplus mf net a (inl i) * qplus mf net a j)) = mask net (inl i) j * d_W (fun moved => J_F mf moved) net (inl i) j
      /\ derivable_W (fun moved => J_F mf moved) net (inl i) j)
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(a : Action sh) piF mf net a * two_phase_U mf net (qplus mf net a) (advantageF mf net a) k i = s net k * (\sum_(a : Action sh) piF mf net a * (advantageF mf net a * qplus mf net a i))
      /\ s net k * (\sum_(a : Action sh) piF mf net a * (advantageF mf net a * qplus mf net a i)) = d_U (fun moved => J_F mf moved) net k i
      /\ derivable_U (fun moved => J_F mf moved) net k i)
  /\ (forall (i : Unit sh), \sum_(a : Action sh) piF mf net a * two_phase_b mf net (qplus mf net a) (advantageF mf net a) i = \sum_(a : Action sh) piF mf net a * (advantageF mf net a * qplus mf net a i)
      /\ \sum_(a : Action sh) piF mf net a * (advantageF mf net a * qplus mf net a i) = d_b (fun moved => J_F mf moved) net i
      /\ derivable_b (fun moved => J_F mf moved) net i).

(* F2b: with the bare reward it is the gradient, too *)
Definition F2b_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (i : Hidden sh), forall (j : Unit sh), derivable_W (fun moved => J_F mf moved) net (inl i) j ->
      \sum_(a : Action sh) piF mf net a * two_phase_W mf net (qplus mf net a) (R net a) (inl i) j = mask net (inl i) j * d_W (fun moved => J_F mf moved) net (inl i) j))
  /\ ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall a, smooth mf net (clamped_at a)) ->
  (forall (i : Unit sh), derivable_b (fun moved => J_F mf moved) net i ->
      \sum_(a : Action sh) piF mf net a * two_phase_b mf net (qplus mf net a) (R net a) i = d_b (fun moved => J_F mf moved) net i)).

Definition Zof {K : realType} {sh : shape} (net : network K sh) (a : Action sh) : K :=
  \sum_(v : Configuration sh | (action v) == a) weight net v.

(* F3: without synapses between hidden circuits the free-energy policy is the exact policy *)
Definition F3_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  (forall h h', W net (inl h) (inl h') = 0) ->
  fixed_points mf ->
  (forall (a : Action sh), Zof net a = boltzmann mf net a)
  /\ (forall (a : Action sh), piF mf net a = pi net a).

(* F3b: with them it is *)
Definition F3b_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (a : Action sh), piF mf net a = pi net a)).
