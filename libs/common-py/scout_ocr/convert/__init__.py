"""Documents become pages, text and Markdown: `converting.convert` is the call, `outputs` writes what was read."""
