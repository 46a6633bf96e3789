DATA = ["AWS::SecretsManager::Secret"]
