"""The bed of the system tests, under fire."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "system"))
from bedtest import *  # noqa: E402,F401,F403
from fire import crowd, users  # noqa: E402,F401
