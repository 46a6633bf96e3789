"""TAP38x: new versions of functions are released as intended, and their callers use them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tap_guardrails.calls import may
from tap_guardrails.invoked import (
    ALIAS,
    FUNCTION,
    VERSION,
    aliases,
    first_invoked,
    invoked,
    shifted_by,
)
from tap_guardrails.model import OWN_FUNCTION, Resource, covers
from tap_guardrails.policy import may_by_managed_policy, statements
from tap_guardrails.references import strings
from tap_guardrails.rule import rule
from tap_guardrails.rules.alarms import ALARM, metrics_of

GROUP, CONFIG = "AWS::CodeDeploy::DeploymentGroup", "AWS::CodeDeploy::DeploymentConfig"
# Properties that name a function, and the one that names its alias.
QUALIFIED = {
    "AWS::Lambda::EventInvokeConfig": "FunctionName",
    "AWS::Lambda::Url": "TargetFunctionArn",
}
# Resources that name a function and do not invoke it; a trailing * matches any suffix.
NO_CALLERS = (
    ALIAS,
    VERSION,
    "AWS::CloudFormation::Stack",
    "AWS::CloudTrail::*",
    "AWS::CloudWatch::*",
    "AWS::CodeDeploy::*",
    "AWS::KMS::*",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::*Policy",
)
# Of these types, only some properties invoke: a rule can also match events about a function.
INVOKING = {"AWS::Events::Rule": ("Targets",)}
POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
INVOKE = "lambda:InvokeFunction"
# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
OFFERED = re.compile(r"CodeDeployDefault\.Lambda(Canary|Linear)(\d+)Percent(?:Every)?(\d+)Minutes?")
AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
# Lambda's metrics of a minute are complete about two minutes later.
DELAY = 120
ROLLBACKS = {
    "DEPLOYMENT_FAILURE": "a failure",
    "DEPLOYMENT_STOP_ON_ALARM": "an alarm",
}
SHIFTING = ("lambda:GetAlias", "lambda:UpdateAlias")


def _has_snapshots(function: Resource) -> bool:
    return bool(function.plain("SnapStart", "ApplyOn", default="None") == "PublishedVersions")


@rule("TAP381", "silent", OWN_FUNCTION)
def callers_invoke_the_alias(function: Resource) -> Iterator[tuple[Resource, str]]:
    """Callers of a function that CodeDeploy shifts invoke its alias.

    A caller of the function itself gets each new version at once, with no canary and no rollback.
    SnapStart likewise has snapshots of versions only. A permission on the function does not include
    its alias, and settings of its asynchronous events do not apply to the alias.
    Limits: Callers outside the app, and names that code puts together, are not found.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html

        - function.add_event_source(source)
        alias.add_event_source(source)
        # or, for an API, a rule or a schedule: the alias as its handler or target
    """
    shifted = [each for each in aliases(function) if shifted_by(each)]
    if shifted:
        right, why = f"its alias {shifted[0].text('Name')}", "which CodeDeploy shifts"
    elif _has_snapshots(function):
        right, why = "an alias or version", "which alone have snapshots"
    else:
        return
    for user in function.app.referring(function):
        for found in _unqualified(user, function):
            yield user, f"{found} {function} instead of {right}, {why}"


def _unqualified(user: Resource, function: Resource) -> Iterator[str]:
    """Yield in which way a resource invokes a function itself, if it does."""
    if user.type in QUALIFIED:
        if user.text("Qualifier") in ("", "$LATEST") and not _qualifier(
            user, QUALIFIED[user.type], function
        ):
            yield "applies to"
        return
    if user.type in POLICIES or user.type == "AWS::IAM::Role":
        if _allows_itself_only(user, function):
            yield "allows calls of"
        return
    if any(covers(kind, user.type) for kind in NO_CALLERS):
        return
    values = [user.properties]
    if user.type in INVOKING:
        values = [user.get(name) for name in INVOKING[user.type]]
    for value in values:
        for text in strings(user.template, value):
            if any(i.function is function and not i.qualifier for i in invoked(user.app, text)):
                yield "allows calls of" if user.type == "AWS::Lambda::Permission" else "invokes"
                return


def _qualifier(user: Resource, name: str, function: Resource) -> str:
    found = first_invoked(user.app, user.text(name))
    return found.qualifier if found and found.function is function else "another function"


def _allows_itself_only(user: Resource, function: Resource) -> bool:
    """Return whether a policy allows calls of a function, and of none of its aliases."""
    if user.type in POLICIES:
        documents = [user.get("PolicyDocument")]
    else:
        documents = [each.get("PolicyDocument") for each in user.items("Policies")]
    for document in documents:
        for each in statements(user, document) if document else ():
            calls = any(covers(a.lower(), INVOKE.lower()) for a in each.actions)
            named = [i for text in each.resources for i in invoked(user.app, text)]
            own = [i.qualifier for i in named if i.function is function]
            if each.effect == "Allow" and calls and own and not any(own):
                return True
    return False


@rule("TAP382", "silent", ALIAS)
def shifts_are_rolled_back(alias: Resource) -> Iterator[tuple[Resource, str]]:
    """CodeDeploy rolls a shift back on failures, and on an alarm that can fire during it.

    CodeDeploy looks at alarms only while it shifts. An alarm that needs longer, or watches another
    version, never stops a faulty one.
    Limits: Alarms of other apps count as alarms that fire in time.
    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html

        alarms=[alarm],  # on Errors of the new version, with a period of one minute
        auto_rollback=codedeploy.AutoRollbackConfig(
            deployment_in_alarm=True, failed_deployment=True
        ),
        # or, to give the alarm more time
        deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_10_MINUTES,
    """
    group = shifted_by(alias)
    if group is None:
        return
    on = group.plain("AutoRollbackConfiguration", "Enabled", default=False)
    events = group.items("AutoRollbackConfiguration", "Events") if on is True else []
    for event, word in ROLLBACKS.items():
        if event not in events:
            yield group, f"does not roll {alias} back on {word}"
    entries = group.items("AlarmConfiguration", "Alarms")
    if not entries or group.plain("AlarmConfiguration", "Enabled", default=False) is not True:
        yield group, f"watches no alarm while it shifts {alias}"
        return
    if group.plain("AlarmConfiguration", "IgnorePollAlarmFailure", default=False) is True:
        yield group, f"shifts {alias} although it can't read its alarms"
    found = [group.app.named(group.template.text(entry.get("Name"))) for entry in entries]
    alarms = [each for each in found if each is not None and each.type == ALARM]
    seconds = _seconds(group)
    if len(alarms) < len(entries):
        return  # an alarm of another app, or a composite alarm
    if seconds == 0:
        yield group, f"shifts {alias} all at once, before an alarm can fire"
        return
    watching = [each for each in alarms if _watches(each, alias)]
    if not watching:
        yield group, f"has no alarm on errors of what {alias} gets"
    elif seconds is not None and all(_fires_after(each) + DELAY > seconds for each in watching):
        slow = min(_fires_after(each) for each in watching)
        yield (
            group,
            f"shifts {alias} within {seconds} s, and its alarm needs {slow} s of errors and about"
            f" {DELAY} s for the metric",
        )


def _seconds(group: Resource) -> int | None:
    """Return the seconds until all invocations go to the new version; None: unknown."""
    name = group.text("DeploymentConfigName") or AT_ONCE
    if name == AT_ONCE:
        return 0
    if found := OFFERED.fullmatch(name):
        kind, percent, minutes = found.group(1), int(found.group(2)), int(found.group(3))
        return 60 * (minutes if kind == "Canary" else minutes * (-(-100 // percent) - 1))
    config = group.target("DeploymentConfigName")
    if config is None or config.type != CONFIG:
        return None
    kind = str(config.plain("TrafficRoutingConfig", "Type", default="AllAtOnce"))
    if kind == "TimeBasedCanary":
        return 60 * int(config.plain("TrafficRoutingConfig", kind, "CanaryInterval"))
    if kind == "TimeBasedLinear":
        percent = int(config.plain("TrafficRoutingConfig", kind, "LinearPercentage"))
        minutes = int(config.plain("TrafficRoutingConfig", kind, "LinearInterval"))
        return 60 * minutes * (-(-100 // percent) - 1)
    return 0


def _watches(alarm: Resource, alias: Resource) -> bool:
    """Return whether an alarm counts errors of the versions that an alias gets."""
    function, version = alias.target("FunctionName"), alias.text("FunctionVersion")
    for namespace, name, dimensions, _ in metrics_of(alarm):
        if namespace != "AWS/Lambda" or name != "Errors":
            continue
        here = first_invoked(alarm.app, dimensions.get("FunctionName", ""))
        if here is None or here.function is not function:
            continue
        place = first_invoked(alarm.app, dimensions.get("Resource", ""))
        other = place is not None and place.qualifier not in ("", alias.text("Name"))
        if not other and dimensions.get("ExecutedVersion", version) == version:
            return True
    return False


def _fires_after(alarm: Resource) -> int:
    """Return the seconds of errors after which an alarm fires."""
    periods = [int(stat.get("Period", 60)) for _, _, _, stat in metrics_of(alarm)]
    needed = alarm.plain("DatapointsToAlarm", default=alarm.plain("EvaluationPeriods", default=1))
    return max(periods, default=60) * int(needed)


@rule("TAP383", "deploy", ALIAS)
def codedeploy_may_shift(alias: Resource) -> Iterator[tuple[Resource, str]]:
    """The role of CodeDeploy may update the alias that it shifts, and read the alarms.

    Otherwise the first release after the one that creates the alias fails, and the stack is rolled
    back.
    Limits: Permissions of AWS managed policies for CodeDeploy count as sufficient.
    https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html

        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:GetAlias", "lambda:UpdateAlias"],
                resources=[function.function_arn, f"{function.function_arn}:*"],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=["*"])
        )
    """
    group, function = shifted_by(alias), alias.target("FunctionName")
    role = group.target("ServiceRoleArn") if group else None
    if group is None or role is None or function is None or role.type != "AWS::IAM::Role":
        return
    for action in SHIFTING:
        if not may(role, action, function.arns):
            yield group, f"its role does not allow {action} on {function}"
    if group.items("AlarmConfiguration", "Alarms"):
        action = "cloudwatch:DescribeAlarms"
        if not may_by_managed_policy(role, action) and not may(role, action, ("*",)):
            yield group, f"its role does not allow {action}"


@rule("TAP384", "deploy", FUNCTION)
def snapshots_are_supported(function: Resource) -> Iterator[str | tuple[Resource, str]]:
    """Functions with SnapStart use nothing that it does not support.

    Lambda rejects the function, or its version: SnapStart excludes provisioned concurrency, EFS,
    container images and ephemeral storage above 512 MB.
    Limits: Runtimes are not judged; the CDK rejects those without SnapStart.
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes

        - snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS,
    """
    if not _has_snapshots(function):
        return
    if function.items("FileSystemConfigs"):
        yield "has SnapStart, which excludes EFS"
    if function.plain("PackageType", default="Zip") == "Image":
        yield "has SnapStart, which excludes container images"
    size = function.plain("EphemeralStorage", "Size", default=512)
    if size > 512:
        yield f"has SnapStart, which excludes ephemeral storage of {size} MB; 512 MB is the most"
    for kind in (ALIAS, VERSION):
        for user in function.app.users(function, kind, "FunctionName"):
            if user.get("ProvisionedConcurrencyConfig"):
                yield user, f"has provisioned concurrency, which SnapStart of {function} excludes"
