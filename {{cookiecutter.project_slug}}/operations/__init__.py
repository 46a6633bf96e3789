"""What people do to deployed stacks, beside the CDK CLI: find, bootstrap, deploy and destroy them."""
