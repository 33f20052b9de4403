//! Simulated failures of the disk and of the process, at any file operation of this thread.

use super::files::Operation;
use std::cell::RefCell;
use std::io;
use std::path::Path;

/// The fault to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// The process ends before the operation with this number. This operation and all later ones do
    /// nothing.
    Killed(usize),
    /// The disk is full only at the operation with this number.
    Full(usize),
}

struct State {
    fault: Fault,
    log: Vec<(Operation, String)>,
}

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State { fault: Fault::None, log: Vec::new() }) };
}

/// Activates `fault`. Operations are counted from 0.
pub(super) fn plan(fault: Fault) {
    STATE.with_borrow_mut(|state| *state = State { fault, log: Vec::new() });
}

/// The operations since the last plan, each with the name of its file.
pub(super) fn log() -> Vec<(Operation, String)> {
    STATE.with_borrow(|state| state.log.clone())
}

/// Called before every operation.
pub(super) fn reach(operation: Operation, path: &Path) -> io::Result<()> {
    STATE.with_borrow_mut(|state| {
        let number = state.log.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        state.log.push((operation, name));
        match state.fault {
            Fault::Killed(at) if number >= at => Err(io::Error::other("killed")),
            Fault::Full(at) if number == at => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    })
}
