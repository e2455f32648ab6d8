import pytest

from openslot.html.fields import Field, problem
from pages.conftest import MakePage


def questions_named(*labels: str) -> list[Field]:
    questions = [Field(f"answer-{index}", label, error="Answer this question") for index, label in enumerate(labels)]
    return [Field("name", "Name", error="Enter your name"), *questions]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["Mobile"], "Mobile: Answer this question"),
        (["What for?"], "What for?: Answer this question"),
        (["何ですか"], "何ですか: Answer this question"),
        (["?"], "Question 1, “?”: Answer this question"),
        ([" … "], "Question 1, “…”: Answer this question"),
        (["🙂"], "Question 1, “🙂”: Answer this question"),
        (["Size", "Size"], "Question 1, “Size”: Answer this question"),
        (["a\nb"], "a b: Answer this question"),
        (["x" * 500], f"{'x' * 80}…: Answer this question"),
    ],
)
def test_what_is_wrong_names_its_question(make_page: MakePage, labels: list[str], expected: str) -> None:
    fields = questions_named(*labels)
    assert problem(make_page(), fields[1], fields) == expected


def test_of_questions_that_are_alike_the_number_names_which(make_page: MakePage) -> None:
    fields = questions_named("Size", "?", "Size")
    assert [problem(make_page(), field, fields) for field in fields] == [
        "Enter your name", "Question 1, “Size”: Answer this question", "Question 2, “?”: Answer this question",
        "Question 3, “Size”: Answer this question",
    ]  # fmt: skip
