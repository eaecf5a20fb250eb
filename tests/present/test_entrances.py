"""A few hundred random harmless texts at every entrance; ``make soak-texts`` gives ten thousand to each."""

from __future__ import annotations

import pytest
from soak.texts import CHECKS, wrong


@pytest.mark.parametrize("name", [*CHECKS, "kept"])
def test_a_text_of_others_stays_a_text(name):
    assert wrong(name, 200, seed=20) == {}
