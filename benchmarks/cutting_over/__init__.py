"""Parts of ``benchmarks/cut_over.py``. They use what the tests use to reach a week and to make noise."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
