"""Walk through examples/browser of a project: `python -m proof.live.walk docs/images`.

The page is the project's, the browser is Chromium, and the stack is on the emulator, whose login
page replaces Cognito's managed login (docs/testing.md). Each step leaves a picture.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lifecycle import add
from lifecycle.catalogue import Addition
from lifecycle.project import Project
from proof import dependencies, variants
from proof.live import harness, webdriver
from proof.matrix.prover import bake
from proof.variants import Variant
from proof.warm_kernel import WarmProcess

VARIANTS = {
    api: variants.by_id(f"{api}-cognito.none.on_demand.none.aws_managed.no_audit")
    for api in ("http", "rest")
}
STACK, USER = "tap-service-dev", "ada@example.com"
SETTING = "http://localhost:8080"
# Runs with the project's own modules: a user, and what the page needs of the stack.
DEPLOY = """
import json, os, sys
from pathlib import Path
import boto3
from tap_emulator import callers, deployment
from tap_emulator.emulator import Emulator
from tap_emulator.target import Target

emulator, stack, user = Emulator.load(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
os.environ |= emulator.environment(emulator.account)
os.environ |= deployment.administrator(boto3.Session(region_name="us-east-1"))
session = boto3.Session(region_name="us-east-1")
outputs = deployment.deploy(session, Path("cdk.out"), stack)
target = Target(stack=stack, outputs=outputs, session=session, emulator=emulator, patience=30)
known = callers.enrolled(target, user)
front = emulator.plain_endpoint
outputs["ApiUrl"] = target.url("").replace(emulator.endpoint, front)
outputs["LoginUrl"] = front
print(json.dumps({"outputs": outputs, "password": known.password, "secret": known.secret}))
"""
CODE = (
    "import sys; from tap_emulator.callers import one_time_code; print(one_time_code(sys.argv[1]))"
)


def prepared(variant: Variant, folder: Path, port: int) -> Path:
    """Return a project with the addition, synthesized for a page on a port of this machine."""
    given = (*variant.project, ("environments", "dev"))
    project = bake(replace(variant, project=given), folder)
    add.prepared(Project(project), Addition(what="browser")).write(project)
    settings = project / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(SETTING, f"http://localhost:{port}"), encoding="utf-8")
    dependencies.link(project, str(variant.answers["python_version"]))
    process = WarmProcess()
    try:
        with dependencies.staged(project, project / "cdk.out"):
            process(project)
    finally:
        process.close()
    return project


def walk(variant: Variant, images: Path) -> list[Path]:
    """Sign in, create an item and sign out; return the pictures.

    Raises:
        AssertionError: the page does not show what it should.
    """
    images.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="walk-") as temporary:
        folder = Path(temporary)
        project = prepared(variant, folder / "project", port)
        with harness.running(folder / "emulator.log") as emulator:
            emulator.dump(folder / "emulator.json")
            known = json.loads(_python(project, DEPLOY, str(folder / "emulator.json"), STACK, USER))
            pairs = [{"OutputKey": k, "OutputValue": v} for k, v in known["outputs"].items()]
            page = project / "examples" / "browser"
            (page / "outputs.json").write_text(json.dumps(pairs), encoding="utf-8")
            with served(page, port), webdriver.browser() as browser:

                def picture(name: str) -> None:
                    made.append(images / f"browser-{len(made) + 1}-{name}.png")
                    browser.screenshot(made[-1])

                browser.open(f"http://localhost:{port}/")
                browser.click("#sign-in")
                browser.fill("#username", USER)
                browser.fill("#password", known["password"])
                picture("login")
                browser.click("button")
                browser.fill("#code", _python(project, CODE, known["secret"]).strip())
                picture("code")
                browser.click("button")
                browser.wait("#message", "There are no items yet")
                if browser.evaluate("location.search") != "":
                    raise AssertionError("the code is still in the address")
                browser.fill("#name", "bolt")
                browser.fill("#quantity", "3")
                browser.click("#new button")
                browser.wait("#items", "bolt")
                picture("items")
                kept = browser.evaluate("Object.keys({...localStorage, ...sessionStorage}).length")
                if kept != 0:
                    raise AssertionError("the page keeps secrets in its storage")
                browser.click("#sign-out")
                browser.wait("#sign-in", "Sign in")
                picture("signed-out")
    return made


@contextmanager
def served(folder: Path, port: int) -> Iterator[None]:
    """Serve a folder on a port of this machine, as `python -m http.server` does."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server without a log."""

    def log_message(self, *_: object) -> None:
        """Do nothing."""


def _python(project: Path, code: str, *arguments: str) -> str:
    """Run code with the project's modules, and return what it prints."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=project,
        env={**variables, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr.strip().splitlines()[-1])
    return done.stdout


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    for picture in walk(VARIANTS["http"], Path(sys.argv[1])):
        print(picture)
