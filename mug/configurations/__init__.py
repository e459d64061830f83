"""Configuring experiments: hosting, plugins, constants, models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mug.configurations.experiment_config import ExperimentConfig

    RemoteConfig = ExperimentConfig

__all__ = ["ExperimentConfig", "RemoteConfig"]


def __getattr__(name: str) -> Any:
    """Load the configuration class when it is first asked for: scenes import this package too."""
    if name in __all__:
        from mug.configurations.experiment_config import ExperimentConfig

        return ExperimentConfig
    raise AttributeError(f"module 'mug.configurations' has no attribute '{name}'")
