"""CloudFormation resources that ministack lacks, and whose services it has."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Props = dict[str, Any]
Made = tuple[str, dict[str, str]]
Steps = tuple[Callable[..., Made], Callable[..., None]]


def further(client: Callable[[str], Any], account: Callable[[], str]) -> dict[str, Steps]:
    """Return how each type is created and deleted.

    Args:
        client: returns a client of a service of the emulator.
        account: returns the current account.
    """

    def archive(logical_id: str, props: Props, stack: str) -> Made:
        name = props.get("ArchiveName") or f"{stack}-{logical_id}"[:48]
        made = client("events").create_archive(
            ArchiveName=name,
            EventSourceArn=props["SourceArn"],
            RetentionDays=int(props.get("RetentionDays", 0)),
        )
        return name, {"Arn": made["ArchiveArn"], "ArchiveName": name}

    def budget(logical_id: str, props: Props, stack: str) -> Made:
        given = props["Budget"]
        name = given.get("BudgetName") or f"{stack}-{logical_id}"
        limit = {**given["BudgetLimit"], "Amount": str(given["BudgetLimit"]["Amount"])}
        client("budgets").create_budget(
            AccountId=account(),
            Budget={
                "BudgetName": name,
                "BudgetLimit": limit,
                "BudgetType": given["BudgetType"],
                "TimeUnit": given["TimeUnit"],
            },
        )
        return name, {}

    def secret_policy(_: str, props: Props, __: str) -> Made:
        policy = json.dumps(props["ResourcePolicy"])
        client("secretsmanager").put_resource_policy(
            SecretId=props["SecretId"], ResourcePolicy=policy
        )
        return props["SecretId"], {}

    def association(_: str, props: Props, __: str) -> Made:
        client("wafv2").associate_web_acl(
            WebACLArn=props["WebACLArn"], ResourceArn=props["ResourceArn"]
        )
        return props["ResourceArn"], {}

    def logging(_: str, props: Props, __: str) -> Made:
        """Note that the log group exists; ministack writes no logs of web ACLs."""
        (arn,) = props["LogDestinationConfigs"]
        name = arn.rpartition(":log-group:")[2]
        found = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if not name.startswith("aws-waf-logs-") or name not in {g["logGroupName"] for g in found}:
            raise ValueError(f"{arn!r} is not a log group for AWS WAF")
        return props["ResourceArn"], {}

    def style(logical_id: str, props: Props, stack: str) -> Made:
        """Note that the client exists; the emulator's login page has no styles."""
        client("cognito-idp").describe_user_pool_client(
            UserPoolId=props["UserPoolId"], ClientId=props["ClientId"]
        )
        return f"{props['UserPoolId']}|{logical_id}", {"ManagedLoginBrandingId": logical_id}

    def remove_archive(physical_id: str, _: Props) -> None:
        client("events").delete_archive(ArchiveName=physical_id)

    def remove_budget(physical_id: str, _: Props) -> None:
        client("budgets").delete_budget(AccountId=account(), BudgetName=physical_id)

    def remove_secret_policy(physical_id: str, _: Props) -> None:
        client("secretsmanager").delete_resource_policy(SecretId=physical_id)

    def remove_association(physical_id: str, _: Props) -> None:
        client("wafv2").disassociate_web_acl(ResourceArn=physical_id)

    def forget(physical_id: str, _: Props) -> None:
        """Do nothing."""

    return {
        "AWS::Budgets::Budget": (budget, remove_budget),
        "AWS::Cognito::ManagedLoginBranding": (style, forget),
        "AWS::Events::Archive": (archive, remove_archive),
        "AWS::SecretsManager::ResourcePolicy": (secret_policy, remove_secret_policy),
        "AWS::WAFv2::LoggingConfiguration": (logging, forget),
        "AWS::WAFv2::WebACLAssociation": (association, remove_association),
    }
