"""Records of the requests that may be repeated."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.table import Table
from service import names
from tap_project.cdk import level_1


class Idempotency(Table):
    """A table with the first answer to each request that has an `Idempotency-Key`.

    Repeats are recognized for `names.REPEAT_HOURS`. DynamoDB deletes an expired record within days;
    the function ignores it before that. It is a separate table, so that records take no capacity
    from the items, and are neither in their stream nor in a restored copy of them.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
    """

    _operations = ("DeleteItem", "PutItem", "UpdateItem")

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        table = level_1(self, dynamodb.CfnTable)
        table.time_to_live_specification = dynamodb.CfnTable.TimeToLiveSpecificationProperty(
            attribute_name=names.EXPIRES, enabled=True
        )
