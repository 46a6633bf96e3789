"""Sphinx's configuration of the documentation site, whose sources `python -m tools.site` writes."""

from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "build" / "docs"

project = "tap-template"
html_title = "tap-template"
extensions = ["myst_parser"]
# Anchors of headings, as on GitHub; a link to one that is missing fails the build.
myst_heading_anchors = 4
html_theme = "furo"
html_theme_options = {
    "source_repository": "https://github.com/org/tap-template",
    "top_of_page_buttons": [],
}
html_extra_path = [str(SOURCE / "_extra")]
exclude_patterns = ["_extra"]
html_static_path = [str(SOURCE / "_static")]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/explorer.html",
        "sidebar/scroll-end.html",
    ]
}
html_context = {"explorer": (SOURCE / "_extra" / "explorer" / "index.html").is_file()}
html_copy_source = False
html_show_copyright = False
# Fragments of JSON and consoles are no programs.
suppress_warnings = ["misc.highlighting_failure"]
