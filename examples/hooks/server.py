"""A plugin with a page for the experimenter, a part in the participants' page, and a command."""

from contextlib import asynccontextmanager
from pathlib import Path

import click

import mug
from mug.components import ClientModule, Route


class Dashboard:
    def __init__(self):
        self.open = False

    @mug.hookimpl
    @asynccontextmanager
    async def mug_lifespan(self, experiment):
        self.open = True
        try:
            yield
        finally:
            self.open = False

    @mug.hookimpl
    def mug_routes(self, experiment):
        async def overview():
            return {"experiment": experiment.experiment_id, "open": self.open}

        return [Route("overview", overview)]

    @mug.hookimpl
    def mug_client_modules(self):
        return [ClientModule("dashboard", str(Path(__file__).parent / "static"), "dashboard.js")]

    @mug.hookimpl
    def mug_health(self):
        return {"open": self.open}

    @mug.hookimpl
    def mug_check(self, experiment):
        if not experiment.experiment_id:
            yield mug.Problem(
                ".experiment(experiment_id=)",
                "the dashboard shows experiments by id",
                "give the experiment an id",
            )

    @mug.hookimpl
    def mug_cli_commands(self, cli):
        @cli.command("dashboard-address")
        @click.argument("host")
        def address(host):
            """Print where the dashboard of a server is."""
            click.echo(f"http://{host}/-/dashboard/overview")


plugin = Dashboard()
