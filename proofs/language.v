(** The words of the derivation language.

    The exporter writes the statements of a chapter with the definitions of this file and with the
    chapter's own. A reader who trusts this file and a statement need not read any proof.
    docs/proofs.md explains it. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** Shapes. Sets that the checker never takes as empty have a size of at least one: the size that
    stands here, plus one. *)
Record shape := Shape {
  n_states : nat;              (* state neurons *)
  n_hidden_circuits : nat;     (* hidden circuits *)
  n_hidden_size : nat;         (* units of a hidden circuit, less one *)
  n_actions : nat;             (* units of the action circuit, less one *)
  n_situations : nat;          (* situations, less one *)
  n_window : nat               (* time steps of a window, less one *)
}.

Notation State sh := 'I_(n_states sh).
Notation Hidden sh := ('I_(n_hidden_circuits sh) * 'I_(n_hidden_size sh).+1)%type.
Notation Action sh := 'I_(n_actions sh).+1.
(* [inl h] is a hidden unit, and [inr a] a unit of the action circuit. *)
Notation Unit sh := (Hidden sh + Action sh)%type.
(* [None] is the action circuit. *)
Notation Circuit sh := (option 'I_(n_hidden_circuits sh)).
Notation Situation sh := 'I_(n_situations sh).+1.
Notation Step sh := 'I_(n_window sh).+1.
(* One winner in each hidden circuit, and one action. *)
Notation Configuration sh :=
  ({ffun 'I_(n_hidden_circuits sh) -> 'I_(n_hidden_size sh).+1} * Action sh)%type.
(* The spikes of one unit. *)
Notation Train sh := {ffun Step sh -> bool}.

Definition circuit (sh : shape) (i : Unit sh) : Circuit sh :=
  match i with inl h => Some h.1 | inr _ => None end.

Definition action (sh : shape) (v : Configuration sh) : Action sh := v.2.

(** 1 where the unit wins, else 0. *)
Definition winner (K : realType) (sh : shape) (v : Configuration sh) (i : Unit sh) : K :=
  match i with inl h => (v.1 h.1 == h.2)%:R | inr a => (v.2 == a)%:R end.

Definition spike (K : realType) (sh : shape) (n : Train sh) (t : Step sh) : K := (n t)%:R.

(** ** Networks *)
Record network (K : realType) (sh : shape) := Network {
  W : Unit sh -> Unit sh -> K;
  U : State sh -> Unit sh -> K;
  b : Unit sh -> K;
  s : State sh -> K;
  R : Action sh -> K;
  A : K;
  connected : Circuit sh -> Circuit sh -> bool;
  kappa : K
}.

Definition mask (K : realType) (sh : shape) (net : network K sh) (i j : Unit sh) : K :=
  (connected net (circuit i) (circuit j))%:R.

(** What the language says about the parameters of a network. *)
Record network_ok (K : realType) (sh : shape) (net : network K sh) : Prop := {
  connected_sym : forall c d, connected net c d = connected net d c;
  connected_irr : forall c, connected net c c = false;
  W_masked : forall i j, W net i j = mask net i j * W net i j;
  W_sym : forall i j, W net i j = W net j i;
  s_gt0 : forall k, 0 < s net k;
  kappa_full_or_half : kappa net = 1 \/ kappa net = 1 / 2%:R
}.

(** ** Networks with one entry changed. *)
Section Moved.
Variables (K : realType) (sh : shape) (net : network K sh).

Definition set_W (i j : Unit sh) (x : K) : network K sh :=
  Network (fun i' j' => if (i' == i) && (j' == j) then x else W net i' j')
    (U net) (b net) (s net) (R net) (A net) (connected net) (kappa net).
Definition set_U (k : State sh) (i : Unit sh) (x : K) : network K sh :=
  Network (W net) (fun k' i' => if (k' == k) && (i' == i) then x else U net k' i')
    (b net) (s net) (R net) (A net) (connected net) (kappa net).
Definition set_b (i : Unit sh) (x : K) : network K sh :=
  Network (W net) (U net) (fun i' => if i' == i then x else b net i')
    (s net) (R net) (A net) (connected net) (kappa net).
(** The network where its state neurons have other activities. *)
Definition at_states (x : State sh -> K) : network K sh :=
  Network (W net) (U net) (b net) x (R net) (A net) (connected net) (kappa net).

End Moved.

(** ** Derivatives by one entry, and that they exist. *)
Section Derivatives.
Variables (K : realType) (sh : shape).
Implicit Types (f : network K sh -> K) (net : network K sh).

Definition d_W f net i j : K := 'D_1 (fun x : K => f (set_W net i j x)) (W net i j).
Definition d_U f net k i : K := 'D_1 (fun x : K => f (set_U net k i x)) (U net k i).
Definition d_b f net i : K := 'D_1 (fun x : K => f (set_b net i x)) (b net i).

Definition derivable_W f net i j := derivable (fun x : K => f (set_W net i j x)) (W net i j) 1.
Definition derivable_U f net k i := derivable (fun x : K => f (set_U net k i x)) (U net k i) 1.
Definition derivable_b f net i := derivable (fun x : K => f (set_b net i x)) (b net i) 1.

Definition d_number (f : K -> K) (x : K) : K := 'D_1 f x.
Definition derivable_number (f : K -> K) (x : K) := derivable f x 1.

Definition set_entry (T : eqType) (g : T -> K) (i : T) (x : K) : T -> K :=
  fun i' => if i' == i then x else g i'.
Definition d_family (T : eqType) (f : (T -> K) -> K) (g : T -> K) (i : T) : K :=
  'D_1 (fun x : K => f (set_entry g i x)) (g i).
Definition derivable_family (T : eqType) (f : (T -> K) -> K) (g : T -> K) (i : T) :=
  derivable (fun x : K => f (set_entry g i x)) (g i) 1.

End Derivatives.

(** ** Probabilities *)
Section Probabilities.
Variables (K : realType) (sh : shape).

Definition softmax (x : Unit sh -> K) (i : Unit sh) : K :=
  expR (x i) / (\sum_(j : Unit sh | circuit j == circuit i) expR (x j)).

(** Independent winners, one in each circuit. *)
Definition independent (q : Unit sh -> K) (v : Configuration sh) : K :=
  (\prod_(g < n_hidden_circuits sh) q (inl (g, v.1 g))) * q (inr v.2).

(** Independent spikes. *)
Definition spikes (rate : K) (n : Train sh) : K := \prod_t (if n t then rate else 1 - rate).

End Probabilities.

(** ** Mean-field states *)
Inductive clamp (K : realType) (sh : shape) :=
  | free_state
  | clamped_at (a : Action sh)
  | weakly_clamped_at (a : Action sh) (strength : K).
Arguments free_state {K sh}.
Arguments clamped_at {K sh} a.
Arguments weakly_clamped_at {K sh} a strength.

Definition net_input (K : realType) (sh : shape) (net : network K sh) (q : Unit sh -> K)
    (i : Unit sh) : K :=
  kappa net * (\sum_j (W net i j + W net j i) * q j) + (\sum_k U net k i * s net k) + b net i.

Definition fixed_point (K : realType) (sh : shape) (net : network K sh) (c : clamp K sh)
    (q : Unit sh -> K) : Prop :=
  forall i, q i =
    match i, c with
    | inr a', clamped_at a => (a == a')%:R
    | inr a', weakly_clamped_at a strength =>
        (1 - strength) * softmax (net_input net q) i + strength * (a == a')%:R
    | _, _ => softmax (net_input net q) i
    end.

(** A weak clamp has a strength of at most 1: the softmax keeps a share of at least 0. A strength
    may be negative, as in the centred form of a rule; states may then have negative entries. *)
Definition clamp_ok (K : realType) (sh : shape) (c : clamp K sh) : Prop :=
  if c is weakly_clamped_at _ strength then strength <= 1 else True.

(** A choice of one state for each network and clamp. It is of all networks, for a derivative by an
    entry of W leaves those that are symmetric. *)
Definition states (K : realType) (sh : shape) := network K sh -> clamp K sh -> Unit sh -> K.

(** The chosen states are fixed points. At strength 0 a weak clamp is none, and at strength 1 it is
    the clamp, where the equations are the same. existence.v proves that there is such a choice. *)
Record fixed_points (K : realType) (sh : shape) (mf : states K sh) : Prop := {
  is_fixed_point : forall net c, clamp_ok c -> fixed_point net c (mf net c);
  strength_zero : forall net a, mf net (weakly_clamped_at a 0) = mf net free_state;
  strength_one : forall net a, mf net (weakly_clamped_at a 1) = mf net (clamped_at a)
}.

(** The chosen fixed point has a derivative by each entry of W, U and b at this network. By the
    implicit function theorem there is such a choice where I - J M has an inverse: J is the Jacobian
    of the softmax (jac in fixed_point.v), and M the coupling (couple). small_weights.v proves that
    each choice has these derivatives at a network with small weights. *)
Record smooth (K : realType) (sh : shape) (mf : states K sh) (net : network K sh)
    (c : clamp K sh) : Prop := {
  smooth_W : forall i j l, derivable_W (fun moved => mf moved c l) net i j;
  smooth_U : forall k i l, derivable_U (fun moved => mf moved c l) net k i;
  smooth_b : forall i l, derivable_b (fun moved => mf moved c l) net i
}.

(** The chosen fixed point at a weak clamp has a derivative by the strength of the clamp, at this
    network and strength. It exists where weights are small (small_weights.v), and, by the implicit
    function theorem, for some choice where I - J M has an inverse. *)
Definition smooth_in_strength (K : realType) (sh : shape) (mf : states K sh) (net : network K sh)
    (strength : K) : Prop :=
  forall a l, derivable_number (fun x => mf net (weakly_clamped_at a x) l) strength.

(** ** Linear systems *)
Definition solves (K : realType) (T : Type) (body : (T -> K) -> T -> K) (V : T -> K) : Prop :=
  forall x, V x = body V x.
Definition one_solution (K : realType) (T : Type) (body : (T -> K) -> T -> K) : Prop :=
  exists2 V, solves body V & forall V', solves body V' -> V' = V.
(** The solution, if there is one. *)
Definition solution (K : realType) (T : Type) (body : (T -> K) -> T -> K) : T -> K :=
  xget (fun=> 0) [set V | solves body V].
