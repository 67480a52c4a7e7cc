"""The tests of the bed, and of the folder vm below."""
from bedtest import *  # noqa: F401,F403
