import numpy as np
import gymnasium as gym
from gymnasium import spaces
from mug.rendering import Surface


class CoordinationGridEnv(gym.Env):
    """Two-player grid coordination game."""

    metadata = {"render_modes": ["mug"]}

    def __init__(self, render_mode="mug", grid_size=10):
        super().__init__()
        self.render_mode = render_mode
        self.grid_size = grid_size
        self.cell_size = 50
        self.width = grid_size * self.cell_size
        self.height = grid_size * self.cell_size

        self.surface = Surface(width=self.width, height=self.height)

        # Action space: 0=up, 1=down, 2=left, 3=right, 4=noop
        self.action_space = spaces.Dict({
            "player_0": spaces.Discrete(5),
            "player_1": spaces.Discrete(5),
        })

        self.observation_space = spaces.Dict({
            "player_0": spaces.Box(low=0, high=grid_size - 1, shape=(2,), dtype=np.int32),
            "player_1": spaces.Box(low=0, high=grid_size - 1, shape=(2,), dtype=np.int32),
        })

        self.goal = np.array([grid_size - 1, grid_size - 1], dtype=np.int32)
        self.positions = {}

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.surface.reset()

        self.positions = {
            "player_0": np.array([0, 0], dtype=np.int32),
            "player_1": np.array([self.grid_size - 1, 0], dtype=np.int32),
        }

        obs = {pid: self.positions[pid].copy() for pid in self.positions}
        return obs, {}

    def step(self, actions: dict[str, int]):
        moves = {
            0: np.array([0, -1]),   # up
            1: np.array([0, 1]),    # down
            2: np.array([-1, 0]),   # left
            3: np.array([1, 0]),    # right
            4: np.array([0, 0]),    # noop
        }

        for pid, action in actions.items():
            delta = moves.get(action, np.array([0, 0]))
            new_pos = self.positions[pid] + delta
            new_pos = np.clip(new_pos, 0, self.grid_size - 1)
            self.positions[pid] = new_pos

        # Both players must reach the goal
        both_at_goal = all(
            np.array_equal(self.positions[pid], self.goal)
            for pid in self.positions
        )

        reward = {pid: 1.0 if both_at_goal else 0.0 for pid in self.positions}
        terminated = both_at_goal
        truncated = False

        obs = {pid: self.positions[pid].copy() for pid in self.positions}
        return obs, reward, terminated, truncated, {}

    def render(self):
        assert self.render_mode == "mug"

        cs = self.cell_size

        # persistent: grid lines
        for i in range(self.grid_size + 1):
            self.surface.line(
                points=[(i * cs, 0), (i * cs, self.height)],
                color="#cccccc", width=1,
                persistent=True, id=f"vline_{i}",
            )
            self.surface.line(
                points=[(0, i * cs), (self.width, i * cs)],
                color="#cccccc", width=1,
                persistent=True, id=f"hline_{i}",
            )

        # persistent: goal
        gx, gy = self.goal
        self.surface.rect(
            x=gx * cs, y=gy * cs, width=cs, height=cs,
            color="#90EE90",
            persistent=True, id="goal",
        )

        # transient: players
        for pid, color in [("player_0", "#FF6B6B"), ("player_1", "#4ECDC4")]:
            px, py = self.positions[pid]
            self.surface.circle(
                x=px * cs + cs // 2,
                y=py * cs + cs // 2,
                radius=cs // 3,
                color=color,
            )

        return self.surface.commit()


# Environment instance loaded by Pyodide (must be named 'env')
env = CoordinationGridEnv(render_mode="mug")
