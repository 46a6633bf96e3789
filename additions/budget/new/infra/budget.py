"""The monthly budget."""

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.common import base_of
from infra.settings import PROJECT
from tap_project.cdk import output

# When to notify: the kind of cost, and the percentage of the budget.
NOTIFICATIONS = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))


class Budget(Construct):
    """A budget for the costs with the tags of the stack, which notifies through its topic.

    The costs have the tags only after they are activated as cost allocation tags, in the account
    that pays (docs/operations.md, Budget). AWS Budgets compares about three times a day.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        base = base_of(self)
        topic = base.alarms.notification_topic
        self._allow_notifications()
        budget = budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(
                    amount=base.settings.monthly_budget_usd, unit="USD"
                ),
                filter_expression=budgets.CfnBudget.ExpressionProperty(
                    and_=[
                        _tagged("Project", PROJECT),
                        _tagged("Environment", base.settings.name),
                    ]
                ),
                metrics=["UnblendedCost"],
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=kind,
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[
                        budgets.CfnBudget.SubscriberProperty(
                            address=topic.topic_arn, subscription_type="SNS"
                        )
                    ],
                )
                for kind, percent in NOTIFICATIONS
            ],
        )
        # AWS Budgets publishes a message when it is created, which the policy has to allow.
        budget.node.add_dependency(topic)
        output(self, f"{construct_id}Name", budget.ref, "The monthly budget: name")

    def _allow_notifications(self) -> None:
        """Let AWS Budgets publish to the topic, and use its key.

        https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
        """
        base = base_of(self)
        service, conditions = "budgets.amazonaws.com", {
            "StringEquals": {"aws:SourceAccount": base.account}
        }
        topic = base.alarms.notification_topic
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowBudgets",
                principals=[iam.ServicePrincipal(service)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions=conditions,
            )
        )
        base.encryption.allow_service(
            "Budgets", service, ["kms:Decrypt", "kms:GenerateDataKey*"], conditions
        )


def _tagged(key: str, value: str) -> budgets.CfnBudget.ExpressionProperty:
    return budgets.CfnBudget.ExpressionProperty(
        tags=budgets.CfnBudget.TagValuesProperty(
            key=key, match_options=["EQUALS"], values=[value]
        )
    )
