"""TAP30x: functions have the permissions and files that they need, logs and traces."""

from __future__ import annotations

import ast
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tap_guardrails.calls import (
    KEY_USE,
    SERVICES,
    asset,
    code_needs,
    declared,
    destinations,
    functions_of,
    handler_file,
    is_imported,
    lambda_needs,
    tolerated,
)
from tap_guardrails.model import OWN_FUNCTION, App, MissingHandler, NotJudged, Resource, covers
from tap_guardrails.permissions import FORM
from tap_guardrails.policy import (
    Statement,
    aws_policies,
    granted_to,
    key_allows_role,
    key_of,
    of_role,
    permits,
)
from tap_guardrails.regions import offers
from tap_guardrails.rule import rule

FUNCTION, ROLE = "AWS::Lambda::Function", "AWS::IAM::Role"
LAYER = "AWS::Lambda::LayerVersion"
# The name of a compiled module contains its Python version, unless it supports any (abi3). Its
# header contains the processor: https://www.man7.org/linux/man-pages/man5/elf.5.html
COMPILED = re.compile(r"(.+?)\.(?:cpython-3(\d+)-[\w-]+|abi3)\.so")
MACHINES = {b"\xb7\x00": "arm64", b"\x3e\x00": "x86_64"}


LOGGING = {
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
}
# Packages of the runtime besides the standard library.
RUNTIME = {
    *sys.stdlib_module_names,
    "boto3",
    "botocore",
    "awslambdaric",
    "s3transfer",
    "jmespath",
    "dateutil",
    "urllib3",
}
INTERFACE_CHANGES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)
# Actions on buckets, queues and topics that require their key.
READING, WRITING = ("GetObject", "ReceiveMessage"), ("PutObject", "SendMessage", "Publish")


def _role(function: Resource) -> Resource:
    role = function.target("Role")
    if role is None or role.type != ROLE:
        raise NotJudged("its role is not defined in this app, so its permissions are unknown")
    return role


def _may(statements: list[Statement], action: str, arns: tuple[str, ...]) -> bool:
    """Return whether an action is allowed, possibly conditionally, and not denied outright."""

    def about(s: Statement) -> bool:
        return any(covers(a.lower(), action.lower()) for a in s.actions) and any(
            covers(r, arn) or (is_imported(arn) and covers(arn, r))
            for r in s.resources
            for arn in arns
        )

    hits = [s for s in statements if about(s)]
    return any(s.effect == "Allow" for s in hits) and not any(
        s.effect == "Deny" and not s.condition for s in hits
    )


@rule("TAP301", "run", OWN_FUNCTION)
def calls_are_allowed(function: Resource) -> Iterator[str]:
    """Functions have the permissions that their code declares.

    The handler module declares its calls in PERMISSIONS, and Lambda uses the function's role to
    poll event sources and deliver failures. If the role does not allow a call, it fails with
    AccessDenied on the first request, or when the event source mapping is created.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege

        role.add_to_policy(
            iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[table.table_arn])
        )
        # or, in the handler module, what the code calls
        PERMISSIONS = {"TABLE_NAME": {"dynamodb:GetItem"}}
    """
    statements = of_role(_role(function))
    if declared(function) is None:
        file = handler_file(function)[0]
        yield f"{file} declares no permissions: add {FORM}"
    ends = {target.key for target, _ in destinations(function)}
    for need in [*code_needs(function), *lambda_needs(function)]:
        failure = (
            need.resource is not None
            and need.resource.key in ends
            and need.why.startswith("failures")
        )
        if not need.optional and not failure and not _may(statements, need.action, need.arns):
            yield f"its role does not allow {need.action} on {need.arns[0]} ({need.why})"


@rule("TAP302", "security", ROLE)
def nothing_else_is_allowed(role: Resource) -> Iterator[str | tuple[Resource, str]]:
    """Functions have no permissions that their code does not declare.

    An attacker who controls the function gets all of its permissions. grant_read_write alone adds
    six wildcard actions.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege

        remove the action from the statement, or declare it in PERMISSIONS of the handler module
        # or
        - .grant_read_write(...)  # and the other grant_... methods: a statement is exact
        # or
        - managed_policies=[...],
    """
    functions = functions_of(role)
    if not functions:
        return
    needs = [n for f in functions for n in (*code_needs(f), *lambda_needs(f), *tolerated(f))]
    touched = [n.resource for n in needs if n.resource is not None]
    keys = {key.key: key for r in touched if isinstance(key := key_of(r), Resource)}
    services = {SERVICES[r.type] for r in touched if r.type in SERVICES and key_of(r) is not None}
    keys |= {key.key: key for f in functions if (key := f.target("KmsKeyArn"))}
    imported = {key for r in touched if isinstance(key := key_of(r), str)}
    beyond = {n.action.partition(":")[0] for n in needs if any(map(is_imported, n.arns))}
    for name in aws_policies(role):
        if name not in LOGGING:
            yield f"has the AWS managed policy {name}, which allows more than its code needs"
    own = [(None, statement) for statement in of_role(role)]
    for owner, statement in [*own, *granted_to(role)]:
        if statement.effect != "Allow":
            continue
        if statement.not_actions or statement.not_resources:
            yield statement.owner, "uses NotAction or NotResource, which allow everything else"
        for action in statement.actions:
            for arn in statement.resources:
                if arn == "*" and owner is not None:  # "*" in a key policy refers to the key
                    arn = owner.arns[0]
                is_key = arn in imported or any(arn in key.arns for key in keys.values())
                via = {
                    v.partition(".")[0]
                    for v in statement.condition.get("StringEquals", {}).get("kms:ViaService", [])
                }
                if action in KEY_USE and is_key and via <= services:
                    continue
                if action in KEY_USE and via and via <= beyond and role.app.named(arn) is None:
                    continue  # the key of a resource from another app
                if not any(n.action.lower() == action.lower() and n.is_about(arn) for n in needs):
                    unused = (
                        f" through {', '.join(sorted(via - services))}"
                        if action in KEY_USE and is_key
                        else ""
                    )
                    yield (
                        statement.owner,
                        f"{role.path} allows {action} on {arn}{unused}, and no code needs it",
                    )


@rule("TAP303", "run", OWN_FUNCTION)
def keys_of_data_are_allowed(function: Resource) -> Iterator[str]:
    """Functions may use the keys of the data that they read and write.

    A bucket, table or queue with a customer managed key returns AccessDenied if the function can't
    use the key.
    https://docs.aws.amazon.com/kms/latest/developerguide/services-s3.html

        key.grant_encrypt_decrypt(role)  # or a statement with kms:ViaService
    """
    role, said = _role(function), set()
    for need in [*code_needs(function), *lambda_needs(function)]:
        key = key_of(need.resource) if need.resource else None
        if not isinstance(key, Resource) or need.optional or need.why.startswith("failures"):
            continue
        service, _, word = need.action.partition(":")
        action = "kms:GenerateDataKey" if word in WRITING else "kms:Decrypt"
        if word not in (*WRITING, *READING) and service != "dynamodb":
            continue
        if (action, key.key) not in said and not key_allows_role(key, role, action, service):
            said.add((action, key.key))
            yield f"is not allowed {action} on {key.path}, for {need.action} on {need.resource}"


@rule("TAP304", "silent", FUNCTION)
def roles_can_log_and_join(function: Resource) -> Iterator[str]:
    """Function roles may write logs, and manage network interfaces in a VPC.

    CDK does not add these permissions to a role that you pass in: the function writes no logs, and
    can't be created in a VPC.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions

        role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log_group.log_group_arn],
            )
        )
        # or, for the network interfaces
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                ],
                resources=["*"],
                conditions={"Null": {"lambda:SourceFunctionArn": "true"}},
            )
        )
    """
    role = _role(function)
    statements, managed = of_role(role), set(aws_policies(role))
    group = function.target("LoggingConfig", "LogGroup")
    if group is not None and not managed & LOGGING:
        arns = tuple(a + end for a in group.arns for end in ("", ":*", ":log-stream:x"))
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            if not _may(statements, action, arns):
                yield f"its role does not allow {action} on its log group"
    if function.get("VpcConfig") and "service-role/AWSLambdaVPCAccessExecutionRole" not in managed:
        ec2 = function.template.fill(
            "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:network-interface/*"
        )
        for word in ("Create", "Describe", "Delete"):
            where = ("*",) if word == "Describe" else ("*", ec2)
            if not _may(
                statements, f"ec2:{word}NetworkInterface{'s' if word == 'Describe' else ''}", where
            ):
                yield f"is in a VPC, but its role does not allow ec2:{word}NetworkInterface(s)"


@rule("TAP316", "security", OWN_FUNCTION)
def code_changes_no_network_interfaces(function: Resource) -> Iterator[str]:
    """The code of a function can't change network interfaces.

    Lambda uses the function's role to manage its network interfaces, so the role has permissions on
    every interface in the account. Requests from the code contain lambda:SourceFunctionArn;
    requests from the Lambda service do not.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html

        conditions={"Null": {"lambda:SourceFunctionArn": "true"}},
    """
    role = function.target("Role")
    if role is None or role.type != ROLE:
        return
    fill, found = function.template.fill, of_role(role)
    interface = fill("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:")
    places = [f"{interface}network-interface/eni-0", "*"]
    as_code = {"lambda:SourceFunctionArn": function.arns[0]}
    open_ = [a for a in INTERFACE_CHANGES if permits(found, a, places, context=as_code)]
    if open_:
        yield f"its code can use {', '.join(open_)} on any network interface"


@rule("TAP305", "cost", OWN_FUNCTION, "Custom::LogRetention")
def logs_expire(function: Resource) -> Iterator[str]:
    """Functions have their own log group with a retention.

    The implicit log group is created on the first invocation or, with CDK's feature flag, after the
    function, and is retained forever or for two years. log_retention= adds a helper function that
    can change every log group.
    https://github.com/aws/aws-cdk/issues/34612

        log_group=logs.LogGroup(self, "Logs", retention=logs.RetentionDays.ONE_MONTH),
    """
    if function.type == "Custom::LogRetention":
        yield "comes from log_retention=; pass log_group= instead"
    else:
        group = function.target("LoggingConfig", "LogGroup")
        if group is None or function in group.app.users(function, group.type, "LogGroupName"):
            yield "has no log group that is created before it"
        elif group.plain("RetentionInDays") is None:
            yield f"its log group {group.path} never expires"


@rule("TAP306", "deploy", FUNCTION)
def nothing_is_reserved(function: Resource) -> Iterator[str]:
    """Functions reserve no concurrency.

    A new account has 10 concurrent executions, none of which can be reserved: "decreases account's
    UnreservedConcurrentExecution below its minimum value".
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html

        - reserved_concurrent_executions=...,  # max_concurrency of its event source bounds a worker
    """
    if function.get("ReservedConcurrentExecutions") is not None:
        yield f"reserves {function.get('ReservedConcurrentExecutions')} concurrent executions"


@rule("TAP307", "cost", OWN_FUNCTION)
def memory_is_considered(function: Resource) -> Iterator[str]:
    """Functions have an explicit memory size above the default of 128 MiB.

    CPU is proportional to memory: at 128 MiB Python is slow, and often costs more.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html

        memory_size=512,  # or another value above 128 that was measured
    """
    if function.plain("MemorySize", default=128) <= 128:
        yield f"has {function.plain('MemorySize', default='the default of 128')} MiB"


@rule("TAP308", "silent", OWN_FUNCTION)
def functions_are_traced(function: Resource) -> Iterator[str]:
    """Functions are traced by X-Ray, if the Region supports it.

    Without tracing, a slow request can't be followed from the API to the table.
    https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html

        tracing=lambda_.Tracing.ACTIVE
    """
    region = function.template.pseudo.get("AWS::Region")
    offered = region is None or offers(region, "function_tracing")
    if offered and function.plain("TracingConfig", "Mode") != "Active":
        yield "is not traced"


@rule("TAP309", "run", OWN_FUNCTION)
def handlers_exist(function: Resource) -> Iterator[str]:
    """The handler of a function is in its code.

    Lambda looks for the handler only on invocation: "Unable to import module".
    https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html

        handler="orders.handler",  # orders.py has a function named handler
    """
    try:
        file, source, name = handler_file(function)
    except MissingHandler as missing:
        yield str(missing)
        return
    tree = function.app.parsed(source).body
    defined = {n.name for n in tree if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    defined |= {
        t.id
        for n in tree
        if isinstance(n, ast.Assign)
        for t in n.targets
        if isinstance(t, ast.Name)
    }
    if name not in defined:
        yield f"{file} has no function {name!r}"


@rule("TAP310", "run", OWN_FUNCTION)
def imports_are_deployed(function: Resource) -> Iterator[str]:
    """Imports of a function are in its code, a layer for its processor, or the runtime.

    A missing extra (Tracer needs aws-lambda-powertools[tracer]) or an x86 layer on arm64 fails on
    the first invocation.
    https://docs.powertools.aws.dev/lambda/python/latest/getting-started/install/

        aws-lambda-powertools[tracer]  # in the requirements of the functions
    """
    machine = (function.items("Architectures") or ["x86_64"])[0]
    layers, available = function.items("Layers"), set(RUNTIME)
    for item in layers:
        layer, text = function.app.named(function.template.text(item)), function.template.text(item)
        other = {"arm64": "x86_64", "x86_64": "arm64"}.get(machine, "-")
        built = (
            [layer.template.text(a) for a in layer.items("CompatibleArchitectures")]
            if layer
            else []
        )
        if other in text.lower() or (built and machine not in built):
            yield f"runs on {machine}, but its layer {layer or text} is for {other}"
        folder = asset(layer, "Content") if layer else None
        if folder is None:
            return  # the contents of an external layer are unknown
        available |= {p.name.removesuffix(".py") for p in folder.glob("python/*")}
    code = asset(function, "Code")
    if (
        code is None
        or not code.is_dir()
        or (not layers and any(len(t.body.get("Rules", {})) > 1 for t in function.app.templates))
    ):
        return  # a CloudFormation Rule in the stack prevents a deployment without the layer
    available |= {p.name.removesuffix(".py") for p in code.iterdir()}
    for file in sorted(code.rglob("*.py")):
        for name in _imports(function.app.parsed(file.read_text(encoding="utf-8"))) - available:
            yield f"{file.name} imports {name}, which is in neither its code nor a layer"


def _imports(module: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
            if node.module.startswith("aws_lambda_powertools"):
                words = {alias.name for alias in node.names} | set(node.module.split("."))
                names |= {"aws_xray_sdk"} if "Tracer" in words else set()
                names |= {"pydantic"} if "parser" in words else set()
    return names


@rule("TAP311", "run", OWN_FUNCTION)
def powertools_know_their_service(function: Resource) -> Iterator[str]:
    """Functions that use Powertools have a service name and a metrics namespace.

    Without a namespace, Metrics raises SchemaValidationError in the handler. Without a service, the
    metrics lack the dimension that the alarms use.
    https://docs.powertools.aws.dev/lambda/python/latest/core/metrics/

        environment={
            "POWERTOOLS_SERVICE_NAME": "orders",
            "POWERTOOLS_METRICS_NAMESPACE": "shop",
        },
    """
    code = asset(function, "Code")
    if (
        code is not None
        and code.is_dir()
        and any(
            "aws_lambda_powertools" in f.read_text(encoding="utf-8") for f in code.rglob("*.py")
        )
    ):
        for name in ("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"):
            if not function.text("Environment", "Variables", name):
                yield f"has no environment variable {name}"


@rule("TAP312", "silent", OWN_FUNCTION)
def failures_can_be_delivered(function: Resource) -> Iterator[str]:
    """Functions may deliver their failures, and use the key of the destination.

    CDK grants access to the destination but not to its key: failed events are lost, and only a
    metric shows it.
    https://github.com/aws/aws-cdk/issues/33153

        role.add_to_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
        )
        # or, for the queue's key
        key.grant_encrypt_decrypt(role)  # or a statement with kms:ViaService
    """
    role = _role(function)
    statements = of_role(role)
    for need in lambda_needs(function):
        if not need.why.startswith("failures") or need.optional or need.resource is None:
            continue
        if not _may(statements, need.action, need.arns):
            yield f"its role does not allow {need.action} on {need.resource} ({need.why})"
        key = key_of(need.resource)
        if isinstance(key, Resource):
            service = SERVICES.get(need.resource.type, "")
            for action in ("kms:GenerateDataKey", "kms:Decrypt"):
                if not key_allows_role(key, role, action, service):
                    yield f"is not allowed {action} on {key.path}, the key of {need.resource}"


@rule("TAP313", "cost", OWN_FUNCTION)
def assets_hold_no_bytecode(function: Resource) -> Iterator[str]:
    """The code of a function contains no byte-code.

    Each test run changes the __pycache__ files, which changes the asset hash and causes a
    deployment.
    https://docs.aws.amazon.com/cdk/v2/guide/assets.html

        exclude=["**/__pycache__/**"],  # of lambda_.Code.from_asset
    """
    code = asset(function, "Code")
    if code is not None and code.is_dir() and next(code.rglob("*.pyc"), None):
        yield "its asset contains __pycache__"


@rule("TAP314", "run")
def assets_can_be_read(app: App) -> Iterator[tuple[Resource, str]]:
    """Assets of functions and layers are readable by everyone.

    Lambda runs the code as a user that does not own the files: after a checkout or an installation
    with umask 077, every import fails with PermissionError. The asset hash ignores file modes, so
    the faulty archive stays in use even after the modes are fixed.
    https://github.com/aws/aws-cdk/issues/8233

        chmod -R u=rwX,go=rX service  # the folder of the asset, before each synth
    """
    unreadable: dict[Path, list[str]] = {}
    for resource in app.resources(FUNCTION, LAYER):
        folder = asset(resource, "Content" if resource.type == LAYER else "Code")
        if folder is None:
            continue
        if folder not in unreadable:
            unreadable[folder] = sorted(_unreadable(folder))
        if names := unreadable[folder]:
            more = f" and {len(names) - 1} more" if names[1:] else ""
            yield resource, f"only the owner can read {names[0]}{more} of its asset"


def _unreadable(path: Path) -> Iterator[str]:
    """Yield the unreadable paths of a folder, or of an archive that records file modes."""
    if path.is_dir():
        for place, _, files in os.walk(path):
            here = Path(place).relative_to(path)
            if Path(place).stat().st_mode & 0o005 != 0o005:
                yield here.as_posix()
            for name in files:
                if not Path(place, name).lstat().st_mode & 0o004:
                    yield (here / name).as_posix()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                mode = entry.external_attr >> 16  # 0: created on a system without file modes
                needed = 0o005 if entry.is_dir() else 0o004
                if mode and mode & needed != needed:
                    yield entry.filename


@rule("TAP315", "run")
def compiled_modules_fit(app: App) -> Iterator[tuple[Resource, str]]:
    """Compiled modules fit the function's Python version and processor.

    Lambda can't import modules that are compiled for the build machine: "No module named" or
    "invalid ELF header" on the first invocation.
    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html

        install for the function's Python and processor:
        pip install --only-binary :all: --python-version 3.14 --platform manylinux_2_28_aarch64 ...
        # or
        uv pip install --python-version 3.14 --python-platform aarch64-manylinux_2_28 ...
    """
    compiled: dict[Path, dict[str, set[tuple[str, str]]]] = {}
    for function in app.resources(FUNCTION):
        language, version = function.text("Runtime")[:6], function.text("Runtime")[6:]
        if language != "python":
            continue
        machine = (function.items("Architectures") or ["x86_64"])[0]
        layers = (app.named(function.template.text(item)) for item in function.items("Layers"))
        folders = [asset(function, "Code"), *(asset(layer, "Content") for layer in layers if layer)]
        for folder in filter(None, folders):
            if folder not in compiled:
                compiled[folder] = _compiled(folder)
            for module, builds in compiled[folder].items():
                if not any(v in ("", version) and m == machine for v, m in builds):
                    made = " or ".join(sorted(f"Python {v or '3'} on {m}" for v, m in builds))
                    yield function, f"runs Python {version} on {machine}, {module} is for {made}"
                    break


def _compiled(folder: Path) -> dict[str, set[tuple[str, str]]]:
    """Return the Python version (empty: any) and processor of each build of each module."""
    found: dict[str, set[tuple[str, str]]] = {}
    for file in folder.rglob("*.so") if folder.is_dir() else ():
        name = COMPILED.fullmatch(file.name)
        if name is None:
            continue  # a bundled library, possibly one of several
        with file.open("rb") as opened:
            header = opened.read(20)
        elf = header[:4] == b"\x7fELF"
        machine = MACHINES.get(header[18:20], "another processor") if elf else "another system"
        module = (file.parent / name.group(1)).relative_to(folder).as_posix()
        version = f"3.{name.group(2)}" if name.group(2) else ""
        found.setdefault(module, set()).add((version, machine))
    return found
