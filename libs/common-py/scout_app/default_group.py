"""A command with subcommands that also works without naming one: `scout ocr a.jpg` is `scout ocr read a.jpg`.

And what a user typed wrong, told in words that are the user's.
"""

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_NOISE = "Value error, "  # what pydantic puts before the words of a ValueError


class PlainGroup(TyperGroup):
    """A group that says what is wrong with an option without naming the class of the error."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Raises BadParameter for an option that cannot be used."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix(_NOISE)
            raise


class _Nameless(typer.Context):
    @property
    def command_path(self) -> str:
        return self.parent.command_path if self.parent else super().command_path


class DefaultCommand(TyperCommand):
    """The command named `default`: usage and errors leave its name out, as whoever called it did."""

    context_class = _Nameless


class DefaultGroup(TyperGroup):
    """A group that hands whatever is neither a subcommand nor its own option to the command named `default`."""

    default = "read"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """A file, or an option of the default command, comes first: put the command's name before it."""
        if args and args[0] not in self.commands and args[0] not in {"-h", "--help"}:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
