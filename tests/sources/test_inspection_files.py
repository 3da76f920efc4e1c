"""Packed files, folders, logs, references and saved answers; and every file of the test data, where it is."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.inspection import contradicts_plan, data_files, outcome
from sources.inspection.inspect_files import inspect_path
from tests.conftest import SHARED_DATA
from tests.sources.inspected import LONDON, NOW, asked, look, only_metric
from warehouse.errors import ConfigError

CASES = SHARED_DATA.parent / "cases" / "input"
LINE = '198.51.100.{n} - - [10/Oct/2026:{n:02d}:00:00 +0100] "GET /km/{n} HTTP/1.1" 200 512 "-" "Firefox/128.0"\n'
LOG = "".join(LINE.format(n=n) for n in range(24))


def test_a_packed_table_is_read_as_it_is() -> None:
    assert only_metric(look(gzip.compress(b"Month,Visits\n2026-01,5\n2026-02,6\n"), "visits.csv.gz")).file_total == 11


def test_an_archive_with_a_table_for_each_month_is_one_source() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("jan.csv", "Branch,Month,Visits\nHill,2026-01,5\nCentral,2026-01,50\n")
        archive.writestr("feb.csv", "Branch,Month,Visits\nHill,2026-02,6\nCentral,2026-02,60\n")
    found = look(out.getvalue(), "visits.zip")
    assert only_metric(found).file_total == 121


def test_a_folder_of_branches_asks_how_its_files_belong_together(tmp_path: Path) -> None:
    (tmp_path / "hill.csv").write_text("Month,Visits\n2026-01,5\n2026-02,6\n")
    (tmp_path / "central.csv").write_text("Month,Visits\n2026-01,50\n2026-02,60\n")
    assert asked(inspect_path(tmp_path, "visits/", {}, LONDON, NOW)) == ["files"]
    found = inspect_path(tmp_path, "visits/", {"files": "branches"}, LONDON, NOW)
    assert (only_metric(found).file_total, found.settings["files"]) == (121, "branches")


def test_a_folder_of_different_tables_is_not_one_source(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Month,Visits\n2026-01,5\n2026-02,6\n")
    (tmp_path / "b.csv").write_text("Branch,2026-01,2026-02\nHill,5,6\nCentral,50,60\n")
    assert "one by one" in inspect_path(tmp_path, "x/", {}, LONDON, NOW).problem


def test_a_log_has_as_many_requests_as_lines() -> None:
    found = look(LOG, "access.log")
    assert found.state == "ready"
    assert found.reconciliation is not None
    assert found.reconciliation.metrics[0].read_total == 24
    assert found.settings == {"type": "access_log", "path": "access.log"}


def test_lines_of_a_log_that_cannot_be_read_are_asked_about() -> None:
    found = look(f"{LOG}garbage\n", "access.log")
    assert asked(found) == ["refused"]
    assert "1 of 25 lines" in found.questions[0].text


def test_a_list_of_references_counts_its_entries() -> None:
    entry = "TY  - JOUR\nTI  - Trends {n}\nPY  - 2025\nDO  - 10.1/{n}\nER  - \n\n"
    found = look("".join(entry.format(n=n) for n in range(3)), "list.ris")
    assert (found.state, found.settings["type"]) == ("ready", "publications")


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("answer.json", '{"data": [{"name": "page_impressions"}]}', "facebook_page"),
        ("feed.xml", "<?xml version='1.0'?><rss version='2.0'><channel/></rss>", "feed"),
        ("list.xml", "<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'/>", "oai_pmh"),
        ("notes.txt", "Only words here\nand no table\n", "not a table"),
    ],
)
def test_what_is_no_table_says_so_and_what_to_do(name: str, content: str, word: str) -> None:
    found = look(content, name)
    assert found.state == "unreadable"
    assert word in found.problem


def test_a_wrong_answer_names_the_right_ones() -> None:
    with pytest.raises(ConfigError, match="answer with one of: thousands, decimals"):
        look("Monat;Besuche\n2026-01;1.250\n2026-02;1.200\n", decimal_mark="maybe")


def test_the_json_form_has_a_version_and_options() -> None:
    document = look("Monat;Besuche\n2026-01;1.250\n2026-02;1.200\n").as_document()
    assert (document["version"], document["state"]) == (1, "asks")
    assert document["questions"][0]["option"] == "--answer 'decimal_mark=thousands|decimals'"


def shared_files() -> Iterator[Path]:
    for folder in (SHARED_DATA, CASES):
        for file in data_files(folder) if folder.is_dir() else ():
            if file.suffix not in (".json", ".xml"):
                yield file


@pytest.mark.slow
def test_no_file_of_the_test_data_is_taken_wrong() -> None:
    files = list(shared_files())
    if not files:
        pytest.skip("the test data is not here")
    wrong = [(file, why) for file in files for result, why in [outcome(file)] if result == "wrong"]
    assert wrong == []


def test_a_plan_beside_a_file_that_reads_another_total_is_a_contradiction(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text("Month,Visits\n2026-01,5\n2026-02,6\n")
    (tmp_path / "plan.yaml").write_text(
        "sources:\n  s: {type: footfall, path: visits.csv, layout: long, columns: {date: Month, value: Visits}, "
        'date_formats: ["%Y-%m"], period: month, skip: {Month: ["2026-02"]}}\n'
    )
    found = inspect_path(tmp_path / "visits.csv", "visits.csv", {}, LONDON, NOW)
    assert "reads 5, the proposal 11" in contradicts_plan(tmp_path / "visits.csv", found)
