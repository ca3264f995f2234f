"""A command with subcommands that also works without naming one: `scout ocr a.jpg` is `scout ocr read a.jpg`."""

from typing import Any

from typer.core import TyperGroup


class DefaultGroup(TyperGroup):
    """A group that hands whatever is neither a subcommand nor its own option to the command named `default`."""

    default = "read"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """A file, or an option of the default command, comes first: put the command's name before it."""
        if args and args[0] not in self.commands and args[0] not in {"-h", "--help"}:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
