"""Authorization: AWS identities with permission for `execute-api:Invoke`."""

from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from constructs import Construct


class Authorization(Construct):
    """Requests are signed with SigV4, and IAM authorizes them."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.authorizer = authorizers.HttpIamAuthorizer()
