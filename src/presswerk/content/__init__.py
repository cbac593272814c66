"""What an article becomes: Markdown to WordPress blocks, excerpt, terms, contents, SEO. Pure."""
