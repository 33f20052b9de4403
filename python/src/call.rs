//! Calls of the library, without Python's lock.

use crate::error::{Error, raised};
use pyo3::prelude::*;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;
use svpg::kernel::simd::Level;

/// How long a signal can wait.
const PATIENCE: Duration = Duration::from_millis(50);

/// Bytes of the stack of a computation, twice that of a program's first thread.
const STACK: usize = 16 << 20;

thread_local! {
    /// What the last panic of this thread said, and where.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Panics are kept for the exception, instead of being printed.
pub(crate) fn remember_panics() {
    std::panic::set_hook(Box::new(|panic| PANIC.set(panic.to_string().replace('\n', " "))));
}

/// The process of the first computation, which started the threads of the library.
static PROCESS: OnceLock<u32> = OnceLock::new();

/// Does `work` on a thread of its own, while other Python threads run and signals are handled. On
/// Ctrl-C it returns at once; the thread ends by itself later, and its result is dropped.
///
/// # Errors
/// The exception of a signal; [`Error`] if `work` panics, or if the process was forked from one
/// that had computed: the threads of the library do not exist in it.
pub(crate) fn detached<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    if *PROCESS.get_or_init(std::process::id) != std::process::id() {
        let what =
            "this process was forked from one that had used svpg; start processes with the method spawn";
        return Err(Error::new_err(what));
    }
    let (send, mut receive) = channel();
    let outcome = move || {
        let outcome = catch_unwind(AssertUnwindSafe(work));
        // Nobody receives it after Ctrl-C.
        let _ = send.send(outcome.map_err(|_| PANIC.take()));
    };
    thread::Builder::new().name("svpg".to_owned()).stack_size(STACK).spawn(outcome).map_err(|error| {
        Error::new_err(format!("no thread could be started: {error}; end other programs"))
    })?;
    loop {
        let waited = py.detach(|| {
            // Borrowed mutably, since a receiver is not `Sync`.
            let receive = &mut receive;
            receive.recv_timeout(PATIENCE)
        });
        match waited {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(panic)) => {
                return Err(Error::new_err(format!(
                    "an internal error: {panic}; please report it with this input"
                )));
            }
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::new_err(
                    "an internal error: a thread ended without a result; please report it",
                ));
            }
        }
    }
}

/// The widest instruction set, within the limit of the environment variable `SVPG_ISA`.
///
/// # Errors
/// [`Error`] if the variable names an unknown or absent set.
pub(crate) fn level() -> PyResult<Level> {
    let cap = svpg::kernel::isa::cap(std::env::var_os("SVPG_ISA").as_deref());
    cap.map(Level::best).map_err(|error| raised(&error))
}
