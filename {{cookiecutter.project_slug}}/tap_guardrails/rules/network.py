"""TAP4xx: functions in a VPC reach the services that they call, at a known cost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tap_guardrails.calls import code_needs, declared
from tap_guardrails.model import OWN_FUNCTION, App, NotJudged, Resource
from tap_guardrails.networks import Network
from tap_guardrails.networks import declared as declared_networks
from tap_guardrails.policy import of_role, permits, statements
from tap_guardrails.references import strings
from tap_guardrails.rule import rule

SUBNET, FUNCTION, ENDPOINT = "AWS::EC2::Subnet", "AWS::Lambda::Function", "AWS::EC2::VPCEndpoint"

GATEWAYS = {"s3", "dynamodb"}
ELSEWHERE = "999999999999"
WRITES = {
    "s3": ("s3:PutObject", "arn:${AWS::Partition}:s3:::bucket/object"),
    "dynamodb": (
        "dynamodb:PutItem",
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:%s:table/table",
    ),
}
# Services whose endpoint differs from their IAM prefix.
HOSTS = {
    "bedrock": "bedrock-runtime",
    "cloudwatch": "monitoring",
    "ecr": "ecr.api",
    "firehose": "kinesis-firehose",
    "kinesis": "kinesis-streams",
    "sagemaker": "sagemaker.runtime",
    "ses": "email",
}
NAT, VPC, GROUP = "AWS::EC2::NatGateway", "AWS::EC2::VPC", "AWS::EC2::SecurityGroup"
# Services that run their owner's code in a VPC, besides functions.
WORKLOADS = (
    "AWS::AmazonMQ::*",
    "AWS::AppRunner::*",
    "AWS::AutoScaling::*",
    "AWS::Batch::*",
    "AWS::CodeBuild::*",
    "AWS::DMS::*",
    "AWS::EC2::EC2Fleet",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::SpotFleet",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ECS::TaskSet",
    "AWS::EKS::*",
    "AWS::EMR::*",
    "AWS::EMRServerless::*",
    "AWS::ElasticBeanstalk::*",
    "AWS::GameLift::*",
    "AWS::Glue::*",
    "AWS::ImageBuilder::*",
    "AWS::KafkaConnect::*",
    "AWS::KinesisAnalyticsV2::*",
    "AWS::MWAA::*",
    "AWS::SageMaker::*",
    "AWS::Transfer::*",
    "AWS::WorkSpaces::*",
)


def _route_table(subnet: Resource) -> Resource | None:
    joined = subnet.app.users(subnet, "AWS::EC2::SubnetRouteTableAssociation", "SubnetId")
    return joined[0].target("RouteTableId") if joined else None


def _way_out(subnet: Resource) -> Resource | None:
    """Return the default route of a subnet."""
    table = _route_table(subnet)
    routes = subnet.app.users(table, "AWS::EC2::Route", "RouteTableId") if table else []
    return next((r for r in routes if r.plain("DestinationCidrBlock") == "0.0.0.0/0"), None)


def _is_open(rule: dict[str, Any]) -> bool:
    """Return whether a security group rule allows HTTPS."""
    if str(rule.get("CidrIp")) == "255.255.255.255/32":  # CDK's rule for no outbound traffic
        return False
    every = str(rule.get("IpProtocol")) == "-1"
    return every or rule.get("FromPort", 0) <= 443 <= rule.get("ToPort", 65535)


def _lets_in(group: Resource) -> bool:
    more = group.app.users(group, "AWS::EC2::SecurityGroupIngress", "GroupId")
    return any(map(_is_open, [*group.items("SecurityGroupIngress"), *(e.properties for e in more)]))


def _leads_out(subnet: Resource) -> bool:
    """Return whether functions in a subnet reach the internet; a public subnet is not enough."""
    route = _way_out(subnet)
    return route is not None and not route.text("GatewayId")


def _subnets(function: Resource) -> list[Resource]:
    return function.targets("VpcConfig", "SubnetIds") if function.get("VpcConfig") else []


def _existing_subnets(function: Resource) -> list[str]:
    """Return the ids of a function's subnets that the app does not create."""
    if not function.get("VpcConfig"):
        return []
    texts = map(function.template.text, function.items("VpcConfig", "SubnetIds"))
    return [text for text in texts if text and function.app.named(text) is None]


def _network_of(function: Resource, subnets: list[str]) -> Network:
    """Return the VPC of subnets that the app does not create, as it is declared.

    Raises:
        NotJudged: it is not declared.
    """
    known = [each for t in function.app.templates for each in declared_networks(t.body)]
    for network in known:
        if set(subnets) <= network.subnets.keys():
            return network
    raise NotJudged(
        f"the services that {', '.join(subnets)} lead to are not declared; declare them with"
        " add_metadata, as TAP408 shows"
    )


def _service(endpoint: Resource) -> str:
    """Return the AWS service of an endpoint, such as ecr.dkr; '' for a service of others."""
    name = endpoint.text("ServiceName")
    found = re.fullmatch(r"(?:aws|com\.amazonaws|cn\.com\.amazonaws)\.([^.]+)\.(.+)", name)
    return found.group(2) if found and "vpce-svc-" not in name else ""


def _runs_workloads(vpc: Resource | None, app: App) -> bool:
    """Return whether a VPC contains, or can contain, code whose calls are unknown."""
    functions = [f for f in app.resources(FUNCTION) if _can_be_in(vpc, f)]
    if any(declared(function) is None for function in functions):
        return True
    return any(_can_be_in(vpc, each) for each in app.resources(*WORKLOADS))


def _can_be_in(vpc: Resource | None, workload: Resource) -> bool:
    """Return whether a workload is in a VPC, or in one that is not known."""
    if workload.type == FUNCTION and not workload.properties.get("VpcConfig"):
        return False
    texts = strings(workload.template, workload.properties)
    named = [workload.app.named(text) for text in texts]
    places = [each for each in named if each and each.type in {SUBNET, GROUP, VPC}]
    return not places or any(p is vpc or p.target("VpcId") is vpc for p in places)


def _serves(endpoint: Resource, subnet: Resource) -> bool:
    """Return whether calls from a subnet resolve to an endpoint."""
    if endpoint.plain("VpcEndpointType", default="Gateway") == "Gateway":
        return _route_table(subnet) in endpoint.targets("RouteTableIds")
    groups = endpoint.targets("SecurityGroupIds")
    named = endpoint.plain("PrivateDnsEnabled", default=False) is True
    return named and (not groups or any(map(_lets_in, groups)))


def _called(function: Resource) -> dict[str, str]:
    """Return the services that the code of a function calls, with one action each."""
    actions = {need.action.partition(":")[0]: need.action for need in code_needs(function)}
    return {HOSTS.get(service, service): action for service, action in actions.items()}


@rule("TAP401", "run", SUBNET)
def egress_subnets_have_a_way_out(subnet: Resource) -> Iterator[str]:
    """Subnets "with egress" have a default route.

    With nat_gateways=0, CDK creates the subnet without a default route: every call from it times
    out.
    Limits: Recognized by the CDK's tag on subnets; the target of the route is not judged.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html

        nat_gateways=1,  # or 0, with subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
    """
    tags = {t["Key"]: t["Value"] for t in subnet.items("Tags")}
    if tags.get("aws-cdk:subnet-type") in {"Private", "Public"} and _way_out(subnet) is None:
        yield "is a subnet with egress, but has no default route"


@rule("TAP402", "run", OWN_FUNCTION)
def isolated_functions_reach_what_they_call(function: Resource) -> Iterator[str]:
    """Functions without a NAT gateway have an endpoint for each service that they call.

    Without a route, a call blocks until the function times out. This also applies to public
    subnets, because functions have no public IP address.
    Limits: Only calls that PERMISSIONS declares and subnets of this app are considered; TAP408 is
    about others.
    https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html

        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        # or, for a service that has no gateway endpoint
        vpc.add_interface_endpoint("Sns", service=ec2.InterfaceVpcEndpointAwsService.SNS)
    """
    subnets = _subnets(function)
    if not subnets or all(map(_leads_out, subnets)):
        return
    vpc, app = subnets[0].target("VpcId"), function.app
    endpoints = [e for e in app.resources(ENDPOINT) if e.target("VpcId") is vpc]
    for service, action in _called(function).items():
        mine = [endpoint for endpoint in endpoints if _service(endpoint) == service]
        for subnet in subnets:
            if not any(_serves(endpoint, subnet) for endpoint in mine):
                yield f"calls {action} from {subnet.path}, which has no open endpoint for {service}"
                break


@rule("TAP403", "cost", ENDPOINT, profile="house")
def endpoints_are_used(endpoint: Resource) -> Iterator[str]:
    """Each interface endpoint is used by code in its VPC.

    Each endpoint costs about 7 USD per month and Availability Zone, whether it is used or not:
    three endpoints in two zones cost more than a NAT gateway.
    Limits: In a VPC of others, in one with other workloads, or with functions without PERMISSIONS,
    every endpoint is taken to be used.
    https://aws.amazon.com/privatelink/pricing/

        - vpc.add_interface_endpoint(...)  # or declare the call in PERMISSIONS of the handler
    """
    app, vpc, service = endpoint.app, endpoint.target("VpcId"), _service(endpoint)
    if endpoint.plain("VpcEndpointType", default="Gateway") != "Interface" or not service:
        return
    if vpc is None:
        return
    if _runs_workloads(vpc, app) or (service == "execute-api" and _has_private_api(app)):
        return
    inside = [f for f in app.own_functions if any(s.target("VpcId") is vpc for s in _subnets(f))]
    called = {host for function in inside for host in _called(function)}
    if not called & {service, service.partition(".")[0]}:
        yield f"no function in its VPC calls {service}"


def _has_private_api(app: App) -> bool:
    """Return whether an API of the app is reached through endpoints only."""
    apis = app.resources("AWS::ApiGateway::RestApi")
    return any("PRIVATE" in api.items("EndpointConfiguration", "Types") for api in apis)


@rule("TAP404", "cost", VPC, NAT, profile="house")
def network_costs_are_chosen(place: Resource) -> Iterator[str]:
    """A VPC has at most one NAT gateway, which functions use, and free gateway endpoints.

    ec2.Vpc() creates a NAT gateway in each Availability Zone (33 USD per month each). Without the
    free gateway endpoints, S3 traffic passes through it at 0.045 USD per GB.
    Limits: In a VPC with workloads other than functions, a NAT gateway is taken to be used.
    https://aws.amazon.com/vpc/pricing/

        nat_gateways=1,  # or 0, with PRIVATE_ISOLATED subnets
        # or, for the traffic
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    """
    app = place.app
    if place.type == NAT:
        yield from _many_in_another_vpc(place)
        return
    inside = [s for s in app.resources(SUBNET) if s.target("VpcId") is place]
    nats = [n for n in app.resources(NAT) if _vpc(n) is place]
    if len(nats) > 1:
        yield f"has {len(nats)} NAT gateways"
    used = {
        route.text("NatGatewayId")
        for f in app.resources(FUNCTION)
        for s in _subnets(f)
        if (route := _way_out(s))
    }
    unused = not any(f"${{{nat.key}" in text for nat in nats for text in used)
    if nats and unused and not _runs_others(place):
        yield "has a NAT gateway that no function uses"
    gateways = {_service(e) for e in app.resources(ENDPOINT) if e.target("VpcId") is place}
    if inside and (missing := GATEWAYS - gateways) and nats:
        yield f"has a NAT gateway, but no gateway endpoint for {' and '.join(sorted(missing))}"


def _runs_others(vpc: Resource) -> bool:
    """Return whether a VPC contains, or can contain, workloads that are not functions."""
    return any(_can_be_in(vpc, each) for each in vpc.app.resources(*WORKLOADS))


def _vpc(nat: Resource) -> Resource | None:
    """Return the VPC of a NAT gateway, or None if it is not in this app."""
    subnet = nat.target("SubnetId")
    place = subnet.target("VpcId") if subnet and subnet.type == SUBNET else nat.target("VpcId")
    return place if place and place.type == VPC else None


def _many_in_another_vpc(nat: Resource) -> Iterator[str]:
    """Yield a finding on the first of several NAT gateways in a VPC that is not in this app."""
    if _vpc(nat) is not None:
        return
    others = [
        each
        for each in nat.template.resources.values()
        if each.type == NAT and _vpc(each) is None and each.text("VpcId") == nat.text("VpcId")
    ]
    if len(others) > 1 and others[0] is nat:
        yield f"is one of {len(others)} NAT gateways in subnets that are not in this app"


def _may_call(function: Resource) -> bool:
    """Return whether the role of a function allows a call of its code, besides logs and traces."""
    role = function.target("Role")
    if role is None or role.type != "AWS::IAM::Role":
        return True
    actions = {action for each in of_role(role) for action in each.actions}
    own = ("logs:", "xray:", "ec2:")
    return any(not action.startswith(own) for action in actions)


@rule("TAP405", "run", FUNCTION)
def security_groups_let_calls_out(function: Resource) -> Iterator[str]:
    """The security groups of functions allow outbound HTTPS.

    allow_all_outbound=False also blocks VPC endpoints: every call times out.
    Limits: The destinations of egress rules, and network ACLs, are not considered.
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html

        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
    """
    groups = function.targets("VpcConfig", "SecurityGroupIds") if function.get("VpcConfig") else []
    if not _may_call(function):
        return
    for group in groups:
        own = group.items("SecurityGroupEgress")
        more = [
            e.properties for e in group.app.users(group, "AWS::EC2::SecurityGroupEgress", "GroupId")
        ]
        if any(map(_is_open, own + more)) or (not own and not more):
            return
    if groups:
        yield f"{groups[0].path} does not allow outbound HTTPS"


@rule("TAP407", "security", ENDPOINT, profile="house")
def gateway_endpoints_stay_in_the_account(endpoint: Resource) -> Iterator[str]:
    """Gateway endpoints of an isolated VPC allow access to this account only.

    The endpoint is the only route out of the VPC. Without a policy, code with credentials of
    another account can copy data to a bucket or table there.
    Limits: Interface endpoints are not judged.
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html

        account = cdk.Stack.of(endpoint).account
        endpoint.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["*"],
                resources=["*"],
                conditions={
                    "StringEquals": {
                        "aws:PrincipalAccount": account,
                        "aws:ResourceAccount": account,
                    }
                },
            )
        )
    """
    vpc = endpoint.target("VpcId")
    inside = [s for s in endpoint.app.resources(SUBNET) if vpc and s.target("VpcId") is vpc]
    gateway = endpoint.plain("VpcEndpointType", default="Gateway") == "Gateway"
    if not gateway or not inside or any(map(_way_out, inside)):
        return
    document = endpoint.get("PolicyDocument")
    if document is None:
        yield "has no policy"
        return
    fill, found = endpoint.template.fill, statements(endpoint, document)
    action, arn = WRITES.get(_service(endpoint), ("", ""))
    own = fill("${AWS::AccountId}")
    root = fill("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")
    for caller, owner, request in (
        (ELSEWHERE, ELSEWHERE, "credentials and resources of other accounts"),
        (own, ELSEWHERE, "this account's credentials and resources of other accounts"),
        (ELSEWHERE, own, "credentials of other accounts and this account's resources"),
    ):
        context = {
            "aws:PrincipalAccount": caller,
            "aws:ResourceAccount": owner,
            "aws:PrincipalIsAWSService": "false",
        }
        target = fill(arn.replace("%s", owner))
        principals = [own, root] if caller == own else []
        if permits(found, action, [target], principals, context):
            yield f"its policy allows {action} with {request}"
            return


@rule("TAP408", "run", OWN_FUNCTION)
def existing_vpcs_lead_to_what_functions_call(function: Resource) -> Iterator[str]:
    """A VPC that exists already leads to each service that its functions call.

    Its routes and endpoints are in no template, so the app declares them. Without a route, a call
    blocks until the function times out.
    Limits: Only calls that PERMISSIONS declares are considered. The declaration is compared with
    the account by make doctor, not by this rule.
    https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html

        stack.add_metadata(
            "tap::network::vpc-0123456789abcdef0",
            {
                "subnets": {
                    "subnet-0123456789abcdef0": "us-east-1a",
                    "subnet-0123456789abcdef1": "us-east-1b",
                },
                "services": ["dynamodb", "s3", "sns"],  # those that its endpoints lead to
                "internet": False,  # True: a NAT gateway leads to every service
            },
        )
    """
    subnets, called = _existing_subnets(function), _called(function)
    if not subnets or not called:
        return
    network, app = _network_of(function, subnets), function.app
    added = {
        _service(endpoint)
        for endpoint in app.resources(ENDPOINT)
        if endpoint.text("VpcId") == network.vpc
        and endpoint.plain("PrivateDnsEnabled", default=False) is True
    }
    for service, action in called.items():
        if service not in added and not network.leads_to(service):
            yield f"calls {action}, but {network.vpc} leads to {network.destinations} only"


@rule("TAP409", "run", OWN_FUNCTION, profile="house")
def existing_subnets_are_in_two_zones(function: Resource) -> Iterator[str]:
    """Functions in a VPC that exists already run in subnets of two zones or more.

    If the only zone fails, or its subnet has no free address, no function starts.
    Limits: The zones are those that the app declares, if it does; otherwise two subnets are enough.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html

        ec2.Vpc.from_vpc_attributes(
            stack,
            "Theirs",
            vpc_id="vpc-0123456789abcdef0",
            availability_zones=["us-east-1a", "us-east-1b"],
            private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        )
    """
    subnets = _existing_subnets(function)
    if not subnets:
        return
    try:
        zones = {_network_of(function, subnets).subnets[each] for each in subnets}
    except NotJudged:
        zones = set(subnets)
    if len(zones) < 2:
        yield f"runs in {', '.join(subnets)} only"


# CDK's placeholder for a value that it could not look up, by property:
# https://github.com/aws/aws-cdk/blob/v2.275.0/packages/aws-cdk-lib/aws-ec2/lib/vpc.ts
DUMMIES = {
    "AvailabilityZone": re.compile(r"dummy1[a-f]"),
    "ImageId": re.compile(r"ami-1234"),
    "HostedZoneId": re.compile(r"DUMMY"),
    "RouteTableId": re.compile(r"rtb-(12345|57890|67890)[sp]"),
    "SubnetId": re.compile(r"[sp]-(12345|67890)"),
    "VpcId": re.compile(r"vpc-12345"),
}


def _dummies(value: object, name: str = "") -> Iterator[str]:
    """Yield the dummy values of lookups. The same text in a tag or a description is ignored."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _dummies(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _dummies(item, name.removesuffix("s"))
    elif isinstance(value, str) and name in DUMMIES and DUMMIES[name].fullmatch(value):
        yield value


@rule("TAP406", "deploy")
def synth_needs_no_account(app: App) -> Iterator[tuple[Resource | str, str]]:
    """The synth needs no lookups in an account.

    If an account and Region are set, CDK queries AWS for the Availability Zones. Without
    credentials, the template silently contains dummy1a.
    Limits: Dummy values are recognized for Availability Zones, images, hosted zones and VPCs.
    https://docs.aws.amazon.com/cdk/v2/guide/context.html

        @property
        def availability_zones(self) -> list[str]:
            return [cdk.Fn.select(index, cdk.Fn.get_azs()) for index in range(2)]
    """
    for item in app.missing:
        wanted = json.dumps(item.get("props", {}))[:120]
        yield "cdk.context.json", f"{item.get('provider', 'a lookup')} is missing: {wanted}"
    for template in () if app.missing else app.templates:
        for resource in template.resources.values():
            if dummy := next(_dummies(resource.properties), None):
                yield resource, f"contains {dummy!r}, the dummy value of a lookup that did not run"
