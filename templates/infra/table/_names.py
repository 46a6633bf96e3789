{% if cookiecutter.api != 'none' %}
INDEX = "by_created"
{% endif %}
_PERIOD = cdk.Duration.minutes(5)
{% if cookiecutter.api != 'none' %}
_OPERATIONS = [
    dynamodb.Operation.DELETE_ITEM,
    dynamodb.Operation.GET_ITEM,
    dynamodb.Operation.PUT_ITEM,
    dynamodb.Operation.QUERY,
]
{% else %}
_OPERATIONS = [dynamodb.Operation.GET_ITEM, dynamodb.Operation.PUT_ITEM]
{% endif %}
