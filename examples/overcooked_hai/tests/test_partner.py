"""The partner that is built really cooks, and its model says what the network that learned says."""

import build_partner
import numpy as np
import pytest
from build_partner import cook_by_rules, cook_onions_only, play

from mug.configurations.configuration_constants import ModelConfig
from mug.engine.onnx import OnnxPolicy, load_model

pytest.importorskip("onnxruntime")


def cook_by_model(path):
    """A cook who does what the model file says, run as mug runs it."""
    policy = OnnxPolicy(ModelConfig(onnx_path=path, obs_input="input", logit_output="logits"))
    context = type("Context", (), {"action_space": build_partner.OvercookedMUG().action_space(0)})
    return lambda observation, kitchen, number: policy.act(observation, context)


@pytest.mark.slow
@pytest.mark.parametrize("seat", [0, 1])
def test_the_partner_serves_for_somebody_who_only_cooks(model, seat):
    """Who never touches a plate gets soups delivered with this partner, and none with a random one."""
    rng = np.random.default_rng(1)
    partners = (cook_by_model(model), cook_by_rules(1.0, rng))
    served = []
    for partner in partners:
        cooks = [cook_onions_only, cook_onions_only]
        cooks[seat] = partner
        served.append(play(cooks, 7, 300)[2])
    assert served[0] >= 4
    assert served[1] == 0


@pytest.mark.slow
def test_the_partner_copes_with_a_clumsy_person(model):
    """Soups are delivered with somebody whose every third action is random, too."""
    cooks = [cook_by_rules(0.3, np.random.default_rng(2)), cook_by_model(model)]
    assert play(cooks, 8, 300)[2] >= 3


@pytest.mark.slow
def test_two_partners_of_this_kind_do_not_block_each_other(model):
    """The model plays with itself: it does not stop for ever in front of itself."""
    assert play([cook_by_model(model), cook_by_model(model)], 9, 300)[2] >= 3


@pytest.mark.slow
def test_the_model_fits_the_environment(model):
    """Input and output are named as in the script, take batches, and have the sizes of the spaces."""
    loaded, env = load_model(model), build_partner.OvercookedMUG()
    (size,) = env.observation_space(1).shape
    for batch in (1, 5):
        (logits,) = loaded.run(["logits"], {"input": np.zeros((batch, size), np.float32)})
        assert logits.shape == (batch, env.action_space(1).n)
        assert logits.dtype == np.float32


@pytest.fixture
def quick(monkeypatch):
    """Little training, which is enough to see that it works."""
    for name, value in {"WATCHED_EPISODES": 2, "PLAYED_EPISODES": 1, "ROUNDS": 1, "EPOCHS": 2}.items():
        monkeypatch.setattr(build_partner, name, value)
    monkeypatch.setattr(build_partner, "EPISODE_STEPS", 70)


def test_the_exported_model_is_the_network(quick, tmp_path):
    """Scaling and left-out inputs are part of the model: it takes observations as they are."""
    network = build_partner.build(tmp_path / "partner.onnx", lambda sentence: None)
    seen, _, _ = play([cook_onions_only, cook_onions_only], 3, 40)
    (logits,) = load_model(tmp_path / "partner.onnx").run(["logits"], {"input": seen})
    np.testing.assert_allclose(logits, network.layers(network.scaled(seen))[-1], rtol=1e-3, atol=1e-4)


def test_training_is_repeatable(quick, tmp_path):
    """The same machine builds the same model, bit for bit."""
    paths = [tmp_path / "one.onnx", tmp_path / "two.onnx"]
    for path in paths:
        build_partner.build(path, lambda sentence: None)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_model_that_is_there_is_taken(quick, tmp_path, capsys):
    """The model is built when it is missing, with a sentence that says so, and then left alone."""
    path = tmp_path / "cramped_room_policy.onnx"
    assert build_partner.ready(path) == path
    assert "is not there yet" in capsys.readouterr().out
    path.write_bytes(b"a model of my own")
    build_partner.ready(path)
    assert path.read_bytes() == b"a model of my own"
    assert capsys.readouterr().out == ""
