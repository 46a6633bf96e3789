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
