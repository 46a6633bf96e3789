"""TAP75x: credentials are in a secret, and not in templates, outputs or code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tap_guardrails.code import files
from tap_guardrails.model import OWN_FUNCTION, App, Resource
from tap_guardrails.rule import Fault, rule
from tap_guardrails.values import Intrinsic, walk

# Credentials that are recognized by their form; the values in AWS's documentation end in EXAMPLE.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
FORMS = {
    "an access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b(?<!EXAMPLE)"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})\b"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
    "a Stripe key": re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
    "a password in a URL": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@${}]+:[^\s:/@${}]+@[^\s/]"),
}
# Names of variables and properties that hold a credential. Names that go on, such as SECRET_ARN or
# PASSWORD_LENGTH, hold something else.
NAMES = re.compile(
    r"(?:^|.*[_-]|.*(?<=[a-z0-9]))"
    r"(?:password|passwd|pwd|passphrase|secret|token|api_?key|private_?key|access_?key"
    r"|secret_?key|credentials?|master_?key|signing_?key|encryption_?key)$",
    re.IGNORECASE,
)
# Names of passwords, which are not the name or the ID of something else.
PASSWORDS = re.compile(r".*(?:password|passwd|pwd|passphrase)", re.IGNORECASE)
# Values that are no credentials: references, switches, and texts to replace.
HARMLESS = re.compile(
    r"|arn:.*|.*\$\{.*|true|false|none|null|yes|no|AWS::.*|<.*>|\*+|x+"
    r"|change[-_ ]?me|(?:REQUIRED|OPTIONAL|DISABLED|ENABLED|DEFAULT)|\{\{resolve:.*",
    re.IGNORECASE | re.DOTALL,
)
# Values under other names that are no credentials: numbers, places, names and IDs of keys.
NAMED = re.compile(
    r"\d{1,5}|[a-z]+://[^@]*|/.*|alias/.*|.*[ ].*|[a-z]+(?:[-_/.][a-z]+)+|mrk-[0-9a-f]{32}"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.IGNORECASE | re.DOTALL,
)
PARAMETER = "AWS::SSM::Parameter"
DYNAMIC = re.compile(r"\{\{resolve:(?:secretsmanager|ssm-secure):")
# Attributes that return a credential, by type.
RETURNED = {
    "AWS::Cognito::UserPoolClient": "ClientSecret",
    "AWS::IAM::AccessKey": "SecretAccessKey",
}
# The text files that are searched.
TEXTS = (".py", ".js", ".mjs", ".cjs", ".ts", ".json", ".env", ".yaml", ".yml", ".rb", ".sh")
VARIABLES = {
    "AWS::Lambda::Function": (("Environment", "Variables"),),
    "AWS::CodeBuild::Project": (("Environment", "EnvironmentVariables"),),
    "AWS::AppRunner::Service": (
        (
            "SourceConfiguration",
            "ImageRepository",
            "ImageConfiguration",
            "RuntimeEnvironmentVariables",
        ),
    ),
    "AWS::Batch::JobDefinition": (("ContainerProperties", "Environment"),),
    "AWS::Amplify::App": (("EnvironmentVariables",),),
    "AWS::ECS::TaskDefinition": (("ContainerDefinitions",),),
}
# The properties of a secret itself, of a database, cache, broker or user that are a credential.
PROPERTIES = (
    "AdminPassword",
    "ApiKeyValue",
    "AuthToken",
    "ClientSecret",
    "MasterUserPassword",
    "OAuthToken",
    "Password",
    "SecretToken",
    "SecretString",
    "client_secret",
)


def credential(name: str, value: object) -> str | None:
    """Return why the value of a variable is a credential, or None."""
    if not isinstance(value, str):
        return None
    if found := _forms(value):
        return f"is {found[0]}"
    if not NAMES.fullmatch(name) or HARMLESS.fullmatch(value):
        return None
    harmless = not PASSWORDS.fullmatch(name) and NAMED.fullmatch(value)
    return None if harmless else "is a literal"


@lru_cache(maxsize=4096)  # functions share their code, and environments most of their texts
def _forms(text: str) -> tuple[str, ...]:
    """Return the kinds of credentials that a text contains."""
    return tuple(what for what, form in FORMS.items() if form.search(text))


@rule("TAP751", "security", *VARIABLES)
def variables_hold_no_credentials(resource: Resource) -> Iterator[str]:
    """Environment variables contain no passwords, tokens or keys.

    Everyone who may read the configuration of the function or container, or the template, reads
    the credential. The value of a secret that CloudFormation resolves is as readable as a literal.
    Limits: Recognized by the name of the variable and the form of the value.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-encryption

        environment={"SECRET_ARN": secret.secret_arn},  # and read it: secretsmanager:GetSecretValue
        # or, for a container
        secrets={"PASSWORD": ecs.Secret.from_secrets_manager(secret)},
    """
    for name, value in _variables(resource):
        text = value if isinstance(value, str) else resource.template.raw_text(value)
        if problem := credential(name, text):
            yield f"its variable {name} {problem}"
        elif DYNAMIC.search(text):
            yield f"its variable {name} contains the value of a secret"
        elif returned := _returned(resource, value):
            yield f"its variable {name} contains the {returned}"


def _variables(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Yield the name and value of each environment variable."""
    for path in VARIABLES[resource.type]:
        value = resource.get(*path)
        if resource.type == "AWS::ECS::TaskDefinition":
            value = [v for each in value or [] for v in each.get("Environment") or []]
        if isinstance(value, dict):
            yield from value.items()
        for each in value if isinstance(value, list) else []:
            plain = each.get("Type", "PLAINTEXT") == "PLAINTEXT"
            if plain:
                yield str(each.get("Name")), each.get("Value")


def _returned(resource: Resource, value: object) -> str | None:
    """Return the attribute of a resource that a value contains, if it is a credential."""
    for part in walk(value):
        match part:
            case Intrinsic(kind="Fn::GetAtt", argument=[str(name), str(attribute)]):
                other = resource.template.resources.get(name)
                if other is not None and RETURNED.get(other.type) == attribute:
                    return f"{attribute} of {other.path}"
    return None


@rule("TAP752", "security", "*")
def properties_hold_no_credentials(resource: Resource) -> Iterator[str | Fault]:
    """Templates contain no passwords or keys.

    Templates are stored unencrypted in the account and in the repository, and everyone who may
    describe the stack reads them. TAP751 is about environment variables.
    Limits: Recognized by the name of the property, or of the parameter of Systems Manager, and the
    form of the value.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html#creds

        credentials=rds.Credentials.from_generated_secret("admin"),
        # or, for a value that exists
        cdk.SecretValue.secrets_manager("database", json_field="password")
    """
    if resource.type == PARAMETER and (problem := _parameter(resource)):
        yield problem
        return
    skipped = {path[-1] for path in VARIABLES.get(resource.type, ())}
    if resource.type == "AWS::ECS::TaskDefinition":
        skipped = {"Environment"}
    for name, value in _named(resource.properties, skipped):
        if found := _forms(value):
            fix = "- the text, and read the secret at run time: secretsmanager:GetSecretValue"
            yield Fault(resource, f"its {name} contains {found[0]}", fix)
            return
        if name in PROPERTIES and not HARMLESS.fullmatch(value) and "{{resolve:" not in value:
            yield f"its {name} is a literal"
            return


def _parameter(resource: Resource) -> str | None:
    """Return why the value of a parameter of Systems Manager is a credential, or None.

    Its name says what it is: the last part of `/orders/database/password`, or the construct's ID.
    """
    given = resource.template.raw_text(resource.get("Name"))
    name = given or resource.path.removesuffix("/Resource")
    problem = credential(name.rpartition("/")[2], resource.get("Value"))
    return f"its Value {problem}" if problem else None


def _named(value: object, skipped: set[str], name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a value with the name of its property."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in skipped:
                yield from _named(item, skipped, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, skipped, name)
    elif isinstance(value, Intrinsic) and value.kind in {"Fn::Join", "Fn::Sub", "Fn::Base64"}:
        for item in walk(value.argument):
            if isinstance(item, str):
                yield f"{name}, in part,", item


@rule("TAP753", "security")
def outputs_hold_no_credentials(app: App) -> Iterator[Fault]:
    """Outputs and parameters' defaults contain no secrets.

    Outputs are readable by everyone who may describe the stack, and pipelines print them.
    Limits: Recognized by the name of the output or parameter and the form of the value.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html

        cdk.CfnOutput(self, "SecretArn", value=secret.secret_arn)
        # or, for the key of a user
        - cdk.CfnOutput(self, "Key", value=access_key.secret_access_key.unsafe_unwrap())
    """
    for template in app.templates:
        stack = template.pseudo["AWS::StackName"]
        for name, output in template.outputs.items():
            value = output.get("Value")
            for part in walk(value):
                match part:
                    case Intrinsic(kind="Fn::GetAtt", argument=[str(logical), str(attribute)]):
                        owner = template.resources.get(logical)
                        if owner is not None and RETURNED.get(owner.type) == attribute:
                            detail = f"output {name} contains the {attribute} of {owner.path}"
                            yield Fault(owner, detail)
                    case str(text) if DYNAMIC.search(text):
                        yield Fault(stack, f"output {name} contains the value of a secret")
            if isinstance(value, str) and (problem := credential(name, value)):
                yield Fault(stack, f"output {name} {problem}")
        parameters = template.body.get("Parameters")
        for name, parameter in (parameters if isinstance(parameters, dict) else {}).items():
            default = parameter.get("Default") if isinstance(parameter, dict) else None
            is_name = isinstance(parameter, dict) and "AWS::SSM" in str(parameter.get("Type"))
            if default and not is_name and credential(name, default):
                fix = "- default=...,  # and no_echo=True; or a secret of Secrets Manager"
                yield Fault(stack, f"the default of parameter {name} is a credential", fix)


@rule("TAP754", "security", OWN_FUNCTION)
def code_holds_no_credentials(function: Resource) -> Iterator[str]:
    """The code of a function contains no keys or tokens.

    Everyone who may read the repository, the asset or the function reads the credential.
    Limits: Recognized by their form, in the top folder of the code.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html

        boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ARN"])
    """
    content = files(function, "Code")
    for name in sorted(content.names) if content else ():
        if "/" in name or not name.endswith(TEXTS):
            continue
        for what in _forms(content.read(name)) if content else ():
            yield f"{name} contains {what}"


@rule("TAP755", "security")
def infrastructure_holds_no_credentials(app: App) -> Iterator[tuple[str, str]]:
    """The app's source contains no keys or tokens.

    Everyone who may read the repository, or an old copy of it, reads the credential.
    Limits: Recognized by their form.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html

        cdk.SecretValue.secrets_manager("partner", json_field="token")
    """
    for name, text in app.source_files:
        for number, line in enumerate(text.splitlines() if _forms(text) else (), 1):
            for what in _forms(line):
                yield f"{name}:{number}", f"contains {what}"
