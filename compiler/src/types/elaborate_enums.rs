//! The second look at constructors: the type arguments of an enum, with signs.
//! What may stand in a constructor's place was settled before.

use crate::ids::EnumId;
use crate::names::hir;
use crate::types::context::Why;
use crate::types::elaborate::Elab;
use crate::types::precise::fits;
use crate::types::precise::lub;
use crate::types::precise::narrowest;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::ExprKind as K;

impl Elab<'_, '_> {
    /// A constructor: its type arguments are as narrow as its payload allows.
    pub fn construct(
        &mut self,
        e: &hir::Expr,
        id: EnumId,
        variant: usize,
        es: &[hir::Expr],
    ) -> (K, Ty) {
        let es = self.many(es).into_iter().zip(es);
        let (typed, written): (Vec<typed::Expr>, Vec<&hir::Expr>) = es.unzip();
        let mut args = match narrowest(&self.base(e)) {
            Ty::Enum(_, args) => args,
            _ => Vec::new(),
        };
        let declared = self.env.enums.get(id.index());
        let declared = declared.and_then(|e| e.variants.get(variant)).map_or(&[][..], |v| &v.1);
        for (declared, typed) in declared.iter().zip(&typed) {
            widen_arguments(declared, &typed.ty, &mut args);
        }
        for (i, ((declared, typed), e)) in declared.iter().zip(&typed).zip(written).enumerate() {
            let want = declared.instance(&args);
            if !fits(&typed.ty, &want) {
                self.may_be_negative(e, &typed.ty, &want, Why::Payload(id, variant, i));
            }
        }
        (K::Construct(id, variant, typed), Ty::Enum(id, args))
    }
}

/// Widens type arguments so that a value of type `ty` fits where a constructor
/// declares `declared`.
fn widen_arguments(declared: &Ty, ty: &Ty, args: &mut [Ty]) {
    match (declared, ty) {
        (Ty::Param(n), _) => {
            if let Some(arg) = args.get_mut(*n as usize) {
                *arg = lub(arg, ty);
            }
        }
        (Ty::Tuple(ds), Ty::Tuple(ts)) | (Ty::Enum(_, ds), Ty::Enum(_, ts)) => {
            ds.iter().zip(ts).for_each(|(d, t)| widen_arguments(d, t, args));
        }
        (Ty::List(d), Ty::List(t)) | (Ty::Option(d), Ty::Option(t)) | (Ty::Set(d), Ty::Set(t)) => {
            widen_arguments(d, t, args)
        }
        (Ty::Map(d, e), Ty::Map(t, u)) => {
            widen_arguments(d, t, args);
            widen_arguments(e, u, args);
        }
        _ => {}
    }
}
