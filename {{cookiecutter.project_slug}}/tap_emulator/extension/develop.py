"""What `make dev` adds: streamed logs, functions that start at once, a debugger, a short API URL.

tap_emulator/dev sets its variables; without DEV_EVENTS nothing changes.
"""

import contextlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import resources
from events import SLOWER
from ministack import app
from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from roles import may_log

POLL_SECONDS = 0.1
# Time for a developer at a breakpoint.
DEBUG_TIMEOUT_SECONDS = 8 * 3600
CODE = '    code_dir = init["code_dir"]\n'
DEBUGGED_CODE = """\
    code_dir = os.environ.get("DEV_CODE", init["code_dir"])
    if "DEV_DEBUG_PORT" in os.environ:
        import socket
        _address = ("127.0.0.1", int(os.environ["DEV_DEBUG_PORT"]))
        try:
            with socket.socket() as _probe:
                _probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                _probe.bind(_address)
        except OSError:
            print("another instance has the debugger: this one runs without it")
        else:
            import debugpy
            debugpy.listen(_address, in_process_debug_adapter=True)
            print("a debugger can attach to %s:%d" % _address)
"""
FAILURE = '    except Exception as e:\n        _real_stdout.write(json.dumps({"status": "error"'
# The traceback starts in the function's code.
PRINTED_FAILURE = FAILURE.replace(
    "as e:\n",
    """as e:
        _own = e.__traceback__
        while _own is not None and not _own.tb_frame.f_code.co_filename.startswith(code_dir):
            _own = _own.tb_next
        traceback.print_exception(type(e), e, _own)
""",
)


class Channel:
    """Sends events to `make dev`, one line of JSON each."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._lock = threading.Lock()

    def send(self, kind: str, config: dict[str, Any], **details: Any) -> None:
        """Send an event about a function."""
        event = {"kind": kind, "function": module_of(config), **details}
        # Without its reader, the emulator is about to end, too.
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._file.write(json.dumps(event, default=str) + "\n")
            self._file.flush()


def module_of(config: dict[str, Any]) -> str:
    """Return the module of a function's handler, such as `api`."""
    return str(config.get("Handler", "")).rpartition(".")[0].replace("/", ".")


def develop() -> None:
    """Add everything that the variables of `make dev` ask for; functions don't inherit them."""
    descriptor = os.environ.pop("DEV_EVENTS", None)
    served, port = os.environ.pop("DEV_API", ""), os.environ.pop("DEV_API_PORT", "")
    debugged, service = os.environ.pop("DEV_DEBUG", ""), os.environ.pop("DEV_SERVICE", "")
    if descriptor is None:
        return
    channel = Channel(int(descriptor))
    edit_script(FAILURE, PRINTED_FAILURE)
    follow_saved_code()
    stream_logs(channel)
    report_invocations(channel)
    if debugged:
        module, _, debug_port = debugged.rpartition(":")
        edit_script(CODE, DEBUGGED_CODE)
        debug(module, debug_port, service)
    serve_api(port, Path(served))
    threading.Thread(target=keep_started, args=[channel], daemon=True).start()


def follow_saved_code() -> None:
    """Let aliases refer to $LATEST, because a saved file changes the function, and no version."""

    def latest(step: Any, *args: Any) -> Any:
        *before, props, stack = args
        return step(*before, {**props, "FunctionVersion": "$LATEST"}, stack)

    resources.wrap("AWS::Lambda::Alias", "create", latest)
    resources.wrap("AWS::Lambda::Alias", "update", latest)


def edit_script(old: str, new: str) -> None:
    """Change the script that runs a function's handler.

    Raises:
        RuntimeError: this release of ministack has another script.
    """
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(old) != 1:
        raise RuntimeError(f"ministack's script of functions lacks {old!r}")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(old, new)


def stream_logs(channel: Channel) -> None:
    """Send each line that a function prints, while it runs."""

    def read(worker: Any) -> None:
        lines, kept = worker._proc.stderr, worker._stderr_queue
        with contextlib.suppress(ValueError):  # closed
            for line in lines:
                kept.put(line.rstrip("\n"))
                channel.send("line", worker.config, text=line.rstrip("\n"))

    lambda_runtime.Worker._read_stderr = read


def report_invocations(channel: Channel) -> None:
    """Send the outcome of each invocation."""
    plain = lambda_runtime.Worker.invoke

    def invoke(worker: Any, event: Any, request_id: str, **options: Any) -> Any:
        started = time.monotonic()
        answer: dict[str, Any] = {}
        try:
            answer = plain(worker, event, request_id, **options)
        except Exception as error:
            answer = {"error": str(error)}
            raise
        finally:
            result = answer.get("result")
            channel.send(
                "end",
                worker.config,
                event=described(event),
                status=result.get("statusCode") if isinstance(result, dict) else None,
                failed=len(result.get("batchItemFailures", ())) if isinstance(result, dict) else 0,
                milliseconds=round((time.monotonic() - started) * 1000),
                error=answer.get("error"),
                trace=answer.get("trace"),
                unlogged=not may_log(worker.config),
            )
        return answer

    lambda_runtime.Worker.invoke = invoke


def described(event: Any) -> str:
    """Return what a function was invoked with, in a few words."""
    if not isinstance(event, dict):
        return "event"
    context = event.get("requestContext", {})
    if "httpMethod" in event:
        return f"{event['httpMethod']} {event.get('path', '')}"
    if isinstance(context, dict) and "http" in context:
        path = event.get("rawPath", "").removeprefix(f"/{context.get('stage')}")
        return f"{context['http']['method']} {path}"
    if isinstance(event.get("Records"), list):
        count = len(event["Records"])
        return f"{count} record{'s' * (count != 1)}"
    return str(event.get("detail-type", "event"))


def keep_started(channel: Channel) -> None:
    """Start each function as soon as it is deployed or changed, once for each revision.

    The first request needs no cold start, and a module that can't be imported is reported at once.
    """
    tried = set()
    while True:
        for _, function in lambda_svc._functions.all_items():
            config = function["config"]
            revision = config["FunctionArn"], config.get("RevisionId")
            is_python = config.get("Runtime", "").startswith("python")
            if revision in tried or not is_python or not function.get("code_zip") or _runs(config):
                continue
            tried.add(revision)
            threading.Thread(target=_start, args=[channel, function], daemon=True).start()
        time.sleep(POLL_SECONDS)


def _runs(config: dict[str, Any]) -> bool:
    """Return whether an instance of the function runs."""
    key = lambda_runtime._worker_key(config["FunctionName"], config, "$LATEST")
    workers = list(lambda_runtime._workers.get(key, ()))
    return any(worker._proc is not None and worker._proc.poll() is None for worker in workers)


def _start(channel: Channel, function: dict[str, Any]) -> None:
    # As `events.extend_timeouts` has it, because this instance also serves requests.
    config = {**function["config"], "Timeout": function["config"]["Timeout"] * SLOWER}

    def start() -> None:
        name, code = config["FunctionName"], function["code_zip"]
        worker = lambda_runtime.get_or_create_worker(name, config, code)
        try:
            lambda_runtime.ensure_spawned(worker)
        except Exception as error:  # whatever the module raises when it is imported
            key = lambda_runtime._worker_key(name, config, "$LATEST")
            if worker in lambda_runtime._workers.get(key, ()):  # no newer code has replaced it
                channel.send("broken", config, error=str(error))

    lambda_svc._run_with_function_config_scope(config, start)


def debug(module: str, port: str, service: str) -> None:
    """Let a debugger attach to the function of a module, which runs service/ itself, unpacked."""
    plain = lambda_runtime.Worker.__init__

    def init(worker: Any, name: str, config: dict[str, Any], code: bytes) -> None:
        if module_of(config) == module:
            variables = {
                **config.get("Environment", {}).get("Variables", {}),
                "DEV_CODE": service,
                "DEV_DEBUG_PORT": port,
                "PYDEVD_DISABLE_FILE_VALIDATION": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            }
            environment = {"Variables": variables}
            config = {**config, "Timeout": DEBUG_TIMEOUT_SECONDS, "Environment": environment}
        plain(worker, name, config, code)

    lambda_runtime.Worker.__init__ = init


def serve_api(port: str, served: Path) -> None:
    """Serve the API that the file names at the root of a port: `{"api": ..., "stage": ...}`."""
    plain = app._parse_execute_api_url

    def parse(host: str, path: str) -> Any:
        if host.rpartition(":")[2] != port:
            return plain(host, path)
        try:
            named = json.loads(served.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return "none", "none", path
        return named["api"], named["stage"], path

    app._parse_execute_api_url = parse
