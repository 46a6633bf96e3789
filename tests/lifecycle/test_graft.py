"""Partial Python files are added to whole ones, and the owner's code stays."""

from textwrap import dedent

import pytest

from lifecycle.graft import Misplaced, graft

STACK = '''\
"""The stack."""

from infra.bucket import Bucket


class ServiceStack(BaseStack):
    """One environment."""

    def __init__(self, scope, *, settings):
        super().__init__(scope, settings=settings)
        # The owner's comment.
        bucket = Bucket(self, "Bucket")  # at the end of a line
        Api(self, "Api", bucket=bucket)
        AuditTrail(self, "AuditTrail")
'''


def added(whole: str, part: str) -> list[str]:
    """Return the lines that a part adds; the others must stay, in their order."""
    result = graft(whole, dedent(part))
    compile(result, "result", "exec")
    before, after = whole.splitlines(), result.splitlines()
    new = []
    for line in after:
        if before and line == before[0]:
            before.pop(0)
        else:
            new.append(line)
    assert not before, f"{before[0]!r} is gone or moved"
    return [line for line in new if line.strip()]


def part_of_stack(statements: str) -> str:
    body = "".join(f"        {line}\n" for line in statements.splitlines())
    return f"class ServiceStack:\n    def __init__(self):\n{body}"


def test_a_statement_is_added_at_the_end() -> None:
    part = part_of_stack('Table(self, "Orders")')
    assert added(STACK, part) == ['        Table(self, "Orders")']
    assert graft(STACK, part).endswith('        Table(self, "Orders")\n')


def test_a_statement_is_added_before_one_that_the_part_has_after_it() -> None:
    part = part_of_stack('Table(self, "Orders")\nAuditTrail(self, "AuditTrail")')
    lines = graft(STACK, part).splitlines()
    assert lines[-2:] == ['        Table(self, "Orders")', '        AuditTrail(self, "AuditTrail")']


def test_a_statement_is_added_before_later_additions() -> None:
    whole = graft(STACK, part_of_stack('Table(self, "Zoo")\nAuditTrail(self, "AuditTrail")'))
    part = part_of_stack('Table(self, "Ant")\nAuditTrail(self, "AuditTrail")')
    lines = graft(whole, part, later={"Zoo"}).splitlines()
    assert [line.strip() for line in lines[-3:-1]] == ['Table(self, "Ant")', 'Table(self, "Zoo")']


def test_the_same_part_changes_nothing_twice() -> None:
    part = part_of_stack('Table(self, "Orders")\nAuditTrail(self, "AuditTrail")')
    once = graft(STACK, part)
    assert graft(once, part) == once


def test_a_call_gets_missing_arguments_and_keeps_its_own() -> None:
    part = part_of_stack('bucket = Bucket(self, "Bucket", stream=True)')
    result = graft(STACK, part)
    assert 'bucket = Bucket(self, "Bucket", stream=True)  # at the end of a line' in result
    assert "# The owner's comment." in result
    changed = STACK.replace('Bucket(self, "Bucket")', 'Bucket(self, "Bucket", stream=False)')
    assert graft(changed, part) == changed


def test_a_result_gets_the_name_that_the_part_uses() -> None:
    part = part_of_stack('api = Api(self, "Api")\napi.add_routes(reports, "GET /reports")')
    result = graft(STACK, part)
    assert '        api = Api(self, "Api", bucket=bucket)\n' in result
    assert result.endswith('        api.add_routes(reports, "GET /reports")\n')


def test_a_result_keeps_the_name_that_its_owner_gave_it() -> None:
    whole = STACK.replace('Api(self, "Api"', 'front = Api(self, "Api"')
    part = part_of_stack('api = Api(self, "Api")\napi.add_routes(reports, "GET /reports", api=1)')
    result = graft(whole, part)
    assert 'front.add_routes(reports, "GET /reports", api=1)' in result


def test_only_missing_imports_are_added() -> None:
    part = "from infra.bucket import Bucket\nfrom infra.table import Table\nimport json\n"
    assert added(STACK, part) == ["from infra.table import Table", "import json"]


def test_a_class_gets_fields_after_its_own_and_descriptions() -> None:
    whole = dedent('''\
        class Environment:
            """Settings.

            Args:
                name: kebab-case.
                api: see ApiSettings, which
                    has more lines.

            Raises:
                ValueError: never.
            """

            name: str
            api: ApiSettings  # mine

            def check(self):
                pass
        ''')
    part = '''
        class Environment:
            """Settings.

            Args:
                reports: see FunctionSize.
            """

            reports: FunctionSize
        '''
    assert added(whole, part) == ["        reports: see FunctionSize.", "    reports: FunctionSize"]
    lines = graft(whole, dedent(part)).splitlines()
    assert lines.index("        reports: see FunctionSize.") == 7
    assert lines[lines.index("    api: ApiSettings  # mine") + 1] == "    reports: FunctionSize"


def test_calls_in_a_call_are_matched_by_their_name() -> None:
    whole = dedent("""\
        ENVIRONMENTS = by_name(
            Environment(name="dev", region="eu-west-1"),
            Environment(name="prod", region="eu-west-1"),
        )
        """)
    part = (
        'X = 1\nENVIRONMENTS = by_name(Environment(name="prod", size=2), Environment(name="x"))\n'
    )
    namespace: dict[str, object] = {
        "by_name": lambda *found: {each["name"]: each for each in found},
        "Environment": dict,
    }
    exec(graft(whole, part, appends=True), namespace)  # the result is this test's own code
    assert namespace["ENVIRONMENTS"] == {
        "dev": {"name": "dev", "region": "eu-west-1"},
        "prod": {"name": "prod", "region": "eu-west-1", "size": 2},
        "x": {"name": "x"},
    }


def test_calls_with_a_name_are_found_anywhere() -> None:
    whole = 'DEV = Environment(name="dev")\nENVIRONMENTS = by_name(DEV)\n'
    part = 'ENVIRONMENTS = by_name(Environment(name="dev", size=2))\n'
    merged = graft(whole, part)
    assert merged == whole.replace('name="dev"', 'name="dev", size=2')
    with pytest.raises(Misplaced, match=r'there is no Environment\(name="x"\); write it'):
        graft(whole, part.replace('"dev"', '"x"'))


def test_a_partner_is_found_as_its_owner_wrote_it() -> None:
    part = part_of_stack('table = Table(self, "Table")\nWorker(self, "Own", table=table)')
    for written in (
        'rows = tables.Table(self, "Table")',
        'rows = Table(scope=self, construct_id="Table")',
        'self.rows = Table(self, "Table")',
    ):
        whole = STACK.replace("        Api(", f"        {written}\n        Api(")
        merged = graft(whole, part, own={"Own"}, later={"Bucket"})
        name = written.split(" = ")[0]
        assert merged.index(written) < merged.index(f'Worker(self, "Own", table={name})')
        assert merged.count("Table(") == 1


def test_a_missing_partner_is_refused_and_a_missing_order_is_not() -> None:
    part = part_of_stack('table = Table(self, "Table")\nWorker(self, "Own", table=table)')
    with pytest.raises(Misplaced, match=r'there is no statement table = Table\(self, "Table"\)'):
        graft(STACK, part, own={"Own"})
    whole = STACK.replace('        AuditTrail(self, "AuditTrail")\n', "")
    part = part_of_stack('Worker(self, "Own")\nAuditTrail(self, "AuditTrail")')
    assert "AuditTrail" not in graft(whole, part, own={"Own"})


@pytest.mark.parametrize(
    ("whole", "part", "value"),
    [
        ("LINKS = {}", 'LINKS = {"a": 1}', {"a": 1}),
        ('LINKS: dict[str, int] = {"a": 1}', 'LINKS = {"a": 2, "b": 3}', {"a": 1, "b": 3}),
        ("LINKS = [1, 2]", "LINKS = [2, 3]", [1, 2, 3]),
        ("LINKS = (1,)", "LINKS = (3,)", (1, 3)),
        ("LINKS = {1}", "LINKS = {2}", {1, 2}),
        ("LINKS = 5", "LINKS = 6", 5),
        ("LINKS = {}", "LINKS = {}", {}),
        ("LINKS = []", "LINKS = []", []),
    ],
)
def test_values_get_what_they_lack(whole: str, part: str, value: object) -> None:
    namespace: dict[str, object] = {}
    exec(graft(f"{whole}\n", f"{part}\n"), namespace)  # the result is this test's own code
    assert namespace["LINKS"] == value


def test_constants_precede_the_first_that_uses_them() -> None:
    whole = "A = 1\nLINKS: dict[str, int] = {}\n\n\ndef f():\n    pass\n"
    part = 'B = 2\nLINKS = {"b": B}\nC = 3\n'
    exec(graft(whole, part), {})  # the result is this test's own code
    assert graft(whole, part).index("C = 3") < graft(whole, part).index("def f")


def test_a_constant_precedes_every_use_that_the_part_has() -> None:
    """Also a use that is before the next statement of the part."""
    whole = "LINKS = {}\nSIZE = 1\n"
    part = 'NEW = 2\nSIZE = 1\nLINKS = {"new": NEW}\n'
    assert graft(whole, part) == 'NEW = 2\nLINKS = {"new": NEW}\nSIZE = 1\n'


@pytest.mark.parametrize("whole", ["class A(\n", "x = = 1\n"])
def test_a_file_that_is_not_python_is_refused_in_one_line(whole: str) -> None:
    with pytest.raises(Misplaced, match=r"line \d+ is not Python") as error:
        graft(whole, "A = 1\n")
    assert "\n" not in str(error.value)


HANDLER = """\
@app.post("/items", status_code=201)
@tracer.capture_method
def create_item(item: NewItem) -> Item:
    return item
"""


def test_a_function_gets_arguments_of_decorators_and_parameters_with_defaults() -> None:
    part = """
    @app.post("/items", middlewares=[once])
    def create_item(key: Key = None, other: Other) -> Item:
        \"\"\"Create an item.\"\"\"
    """.replace("key: Key = None, other: Other", "other: Other, key: Key = None")
    merged = graft(HANDLER, dedent(part), own=())
    assert '@app.post("/items", status_code=201, middlewares=[once])' in merged
    assert "def create_item(item: NewItem, key: Key = None) -> Item:" in merged
    assert graft(merged, dedent(part), own=()) == merged


def test_a_function_gets_its_own_parameters_without_defaults() -> None:
    whole = "class Api:\n    def __init__(self, scope, *, table):\n        pass\n"
    part = (
        "class Api:\n    def __init__(self, *, idempotency: Idempotency) -> None:\n        pass\n"
    )
    assert "(self, scope, *, table, idempotency: Idempotency)" in graft(
        whole, part, own={"idempotency"}
    )
    assert graft(whole, part, own=()) == whole


RESOLVER = """\
def resolver():
    app = Resolver(enable_validation=True)
    answer(app.api)
    return app
"""


def test_a_call_without_a_text_is_known_by_target_and_unnamed_arguments() -> None:
    part = "def resolver():\n    app = Resolver(cors=cors())\n    answer(app.api, headers=1)\n"
    merged = graft(RESOLVER, part)
    assert "app = Resolver(enable_validation=True, cors=cors())" in merged
    assert "answer(app.api, headers=1)" in merged
    assert merged.count("answer(") == 1
    other = graft(RESOLVER, "def resolver():\n    answer(app.other, headers=1)\n")
    assert "answer(app.api)" in other
    assert "answer(app.other, headers=1)" in other
