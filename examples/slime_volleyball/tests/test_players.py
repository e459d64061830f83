"""The rules play well, and the model that learned from them keeps the ball in the air too."""

import make_policy
import matches
import numpy as np
import pytest
from slime_rules import decide
from slime_volleyball_env import AWAY, LEFT, RIGHT, SIDE, SlimeVolleyballEnv

from mug.engine.onnx import load_model

pytest.importorskip("onnxruntime")

POINTS = range(100, 120)


def test_the_rules_keep_rallies_going():
    """Against each other they play long points, some of them to the end."""
    lengths, _ = matches.play(decide, decide, POINTS)
    assert np.mean(lengths) > 1500
    assert max(lengths) == 3000


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_the_rules_win(side):
    """Who acts at random, or not at all, gets hardly a point against them, from either side."""
    for other in (matches.at_random(1), matches.stays):
        players = {side: decide}
        _, points = matches.play(players.get(LEFT, other), players.get(RIGHT, other), POINTS)
        assert points[side] >= 18


@pytest.mark.slow
def test_the_model_keeps_rallies_going(model):
    """Against itself its points are many times as long as those of players who act at random."""
    player = matches.model(model)
    lengths, _ = matches.play(player, player, POINTS)
    random_lengths, _ = matches.play(matches.at_random(1), matches.at_random(2), POINTS)
    assert np.mean(lengths) > 600
    assert np.mean(lengths) > 8 * np.mean(random_lengths)


@pytest.mark.slow
@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_the_model_wins(model, side):
    """Who acts at random gets hardly a point against it, from either side."""
    players, other = {side: matches.model(model)}, matches.at_random(3)
    _, points = matches.play(players.get(LEFT, other), players.get(RIGHT, other), POINTS)
    assert points[side] >= 17


@pytest.mark.slow
def test_the_model_fits_the_environment(model):
    """Input and output are named as in the script, take batches, and have the sizes of the spaces."""
    loaded = load_model(model)
    for batch in (1, 5):
        (logits,) = loaded.run(["logits"], {"observation": np.zeros((batch, 12), np.float32)})
        assert logits.shape == (batch, len(AWAY))
        assert logits.dtype == np.float32


@pytest.fixture
def quick(monkeypatch):
    """Little training, which is enough to see that it works."""
    for name, value in {"ROUNDS": 2, "GAMES": 4, "STEPS": 200, "PASSES": 1}.items():
        monkeypatch.setattr(make_policy, name, value)


def test_the_exported_model_is_the_network(quick, tmp_path):
    """Scaling is part of the model: it takes observations as they are."""
    network = make_policy.make(tmp_path / "policy.onnx", lambda sentence: None)
    env = SlimeVolleyballEnv()
    seen = np.array([env.reset(seed=seed)[0][player] for seed in range(20) for player in SIDE])
    (logits,) = load_model(tmp_path / "policy.onnx").run(["logits"], {"observation": seen})
    np.testing.assert_allclose(logits, network.values(seen)[-1], rtol=1e-3, atol=1e-4)


def test_training_is_repeatable(quick, tmp_path):
    """The same machine makes the same model, bit for bit."""
    paths = [tmp_path / "one.onnx", tmp_path / "two.onnx"]
    for path in paths:
        make_policy.make(path, lambda sentence: None)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_model_that_is_there_is_taken(quick, tmp_path, capsys):
    """The model is made when it is missing, with a sentence that says so, and then left alone."""
    path = tmp_path / "slime_policy.onnx"
    assert make_policy.ready(path) == path
    assert "is not there yet" in capsys.readouterr().out
    path.write_bytes(b"a model of my own")
    make_policy.ready(path)
    assert path.read_bytes() == b"a model of my own"
    assert capsys.readouterr().out == ""
