"""The partner that is built really cooks, and its model says what the network that learned says."""

import build_partner
import cooks
import numpy as np
import pytest
from overcooked_mug_env import OvercookedMUG
from scripted_cook import WAIT

from mug.engine.onnx import load_model

pytest.importorskip("onnxruntime")


@pytest.mark.slow
@pytest.mark.parametrize("seat", [0, 1])
def test_the_partner_serves_for_somebody_who_only_cooks(model, seat):
    """Who never touches a plate gets soups delivered with this partner, and none with a random one."""
    served = []
    for partner in (cooks.model(model), cooks.rules(1.0, np.random.default_rng(1))):
        pair = [cooks.onions_only, cooks.onions_only]
        pair[seat] = partner
        served.append(cooks.play(pair, 7, 300)[1])
    assert served[0] >= 5
    assert served[1] == 0


@pytest.mark.slow
@pytest.mark.parametrize("place", [(1, 1), (1, 3), (2, 2)])
def test_the_partner_works_beside_somebody_who_does_nothing(model, place):
    """As long as the person does not stand where the work is, the partner makes soups alone."""
    pair = [lambda observation, kitchen, number: WAIT, cooks.model(model)]
    assert cooks.play(pair, 3, 200, places=[list(place), [2, 1]])[1] >= 2


@pytest.mark.slow
def test_the_partner_copes_with_a_clumsy_person(model):
    """Soups are delivered with somebody whose every third action is random, too."""
    pair = [cooks.rules(0.3, np.random.default_rng(2)), cooks.model(model)]
    assert cooks.play(pair, 8, 300)[1] >= 3


@pytest.mark.slow
def test_two_partners_of_this_kind_do_not_block_each_other(model):
    """The model plays with itself: it does not stop for ever in front of itself."""
    assert cooks.play([cooks.model(model), cooks.model(model)], 9, 300)[1] >= 3


@pytest.mark.slow
def test_the_model_fits_the_environment(model):
    """Input and output are named as in the script, take batches, and have the sizes of the spaces."""
    loaded, env = load_model(model), OvercookedMUG()
    (size,) = env.observation_space(1).shape
    for batch in (1, 5):
        (logits,) = loaded.run(["logits"], {"input": np.zeros((batch, size), np.float32)})
        assert logits.shape == (batch, env.action_space(1).n)
        assert logits.dtype == np.float32


@pytest.fixture
def quick(monkeypatch):
    """Little training, which is enough to see that it works."""
    for name, value in {"DECISIONS": 2000, "HELD_OUT": 100, "EPOCHS": 2}.items():
        monkeypatch.setattr(build_partner, name, value)


def test_the_exported_model_is_the_network(quick, tmp_path):
    """Scaling and left-out inputs are part of the model: it takes observations as they are."""
    network = build_partner.build(tmp_path / "partner.onnx", lambda sentence: None)
    seen, _ = cooks.play([cooks.onions_only, cooks.rules()], 3, 40)
    (logits,) = load_model(tmp_path / "partner.onnx").run(["logits"], {"input": np.array(seen)})
    np.testing.assert_allclose(logits, network.logits(np.array(seen)), rtol=1e-3, atol=1e-4)


def test_training_is_repeatable(quick, tmp_path):
    """The same machine builds the same model, bit for bit."""
    paths = [tmp_path / "one.onnx", tmp_path / "two.onnx"]
    for path in paths:
        build_partner.build(path, lambda sentence: None)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_other_observations_are_noticed(quick, tmp_path, monkeypatch):
    """Nobody trains a partner on observations that CoGrid would never show."""
    monkeypatch.setattr(build_partner, "POT", 28)
    with pytest.raises(RuntimeError, match="arranges its observations otherwise"):
        build_partner.build(tmp_path / "partner.onnx", lambda sentence: None)


def test_a_model_that_is_there_is_taken(quick, tmp_path, capsys):
    """The model is built when it is missing, with a sentence that says so, and then left alone."""
    path = tmp_path / "cramped_room_policy.onnx"
    assert build_partner.ready(path) == path
    assert "is not there yet" in capsys.readouterr().out
    path.write_bytes(b"a model of my own")
    build_partner.ready(path)
    assert path.read_bytes() == b"a model of my own"
    assert capsys.readouterr().out == ""
