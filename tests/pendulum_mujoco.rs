//! Compares the pendulum in closed form with MuJoCo, through Gymnasium, step by step.
//!
//! `tests/python/pendulum_mujoco.py` simulates the episodes that are drawn here, in a virtual
//! environment below `target/` that is created if it is missing. Without Python or MuJoCo, these
//! tests fail; they are never skipped.

mod support;

use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use support::python;
use support::tolerance::{Between, tolerance};
use svpg::random::SplitMix64;
use svpg::task::pendulum::{ACTIONS, CONTROLS, MAX_STEPS, Pendulum, State};

/// Length and radius in metres: the published pole, and the corners of the published perturbations.
const POLES: [[f64; 2]; 7] =
    [[1.5, 0.05], [0.16, 0.05], [4.8, 0.05], [1.5, 0.01], [1.5, 0.3], [0.32, 0.02], [4.8, 0.3]];

/// Linear policies, by their gains for x, θ, ẋ, θ̇: some keep some of the poles upright, some run
/// into the rail's end. They are not limited to the five actions: with these, the pole falls freely
/// during an action, which amplifies a rounding to order 1 within 200 steps, so the length of an
/// episode would be random.
const POLICIES: [[f64; 4]; 5] = [
    [0.1, 6.0, 0.2, 1.5],
    [0.3, 12.0, 0.5, 3.0],
    [-0.3, 6.0, -0.3, 1.5],
    [0.02, 1.5, 0.03, 0.2],
    [0.0, 3.0, 0.0, 0.2],
];

#[derive(Debug, Clone, Serialize)]
struct Episode {
    start: [f64; 4],
    #[serde(flatten)]
    choice: Choice,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Actions(Vec<f64>),
    Gains([f64; 4]),
}

#[derive(Debug, Serialize)]
struct Pole {
    length: f64,
    radius: f64,
    /// Does MuJoCo's solver run until it cannot improve further, instead of to its tolerance?
    converge: bool,
    episodes: Vec<Episode>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    mujoco: String,
    gymnasium: String,
    poles: Vec<Played>,
}

#[derive(Debug, Deserialize)]
struct Played {
    cart_mass: f64,
    pole_mass: f64,
    pole_inertia: f64,
    slider_inverse_weight: f64,
    episodes: Vec<Trajectory>,
}

/// States from the start on, and whether the environment ended the episode because the pole fell.
#[derive(Debug, Deserialize)]
struct Trajectory {
    states: Vec<[f64; 4]>,
    terminated: bool,
}

/// Simulates the episodes with MuJoCo.
fn mujoco(poles: &[Pole]) -> Answer {
    let mut child = Command::new(python::environment("mujoco"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/pendulum_mujoco.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the interpreter of the environment starts");
    let request = serde_json::json!({ "poles": poles }).to_string();
    // The script reads all before it answers; if it ends early, its own message is more useful than
    // a broken pipe.
    let _ = child.stdin.take().expect("standard input is piped").write_all(request.as_bytes());
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Answer = serde_json::from_slice(&output.stdout).expect("the script answers as it says");
    assert_eq!(answer.poles.len(), poles.len());
    for (pole, played) in poles.iter().zip(&answer.poles) {
        assert_eq!(played.episodes.len(), pole.episodes.len());
    }
    println!("MuJoCo {}, Gymnasium {}", answer.mujoco, answer.gymnasium);
    answer
}

/// Simulates the episodes with the pendulum in closed form.
fn closed_form(pendulum: &Pendulum, episode: &Episode) -> Trajectory {
    let mut state = state(episode.start);
    let mut states = vec![episode.start];
    while !state.is_over() && states.len() <= MAX_STEPS {
        let control = match &episode.choice {
            Choice::Actions(actions) => match actions.get(states.len() - 1) {
                Some(&control) => control,
                None => break,
            },
            Choice::Gains(gains) => linear_control(gains, &state),
        };
        state = pendulum.step(&state, control);
        states.push(coordinates(&state));
    }
    Trajectory { states, terminated: state.is_over() }
}

/// The gains times the state, added term by term, as the script does; the motor clips it.
fn linear_control(gains: &[f64; 4], state: &State) -> f64 {
    gains.iter().zip(coordinates(state)).fold(0.0, |sum, (gain, value)| sum + gain * value)
}

fn state([x, theta, x_dot, theta_dot]: [f64; 4]) -> State {
    State { x, theta, x_dot, theta_dot }
}

fn coordinates(state: &State) -> [f64; 4] {
    [state.x, state.theta, state.x_dot, state.theta_dot]
}

/// The largest difference of a coordinate over the first `count` states. Asserts that no difference
/// exceeds the tolerance.
fn largest_difference(
    what: &str,
    ours: &Trajectory,
    theirs: &Trajectory,
    count: usize,
    between: Between,
) -> f64 {
    let mut most = 0.0;
    for (step, (ours, theirs)) in ours.states.iter().zip(&theirs.states).take(count).enumerate() {
        for (a, b) in ours.iter().zip(theirs) {
            let difference = (a - b).abs();
            assert!(difference <= tolerance(between), "{what}, step {step}: {ours:?}, MuJoCo {theirs:?}");
            most = f64::max(most, difference);
        }
    }
    most
}

fn pole([length, radius]: [f64; 2], episodes: Vec<Episode>) -> Pole {
    Pole { length, radius, converge: false, episodes }
}

/// Simulates every episode with both and calls `judge` with its description, the pendulum's
/// trajectory and MuJoCo's.
fn compare(poles: &[Pole], mut judge: impl FnMut(&str, &Trajectory, &Trajectory)) {
    let answer = mujoco(poles);
    for (pole, played) in poles.iter().zip(answer.poles) {
        let pendulum = Pendulum::new(pole.length, pole.radius).expect("a pole of the task");
        for (index, (episode, theirs)) in pole.episodes.iter().zip(&played.episodes).enumerate() {
            let what = format!("length {}, radius {}, episode {index}", pole.length, pole.radius);
            judge(&what, &closed_form(&pendulum, episode), theirs);
        }
    }
}

fn same_end(what: &str, ours: &Trajectory, theirs: &Trajectory) {
    assert_eq!(ours.states.len(), theirs.states.len(), "{what}: steps");
    assert_eq!(ours.terminated, theirs.terminated, "{what}: terminated");
}

#[test]
fn masses_are_those_of_mujoco() {
    let poles = POLES.map(|size| pole(size, vec![]));
    for ([length, radius], theirs) in POLES.into_iter().zip(mujoco(&poles).poles) {
        let ours = Pendulum::new(length, radius).expect("a pole of the task");
        for (what, ours, theirs) in [
            ("cart mass", ours.cart_mass(), theirs.cart_mass),
            ("pole mass", ours.pole_mass(), theirs.pole_mass),
            ("pole inertia", ours.pole_inertia(), theirs.pole_inertia),
            ("inverse weight", ours.slider_inverse_weight(), theirs.slider_inverse_weight),
        ] {
            let relative = (ours / theirs - 1.0).abs();
            println!("length {length}, radius {radius}: {what} {ours}, relative difference {relative:.1e}");
            assert!(
                relative <= tolerance(Between::PendulumAndMujocoMasses),
                "{what}: {ours}, MuJoCo {theirs}"
            );
        }
    }
}

#[test]
fn random_episodes_agree_on_the_rail() {
    let mut random = SplitMix64::new(1);
    let poles = POLES.map(|size| {
        let episodes = (0..200).map(|_| Episode {
            start: coordinates(&State::reset(std::array::from_fn(|_| random.unit()))),
            choice: Choice::Actions((0..MAX_STEPS).map(|_| CONTROLS[random.below(ACTIONS)]).collect()),
        });
        pole(size, episodes.collect())
    });
    let (mut steps, mut most) = (0, 0.0);
    compare(&poles, |what, ours, theirs| {
        same_end(what, ours, theirs);
        // A step that ends well before the rail's end did not touch it.
        let end = theirs.states.iter().position(|state| state[0].abs() > 0.95);
        let compared = end.unwrap_or(theirs.states.len());
        steps += compared - 1;
        let difference =
            largest_difference(what, ours, theirs, compared, Between::PendulumAndMujocoOnTheRail);
        most = f64::max(most, difference);
    });
    println!("{steps} steps, largest difference {most:.1e}");
    assert!(steps > 20_000, "only {steps} steps away from the rail's end");
}

/// The motor drives the cart into the rail's end and holds it there while the pole falls.
fn contact(converge: bool, between: Between) {
    let mut random = SplitMix64::new(2);
    let poles = POLES.map(|size| {
        let episodes = (0..20).map(|index| {
            let side = if index % 2 == 0 { 1.0 } else { -1.0 };
            let x = side * (0.99 + 0.01 * random.unit());
            let start = [x, random.symmetric(0.01), side * 0.2 * random.unit(), random.symmetric(0.01)];
            Episode { start, choice: Choice::Actions(vec![side * CONTROLS[3 + index / 2 % 2]; 24]) }
        });
        Pole { converge, ..pole(size, episodes.collect()) }
    });
    let (mut touching, mut most) = (0, 0.0);
    compare(&poles, |what, ours, theirs| {
        same_end(what, ours, theirs);
        let touches = |state: &[f64; 4]| state[0].abs() > 1.0;
        let Some(first) = theirs.states.iter().position(touches) else { return };
        let compared = theirs.states.len().min(first + 12);
        touching += theirs.states[..compared].iter().filter(|state| touches(state)).count();
        most = f64::max(most, largest_difference(what, ours, theirs, compared, between));
    });
    println!("{touching} states beyond the end, largest difference {most:.1e}");
    assert!(touching > 1000, "only {touching} states beyond the end");
}

#[test]
fn contact_with_the_rails_end_agrees() {
    contact(false, Between::PendulumAndMujocoAtTheEnd);
}

/// The difference at the rail's end comes from the tolerance of MuJoCo's solver: if it converges,
/// they agree as on the rail.
#[test]
fn contact_agrees_to_rounding_once_the_solver_converges() {
    contact(true, Between::PendulumAndMujocoOnTheRail);
}

#[test]
fn policies_last_as_long_as_with_mujoco() {
    let mut random = SplitMix64::new(3);
    // The last pole is so light that damping makes the integration unstable: in both, the pole is
    // gone at once.
    let poles: Vec<Pole> = POLES
        .into_iter()
        .chain([[0.16, 0.01]])
        .map(|size| {
            let episodes = POLICIES.iter().flat_map(|&gains| {
                let starts: [[f64; 4]; 4] = std::array::from_fn(|_| {
                    coordinates(&State::reset(std::array::from_fn(|_| random.unit())))
                });
                starts.map(|start| Episode { start, choice: Choice::Gains(gains) })
            });
            pole(size, episodes.collect())
        })
        .collect();
    let (mut full, mut fallen, mut at_end, mut most) = (0, 0, 0, 0.0);
    compare(&poles, |what, ours, theirs| {
        same_end(what, ours, theirs);
        full += usize::from(!theirs.terminated);
        fallen += usize::from(theirs.terminated);
        at_end += usize::from(theirs.states.iter().any(|state| state[0].abs() > 1.0));
        // Feedback damps the growth of errors in a fall, so the lengths do not depend on rounding.
        let before_end = theirs.states.iter().position(|state| state[0].abs() > 0.95 || state[1].abs() > 0.2);
        let compared = before_end.unwrap_or(theirs.states.len());
        let difference =
            largest_difference(what, ours, theirs, compared, Between::PendulumAndMujocoOnTheRail);
        most = f64::max(most, difference);
    });
    println!("largest difference before the end {most:.1e}");
    let counts = format!("{full} episodes of 200 steps, {fallen} that fell, {at_end} beyond the rail's end");
    println!("{counts}");
    assert!(full >= 20 && fallen >= 20 && at_end >= 10, "too few of a kind: {counts}");
}
