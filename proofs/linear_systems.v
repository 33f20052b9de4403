(** Linear systems with one equation for each of n unknowns: when they have one solution, and that
    it is differentiable. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states derivatives.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

(** ** Sums, products, determinants and inverses of differentiable functions *)
Section Differentiable.
Variable K : realType.
Implicit Types (f g : K -> K) (t : K).

Notation differentiable f t := (derivable (f : K -> K) (t : K) (1 : K)).

Lemma derivable_const c t : differentiable (fun=> c) t.
Proof. exact: has_derivable (has_cst c t). Qed.

Lemma derivable_ext f g t : (forall y, f y = g y) -> differentiable f t -> differentiable g t.
Proof. by move=> E; rewrite (_ : f = g) //; apply: funext. Qed.

Lemma derivable_add f g t :
  differentiable f t -> differentiable g t -> differentiable (fun y => f y + g y) t.
Proof. by move=> Df Dg; exact: has_derivable (has_add (has_derive Df) (has_derive Dg)). Qed.

Lemma derivable_sub f g t :
  differentiable f t -> differentiable g t -> differentiable (fun y => f y - g y) t.
Proof. by move=> Df Dg; exact: has_derivable (has_sub (has_derive Df) (has_derive Dg)). Qed.

Lemma derivable_mul f g t :
  differentiable f t -> differentiable g t -> differentiable (fun y => f y * g y) t.
Proof. by move=> Df Dg; exact: has_derivable (has_mul (has_derive Df) (has_derive Dg)). Qed.

Lemma derivable_div f g t : g t != 0 ->
  differentiable f t -> differentiable g t -> differentiable (fun y => f y / g y) t.
Proof. by move=> g0 Df Dg; exact: has_derivable (has_div g0 (has_derive Df) (has_derive Dg)). Qed.

Lemma derivable_sums (I : Type) (r : seq I) (P : pred I) (F : I -> K -> K) t :
  (forall i, P i -> differentiable (F i) t) ->
  differentiable (fun y => \sum_(i <- r | P i) F i y) t.
Proof.
move=> D; apply: has_derivable; apply: (@has_sum _ _ _ _ _ (fun i => 'D_1 (F i) t)) => i Pi.
exact: has_derive (D i Pi).
Qed.

Lemma derivable_prods (I : Type) (r : seq I) (F : I -> K -> K) t :
  (forall i, differentiable (F i) t) -> differentiable (fun y => \prod_(i <- r) F i y) t.
Proof.
move=> D; elim: r => [|i r IH].
  by apply: (derivable_ext _ (@derivable_const 1 t)) => y; rewrite big_nil.
by apply: (derivable_ext _ (derivable_mul (D i) IH)) => y; rewrite big_cons.
Qed.

Lemma derivable_det n (A : K -> 'M[K]_n) t :
  (forall i j, differentiable (fun y => A y i j) t) -> differentiable (fun y => \det (A y)) t.
Proof.
move=> D; apply: derivable_sums => p _; apply: derivable_mul; first exact: derivable_const.
by apply: derivable_prods => i; exact: D.
Qed.

Lemma derivable_inverse n (A : K -> 'M[K]_n) t i j : (forall y, A y \in unitmx) ->
  (forall i j, differentiable (fun y => A y i j) t) ->
  differentiable (fun y => invmx (A y) i j) t.
Proof.
move=> unitA D.
apply: (@derivable_ext (fun y => cofactor (A y) j i / \det (A y))) => [y|].
  by rewrite /invmx unitA !mxE mulrC.
apply: derivable_div; last exact: derivable_det.
  by have := unitA t; rewrite unitmxE unitfE.
apply: derivable_mul; first exact: derivable_const.
apply: derivable_det => k l; apply: (derivable_ext _ (D (lift j k) (lift i l))) => y.
by rewrite !mxE.
Qed.

End Differentiable.

(** ** Systems V = c + M V *)
Section Systems.
Variables (K : realType) (n : nat).
Implicit Types (M : 'I_n -> 'I_n -> K) (c V : 'I_n -> K) (x y : 'I_n).

Definition affine M c V x : K := c x + \sum_y M x y * V y.
(** The matrix I - M. *)
Definition rest M : 'M[K]_n := \matrix_(x, y) ((x == y)%:R - M x y).
Definition column V : 'cV[K]_n := \col_x V x.

Lemma rest_column M V x : (rest M *m column V) x 0 = V x - \sum_y M x y * V y.
Proof.
rewrite mxE -{1}(sum_delta x V) -sumrB; apply: eq_bigr => y _.
by rewrite !mxE mulrBl.
Qed.

Lemma solves_rest M c V : solves (affine M c) V <-> rest M *m column V = column c.
Proof.
split=> [sV|E x].
  apply/matrixP => x z; rewrite ord1 rest_column mxE {1}sV /affine; exact: addrK.
have := rest_column M V x; rewrite E mxE /affine => ->; exact/esym/subrK.
Qed.

Lemma column_inj V V' : column V = column V' -> V = V'.
Proof. by move=> /matrixP E; apply: funext => x; have := E x 0; rewrite !mxE. Qed.

Lemma solves_inverse M c V : rest M \in unitmx ->
  solves (affine M c) V -> V = fun x => \sum_y invmx (rest M) x y * c y.
Proof.
move=> U /solves_rest E; apply: column_inj.
rewrite -[column V](mulKmx U) E; apply/matrixP => x z; rewrite !mxE.
by apply: eq_bigr => y _; rewrite mxE.
Qed.

Lemma regular M c : rest M \in unitmx -> one_solution (affine M c).
Proof.
move=> U; exists (fun x => \sum_y invmx (rest M) x y * c y); last first.
  by move=> V sV; exact: solves_inverse sV.
apply/solves_rest; rewrite (_ : column _ = invmx (rest M) *m column c) ?mulKVmx //.
apply/matrixP => x z; rewrite !mxE; apply: eq_bigr => y _; by rewrite mxE.
Qed.

(** A matrix whose rows have a sum of absolute values below one. *)
Lemma rest_unit M g : g < 1 -> (forall x, \sum_y `|M x y| <= g) -> rest M \in unitmx.
Proof.
move=> g1 rows; rewrite -unitmx_tr unitmxE unitfE; apply/negP => /det0P[v v0 E].
pose V x := v 0 x.
have kernel x : V x = \sum_y M x y * V y.
  have colV : column V = v^T by apply/matrixP => y z; rewrite ord1 !mxE.
  have : (rest M *m column V) x 0 = 0 by rewrite colV -[rest M]trmxK -trmx_mul E !mxE.
  by rewrite rest_column => /eqP; rewrite subr_eq0 => /eqP.
case: (pickP (fun x => V x != 0)) => [x0 Vx0|allzero]; last first.
  by case/eqP: v0; apply/rowP => x; have := allzero x; rewrite /V mxE => /eqP.
pose m := [arg max_(x > x0) `|V x|]%O.
have mmax y : `|V y| <= `|V m| by rewrite /m; case: arg_maxP => // z _; exact.
have m0 : 0 < `|V m| by rewrite (lt_le_trans _ (mmax x0)) // normr_gt0.
have : `|V m| <= g * `|V m|.
  rewrite {1}kernel; apply: le_trans (ler_norm_sum _ _ _) _.
  apply: le_trans (_ : \sum_y `|M m y| * `|V m| <= _); last first.
    by rewrite -mulr_suml ler_wpmul2r.
  by apply: ler_sum => y _; rewrite normrM ler_wpmul2l.
by rewrite -[X in X <= _]mul1r ler_pmul2r // leNgt g1.
Qed.

Lemma rest_swap M : rest M \in unitmx -> rest (fun x y => M y x) \in unitmx.
Proof.
rewrite -unitmx_tr; congr (_ \in unitmx); apply/matrixP => x y.
by rewrite !mxE [y == x]eq_sym.
Qed.

Section Solution.
Variables (M : 'I_n -> 'I_n -> K) (c : 'I_n -> K).
Hypothesis unitM : rest M \in unitmx.

Lemma solution_of : solves (affine M c) (solution (affine M c)).
Proof.
have [V sV _] := regular c unitM.
exact: (@xgetPex _ (fun=> 0) [set V | solves (affine M c) V]%classic (ex_intro _ V sV)).
Qed.

Lemma solution_inverse x : solution (affine M c) x = \sum_y invmx (rest M) x y * c y.
Proof. by rewrite {1}(solves_inverse unitM solution_of). Qed.

End Solution.

Lemma derivable_solution (M : K -> 'I_n -> 'I_n -> K) (c : K -> 'I_n -> K) t x :
  (forall u, rest (M u) \in unitmx) ->
  (forall x y, derivable (fun u => M u x y) t 1) -> (forall x, derivable (fun u => c u x) t 1) ->
  derivable (fun u => solution (affine (M u) (c u)) x) t 1.
Proof.
move=> unitM DM Dc.
apply: (@derivable_ext _ (fun u => \sum_y invmx (rest (M u)) x y * c u y)) => [u|].
  by rewrite solution_inverse.
apply: derivable_sums => y _; apply: derivable_mul; last exact: Dc.
apply: (@derivable_inverse _ _ (fun u => rest (M u))); first exact: unitM.
move=> i j; apply: (@derivable_ext _ (fun u => (i == j)%:R - M u i j)) => [u|]; first by rewrite mxE.
by apply: derivable_sub; [exact: derivable_const | exact: DM].
Qed.

End Systems.
