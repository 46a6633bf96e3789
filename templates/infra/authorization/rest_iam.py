"""Who may call the API: AWS identities that are allowed `execute-api:Invoke`."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct


class Authorization(Construct):
    """Requests are signed with SigV4, and IAM decides."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.method_options = apigateway.MethodOptions(
            authorization_type=apigateway.AuthorizationType.IAM
        )

    def explain(self, methods: list[apigateway.Method]) -> None:
        """Tell cdk-nag, which knows Cognito only, why each method is safe."""
        for method in methods:
            cdk.Validations.of(method).acknowledge(
                cdk.Acknowledgment(
                    id="AwsSolutions-COG4",
                    reason="IAM authorizes every request; there is no user pool",
                )
            )
