"""The inverted pendulum of the library as an environment of Gymnasium. The import of this module registers it.

    gymnasium.make("svpg.envs:svpg/InvertedPendulum-v0")

`import svpg` registers it too if Gymnasium was imported before.
"""

from collections.abc import Sequence
from typing import Any, SupportsFloat

import gymnasium
import numpy as np
from numpy.typing import NDArray

from ._core import Error, Pendulum

Observation = NDArray[np.float32]


class InvertedPendulum(gymnasium.Env[Observation, np.int64]):
    """`svpg/InvertedPendulum-v0`: a cart and a pole, step for step the task `pendulum` of the library.

    The physics is that of MuJoCo's InvertedPendulum in closed form. A step takes 0.04 s. The observation is
    `[x, θ, ẋ, θ̇]·[2.5, 5, 0.6, 0.8]`, clipped to ±1 and mapped to [0, 1], in float32: what a trained network
    sees. The five actions push with -300, -150, 0, 150 and 300 N. The reward is 1 for every step. An episode
    terminates when |θ| > 0.2 rad, and is truncated after 200 steps. `info["state"]` has x, θ, ẋ, θ̇ in m, rad
    and s.

    length, radius: of the pole, in metres.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 25}

    def __init__(self, render_mode: str | None = None, length: float = 1.5, radius: float = 0.05) -> None:
        if render_mode not in (None, "rgb_array"):
            raise Error(f"render_mode: found {render_mode!r}; give None or 'rgb_array'")
        self.render_mode = render_mode
        self._pendulum = Pendulum(length, radius)
        self._length, self._radius = length, radius
        self._state: list[float] | None = None
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (4,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(self._pendulum.actions)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Starts an episode near the middle of the rail; `options={"state": [x, θ, ẋ, θ̇]}` starts it there."""
        super().reset(seed=seed)
        start = (options or {}).get("state")
        if start is None:
            self._state = self._pendulum.reset(self.np_random.random(4).tolist())
        else:
            state = np.asarray(start, dtype=np.float64)
            if state.shape != (4,) or not np.isfinite(state).all():
                raise Error(f"options['state']: found {start!r}; give four finite numbers: x, θ, ẋ, θ̇")
            self._state = state.tolist()
        return self._observed()

    def step(self, action: Any) -> tuple[Observation, SupportsFloat, bool, bool, dict[str, Any]]:
        """The next observation, the reward 1, whether the pole fell, False, and `info`."""
        if self._state is None:
            raise Error("step: the episode has not begun; call reset first")
        if not self.action_space.contains(action):
            raise Error(f"action: found {action!r}; give a whole number, 0 to {self._pendulum.actions - 1}")
        self._state, reward, over = self._pendulum.step(self._state, int(action))
        observation, info = self._observed()
        return observation, reward, over, False, info

    def _observed(self) -> tuple[Observation, dict[str, Any]]:
        assert self._state is not None
        return self._seen(self._state), {"state": np.array(self._state)}

    def _seen(self, state: Sequence[float] | NDArray[np.floating[Any]]) -> Observation:
        """The observation of x, θ, ẋ, θ̇."""
        return np.array(self._pendulum.observe([float(x) for x in state]), dtype=np.float32)

    def render(self) -> NDArray[np.uint8] | None:
        """A picture of 300 × 480 pixels; 120 pixels are a metre."""
        if self.render_mode is None:
            return None
        if self._state is None:
            raise Error("render: the episode has not begun; call reset first")
        x, theta = self._state[:2]
        rows, columns = np.mgrid[0:300, 0:480]
        across, up = (columns - 240) / 120, (250 - rows) / 120
        picture = np.full((300, 480, 3), 255, dtype=np.uint8)
        picture[(np.abs(up) < 0.01) & (np.abs(across) < 1.1)] = (150, 150, 150)
        picture[(np.abs(up) < 0.1) & (np.abs(across - x) < 0.2)] = (60, 60, 60)
        # Distance from the axis of the pole.
        along = np.clip((across - x) * np.sin(theta) + up * np.cos(theta), 0, self._length)
        apart = np.hypot(across - x - along * np.sin(theta), up - along * np.cos(theta))
        picture[apart < self._radius] = (200, 80, 60)
        return picture


class Discretised(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Gymnasium's `InvertedPendulum-v5`, played in MuJoCo, with observations and actions of `svpg/InvertedPendulum-v0`.

        environment = svpg.envs.Discretised(gymnasium.make("InvertedPendulum-v5"))
        observation, info = environment.reset()
        environment.step(svpg.load(run).predict(observation))

    The model and the rewards are Gymnasium's. Raises `Error` if the environment is another one.
    """

    def __init__(self, environment: gymnasium.Env[Any, Any]) -> None:
        super().__init__(environment)
        seen, acts = environment.observation_space, environment.action_space
        if seen.shape != (4,) or not isinstance(acts, gymnasium.spaces.Box) or acts.shape != (1,):
            raise Error(f"environment: found {environment}; give gymnasium.make('InvertedPendulum-v5')")
        self._library = InvertedPendulum()
        self._controls = np.linspace(acts.low, acts.high, self._library._pendulum.actions)
        self.observation_space = self._library.observation_space
        self.action_space = self._library.action_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Starts an episode as the environment does."""
        state, info = self.env.reset(seed=seed, options=options)
        return self._library._seen(state), info

    def step(self, action: Any) -> tuple[Observation, SupportsFloat, bool, bool, dict[str, Any]]:
        """A step of the environment; the five actions are five equally spaced controls."""
        if not self.action_space.contains(action):
            raise Error(f"action: found {action!r}; give a whole number, 0 to {len(self._controls) - 1}")
        state, reward, terminated, truncated, info = self.env.step(self._controls[int(action)].astype(np.float32))
        return self._library._seen(state), reward, terminated, truncated, info


gymnasium.register(id="svpg/InvertedPendulum-v0", entry_point="svpg.envs:InvertedPendulum", max_episode_steps=200)
