"""A VPC that exists already: its placeholders in the settings, and its state in the account.

A synth knows such a VPC by the ids of the settings only. `make deploy` refuses placeholders;
`make doctor` compares the settings with the account.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from tap_guardrails.networks import Network, declared
from tap_guardrails.regions import partition, zones_without_lambda
from tap_project.assembly import OperationError, Stack
from tap_project.isolation import Request, permits
from tap_project.problem import Problem

SETTINGS = {
    "vpc": "network.vpc_id",
    "subnet": "network.subnet_ids",
    "sg": "network.security_group_id",
}
PLACEHOLDER = re.compile(r"\b(vpc|subnet|sg)-(?:0{7}|0{16})[0-9]\b")
EVERYWHERE = ("0.0.0.0/0", "::/0")
HTTPS = 443
# A request of the stack that the policy of an endpoint has to allow, by the endpoint's service.
WRITES = {
    "s3": ("s3:PutObject", "arn:{p}:s3:::{n}-x/x"),
    "dynamodb": ("dynamodb:PutItem", "arn:{p}:dynamodb:{r}:{a}:table/{n}-x"),
}


def placeholders(stack: Stack) -> str | None:
    """Return which settings of a stack are placeholders, in one sentence, or None."""
    text = stack.template.read_text(encoding="utf-8")
    found = {match.group(0): match.group(1) for match in PLACEHOLDER.finditer(text)}
    if not found:
        return None
    settings = {
        setting: [each for each in sorted(found) if found[each] == kind]
        for kind, setting in SETTINGS.items()
        if kind in found.values()
    }
    listed = " and ".join(f"{name} ({', '.join(ids)})" for name, ids in settings.items())
    return f"infra/settings.py has placeholders for {stack.environment!r} in {listed}"


def require_no_placeholders(stack: Stack) -> None:
    """Stop if the settings of a stack contain placeholders.

    Raises:
        OperationError: they do; the message names the settings.
    """
    found = placeholders(stack)
    if found is not None:
        raise OperationError(
            f"{found}; set the ids of your VPC, then try: make doctor ENV={stack.environment}"
        )


def networks(stack: Stack) -> list[Network]:
    """Return the VPCs that the stack uses and does not create."""
    return [*declared(json.loads(stack.template.read_text(encoding="utf-8")))]


def check_vpc(ec2: Any, network: Network, stack: Stack, account: str) -> str:
    """Check that a VPC and its subnets exist as the settings describe them.

    Raises:
        Problem: they don't.
    """
    where = f"account {account}, {stack.region}"
    if _describe(ec2.describe_vpcs, "Vpcs", VpcIds=[network.vpc]) is None:
        raise Problem(f"{network.vpc} is not in {where}", _set("vpc"))
    for attribute, option, needed in (
        ("EnableDnsSupport", "enable-dns-support", True),
        ("EnableDnsHostnames", "enable-dns-hostnames", _has_private_dns(ec2, network)),
    ):
        name = f"{attribute[0].lower()}{attribute[1:]}"
        found = ec2.describe_vpc_attribute(VpcId=network.vpc, Attribute=name)
        if needed and not found[attribute]["Value"]:
            raise Problem(
                f"{network.vpc} has no {name}, without which functions find no endpoint",
                f"aws ec2 modify-vpc-attribute --region {stack.region} --vpc-id {network.vpc}"
                f" --{option}",
            )
    for subnet, zone in network.subnets.items():
        _check_subnet(ec2, network, subnet, zone, where)
    zones = ", ".join(sorted(set(network.subnets.values())))
    return f"{network.vpc} with {len(network.subnets)} subnets in {zones}"


def _check_subnet(ec2: Any, network: Network, subnet: str, zone: str, where: str) -> None:
    found = _describe(ec2.describe_subnets, "Subnets", SubnetIds=[subnet])
    if found is None:
        raise Problem(f"{subnet} is not in {where}", _set("subnet"))
    (actual,) = found
    if actual["VpcId"] != network.vpc:
        raise Problem(f"{subnet} is in {actual['VpcId']}, not {network.vpc}", _set("subnet"))
    if actual["AvailabilityZone"] != zone:
        raise Problem(
            f"{subnet} is in {actual['AvailabilityZone']}, not {zone}",
            "network.availability_zones in infra/settings.py",
        )
    if actual.get("AvailabilityZoneId") in zones_without_lambda():
        raise Problem(
            f"Lambda does not support {zone} ({actual['AvailabilityZoneId']}) of {subnet}",
            f"a subnet of another zone as {_set('subnet')}",
        )
    if actual.get("AvailableIpAddressCount", 1) < 1:
        raise Problem(f"{subnet} has no free address", f"another subnet as {_set('subnet')}")


def check_routes(ec2: Any, network: Network, stack: Stack, account: str) -> str:
    """Check that the subnets lead to the services of the settings.

    Raises:
        Problem: they don't, or the policy of an endpoint does not allow the stack's requests.
    """
    endpoints = [*_endpoints(ec2, network)]
    for subnet in network.subnets:
        table = _route_table(ec2, network, subnet)
        if network.internet and not _leads_out(table):
            raise Problem(
                f"{subnet} has no route to the internet through a NAT or transit gateway",
                "internet=False of NetworkSettings in infra/settings.py, or ask the VPC's owners",
            )
        for service in sorted(network.services):
            serving = [e for e in endpoints if _serves(e, service, table)]
            if not serving and not _leads_out(table):
                raise Problem(
                    f"{subnet} does not lead to {service}: {table['RouteTableId']} has no gateway"
                    f" endpoint for it, and {network.vpc} no interface endpoint with private DNS",
                    "ask the VPC's owners for one, or change services of NetworkSettings in"
                    " infra/settings.py",
                )
            for endpoint in serving:
                _check_policy(endpoint, service, stack, account)
    every = "the internet, and so to every service" if network.internet else network.destinations
    return f"lead to {every}"


def _check_policy(endpoint: dict[str, Any], service: str, stack: Stack, account: str) -> None:
    action, arn = WRITES.get(service, ("", ""))
    document = endpoint.get("PolicyDocument")
    if not action or not document:
        return
    here = partition(stack.region)
    target = arn.format(p=here, n=stack.name, r=stack.region, a=account)
    statements = json.loads(document)["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    if not permits(statements, Request(action, target, {})):
        raise Problem(
            f"the policy of {endpoint['VpcEndpointId']} does not allow {action} on {target}",
            "ask the VPC's owners to allow the stack's buckets and tables",
        )


def check_groups(ec2: Any, network: Network, stack: Stack) -> str | None:
    """Check the security groups that the settings name; None if the stack creates them.

    Raises:
        Problem: a group does not exist, is in another VPC, or allows no outbound HTTPS.
    """
    template = json.loads(stack.template.read_text(encoding="utf-8"))
    groups = {
        group
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
        for group in resource["Properties"].get("VpcConfig", {}).get("SecurityGroupIds", [])
        if isinstance(group, str)
    }
    for group in sorted(groups):
        found = _describe(ec2.describe_security_groups, "SecurityGroups", GroupIds=[group])
        if found is None or found[0]["VpcId"] != network.vpc:
            raise Problem(f"{group} is not in {network.vpc}", _set("sg"))
        if not any(map(_allows_https, found[0]["IpPermissionsEgress"])):
            raise Problem(
                f"{group} allows no outbound HTTPS",
                f"aws ec2 authorize-security-group-egress --region {stack.region}"
                f" --group-id {group} --protocol tcp --port {HTTPS} --cidr 0.0.0.0/0",
            )
    return ", ".join(sorted(groups)) or None


def _set(kind: str) -> str:
    return f"{SETTINGS[kind]} in infra/settings.py"


def _describe(call: Callable[..., Any], what: str, **given: Any) -> list[dict[str, Any]] | None:
    """Return what a call describes, or None if it does not exist."""
    try:
        return call(**given)[what] or None
    except ClientError as error:
        if "NotFound" in error.response["Error"]["Code"]:
            return None
        raise


def _endpoints(ec2: Any, network: Network) -> Iterator[dict[str, Any]]:
    pages = ec2.get_paginator("describe_vpc_endpoints")
    for page in pages.paginate(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}]):
        yield from (
            each
            for each in page["VpcEndpoints"]
            if each["State"].lower() == "available" and each["VpcId"] == network.vpc
        )


def _has_private_dns(ec2: Any, network: Network) -> bool:
    return any(each.get("PrivateDnsEnabled") for each in _endpoints(ec2, network))


def _route_table(ec2: Any, network: Network, subnet: str) -> dict[str, Any]:
    """Return the route table of a subnet: its own, or else the VPC's main table."""
    pages = ec2.get_paginator("describe_route_tables")
    main: dict[str, Any] = {"RouteTableId": "the main route table", "Routes": []}
    for page in pages.paginate(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}]):
        for table in page["RouteTables"]:
            for association in table.get("Associations", []):
                if association.get("SubnetId") == subnet:
                    return dict(table)
                if association.get("Main"):
                    main = table
    return main


def _leads_out(table: dict[str, Any]) -> bool:
    """Return whether functions reach the internet: they can't through an internet gateway.

    They have no public address
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html).
    """
    return any(
        route.get("DestinationCidrBlock") in EVERYWHERE
        and route.get("State", "active") == "active"
        and not str(route.get("GatewayId", "")).startswith("igw-")
        for route in table["Routes"]
    )


def _serves(endpoint: dict[str, Any], service: str, table: dict[str, Any]) -> bool:
    """Return whether calls of a service from a subnet with this route table reach an endpoint."""
    # com.amazonaws.us-east-1.s3, or cn.com.amazonaws.cn-north-1.sqs
    name = re.sub(r"^(aws|com\.amazonaws|cn\.com\.amazonaws)\.[^.]+\.", "", endpoint["ServiceName"])
    if name != service:
        return False
    if endpoint.get("VpcEndpointType", "Gateway") == "Gateway":
        return table["RouteTableId"] in endpoint.get("RouteTableIds", [])
    return bool(endpoint.get("PrivateDnsEnabled"))


def _allows_https(rule: dict[str, Any]) -> bool:
    every = str(rule.get("IpProtocol")) == "-1"
    return every or rule.get("FromPort", 0) <= HTTPS <= rule.get("ToPort", 65535)
