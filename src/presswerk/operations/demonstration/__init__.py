"""The main way of an article, walked and proven on a running installation."""
