"""Authorization: AWS identities with permission for `execute-api:Invoke`."""

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct


class Authorization(Construct):
    """Requests are signed with SigV4, and IAM authorizes them."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.method_options = apigateway.MethodOptions(
            authorization_type=apigateway.AuthorizationType.IAM
        )
