"""What is said of an HTTP call that failed: none of the words of whoever answered.

A stack names addresses. Who has a plan made of it on another machine would be told what services answer that only that machine
reaches.
"""


def http_words(error: BaseException) -> str:
    """What went wrong, in words of ours and of this machine's libraries. An answer that is an error is closed."""
    from http import HTTPStatus
    from http.client import HTTPException, RemoteDisconnected
    from urllib.error import HTTPError, URLError

    if isinstance(error, HTTPError):
        error.close()
        try:
            return f"HTTP {error.code} ({HTTPStatus(error.code).phrase})"
        except ValueError:
            return f"HTTP {error.code}"
    if isinstance(error, HTTPException) and not isinstance(error, RemoteDisconnected):
        return "what answers does not speak HTTP"
    if isinstance(error, URLError):
        return str(error.reason)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
