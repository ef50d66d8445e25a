"""What is taken away: links, files, workbooks, pictures."""
