"""`.env.example` names every setting, and no other."""

import re
from pathlib import Path

from scout_common.settings import Settings

EXAMPLE = Path(__file__).parents[3] / ".env.example"
OF_THE_COMMAND_LINE = {"SCOUT_URL"}


def test_every_setting_has_its_line_and_default() -> None:
    lines = dict(re.findall(r"^#(SCOUT_\w+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))
    settings = {f"SCOUT_{name.upper()}": field for name, field in Settings.model_fields.items()}
    assert lines.keys() == settings.keys() | OF_THE_COMMAND_LINE
    given = {name.removeprefix("SCOUT_").lower(): value for name, value in lines.items() if value}
    assert Settings(_env_file=None, **given) == Settings(_env_file=None)  # type: ignore[arg-type]
