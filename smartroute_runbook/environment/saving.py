"""What JupyterLab writes of a notebook: its charts as we made them, without plotly's own pictures of them.

plotly's renderer puts a PNG of each figure into the output, and shows it instead of the figure when the notebook is
opened again: without an alternative text, and in the colours of the theme in which it was drawn.
"""

from __future__ import annotations

from typing import Any

__all__ = ["CONFIGURATION", "without_pictures"]

_PLOTLY, _PICTURE = "application/vnd.plotly.v1+json", "image/png"
CONFIGURATION = f"""\
import warnings

from {__name__} import without_pictures

# The server reads this file's settings twice, and would warn of the hook that it has set itself.
warnings.filterwarnings("ignore", "Overriding existing pre_save_hook .without_pictures. with a new one .without_pict")
c.ContentsManager.pre_save_hook = without_pictures
"""
"""For a ``jupyter_server_config.py``: the hook's name alone is refused on the command line."""


def without_pictures(model: dict[str, Any], **_: Any) -> None:
    """Take plotly's pictures out of a notebook that is about to be written; a hook of jupyter_server."""
    content = model.get("content")
    if model.get("type") != "notebook" or not isinstance(content, dict):
        return
    for cell in content.get("cells", ()):
        for output in cell.get("outputs", ()):
            if _PLOTLY in output.get("data", {}):
                output["data"].pop(_PICTURE, None)
