"""What people do to deployed stacks, beside the CDK CLI: find, bootstrap and destroy them."""
