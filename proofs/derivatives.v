(** Derivatives of functions of one number, and along the change of one entry of a network. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive realfun exp.
From svpg Require Import language sums states.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section Calculus.
Variable K : realType.
Implicit Types (f g : K -> K) (x : K).

Notation has f x df := (is_derive (x : K) (1 : K) (f : K -> K) (df : K)).

Lemma has_val f x df : has f x df -> 'D_1 f x = df.
Proof. by move=> D; rewrite derive_val. Qed.

Lemma has_derivable f x df : has f x df -> derivable f x 1.
Proof. by move=> D; apply: ex_derive. Qed.

Lemma has_derive f x : derivable f x 1 -> has f x ('D_1 f x).
Proof. exact: derivableP. Qed.

Lemma has_ext f g x df : (forall y, f y = g y) -> has f x df -> has g x df.
Proof. by move=> E; rewrite (_ : f = g) //; apply: funext. Qed.

Lemma has_near f g x df : (\forall y \near x, f y = g y)%classic -> has f x df -> has g x df.
Proof.
move=> E [ex val].
have E0 : f x = g x by exact: (nbhs_singleton E).
have Eh : ({near 0^', (fun h => h^-1 *: ((f \o shift x) (h *: 1) - f x)) =1
    (fun h => h^-1 *: ((g \o shift x) (h *: 1) - g x))})%classic.
  move: E => /nbhs_ballP [e e0 xe]; exists e => // h; rewrite /ball /= sub0r normrN => he _.
  rewrite E0 /= xe // /ball /= [_ *: _]mulr1 distrC addrK.
  exact: he.
have C : ((fun h => h^-1 *: ((g \o shift x) (h *: 1) - g x)) @ 0^' --> df)%classic.
  by rewrite -val; apply: cvg_trans ex; exact: near_eq_cvg.
by split; [apply/cvg_ex; exists df | exact: cvg_lim C].
Qed.

Lemma has_eq f x df df' : has f x df -> df = df' -> has f x df'.
Proof. by move=> D <-. Qed.

Lemma has_cst c x : has (fun=> c) x 0.
Proof. exact: is_derive_cst. Qed.

Lemma has_add f g x df dg : has f x df -> has g x dg -> has (fun y => f y + g y) x (df + dg).
Proof. by move=> Df Dg; apply: is_deriveD. Qed.

Lemma has_opp f x df : has f x df -> has (fun y => - f y) x (- df).
Proof. by move=> Df; apply: is_deriveN. Qed.

Lemma has_sub f g x df dg : has f x df -> has g x dg -> has (fun y => f y - g y) x (df - dg).
Proof. by move=> Df Dg; apply: is_deriveB. Qed.

Lemma has_mul f g x df dg :
  has f x df -> has g x dg -> has (fun y => f y * g y) x (f x * dg + g x * df).
Proof. by move=> Df Dg; apply: is_deriveM. Qed.

Lemma has_scale c f x df : has f x df -> has (fun y => c * f y) x (c * df).
Proof. by move=> Df; apply: has_eq (has_mul (has_cst c x) Df) _; rewrite mulr0 addr0. Qed.

Lemma has_scaler c f x df : has f x df -> has (fun y => f y * c) x (df * c).
Proof.
by move=> Df; apply: has_eq (has_mul Df (has_cst c x)) _; rewrite mulr0 add0r mulrC.
Qed.

Lemma has_comp f g x df dg : has f (g x) df -> has g x dg -> has (fun y => f (g y)) x (df * dg).
Proof. by move=> Df Dg; apply: is_derive1_comp. Qed.

Lemma has_exp f x df : has f x df -> has (fun y => expR (f y)) x (expR (f x) * df).
Proof. by move=> Df; apply: is_derive1_comp. Qed.

Lemma has_ln f x df : 0 < f x -> has f x df -> has (fun y => ln (f y)) x (df / f x).
Proof.
move=> f0 Df; have Dl := is_derive1_ln f0.
by apply: has_eq (@is_derive1_comp _ (@ln K) f x _ _ Dl Df) _; rewrite mulrC.
Qed.

Lemma has_div f g x df dg : g x != 0 -> has f x df -> has g x dg ->
  has (fun y => f y / g y) x ((df * g x - f x * dg) / g x ^+ 2).
Proof.
move=> g0 Df Dg; apply: has_eq (has_mul Df (is_deriveV g0 Dg)) _.
by rewrite /GRing.scale /=; field.
Qed.

Lemma has_sum (I : Type) (r : seq I) (P : pred I) (F : I -> K -> K) (dF : I -> K) x :
  (forall i, P i -> has (F i) x (dF i)) ->
  has (fun y => \sum_(i <- r | P i) F i y) x (\sum_(i <- r | P i) dF i).
Proof.
move=> D; elim: r => [|i r IH].
  by rewrite big_nil; apply: has_ext (has_cst 0 x) => y; rewrite big_nil.
rewrite big_cons; case Pi: (P i).
  by apply: has_ext (has_add (D i Pi) IH) => y; rewrite big_cons Pi.
by apply: has_ext IH => y; rewrite big_cons Pi.
Qed.

Lemma has_affine a c x0 x : has (fun y => a + (y - x0) * c) x c.
Proof.
apply: has_eq (has_add (has_cst a x) (has_scaler c (has_sub (is_derive_id x 1) (has_cst x0 x)))) _.
by rewrite subr0 mul1r add0r.
Qed.

End Calculus.

Notation has f x df := (is_derive x 1 f df).

(** ** One entry of a network *)
Section Entries.
Variables (K : realType) (sh : shape).
Implicit Types (net : network K sh) (i j l : Unit sh) (k : State sh) (mu : Unit sh -> K).

Inductive entry := entry_W of Unit sh & Unit sh | entry_U of State sh & Unit sh | entry_b of Unit sh.
Implicit Types (e : entry).

Definition moved net e (x : K) : network K sh :=
  match e with
  | entry_W i j => set_W net i j x
  | entry_U k i => set_U net k i x
  | entry_b i => set_b net i x
  end.

Definition value net e : K :=
  match e with entry_W i j => W net i j | entry_U k i => U net k i | entry_b i => b net i end.

(** The derivative of the net input of the unit l, with all activities held. *)
Definition dinput net e mu l : K :=
  match e with
  | entry_W i j => kappa net * ((l == i)%:R * mu j + (l == j)%:R * mu i)
  | entry_U k i => s net k * (l == i)%:R
  | entry_b i => (l == i)%:R
  end.

(** Minus the derivative of the energy at the activities mu. *)
Definition denergy net e mu : K :=
  match e with
  | entry_W i j => kappa net * (mu i * mu j)
  | entry_U k i => s net k * mu i
  | entry_b i => mu i
  end.

Definition minus_energy net mu : K :=
  kappa net * (\sum_i \sum_j mu i * W net i j * mu j)
    + \sum_k \sum_i s net k * U net k i * mu i + \sum_i b net i * mu i.

Lemma moved_value net e : moved net e (value net e) = net.
Proof.
case: net => W0 U0 b0 s0 R0 A0 c0 k0; case: e => [i j|k i|i] /=; rewrite /set_W /set_U /set_b /=.
- by apply: (f_equal (fun X => Network X U0 b0 s0 R0 A0 c0 k0)); apply: funext => i'; apply: funext => j';
     case: ifP => // /andP[/eqP-> /eqP->].
- by apply: (f_equal (fun X => Network W0 X b0 s0 R0 A0 c0 k0)); apply: funext => i'; apply: funext => j';
     case: ifP => // /andP[/eqP-> /eqP->].
by apply: (f_equal (fun X => Network W0 U0 X s0 R0 A0 c0 k0)); apply: funext => i'; case: ifP => // /eqP->.
Qed.

Lemma if_delta (c : bool) (x y : K) : (if c then x else y) = y + (x - y) * c%:R.
Proof. by case: c; rewrite ?mulr1 ?mulr0 ?addr0 // addrC subrK. Qed.

Lemma moved_W net e x i j :
  W (moved net e x) i j = W net i j + (x - value net e) *
    (if e is entry_W i' j' then ((i == i') && (j == j'))%:R else 0).
Proof.
case: e => [i' j'|k i'|i'] /=; rewrite ?mulr0 ?addr0 // if_delta.
by case E: ((i == i') && (j == j')); rewrite ?mulr0 //; case/andP: E => /eqP-> /eqP->.
Qed.

Lemma moved_U net e x k i :
  U (moved net e x) k i = U net k i + (x - value net e) *
    (if e is entry_U k' i' then ((k == k') && (i == i'))%:R else 0).
Proof.
case: e => [i' j'|k' i'|i'] /=; rewrite ?mulr0 ?addr0 // if_delta.
by case E: ((k == k') && (i == i')); rewrite ?mulr0 //; case/andP: E => /eqP-> /eqP->.
Qed.

Lemma moved_b net e x i :
  b (moved net e x) i = b net i + (x - value net e) *
    (if e is entry_b i' then (i == i')%:R else 0).
Proof.
case: e => [i' j'|k' i'|i'] /=; rewrite ?mulr0 ?addr0 // if_delta.
by case: (i =P i') => [->|_]; rewrite ?mulr0.
Qed.

Lemma moved_kappa net e x : kappa (moved net e x) = kappa net.
Proof. by case: e. Qed.

Lemma moved_s net e x : s (moved net e x) = s net.
Proof. by case: e. Qed.

Lemma moved_R net e x : R (moved net e x) = R net.
Proof. by case: e. Qed.

Lemma sum_deltal (T : finType) (i : T) (F : T -> K) : \sum_j (j == i)%:R * F j = F i.
Proof. by under eq_bigr do rewrite eq_sym; rewrite sum_delta. Qed.

Lemma moved_input net e x mu l :
  net_input (moved net e x) mu l = net_input net mu l + (x - value net e) * dinput net e mu l.
Proof.
rewrite /net_input moved_kappa moved_s moved_b.
under eq_bigr do rewrite !moved_W.
under [in X in _ + X + _]eq_bigr do rewrite moved_U.
case: e => [i j|k i|i] /=; rewrite ?mulr0 ?addr0.
- under [in X in _ + X + _]eq_bigr do rewrite addr0.
  rewrite (eq_bigr (fun m => (W net l m + W net m l) * mu m + (W net i j *+ 0 + (x - W net i j)) *
    ((l == i)%:R * ((m == j)%:R * mu m) + (l == j)%:R * ((m == i)%:R * mu m)))); last first.
    by move=> m _; rewrite -!mulnb !natrM mulr0n; ring.
  rewrite big_split /= -mulr_sumr big_split /= -!mulr_sumr !sum_deltal mulr0n; ring.
- under eq_bigr do rewrite !addr0.
  rewrite (eq_bigr (fun m => U net m l * s net m +
    (x - U net k i) * ((l == i)%:R * ((m == k)%:R * s net m)))); last first.
    by move=> m _; rewrite -!mulnb !natrM; ring.
  rewrite big_split /= -!mulr_sumr !sum_deltal; ring.
under eq_bigr do rewrite !addr0.
under [in X in _ + X + _]eq_bigr do rewrite addr0.
ring.
Qed.

Lemma moved_energy net e x mu :
  minus_energy (moved net e x) mu = minus_energy net mu + (x - value net e) * denergy net e mu.
Proof.
have zero2 (T T' : finType) (F : T -> T' -> K) (G : T' -> K) (c : T -> K) :
    \sum_k \sum_i c k * (F k i + 0) * G i = \sum_k \sum_i c k * F k i * G i.
  by apply: eq_bigr => k _; apply: eq_bigr => i _; rewrite addr0.
have one2 (T T' : finType) (F : T -> T' -> K) (G : T' -> K) (c : T -> K) (k0 : T) (i0 : T') (d : K) :
    \sum_k \sum_i c k * (F k i + d * ((k == k0) && (i == i0))%:R) * G i =
    \sum_k \sum_i c k * F k i * G i + d * (c k0 * G i0).
  rewrite -[c k0](sum_deltal k0 c) mulr_suml mulr_sumr -big_split; apply: eq_bigr => k _ /=.
  rewrite -(sum_deltal i0 (fun y : T' => d * ((k == k0)%:R * c k * G y))) -big_split.
  by apply: eq_bigr => i _ /=; rewrite -mulnb natrM; ring.
rewrite /minus_energy moved_kappa moved_s.
under eq_bigr do under eq_bigr do rewrite moved_W.
under [in X in _ + X + _]eq_bigr do under eq_bigr do rewrite moved_U.
under [in X in _ + _ + X]eq_bigr do rewrite moved_b.
have entry_of_W (c a u d y g : K) : c * (a + y * g) + u + d = c * a + u + d + y * (c * g) by ring.
have entry_of_U (a u d y g : K) : a + (u + y * g) + d = a + u + d + y * g by ring.
case: e => [i j|k i|i] /=; rewrite ?mulr0 ?zero2 ?one2.
- by under [in X in _ + _ + X]eq_bigr do rewrite addr0; exact: entry_of_W.
- by under [in X in _ + _ + X]eq_bigr do rewrite addr0; exact: entry_of_U.
rewrite [X in _ + _ + X = _](eq_bigr (fun i' => b net i' * mu i' + (x - b net i) * ((i' == i)%:R * mu i'))); last first.
  by move=> i' _; rewrite mulrDl -mulrA.
by rewrite big_split /= -mulr_sumr sum_deltal addrA.
Qed.

End Entries.
