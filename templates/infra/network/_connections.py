        if settings.availability_zones:
            cdk.Validations.of(self.vpc).acknowledge(
                cdk.Acknowledgment(
                    id="CloudFormation-Validate::W3010",
                    reason="The settings choose the zones: Lambda is not in every zone",
                )
            )
        self._add_endpoint("DynamoDb", ec2.GatewayVpcEndpointAwsService.DYNAMODB)
        self._add_endpoint("S3", ec2.GatewayVpcEndpointAwsService.S3)
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_s3(log_bucket, "vpc/"),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        self.security_group = ec2.SecurityGroup(
            self,
            "Functions",
            vpc=self.vpc,
            allow_all_outbound=False,
            description="Functions: nobody calls them over the network, they call out over HTTPS",
        )
        self.security_group.add_egress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "{{ beyond }}"
        )

    def _add_endpoint(self, name: str, service: ec2.GatewayVpcEndpointAwsService) -> None:
        """Add a gateway endpoint that leads from this account to this account only.

        Without a policy, code with credentials of another account could copy data to a bucket or table
        of another account.
        https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
        """
        account = cdk.Stack.of(self).account
        self.vpc.add_gateway_endpoint(name, service=service).add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["*"],
                resources=["*"],
                conditions={
                    "StringEquals": {
                        "aws:PrincipalAccount": account,
                        "aws:ResourceAccount": account,
                    }
                },
            )
        )

    @property
    def interface_arns(self) -> list[str]:
        """What Lambda touches when it places a network interface for a function."""
        stack = cdk.Stack.of(self)

        def arn(resource: str, name: str) -> str:
            return stack.format_arn(service="ec2", resource=resource, resource_name=name)

        subnets = self.vpc.select_subnets(subnet_type=self.subnets.subnet_type).subnet_ids
        return [
            arn("network-interface", "*"),
            arn("security-group", self.security_group.security_group_id),
            *(arn("subnet", subnet) for subnet in subnets),
        ]
