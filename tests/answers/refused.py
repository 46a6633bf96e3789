"""Answers that are refused, and the line that each gets."""

from __future__ import annotations

NOT_ONE_ADDRESS = "is neither empty nor one address like on-call@example.com"
REFUSED = {
    "project_name": {
        "": "project_name '' is empty",
        "n" * 51: f"project_name {'n' * 51!r} has 51 characters; 50 is the most",
        "two\nlines": "project_name 'two\\nlines' holds the unprintable character U+000A;"
        " try 'two lines'",
        "right\u202eleft": "project_name 'right\\u202eleft' holds the unprintable character U+202E;"
        " try 'right left'",
        "{{ x": "project_name '{{ x' holds '{{', which would be taken for template code; try '{ x'",
        "a {% b": "project_name 'a {% b' holds '{%', which would be taken for template code;"
        " try 'a % b'",
        "a {# b": "project_name 'a {# b' holds '{#', which would be taken for template code;"
        " try 'a # b'",
    },
    "project_slug": {
        "": "project_slug '' is empty: a project_name without letters and digits gives none;"
        " try 'my-service'",
        "3": "project_slug '3' is not kebab-case; try 'my-service'",
        "My_Service": "project_slug 'My_Service' is not kebab-case; try 'my-service'",
        "a--b-c": "project_slug 'a--b-c' is not kebab-case; try 'a-b-c'",
        "café-": "project_slug 'café-' is not kebab-case; try 'cafe'",
        "../evil": "project_slug '../evil' is not kebab-case; try 'evil'",
        "3d-printer": "project_slug '3d-printer' does not begin with a letter; try 'd-printer'",
        "ab": "project_slug 'ab' has 2 characters, not 3 to 32; try 'ab-service'",
        "a" * 33: f"project_slug {'a' * 33!r} has 33 characters, not 3 to 32; try {'a' * 32!r}",
        "con": "project_slug 'con' is the name of a device on Windows, where no folder can have it;"
        " try 'con-service'",
        "com1": "project_slug 'com1' is the name of a device on Windows, where no folder can have"
        " it; try 'com1-service'",
        "sthree-data": "project_slug 'sthree-data' would begin bucket names with 'sthree-', which"
        " S3 keeps for itself; try 'my-sthree-data'",
        "amzn-s3-demo": "project_slug 'amzn-s3-demo' would begin bucket names with"
        " 'amzn-s3-demo-', which S3 keeps for itself; try 'my-amzn-s3-demo'",
        "aws-cdk-lib": "project_slug 'aws-cdk-lib' is the name of a package that the project"
        " depends on; try 'aws-cdk-lib-service'",
    },
    "description": {
        "": "description '' is empty",
        "d" * 201: f"description '{'d' * 59}...{'d' * 9}' has 201 characters; 200 is the most",
        "tab\there": "description 'tab\\there' holds the unprintable character U+0009;"
        " try 'tab here'",
    },
    "owner": {
        "": "owner '' is empty",
        "R&D": "owner 'R&D' holds '&', which an AWS tag can't hold; try 'R-D'",
        "{{ us }}": "owner '{{ us }}' holds '{{', which would be taken for template code; try 'us'",
        "aws:team": "owner 'aws:team' begins with 'aws:', which AWS keeps for itself; try 'team'",
        "o" * 65: f"owner {'o' * 65!r} has 65 characters; 64 is the most",
    },
    "alarm_email": {
        value: f"alarm_email {value!r} {NOT_ONE_ADDRESS}{try_}"
        for value, try_ in (
            ("nobody", ""),
            ("a@localhost", ""),
            ("a..b@example.com", ""),
            ("Ann <ann@example.com>", "; try 'ann@example.com'"),
            ("a@example.com, b@example.com", "; try 'a@example.com'"),
            (f"{'a' * 65}@example.com", ""),
        )
    }
    | {
        f"a@{'b.' * 50}example": f"alarm_email 'a@{'b.' * 28}b...b.example' has 109"
        " characters; 100 is the most",
    },
    "aws_region": {
        "": "aws_region '' is not a region of aws, aws-us-gov, aws-cn",
        "us-east": "aws_region 'us-east' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'us-east-1'",
        "EU_Central_1": "aws_region 'EU_Central_1' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'eu-central-1'",
        "aws-global": "aws_region 'aws-global' is not a region of aws, aws-us-gov, aws-cn",
        "us-iso-east-1": "aws_region 'us-iso-east-1' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'us-gov-east-1'",
    },
    "environments": {
        "": "environments '' names no environment; try 'dev,prod'",
        "dev,,prod": "environments 'dev,,prod' holds an empty name; try 'dev,prod'",
        "dev,Prod": "environments 'dev,Prod' holds 'Prod', which is not kebab-case; try 'dev,prod'",
        "dev prod": "environments 'dev prod' holds 'dev prod', which is not kebab-case;"
        " try 'dev-prod'",
        "dev;prod": "environments 'dev;prod' holds 'dev;prod', which is not kebab-case;"
        " try 'dev-prod'",
        "1e3": "environments '1e3' holds '1e3', which is not kebab-case; try 'e3'",
        "dev,{% x %}": "environments 'dev,{% x %}' holds '{% x %}', which is not kebab-case;"
        " try 'dev,x'",
        "dev,dev-pipeline": "environments 'dev,dev-pipeline' holds 'dev-pipeline', the name of the"
        " pipeline's stack of 'dev'; try 'dev'",
        "dev,dev": "environments 'dev,dev' names 'dev' more than once; try 'dev'",
        "e" * 17: f"environments {'e' * 17!r} holds {'e' * 17!r}: 17 characters; 16 is the most;"
        f" try {'e' * 16!r}",
        ",".join("abcdefghi"): "environments 'a,b,c,d,e,f,g,h,i' names 9 environments;"
        " 8 is the most",
    },
}
