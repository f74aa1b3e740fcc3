"""The documents' table of figures is the code's."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

OPS = Path(__file__).parents[2] / "ops"


def test_the_documents_list_every_figure_as_the_code_has_it() -> None:
    spec = spec_from_file_location("figures_table", OPS / "figures_table.py")
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    document = (OPS / "DESIGN.md").read_text()
    assert script.with_table(document) == document, "run: python ops/figures_table.py"
    assert document.count("| `wd` |") == 1
