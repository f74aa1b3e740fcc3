"""Makes a page from its template, with what follows from what the page then has: the list of the
figures that its tables explain, its table of contents, what of it is not printed.
"""

from typing import Any

from jinja2 import Environment

from anthology.producer.reporting.layout.contents import with_contents
from anthology.producer.reporting.layout.explained import explained, head, used
from anthology.producer.reporting.layout.names import breakable
from anthology.producer.reporting.layout.paper import folded_on_paper
from anthology.producer.reporting.layout.scripts import script

FIGURES = "<section></section>"  # where they are explained


def rendered(environment: Environment, template: str, **contents: Any) -> str:
    """The whole page; its template may use the filters `head` and `explained` and its `script`."""
    environment.filters |= {"head": head, "explained": explained}
    page = environment.get_template(template).render(**contents, script=script("tables.js"))
    figures = environment.get_template("figures.html").render(explained=used(page))
    page = with_contents(page.replace(FIGURES, figures, 1))
    return breakable(folded_on_paper(page))
