"""The docs are true: commands exist and run, plans load, links lead somewhere, generated parts are up to date."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from importlib import util
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import click
import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from flows.cli import main
from plan.load import load_plan
from sources.contract import Place
from sources.registry import SOURCES, source_class
from tests.markdown_blocks import code_blocks
from warehouse.schema import FLAGS

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(CHECKOUT.glob("*.md")), *sorted((CHECKOUT / "docs").rglob("*.md"))]
README = CHECKOUT / "README.md"
COMMAND_LINE = CHECKOUT / "docs" / "commands.md"
SHELLS = {"sh", "bat", "console"}
NAMES = ("init", "inspect", "add", "check", "run", "status", "health", "refused", "note", "report", "brief", "judge")
RUN_IN_ORDER = tuple(f"kmi {name}" for name in NAMES)
MARKDOWN_LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE_COMMAND = re.compile(r"`(kmi [^`]+)`")
VISITS = "Branch,2025-01,2025-02,2025-03\nCentral,1200,1100,1300\n"
MEASURES = "Period,training_attendances\n2026-01,12\n"
NO_FILE_OF_OURS = {"uv.lock"}


def page_id(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def commands(page: Path) -> list[str]:
    """Every line in a shell block that calls ``kmi``, without the folder that it lies in."""
    lines = [
        line.strip() for info, text in code_blocks(page) if info.split(" ")[0] in SHELLS for line in text.splitlines()
    ]
    return [
        re.sub(r"^\S*[\\/]kmi\b", "kmi", line).split("  #")[0] for line in lines if re.match(r"(\S*[\\/])?kmi\b", line)
    ]


ALL_COMMANDS = sorted({command for page in PAGES for command in commands(page)})
INLINE = sorted({command for page in PAGES for command in INLINE_COMMAND.findall(page.read_text(encoding="utf-8"))})


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The click command that the words after ``kmi`` name, and the words that are left; without a name, kmi itself."""
    if words and all(word.startswith("-") for word in words):
        return main, words
    rest = [word for word in words if word not in {"--debug", "--help", "-h", "--version"}]
    found = main.get_command(click.Context(main), rest[0]) if rest else None
    assert found is not None, f"kmi has no command {rest[:1]}"
    if isinstance(found, click.Group) and rest[1:]:
        below = found.get_command(click.Context(found), rest[1])
        assert below is not None, f"kmi {rest[0]} has no command {rest[1]}"
        return below, rest[2:]
    return found, rest[1:]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = util.spec_from_file_location("docs_generate", CHECKOUT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_parts_are_up_to_date(generator: ModuleType) -> None:
    pages = [path for path in PAGES if "<!-- generated" in path.read_text(encoding="utf-8")]
    assert {path.name for path in pages} >= {"plan.md", "sources.md", "published.md", "checks.md"}
    stale = [
        path.name
        for path in pages
        if generator.generated(path.read_text(encoding="utf-8")) != path.read_text(encoding="utf-8")
    ]
    assert not stale, "run: python docs/generate.py"


def test_a_changed_page_is_rewritten(generator: ModuleType) -> None:
    assert "| `halved` |" in generator.generated("<!-- generated: flags -->\nstale\n<!-- end -->\n")
    assert "stale" not in generator.generated("<!-- generated: flags -->\nstale\n<!-- end -->\n")


def test_every_source_type_has_its_section_or_its_page_with_an_example() -> None:
    text = (CHECKOUT / "docs" / "sources.md").read_text(encoding="utf-8")
    sections = dict(
        zip(
            re.findall(r"^## (\w+)$", text, re.MULTILINE),
            re.split(r"^## \w+$", text, flags=re.MULTILINE)[1:],
            strict=True,
        )
    )
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (CHECKOUT / "docs" / "providers").glob("*.md")}
    assert set(pages) | set(re.findall(r"generated: source (\w+)", text)) == set(SOURCES)
    for name in SOURCES:
        section = pages.get(name) or sections[name]
        assert f"type: {name}" in section
        assert f"<!-- generated: {'settings' if name in pages else 'source'} {name} -->" in section
        if name not in pages:
            assert set(
                re.findall(r"`(\w+)`", re.search(r"^Flags: (.*?)$\n\n", section, re.MULTILINE | re.DOTALL)[1])
            ) <= set(FLAGS)  # type: ignore[index]


def test_the_table_of_providers_names_every_source_with_known_flags() -> None:
    text = (CHECKOUT / "docs" / "providers.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| [")]
    assert [row[1].strip("`") for row in rows] == list(SOURCES)
    assert all(len(row) == 6 and all(cell.strip(" |") for cell in row) for row in rows)
    assert {flag for row in rows for flag in re.findall(r"`(\w+)`", row[3])} <= set(FLAGS)


def source_examples() -> Iterator[tuple[str, str]]:
    for page in sorted((CHECKOUT / "docs" / "providers").glob("*.md")):
        yield from (
            (page.stem, text) for info, text in code_blocks(page) if info == "yaml" and text.startswith("sources:")
        )


@pytest.mark.parametrize(("page", "text"), list(source_examples()), ids=[page for page, _ in source_examples()])
def test_an_example_of_a_provider_loads(tmp_path: Path, page: str, text: str) -> None:
    known = YAML(typ="safe").load(text)["sources"]
    name, settings = next(iter(known.items()))
    head = "organisation: {name: Test, time_zone: Europe/London}\n"
    zone = ZoneInfo(settings.get("time_zone", "Europe/London"))
    metric = source_class(settings["type"])(
        name, source_class(settings["type"]).Settings.model_validate(settings, context={"base": tmp_path}), Place(zone)
    ).metrics()[0]
    kind = "flow" if metric.kind == "flow" else "stock"
    measure = f"{{source: {name}, metric: '{metric.name}'}}"
    indicator = f"indicators:\n  one: {{title: One, unit: things, kind: {kind}, of: [{measure}]}}\n"
    (tmp_path / "plan.yaml").write_text(head + text + indicator, encoding="utf-8")
    assert set(load_plan(tmp_path / "plan.yaml").plan.sources) == set(known), page


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_a_command_in_a_block_parses(command: str) -> None:
    found, words = command_of(shlex.split(command)[1:])
    context = found.make_context(found.name, words)
    assert context.params.keys() <= {parameter.name for parameter in found.params}


@pytest.mark.parametrize("command", INLINE)
def test_a_command_in_a_sentence_names_options_that_exist(command: str) -> None:
    found, words = command_of(shlex.split(command)[1:])
    known = {option for parameter in found.params for option in parameter.opts}
    assert {word.split("=")[0] for word in words if word.startswith("-")} <= known


def test_the_usual_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("KMI_PLAN", "KMI_WAREHOUSE", "KMI_ENGINE"):
        monkeypatch.delenv(name, raising=False)
    for info, text in code_blocks(COMMAND_LINE):
        if info.startswith("csv "):
            (tmp_path / info.split(" ")[1]).write_text(text, encoding="utf-8")
    listed = commands(COMMAND_LINE)
    assert {" ".join(command.split()[:2]) for command in listed} == {*RUN_IN_ORDER}
    for command in sorted(listed, key=lambda c: RUN_IN_ORDER.index(" ".join(c.split()[:2]))):
        done = CliRunner().invoke(main, shlex.split(command)[1:])
        assert done.exit_code in ({0, 3} if "--exit-code" in command else {0}), f"{command}: {done.output}"
        if command == "kmi init":
            (tmp_path / "visits.csv").write_text(VISITS, encoding="utf-8")
            (tmp_path / "measures.csv").write_text(MEASURES, encoding="utf-8")
    assert pd.read_csv(tmp_path / "judged.csv")["verdict"].to_list() == ["on_track", "behind"]


def plans() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        yield from ((page_id(page), text) for info, text in code_blocks(page) if info == "yaml plan")


@pytest.mark.parametrize(("page", "text"), list(plans()), ids=[page for page, _ in plans()])
def test_a_plan_in_the_docs_loads(tmp_path: Path, page: str, text: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_plan(path).plan.indicators, page


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# "), "a page begins with its title"
    for link in MARKDOWN_LINK.findall(text):
        if "://" not in link:
            name, _, heading = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            assert target.exists(), link
            assert not heading or heading in anchors(target), link


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_make_has_the_targets_that_the_readme_names() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        line.split()[1]
        for info, text in code_blocks(README)
        if info in SHELLS
        for line in text.splitlines()
        if line.startswith("make ")
    }
    assert named == {"demo", "test"}
    assert named <= targets
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert named <= set(phony[1].split())


def test_make_has_every_target_that_a_page_names() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        (page_id(page), target)
        for page in PAGES
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {target for page, target in named if page == "CONTRIBUTING.md"} >= {"setup", "test", "test-all", "check"}
    assert [(page, target) for page, target in sorted(named) if target not in targets] == []


def test_the_readme_installs_the_uv_that_make_installs() -> None:
    version = re.search(r"^UV_VERSION = (\S+)$", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    assert set(re.findall(r"uv==(\S+)", README.read_text(encoding="utf-8"))) == {version[1]}


def test_the_changelog_has_a_place_for_what_is_not_released() -> None:
    headings = re.findall(r"^## (.*)$", (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert headings[0] == f"Unreleased ({version})"


def test_every_decision_is_numbered_and_dated() -> None:
    pages = sorted((CHECKOUT / "docs" / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        title, _, day, *rest = page.read_text(encoding="utf-8").splitlines()
        assert title.startswith(f"# {int(page.name[:4])}. ")
        assert date.fromisoformat(day) >= date(2026, 11, 24)
        assert len(rest) < 50, f"{page.name} is longer than a page"


def in_shape(line: str) -> str:
    """A line without its figures, and with single blanks."""
    return " ".join(re.sub(r"\d[\d,.]*", "#", line).split())


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the demo ran, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    call = [sys.executable, "-c", "from flows.cli import main; main()", "demo", "--today", "2026-11-24"]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1", "COLUMNS": "110"}
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "kmi-demo", done.stdout


@pytest.mark.slow
def test_the_demo_still_prints_what_the_readme_shows(demo: tuple[Path, str]) -> None:
    shown = next(text for info, text in code_blocks(README) if info == "text demo")
    printed = {in_shape(line) for line in demo[1].splitlines()}
    assert not [line for line in shown.splitlines() if line not in {"", "…"} and in_shape(line) not in printed]


@pytest.mark.slow
def test_the_demo_shows_what_the_product_can_do(demo: tuple[Path, str]) -> None:
    published = demo[0] / "kmi-warehouse" / "published"
    verdicts, effects, breaks, history, forecasts, periods = (
        pd.read_parquet(published / f"{name}.parquet")
        for name in ("verdicts", "effects", "indicator_breaks", "verdict_history", "forecasts", "periods")
    )
    by_name = verdicts.set_index("indicator_id")
    assert verdicts["verdict"].value_counts().to_dict() == {
        "on_track": 21,
        "at_risk": 3,
        "behind": 3,
        "achieved": 1,
        "not_assessable": 1,
    }
    assert by_name.index[by_name["verdict"] == "not_assessable"].to_list() == ["subscribers"]
    assert not (verdicts["reason_code"] == "no_target").any()
    assert verdicts["probability"].count() == 13
    assert {"rising", "falling", "no_clear_trend"} <= set(verdicts["outlook_code"])
    assert by_name.loc[["hill_visits", "room_bookings"], "alert"].to_list() == ["firing", "firing"]
    assert by_name.loc["desk_enquiries", "alert"] == "resolved"
    assert {"associated_rise", "no_clear_change", "cannot_tell"} <= set(effects["verdict"])
    assert breaks[["indicator_id", "spliced"]].to_numpy().tolist() == [["video_views", True]]
    restated = history[history["cause"] == "restated"]
    assert restated[["indicator_id", "verdict"]].to_numpy().tolist() == [["training_attendances", "on_track"]]
    assert forecasts["indicator_id"].nunique() >= 13
    months = periods["indicator_id"].value_counts()
    assert (months[["central_visits", "km_sessions", "room_bookings"]] >= 36).all()


@pytest.mark.slow
def test_the_demo_names_the_page_to_open_and_has_written_it(demo: tuple[Path, str]) -> None:
    folder, printed = demo
    first = printed.rpartition("\n\nOpen this page")[2].split()[0]
    assert Path(first) == Path("kmi-demo") / "scorecard" / "index.html"
    assert (folder.parent / first).is_file()
    assert (folder / "brief" / "brief.pdf").is_file()


@pytest.mark.slow
def test_the_published_files_open_as_the_docs_say(demo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo[0])
    examples = code_blocks(CHECKOUT / "docs" / "published.md")
    queries = [text for info, text in examples if info == "sql"]
    assert len(queries) == 2
    for query in queries:
        duckdb.sql(query)
    assert len(pd.read_csv("periods.csv")) == len(pd.read_parquet("kmi-warehouse/published/periods.parquet"))
    names: dict[str, object] = {}
    exec(next(text for info, text in examples if info == "python"), names)
    assert isinstance(names["verdicts"], pd.DataFrame)
    assert len(names["verdicts"]) > 5


def tracked() -> list[Path]:
    """The files that git knows; where there is no git, those that lie here."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    names = (
        listed.stdout.splitlines()
        if listed.returncode == 0
        else [page_id(p) for p in CHECKOUT.rglob("*") if ".venv" not in p.parts]
    )
    return [CHECKOUT / name for name in names if (CHECKOUT / name).is_file() and name not in NO_FILE_OF_OURS]


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    registries = "|".join(
        re.escape(".".join(parts))
        for parts in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("conda", "anaconda", "org"))
    )
    folders = "|".join(("wor" + "k", "ro" + "ot", "tm" + "p", "ho" + "me"))
    forbidden = re.compile(rf"{registries}|(?<![\w.}}/$>)*-])/(?:{folders})(?:/|\b(?!:))")
    found = []
    for path in tracked():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{page_id(path)}:{number}: {match[0]}"
            for number, line in enumerate(lines, 1)
            for match in [forbidden.search(line)]
            if match
        ]
    assert not found
    assert forbidden.search("see /" + "wor" + "k/main")
    assert not forbidden.search("docs/wor" + "k.md, https://example.org/ho" + "me/")
