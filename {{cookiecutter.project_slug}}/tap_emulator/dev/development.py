"""Deploys a project to the emulator, and again whenever its files are saved."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tap_emulator import deployment
from tap_emulator.dev.examples import examples
from tap_emulator.dev.instance import Instance, use, write
from tap_emulator.dev.logs import BOLD, FAINT, RED, YELLOW, Terminal
from tap_emulator.dev.saves import POLL_SECONDS, Saves
from tap_emulator.dev.synthesis import Synthesizer
from tap_emulator.dev.updates import SERVICE, Updates, syntax_errors
from tap_emulator.emulator import Emulator
from tap_project.assembly import ROOT, OperationError, Stack, stack_of

SHOWN_CHANGES, SHOWN_EXAMPLES = 6, 3
# Of a synth after new code, which answers meanwhile.
SYNTH_NICENESS = 10


@dataclass(frozen=True, kw_only=True)
class Options:
    """The environment to deploy, the ports on loopback, and the debugged module (empty: none).

    `port_notice` follows the API's URL, and explains an unusual port.
    """

    environment: str
    api_port: int
    port_notice: str = ""
    debug: str = ""
    debug_port: int = 0


class Development:
    """One `make dev`, from the first deployment on."""

    def __init__(
        self,
        options: Options,
        folder: Path,
        emulator: Emulator,
        synths: Synthesizer,
        screen: Terminal,
    ) -> None:
        self._options = options
        self._folder = folder
        self._emulator = emulator
        self._synths = synths
        self._screen = screen
        self._infra_saved = False
        self._report = ""

    def run(self, lost: threading.Event) -> None:
        """Deploy, then follow the saved files until a signal ends it.

        Args:
            lost: set when the emulator has ended.

        Raises:
            OperationError: the first synth or deployment failed, or the emulator ended.
        """
        # Files that are saved from here on differ from those that are deployed first.
        saves = Saves(ROOT)
        stack, updates = self._deploy_first(lost)
        self._synths.prepare()
        while not lost.is_set():
            time.sleep(POLL_SECONDS)
            self._follow(saves.changed(), updates)
            done = self._synths.finished()
            if done is None:
                continue
            if done.assembly is None:
                self._keep_last(done.report)
            else:
                self._redeploy(done.assembly, stack, updates)
            self._synths.prepare()
        raise OperationError(f"the emulator ended; its log is {self._emulator.log}")

    def _deploy_first(self, lost: threading.Event) -> tuple[Stack, Updates]:
        while (done := self._synths.finished()) is None:
            if lost.is_set():
                raise OperationError(f"the emulator ended; its log is {self._emulator.log}")
            time.sleep(POLL_SECONDS)
        if done.assembly is None:
            raise OperationError(done.report)
        stack = stack_of(self._options.environment, done.assembly)
        started = time.monotonic()
        self._use_administrator(stack)
        updates = Updates(boto3.Session(region_name=stack.region), stack.name)
        try:
            updates.deploy(done.assembly)
        except deployment.DeploymentError as error:
            raise OperationError(str(error)) from error
        running = self._announce(stack, updates)
        self._screen.align(updates.modules())
        self._welcome(running, len(updates.template["Resources"]), time.monotonic() - started)
        return stack, updates

    def _use_administrator(self, stack: Stack) -> None:
        """Act as an administrator, to whom policies apply; functions act as their own roles."""
        self._variables = self._emulator.environment(stack.account or self._emulator.account)
        use(self._variables)
        self._variables |= deployment.administrator(boto3.Session(region_name=stack.region))
        use(self._variables)

    def _announce(self, stack: Stack, updates: Updates) -> Instance:
        """Serve the deployed API on its port, and let `make call` and shells find the stack."""
        outputs = updates.outputs()
        if "ApiArn" in outputs:
            api, stage = outputs["ApiArn"].split(":")[-1].split("/")[:2]
            write(self._folder / "api.json", json.dumps({"api": api, "stage": stage}))
        running = Instance(
            environment=stack.environment,
            stack=stack.name,
            region=stack.region,
            outputs=outputs,
            emulator=self._emulator,
            variables=self._variables,
            api_url=f"http://127.0.0.1:{self._options.api_port}/" if "ApiArn" in outputs else None,
            examples=examples(updates.template),
            debugged=bool(self._options.debug),
        )
        running.dump(self._folder)
        return running

    def _welcome(self, running: Instance, count: int, seconds: float) -> None:
        show, bold = self._screen.print, self._screen.bold
        show(f"{running.stack} is deployed on this machine: {count} resources in {seconds:.1f} s.")
        if running.api_url:
            show(f"  API       {bold(running.api_url)}{self._options.port_notice}")
        for number, example in enumerate(running.examples[:SHOWN_EXAMPLES]):
            show(f"  {'' if number else 'requests':8}  make call {example}")
        show("  AWS CLI   . build/dev/shell")
        if self._options.debug:
            address = bold(f"127.0.0.1:{self._options.debug_port}")
            show(f"  debugger  {address} for service/{self._options.debug}.py, once it has started")
        show("Saved files are deployed. Ctrl-C ends everything, and deletes the data.")

    def _follow(self, saved: Sequence[Path], updates: Updates) -> None:
        """Deploy saved code at once, and start a synth."""
        if not saved:
            return
        in_service = [path for path in saved if path.parts[0] == SERVICE.name]
        names = ", ".join(map(str, saved))
        if in_service:
            broken = list(syntax_errors(SERVICE))
            if broken:
                self._say("\n".join([*broken, "The functions keep their last code."]), RED)
                return
            self._replace_code(names, updates)
        if len(in_service) < len(saved):
            self._infra_saved = True
            self._say(f"{names} saved: synthesizing", FAINT)
        # Permissions are declared in service/, and the guardrails read all of its code. Functions
        # that start with new code have priority.
        self._synths.start(niceness=0 if self._infra_saved else SYNTH_NICENESS)

    def _replace_code(self, saved: str, updates: Updates) -> None:
        started = time.monotonic()
        try:
            modules = updates.replace_code()
        except (BotoCoreError, ClientError) as error:
            self._say(f"{saved} saved, but the code can't be replaced: {error}", RED)
            return
        took = time.monotonic() - started
        self._say(f"{saved} saved: new code for {', '.join(modules) or 'no function'}", BOLD, took)

    def _redeploy(self, assembly: Path, stack: Stack, updates: Updates) -> None:
        started = time.monotonic()
        try:
            changed = updates.deploy(assembly)
        except (deployment.DeploymentError, BotoCoreError, ClientError) as error:
            shutil.rmtree(assembly, ignore_errors=True)
            self._keep_last(str(error))
            self._replace_code("service", updates)  # the rollback has brought back older code
            return
        fixed, self._report = bool(self._report), ""
        if changed is not None:
            self._announce(stack, updates)
            listed = " ".join(changed[:SHOWN_CHANGES])
            more = f" and {len(changed) - SHOWN_CHANGES} more" * (len(changed) > SHOWN_CHANGES)
            took = time.monotonic() - started
            self._say(f"deployed: {listed}{more}", BOLD, took)
        elif self._infra_saved or fixed:
            self._say("nothing to deploy: only code has changed", FAINT)
        self._infra_saved = False

    def _keep_last(self, report: str) -> None:
        """Print a report, unless it is the last one, too."""
        again = "Still not" if report == self._report else "Not"
        if report != self._report:
            self._screen.print(report)
        self._report = report
        self._say(f"{again} deployed: the last deployment still answers.", YELLOW)
        self._infra_saved = False

    def _say(self, text: str, color: int, seconds: float | None = None) -> None:
        now = self._screen.paint(time.strftime("%H:%M:%S"), FAINT)
        took = "" if seconds is None else self._screen.paint(f" ({seconds:.1f} s)", FAINT)
        self._screen.print(f"{now} {self._screen.paint(text, color)}{took}")
