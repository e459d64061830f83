"""Checks that components keep the laws of their kind: one list of functions for each kind.

Each check takes a factory (a class, or a function without arguments that makes the component), states its law
in its docstring, and raises `ConformanceError` with a plain sentence when it is broken. They work with and
without pytest::

    from mug.testing import conformance

    @pytest.mark.parametrize("check", conformance.matchmaker, ids=lambda check: check.__name__)
    def test_conforms(check):
        check(SkillMatchmaker)
"""

from mug.testing.conformance import environments, matchmakers, plugins, runtimes, scenes
from mug.testing.conformance.failure import ConformanceError

environment = environments.CHECKS
matchmaker = matchmakers.CHECKS
plugin = plugins.CHECKS
runtime = runtimes.CHECKS
scene = scenes.CHECKS

__all__ = ["ConformanceError", "environment", "matchmaker", "plugin", "runtime", "scene"]
