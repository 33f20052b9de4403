(** Maxima of continuous functions on compact sets, and derivatives on the right of a maximum. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

(** Where a function is not above its value at 0 on the right of 0, it does not grow there. *)
Lemma slope_le0 (K : realType) (f : K -> K) df e :
  has f 0 df -> 0 < e -> (forall t, 0 < t -> t < e -> f t <= f 0) -> df <= 0.
Proof.
move=> [ex <-] e0 fmax; rewrite ['D_1 f 0]cvg_at_rightE //.
apply: limr_le.
  rewrite -(cvg_at_rightE (fun h : K => h^-1 *: ((f \o shift 0) _ - f 0))) //.
  by apply: cvg_trans ex; apply: cvg_app => A [d d0 Ad]; exists d => // x xd x0; apply: Ad => //;
    exact: lt0r_neq0.
near=> h; apply: mulr_ge0_le0.
  by rewrite invr_ge0; apply: ltW; near: h; exists 1 => /=.
rewrite subr_le0 /= addr0 [_ *: _]mulr1; apply: fmax; near: h; first by exists 1 => /=.
exists e => //= h; rewrite /ball_ /= sub0r normrN => he _.
exact: le_lt_trans (ler_norm h) he.
Unshelve. all: by end_near. Qed.

(** ** Maxima *)
Section Maxima.
Variables (K : realType) (T : topologicalType).
Implicit Types (f g : T -> K) (A : set T).

Definition continuous_at f x : Prop := {for x, continuous f}.

Lemma compact_max f A : compact A -> A !=set0 -> (forall x, A x -> continuous_at f x) ->
  exists2 x, A x & forall y, A y -> f y <= f x.
Proof.
move=> cA [x0 Ax0] C; have cf : {within A, continuous f}.
  by apply: continuous_in_subspaceT => x /set_mem; exact: C.
have cE := continuous_compact cf cA; pose E := f @` A.
have Esup : has_sup E.
  split; first by exists (f x0), x0.
  have [M [_ EM]] := compact_bounded cE; exists (M + 1) => y Ey.
  by rewrite (le_trans (ler_norm y)) // EM // ltr_addl.
have : closure E (sup E).
  move=> B /nbhs_ballP [e e0 Be]; have [y Ey ye] := sup_adherent e0 Esup.
  exists y; split=> //; apply: Be; rewrite /ball /= ger0_norm.
    by rewrite ltr_subl_addl -ltr_subl_addr.
  by rewrite subr_ge0; apply: sup_upper_bound.
have /closure_id <- : closed E by exact: compact_closed cE.
move=> [x Ax fx]; exists x => // y Ay; rewrite fx.
by apply: sup_upper_bound => //; exists y.
Qed.

(** Sums and products of continuous functions *)
Lemma continuous_cst c x : continuous_at (fun=> c) x.
Proof. exact: cst_continuous. Qed.

Lemma continuous_add f g x :
  continuous_at f x -> continuous_at g x -> continuous_at (fun y => f y + g y) x.
Proof. exact: continuousD. Qed.

Lemma continuous_mul f g x :
  continuous_at f x -> continuous_at g x -> continuous_at (fun y => f y * g y) x.
Proof. exact: continuousM. Qed.

Lemma continuous_scale c f x : continuous_at f x -> continuous_at (fun y => c * f y) x.
Proof. by move=> C; apply: continuous_mul => //; exact: continuous_cst. Qed.

Lemma continuous_sum (I : Type) (r : seq I) (P : pred I) (F : I -> T -> K) x :
  (forall i, continuous_at (F i) x) -> continuous_at (fun y => \sum_(i <- r | P i) F i y) x.
Proof.
move=> C; elim: r => [|i r IH].
  rewrite (_ : (fun _ => _) = fun=> 0); first exact: continuous_cst.
  by apply: funext => y; rewrite big_nil.
rewrite (_ : (fun _ => _) = fun y => (if P i then F i y else 0) + \sum_(j <- r | P j) F j y).
  by apply: continuous_add => //; case: (P i) => //; exact: continuous_cst.
by apply: funext => y; rewrite big_cons; case: (P i); rewrite ?add0r.
Qed.

Lemma continuous_norm f x : continuous_at f x -> continuous_at (fun y => `|f y|) x.
Proof. by move=> C; exact: (continuous_comp C (@norm_continuous _ _ _)). Qed.

Lemma continuous_entropy f x : 0 < f x -> continuous_at f x ->
  continuous_at (fun y => f y * ln (f y)) x.
Proof.
move=> f0 C; apply: continuous_mul => //.
exact: (continuous_comp C (continuous_ln f0)).
Qed.

Lemma closed_preimage f (D : set K) :
  (forall x, continuous_at f x) -> closed D -> closed (f @^-1` D).
Proof. by move=> C; apply: closed_comp => x _; exact: C. Qed.

End Maxima.
