"""TAP70x: no one outside the app's account has access, unless it is acknowledged."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

from tap_guardrails.model import App, Resource
from tap_guardrails.outsiders import (
    ANYONE,
    admits_all,
    deputy,
    foreign_account,
    names_a_source,
    outsider,
    outsiders,
    policy_documents,
    principals,
    statements_of,
)
from tap_guardrails.policy import ATTACHED
from tap_guardrails.rule import Fault, rule
from tap_guardrails.values import as_list

# Providers that sign tokens for everyone, or for every workload of a cluster.
PUBLIC_PROVIDERS = (
    "app.terraform.io",
    "gitlab.com",
    "oidc.circleci.com",
    "oidc.eks.",
    "token.actions.githubusercontent.com",
    "vstoken.dev.azure.com",
)
ROLE, PERMISSION = "AWS::IAM::Role", "AWS::Lambda::Permission"
# Policies of these types are judged by other rules: an endpoint (TAP407) and an API (TAP504) are
# only reached from their VPC, or with authorization.
ELSEWHERE = frozenset({ROLE, "AWS::ApiGateway::RestApi", "AWS::EC2::VPCEndpoint"})
# The property with which a policy names its resource.
OWNERS = dict(ATTACHED.values()) | {
    "AWS::SNS::TopicInlinePolicy": "TopicArn",
    "AWS::SQS::QueueInlinePolicy": "Queue",
    "AWS::SecretsManager::ResourcePolicy": "SecretId",
}
BUCKET = "AWS::S3::Bucket"
MESSAGING = ("AWS::SNS::Topic", "AWS::SQS::Queue")
# A policy that EventBridge documents, and that targets.SnsTopic writes, names no rule.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
AS_DOCUMENTED = frozenset({("AWS::SNS::Topic", "events")})
# Ports that may be open to the internet: HTTP and HTTPS.
WEB = frozenset({80, 443})
INGRESS, GROUP = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroup"
# The service that assumes the role of each of these types. Roles of other types are not judged.
ASSUMED_BY = {
    "AWS::ApiGateway::Account": "apigateway",
    "AWS::AppSync::DataSource": "appsync",
    "AWS::Backup::BackupSelection": "backup",
    "AWS::CloudTrail::Trail": "cloudtrail",
    "AWS::CodeBuild::Project": "codebuild",
    "AWS::CodePipeline::Pipeline": "codepipeline",
    "AWS::EC2::FlowLog": "vpc-flow-logs",
    "AWS::ECS::TaskDefinition": "ecs-tasks",
    "AWS::Events::Rule": "events",
    "AWS::Glue::Job": "glue",
    "AWS::IAM::InstanceProfile": "ec2",
    "AWS::KinesisFirehose::DeliveryStream": "firehose",
    "AWS::Lambda::Function": "lambda",
    "AWS::Pipes::Pipe": "pipes",
    "AWS::Scheduler::Schedule": "scheduler",
    "AWS::StepFunctions::StateMachine": "states",
}
# Types that attach policies to a role, but don't assume it.
ATTACHING = frozenset({"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"})


def _actions(actions: tuple[str, ...]) -> str:
    """Return actions for a message."""
    more = f" and {len(actions) - 2} more actions" if len(actions) > 2 else ""
    return ", ".join(actions[:2]) + more


def _owner(policy: Resource) -> Resource:
    """Return the resource that a policy protects, or the policy, if that is not of this app."""
    path = OWNERS.get(policy.type)
    owners = policy.references(path) if path else []
    return owners[0] if owners else policy


@rule("TAP701", "security", "*")
def resources_are_closed_to_outsiders(resource: Resource) -> Iterator[Fault]:
    """Resource-based policies allow nothing to anyone or to other accounts.

    Anyone with an AWS account, or everyone in the named account, can use the resource. The policy
    of a bucket, queue, topic, key, secret, repository, event bus or any other resource is judged
    with all its conditions: a key that the caller can't choose, such as aws:PrincipalOrgID,
    restricts it; a prefix or an encryption context doesn't.
    Limits: A principal that is a parameter is taken to be of this account.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html

        - principals=[iam.AnyPrincipal()],  # or AccountPrincipal: name a role of this app
        # or, for all accounts of your organization
        conditions={"StringEquals": {"aws:PrincipalOrgID": organization_id}},
        # or, where it is intended
        cdk.Validations.of(bucket).acknowledge(cdk.Acknowledgment(id="tap::TAP701", reason=WHY))
    """
    if resource.type in ELSEWHERE or _is_in_a_vpc(resource):
        return
    if resource.type in WITHOUT_DOCUMENT:
        yield from _plain_principals(resource)
    for document in policy_documents(resource):
        for access in outsiders(resource.template, document):
            detail = f"its policy allows {_actions(access.actions)} to {access.who}"
            yield Fault(_owner(resource), detail)


# Policies that are written as properties: their principals, and what these may do.
WITHOUT_DOCUMENT = {
    "AWS::EC2::VPCEndpointServicePermissions": ("AllowedPrincipals", "the endpoint service"),
    "AWS::Events::EventBusPolicy": ("Principal", "the event bus"),
}


def _plain_principals(policy: Resource) -> Iterator[Fault]:
    name, what = WITHOUT_DOCUMENT[policy.type]
    if policy.get("Condition"):
        return
    for value in as_list(policy.get(name)):
        if who := outsider(policy.template, "AWS", policy.template.text(value)):
            yield Fault(policy, f"lets {who} use {what}")


def _is_in_a_vpc(resource: Resource) -> bool:
    """Return whether only a VPC reaches a resource, whatever its policy says."""
    if resource.type == "AWS::S3::AccessPoint":
        return bool(resource.get("VpcConfiguration"))
    domains = ("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain")
    return resource.type in domains and bool(resource.get("VPCOptions"))


@rule("TAP702", "security", ROLE)
def roles_are_closed_to_outsiders(role: Resource) -> Iterator[str | Fault]:
    """Roles can't be assumed by anyone, by other accounts, or by any user of a public provider.

    Whoever assumes the role has all its permissions. An external ID does not restrict it, and an
    OpenID Connect provider such as GitHub signs tokens for everyone: only the subject restricts it.
    Limits: Claims of providers other than Cognito, GitHub and GitLab are not compared with their
    documentation, and a provider of this app is not recognized as GitHub or GitLab.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html

        assumed_by=iam.WebIdentityPrincipal(
            provider.open_id_connect_provider_arn,
            {
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": "repo:me/app:ref:refs/heads/main",
                }
            },
        ),
        # or
        - assumed_by=iam.AnyPrincipal(),  # or AccountPrincipal: name a role of this app
    """
    document = role.get("AssumeRolePolicyDocument")
    if not isinstance(document, dict):
        return
    for access in outsiders(role.template, document):
        fix = '- assumed_by=iam.AccountPrincipal("..."),  # name a role of this app'
        yield Fault(role, f"can be assumed by {access.who}", fix)
    for statement in statements_of(document):
        if statement.get("Effect") == "Allow":
            for kind, provider in principals(role.template, statement):
                if kind == "Federated" and (problem := _open_provider(role, statement, provider)):
                    yield problem


def _open_provider(role: Resource, statement: dict[str, Any], provider: str) -> str | None:
    """Return why a statement admits any user of an identity provider, or None."""
    text = role.template.text
    claims: dict[str, list[str]] = {}
    for operator, tests in (statement.get("Condition") or {}).items():
        if "Not" not in operator and operator != "Null":
            for key, values in tests.items():
                claim = str(key).rpartition(":")[2].lower()
                found = [text(value) for value in as_list(values)]
                if "Like" not in operator:  # a * is no wildcard
                    found = [value.replace("*", "-") for value in found]
                claims.setdefault(claim, []).extend(found)
    if "saml-provider" in provider or ":SAML" in provider:
        return None
    if provider == "cognito-identity.amazonaws.com":
        if "aud" not in claims:
            return "can be assumed by users of any Cognito identity pool"
        if "unauthenticated" in claims.get("amr", []) or "amr" not in claims:
            return "can be assumed by guests of a Cognito identity pool"
        return None
    subjects = claims.get("sub", [])
    if not any(claims.get(name) for name in ("sub", "aud", "amr", "oaud", "email", "azp")):
        return f"can be assumed by any user of the identity provider {provider[-60:]}"
    keys = [str(key) for tests in (statement.get("Condition") or {}).values() for key in tests]
    hosts = " ".join([provider, *keys])
    public = any(host in hosts for host in PUBLIC_PROVIDERS)
    if public and (not subjects or any(_is_any_subject(subject) for subject in subjects)):
        return f"can be assumed by any subject of {provider.rpartition('oidc-provider/')[2]}"
    return None


def _is_any_subject(subject: str) -> bool:
    """Return whether a subject's pattern includes repositories of any owner."""
    owner = re.split(r"[/:]", subject.partition(":")[2])[0] if ":" in subject else subject
    return not owner or "*" in owner


@rule("TAP703", "security", PERMISSION, "AWS::Lambda::LayerVersionPermission")
def functions_are_closed_to_outsiders(permission: Resource) -> Iterator[Fault]:
    """Permissions on functions name an account of the app, or the source for which a service acts.

    A service such as S3 or SNS acts for every account: without a source, anyone can configure a
    bucket or a topic in another account to invoke the function.
    Limits: The source may belong to another account.
    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html

        source_arn=topic.topic_arn,
        # or
        source_account=cdk.Stack.of(function).account,
    """
    template = permission.template
    if permission.plain("FunctionUrlAuthType") == "NONE":
        return  # TAP504 judges the URL
    if permission.plain("InvokedViaFunctionUrl") is True:
        return
    if permission.text("PrincipalOrgID") or permission.text("OrganizationId"):
        return
    principal = permission.text("Principal")
    owner = next(iter(permission.references("FunctionName")), permission)
    who = ANYONE if principal == "*" else foreign_account(template, principal)
    names = ("SourceArn", "SourceAccount", "EventSourceToken")
    sourced = [text for name in names if not admits_all(text := permission.text(name))]
    alexa = principal == "alexa-appkit.amazon.com"
    if who and not (who == ANYONE and sourced):
        fix = f"- principal=...,  # {who}: name a service with its source, or an account of the app"
        yield Fault(owner, f"can be invoked by {who}", fix)
    elif not sourced and alexa:
        yield Fault(owner, "can be invoked by any Alexa skill", "event_source_token=skill_id,")
    elif not sourced and (service := deputy(template, principal)):
        yield Fault(owner, f"can be invoked by {service} for any account: it names no source")


@rule("TAP704", "security", *MESSAGING, BUCKET)
def services_name_their_source(target: Resource) -> Iterator[str]:
    """Policies of queues and topics name the source for which a service acts.

    A service such as S3 or EventBridge acts for every account: without a source, anyone can
    configure a bucket or a rule in another account to send to the queue or topic.
    Limits: The source may belong to another account.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html

        conditions={"ArnEquals": {"aws:SourceArn": rule.rule_arn}},
        # or
        conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(queue).account}},
    """
    template = target.template
    for policy in target.app.users(target, *ATTACHED[target.type]):
        for document in policy_documents(policy):
            for statement in statements_of(document):
                if statement.get("Effect") != "Allow":
                    continue
                if names_a_source(template, statement.get("Condition") or {}):
                    continue
                for kind, principal in principals(template, statement):
                    service = deputy(template, principal) if kind == "Service" else None
                    if target.type == BUCKET and service != "cloudfront":
                        continue
                    if service and (target.type, service) not in AS_DOCUMENTED:
                        yield f"its policy admits {service} for any account: it names no source"


def _is_internet(source: str) -> bool:
    """Return whether a network is the whole internet."""
    try:
        return ipaddress.ip_network(source, strict=False).prefixlen == 0
    except ValueError:
        return False


def _is_true(*path: str) -> Callable[[Resource], bool]:
    return lambda resource: resource.plain(*path, default=False) is True


# The settings with which a resource is open to the internet, by type.
PUBLIC: dict[str, tuple[Callable[[Resource], bool], str]] = {
    "AWS::AmazonMQ::Broker": (_is_true("PubliclyAccessible"), "has a public address"),
    "AWS::Cognito::IdentityPool": (
        _is_true("AllowUnauthenticatedIdentities"),
        "gives AWS credentials to guests",
    ),
    "AWS::DMS::ReplicationInstance": (_is_true("PubliclyAccessible"), "has a public address"),
    "AWS::DocDB::DBInstance": (_is_true("PubliclyAccessible"), "has a public address"),
    "AWS::EC2::Instance": (
        lambda r: any(
            each.get("AssociatePublicIpAddress") is True for each in r.items("NetworkInterfaces")
        ),
        "has a public address",
    ),
    "AWS::MSK::Cluster": (
        lambda r: (
            r.plain("BrokerNodeGroupInfo", "ConnectivityInfo", "PublicAccess", "Type")
            == "SERVICE_PROVIDED_EIPS"
        ),
        "has public addresses",
    ),
    "AWS::Neptune::DBInstance": (_is_true("PubliclyAccessible"), "has a public address"),
    "AWS::RDS::DBCluster": (_is_true("PubliclyAccessible"), "has a public address"),
    "AWS::RDS::DBInstance": (_is_true("PubliclyAccessible"), "has a public address"),
    "AWS::Redshift::Cluster": (_is_true("PubliclyAccessible"), "has a public address"),
    "AWS::RedshiftServerless::Workgroup": (_is_true("PubliclyAccessible"), "has a public address"),
    "AWS::S3::Bucket": (
        lambda r: str(r.plain("AccessControl", default="")).startswith(
            ("PublicRead", "Authenticated")
        ),
        "has an ACL that lets anyone read its objects",
    ),
}


PRIVATE = {
    "AWS::Cognito::IdentityPool": "allow_unauthenticated_identities=False,",
    "AWS::EC2::Instance": "associate_public_ip_address=False,",
    "AWS::S3::Bucket": "- access_control=s3.BucketAccessControl.PUBLIC_READ,",
}


@rule("TAP705", "security", *PUBLIC)
def data_is_not_on_the_internet(resource: Resource) -> Iterator[Fault]:
    """Databases, brokers and buckets have no public address, ACL or guest access.

    Only a password, or nothing at all, protects the data from everyone on the internet.
    Limits: Load balancers, routes and security groups (TAP706) are not considered.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html

        publicly_accessible=False,
        # or, for an identity pool
        allow_unauthenticated_identities=False,
        # or, for a bucket
        - access_control=s3.BucketAccessControl.PUBLIC_READ,
    """
    is_public, detail = PUBLIC[resource.type]
    if is_public(resource):
        yield Fault(resource, detail, PRIVATE.get(resource.type))


@rule("TAP706", "security", GROUP, INGRESS)
def ports_are_closed_to_the_internet(group: Resource) -> Iterator[str]:
    """Security groups let the internet reach HTTP and HTTPS only.

    Open administration and database ports are found by scanners within minutes.
    Limits: Large ranges other than 0.0.0.0/0 and ::/0, and prefix lists, are accepted.
    https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19

        group.add_ingress_rule(ec2.Peer.security_group_id(caller.security_group_id), port)
        # or, without any inbound connection
        - group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(22))
    """
    rules = [group.get()] if group.type == INGRESS else group.items("SecurityGroupIngress")
    for each in rules:
        given = next((each[name] for name in ("CidrIp", "CidrIpv6") if name in each), None)
        source = group.template.text(given)
        if not _is_internet(source):
            continue
        protocol = group.template.text(each.get("IpProtocol"))
        if protocol in {"icmp", "icmpv6", "1", "58"}:
            continue
        first, last = (group.template.text(each.get(name)) for name in ("FromPort", "ToPort"))
        if protocol == "-1" or not (first.isdecimal() and last.isdecimal()):
            yield f"lets {source} reach every port"
        elif not set(range(int(first), int(last) + 1)) <= WEB:
            ports = first if first == last else f"{first} to {last}"
            yield f"lets {source} reach port {ports}"


@rule("TAP707", "security", ROLE, profile="house")
def only_users_assume_roles(role: Resource) -> Iterator[str]:
    """A role trusts the services that use it, and no one else in the account.

    A trust in the account root lets everyone in the account who may call sts:AssumeRole use the
    permissions of the role. A service that is trusted needlessly can be configured to use them.
    Limits: Roles that no resource of a known type uses are not judged.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege

        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
    """
    template, used = role.template, _assuming_services(role)
    document = role.get("AssumeRolePolicyDocument")
    for statement in as_list((document or {}).get("Statement")):
        for kind, principal in principals(template, statement):
            own = template.fill("${AWS::AccountId}")
            if kind == "AWS" and (principal == own or principal.endswith(f":{own}:root")):
                yield "can be assumed by everyone in the account who may call sts:AssumeRole"
            service = principal.partition(".")[0]
            if kind == "Service" and used and service not in used:
                yield f"trusts {principal}, but only {', '.join(sorted(used))} uses it"


def _assuming_services(role: Resource) -> set[str]:
    """Return the services whose resources use a role; none if a user has another type."""
    found: set[str] = set()
    for user in role.app.referring(role):
        if user.type in ASSUMED_BY:
            found.add(ASSUMED_BY[user.type])
        elif user.type not in ATTACHING:
            return set()
    return found


@rule("TAP708", "security", "Custom::*", "AWS::CloudFormation::CustomResource")
def custom_resources_are_of_the_account(resource: Resource) -> Iterator[str]:
    """Custom resources call functions and topics of the app's account.

    The other account receives the properties of the resource, and its response decides the result
    of the deployment.
    Limits: A token that is a reference or a parameter is taken to be of this account.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html

        service_token=provider.service_token,
    """
    token = resource.text("ServiceToken")
    parts = token.split(":")
    own = resource.template.fill("${AWS::AccountId}")
    if parts[0] == "arn" and len(parts) > 5 and parts[4].isdecimal() and parts[4] != own:
        yield f"calls {token}, which is of account {parts[4]}"


@rule("TAP709", "security")
def images_are_private(app: App) -> Iterator[tuple[Resource, str]]:
    """Resource shares are limited to the accounts of the organization.

    Anyone in the other account can use the shared resource, and copy its data. AWS RAM allows
    principals outside the organization by default.
    Limits: Snapshots, images and documents are shared by API calls, which no template contains.
    https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html

        allow_external_principals=False,
    """
    for share in app.resources("AWS::RAM::ResourceShare"):
        if share.plain("AllowExternalPrincipals", default=True) is False:
            continue
        foreign = [
            text
            for text in map(share.template.text, share.items("Principals"))
            if foreign_account(share.template, text)
        ]
        if foreign:
            yield share, f"is shared with {foreign_account(share.template, foreign[0])}"
        elif share.items("Principals"):
            yield share, "can be shared with accounts outside the organization"
