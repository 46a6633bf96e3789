"""An existing VPC: placeholders are refused, and `make doctor` checks what it provides."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from proof import dependencies
from proof.live import harness
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake
from tests.project.test_doctor import REGION, Account
from tests.support.operations import imported

PLACEHOLDERS = (
    "infra/settings.py has placeholders for 'dev' in network.vpc_id (vpc-00000000000000000)"
)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with harness.running(tmp_path_factory.mktemp("log") / "emulator.log") as running:
        yield running


@pytest.fixture(scope="module")
def project(bake: Bake, warm_synth: WarmProcess) -> Path:
    """Return a synthesized project with the placeholders of a new one."""
    made = bake(network="existing")
    dependencies.link(made, "3.14")
    warm_synth(made)
    return made


class Theirs:
    """A VPC of another team in an account, with two isolated subnets and gateway endpoints."""

    def __init__(self, account: Account) -> None:
        self.ec2 = account.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.zones = [f"{REGION}a", f"{REGION}b"]
        self.subnets = [
            self.ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=zone
            )["Subnet"]["SubnetId"]
            for n, zone in enumerate(self.zones)
        ]
        self.table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        for subnet in self.subnets:
            self.ec2.associate_route_table(SubnetId=subnet, RouteTableId=self.table)
        self.group = self.ec2.create_security_group(
            GroupName="theirs", Description="theirs", VpcId=self.vpc
        )["GroupId"]

    def add_endpoint(self, service: str) -> None:
        self.ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            RouteTableIds=[self.table],
        )


@pytest.fixture
def account(
    project: Path,
    emulator: Any,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Account:
    for name, value in emulator.environment("0").items():
        monkeypatch.setenv(name, value)
    names = [item.name for item in request.session.items]
    return Account(project, emulator, f"{400_000_000_000 + names.index(request.node.name)}")


Doctor = Callable[..., dict[str, str]]


@pytest.fixture
def doctor(account: Account, tmp_path: Path) -> tuple[Theirs, Doctor]:
    """Return a VPC, and a function that runs `make doctor` on the project with its ids."""
    theirs, copy = Theirs(account), tmp_path / "project"
    shutil.copytree(account.project, copy, symlinks=True)

    def run(vpc: str = theirs.vpc, group: str = "") -> dict[str, str]:
        name = "cdk.out/tap-service-dev.template.json"
        template = json.loads((account.project / name).read_text(encoding="utf-8"))
        for resource in template["Resources"].values():
            if group and resource["Type"] == "AWS::Lambda::Function":
                resource["Properties"]["VpcConfig"]["SecurityGroupIds"] = [group]
        text = json.dumps(template).replace("vpc-00000000000000000", vpc)
        for number, subnet in enumerate(theirs.subnets):
            text = text.replace(f"subnet-0000000000000000{number}", subnet)
        (copy / name).write_text(text, encoding="utf-8")
        return Account(copy, account.emulator, account.number).doctor()[1]

    return theirs, run


def test_placeholders_are_reported_with_their_settings(account: Account) -> None:
    status, found = account.doctor()
    assert status == 1
    assert found["existing VPC"].startswith(f"problem: {PLACEHOLDERS} and network.subnet_ids (sub")
    assert found["existing VPC"].endswith("; try: set the ids of your VPC there")
    assert not {"routes of the existing VPC", "security group"} & found.keys()


def test_placeholders_are_not_deployed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (deploy,) = imported(project, "tap_project.deploy")
    assert deploy.main(["dev"]) == 1
    line = capsys.readouterr().err
    assert line.startswith(PLACEHOLDERS)
    assert line.endswith("; set the ids of your VPC, then try: make doctor ENV=dev\n")
    assert line.count("\n") == 1


def test_a_suitable_vpc_has_no_problem(doctor: tuple[Theirs, Doctor]) -> None:
    theirs, run = doctor
    theirs.add_endpoint("s3")
    theirs.add_endpoint("dynamodb")
    found = run()
    assert found["existing VPC"] == (f"fine: {theirs.vpc} with 2 subnets in {REGION}a, {REGION}b")
    assert found["routes of the existing VPC"] == "fine: lead to dynamodb and s3"
    assert "security group" not in found


def test_a_missing_vpc_is_reported(doctor: tuple[Theirs, Doctor]) -> None:
    _, run = doctor
    missing = "vpc-0123456789abcdef0"
    assert run(vpc=missing)["existing VPC"].startswith(f"problem: {missing} is not in account")


def test_a_given_security_group_is_checked(doctor: tuple[Theirs, Doctor]) -> None:
    theirs, run = doctor
    assert run(group=theirs.group)["security group"] == f"fine: {theirs.group}"


def test_placeholders_are_reported_without_credentials(account: Account) -> None:
    _, found = account.doctor(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", HOME="/nowhere")
    assert found["existing VPC"].startswith(f"problem: {PLACEHOLDERS}")
    assert "aws sso login" in found["credentials"]


def test_the_emulator_has_the_vpc_of_the_settings(account: Account) -> None:
    outputs = account.deploy()
    ec2 = account.client("ec2")
    (vpc,) = ec2.describe_vpcs(VpcIds=[outputs["VpcArn"].rpartition("/")[2]])["Vpcs"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])
    assert len(subnets["Subnets"]) == 2
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])
    assert "Functions" in str([group["Description"] for group in groups["SecurityGroups"]])
    assert account.deploy("prod")["VpcArn"] == outputs["VpcArn"]
