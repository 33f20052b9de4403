//! Ctrl-C, for a training that wants to write a checkpoint first.

use crate::Error;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Knows whether the process was asked to end, by Ctrl-C (SIGINT) or SIGTERM.
///
/// The first request is only noted, for the training to look at between two steps. A second one
/// ends the process at once, as it would have without this.
#[derive(Debug, Clone)]
pub struct Interrupt {
    requested: Arc<AtomicBool>,
}

impl Interrupt {
    /// Takes over both signals, for the rest of the process.
    ///
    /// # Errors
    /// Bad input: the system does not let the process handle its signals.
    pub fn install() -> Result<Self, Error> {
        let requested = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // Handlers run in the order of registration: the first one finds the flag as the
            // signals before have left it.
            flag::register_conditional_default(signal, Arc::clone(&requested))
                .and_then(|_| flag::register(signal, Arc::clone(&requested)))
                .map_err(|error| {
                    let what = format_args!("cannot be handled: {error}");
                    Error::bad_input("Ctrl-C", what, "run svpg where a process may handle its signals")
                })?;
        }
        Ok(Self { requested })
    }

    /// Has the process been asked to end?
    pub fn requested(&self) -> bool {
        self.requested.load(Ordering::Relaxed)
    }
}
