"""What holds for all conformance checks."""

import inspect

import pytest

from mug.testing import conformance
from mug.testing.conformance import ConformanceError
from mug.testing.conformance.failure import blaming, require

KINDS = ["environment", "matchmaker", "plugin", "runtime", "scene"]
ALL = [check for kind in KINDS for check in getattr(conformance, kind)]


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
def test_a_check_states_its_law(check):
    """Each check is named check_… and says in its docstring what must be so."""
    assert check.__name__.startswith("check_")
    first = inspect.getdoc(check).splitlines()[0]
    assert first.endswith(".")
    assert list(inspect.signature(check).parameters) == ["factory"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_check_is_in_its_list(kind):
    """A check that is written but not listed would never be made."""
    module = inspect.getmodule(getattr(conformance, kind)[0])
    written = {name for name, value in vars(module).items() if name.startswith("check_") and callable(value)}
    assert {check.__name__ for check in getattr(conformance, kind)} == written


def test_a_broken_law_is_an_assertion():
    """Test runners report a broken law as a failed assertion."""
    with pytest.raises(AssertionError, match="the sky is green"):
        require(False, "the sky is green")
    require(True, "unused")


def test_an_exception_is_blamed_on_the_component():
    """Whatever the component raises breaks the law; a broken law inside is passed on as it is."""
    with pytest.raises(ConformanceError, match="propose\\(\\) raised ValueError: no"), blaming("propose()"):
        raise ValueError("no")
    with pytest.raises(ConformanceError, match=r"^inner$"), blaming("propose()"):
        require(False, "inner")
