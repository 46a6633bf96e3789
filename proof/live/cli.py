"""The default project's life through its own commands and the CDK CLI that it pins."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proof import dependencies, variants
from proof.live import harness
from proof.live.proof import DEV, Failed, Proof, Row
from proof.matrix import prover

REPOSITORY = "example-org/tap-service"


@dataclass
class Commands:
    """`make` in one project, against the emulator."""

    project: Path
    environment: dict[str, str]

    def make(self, *arguments: str, status: int = 0) -> str:
        """Run make and return its output.

        Raises:
            Failed: its status differs (any status but 0 means a failure).
        """
        done = subprocess.run(
            ["make", *arguments],
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        if bool(done.returncode) != bool(status):
            raise Failed(
                f"make {' '.join(arguments)} ended with {done.returncode}: {output[-3000:]}"
            )
        return output


def prove(emulator: Any, account: str, row: Row) -> None:
    """Bootstrap, deploy, deploy no change, change, destroy; return the row of the table."""
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="live-cli-") as folder:
            _live(emulator, account, row, Path(folder))
    except Failed as error:
        row.problems.append(str(error))
    except Exception as error:  # every variant needs a row
        row.problems.append(f"{type(error).__name__}: {error}")
    row.seconds = time.monotonic() - started
    print(f"{'failed' if row.problems else 'ok'} {row.variant} ({row.seconds:.0f} s)", flush=True)


def _live(emulator: Any, account: str, row: Row, folder: Path) -> None:
    variant = variants.default()
    project = prover.bake(variant, folder)
    # Otherwise the CLI caches accounts by access key in the home folder.
    environment = os.environ | emulator.environment(account) | {"CDK_HOME": str(folder / "home")}
    commands = Commands(project, environment)
    proof = Proof(variant, project, replace(emulator, account=account), account, row)
    commands.make("install-dev")
    commands.make("bootstrap", "ENV=dev", status=1)
    agreed = f"--yes={account} --repository={REPOSITORY}"
    commands.make("bootstrap", "ENV=dev", f"ARGS={agreed}", status=1)
    commands.make("bootstrap", "ENV=dev", f"ARGS={agreed} --shared-account")
    commands.make("deploy", "ENV=dev", "APPROVAL=never")
    commands.make("clients")
    if not (project / "build" / "clients" / "typescript" / "dist" / "index.d.ts").is_file():
        raise Failed("make clients compiled no TypeScript client")
    # The tests below run in this Python, which can differ from the project's.
    dependencies.link_api_tools(project)
    proof.use(DEV, "tests/live tap_emulator/live")
    outputs = harness.deployment.outputs(proof.root, DEV)
    proof.fill(outputs)
    row.deployed += 1
    _expect("(no changes)", commands.make("deploy", "ENV=dev", "APPROVAL=never"))
    _enlarge_functions(project)
    _expect("MemorySize", commands.make("diff", "ENV=dev"))
    commands.make("deploy", "ENV=dev", "APPROVAL=never")
    function = proof.root.client("lambda").get_function_configuration(
        FunctionName=outputs["WorkerFunctionArn"]
    )
    if function["MemorySize"] != 640:
        raise Failed(f"the CDK CLI left the function with {function['MemorySize']} MiB")
    proof.find(outputs)
    _expect("confirmation needs a terminal", commands.make("destroy", "ENV=dev", status=1))
    proof.find(outputs)
    output = commands.make("destroy", "ENV=dev", f"ARGS=--yes={DEV}")
    _expect(f"Emptied {outputs['BucketName']}", output)
    _expect(f"Deleted stack {DEV}", output)
    if outputs["BucketName"] in proof.buckets() or outputs["TableName"] in proof.tables():
        raise Failed(f"make destroy left data: {output}")
    _bootstrap_alone(commands, proof, agreed)
    row.destroyed += 1


def _bootstrap_alone(commands: Commands, proof: Proof, agreed: str) -> None:
    """Bootstrap dev separately, with the template that the project writes."""
    settings = commands.project / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    own = text.replace('name="dev",', 'name="dev", bootstrap_qualifier="tapdev",', 1)
    settings.write_text(own, encoding="utf-8")
    output = commands.make("bootstrap", "ENV=dev", f"ARGS={agreed} --shared-account")
    _expect("dev can change prod: CloudFormation in its deployments may", output)
    stacks = proof.root.client("cloudformation").describe_stacks(StackName="CDKToolkit-tapdev")
    parameters = {
        each["ParameterKey"]: each["ParameterValue"] for each in stacks["Stacks"][0]["Parameters"]
    }
    _expect("tapdev", parameters["Qualifier"])


def _enlarge_functions(project: Path) -> None:
    settings = project / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    changed = re.sub(r"memory_mib=512\b", "memory_mib=640", text)
    if changed == text:
        raise Failed("no function of 512 MiB in infra/settings.py to enlarge")
    settings.write_text(changed, encoding="utf-8")


def _expect(wanted: str, output: str) -> None:
    if wanted not in output:
        raise Failed(f"{wanted!r} is not in: {output[-3000:]}")
