"""A supervised child process: started, started again when it dies, stopped politely and then firmly."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from portal.stack.account import Account, identity

PR_SET_PDEATHSIG = 1
#: Seconds to wait before a child that keeps dying is started again.
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
#: A child that lived this long was well: its next death starts the back-off anew.
WELL_AFTER = 20.0

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child:
    """One process of the stack."""

    def __init__(
        self,
        name: str,
        command: Callable[[], Sequence[str]],
        *,
        environment: Mapping[str, str],
        folder: Path = Path("/"),
        account: Account | None = None,
        log: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        patience: float = 6.0,
    ) -> None:
        """
        Describe a child; ``start`` starts it.

        ``command`` is asked again for each start, so that a server can clear what a crash left behind.
        """
        self.name = name
        self.patience = patience
        self.deaths = 0
        self._command = command
        self._environment = dict(environment)
        self._folder = folder
        self._account = account
        self._log = log
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_again_at: float | None = None

    @property
    def pid(self) -> int | None:
        """The id of the running process, None while there is none."""
        return self._process.pid if self._process is not None and self.is_alive() else None

    def is_alive(self) -> bool:
        """Say whether the process runs; a dead one is reaped by the question."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """How the process ended, None while it runs."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the process in a session of its own: a Ctrl-C at the terminal reaches the supervisor alone."""
        with self._output() as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                list(self._command()),
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent(self._stop_signal),  # noqa: PLW1509 - we have no threads here
                **identity(self._account),
            )
        self._started = time.monotonic()
        self._start_again_at = None

    def tend(self) -> str | None:
        """Start the process again if it died and its back-off is over; return a sentence when it has just died."""
        if self.is_alive() or self._process is None:
            return None
        now = time.monotonic()
        if self._start_again_at is None:
            self.deaths = 1 if now - self._started > WELL_AFTER else self.deaths + 1
            wait = BACK_OFF[min(self.deaths, len(BACK_OFF)) - 1]
            self._start_again_at = now + wait
            return f"{self.name} ended ({_ending(self._process.returncode)}); it is started again in {wait:g} s"
        if now >= self._start_again_at:
            self.start()
        return None

    def ask_to_stop(self) -> None:
        """Send the polite signal and do not wait."""
        self.send(self._stop_signal)

    def wait(self) -> None:
        """Wait for the process to end; end it and whatever it started when it takes too long."""
        if self._process is None:
            return
        try:
            self._process.wait(self.patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """Stop the process, politely and then firmly."""
        self.ask_to_stop()
        self.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal if the process runs."""
        if self._process is not None and self.is_alive():
            self._process.send_signal(number)

    def last_words(self, lines: int = 5) -> str:
        """Return the end of the child's log, for a message about its failure."""
        if self._log is None or not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    def _output(self) -> contextlib.AbstractContextManager[IO[bytes] | None]:
        if self._log is None:
            return contextlib.nullcontext(None)
        return self._log.open("ab")


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return what a child does before it becomes its program: ask to be stopped when its supervisor is killed."""
    if _libc is None:
        return None
    libc, parent = _libc, os.getpid()

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # the supervisor died in between: nobody would ever tell us
            os._exit(1)

    return prepare


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
