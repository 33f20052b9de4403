//! Handles Ctrl-C and other requests to stop, so that a training can write a checkpoint first.

use crate::Error;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Records whether a training was asked to stop: by Ctrl-C (SIGINT) or SIGTERM if
/// [`Interrupt::install`] made it, and by [`Interrupt::request`].
///
/// The first signal is only recorded; the training checks it between two steps. A second signal
/// ends the process at once.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    requested: Arc<AtomicBool>,
}

impl Interrupt {
    /// Handles both signals for the lifetime of the process.
    ///
    /// # Errors
    /// Bad input: the system does not permit the process to handle its signals.
    pub fn install() -> Result<Self, Error> {
        let requested = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // Handlers run in the order of registration: the first handler reads the flag as set by
            // earlier signals.
            flag::register_conditional_default(signal, Arc::clone(&requested))
                .and_then(|_| flag::register(signal, Arc::clone(&requested)))
                .map_err(|error| {
                    let what = format_args!("cannot be handled: {error}");
                    Error::bad_input("Ctrl-C", what, "run svpg where a process may handle its signals")
                })?;
        }
        Ok(Self { requested })
    }

    /// Asks to stop. All clones are asked.
    pub fn request(&self) {
        self.requested.store(true, Ordering::Relaxed);
    }

    /// Was it asked to stop?
    pub fn requested(&self) -> bool {
        self.requested.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::Interrupt;

    #[test]
    fn a_request_reaches_every_clone() {
        let interrupt = Interrupt::default();
        let other = interrupt.clone();
        assert!(!other.requested());
        interrupt.request();
        assert!(other.requested());
    }
}
