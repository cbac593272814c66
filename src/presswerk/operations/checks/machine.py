"""What services need of the machine: processes that stay, room on the disk, memory, the time."""

import datetime as dt
import os
import tempfile
from email.utils import parsedate_to_datetime

from presswerk.messages import Message
from presswerk.operations.checks.model import (
    SAME,
    Act,
    CannotTell,
    Cause,
    Check,
    NotAsItShouldBe,
    Remedy,
    Right,
    Severity,
)
from presswerk.operations.checks.requests import get
from presswerk.operations.checks.targets import (
    ClockTarget,
    DirectoryTarget,
    InstallationTarget,
    MemoryTarget,
    ModulesTarget,
    PortTarget,
    ProcessTarget,
    RightsTarget,
    SupervisorTarget,
)

_MOST_RESTARTS = 3
_MOST_ZOMBIES = 10
_FORECAST = dt.timedelta(days=14)
_RESTARTS_WITHIN = dt.timedelta(minutes=10)
_FREE_MIB = 256
_FREE_INODES = 2000
_PROBE = b"presswerk" * 512
_CLOCK_SECONDS = 60
_MIB = 2**20
_FREE_MEMORY = 0.05


def installation_is_readable(installation: InstallationTarget) -> Message:
    """What describes the installation can be read, by whoever asks."""
    if installation.closed_to:
        raise CannotTell(
            Message(
                "Only %(owner)s can read the installation. `sudo -u %(owner)s presswerk status` asks everything else,"
                " too: %(what)s.",
                owner=installation.closed_to,
                what=", ".join(installation.out_of_reach),
            )
        )
    if installation.problem is not None:
        raise NotAsItShouldBe(
            installation.problem.message or installation.problem.problem, installation.problem.remedy or None
        )
    return Message("It can be read.")


def supervisor_runs(supervisor: SupervisorTarget) -> Message:
    """Somebody starts again what dies."""
    if supervisor.pid is not None:
        return Message("It watches over %(number)s services.", number=supervisor.services)
    if supervisor.left:
        raise NotAsItShouldBe(
            Message(
                "The supervisor was ended, and %(number)s of its services have outlived it: nobody would start them"
                " again.",
                number=supervisor.left,
            )
        )
    raise NotAsItShouldBe(Message("Nothing runs."))


def process_runs(process: ProcessTarget) -> Message:
    """A process runs."""
    ended = process.last_exit
    if process.state == "unwatched":
        raise NotAsItShouldBe(Message("It outlived its supervisor: nobody would start it again."))
    if process.state == "stopped":
        raise NotAsItShouldBe(Message("It does not run."))
    if process.state not in {"running", "starting"}:
        if ended is None:
            raise NotAsItShouldBe(Message("It does not run (%(state)s).", state=process.state))
        raise NotAsItShouldBe(
            Message("It does not run (%(state)s); it ended with %(ended)s.", state=process.state, ended=ended)
        )
    if process.stands_still:
        raise NotAsItShouldBe(
            Message("It stands still: somebody has stopped it with a signal."), Remedy(act=Act.RESTART)
        )
    if process.state == "starting" and process.answers is None and len(process.starts) > 1:
        # Whether it stays this time, nobody knows yet; one that answers has told.
        raise CannotTell(Message("It has died and has just been started again."))
    return Message("It runs: %(how)s.", how=process.holds) if process.holds else Message("It runs.")


def process_stays(process: ProcessTarget) -> Message:
    """A process does not end again and again."""
    restarts = _restarts(process)
    if restarts:
        ended = process.last_exit
        if ended is None:
            raise NotAsItShouldBe(Message("It was restarted %(number)s times within 10 minutes.", number=restarts))
        raise NotAsItShouldBe(
            Message(
                "It was restarted %(number)s times within 10 minutes; it ended with %(ended)s.",
                number=restarts,
                ended=ended,
            )
        )
    return Message("It stays.")


def process_answers(process: ProcessTarget) -> Message:
    """A process that says whether it works says so."""
    if process.state in {"running", "starting"} and process.answers is not None and not process.answers():
        raise NotAsItShouldBe(Message("It runs, but does not answer."))
    return Message("It answers.")


def no_zombies(process: ProcessTarget) -> Message:
    """What a process has started and has ended is taken note of."""
    if process.zombies > _MOST_ZOMBIES:
        raise NotAsItShouldBe(
            Message(
                "%(number)s processes that it started have ended, and it takes no note: they fill the table of"
                " processes.",
                number=process.zombies,
            )
        )
    return Message("It leaves no dead processes.")


def rights_are_enough(rights: RightsTarget) -> Message:
    """A service's process may use the service's files."""
    closed = rights.closed()
    if closed:
        owner = f"{rights.user}:{rights.group}"
        raise NotAsItShouldBe(
            Message("Its process may not use %(path)s.", path=str(closed[0])),
            Remedy(
                Message(
                    "Run `chown --recursive %(owner)s %(path)s` and `chmod --recursive u+rwX %(path)s`.",
                    owner=owner,
                    path=str(rights.path),
                )
            ),
        )
    return Message("Its process may use its files.")


def modules_are_there(modules: ModulesTarget) -> Message:
    """A service's Python has every module."""
    missing = modules.missing()
    if missing is None:
        return Message("It has every module.")
    said = Message("It lacks the Python module %(name)s.", name=missing)
    if modules.environment is None:
        raise NotAsItShouldBe(said)
    raise NotAsItShouldBe(
        said,
        Remedy(
            Message(
                "Run `rm --recursive %(directory)s` and `presswerk up`, which installs it anew.",
                directory=str(modules.environment),
            )
        ),
    )


def _restarts(process: ProcessTarget) -> int:
    """How often it died lately, where that is too often."""
    now = dt.datetime.now(dt.UTC)
    lately = sum(now - start < _RESTARTS_WITHIN for start in process.starts[1:])
    return lately if lately >= _MOST_RESTARTS else 0


def port_is_ours(port: PortTarget) -> Message:
    """Nobody else listens where one of our services is to."""
    stranger = port.stranger()
    if stranger is not None:
        raise NotAsItShouldBe(
            Message("Port %(port)s is taken by %(who)s.", port=str(port.port), who=stranger),
            Remedy(
                Message(
                    "End that program, and run `presswerk up`; or choose another port with"
                    " `presswerk up %(option)s PORT`.",
                    option=port.option,
                )
            ),
        )
    return Message("Nobody else is at port %(port)s.", port=str(port.port))


def room_left(directory: DirectoryTarget) -> Message:
    """There is room for what services write."""
    room = _room(directory)
    free_mib = room.f_bavail * room.f_frsize // _MIB
    if free_mib < _FREE_MIB:
        raise NotAsItShouldBe(
            Message("The disk of %(path)s is full: %(free)s MiB are free.", path=str(directory.path), free=free_mib)
        )
    return Message("%(free)s GiB are free.", free=f"{free_mib / 1024:.1f}")


def files_left(directory: DirectoryTarget) -> Message:
    """There is room for more files."""
    room = _room(directory)
    # Some file systems make inodes as they need them, and say 0.
    if room.f_files and room.f_favail < _FREE_INODES:
        raise NotAsItShouldBe(
            Message(
                "The disk of %(path)s takes no more files: %(free)s inodes are free.",
                path=str(directory.path),
                free=room.f_favail,
            )
        )
    return Message("It takes more files.")


def directory_takes_writes(directory: DirectoryTarget) -> Message:
    """What services write is written."""
    try:
        with tempfile.TemporaryFile(dir=directory.path) as probe:
            probe.write(_PROBE)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise NotAsItShouldBe(
            Message("%(path)s cannot be written: %(reason)s.", path=str(directory.path), reason=str(error.strerror))
        ) from None
    return Message("It can be written.")


def lasts(directory: DirectoryTarget) -> Message:
    """At the pace of the last days, the disk does not fill up soon."""
    full_on = None if directory.full_on is None else directory.full_on()
    if full_on is None:
        return Message("It does not fill up.")
    if full_on - dt.datetime.now(dt.UTC) < _FORECAST:
        raise NotAsItShouldBe(Message("The disk will be full on %(day)s, as it has filled lately.", day=full_on.date()))
    return Message("It will be full on %(day)s.", day=full_on.date())


def _room(directory: DirectoryTarget) -> os.statvfs_result:
    try:
        return os.statvfs(directory.path)
    except OSError as error:
        raise NotAsItShouldBe(
            Message("%(path)s cannot be read: %(reason)s.", path=str(directory.path), reason=str(error.strerror))
        ) from None


def memory_left(memory: MemoryTarget) -> Message:
    """The machine has memory for one more request."""
    available, total = memory.available_mib, memory.total_mib
    if available < total * _FREE_MEMORY:
        raise NotAsItShouldBe(
            Message(
                "%(free)s of %(total)s MiB of memory are free; %(who)s has the most.",
                free=available,
                total=total,
                who=memory.largest(),
            )
        )
    return Message("%(free)s of %(total)s GiB are free.", free=f"{available / 1024:.1f}", total=f"{total / 1024:.1f}")


def clock_is_right(clock: ClockTarget) -> Message:
    """This machine knows the time: a wrong clock makes every sign-in and certificate look expired or too new."""
    now = dt.datetime.now(dt.UTC)
    latest = None if clock.latest_record is None else clock.latest_record()
    if latest is not None and (latest - now).total_seconds() > _CLOCK_SECONDS:
        raise NotAsItShouldBe(
            Message("The clock went back: the newest record here is %(age)s ahead of it.", age=age(latest - now))
        )
    for address in clock.others:
        try:
            told = get(address, through_proxy=True).headers.get("date", "")
            theirs = parsedate_to_datetime(told)
        except (NotAsItShouldBe, ValueError):
            # Whether it answers is another check's question.
            continue
        apart = (dt.datetime.now(dt.UTC) - theirs.replace(tzinfo=theirs.tzinfo or dt.UTC)).total_seconds()
        if apart > _CLOCK_SECONDS:
            raise NotAsItShouldBe(
                Message(
                    "The clock is %(age)s ahead of that of %(who)s.", age=age(dt.timedelta(seconds=apart)), who=address
                )
            )
        if apart < -_CLOCK_SECONDS:
            raise NotAsItShouldBe(
                Message(
                    "The clock is %(age)s behind that of %(who)s.", age=age(dt.timedelta(seconds=-apart)), who=address
                )
            )
    return Message("The clock is right.")


def age(time: dt.timedelta) -> Message:
    """A time as people say it."""
    seconds = round(time.total_seconds())
    if seconds >= 2 * 86_400:
        return Message("%(number)s days", number=seconds // 86_400)
    if seconds >= 2 * 3600:
        return Message("%(number)s hours", number=seconds // 3600)
    if seconds >= 2 * 60:
        return Message("%(number)s minutes", number=seconds // 60)
    return Message("%(number)s s", number=seconds)


DISK = (Cause("disk"), Cause("disk-files"), Cause("disk-writable"))
_DISKS = (Cause("disk"), Cause("disk-files"))
_OF_A_START = (Cause("port", SAME), Cause("modules", SAME), Cause("rights", SAME), Cause("memory"))

CHECKS: tuple[Check, ...] = (
    Check(
        "installation",
        Message("Can the installation's own files be read?"),
        Remedy(Message("Put the file back from a backup, or let `presswerk up` write it anew.")),
        InstallationTarget,
        installation_is_readable,
        right=Right.ANYBODY,
    ),
    Check(
        "disk",
        Message("Is there room on the disk for what services write?"),
        Remedy(Message("Make room on that disk; services go on by themselves.")),
        DirectoryTarget,
        room_left,
        threshold=Message("%(size)s MiB free", size=_FREE_MIB),
        right=Right.ANYBODY,
    ),
    Check(
        "disk-files",
        Message("Does the disk take more files?"),
        Remedy(Message("Remove files on that disk; services go on by themselves.")),
        DirectoryTarget,
        files_left,
        threshold=Message("%(number)s inodes free", number=_FREE_INODES),
        right=Right.ANYBODY,
    ),
    Check(
        "disk-writable",
        Message("Can the disk be written?"),
        Remedy(
            Message(
                "A disk that was mounted read-only has mostly met an error: read `dmesg`, have it checked, and mount it"
                " again for writing."
            )
        ),
        DirectoryTarget,
        directory_takes_writes,
        causes=_DISKS,
    ),
    Check(
        "disk-forecast",
        Message("Does the disk last, at the pace of the last days?"),
        Remedy(Message("Make room on that disk, or use a larger one, before that day.")),
        DirectoryTarget,
        lasts,
        severity=Severity.WARNING,
        causes=_DISKS,
        threshold=Message("%(number)s days", number=_FORECAST.days),
        alert_after_seconds=3600,
        right=Right.ANYBODY,
    ),
    Check(
        "rights",
        Message("May the process of each service use the service's files?"),
        Remedy(Message("Give the files back to the user that the service runs as.")),
        RightsTarget,
        rights_are_enough,
    ),
    Check(
        "memory",
        Message("Does the machine have memory left?"),
        Remedy(Message("End what needs it least, or give the machine more memory.")),
        MemoryTarget,
        memory_left,
        threshold=Message("%(percent)s %% free", percent=round(_FREE_MEMORY * 100)),
        alert_after_seconds=300,
        right=Right.ANYBODY,
    ),
    Check(
        "clock",
        Message("Is the machine's clock right?"),
        Remedy(Message("Let a time service set the clock, such as systemd-timesyncd or chrony.")),
        ClockTarget,
        clock_is_right,
        threshold=Message("%(number)s seconds", number=_CLOCK_SECONDS),
        right=Right.ANYBODY,
    ),
    Check(
        "supervisor",
        Message("Does the supervisor run, which starts again what dies?"),
        Remedy(act=Act.BRING_UP),
        SupervisorTarget,
        supervisor_runs,
        causes=DISK,
    ),
    Check(
        "port",
        Message("Is the port of each service its own?"),
        Remedy(Message("End the program that has taken the port, and run `presswerk up`.")),
        PortTarget,
        port_is_ours,
    ),
    Check(
        "modules",
        Message("Does a service that does not run have every Python module?"),
        Remedy(Message("Install Presswerk anew, with everything it needs: `pip install 'presswerk[local]'`.")),
        ModulesTarget,
        modules_are_there,
    ),
    Check(
        "process",
        Message("Does its process run?"),
        Remedy(Message("If it ends again, read `presswerk logs %(service)s`.", service="SERVICE"), Act.RESTART),
        ProcessTarget,
        process_runs,
        causes=(*DISK, Cause("supervisor"), Cause("process-stays", SAME), *_OF_A_START),
    ),
    Check(
        "process-stays",
        Message("Does its process stay, or end again and again?"),
        Remedy(Message("Read `presswerk logs %(service)s`, and fix what it says.", service="SERVICE"), Act.RESTART),
        ProcessTarget,
        process_stays,
        causes=(*DISK, *_OF_A_START),
        threshold=Message("%(number)s restarts within 10 minutes", number=_MOST_RESTARTS),
    ),
    Check(
        "process-answers",
        Message("Does its process answer?"),
        Remedy(Message("If it is silent again, read `presswerk logs %(service)s`.", service="SERVICE"), Act.RESTART),
        ProcessTarget,
        process_answers,
        causes=(*DISK, Cause("process-stays", SAME), Cause("memory")),
    ),
    Check(
        "zombies",
        Message("Are processes that have ended gone?"),
        Remedy(act=Act.RESTART),
        ProcessTarget,
        no_zombies,
        severity=Severity.WARNING,
        threshold=Message("%(number)s dead processes", number=_MOST_ZOMBIES),
    ),
)
