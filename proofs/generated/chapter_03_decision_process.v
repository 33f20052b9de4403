(* The statements of derivations/03-decision-process.md, as svpg exports them. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.
From svpg.generated Require Import chapter_01_network.

Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Definition gamma {K : realType} {sh : shape} (net : network K sh) (rate : K) : K :=
  rate / (1 + rate).

Definition weightat {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (x : Situation sh) (v : Configuration sh) : K :=
  expR (kappa net * (\sum_(i : Unit sh) \sum_(j : Unit sh) winner K v i * W net i j * winner K v j) + \sum_(k : State sh) \sum_(i : Unit sh) obs x k * U net k i * winner K v i + \sum_(i : Unit sh) b net i * winner K v i).

Definition policy {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (x : Situation sh) (a : Action sh) : K :=
  (\sum_(v : Configuration sh | (action v) == a) weightat net obs x v) / (\sum_(v : Configuration sh) weightat net obs x v).

Definition P {K : realType} {sh : shape} (net : network K sh) (odds : Situation sh -> Action sh -> Situation sh -> K) (x : Situation sh) (a : Action sh) (y : Situation sh) : K :=
  odds x a y / (\sum_(y' : Situation sh) odds x a y').

Definition onward {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (x : Situation sh) (y : Situation sh) : K :=
  \sum_(a : Action sh) policy net obs x a * P net odds x a y.

Definition start {K : realType} {sh : shape} (net : network K sh) (first : Situation sh -> K) (x : Situation sh) : K :=
  first x / (\sum_(y : Situation sh) first y).

Definition value {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (rate : K) : Situation sh -> K :=
  solution (fun (V : Situation sh -> K) (x : Situation sh) => \sum_(a : Action sh) policy net obs x a * r x a + gamma net rate * (\sum_(y : Situation sh) onward net obs odds x y * V y)).

Definition action_value {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (rate : K) (x : Situation sh) (a : Action sh) : K :=
  r x a + gamma net rate * (\sum_(y : Situation sh) P net odds x a y * value net obs r odds rate y).

Definition visits {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (first : Situation sh -> K) (rate : K) : Situation sh -> K :=
  solution (fun (V : Situation sh -> K) (x : Situation sh) => start net first x + gamma net rate * (\sum_(x' : Situation sh) V x' * onward net obs odds x' x)).

Definition return_ {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (first : Situation sh -> K) (rate : K) : K :=
  \sum_(x : Situation sh) start net first x * value net obs r odds rate x.

(* E4a: the return, from either end *)
Definition E4a_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (first : Situation sh -> K) (rate : K),
  network_ok net ->
  (forall i0 i1, 0 < obs i0 i1) ->
  (forall i0 i1 i2, 0 < odds i0 i1 i2) ->
  (forall i0, 0 < first i0) ->
  0 < rate ->
  (1 - gamma net rate != 0) ->
  (one_solution (fun (V : Situation sh -> K) (x : Situation sh) => \sum_(a : Action sh) policy net obs x a * r x a + gamma net rate * (\sum_(y : Situation sh) onward net obs odds x y * V y))) ->
  (one_solution (fun (V : Situation sh -> K) (x : Situation sh) => start net first x + gamma net rate * (\sum_(x' : Situation sh) V x' * onward net obs odds x' x))) ->
  (forall (x : Situation sh), value net obs r odds rate x = \sum_(a : Action sh) policy net obs x a * action_value net obs r odds rate x a)
  /\ (\sum_(x : Situation sh) visits net obs odds first rate x = 1 / (1 - gamma net rate))
  /\ (return_ net obs r odds first rate = \sum_(x : Situation sh) visits net obs odds first rate x * (\sum_(a : Action sh) policy net obs x a * r x a)).

Definition rise {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (rate : K) (x : Situation sh) (i : Unit sh) : K :=
  \sum_(a : Action sh) d_b (fun moved => policy moved obs x a) net i * action_value net obs r odds rate x a.

(* E4b: the derivative of a value obeys Bellman's equation *)
Definition E4b_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (rate : K),
  network_ok net ->
  (forall i0 i1, 0 < obs i0 i1) ->
  (forall i0 i1 i2, 0 < odds i0 i1 i2) ->
  0 < rate ->
  (one_solution (fun (V : Situation sh -> K) (x : Situation sh) => \sum_(a : Action sh) policy net obs x a * r x a + gamma net rate * (\sum_(y : Situation sh) onward net obs odds x y * V y))) ->
  (forall (x : Situation sh), forall (i : Unit sh), d_b (fun moved => value moved obs r odds rate x) net i = \sum_(a : Action sh) d_b (fun moved => policy moved obs x a) net i * action_value net obs r odds rate x a + \sum_(a : Action sh) policy net obs x a * d_b (fun moved => action_value moved obs r odds rate x a) net i
      /\ \sum_(a : Action sh) d_b (fun moved => policy moved obs x a) net i * action_value net obs r odds rate x a + \sum_(a : Action sh) policy net obs x a * d_b (fun moved => action_value moved obs r odds rate x a) net i = rise net obs r odds rate x i + gamma net rate * (\sum_(y : Situation sh) onward net obs odds x y * d_b (fun moved => value moved obs r odds rate y) net i)
      /\ derivable_b (fun moved => value moved obs r odds rate x) net i
      /\ (forall (a : Action sh), derivable_b (fun moved => policy moved obs x a) net i)
      /\ (forall (a : Action sh), derivable_b (fun moved => action_value moved obs r odds rate x a) net i)
      /\ (forall (y : Situation sh), derivable_b (fun moved => value moved obs r odds rate y) net i)).

Definition earned {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (first : Situation sh -> K) (rate : K) (x : Situation sh) (a : Action sh) : K :=
  visits net obs odds first rate x * policy net obs x a * action_value net obs r odds rate x a.

Definition score_b {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (x : Situation sh) (a : Action sh) (i : Unit sh) : K :=
  (\sum_(v : Configuration sh | (action v) == a) winner K v i * weightat net obs x v) / (\sum_(v : Configuration sh | (action v) == a) weightat net obs x v) - (\sum_(v : Configuration sh) winner K v i * weightat net obs x v) / (\sum_(v : Configuration sh) weightat net obs x v).

Definition gained {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (first : Situation sh -> K) (rate : K) (x : Situation sh) (a : Action sh) : K :=
  visits net obs odds first rate x * policy net obs x a * (action_value net obs r odds rate x a - value net obs r odds rate x).

Definition score_W {K : realType} {sh : shape} (net : network K sh) (obs : Situation sh -> State sh -> K) (x : Situation sh) (a : Action sh) (i : Unit sh) (j : Unit sh) : K :=
  kappa net * ((\sum_(v : Configuration sh | (action v) == a) winner K v i * winner K v j * weightat net obs x v) / (\sum_(v : Configuration sh | (action v) == a) weightat net obs x v) - (\sum_(v : Configuration sh) winner K v i * winner K v j * weightat net obs x v) / (\sum_(v : Configuration sh) weightat net obs x v)).

(* E4: policy gradient theorem *)
Definition E4_statement : Prop :=
  forall (K : realType) (sh : shape) (net : network K sh) (obs : Situation sh -> State sh -> K) (r : Situation sh -> Action sh -> K) (odds : Situation sh -> Action sh -> Situation sh -> K) (first : Situation sh -> K) (rate : K),
  network_ok net ->
  (forall i0 i1, 0 < obs i0 i1) ->
  (forall i0 i1 i2, 0 < odds i0 i1 i2) ->
  (forall i0, 0 < first i0) ->
  0 < rate ->
  (one_solution (fun (V : Situation sh -> K) (x : Situation sh) => \sum_(a : Action sh) policy net obs x a * r x a + gamma net rate * (\sum_(y : Situation sh) onward net obs odds x y * V y))) ->
  (one_solution (fun (V : Situation sh -> K) (x : Situation sh) => start net first x + gamma net rate * (\sum_(x' : Situation sh) V x' * onward net obs odds x' x))) ->
  (forall (i : Unit sh), d_b (fun moved => return_ moved obs r odds first rate) net i = \sum_(x : Situation sh) start net first x * d_b (fun moved => value moved obs r odds rate x) net i
      /\ \sum_(x : Situation sh) start net first x * d_b (fun moved => value moved obs r odds rate x) net i = \sum_(x : Situation sh) visits net obs odds first rate x * rise net obs r odds rate x i
      /\ \sum_(x : Situation sh) visits net obs odds first rate x * rise net obs r odds rate x i = \sum_(x : Situation sh) \sum_(a : Action sh) earned net obs r odds first rate x a * score_b net obs x a i
      /\ \sum_(x : Situation sh) \sum_(a : Action sh) earned net obs r odds first rate x a * score_b net obs x a i = \sum_(x : Situation sh) \sum_(a : Action sh) gained net obs r odds first rate x a * score_b net obs x a i
      /\ derivable_b (fun moved => return_ moved obs r odds first rate) net i
      /\ (forall (x : Situation sh), derivable_b (fun moved => value moved obs r odds rate x) net i)
      /\ (forall (x : Situation sh), (forall (a : Action sh), derivable_b (fun moved => policy moved obs x a) net i)))
  /\ (forall (k : State sh), forall (i : Unit sh), d_U (fun moved => return_ moved obs r odds first rate) net k i = \sum_(x : Situation sh) \sum_(a : Action sh) gained net obs r odds first rate x a * obs x k * score_b net obs x a i
      /\ derivable_U (fun moved => return_ moved obs r odds first rate) net k i)
  /\ (forall (i : Hidden sh), forall (j : Action sh), d_W (fun moved => return_ moved obs r odds first rate) net (inl i) (inr j) = \sum_(x : Situation sh) \sum_(a : Action sh) gained net obs r odds first rate x a * score_W net obs x a (inl i) (inr j)
      /\ derivable_W (fun moved => return_ moved obs r odds first rate) net (inl i) (inr j)).
