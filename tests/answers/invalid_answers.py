"""Invalid answers, and the message for each."""

from __future__ import annotations

NOT_ONE_ADDRESS = "is not one address such as on-call@example.com, or empty"
INVALID_ANSWERS = {
    "project_name": {
        "": "project_name '' is empty",
        "n" * 51: f"project_name {'n' * 51!r} has 51 characters; the maximum is 50",
        "two\nlines": "project_name 'two\\nlines' contains the unprintable character U+000A;"
        " try 'two lines'",
        "right\u202eleft": "project_name 'right\\u202eleft' contains the unprintable character"
        " U+202E; try 'right left'",
        "{{ x": "project_name '{{ x' contains '{{', which is template syntax; try '{ x'",
        "a {% b": "project_name 'a {% b' contains '{%', which is template syntax; try 'a % b'",
        "a {# b": "project_name 'a {# b' contains '{#', which is template syntax; try 'a # b'",
    },
    "project_slug": {
        "": "project_slug '' is empty, because project_name has no letters or digits;"
        " try 'my-service'",
        "3": "project_slug '3' is not kebab-case; try 'my-service'",
        "My_Service": "project_slug 'My_Service' is not kebab-case; try 'my-service'",
        "a--b-c": "project_slug 'a--b-c' is not kebab-case; try 'a-b-c'",
        "café-": "project_slug 'café-' is not kebab-case; try 'cafe'",
        "../evil": "project_slug '../evil' is not kebab-case; try 'evil'",
        "3d-printer": "project_slug '3d-printer' does not start with a letter; try 'd-printer'",
        "ab": "project_slug 'ab' has 2 characters, not 3 to 32; try 'ab-service'",
        "a" * 33: f"project_slug {'a' * 33!r} has 33 characters, not 3 to 32; try {'a' * 32!r}",
        "con": "project_slug 'con' is a device name on Windows, which no folder can have;"
        " try 'con-service'",
        "com1": "project_slug 'com1' is a device name on Windows, which no folder can have;"
        " try 'com1-service'",
        "sthree-data": "project_slug 'sthree-data' would start bucket names with 'sthree-', which"
        " S3 reserves; try 'my-sthree-data'",
        "amzn-s3-demo": "project_slug 'amzn-s3-demo' would start bucket names with"
        " 'amzn-s3-demo-', which S3 reserves; try 'my-amzn-s3-demo'",
        "aws-cdk-lib": "project_slug 'aws-cdk-lib' is the name of a package that the project"
        " requires; try 'aws-cdk-lib-service'",
    },
    "description": {
        "": "description '' is empty",
        "d" * 201: f"description '{'d' * 59}...{'d' * 9}' has 201 characters; the maximum is 200",
        "tab\there": "description 'tab\\there' contains the unprintable character U+0009;"
        " try 'tab here'",
    },
    "owner": {
        "": "owner '' is empty",
        "R&D": "owner 'R&D' contains '&', which AWS tags don't allow; try 'R-D'",
        "{{ us }}": "owner '{{ us }}' contains '{{', which is template syntax; try 'us'",
        "aws:team": "owner 'aws:team' starts with 'aws:', which AWS reserves; try 'team'",
        "o" * 65: f"owner {'o' * 65!r} has 65 characters; the maximum is 64",
    },
    "alarm_email": {
        value: f"alarm_email {value!r} {NOT_ONE_ADDRESS}{try_}"
        for value, try_ in (
            ("someone", ""),
            ("a@localhost", ""),
            ("a..b@example.com", ""),
            ("Ann <ann@example.com>", "; try 'ann@example.com'"),
            ("a@example.com, b@example.com", "; try 'a@example.com'"),
            (f"{'a' * 65}@example.com", ""),
        )
    }
    | {
        f"a@{'b.' * 50}example": f"alarm_email 'a@{'b.' * 28}b...b.example' has 109"
        " characters; the maximum is 100",
    },
    "aws_region": {
        "": "aws_region '' is not a region of aws, aws-us-gov, aws-cn",
        "us-east": "aws_region 'us-east' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'us-east-1'",
        "EU_Central_1": "aws_region 'EU_Central_1' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'eu-central-1'",
        "aws-global": "aws_region 'aws-global' is not a region of aws, aws-us-gov, aws-cn",
        "Frankfurt": "aws_region 'Frankfurt' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'eu-central-1'",
        "eu-frankfurt-1": "aws_region 'eu-frankfurt-1' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'eu-central-1'",
        "us-iso-east-1": "aws_region 'us-iso-east-1' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'us-gov-east-1'",
    },
    "environments": {
        "": "environments '' names no environment; try 'dev,prod'",
        "dev,,prod": "environments 'dev,,prod' contains an empty name; try 'dev,prod'",
        "dev,Prod": "environments 'dev,Prod' contains 'Prod', which is not kebab-case;"
        " try 'dev,prod'",
        "dev prod": "environments 'dev prod' contains 'dev prod', which is not kebab-case;"
        " try 'dev,prod'",
        "dev;prod": "environments 'dev;prod' contains 'dev;prod', which is not kebab-case;"
        " try 'dev,prod'",
        "1e3": "environments '1e3' contains '1e3', which is not kebab-case; try 'e3'",
        "dev,{% x %}": "environments 'dev,{% x %}' contains '{% x %}', which is not kebab-case;"
        " try 'dev,x'",
        "dev,dev-pipeline": "environments 'dev,dev-pipeline' contains 'dev-pipeline', the name of"
        " the pipeline stack of 'dev'; try 'dev'",
        "dev,dev": "environments 'dev,dev' contains 'dev' more than once; try 'dev'",
        "e"
        * 17: f"environments {'e' * 17!r} contains {'e' * 17!r}: 17 characters; the maximum is 16;"
        f" try {'e' * 16!r}",
        ",".join("abcdefghi"): "environments 'a,b,c,d,e,f,g,h,i' has 9 environments;"
        " the maximum is 8",
    },
}
