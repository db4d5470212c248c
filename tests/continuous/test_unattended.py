"""What a machine starts with no editor open: lines of cron, units of systemd, tasks of Windows, each for one workspace
of one data folder, and what is said of them is what is really there."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from continuous.conftest import Project
from continuous.test_watching import eventually
from pace import patience
from parts import missing

CRON = {"HOME": str(Path.home()), "LOGNAME": "root", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
"""What cron gives its programs."""


@dataclass
class Crontab:
    """A crontab of the account that only this test sees."""

    programs: Path
    spool: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(self.programs / "crontab"), *words], capture_output=True, text=True, check=False)

    @property
    def lines(self) -> list[str]:
        return self.run("-l").stdout.splitlines()

    def write(self, text: str) -> None:
        path = self.programs / "new"
        path.write_text(text)
        assert self.run(str(path)).returncode == 0

    def clear(self) -> None:
        self.run("-r")

    @property
    def path(self) -> str:
        return f"{self.programs}:{os.environ['PATH']}"


@pytest.fixture
def crontab(tmp_path: Path) -> Crontab:
    """Debian's own program, with a spool of its own, where root may mount that; else one that keeps a file."""
    tab = Crontab(tmp_path / "bin", tmp_path / "spool")
    for folder in (tab.programs, tab.spool):
        folder.mkdir()
    program, spool = shutil.which("crontab"), "/var/spool/cron/crontabs"
    if program and os.geteuid() == 0 and Path(spool).is_dir():
        script = f'mount --bind {shlex.quote(str(tab.spool))} {spool} && exec {program} "$@"'
        text = f'#!/bin/sh\nexec unshare -m sh -c {shlex.quote(script)} crontab "$@"\n'
    else:
        kept = shlex.quote(str(tab.spool / "root"))
        text = (
            f'#!/bin/sh\ncase "$1" in\n-l) if [ -f {kept} ]; then cat {kept}\n'
            f'else echo "no crontab for root" >&2; exit 1; fi ;;\n-r) rm -f {kept} ;;\n'
            f'-) cat > {kept}.new && mv {kept}.new {kept} ;;\n*) cp "$1" {kept} ;;\nesac\n'
        )
    (tab.programs / "crontab").write_text(text)
    (tab.programs / "crontab").chmod(0o755)
    return tab


@pytest.fixture
def homes(tmp_path: Path, crontab: Crontab) -> tuple[Project, Project]:
    """Two data folders of one account, with a rule each."""
    projects = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return 1\n")
        project = Project(tmp_path / f"home of {name} at 50%", folder, {"PATH": crontab.path})
        project.variables |= {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_RUNTIME_DIR": ""}
        add_rule(project)
        projects.append(project)
    return projects[0], projects[1]


def add_rule(project: Project) -> None:
    """One that is carried out nowhere yet, as its folder says enough here."""
    folder = project.workspace / "rules" / "newest"
    project.json("rule", "list")  # makes the workspace
    folder.mkdir(parents=True)
    rule = {"format": 1, "name": "newest", "model": "times", "alias": "", "service": "times", "created": 1.0, "by": ""}
    (folder / "rule.json").write_text(json.dumps(rule))


def attended(project: Project) -> str:
    (rule,) = project.json("rule", "list")["rules"]
    shown = project.json("rule", "show", rule["name"])["rule"]
    assert shown["installed"] == rule["installed"]
    return str(rule["installed"])


def former_line(project: Project, program: str = "/gone/0.1.0/bin/scoredock") -> str:
    """As the release before wrote it."""
    variables = f"SCOREDOCK_HOME={project.home}"
    words = ["env", variables, program, "rule", "run", "--all", "--workspace", "local"]
    log = project.workspace / "rules" / "run.log"
    line = f"{shlex.join(words)} > {shlex.quote(str(log))} 2>&1 # scoredock rules local"
    return f"*/15 * * * * {line}".replace("%", "\\%")


# ------------------------------------------------------------------------------------------------ what is said is there


def test_two_data_folders_have_a_line_each(homes: tuple[Project, Project], crontab: Crontab) -> None:
    one, two = homes
    crontab.write("0 1 * * * mine\n")
    for project, every in ((one, "5m"), (two, "30m")):
        assert project.json("workspace", "install", "--as", "cron", "--every", every)["installed"]
    assert ("every 5m" in attended(one), "every 30m" in attended(two)) == (True, True)
    assert len(crontab.lines) == 3
    two.json("rule", "install", "--as", "cron", "--every", "1h")
    assert (len(crontab.lines), "every 1h" in attended(two)) == (3, True)
    one.json("workspace", "install", "--remove")
    assert (attended(one), "every 1h" in attended(two)) == ("", True)
    two.json("rule", "install", "--remove")
    assert crontab.lines == ["0 1 * * * mine"]


def test_a_line_that_was_taken_away_by_hand_is_not_said_to_be_there(
    homes: tuple[Project, Project], crontab: Crontab
) -> None:
    project, _ = homes
    project.json("workspace", "install", "--as", "cron")
    (line,) = crontab.lines
    crontab.write(f"# {line}\n")
    assert attended(project) == ""
    crontab.write(line.replace("*/5 * * * *", "17 3 * * 1") + "\n")
    assert "17 3 * * 1" in attended(project)
    crontab.clear()
    assert attended(project) == ""
    project.json("workspace", "install", "--as", "cron")
    assert crontab.lines == [line]


def test_a_line_of_the_release_before_is_replaced_once(homes: tuple[Project, Project], crontab: Crontab) -> None:
    one, two = homes
    # Both had the same name; the second one to be installed took the first one's away.
    crontab.write(f"0 1 * * * mine\n{former_line(one)}\n")
    assert attended(two) == ""
    assert crontab.lines[1] == former_line(one)
    two.json("workspace", "install", "--as", "cron")
    assert former_line(one) in crontab.lines
    assert "every 15m" in attended(one)
    after = crontab.lines
    assert (former_line(one) in after, len(after), "every 5m" in attended(two)) == (False, 3, True)
    assert (attended(one).count("15m"), crontab.lines) == (1, after)
    one.json("workspace", "install", "--remove")
    assert (attended(one), len(crontab.lines)) == ("", 2)


def test_the_doctor_says_how_to_take_it_away_before_scoredock_goes(
    homes: tuple[Project, Project], crontab: Crontab
) -> None:
    project, other = homes
    project.json("workspace", "install", "--as", "cron")
    command = "scoredock workspace install --remove --workspace local"
    assert (command in project.run("doctor").stdout, command in other.run("doctor").stdout) == (True, False)


def test_one_that_is_installed_otherwise_has_one_thing_that_starts_it(
    homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    project, _ = homes
    project.json("workspace", "install", "--as", "systemd")
    units = tmp_path / "config" / "systemd" / "user"
    assert len(list(units.iterdir())) == 1
    project.json("workspace", "install", "--as", "cron")
    assert (list(units.iterdir()), len(crontab.lines)) == ([], 1)


def test_a_unit_that_is_not_ours_stays(homes: tuple[Project, Project], tmp_path: Path) -> None:
    one, two = homes
    done = one.json("workspace", "install", "--as", "systemd")
    path = Path(done["path"])
    path.write_text("[Service]\nExecStart=/bin/mine\n")
    assert attended(one) == ""
    error = one.refused("workspace", "install", "--as", "systemd")
    assert (error["code"], str(path) in error["message"]) == ("rule-install-failed", True)
    one.json("workspace", "install", "--remove")
    assert path.read_text() == "[Service]\nExecStart=/bin/mine\n"
    path.unlink()
    path.symlink_to("/dev/null")  # as `systemctl mask` does
    assert one.refused("workspace", "install", "--as", "systemd")["code"] == "rule-install-failed"
    # Nor is one of the release before that is another data folder's.
    former = path.with_name("scoredock-rules-local.service")
    text = f"# Written by `scoredock rule install`.\n[Service]\nWorkingDirectory={two.workspace}\n".replace("%", "%%")
    former.write_text(text)
    assert (attended(one), former.read_text()) == ("", text)
    assert "systemctl --user enable" in attended(two)
    assert not former.exists()


def test_what_a_unit_does_is_said_with_what_is_left_to_do(homes: tuple[Project, Project], tmp_path: Path) -> None:
    project, other = homes
    done = project.json("workspace", "install", "--as", "systemd")
    name = Path(done["path"]).name
    assert f"systemctl --user enable --now {name}" in attended(project)
    wants = tmp_path / "config" / "systemd" / "user" / "default.target.wants"
    wants.mkdir()
    (wants / name).symlink_to(done["path"])
    assert "by systemd" in attended(project)
    assert attended(other) == ""
    project.json("workspace", "install", "--remove")
    assert (attended(project), list(wants.iterdir())) == ("", [])


def test_a_machine_without_crontab_says_so(homes: tuple[Project, Project], tmp_path: Path) -> None:
    project, _ = homes
    bare = tmp_path / "bare"
    bare.mkdir()
    project.variables["PATH"] = str(bare)
    error = project.refused("workspace", "install", "--as", "cron")
    assert (error["code"], "no program crontab" in error["message"]) == ("rule-install-failed", True)
    assert "neither systemd nor cron" in project.refused("workspace", "install")["message"]
    assert attended(project) == ""
    assert not project.json("workspace", "install", "--remove")["installed"]


def test_a_crontab_that_cannot_be_read_is_not_written(homes: tuple[Project, Project], crontab: Crontab) -> None:
    project, _ = homes
    program = crontab.programs / "crontab"
    text = program.read_text()
    crontab.write("0 1 * * * mine\n")
    program.write_text("#!/bin/sh\necho 'You (root) are not allowed to use this program (crontab)' >&2\nexit 1\n")
    assert "not allowed" in project.refused("workspace", "install", "--as", "cron")["message"]
    assert attended(project) == ""
    program.write_text(text)
    assert crontab.lines == ["0 1 * * * mine"]


# ------------------------------------------------------------------------------------- a data folder that was moved


def moved(project: Project, to: Path) -> Project:
    """The same data folder at another place."""
    shutil.move(project.home, to)
    return Project(to, project.folder, project.variables)


def advice(project: Project) -> list[str]:
    """The command that the list of rules gives, which the doctor gives as well."""
    text = attended(project)
    assert text in project.run("doctor").stdout
    return shlex.split(text.split("`")[1])[1:]


def test_what_names_the_former_place_of_a_data_folder_is_said_and_replaced(
    homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    one, two = homes
    crontab.write("0 1 * * * mine\n")
    for each in homes:
        each.json("workspace", "install", "--as", "cron", "--every", "30m")
    other = next(each for each in crontab.lines if str(two.home).replace("%", "\\%") in each)
    away = moved(one, tmp_path / "away")
    assert (str(one.home) in attended(away), len(crontab.lines)) == (True, 3)
    assert "every 30m" in attended(two)
    away.json(*advice(away))
    assert ("by cron every 30m" in attended(away), len(crontab.lines)) == (True, 3)
    line = next(each for each in crontab.lines if str(away.home) in each)
    assert start_line(line).returncode == 1, "its model is not there"
    # Twice, and taken away from where it is then.
    third = moved(away, tmp_path / "third")
    assert str(away.home) in attended(third)
    third.json("workspace", "install", "--remove")
    assert (attended(third), crontab.lines) == ("", ["0 1 * * * mine", other])


def test_a_unit_of_the_former_place_is_said_and_replaced(
    homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    one, two = homes
    for each in homes:
        each.json("workspace", "install", "--as", "systemd")
    units = tmp_path / "config" / "systemd" / "user"
    away = moved(one, tmp_path / "away")
    words = advice(away)
    assert words[words.index("--as") + 1] == "systemd"
    path = Path(away.json(*words)["path"])
    assert (path in units.iterdir(), len(list(units.iterdir()))) == (True, 2)
    # By other means.
    third = moved(away, tmp_path / "third")
    third.json("workspace", "install", "--as", "cron")
    assert (len(list(units.iterdir())), len(crontab.lines)) == (1, 1)
    assert "systemctl" in attended(two)


def test_a_data_folder_that_is_not_mounted_keeps_its_line(
    homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    """It is where another one was before that was moved."""
    one, two = homes
    one.json("workspace", "install", "--as", "cron")
    place, away = one.home, moved(one, tmp_path / "away")
    away.json("workspace", "install", "--as", "cron", "--every", "15m")
    there = moved(two, place)
    there.json("workspace", "install", "--as", "cron", "--every", "30m")
    lines = crontab.lines
    moved(there, tmp_path / "not mounted")
    assert "every 15m" in attended(away)
    away.json("workspace", "install", "--remove")
    assert (attended(away), [each for each in lines if str(place).replace("%", "\\%") in each]) == ("", crontab.lines)
    back = moved(Project(tmp_path / "not mounted", two.folder, two.variables), place)
    assert "every 30m" in attended(back)


def test_a_copy_of_a_data_folder_takes_no_line_of_the_first(
    homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    one, _ = homes
    one.json("workspace", "install", "--as", "cron")
    copy = Project(tmp_path / "copy", one.folder, one.variables)
    shutil.copytree(one.home, copy.home)
    assert attended(copy) == ""
    copy.json("workspace", "install", "--as", "cron", "--every", "30m")
    moved(one, tmp_path / "not mounted")
    copy.json("workspace", "install", "--as", "cron", "--every", "1h")
    assert (len(crontab.lines), "every 1h" in attended(copy)) == (2, True)


def test_a_link_at_the_former_place_keeps_what_names_it_going(
    homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    one, _ = homes
    one.json("workspace", "install", "--as", "cron", "--every", "30m")
    away = moved(one, tmp_path / "away")
    one.home.symlink_to(away.home)
    assert "by cron every 30m" in attended(away)
    away.json("workspace", "install", "--as", "cron")
    (line,) = crontab.lines
    assert str(away.home) in line


# ---------------------------------------------------------------------------------------------- what is started


def release(folder: Path) -> Path:
    """A folder of a release as the extension makes it, with the code of today; gives its program."""
    own = Path(sys.prefix)
    (folder / "bin").mkdir(parents=True)
    shutil.copy(own / "pyvenv.cfg", folder)
    (folder / "lib").symlink_to(own / "lib")
    (folder / "bin" / "python").symlink_to((own / "bin" / "python").resolve())
    program = folder / "bin" / "scoredock"
    program.write_text(f"#!{folder}/bin/python\nimport sys\nfrom scoredock.cli import main\nsys.exit(main())\n")
    program.chmod(0o755)
    return program


def start_line(line: str) -> subprocess.CompletedProcess[str]:
    """As cron does."""
    fields, command = line.split(" ", 5)[:5], line.split(" ", 5)[5]
    assert len(fields) == 5
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("\\%", "%")],
        cwd="/",
        env=CRON,
        capture_output=True,
        text=True,
        timeout=patience(120),
        check=False,
    )


def test_the_program_of_today_is_started_after_an_update(
    homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    project, other = homes
    first, second = release(tmp_path / "0.1.0"), release(tmp_path / "0.2.0")

    def by(program: Path, project: Project, *words: str) -> None:
        subprocess.run([str(program), *words], env=project.environment, check=True, capture_output=True)

    for each in (project, other):
        by(first, each, "workspace", "install", "--as", "cron")
    line, other_line = crontab.lines
    log = project.workspace / "unattended" / "run.log"
    assert start_line(line).returncode == 1, "its model is not there"
    assert "times" in log.read_text()
    shutil.rmtree(tmp_path / "0.1.0")
    # No program has worked in this data folder since.
    assert start_line(line).returncode == 69
    assert (str(first) in log.read_text(), "crontab -e" in log.read_text()) == (True, True)
    by(second, project, "rule", "list")
    assert "every 5m" in attended(project)
    assert crontab.lines == [line, other_line]
    done = start_line(line)
    assert (done.returncode, str(first) in log.read_text(), "times" in log.read_text()) == (1, False, True)
    # The other data folder is not mended by that.
    assert start_line(other_line).returncode == 69


def with_everything(project: Project) -> None:
    """Besides its rule a schedule that is due, and a program that hears of its outcome."""
    for name, values in (("old", range(200)), ("new", range(1000, 1200))):
        (project.folder / f"{name}.csv").write_text("x\n" + "".join(f"{each}\n" for each in values))
    words = ("--target", "new.csv", "--baseline", "old.csv", "--every", "1d", "--python", sys.executable)
    project.json("drift", "schedule", "daily", *words)
    note = "import sys; open('events.txt', 'a').write(sys.stdin.read() + chr(10))"
    words = ("--type", "DatasetDriftDetected", "--command", sys.executable, "-c", note)
    assert project.run("event", "subscribe", "note", *words).returncode == 0


def test_two_data_folders_go_on_side_by_side_through_an_update(
    homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    """One was set up by the release before. Then one is taken away."""
    one, two = homes
    first = release(tmp_path / "0.1.0")
    for each in homes:
        with_everything(each)
    (one.workspace / "rules" / ".installed").write_text(json.dumps({"form": "cron", "every": "15m"}))
    crontab.write(f"0 1 * * * mine\n{former_line(one, str(first))}\n")
    words = ("workspace", "install", "--as", "cron", "--every", "30m")
    subprocess.run([str(first), *words], env=two.environment, check=True, capture_output=True)
    assert former_line(one, str(first)) in crontab.lines

    shutil.rmtree(tmp_path / "0.1.0")
    second = release(tmp_path / "0.2.0")
    for each in homes:
        subprocess.run([str(second), "rule", "list"], env=each.environment, check=True, capture_output=True)
    mine, *lines = crontab.lines
    assert (mine, len(lines)) == ("0 1 * * * mine", 2)
    for project, every in ((one, "every 15m"), (two, "every 30m")):
        assert every in attended(project)
        assert project.json("drift", "show", "daily")["monitor"]["installed"] == attended(project)
        (line,) = (each for each in lines if str(project.home).replace("%", "\\%") in each)
        # Of its rule the model is not there, which keeps the others from nothing.
        assert start_line(line).returncode == 1
        log = (project.workspace / "unattended" / "run.log").read_text()
        assert ("daily" in log, "times" in log) == (True, True), log
        assert project.json("drift", "show", "daily", code=3)["monitor"]["verdict"] == "drift"
        eventually((project.folder / "events.txt").is_file)

    one.json("workspace", "install", "--remove")
    assert (attended(one), one.json("drift", "list")["monitors"][0]["installed"]) == ("", "")
    assert "every 30m" in attended(two)
    assert crontab.lines == [mine, *(each for each in lines if str(two.home).replace("%", "\\%") in each)]


def test_the_line_of_cron_does_it_as_cron_would(project: Project, crontab: Crontab, tmp_path: Path) -> None:
    """With cron's environment, in another folder, through its shell."""
    odd = tmp_path / "a home of 50% & 'more'"
    odd.mkdir()
    other = Project(odd, project.folder, {"PATH": crontab.path})
    other.register("2")
    other.deploy()
    other.create()
    other.register("3")
    line = other.json("rule", "install", "--as", "cron", "--print", "--every", "1m")["text"]
    assert (line.startswith("* * * * * "), crontab.lines) == (True, [])
    # cron ends a command at a percent sign that has no backslash before it.
    assert line.count("%") == line.count("\\%")
    done = start_line(line)
    log = (other.workspace / "unattended" / "run.log").read_text()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), log
    assert "version 2 promoted" in log
    assert other.service()["models"] == ["times:2"]
    other.run("service", "delete", "times")


def test_schedules_and_events_go_out_with_a_round(project: Project, tmp_path: Path) -> None:
    for name, values in (("old", range(200)), ("new", range(1000, 1200))):
        (project.folder / f"{name}.csv").write_text("x\n" + "".join(f"{each}\n" for each in values))
    project.json("drift", "schedule", "daily", "--target", "new.csv", "--baseline", "old.csv", "--every", "1d")
    note = "import sys; open('events.txt', 'a').write(sys.stdin.read() + chr(10))"
    subscribed = project.run(
        "event", "subscribe", "note", "--type", "DatasetDriftDetected", "--command", sys.executable, "-c", note
    )
    assert subscribed.returncode == 0, subscribed.stderr
    done = project.json("workspace", "run")
    (comparison,) = done["comparisons"]
    assert (comparison["name"], comparison["verdict"], done["problems"]) == ("daily", "drift", [])
    eventually(lambda: (project.folder / "events.txt").is_file())
    assert project.json("workspace", "run")["comparisons"] == []


def test_systemd_takes_the_unit(project: Project, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze") or missing("systemd-analyze")
    project.variables |= {"XDG_CONFIG_HOME": str(tmp_path / "config of 50%"), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = project.json("rule", "install", "--as", "systemd")
    path = Path(done["path"])
    assert path.read_text() == done["text"]
    assert path.parent.name == "user"
    assert any("systemctl --user enable" in each for each in done["steps"])
    checked = subprocess.run(
        [analyze, "verify", "--user", str(path)],
        capture_output=True,
        text=True,
        timeout=patience(60),
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert (checked.returncode, path.name in checked.stderr) == (0, False), checked.stderr
    project.json("rule", "install", "--as", "systemd", "--remove")
    assert not path.exists()


def unit_process(project: Project) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """What a unit starts, and its lines."""
    unit = project.json("rule", "install", "--as", "systemd", "--print")["text"]
    lines = dict(each.split("=", 1) for each in unit.splitlines() if "=" in each)
    variables = (each.removeprefix("Environment=") for each in unit.splitlines() if each.startswith("Environment="))
    environment = dict(each.split("=", 1) for each in variables)
    assert environment["SCOREDOCK_HOME"] == str(project.home)
    process = subprocess.Popen(
        lines["ExecStart"].split(), cwd=lines["WorkingDirectory"], env={**environment, "HOME": str(Path.home())}
    )
    return process, lines


def test_what_the_unit_starts_runs(project: Project) -> None:
    """Its words and variables, by themselves."""
    project.create()
    project.register("3")
    process, lines = unit_process(project)
    try:
        eventually(lambda: project.service()["models"] == ["times:2"])
    finally:
        process.terminate()
    assert process.wait(timeout=patience(60)) == 0
    assert lines["KillMode"] == "process", "services that it has deployed stay"


def test_what_the_unit_starts_ends_when_another_release_is_there(project: Project, tmp_path: Path) -> None:
    """systemd starts the launcher again then."""
    process, lines = unit_process(project)
    try:
        eventually(lambda: bool(project.json("rule", "list")["watched"]))
        subprocess.run(
            [str(release(tmp_path / "0.2.0")), "workspace", "install", "--as", "systemd", "--print"],
            env=project.environment,
            check=True,
            capture_output=True,
        )
        assert process.wait(timeout=patience(60)) == 0
    finally:
        process.kill()
    assert (lines["Restart"], lines["RestartPreventExitStatus"]) == ("always", "69")


def test_the_task_of_windows_is_written(project: Project) -> None:
    text = project.json("rule", "install", "--as", "task", "--print", "--every", "15m")["text"]
    script, _, command = text.rpartition("\n")
    assert script.startswith("@echo off")
    assert '"--workspace" "local"' in script
    assert command.startswith("schtasks /Create /F /SC MINUTE /MO 15 /TN Scoredock\\local-")
    assert project.refused("rule", "install", "--as", "task")["code"] == "rule-install-failed"


@pytest.mark.parametrize("every", ["7m", "5h", "30s", "soon", "0"])
def test_a_period_that_cron_does_not_know_is_refused(project: Project, every: str) -> None:
    error = project.refused("rule", "install", "--as", "cron", "--print", "--every", every)
    assert error["code"] == "rule-option-invalid"
    assert json.dumps(error)


@pytest.mark.long("cron itself looks once a minute; the line is started as cron starts it above")
def test_cron_itself_carries_the_line_out(project: Project, crontab: Crontab, tmp_path: Path) -> None:
    daemon = shutil.which("cron") or shutil.which("cron", path="/usr/sbin") or missing("cron")
    if "unshare" not in (crontab.programs / "crontab").read_text():
        missing("a spool of cron that root may mount")
    project.variables["PATH"] = crontab.path
    project.json("workspace", "install", "--as", "cron", "--every", "1m")
    script = f"mount --bind {shlex.quote(str(crontab.spool))} /var/spool/cron/crontabs && exec {daemon} -f"
    process = subprocess.Popen(["unshare", "-m", "-p", "-f", "--kill-child", "sh", "-c", script])
    try:
        log = project.workspace / "unattended" / "run.log"
        eventually(lambda: log.is_file() and log.read_text() != "", seconds=150)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
