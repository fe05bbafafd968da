"""The few pictures of the panel: drawn here, so that nothing is loaded from elsewhere.

They only repeat what stands beside them in words, so screen readers skip them.
"""

from __future__ import annotations

_PATHS = {
    "home": "M3 11.5 12 4l9 7.5M5.5 10v9.5h13V10M10 19.5v-5h4v5",
    "check": "M4.5 12.5 10 18 19.5 7",
    "orders": "M6 3.5h12v17l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
    "people": "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zm-6 9c0-3.5 2.7-5.5 6-5.5s6 2 6 5.5"
    "M16 4.5a3.3 3.3 0 0 1 0 6.3M17.5 14.8c2.2.6 3.5 2.5 3.5 5.2",
    "box": "M12 3 20.5 7.5v9L12 21l-8.5-4.5v-9zM3.8 7.7 12 12l8.2-4.3M12 12v8.6",
    "tag": "M3.5 12.5v-9h9l8 8-9 9zM8 8h.01",
    "scale": "M12 4v16M6 20h12M5 7l7-2 7 2M5 7l-2.5 6a2.7 2.7 0 0 0 5 0zM19 7l-2.5 6"
    "a2.7 2.7 0 0 0 5 0z",
    "upload": "M12 16V4.5M7.5 9 12 4.5 16.5 9M4 16v3.5h16V16",
    "key": "M14.5 9.5a5 5 0 1 0-4.6 5l1.6-1.6h2.5v-2.5h2.5M7 9.5h.01M14 12.4l6.5 6.6v1.5H17",
    "hook": "M9 4.5a4 4 0 0 1 3 6.6L8.5 17M12 8l3.4 6A4 4 0 1 1 12 18.5"
    "M5.5 12.6A4 4 0 1 0 9.8 18H15",
    "log": "M5 4h14v16H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4",
    "shield": "M12 3.5 19 6v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z",
    "gear": "M12 15.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM12 3v3M12 18v3M3 12h3M18 12h3"
    "M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M18.4 5.6l-2.1 2.1M7.7 16.3l-2.1 2.1",
    "shops": "M4 9.5 5.5 4h13L20 9.5M4 9.5a2.7 2.7 0 0 0 5.3 0 2.7 2.7 0 0 0 5.4 0 2.7 2.7 0 0 0 "
    "5.3 0M5.5 12v8h13v-8M10 20v-5h4v5",
    "book": "M12 6.5C10 5 7 4.5 3.5 4.5v13c3.5 0 6.5.5 8.5 2 2-1.5 5-2 8.5-2v-13"
    "c-3.5 0-6.5.5-8.5 2zm0 0v13",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "close": "M6 6l12 12M18 6 6 18",
    "search": "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
    "warning": "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2h.01",
    "info": "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5M12 8h.01",
    "clock": "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2",
    "out": "M14 4.5h5.5v15H14M10 8l-4 4 4 4M6 12h9",
    "plus": "M12 5v14M5 12h14",
    "next": "M9.5 5.5 16 12l-6.5 6.5",
    "download": "M12 4.5V16M7.5 11.5 12 16l4.5-4.5M4 16v3.5h16V16",
}


def icon(name: str) -> str:
    """The markup of a picture."""
    return (
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" '
        f'focusable="false"><path d="{_PATHS[name]}"/></svg>'
    )
