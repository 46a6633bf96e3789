"""The API's web application firewall."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.api import Api
from infra.common import base_of
from infra.log_group import LogGroup
from tap_project.cdk import output

# AWS's free managed rule groups, and the names of their metrics.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED = (
    ("Reputation", "AWSManagedRulesAmazonIpReputationList"),
    ("Common", "AWSManagedRulesCommonRuleSet"),
    ("BadInputs", "AWSManagedRulesKnownBadInputsRuleSet"),
)
# Headers with credentials, which the log does not contain.
SECRET_HEADERS = ("authorization", "cookie", "x-amz-security-token")
MANY = 100


class Waf(Construct):
    """A web ACL with AWS's managed rules and a limit on the requests of one address.

    It rejects requests with 403 before they are authorized. The log contains rejected requests only.

    Args:
        api: the REST API.
    """

    def __init__(self, scope: Construct, construct_id: str, *, api: Api) -> None:
        super().__init__(scope, construct_id)
        base = base_of(self)
        self._name = f"{base.stack_name}-{construct_id}"
        limit = base.settings.waf.requests_per_address
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(
                allow=wafv2.CfnWebACL.AllowActionProperty()
            ),
            description=f"The API of {base.stack_name}",
            rules=[_rate_rule(limit), *(_managed_rule(n) for n in range(len(MANAGED)))],
            visibility_config=_visibility(self._name),
        )
        wafv2.CfnWebACLAssociation(
            self,
            "Association",
            resource_arn=api.rest_api.deployment_stage.stage_arn,
            web_acl_arn=acl.attr_arn,
        )
        self._log(acl)
        self._watch()
        output(self, f"{construct_id}Arn", acl.attr_arn, "The web ACL of the API")

    def _log(self, acl: wafv2.CfnWebACL) -> None:
        """Log rejected requests, without credentials.

        The log group's name needs the prefix, and its ARN no suffix.
        https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
        """
        log_group = LogGroup(self, "Logs", name=f"aws-waf-logs-{self._name}")
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            log_destination_configs=[
                cdk.Stack.of(self).format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=log_group.log_group_name,
                    arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
                        "Requirement": "MEETS_ANY",
                    }
                ],
            },
            redacted_fields=[
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": header})
                for header in SECRET_HEADERS
            ],
            resource_arn=acl.attr_arn,
        )

    def _watch(self) -> None:
        base = base_of(self)
        base.alarms.notify(
            self,
            "Blocked",
            metric=self._metric("BlockedRequests", "ALL"),
            threshold=MANY,
            description=f"The web ACL rejected {MANY} requests in each of three periods",
        )
        rules = ("RateLimit", *(name for name, _ in MANAGED))
        base.dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title=f"{self.node.id}: rejected requests by rule",
                left=[
                    self._metric("BlockedRequests", rule).with_(label=rule) for rule in rules
                ],
                width=12,
            ),
            cloudwatch.GraphWidget(
                title=f"{self.node.id}: requests",
                left=[
                    self._metric("AllowedRequests", "ALL"),
                    self._metric("BlockedRequests", "ALL"),
                ],
                width=12,
            ),
        )

    def _metric(self, name: str, rule: str) -> cloudwatch.Metric:
        """Return a metric of one rule, or of all.

        https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html
        """
        return cloudwatch.Metric(
            namespace="AWS/WAFV2",
            metric_name=name,
            dimensions_map={
                "Region": cdk.Stack.of(self).region,
                "Rule": rule,
                "WebACL": self._name,
            },
            statistic=cloudwatch.Stats.SUM,
        )


def _rate_rule(limit: int) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name="RateLimit",
        priority=0,
        action=wafv2.CfnWebACL.RuleActionProperty(block=wafv2.CfnWebACL.BlockActionProperty()),
        statement=wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", evaluation_window_sec=300, limit=limit
            )
        ),
        visibility_config=_visibility("RateLimit"),
    )


def _managed_rule(number: int) -> wafv2.CfnWebACL.RuleProperty:
    name, group = MANAGED[number]
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=number + 1,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                name=group, vendor_name="AWS"
            )
        ),
        visibility_config=_visibility(name),
    )


def _visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    """Return where the metrics are; AWS WAF keeps no samples, which would contain credentials."""
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
