"""Each template is valid as written, names what is to be filled in, and runs once that is done, on the simulators."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import duckdb
import jsonschema
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from openpyxl import load_workbook
from ruamel.yaml import YAML

from flows.cli import main
from plan.json_schema import plan_schema
from plan.templates import TEMPLATES, in_year, template_files
from sandbox.secrets import SECRETS
from sandbox.server import Sandbox, serve

TODAY = date(2026, 11, 24)
NOW = ("--now", "2026-11-24T06:00:00")


def kmi(*arguments: object, **environment: str | None) -> Result:
    cleared = {"KMI_PLAN": None, "KMI_WAREHOUSE": None}
    done = CliRunner().invoke(main, [str(one) for one in arguments], env={**cleared, **environment})
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done


def written(folder: Path, name: str, today: date = TODAY) -> Path:
    done = kmi("init", "--template", name, "--folder", folder, "--today", today)
    assert (done.exit_code, done.stderr) == (0, "")
    return folder / "plan.yaml"


@pytest.mark.parametrize("today", [TODAY, date(2026, 1, 2), date(2026, 12, 31), date(2031, 6, 15)])
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_valid_at_once_and_names_each_place_to_fill_in(name: str, today: date, tmp_path: Path) -> None:
    plan = written(tmp_path, name, today)
    checked = kmi("check", "--plan", plan, "--now", f"{today}T06:00:00")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "no fault found" in checked.stdout
    assert "of advice" not in checked.stdout
    lines = plan.read_text(encoding="utf-8").splitlines()
    marked = [number for number, line in enumerate(lines, 1) if "# FILL IN" in line]
    named = [int(line.split(":")[1]) for line in checked.stdout.splitlines() if ": to fill in: " in line]
    assert named == marked
    assert f"{len(marked)} places to fill in" in checked.stdout
    assert kmi("check", "--plan", plan, "--strict").exit_code == 2


def test_check_names_blank_goals_and_sources_without_a_mark_too(tmp_path: Path) -> None:
    plan = written(tmp_path, "km-advocacy")
    plan.write_text(plan.read_text(encoding="utf-8").replace("# FILL IN", "#"), encoding="utf-8")
    document = json.loads(kmi("check", "--plan", plan, "--json").stdout)
    blank = {one["field"]: one["what"] for one in document["to_fill_in"]}
    assert blank["indicators.likes.target.value"] == "the value that 'likes' is to reach, in likes"
    assert blank["sources.km_pages.ready"] == "the access of 'km_pages'; then delete the line 'ready: false'"
    assert len(blank) == 5 + 10


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_schema_accepts_a_template(name: str) -> None:
    files = {path.as_posix(): body for path, body in template_files(name, TODAY)}
    document = json.loads(json.dumps(YAML(typ="safe", pure=True).load(files["plan.yaml"].decode()), default=str))
    assert [error.message for error in jsonschema.Draft202012Validator(plan_schema()).iter_errors(document)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_holds_what_a_purpose_needs(name: str, tmp_path: Path) -> None:
    document = YAML(typ="safe", pure=True).load(written(tmp_path, name).read_text(encoding="utf-8"))
    assert all(one["owner"] and one["objective"] in document["objectives"] for one in document["indicators"].values())
    served = {one["objective"] for one in document["indicators"].values()}
    assert served == set(document["objectives"])
    assert document["reviews"]["every"] == "quarter"
    reviewed = [one["target"] for one in document["indicators"].values() if "target" in one]
    assert len(reviewed) >= 5
    assert all(target["review"] < target["due"] for target in reviewed)


def test_the_template_of_km_advocacy_has_each_activity_and_figure_of_its_purpose(tmp_path: Path) -> None:
    document = YAML(typ="safe", pure=True).load(written(tmp_path, "km-advocacy").read_text(encoding="utf-8"))
    channels = {one["channel"] for one in document["activities"].values()}
    assert channels == {"webinar", "newsletter", "poster", "video", "staff magazine"}
    assert {
        "km_page_visits", "km_page_hits", "likes", "follows", "reach", "library_visits", "articles", "postings", "news",
        "km_video_views", "training", "webinars", "newsletter_opens", "intranet_news", "km_audit",
    } <= document["indicators"].keys()  # fmt: skip


def test_dates_move_with_the_year_and_numbers_stay() -> None:
    text = 'due: 2027-12-31\nproperty: "120269999"\n2026,L1\nBranch,2025-01,2026-12\npage: "102030405060708"\n'
    moved = 'due: 2029-12-31\nproperty: "120269999"\n2028,L1\nBranch,2027-01,2028-12\npage: "102030405060708"\n'
    assert in_year(text, 2028) == moved
    assert in_year(text, 2026) == text


def test_both_forms_of_the_audit_hold_the_same_questions() -> None:
    files = {path.as_posix(): body for path, body in template_files("km-advocacy", TODAY)}
    text = list(csv.reader(io.StringIO(files["forms/km_audit.csv"].decode())))
    sheet = load_workbook(io.BytesIO(files["forms/km_audit.xlsx"])).worksheets[0]
    assert [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)] == text
    assert len(text) == 1 + 2 * 24


def test_init_lists_the_templates_and_refuses_an_unknown_one(tmp_path: Path) -> None:
    listed = kmi("init", "--list-templates")
    assert all(name in listed.stdout for name in TEMPLATES)
    refused = kmi("init", "--template", "school", "--folder", tmp_path)
    assert refused.exit_code == 2
    assert "km-advocacy" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_runs_as_it_is_written(name: str, tmp_path: Path) -> None:
    """Nothing is filled in: no source fails, none is asked that is not set up, and nothing is judged."""
    plan = written(tmp_path, name)
    ran = kmi("run", "--plan", plan, *NOW)
    assert ran.exit_code == 0, ran.output
    assert "left out" not in ran.stdout
    assert verdicts(tmp_path) == {"not_assessable"}
    assert kmi("doctor", "--plan", plan, *NOW).exit_code == 0
    assert "indicators.likes" not in ran.stdout


def verdicts(folder: Path) -> set[str]:
    rows = duckdb.execute(f"SELECT DISTINCT verdict FROM '{folder}/kmi-warehouse/published/verdicts.parquet'")
    return {verdict for (verdict,) in rows.fetchall()}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with serve(TODAY, 1) as running:
        yield running


def google_key(url: str) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    account = "km-indicators@riverside-library.iam.gserviceaccount.com"
    info = {"type": "service_account", "client_email": account, "private_key": pem, "private_key_id": "k1"}
    return json.dumps({**info, "token_uri": f"{url}/google/oauth2/token"})


def filled_in(text: str, url: str) -> str:
    """The plan as a librarian leaves it, with the simulators as the providers, and no mark left."""
    meta = f"url: {url}/graph\n    since: 2026-09-01\n    "
    google = f"url: {url}/google/ga4\n    since: 2026-09-01\n    "
    replaced = {
        "    ready: false": "   ",
        "property:": f"{google}property:",
        "page: ": f"{meta}page: ",
        "account: ": f"{meta}account: ",
        'channel: "@library"': f'url: {url}/google/youtube\n    channel: "@riverside"',
        "https://blog.library.example": url,
        "https://matomo.library.example": f"{url}/matomo\n    since: 2026-09-01",
        "https://www.library.example/news/feed.xml": f"{url}/news/feed.xml",
        "https://counter.provider.example": f"{url}/sushi\n    since: 2026-07-01",
        "https://repository.university.example/oai": f"{url}/oai",
        "site: library.university.example": f"url: {url}/plausible\n    since: 2026-09-01\n    site: riverside.example",
        "value:  ": "value: 150",
        "band:  ": "band: {low: 80, high: 100}",
        "FILL IN": "was",
    }
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text.replace("value: 150                    # was: mean points", "value: 4  # was: mean points")


def type_into_forms(folder: Path) -> None:
    """A figure in each cell of each month that is over, and one row in each list."""
    for path in (folder / "forms").glob("*.csv"):
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        if path.stem == "visits":
            rows[1:] = [[row[0], *(100 if month < "2026-11" else "" for month in rows[0][1:])] for row in rows[1:]]
        elif path.stem not in {"km_audit", "publications", "programmes", "seats"}:
            rows[1:] = [type_row(rows[0], row) for row in rows[1:]]
        else:
            rows += LISTED.get(path.stem, [])
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


LISTED: Mapping[str, list[list[object]]] = {
    "publications": [["2026-08-03", "article", "A1", "Sharing", ""], ["2026-08-04", "news", "N1", "New guide", ""]],
    "programmes": [["2026-08-03", "Central", "Children", 1, 25], ["2026-08-03", "Central", "Adults", 1, 12]],
    "seats": [["2026-10-05", "10:00", "Hall", 12], ["2026-10-05", "14:00", "Hall", 30]],
}


def type_row(header: list[str], row: list[str]) -> list[object]:
    if row[0] >= "2026-11" or row[0] == "2026":
        return list(row)
    pairs = zip(header, row, strict=True)
    return [cell if cell or name in {"Remarks", "Answers"} else 88 if "%" in name else 100 for name, cell in pairs]


def type_points(path: Path, blank: str = "") -> None:
    """4 points for each question of 2025, but 2 for those on technology; none for the question ``blank``."""
    book = load_workbook(path)
    for row in book.worksheets[0].iter_rows(min_row=2):
        if row[0].value == 2025 and row[1].value != blank:
            row[4].value = 2 if row[1].value[0] == "T" else 4
    book.save(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_that_is_filled_in_runs_on_the_simulators(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    plan = written(tmp_path, name)
    plan.write_text(filled_in(plan.read_text(encoding="utf-8"), sandbox.url), encoding="utf-8")
    type_into_forms(tmp_path)
    assert "to fill in" not in kmi("check", "--plan", plan, *NOW).stdout
    secrets = {
        "GA4_KEY": google_key(sandbox.url),
        "FACEBOOK_TOKEN": SECRETS["DEMO_META_TOKEN"],
        "INSTAGRAM_TOKEN": SECRETS["DEMO_META_TOKEN"],
        **{name.removeprefix("DEMO_"): value for name, value in SECRETS.items()},
    }
    ran = kmi("run", "--plan", plan, *NOW, **secrets)
    assert ran.exit_code == 0, ran.output
    empty = duckdb.execute(
        f"SELECT source FROM '{tmp_path}/kmi-warehouse/published/sources.parquet' WHERE rows = 0 OR refused > 0"
    ).fetchall()
    assert empty == ([("km_audit",)] if name == "km-advocacy" else [])
    known = duckdb.execute(
        "SELECT DISTINCT indicator_id "
        f"FROM '{tmp_path}/kmi-warehouse/published/periods.parquet' WHERE value IS NOT NULL"
    ).fetchall()
    named = YAML(typ="safe", pure=True).load(plan.read_text(encoding="utf-8"))["indicators"]
    # of a counter the first run reads where it stands; what it counted begins with the second
    assert {name for name in named if "audit" not in name} - {name for (name,) in known} <= {"km_video_views"}


@pytest.mark.slow
@pytest.mark.parametrize("blank", ["", "C3"])
def test_the_audit_is_the_mean_of_its_points_and_a_blank_question_leaves_the_year_open(
    blank: str, tmp_path: Path
) -> None:
    plan = written(tmp_path, "km-advocacy")
    type_points(tmp_path / "forms" / "km_audit.xlsx", blank)
    ran = kmi("run", "--plan", plan, *NOW)
    assert ran.exit_code == 0, ran.output
    rows = duckdb.execute(
        "SELECT indicator_id, value, completeness "
        f"FROM '{tmp_path}/kmi-warehouse/published/periods.parquet' "
        "WHERE indicator_id LIKE '%audit%' AND start = DATE '2025-01-01'"
    ).fetchall()
    values = {name: value for name, value, _ in rows}
    known = {name: completeness for name, _, completeness in rows}
    assert values["audit_technology"] == 2
    assert values["audit_leadership"] == 4
    if blank:
        assert known["audit_culture"] < 1
        assert known["km_audit"] < 1
    else:
        assert values["km_audit"] == pytest.approx((20 * 4 + 4 * 2) / 24)
        assert known == dict.fromkeys(known, 1)
