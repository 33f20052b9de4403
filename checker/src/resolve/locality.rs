use super::{Resolver, Result};
use crate::language::ast::Item;
pub(super) fn check(_resolver: &Resolver, _items: &[Item]) -> Result<()> {
    Ok(())
}
