"""Parts of ``benchmarks/api.py``: the API in a process of its own, its clients, what is sent to break it, the page."""
