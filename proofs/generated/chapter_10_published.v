(* The statements of derivations/10-published.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition svpg_bmvc_b {K : realType} {sh : shape} (net : network K sh) (v : Configuration sh) (A_ : K) (i : Unit sh) : K :=
  A_ * winner K v i.

(* P1: the bias line of svpg_bmvc is the last-step gradient *)
Definition P1_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), derivable_b (fun moved => J_laststep mf moved net) net i ->
      \sum_(v : Configuration sh) independent (q mf net) v * svpg_bmvc_b net v (R net (action v)) i = d_b (fun moved => J_laststep mf moved net) net i)).

Definition logstep {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) (v : Configuration sh) : K :=
  \sum_(i : Unit sh) winner K v i * ln (qnext mf net held i).

(* P1b: it is the last-step gradient plus the rate times the mean advantage *)
Definition P1b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (v : Configuration sh), forall (i : Unit sh), svpg_bmvc_b net v (A net) i = A net * d_b (fun moved => logstep mf moved net v) net i + A net * q mf net i
      /\ derivable_b (fun moved => logstep mf moved net v) net i)
  /\ (forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_bmvc_b net v (R net (action v)) i = \sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v i) + (\sum_(v : Configuration sh) independent (q mf net) v * R net (action v)) * q mf net i
      /\ \sum_(v : Configuration sh) independent (q mf net) v * (R net (action v) * e mf net v i) + (\sum_(v : Configuration sh) independent (q mf net) v * R net (action v)) * q mf net i = d_b (fun moved => J_laststep mf moved net) net i + J_meanfield mf net * q mf net i
      /\ derivable_b (fun moved => J_laststep mf moved net) net i).

Definition svpg_bmvc_U {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (k : State sh) (i : Unit sh) : K :=
  A_ * s net k * (winner K v i - q mf net i).

Definition svpg_bmvc_W {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (A_ : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * kappa net * A_ * (q mf net j * (winner K v i - q mf net i) + q mf net i * (winner K v j - q mf net j)).

(* P1c: centred, it is right; and so are the other lines, centred or not *)
Definition P1c_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_bmvc_b net v (R net (action v) - J_meanfield mf net) i = d_b (fun moved => J_laststep mf moved net) net i
      /\ derivable_b (fun moved => J_laststep mf moved net) net i)
  /\ (forall (k : State sh), forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_bmvc_U mf net v (R net (action v)) k i = d_U (fun moved => J_laststep mf moved net) net k i
      /\ derivable_U (fun moved => J_laststep mf moved net) net k i)
  /\ (forall (v : Configuration sh), forall (i : Hidden sh), forall (j : Unit sh), svpg_bmvc_W mf net v (A net) (inl i) j = mask net (inl i) j * A net * d_W (fun moved => logstep mf moved net v) net (inl i) j
      /\ derivable_W (fun moved => logstep mf moved net v) net (inl i) j).

Definition reinforce {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (B : K) (a : Action sh) (A_ : K) : K :=
  A_ * (1 - q mf net (inr a)) / B.

Definition svpg_tpami_b {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (gain : K) (i : Unit sh) : K :=
  gain * (winner K v i - q mf net i).

(* P2: with the gain of REINFORCE it is the last-step gradient of the expected reward, up to 1/B *)
Definition P2_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (B : K),
  network_ok net ->
  0 < B ->
  fixed_points mf ->
  (forall (i : Unit sh), derivable_b (fun moved => J_laststep mf moved net) net i ->
      \sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (reinforce mf net B (action v) (R net (action v))) i = d_b (fun moved => J_laststep mf moved net) net i / B)).

Definition concave {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) : K :=
  \sum_(a : Action sh) R net a * (qnext mf net held (inr a) - qnext mf net held (inr a) ^+ 2 / 2%:R).

Definition svpg_tpami_U {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (gain : K) (k : State sh) (i : Unit sh) : K :=
  gain * s net k * (winner K v i - q mf net i).

Definition svpg_tpami_W {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (v : Configuration sh) (gain : K) (i : Unit sh) (j : Unit sh) : K :=
  mask net i j * gain * (q mf net j * (winner K v i - q mf net i) + q mf net i * (winner K v j - q mf net j)).

(* P2b: it is the last-step gradient of a concave function of the policy, over B, the recurrent block doubled in half *)
Definition P2b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (B : K),
  network_ok net ->
  0 < B ->
  fixed_points mf ->
  (forall (i : Action sh), (\sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (reinforce mf net B (action v) (R net (action v))) (inr i)) * B = \sum_(a : Action sh) q mf net (inr a) * R net a * (1 - q mf net (inr a)) * ((a == i)%:R - q mf net (inr i))
      /\ \sum_(a : Action sh) q mf net (inr a) * R net a * (1 - q mf net (inr a)) * ((a == i)%:R - q mf net (inr i)) = \sum_(a : Action sh) R net a * (1 - qnext mf net net (inr a)) * d_b (fun moved => qnext mf moved net (inr a)) net (inr i)
      /\ \sum_(a : Action sh) R net a * (1 - qnext mf net net (inr a)) * d_b (fun moved => qnext mf moved net (inr a)) net (inr i) = d_b (fun moved => concave mf moved net) net (inr i)
      /\ (forall (a : Action sh), derivable_b (fun moved => qnext mf moved net (inr a)) net (inr i))
      /\ derivable_b (fun moved => concave mf moved net) net (inr i))
  /\ (forall (k : State sh), forall (i : Unit sh), (\sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_U mf net v (reinforce mf net B (action v) (R net (action v))) k i) * B = d_U (fun moved => concave mf moved net) net k i
      /\ derivable_U (fun moved => concave mf moved net) net k i)
  /\ (forall (i : Hidden sh), forall (j : Unit sh), kappa net * (\sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_W mf net v (reinforce mf net B (action v) (R net (action v))) (inl i) j) * B = mask net (inl i) j * d_W (fun moved => concave mf moved net) net (inl i) j
      /\ derivable_W (fun moved => concave mf moved net) net (inl i) j)
  /\ (forall (v : Configuration sh), forall (i : Action sh), forall (j : Hidden sh), svpg_tpami_W mf net v (A net) (inr i) (inl j) = svpg_tpami_W mf net v (A net) (inl j) (inr i)).

(* P2c: per sample, it is the last-step score times the gain, the recurrent block doubled in half *)
Definition P2c_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (B : K),
  network_ok net ->
  0 < B ->
  fixed_points mf ->
  (forall (v : Configuration sh), forall (i : Unit sh), svpg_tpami_b mf net v (reinforce mf net B (action v) (A net)) i = A net / B * (1 - q mf net (inr (action v))) * d_b (fun moved => logstep mf moved net v) net i
      /\ derivable_b (fun moved => logstep mf moved net v) net i)
  /\ (forall (v : Configuration sh), forall (i : Hidden sh), forall (j : Unit sh), kappa net * svpg_tpami_W mf net v (reinforce mf net B (action v) (A net)) (inl i) j = mask net (inl i) j * (A net / B) * (1 - q mf net (inr (action v))) * d_W (fun moved => logstep mf moved net v) net (inl i) j
      /\ derivable_W (fun moved => logstep mf moved net v) net (inl i) j).

(* P2d: any baseline leaves its expectation unchanged *)
Definition P2d_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (B : K),
  network_ok net ->
  0 < B ->
  fixed_points mf ->
  (forall (i : Unit sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (reinforce mf net B (action v) (R net (action v) - A net)) i = \sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (reinforce mf net B (action v) (R net (action v))) i)).

(* P2e: a baseline moves the policy towards the uniform one, or away from it *)
Definition P2e_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (B : K),
  network_ok net ->
  0 < B ->
  fixed_points mf ->
  (forall (i : Action sh), (\sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (reinforce mf net B (action v) (R net (action v))) (inr i)) * B - (\sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (reinforce mf net B (action v) (R net (action v) - A net)) (inr i)) * B = A net * (\sum_(a : Action sh) q mf net (inr a) * (1 - q mf net (inr a)) * ((a == i)%:R - q mf net (inr i)))
      /\ A net * (\sum_(a : Action sh) q mf net (inr a) * (1 - q mf net (inr a)) * ((a == i)%:R - q mf net (inr i))) = A net * q mf net (inr i) * (\sum_(a : Action sh) q mf net (inr a) ^+ 2 - q mf net (inr i))).

Definition entropy {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) : K :=
  - (\sum_(a : Action sh) q mf net (inr a) * ln (q mf net (inr a))).

Definition bonus {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) : K :=
  q mf net (inr a) * (- ln (q mf net (inr a)) - entropy mf net).

Definition entropy_laststep {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) : K :=
  - (\sum_(a : Action sh) qnext mf net held (inr a) * ln (qnext mf net held (inr a))).

(* P3: the entropy term is the last-step gradient of the entropy, in expectation *)
Definition P3_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (B : K) (eta : K),
  network_ok net ->
  0 < B ->
  fixed_points mf ->
  (forall (i : Action sh), derivable_b (fun moved => entropy_laststep mf moved net) net (inr i) ->
      \sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (eta * bonus mf net (action v) / B) (inr i) = eta / B * d_b (fun moved => entropy_laststep mf moved net) net (inr i))).

(* P3b: it has one factor of the probability too many *)
Definition P3b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (B : K) (eta : K),
  network_ok net ->
  0 < B ->
  (eta != 0) ->
  fixed_points mf ->
  (forall (i : Action sh), B / eta * (\sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (eta * bonus mf net (action v) / B) (inr i)) = \sum_(a : Action sh) q mf net (inr a) * q mf net (inr a) * (- ln (q mf net (inr a)) - entropy mf net) * ((a == i)%:R - q mf net (inr i))
      /\ \sum_(a : Action sh) q mf net (inr a) * q mf net (inr a) * (- ln (q mf net (inr a)) - entropy mf net) * ((a == i)%:R - q mf net (inr i)) = \sum_(a : Action sh) q mf net (inr a) * (- ln (q mf net (inr a)) - entropy mf net) * d_b (fun moved => qnext mf moved net (inr a)) net (inr i)
      /\ (forall (a : Action sh), derivable_b (fun moved => qnext mf moved net (inr a)) net (inr i)))
  /\ (forall (i : Action sh), d_b (fun moved => entropy_laststep mf moved net) net (inr i) = \sum_(a : Action sh) (- ln (q mf net (inr a)) - 1) * d_b (fun moved => qnext mf moved net (inr a)) net (inr i)
      /\ \sum_(a : Action sh) (- ln (q mf net (inr a)) - 1) * d_b (fun moved => qnext mf moved net (inr a)) net (inr i) = \sum_(a : Action sh) (- ln (q mf net (inr a)) - entropy mf net) * d_b (fun moved => qnext mf moved net (inr a)) net (inr i)
      /\ \sum_(a : Action sh) (- ln (q mf net (inr a)) - entropy mf net) * d_b (fun moved => qnext mf moved net (inr a)) net (inr i) = \sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (- ln (q mf net (inr (action v))) - entropy mf net) (inr i)
      /\ derivable_b (fun moved => entropy_laststep mf moved net) net (inr i)
      /\ (forall (a : Action sh), derivable_b (fun moved => qnext mf moved net (inr a)) net (inr i))).

Definition bonus_objective {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (held : network K sh) : K :=
  \sum_(a : Action sh) qnext mf net held (inr a) ^+ 2 * (1 / 4%:R - (ln (qnext mf net held (inr a)) + entropy mf held) / 2%:R).

(* P3c: the objective of the bonus as published *)
Definition P3c_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh),
  network_ok net ->
  fixed_points mf ->
  (forall (i : Action sh), \sum_(v : Configuration sh) independent (q mf net) v * svpg_tpami_b mf net v (bonus mf net (action v)) (inr i) = d_b (fun moved => bonus_objective mf moved net) net (inr i)
      /\ derivable_b (fun moved => bonus_objective mf moved net) net (inr i)).

Definition ratio {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (a : Action sh) (old : K) : K :=
  expR (ln (q mf net (inr a)) - old).

Definition epsilon {K : realType} {sh : shape} (net : network K sh) (breadth : K) : K :=
  breadth / (1 + 2%:R * breadth).

Definition ppo {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (B : K) (breadth : K) (a : Action sh) (A_ : K) (old : K) : K :=
  if ratio mf net a old * A_ <= Num.min (Num.max (ratio mf net a old) (1 - epsilon net breadth)) (1 + epsilon net breadth) * A_ then A_ * ratio mf net a old * (1 - q mf net (inr a)) / B else 0.

(* P4: at the old policy PPO is REINFORCE *)
Definition P4_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (B : K) (breadth : K),
  network_ok net ->
  0 < B ->
  0 < breadth ->
  fixed_points mf ->
  (forall (a : Action sh), ppo mf net B breadth a (A net) (ln (q mf net (inr a))) = A net * ratio mf net a (ln (q mf net (inr a))) * (1 - q mf net (inr a)) / B
      /\ A net * ratio mf net a (ln (q mf net (inr a))) * (1 - q mf net (inr a)) / B = reinforce mf net B a (A net)).

Definition above {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (breadth : K) (a : Action sh) : K :=
  ln (q mf net (inr a)) - ln (1 + 2%:R * epsilon net breadth).

Definition below {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (breadth : K) (a : Action sh) : K :=
  ln (q mf net (inr a)) - ln ((1 - epsilon net breadth) / 2%:R).

(* P4b: clipping *)
Definition P4b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (B : K) (breadth : K),
  network_ok net ->
  0 < B ->
  0 < breadth ->
  ((1 - epsilon net breadth) / 2%:R > 0) ->
  fixed_points mf ->
  (forall (a : Action sh), ppo mf net B breadth a (A net ^+ 2) (above mf net breadth a) = 0)
  /\ (forall (a : Action sh), ppo mf net B breadth a (- A net ^+ 2) (below mf net breadth a) = 0)
  /\ (forall (a : Action sh), ppo mf net B breadth a (- A net ^+ 2) (above mf net breadth a) = - (A net ^+ 2 * (1 + 2%:R * epsilon net breadth) * (1 - q mf net (inr a)) / B))
  /\ (forall (a : Action sh), ppo mf net B breadth a (A net ^+ 2) (below mf net breadth a) = A net ^+ 2 * ((1 - epsilon net breadth) / 2%:R) * (1 - q mf net (inr a)) / B).

Definition drawn {K : realType} {sh : shape} (net : network K sh) (x : Situation sh) (v : Configuration sh) (u : Configuration sh) (i : Unit sh) : K :=
  if ((nat_of_ord x)%:R : K) == 0 then winner K v i else winner K u i.

Definition observed {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (x : Situation sh) (k : State sh) : K :=
  obs x k.

Definition rates {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (obs : Situation sh -> State sh -> K) (x : Situation sh) : Unit sh -> K :=
  mf (at_states net (observed net obs x)) free_state.

Definition chosen {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (obs : Situation sh -> State sh -> K) (x : Situation sh) (v : Configuration sh) (u : Configuration sh) : K :=
  \sum_(a : Action sh) drawn net x v u (inr a) * rates mf net obs x (inr a).

Definition pull {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (obs : Situation sh -> State sh -> K) (adv : Situation sh -> K) (x : Situation sh) (v : Configuration sh) (u : Configuration sh) (i : Unit sh) : K :=
  adv x * (1 - chosen mf net obs x v u) * (drawn net x v u i - rates mf net obs x i).

Definition size {K : realType} {sh : shape} (net : network K sh) : K :=
  \sum_(x : Situation sh) 1.

Definition batch_update {K : realType} {sh : shape} (mf : states K sh) (net : network K sh) (obs : Situation sh -> State sh -> K) (adv : Situation sh -> K) (n : K) (v : Configuration sh) (u : Configuration sh) (i : Unit sh) : K :=
  (\sum_(x : Situation sh) n * pull mf net obs adv x v u i / (n * size net)) / (n * size net).

(* P5: the update does not change when the batch is duplicated *)
Definition P5_statement : Prop :=
  forall (K : realType),
  ~ (forall (sh : shape) (net : network K sh) (mf : states K sh) (obs : Situation sh -> State sh -> K) (adv : Situation sh -> K),
  network_ok net ->
  (forall i0 i1, 0 < obs i0 i1) ->
  fixed_points mf ->
  (forall (v : Configuration sh), forall (u : Configuration sh), forall (i : Action sh), batch_update mf net obs adv 2%:R v u (inr i) = batch_update mf net obs adv 1 v u (inr i))).

(* P5b: it shrinks as the batch grows *)
Definition P5b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (mf : states K sh) (eta : K) (obs : Situation sh -> State sh -> K) (adv : Situation sh -> K),
  network_ok net ->
  (forall i0 i1, 0 < obs i0 i1) ->
  ((eta ^+ 2) * size net != 0) ->
  (eta ^+ 2 * size net ^+ 2 != 0) ->
  (eta ^+ 2 != 0) ->
  fixed_points mf ->
  (forall (v : Configuration sh), forall (u : Configuration sh), forall (i : Action sh), batch_update mf net obs adv (eta ^+ 2) v u (inr i) = (\sum_(x : Situation sh) pull mf net obs adv x v u (inr i)) / (eta ^+ 2 * size net ^+ 2)
      /\ (\sum_(x : Situation sh) pull mf net obs adv x v u (inr i)) / (eta ^+ 2 * size net ^+ 2) = batch_update mf net obs adv 1 v u (inr i) / eta ^+ 2).
