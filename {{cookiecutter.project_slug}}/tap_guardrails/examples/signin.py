"""Examples of the rules on user pools and authorizers."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_cognito as cognito


def tap511_bad(stack: cdk.Stack) -> None:
    cognito.UserPool(stack, "Users", self_sign_up_enabled=True)


def tap511_good(stack: cdk.Stack) -> None:
    cognito.UserPool(
        stack,
        "Users",
        self_sign_up_enabled=False,
        mfa=cognito.Mfa.REQUIRED,
        mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
        password_policy=cognito.PasswordPolicy(min_length=12),
    )


def tap512_bad(stack: cdk.Stack) -> None:
    users = cognito.UserPool(stack, "Users")
    users.add_client(
        "Web",
        auth_flows=cognito.AuthFlow(user_password=True),
        o_auth=cognito.OAuthSettings(
            callback_urls=["https://shop.example.com"],
            flows=cognito.OAuthFlows(authorization_code_grant=True),
        ),
        prevent_user_existence_errors=True,
    )


def tap512_good(stack: cdk.Stack) -> None:
    users = cognito.UserPool(stack, "Users")
    users.add_client(
        "Web",
        auth_flows=cognito.AuthFlow(user_srp=True),
        o_auth=cognito.OAuthSettings(
            callback_urls=["https://shop.example.com"],
            flows=cognito.OAuthFlows(authorization_code_grant=True),
        ),
        prevent_user_existence_errors=True,
    )


def tap513_bad(stack: cdk.Stack) -> None:
    users = cognito.UserPool(stack, "Users")
    client = users.add_client("Web")
    api = apigatewayv2.HttpApi(stack, "Api")
    apigatewayv2.HttpAuthorizer(
        stack,
        "Authorizer",
        http_api=api,
        identity_source=["$request.querystring.token"],
        jwt_audience=[client.user_pool_client_id],
        jwt_issuer=users.user_pool_provider_url,
        type=apigatewayv2.HttpAuthorizerType.JWT,
    )


def tap513_good(stack: cdk.Stack) -> None:
    users = cognito.UserPool(stack, "Users")
    client = users.add_client("Web")
    api = apigatewayv2.HttpApi(stack, "Api")
    apigatewayv2.HttpAuthorizer(
        stack,
        "Authorizer",
        http_api=api,
        identity_source=["$request.header.Authorization"],
        jwt_audience=[client.user_pool_client_id],
        jwt_issuer=users.user_pool_provider_url,
        type=apigatewayv2.HttpAuthorizerType.JWT,
    )


def tap514_bad(stack: cdk.Stack) -> None:
    users = cognito.UserPool(stack, "Users")
    users.add_client("Web", access_token_validity=cdk.Duration.hours(24))


def tap514_good(stack: cdk.Stack) -> None:
    users = cognito.UserPool(stack, "Users")
    users.add_client("Web", access_token_validity=cdk.Duration.minutes(60))
