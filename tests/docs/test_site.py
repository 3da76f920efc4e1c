"""The site: every page is in it, its links and anchors lead somewhere, and it asks no other host for anything."""

import json
import re
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

CHECKOUT = Path(__file__).resolve().parents[2]
LOADED = "//script/@src | //link[not(@rel='canonical')]/@href | //img/@src | //source/@src | //iframe/@src"


def _builder() -> ModuleType:
    spec = util.spec_from_file_location("docs_build_site", CHECKOUT / "docs" / "build_site.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def builder() -> ModuleType:
    return _builder()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    assert _builder().build(folder) == 0, "the generator warns"
    return folder / "html"


def documents(site: Path) -> Iterator[tuple[Path, html.HtmlElement]]:
    for path in sorted(site.rglob("*.html")):
        if path.name != "404.html":  # its links start at the root of a server
            yield path, html.fromstring(path.read_bytes())


def test_the_navigation_names_every_page_once(builder: ModuleType) -> None:
    named = [page for section in builder.navigation().values() for page in section.values()]
    assert sorted(named) == sorted(page for page in builder.pages() if page != "README.md")


def test_the_navigation_follows_the_tables_of_the_readme(builder: ModuleType) -> None:
    _, _, table = (CHECKOUT / "README.md").read_text(encoding="utf-8").partition("## Where to go next\n")
    wants = [want for want in re.findall(r"^\| ([a-z][^|]+) \|", table, re.MULTILINE) if want != "you want to"]
    sections = builder.navigation()
    assert [want.lower() for want in wants] == [name.lower() for name in list(sections)[: len(wants)]]
    assert sections["Set goals and keep them"]["The plan"] == "docs/plan.md"


@pytest.mark.slow
def test_every_page_is_in_the_site_and_in_its_search(site: Path, builder: ModuleType) -> None:
    expected = {page.replace("README.md", "index.html").replace(".md", ".html") for page in builder.pages()}
    assert {path.relative_to(site).as_posix() for path, _ in documents(site)} == expected
    found = json.loads((site / "search.json").read_text(encoding="utf-8"))["items"]
    located = {item["location"].partition("#")[0] or "index.html" for item in found}
    assert located >= expected


@pytest.mark.slow
def test_every_link_of_the_site_leads_to_a_file_and_an_anchor(site: Path) -> None:
    anchors = {path: set(page.xpath("//@id | //a/@name")) for path, page in documents(site)}
    broken, checked = [], 0
    for path, page in documents(site):
        for link in (*page.xpath("//a/@href"), *page.xpath(LOADED)):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            fragment = unquote(parts.fragment)
            if not target.is_file() or (fragment and fragment not in anchors.get(target, ())):
                broken.append(f"{path.relative_to(site)}: {link}")
            checked += 1
    assert broken == []
    assert checked > 1000


@pytest.mark.slow
def test_the_site_loads_nothing_from_another_host(site: Path) -> None:
    foreign = [
        f"{path.name}: {link}"
        for path, page in documents(site)
        for link in page.xpath(LOADED)
        if urlsplit(link).scheme or link.startswith("//")
    ]
    styles = [path for path in site.rglob("*.css") if re.search(r"url\(['\"]?(https?:)?//", path.read_text("utf-8"))]
    assert (foreign, styles) == ([], [])
    assert list(site.rglob("*.css"))
    assert not [path for path, page in documents(site) if page.xpath("//*[contains(@class, 'mermaid')]")], (
        "the theme fetches what draws these from another host"
    )


@pytest.mark.slow
def test_every_block_of_code_is_shown_as_one(site: Path) -> None:
    text = {path.name: page.find(".//article").text_content() for path, page in documents(site)}
    assert [name for name, shown in text.items() if "```" in shown] == []


@pytest.mark.slow
@pytest.mark.parametrize("link", ["b.md", "a.md#nowhere"])
def test_a_link_that_leads_nowhere_fails_the_build(
    link: str, builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "CHECKOUT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# Home\n\n## Where to go next\n\n| read | [a](docs/a.md) |\n")
    (tmp_path / "docs" / "a.md").write_text(f"# A\n\nSee [more]({link}).\n")
    assert builder.build(tmp_path / "site") != 0
