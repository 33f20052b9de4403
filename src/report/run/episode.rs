//! An episode of the pendulum, as a small animation.
//!
//! The animation is declared in a style sheet: a page needs no script for it. It does not move if
//! the reader has asked for less motion, and a box beside it stops it.

use std::fmt::Write as _;

use crate::Error;
use crate::report::chart::{Chart, Series, short};
use crate::report::html::{Table, escape};
use crate::task::pendulum::{CONTROLS, Pendulum, State};
use crate::task::{Episodes, FIRST_TEST_EPISODE, Policy};

/// Seconds of a step of the environment.
const STEP_SECONDS: f64 = 0.04;
/// Units of the picture in a metre.
const SCALE: f64 = 100.0;

/// The states of an episode, and the actions between them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Episode {
    pole: f64,
    states: Vec<State>,
    actions: Vec<usize>,
}

impl Episode {
    /// The first test episode, with the most probable action in every step.
    ///
    /// # Errors
    /// Bad input: no such pole.
    pub(super) fn run(policy: Policy<'_>, (length, radius): (f64, f64)) -> Result<Self, Error> {
        let environment = &Pendulum::new(length, radius)?;
        let (states, actions) = Episodes { environment, policy }.states(FIRST_TEST_EPISODE);
        Ok(Self { pole: length, states, actions })
    }

    /// Its length in steps.
    pub(super) fn length(&self) -> usize {
        self.actions.len()
    }

    /// The animation, with a box that stops it.
    pub(super) fn svg(&self, id: &str) -> String {
        let id = escape(id);
        let seconds = STEP_SECONDS * self.states.len() as f64;
        let last = self.states[self.states.len() - 1];
        let (pole, height) = (SCALE * self.pole, SCALE * self.pole + 40.0);
        let cart = |state: &State| format!("translate({:.1}px,0)", SCALE * state.x.clamp(-1.5, 1.5));
        let angle = |state: &State| format!("rotate({:.2}deg)", state.theta.clamp(-1.6, 1.6).to_degrees());
        let title = escape(&format!(
            "The pole on the cart during an episode of {} steps, which ends at an angle of {:.1} degrees",
            self.length(),
            last.theta.to_degrees()
        ));
        let mut out = format!(
            "<input type=\"checkbox\" class=\"pause\" id=\"pause-{id}\"><label for=\"pause-{id}\">Stop the animation</label>\n\
             <svg class=\"pendulum\" id=\"{id}\" role=\"img\" aria-label=\"{title}\" viewBox=\"-170 {:.0} 340 {:.0}\">\
             <style>{}{}</style>",
            -height,
            height + 34.0,
            self.frames(&format!("cart-{id}"), &cart),
            self.frames(&format!("pole-{id}"), &angle)
        );
        out +=
            "<line x1=\"-150\" y1=\"12\" x2=\"150\" y2=\"12\" stroke=\"currentColor\" stroke-width=\"2\"/>";
        for at in [-100, 0, 100] {
            let metres = f64::from(at) / SCALE;
            let _ = write!(
                out,
                "<line x1=\"{at}\" y1=\"8\" x2=\"{at}\" y2=\"16\" stroke=\"currentColor\"/><text x=\"{at}\" y=\"30\" \
                 text-anchor=\"middle\" font-size=\"11\" fill=\"currentColor\">{metres} m</text>"
            );
        }
        let moved = |name: &str| {
            format!("class=\"moved\" style=\"animation:{name}-{id} {seconds:.2}s linear infinite\"")
        };
        let _ = write!(
            out,
            "<g {}><rect x=\"-22\" y=\"-8\" width=\"44\" height=\"16\" rx=\"4\" fill=\"var(--c0)\"/><g {}>\
             <line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"-{pole:.0}\" stroke=\"var(--c1)\" stroke-width=\"8\" \
             stroke-linecap=\"round\"/></g></g></svg>",
            moved("cart"),
            moved("pole")
        );
        out
    }

    /// The key frames of a movement.
    fn frames(&self, name: &str, transform: &dyn Fn(&State) -> String) -> String {
        let last = (self.states.len() - 1).max(1) as f64;
        let frame = |(t, state)| format!("{:.2}%{{transform:{}}}", 100.0 * t as f64 / last, transform(state));
        format!("@keyframes {name}{{{}}}", self.states.iter().enumerate().map(frame).collect::<String>())
    }

    /// Position and angle over time.
    pub(super) fn chart(&self) -> Chart {
        let curve = |name: &str, value: fn(&State) -> f64| Series {
            name: name.to_owned(),
            points: self.states.iter().enumerate().map(|(t, state)| (t as f64, value(state))).collect(),
            ..Series::default()
        };
        let series = vec![
            curve("position of the cart in metres", |state| state.x),
            curve("angle of the pole in radians", |state| state.theta),
        ];
        let title = format!("position and angle during an episode of {} steps", self.length());
        Chart { title, x: "step".to_owned(), y: "m, rad".to_owned(), y_range: None, series }
    }

    /// Every tenth state, and the last one.
    pub(super) fn data(&self) -> Table {
        let columns = [
            "step",
            "position in m",
            "angle in rad",
            "velocity in m/s",
            "angular velocity in rad/s",
            "control",
        ];
        let mut table = Table::new("States of the episode", columns);
        for (step, state) in self.states.iter().enumerate() {
            if step % 10 != 0 && step + 1 != self.states.len() {
                continue;
            }
            let control = self
                .actions
                .get(step)
                .map_or_else(|| "end".to_owned(), |&action| CONTROLS[action].to_string());
            let number = |value: f64| short((value * 1e4).round() / 1e4);
            let State { x, theta, x_dot, theta_dot } = *state;
            table.row([
                step.to_string(),
                number(x),
                number(theta),
                number(x_dot),
                number(theta_dot),
                control,
            ]);
        }
        table
    }
}
