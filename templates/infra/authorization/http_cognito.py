"""Who may call the API: people who sign in to a Cognito user pool."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.settings import Environment


{% include 'infra/authorization/_user_pool.py' %}
        self.authorizer = authorizers.HttpUserPoolAuthorizer(
            "Authorizer", self.user_pool, user_pool_clients=[self.client]
        )
