"""What a process writes to stderr: one line for each thing that happened, as key=value."""

import logging

import structlog


def set_up(process: str, *, level: int = logging.INFO) -> None:
    """Send every line of this process, ours and other packages', to stderr with the name of the process in it."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _in_process(process),
        _without_colour,
    ]
    lines = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "process", "event"]),
        ],
    )
    stderr = logging.StreamHandler()
    stderr.setFormatter(lines)
    root = logging.getLogger()
    root.handlers = [stderr]
    root.setLevel(level)
    for name, quieter in QUIET.items():
        logging.getLogger(name).setLevel(quieter)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


#: Celery writes two lines for each task, and there are several each second; the pool a line for each lost connection.
QUIET = {
    "celery.app.trace": logging.WARNING,
    "celery.beat": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
    "httpx": logging.WARNING,
    "psycopg.pool": logging.ERROR,
}


def _without_colour(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Drop uvicorn's second copy of its line, which is for terminals."""
    event.pop("color_message", None)
    return event


def _in_process(name: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["process"] = name
        return event

    return add
