"""Authorization: people who sign in to a Cognito user pool."""

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.users import Users


class Authorization(Construct):
    """A token of the user pool authorizes each request."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        users = Users(self, "Users")
        self.method_options = apigateway.MethodOptions(
            authorization_type=apigateway.AuthorizationType.COGNITO,
            authorizer=apigateway.CognitoUserPoolsAuthorizer(
                self, "Authorizer", cognito_user_pools=[users.pool]
            ),
        )
