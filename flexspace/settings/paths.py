"""Where the code is and where what it writes goes."""

from pathlib import Path

from flexspace.settings.env import env_str

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR = Path(env_str("FLEXSPACE_VAR", str(BASE_DIR / "var")))
VAR.mkdir(parents=True, exist_ok=True)
