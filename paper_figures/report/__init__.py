"""The report of a study: summaries of its tables, as a page, as Markdown and as LaTeX."""
