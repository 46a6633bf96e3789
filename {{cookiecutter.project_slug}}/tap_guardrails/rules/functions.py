"""TAP30x: functions have the permissions and files that they need, logs and traces."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tap_guardrails.calls import (
    KEY_USE,
    SERVICES,
    code_needs,
    declaration,
    declared,
    functions_of,
    handler,
    is_imported,
    lambda_needs,
    may,
    role_of,
    tolerated,
)
from tap_guardrails.code import (
    LAYER,
    Files,
    asset,
    files,
    handler_of,
    is_python,
    layers,
    newer_than_here,
    parsed,
    runtime,
    unknown,
)
from tap_guardrails.imports import missing, reachable, standard
from tap_guardrails.model import OWN_FUNCTION, App, MissingHandler, NotJudged, Resource
from tap_guardrails.permissions import FORM
from tap_guardrails.policy import (
    aws_policies,
    granted_to,
    key_allows_role,
    key_of,
    of_role,
    permits,
)
from tap_guardrails.references import named_target, precedes
from tap_guardrails.regions import offers
from tap_guardrails.rule import rule
from tap_guardrails.rules.roles import too_broad

FUNCTION, ROLE = "AWS::Lambda::Function", "AWS::IAM::Role"
LOG_GROUP = "AWS::Logs::LogGroup"
# The name of a compiled module contains its Python version, unless it supports any (abi3). Its
# header contains the processor: https://www.man7.org/linux/man-pages/man5/elf.5.html
COMPILED = re.compile(r"(.+?)\.(?:cpython-3(\d+)-[\w-]+|abi3)\.so")
MACHINES = {b"\xb7\x00": "arm64", b"\x3e\x00": "x86_64"}


LOGGING = {
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
}
INTERFACE_CHANGES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)
# Actions on buckets, queues and topics that require their key.
READING = ("GetObject", "ReceiveMessage", "GetRecords")
WRITING = ("PutObject", "SendMessage", "Publish")
# A module of Node.js or Ruby that loads others.
MORE_CODE = re.compile(r"\brequire\b|\brequire_relative\b|\bimport\b|\bexport \*")
# The constructors of Powertools that need a name: as an argument, or in a variable.
POWERTOOLS = {
    "POWERTOOLS_SERVICE_NAME": (re.compile(r"\b(Logger|Metrics|Tracer)\("), "service="),
    "POWERTOOLS_METRICS_NAMESPACE": (re.compile(r"\bMetrics\("), "namespace="),
}


@rule("TAP301", "run", OWN_FUNCTION, profile="house")
def calls_are_allowed(function: Resource) -> Iterator[str]:
    """Python functions declare the calls of their code, and have the permissions for them.

    The handler module declares its calls in PERMISSIONS. If the role does not allow a call, it
    fails with AccessDenied on the first request.
    Limits: The code is not searched for calls: one that PERMISSIONS omits is not found.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege

        role.add_to_policy(
            iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[table.table_arn])
        )
        # or, in the handler module, what the code calls
        PERMISSIONS = {"TABLE_NAME": {"dynamodb:GetItem"}}
    """
    role, found = role_of(function), handler(function)
    if found is None or not is_python(function) or parsed(found.source) is None:
        return
    if declaration(function) is None:
        yield f"{found.file} declares no permissions: add {FORM}"
    for need in code_needs(function) if role else ():
        if role and not need.optional and not may(role, need.action, need.arns):
            yield f"its role does not allow {need.action} on {need.arns[0]} ({need.why})"


@rule("TAP302", "security", ROLE)
def nothing_else_is_allowed(role: Resource) -> Iterator[str | tuple[Resource, str]]:
    """Functions have no permissions that their code does not need.

    An attacker who controls the function gets all of its permissions. grant_read_write alone adds
    six wildcard actions. Without PERMISSIONS in the handler module, only permissions for a whole
    service or account are rejected.
    Limits: PERMISSIONS is not compared with the code: an action that it declares needlessly is
    accepted.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege

        - actions=["dynamodb:GetItem", "dynamodb:Scan"],
        actions=["dynamodb:GetItem"],
        # or, if the code calls it, in the handler module
        PERMISSIONS = {"TABLE_NAME": {"dynamodb:GetItem", "dynamodb:Scan"}}
        # or
        - .grant_read_write(...)  # and the other grant_... methods: a statement is exact
        # or
        - managed_policies=[...],
    """
    functions = functions_of(role)
    if not functions:
        return
    if any(declared(each) is None for each in functions):
        yield from too_broad(role)  # the calls of the code are unknown
        return
    needs = [n for f in functions for n in (*code_needs(f), *lambda_needs(f), *tolerated(f))]
    touched = [n.resource for n in needs if n.resource is not None]
    keys = {key.key: key for r in touched if isinstance(key := key_of(r), Resource)}
    services = {SERVICES[r.type] for r in touched if r.type in SERVICES and key_of(r) is not None}
    keys |= {key.key: key for f in functions if isinstance(key := key_of(f), Resource)}
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
    Limits: Only calls that PERMISSIONS declares are considered, and no imported keys.
    https://docs.aws.amazon.com/kms/latest/developerguide/services-s3.html

        key.grant_encrypt_decrypt(role)  # or a statement with kms:ViaService
    """
    role, reported = role_of(function), set()
    if role is None:
        return  # TAP304 reports it
    for need in [*code_needs(function), *lambda_needs(function)]:
        key = key_of(need.resource) if need.resource else None
        if not isinstance(key, Resource) or need.optional or need.why.startswith("failures"):
            continue
        service, _, word = need.action.partition(":")
        action = "kms:GenerateDataKey" if word in WRITING else "kms:Decrypt"
        if word not in (*WRITING, *READING) and service != "dynamodb":
            continue
        if (action, key.key) not in reported and not key_allows_role(key, role, action, service):
            reported.add((action, key.key))
            yield f"is not allowed {action} on {key.path}, for {need.action} on {need.resource}"


@rule("TAP304", "silent", FUNCTION)
def roles_can_log_and_join(function: Resource) -> Iterator[str]:
    """Function roles may write logs, and manage network interfaces in a VPC.

    CDK does not add these permissions to a role that you pass in: the function writes no logs, and
    can't be created in a VPC.
    Limits: The permission for logs is only checked for a log group of this app.
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
    role = role_of(function)
    if role is None:
        if _is_first_with_role(function):
            raise NotJudged("its role is not defined in this app, so its permissions are unknown")
        return
    group = named_target(function, LOG_GROUP, "LoggingConfig", "LogGroup")
    if group is not None:
        arns = tuple(a + end for a in group.arns for end in ("", ":*", ":log-stream:x"))
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            if not may(role, action, arns):
                yield f"its role does not allow {action} on its log group"
    if function.get("VpcConfig"):
        ec2 = function.template.fill(
            "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:network-interface/*"
        )
        for word in ("Create", "Describe", "Delete"):
            where = ("*",) if word == "Describe" else ("*", ec2)
            action = f"ec2:{word}NetworkInterface{'s' if word == 'Describe' else ''}"
            if not may(role, action, where):
                yield f"is in a VPC, but its role does not allow {action}"


def _is_first_with_role(function: Resource) -> bool:
    """Return whether no earlier function of the app has the same role, which is not of the app."""
    try:
        text = function.text("Role")
        return next(f for f in function.app.resources(FUNCTION) if f.text("Role") == text) is (
            function
        )
    except NotJudged:
        return True


@rule("TAP316", "security", OWN_FUNCTION, profile="house")
def code_changes_no_network_interfaces(function: Resource) -> Iterator[str]:
    """The code of a function can't change network interfaces.

    Lambda uses the function's role to manage its network interfaces, so the role has permissions on
    every interface in the account. Requests from the code contain lambda:SourceFunctionArn;
    requests from the Lambda service do not.
    Limits: Statements of AWS managed policies are not read.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html

        conditions={"Null": {"lambda:SourceFunctionArn": "true"}},
    """
    role = role_of(function)
    if role is None:
        return
    fill, found = function.template.fill, of_role(role)
    interface = fill("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:")
    places = [f"{interface}network-interface/eni-0", "*"]
    as_code = {"lambda:SourceFunctionArn": function.arns[0]}
    open_ = [a for a in INTERFACE_CHANGES if permits(found, a, places, context=as_code)]
    if open_:
        yield f"its code can use {', '.join(open_)} on any network interface"


@rule("TAP305", "cost", OWN_FUNCTION, "Custom::LogRetention", profile="house")
def logs_expire(function: Resource) -> Iterator[str]:
    """Functions have their own log group with a retention.

    The implicit log group is created on the first invocation or, with CDK's feature flag, after the
    function, and is retained forever or for two years. log_retention= adds a helper function that
    can change every log group.
    Limits: The retention of a log group of another app is unknown.
    https://github.com/aws/aws-cdk/issues/34612

        log_group=logs.LogGroup(self, "Logs", retention=logs.RetentionDays.ONE_MONTH),
    """
    if function.type == "Custom::LogRetention":
        yield "comes from log_retention=; pass log_group= instead"
        return
    group = named_target(function, LOG_GROUP, "LoggingConfig", "LogGroup")
    if group is None and function.text("LoggingConfig", "LogGroup"):
        return  # a group that is not in this app
    group = group or _implicit_group(function)
    if group is None or function in group.app.users(function, group.type, "LogGroupName"):
        yield "has no log group that is created before it"
    elif group.get("RetentionInDays") is None:
        yield f"its log group {group.path} never expires"


def _implicit_group(function: Resource) -> Resource | None:
    """Return the group with the name that Lambda uses, if it is created before the function."""
    name = function.text("FunctionName")
    for group in function.app.resources(LOG_GROUP) if name else ():
        if group.text("LogGroupName") == f"/aws/lambda/{name}":
            same = group.template is function.template
            if group.id in function.depends() if same else precedes(group, function):
                return group
    return None


@rule("TAP306", "deploy", FUNCTION, profile="house")
def nothing_is_reserved(function: Resource) -> Iterator[str]:
    """Functions reserve no concurrency.

    A new account has 10 concurrent executions, none of which can be reserved: "decreases account's
    UnreservedConcurrentExecution below its minimum value".
    Limits: A reservation of 0, which stops a function, is rejected as well.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html

        - reserved_concurrent_executions=...,  # max_concurrency of its event source bounds a worker
    """
    if function.get("ReservedConcurrentExecutions") is not None:
        yield f"reserves {function.get('ReservedConcurrentExecutions')} concurrent executions"


@rule("TAP307", "cost", OWN_FUNCTION, profile="house")
def memory_is_considered(function: Resource) -> Iterator[str]:
    """Functions have an explicit memory size.

    CPU is proportional to memory: at the default of 128 MiB Python is slow, and often costs more.
    Limits: The value is not judged.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html

        memory_size=512,  # or another value that was measured
    """
    if function.get("MemorySize") is None:
        yield "has the default of 128 MiB"


@rule("TAP308", "silent", OWN_FUNCTION, profile="house")
def functions_are_traced(function: Resource) -> Iterator[str]:
    """Functions are traced by X-Ray, if the Region supports it.

    Without tracing, a slow request can't be followed from the API to the table.
    Limits: Whether the code records its own segments is not checked.
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
    Limits: Handlers in Java and in container images are not judged; in compiled code, only the file
    is.
    https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html

        handler="orders.handler",  # orders.py has a function named handler
    """
    if reason := unknown(function):
        raise NotJudged(reason)
    try:
        found = handler_of(function)
    except MissingHandler as absent:
        yield str(absent)
        return
    if found is None:
        return
    file, name = found.file, found.name
    if is_python(function):
        tree = parsed(found.source)
        if tree is None and newer_than_here(function):
            raise NotJudged(f"{file} can't be parsed by the Python that runs the guardrails")
        if tree is None:
            yield f"{file} is not valid Python 3"
        elif not _defines(tree, name):
            yield f"{file} has no function {name!r}"
    elif found.source and not _mentions(found.source, name):
        yield f"{file} exports no function {name!r}"


def _defines(tree: ast.Module, name: str) -> bool:
    """Return whether a module defines or imports a name at its top level, or can do so."""
    inside = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) if found == name:
                return True
            case ast.ClassDef(name=found) if found == name:
                return True
            case ast.Name(id=found, ctx=ast.Store()) if found == name:
                return True
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                if any((a.asname or a.name) in {name, "*"} for a in names):
                    return True
        if not isinstance(node, inside):
            waiting += ast.iter_child_nodes(node)
    return False


def _mentions(source: str, name: str) -> bool:
    """Return whether a module contains a name, or can get it from another module."""
    words = re.split(r"\W+|::", name)
    return all(word in source for word in words) or bool(MORE_CODE.search(source))


@rule("TAP310", "run", OWN_FUNCTION)
def imports_are_deployed(function: Resource) -> Iterator[str]:
    """Imports of a function are in its code, a layer for its processor, or the runtime.

    A missing extra (Tracer needs aws-lambda-powertools[tracer]) or an x86 layer on arm64 fails on
    the first invocation.
    Limits: Only Python is judged. A layer of another app is taken to have every package, and
    dynamic imports are not seen.
    https://docs.powertools.aws.dev/lambda/python/latest/getting-started/install/

        aws-lambda-powertools[tracer]  # in the requirements of the functions
    """
    yield from _layers_for_others(function)
    absent = _missing(function)
    for name, file in sorted(absent.items()):
        if not any(name in _missing(other) for other in _earlier_with_same_code(function)):
            yield f"{file} imports {name}, which is in neither its code nor a layer"


def _missing(function: Resource) -> dict[str, str]:
    """Return the packages that a function lacks, each with the file that imports it."""
    try:
        found = handler(function) if is_python(function) else None
        return missing(function, found) if found and not _waits_for_a_layer(function) else {}
    except NotJudged:
        return {}


def _earlier_with_same_code(function: Resource) -> Iterator[Resource]:
    """Yield the functions of a stack before this one that have the same asset."""
    code = asset(function, "Code")
    for other in function.app.own_functions if code else ():
        if other is function:
            return
        if other.template is function.template and asset(other, "Code") == code:
            yield other


def _layers_for_others(function: Resource) -> Iterator[str]:
    """Yield the layers of a function that are built for another processor."""
    machine = (function.items("Architectures") or ["x86_64"])[0]
    other = {"arm64": "x86_64", "x86_64": "arm64"}.get(machine, "-")
    for item in function.items("Layers"):
        text = function.template.text(item)
        layer = function.app.named(text)
        fits = layer.items("CompatibleArchitectures") if layer else []
        built = [layer.template.text(each) for each in fits] if layer else []
        if other in text.lower() or (built and machine not in built):
            yield f"runs on {machine}, but its layer {layer or text} is for {other}"


def _waits_for_a_layer(function: Resource) -> bool:
    """Return whether a CloudFormation Rule prevents a deployment without the function's layer."""
    rules = (len(template.body.get("Rules", {})) for template in function.app.templates)
    return not layers(function) and any(count > 1 for count in rules)


@rule("TAP311", "run", OWN_FUNCTION)
def powertools_know_their_service(function: Resource) -> Iterator[str]:
    """Functions that use Powertools have a service name and a metrics namespace.

    Without a namespace, Metrics raises SchemaValidationError in the handler. Without a service, the
    metrics lack the dimension that the alarms use.
    Limits: Only Python is judged. A module that passes a name to one constructor is taken to pass
    it to all.
    https://docs.powertools.aws.dev/lambda/python/latest/core/metrics/

        environment={
            "POWERTOOLS_SERVICE_NAME": "orders",
            "POWERTOOLS_METRICS_NAMESPACE": "shop",
        },
    """
    found = handler(function) if is_python(function) else None
    if found is None:
        return
    modules = reachable(function, found, standard(function)).sources.values()
    texts = [text for text in modules if "aws_lambda_powertools" in text]
    for variable, (constructor, argument) in POWERTOOLS.items():
        nameless = any(constructor.search(text) and argument not in text for text in texts)
        if nameless and not function.get("Environment", "Variables", variable):
            yield f"has no environment variable {variable}"


@rule("TAP312", "silent", OWN_FUNCTION)
def failures_can_be_delivered(function: Resource) -> Iterator[str]:
    """Functions may deliver their failures, and use the key of the destination.

    CDK grants access to the destination but not to its key: failed events are lost, and only a
    metric shows it.
    Limits: Destinations in other apps are not judged.
    https://github.com/aws/aws-cdk/issues/33153

        role.add_to_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
        )
        # or, for the queue's key
        key.grant_encrypt_decrypt(role)  # or a statement with kms:ViaService
    """
    role = role_of(function)
    if role is None:
        return  # TAP304 reports it
    for need in lambda_needs(function):
        if not need.why.startswith("failures") or need.optional or need.resource is None:
            continue
        if not may(role, need.action, need.arns):
            yield f"its role does not allow {need.action} on {need.resource} ({need.why})"
        key = key_of(need.resource)
        if isinstance(key, Resource):
            service = SERVICES.get(need.resource.type, "")
            for action in ("kms:GenerateDataKey", "kms:Decrypt"):
                if not key_allows_role(key, role, action, service):
                    yield f"is not allowed {action} on {key.path}, the key of {need.resource}"


@rule("TAP313", "cost", OWN_FUNCTION, profile="house")
def assets_hold_no_bytecode(function: Resource) -> Iterator[str]:
    """The code of a function contains no byte-code.

    Each test run changes the __pycache__ files, which changes the asset hash and causes a
    deployment.
    Limits: Other files that change with each build are not found.
    https://docs.aws.amazon.com/cdk/v2/guide/assets.html

        exclude=["**/__pycache__/**"],  # of lambda_.Code.from_asset
    """
    code = files(function, "Code")
    if code is not None and any(name.endswith(".pyc") for name in code.names):
        yield "its asset contains __pycache__"


@rule("TAP314", "run")
def assets_can_be_read(app: App) -> Iterator[tuple[Resource, str]]:
    """Assets of functions and layers are readable by everyone.

    Lambda runs the code as a user that does not own the files: after a checkout or an installation
    with umask 077, every import fails with PermissionError. The asset hash ignores file modes, so
    the faulty archive stays in use even after the modes are fixed.
    Limits: An archive without file modes, as Windows creates it, is accepted.
    https://github.com/aws/aws-cdk/issues/8233

        chmod -R u=rwX,go=rX service  # the folder of the asset, before each synth
    """
    unreadable: dict[Path, list[str]] = {}
    for resource in app.resources(FUNCTION, LAYER):
        content = files(resource, "Content" if resource.type == LAYER else "Code")
        if content is None:
            continue
        if content.place not in unreadable:
            unreadable[content.place] = sorted(_unreadable(content))
        if names := unreadable[content.place]:
            more = f" and {len(names) - 1} more" if names[1:] else ""
            yield resource, f"only the owner can read {names[0]}{more} of its asset"


def _unreadable(content: Files) -> Iterator[str]:
    """Yield the unreadable paths of an asset; modes of 0 are of a system without file modes."""
    for path, mode in content.modes.items():
        needed = 0o005 if path.endswith("/") else 0o004
        if mode and mode & needed != needed:
            yield path.removesuffix("/")


@rule("TAP315", "run")
def compiled_modules_fit(app: App) -> Iterator[tuple[Resource, str]]:
    """Compiled modules fit the function's Python version and processor.

    Lambda can't import modules that are compiled for the build machine: "No module named" or
    "invalid ELF header" on the first invocation.
    Limits: Bundled libraries, whose names do not contain a Python version, are not judged.
    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html

        # for the function's Python and processor
        pip install --only-binary :all: --python-version 3.14 --platform manylinux_2_28_aarch64 ...
        # or
        uv pip install --python-version 3.14 --python-platform aarch64-manylinux_2_28 ...
    """
    compiled: dict[Path, dict[str, set[tuple[str, str]]]] = {}
    for function in app.resources(FUNCTION):
        language, version = runtime(function)
        if language != "python":
            continue
        machine, folders = _machine_and_folders(function)
        for folder in filter(None, folders):
            if folder not in compiled:
                compiled[folder] = _compiled(folder)
            for module, builds in compiled[folder].items():
                if not any(v in ("", version) and m == machine for v, m in builds):
                    made = " or ".join(sorted(f"Python {v or '3'} on {m}" for v, m in builds))
                    yield function, f"runs Python {version} on {machine}, {module} is for {made}"
                    break


def _machine_and_folders(function: Resource) -> tuple[str, list[Path | None]]:
    """Return the processor of a function, and the folders of its code and layers."""
    try:
        machine = (function.items("Architectures") or ["x86_64"])[0]
        found = [function.app.named(function.template.text(i)) for i in function.items("Layers")]
        folders = [asset(layer, "Content") for layer in found if layer]
        return machine, [asset(function, "Code"), *folders]
    except NotJudged:
        return "", []  # TAP310 reports it


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
