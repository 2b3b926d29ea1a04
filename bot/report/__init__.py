"""The weekly report as people get it: in Slack, as HTML, Markdown, CSV and text. One `Sheet` says what stands in it."""
