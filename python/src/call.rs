//! Calls of the library, without Python's lock.

use crate::error::{Error, raised};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
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

/// Refuses a computation whose memory cannot be reserved: an allocation that fails inside the
/// library would end the process. `bytes` is an upper estimate, `None` more than can be counted.
///
/// # Errors
/// `MemoryError`.
pub(crate) fn reserve(what: &str, bytes: Option<usize>) -> PyResult<()> {
    let is_enough = bytes.is_some_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    if is_enough {
        return Ok(());
    }
    let size = bytes.map_or_else(
        || "more memory than can be counted".to_owned(),
        |bytes| format!("up to {:.1} GB of memory", bytes as f64 / 1e9),
    );
    Err(PyMemoryError::new_err(format!("{what}: it needs {size}, which the system does not give; give less")))
}

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
    let (send, mut receive) = channel();
    start(send, |_| work())?;
    loop {
        match next(py, &mut receive)? {
            Some(Message::Done(done)) => return done.map_err(internal),
            // Such work asks nothing.
            Some(Message::Ask(())) => {}
            None => py.check_signals()?,
        }
    }
}

/// What a thread says.
enum Message<A, T> {
    /// It asks, and waits for the answer.
    Ask(A),
    /// The result, or what a panic said.
    Done(Result<T, String>),
}

/// Does `work` as [`detached`] does. `work` can ask the calling thread, which answers with `answer`
/// in Python. A signal, or an exception of an answer, calls `stop` once; when `work` has ended, the
/// exception is raised. A second signal does not wait for that.
///
/// # Errors
/// As [`detached`], and the exception of an answer.
pub(crate) fn supervised<A: Send + 'static, T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce(&mut dyn FnMut(A) -> bool) -> T + Send + 'static,
    stop: impl Fn(),
    mut answer: impl FnMut(A) -> PyResult<bool>,
) -> PyResult<T> {
    let (send, mut receive) = channel();
    let (reply, replied) = channel();
    start(send, move |send| {
        work(&mut |asked| send.send(Message::Ask(asked)).is_ok() && replied.recv().unwrap_or(false))
    })?;
    let mut raised = None;
    loop {
        match next(py, &mut receive)? {
            Some(Message::Done(done)) => return raised.map_or_else(|| done.map_err(internal), Err),
            Some(Message::Ask(asked)) => {
                let goes_on = raised.is_none()
                    && answer(asked).unwrap_or_else(|error| {
                        raised = Some(error);
                        false
                    });
                // A thread that has ended hears no answer.
                let _ = reply.send(goes_on);
            }
            None => {}
        }
        if let Err(error) = py.check_signals() {
            if raised.is_some() {
                return Err(error);
            }
            raised = Some(error);
            stop();
        }
    }
}

/// Starts `work` on a thread of its own.
fn start<A: Send + 'static, T: Send + 'static>(
    send: Sender<Message<A, T>>,
    work: impl FnOnce(&Sender<Message<A, T>>) -> T + Send + 'static,
) -> PyResult<()> {
    if *PROCESS.get_or_init(std::process::id) != std::process::id() {
        let what =
            "this process was forked from one that had used svpg; start processes with the method spawn";
        return Err(Error::new_err(what));
    }
    let outcome = move || {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&send)));
        // Nobody receives it after Ctrl-C.
        let _ = send.send(Message::Done(outcome.map_err(|_| PANIC.take())));
    };
    let started = thread::Builder::new().name("svpg".to_owned()).stack_size(STACK).spawn(outcome);
    started
        .map(drop)
        .map_err(|error| Error::new_err(format!("no thread could be started: {error}; end other programs")))
}

/// The next message; `None` if there is none for a while.
fn next<A: Send, T: Send>(
    py: Python<'_>,
    receive: &mut Receiver<Message<A, T>>,
) -> PyResult<Option<Message<A, T>>> {
    let waited = py.detach(|| {
        // Borrowed mutably, since a receiver is not `Sync`.
        let receive = &mut *receive;
        receive.recv_timeout(PATIENCE)
    });
    match waited {
        Ok(message) => Ok(Some(message)),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => Err(internal("a thread ended without a result".to_owned())),
    }
}

fn internal(what: String) -> PyErr {
    Error::new_err(format!("an internal error: {what}; please report it with this input"))
}

/// The widest instruction set, within the limit of the environment variable `SVPG_ISA`.
///
/// # Errors
/// [`Error`] if the variable names an unknown or absent set.
pub(crate) fn level() -> PyResult<Level> {
    let cap = svpg::kernel::isa::cap(std::env::var_os("SVPG_ISA").as_deref());
    cap.map(Level::best).map_err(|error| raised(&error))
}
