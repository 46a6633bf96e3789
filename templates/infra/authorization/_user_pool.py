class Authorization(Construct):
    """A user pool without self sign-up, and the app client that people sign in through.

    Passwords are long and a one-time code is required, so a stolen password is not enough.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        super().__init__(scope, construct_id)
        self.user_pool = cognito.UserPool(
            self,
            "UserPool",
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            deletion_protection=settings.production,
            feature_plan=cognito.FeaturePlan.ESSENTIALS,
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
                temp_password_validity=cdk.Duration.days(3),
            ),
            removal_policy=settings.removal_policy,
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
        )
        cdk.Validations.of(self.user_pool).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-COG8",
                reason="Threat protection is billed by user; MFA and no self sign-up come first",
            )
        )
        self.client = self.user_pool.add_client(
            "Client",
            access_token_validity=cdk.Duration.hours(1),
            auth_flows=cognito.AuthFlow(admin_user_password=True, user_srp=True),
            disable_o_auth=True,
            enable_token_revocation=True,
            id_token_validity=cdk.Duration.hours(1),
            prevent_user_existence_errors=True,
        )
