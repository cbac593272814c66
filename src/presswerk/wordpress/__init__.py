"""One WordPress site over HTTP; the connector plugin itself lives in connector/."""
