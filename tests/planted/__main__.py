"""Plant every bug, or those whose guard's name holds one of the words that are given."""

import sys

from tests.planted import page
from tests.planted.bugs import BUGS
from tests.planted.run import run

words = sys.argv[1:]
chosen = [bug for bug in BUGS if not words or any(word in bug.guard for word in words)]
noticed = run(chosen)
page.write()
sys.exit(0 if noticed else 1)
