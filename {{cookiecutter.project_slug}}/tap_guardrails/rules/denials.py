"""TAP41x: nothing on the other side denies what functions may do."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from tap_guardrails.calls import code_needs
from tap_guardrails.model import OWN_FUNCTION, Resource, as_list
from tap_guardrails.policy import ATTACHED, EMBEDDED, key_of, on_resource, permits, statements
from tap_guardrails.rule import rule
from tap_guardrails.rules.network import (
    ENDPOINT,
    GATEWAYS,
    SUBNET,
    _is_open,
    _route_table,
    _serves,
    _service,
    _subnets,
)

VPC, ACL = "AWS::EC2::VPC", "AWS::EC2::NetworkAcl"
ACL_OF, ENTRY = "AWS::EC2::SubnetNetworkAclAssociation", "AWS::EC2::NetworkAclEntry"
ROLE, REST_API = "AWS::IAM::Role", "AWS::ApiGateway::RestApi"
# The key use of a call, by the start of the action's name.
READS = ("Get", "Query", "Scan", "BatchGet", "Receive")


def _context(function: Resource) -> dict[str, str]:
    """Return the condition keys of a function's requests that are known."""
    fill = function.template.fill
    account = fill("${AWS::AccountId}")
    role = function.target("Role")
    return {
        "aws:SecureTransport": "true",
        "aws:PrincipalAccount": account,
        "aws:ResourceAccount": account,
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        **({"aws:PrincipalArn": role.arns[0]} if role else {}),
    }


def _callers(function: Resource) -> set[str]:
    role = function.target("Role")
    return {*role.arns, function.template.fill("${AWS::AccountId}")} if role else set()


@rule("TAP411", "run", OWN_FUNCTION)
def endpoints_let_calls_pass(function: Resource) -> Iterator[tuple[Resource, str]]:
    """The policies of endpoints allow the calls of the functions behind them.

    The call fails with AccessDenied, although the role allows it.
    Limits: Only calls that PERMISSIONS declares, and endpoints of this app, are considered.
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html

        - endpoint.add_to_policy(...)  # or a statement that allows what the code calls
    """
    subnets, app = _subnets(function), function.app
    for endpoint in app.resources(ENDPOINT) if subnets else ():
        document = endpoint.get("PolicyDocument")
        if document is None or not any(_serves(endpoint, each) for each in subnets):
            continue
        found, context, callers = statements(endpoint, document), _context(function), None
        for need in code_needs(function):
            if need.action.partition(":")[0] != _service(endpoint):
                continue
            callers = callers or _callers(function)
            if not permits(found, need.action, need.arns, callers, context):
                yield endpoint, f"its policy does not allow {need.action} of {function}"
                break


@rule("TAP412", "run", VPC)
def names_are_resolved(vpc: Resource) -> Iterator[str]:
    """A VPC with functions has DNS.

    Without DNS, the SDK can't find the address of any service: every call times out.
    Limits: Resolvers other than that of the VPC are not considered.
    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html

        - enable_dns_support=False,
        # or, with interface endpoints
        - enable_dns_hostnames=False,
    """
    inside = [
        f for f in vpc.app.own_functions if any(s.target("VpcId") is vpc for s in _subnets(f))
    ]
    if inside and vpc.plain("EnableDnsSupport", default=True) is False:
        yield f"has no DNS, but {inside[0]} is in it"
    endpoints = [e for e in vpc.app.resources(ENDPOINT) if e.target("VpcId") is vpc]
    private = [e for e in endpoints if e.plain("PrivateDnsEnabled", default=False) is True]
    if private and vpc.plain("EnableDnsHostnames", default=False) is not True:
        yield f"has no DNS host names, which {private[0]} needs"


@rule("TAP413", "cost", OWN_FUNCTION, profile="house")
def endpoints_are_routed_to(function: Resource) -> Iterator[tuple[Resource, str]]:
    """Gateway endpoints are in the route tables of the functions that call their service.

    The calls take the NAT gateway, at 0.045 USD per GB, or end nowhere.
    Limits: Only calls that PERMISSIONS declares, and subnets of this app, are considered.
    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html

        - subnets=[...],  # of the endpoint: those of the functions
    """
    subnets, app = _subnets(function), function.app
    called = {n.action.partition(":")[0] for n in code_needs(function)} if subnets else set()
    for endpoint in app.resources(ENDPOINT) if subnets else ():
        if endpoint.plain("VpcEndpointType", default="Gateway") != "Gateway":
            continue
        if _service(endpoint) not in called or endpoint.target("VpcId") is not subnets[0].target(
            "VpcId"
        ):
            continue
        outside = [s for s in subnets if _route_table(s) not in endpoint.targets("RouteTableIds")]
        if outside:
            yield (
                endpoint,
                f"is not in the route table of {outside[0]}, from which {function} calls",
            )


def _private(group_rule: dict[str, Any]) -> bool:
    """Return whether a rule leads to private addresses only."""
    cidr = group_rule.get("CidrIp")
    try:
        return isinstance(cidr, str) and ipaddress.ip_network(cidr).is_private
    except ValueError:
        return False


@rule("TAP414", "run", OWN_FUNCTION)
def egress_reaches_gateway_endpoints(function: Resource) -> Iterator[tuple[Resource, str]]:
    """Security groups let functions reach S3 and DynamoDB, whose addresses are public.

    A gateway endpoint is a route to the public addresses of its service: a rule for the addresses
    of the VPC does not include them, and every call times out.
    Limits: Prefix lists and security groups as destinations are accepted.
    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html

        - group.add_egress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), port)  # Peer.any_ipv4()
    """
    groups = function.targets("VpcConfig", "SecurityGroupIds") if function.get("VpcConfig") else []
    if not groups or not {n.action.partition(":")[0] for n in code_needs(function)} & GATEWAYS:
        return
    rules: list[dict[str, Any]] = []
    for group in groups:
        more = group.app.users(group, "AWS::EC2::SecurityGroupEgress", "GroupId")
        own = [*group.items("SecurityGroupEgress"), *(each.properties for each in more)]
        if not own:
            return
        rules += own
    https = [each for each in rules if _is_open(each)]
    if https and all(map(_private, https)):
        yield groups[0], f"leads to {https[0]['CidrIp']} only, but {function} calls S3 or DynamoDB"


@rule("TAP415", "run", SUBNET)
def network_acls_let_traffic_pass(subnet: Resource) -> Iterator[tuple[Resource, str]]:
    """Network ACLs of subnets have entries that allow traffic in both directions.

    A network ACL without entries denies everything, and answers need their own entry.
    Limits: Only the presence of an entry for each direction is checked, not its ports and
    addresses.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html

        acl.add_entry(
            "Out",
            cidr=ec2.AclCidr.any_ipv4(),
            direction=ec2.TrafficDirection.EGRESS,
            rule_number=100,
            traffic=ec2.AclTraffic.all_traffic(),
        )
    """
    for association in subnet.app.users(subnet, ACL_OF, "SubnetId"):
        acl = association.target("NetworkAclId")
        if acl is None or acl.type != ACL:
            continue
        entries = acl.app.users(acl, ENTRY, "NetworkAclId")
        allowed = [e for e in entries if e.plain("RuleAction") == "allow"]
        for egress, direction in ((True, "out"), (False, "in")):
            if not any((e.plain("Egress", default=False) is True) == egress for e in allowed):
                yield acl, f"lets no traffic {direction} of {subnet}"


def _denied(function: Resource, owner: Resource, action: str, arns: tuple[str, ...]) -> bool:
    """Return whether the policy of a resource certainly denies a call."""
    context = _context(function)
    for subnet in _subnets(function):
        context["aws:SourceVpc"] = subnet.text("VpcId")
    service = action.partition(":")[0]
    for endpoint in function.app.resources(ENDPOINT):
        gateway = endpoint.plain("VpcEndpointType", default="Gateway") == "Gateway"
        mine = gateway and _service(endpoint) == service
        if mine and any(_serves(endpoint, each) for each in _subnets(function)):
            context["aws:SourceVpce"] = f"${{{endpoint.key}}}"
    callers = _callers(function)
    return any(
        s.effect == "Deny" and s.applies(action, arns, callers, context) for s in on_resource(owner)
    )


@rule("TAP416", "run", OWN_FUNCTION)
def resources_deny_no_calls(function: Resource) -> Iterator[tuple[Resource, str]]:
    """The policies of buckets, tables, queues, topics and keys deny no call of a function.

    An explicit denial counts more than every permission: the call fails with AccessDenied.
    Limits: Only calls that PERMISSIONS declares, and denials whose conditions are known at synth,
    are judged.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

        conditions={"ArnNotEquals": {"aws:PrincipalArn": role.role_arn}},
    """
    seen: set[str] = set()
    for need in code_needs(function):
        owner = need.resource
        if owner is None or owner.type not in {*ATTACHED, *EMBEDDED}:
            continue
        if _denied(function, owner, need.action, need.arns):
            yield owner, f"its policy denies {need.action} to {function}"
            continue
        key = key_of(owner)
        name = need.action.partition(":")[2]
        action = "kms:Decrypt" if name.startswith(READS) else "kms:GenerateDataKey"
        if isinstance(key, Resource) and (each := f"{key.key} {action}") not in seen:
            seen.add(each)
            if _denied(function, key, action, (*key.arns, "*")):
                yield key, f"its policy denies {action} to {function}"


@rule("TAP417", "run", REST_API)
def apis_admit_someone(api: Resource) -> Iterator[str]:
    """The policy of an API does not deny every call.

    Every request is answered with 403, whatever its signature.
    Limits: Denials with conditions, or of some methods, are not judged.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html

        conditions={"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
    """
    document = api.get("Policy")
    for each in as_list((document or {}).get("Statement")) if isinstance(document, dict) else ():
        everyone = each.get("Principal") in ("*", {"AWS": "*"})
        actions = [api.template.text(action) for action in as_list(each.get("Action"))]
        invoked = any(action in ("*", "execute-api:*", "execute-api:Invoke") for action in actions)
        if each.get("Effect") == "Deny" and everyone and invoked and not each.get("Condition"):
            yield "its policy denies every call"


@rule("TAP418", "run", OWN_FUNCTION)
def boundaries_include_the_calls(function: Resource) -> Iterator[str]:
    """The permissions boundary of a role includes what its code calls.

    A boundary grants nothing, but what it does not allow is denied.
    Limits: Boundaries of other apps are not judged.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html

        - permissions_boundary=...,  # or one whose statements include the calls
    """
    role = function.target("Role")
    boundary = role.target("PermissionsBoundary") if role and role.type == ROLE else None
    if boundary is None:
        return
    found = statements(boundary, boundary.get("PolicyDocument"))
    for need in code_needs(function):
        if not permits(found, need.action, need.arns, context=_context(function)):
            yield f"its boundary {boundary} does not allow {need.action}"
            return
