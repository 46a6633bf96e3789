"""An existing VPC is compared with the settings: each difference is named, with its remedy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tap_guardrails.networks import Network, declared
from tap_guardrails.values import NotJudged
from tap_project import network
from tap_project.assembly import OperationError, Stack
from tap_project.problem import Problem

ACCOUNT, REGION = "123456789012", "us-east-1"
ZONES = (f"{REGION}a", f"{REGION}b")


class Theirs:
    """A VPC of another team, with two isolated subnets and gateway endpoints."""

    def __init__(self) -> None:
        self.ec2: Any = boto3.client("ec2", region_name=REGION)
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        self.subnets = [self.add_subnet(self.vpc, f"10.0.{n}.0/24", n) for n in range(2)]
        self.table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        for subnet in self.subnets:
            self.ec2.associate_route_table(SubnetId=subnet, RouteTableId=self.table)

    @property
    def settings(self) -> Network:
        """The settings that fit."""
        return Network(
            vpc=self.vpc,
            subnets=dict(zip(self.subnets, ZONES, strict=True)),
            services=frozenset({"dynamodb", "s3"}),
            internet=False,
        )

    def add_subnet(self, vpc: str, cidr: str, zone: int = 0) -> str:
        made = self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=ZONES[zone])
        return str(made["Subnet"]["SubnetId"])

    def add_endpoint(self, service: str, kind: str = "Gateway", **given: Any) -> str:
        if kind == "Gateway":
            given.setdefault("RouteTableIds", [self.table])
        made = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            VpcEndpointType=kind,
            **given,
        )
        return str(made["VpcEndpoint"]["VpcEndpointId"])


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Theirs]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield Theirs()


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(
        name="tap-dev",
        environment="dev",
        account=None,
        region=REGION,
        production=False,
        template=tmp_path / "template.json",
    )


def write(stack: Stack, *groups: str, **metadata: Any) -> Stack:
    function = {"VpcConfig": {"SecurityGroupIds": [*groups]}}
    template = {
        "Metadata": metadata,
        "Resources": {"Function": {"Type": "AWS::Lambda::Function", "Properties": function}},
    }
    stack.template.write_text(json.dumps(template), encoding="utf-8")
    return stack


def check_vpc(theirs: Theirs, given: Network, stack: Stack) -> str:
    return network.check_vpc(theirs.ec2, given, stack, ACCOUNT)


def check_routes(theirs: Theirs, stack: Stack, *services: str, internet: bool = False) -> str:
    given = replace(theirs.settings, services=frozenset(services), internet=internet)
    return network.check_routes(theirs.ec2, given, stack, ACCOUNT)


def test_a_suitable_vpc_has_no_problem(theirs: Theirs, stack: Stack) -> None:
    found = check_vpc(theirs, theirs.settings, stack)
    assert found == f"{theirs.vpc} with 2 subnets in us-east-1a, us-east-1b"
    for service in ("s3", "dynamodb"):
        theirs.add_endpoint(service)
    assert check_routes(theirs, stack, "s3", "dynamodb") == "lead to dynamodb and s3"


def test_a_missing_vpc_is_named(theirs: Theirs, stack: Stack) -> None:
    missing = "vpc-0123456789abcdef0"
    with pytest.raises(Problem, match=f"{missing} is not in account {ACCOUNT}, {REGION}; try: net"):
        check_vpc(theirs, replace(theirs.settings, vpc=missing), stack)


def test_a_missing_subnet_is_named(theirs: Theirs, stack: Stack) -> None:
    missing = "subnet-0123456789abcdef0"
    with pytest.raises(
        Problem, match=rf"{missing} is not in .*; try: network\.subnet_ids in infra"
    ):
        check_vpc(theirs, replace(theirs.settings, subnets={missing: ZONES[0]}), stack)


def test_a_subnet_of_another_vpc_is_named(theirs: Theirs, stack: Stack) -> None:
    other = theirs.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    away = theirs.add_subnet(other, "10.1.0.0/24")
    with pytest.raises(Problem, match=f"{away} is in {other}, not {theirs.vpc}"):
        check_vpc(theirs, replace(theirs.settings, subnets={away: ZONES[0]}), stack)


def test_another_zone_is_named(theirs: Theirs, stack: Stack) -> None:
    first = theirs.subnets[0]
    with pytest.raises(
        Problem, match=rf"{first} is in us-east-1a, not us-east-1c; .*_zones in inf"
    ):
        check_vpc(theirs, replace(theirs.settings, subnets={first: "us-east-1c"}), stack)


def test_a_zone_without_lambda_is_named(
    theirs: Theirs, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, *_) = theirs.ec2.describe_subnets(SubnetIds=theirs.subnets)["Subnets"]
    monkeypatch.setattr(network, "zones_without_lambda", lambda: {first["AvailabilityZoneId"]})
    with pytest.raises(Problem, match="Lambda does not support us-east-1"):
        check_vpc(theirs, theirs.settings, stack)


def test_a_vpc_without_dns_is_named(theirs: Theirs, stack: Stack) -> None:
    theirs.ec2.modify_vpc_attribute(VpcId=theirs.vpc, EnableDnsSupport={"Value": False})
    with pytest.raises(Problem, match=r"has no enableDnsSupport.*--enable-dns-support"):
        check_vpc(theirs, theirs.settings, stack)


def test_private_dns_needs_host_names(theirs: Theirs, stack: Stack) -> None:
    theirs.ec2.modify_vpc_attribute(VpcId=theirs.vpc, EnableDnsHostnames={"Value": False})
    check_vpc(theirs, theirs.settings, stack)
    theirs.add_endpoint("sqs", "Interface", PrivateDnsEnabled=True, SubnetIds=theirs.subnets)
    with pytest.raises(Problem, match="has no enableDnsHostnames"):
        check_vpc(theirs, theirs.settings, stack)


def test_a_route_table_without_the_endpoint_is_named(theirs: Theirs, stack: Stack) -> None:
    other = theirs.ec2.create_route_table(VpcId=theirs.vpc)["RouteTable"]["RouteTableId"]
    theirs.add_endpoint("s3", RouteTableIds=[other])
    with pytest.raises(
        Problem, match=f"{theirs.subnets[0]} does not lead to s3: {theirs.table} has"
    ):
        check_routes(theirs, stack, "s3")


def test_the_main_route_table_counts_without_an_association(theirs: Theirs, stack: Stack) -> None:
    tables = theirs.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [theirs.vpc]}])
    (main,) = (
        table["RouteTableId"]
        for table in tables["RouteTables"]
        if any(each.get("Main") for each in table["Associations"])
    )
    theirs.add_endpoint("s3", RouteTableIds=[main])
    bare = theirs.add_subnet(theirs.vpc, "10.0.9.0/24")
    given = replace(theirs.settings, subnets={bare: ZONES[0]}, services=frozenset({"s3"}))
    assert network.check_routes(theirs.ec2, given, stack, ACCOUNT) == "lead to s3"


def test_an_interface_endpoint_needs_private_dns(theirs: Theirs, stack: Stack) -> None:
    theirs.add_endpoint("sqs", "Interface", PrivateDnsEnabled=False, SubnetIds=theirs.subnets)
    with pytest.raises(Problem, match="does not lead to sqs"):
        check_routes(theirs, stack, "sqs")
    theirs.add_endpoint("sqs", "Interface", PrivateDnsEnabled=True, SubnetIds=theirs.subnets)
    assert check_routes(theirs, stack, "sqs") == "lead to sqs"


def test_endpoints_of_other_vpcs_do_not_count(theirs: Theirs, stack: Stack) -> None:
    other = theirs.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    theirs.ec2.create_vpc_endpoint(
        VpcId=other,
        ServiceName=f"com.amazonaws.{REGION}.sqs",
        VpcEndpointType="Interface",
        PrivateDnsEnabled=True,
        SubnetIds=[theirs.add_subnet(other, "10.1.0.0/24")],
    )
    with pytest.raises(Problem, match="does not lead to sqs"):
        check_routes(theirs, stack, "sqs")


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        ("arn:aws:s3:::theirs/*", False),
        ("arn:aws:s3:::tap-*", True),
        ("*", True),
    ],
)
def test_the_policy_of_an_endpoint_is_compared(
    theirs: Theirs, stack: Stack, resource: str, allowed: bool
) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": resource}
    endpoint = theirs.add_endpoint("s3", PolicyDocument=json.dumps({"Statement": statement}))
    if allowed:
        assert check_routes(theirs, stack, "s3") == "lead to s3"
        return
    wanted = f"policy of {endpoint} does not allow s3:PutObject on arn:aws:s3:::tap-dev-x/x"
    with pytest.raises(Problem, match=wanted):
        check_routes(theirs, stack, "s3")


def test_the_internet_is_reached_through_a_nat_gateway_only(theirs: Theirs, stack: Stack) -> None:
    gateway = theirs.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    theirs.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=theirs.vpc)
    route = {"RouteTableId": theirs.table, "DestinationCidrBlock": "0.0.0.0/0"}
    theirs.ec2.create_route(**route, GatewayId=gateway)
    with pytest.raises(Problem, match="no route to the internet through a NAT"):
        check_routes(theirs, stack, internet=True)
    address = theirs.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = theirs.ec2.create_nat_gateway(SubnetId=theirs.subnets[0], AllocationId=address)
    theirs.ec2.delete_route(**route)
    theirs.ec2.create_route(**route, NatGatewayId=nat["NatGateway"]["NatGatewayId"])
    found = check_routes(theirs, stack, "s3", internet=True)
    assert found == "lead to the internet, and so to every service"


def test_a_given_security_group_is_checked(theirs: Theirs, stack: Stack) -> None:
    group = theirs.ec2.create_security_group(GroupName="x", Description="x", VpcId=theirs.vpc)[
        "GroupId"
    ]
    assert network.check_groups(theirs.ec2, theirs.settings, write(stack)) is None
    assert network.check_groups(theirs.ec2, theirs.settings, write(stack, group)) == group
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    theirs.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    with pytest.raises(Problem, match=f"{group} allows no outbound HTTPS; try: aws ec2 authorize"):
        network.check_groups(theirs.ec2, theirs.settings, write(stack, group))
    missing = "sg-0123456789abcdef0"
    with pytest.raises(Problem, match=f"{missing} is not in {theirs.vpc}; try: network.security"):
        network.check_groups(theirs.ec2, theirs.settings, write(stack, missing))


@pytest.mark.parametrize(
    ("metadata", "refused"),
    [
        ("vpc-00000000000000000", "network.vpc_id (vpc-00000000000000000)"),
        ("subnet-00000001", "network.subnet_ids (subnet-00000001)"),
        ("sg-00000000000000000", "network.security_group_id (sg-00000000000000000)"),
        ("vpc-0000000000000000a", None),
        ("subnet-000000000", None),
    ],
)
def test_placeholders_are_ids_of_zeros(stack: Stack, metadata: str, refused: str | None) -> None:
    write(stack, note=metadata)
    if refused is None:
        network.require_no_placeholders(stack)
        return
    with pytest.raises(OperationError) as refusal:
        network.require_no_placeholders(stack)
    assert refused in str(refusal.value)
    assert str(refusal.value).endswith("then try: make doctor ENV=dev")


def test_a_declaration_of_another_form_is_not_judged() -> None:
    with pytest.raises(NotJudged, match="metadata tap::network::vpc-1 is not an object of subnets"):
        [*declared({"Metadata": {"tap::network::vpc-1": {"subnets": []}}})]
