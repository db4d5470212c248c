"""`scoredock model register`, `propose` and `download`."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError, pairs
from scoredock.cli.models.argument import one_model
from scoredock.cli.models.metadata_file import write_metadata
from scoredock.cli.session import Session, facts, size
from scoredock.counts import counted
from scoredock.features.contribution import required_way
from scoredock.features.models import registering
from scoredock.protocol import messages
from scoredock.visible import visible


def _register(options: Namespace, session: Session) -> int:
    places = [*options.path, *options.model_path]
    if options.image:
        return _register_image(options, places, session)
    if options.run_id or options.asset_path or options.experiment_name:
        return int(required_way("model register --run-id")(options, places, session))
    if not places or not all(places):  # an empty word, of an unset variable say, must not mean the working directory
        raise UsageError(l10n.t("Give at least one file or folder.") if not places else l10n.t("A path is empty."))
    paths = [str(Path(path).absolute()) for path in places]
    proposed = None
    if not options.name or not options.framework:
        params = messages.ModelProposeParams(paths, list(options.child_path))
        proposed = registering.propose_by_file(params, session.context, session.exact())
    name = options.name or (proposed.name if proposed else "")
    framework, version = options.framework, options.framework_version
    if not framework and not version and proposed is not None:
        framework, version = proposed.framework, proposed.framework_version
    model = session.ask(
        registering.register,
        options,
        paths=paths,
        name=name,
        child_paths=list(options.child_path),
        tags=pairs(options.tag),
        properties=pairs(options.property),
        framework=framework,
        framework_version=version,
        resources=messages.ResourceConfiguration(options.cpu_cores, options.memory_gb, options.gpu_cores),
        sample_input_dataset=options.sample_input_dataset_id,
        sample_output_dataset=options.sample_output_dataset_id,
        datasets=[messages.ScenarioDataset(*each) for each in pairs(options.dataset).items()],
    )
    if options.output_metadata_file:
        write_metadata(Path(options.output_metadata_file), model.id)
    session.result(model, registered(model))
    return OK


def _register_image(options: Namespace, places: list[str], session: Session) -> int:
    """The model of an image; the one word beside it is its name."""
    beside = (
        ("--child-path", options.child_path),
        ("--unpack", options.unpack),
        ("--run-id", options.run_id),
        ("--cpu-cores", options.cpu_cores),
        ("--memory-gb", options.memory_gb),
        ("--gpu-cores", options.gpu_cores),
        ("--sample-input-dataset-id", options.sample_input_dataset_id),
        ("--sample-output-dataset-id", options.sample_output_dataset_id),
        ("--dataset", options.dataset),
    )
    if strange := [flag for flag, value in beside if value]:
        raise UsageError(l10n.t("--from takes a whole image, and not {options}.", options=", ".join(strange)))
    names = [each for each in (*places, options.name) if each]
    if len(names) > 1:
        raise UsageError(l10n.t("--from registers one model. Give it one name."))
    way = required_way(f"model register --from {options.image}")
    return int(way(options, names[0] if names else "", session))


def registered(model: messages.Model) -> str:
    return l10n.t("registered {id}", id=model.id) + f"  {size(model.size)}, {counted(model.file_count, 'file')}"


def _download(options: Namespace, session: Session) -> int:
    done = session.ask(
        registering.download, options, id=one_model(options), target=str(Path(options.target).absolute())
    )
    session.result(done, done.path)
    return OK


def _export(options: Namespace, session: Session) -> int:
    target = os.path.join(Path.cwd(), options.target)  # noqa: PTH118 (keeps the / at the end, which means a folder)
    done = session.ask(registering.export, options, id=options.model, target=target)
    session.result(done, done.path)
    return OK


def _propose(options: Namespace, session: Session) -> int:
    params = messages.ModelProposeParams([str(Path(path).absolute()) for path in options.path], options.child_path)
    proposal = registering.propose_by_file(params, session.context, session.exact())
    text = visible(proposal)
    rows = [
        (l10n.t("name"), text.name),
        (l10n.t("version"), text.next_version),
        (l10n.t("framework"), f"{text.framework} {text.framework_version}".strip()),
        (l10n.t("because"), text.reason),
        (l10n.t("files"), text.files),
        (l10n.t("size"), size(text.size)),
    ]
    if text.pickle is not None and text.pickle.state != "none":
        names = [*text.pickle.bad, *text.pickle.unknown]
        rows.append((l10n.t("pickles"), _pickles(text.pickle)))
        rows.append((l10n.t("names"), names))
        rows.append((l10n.t("Python code"), text.pickle.code))
        rows.append((l10n.t("notes"), text.pickle.notes))
    session.result(proposal, facts(rows))
    return OK


def _pickles(report: messages.PickleReport) -> str:
    if report.state == "unknown" and not (report.bad or report.unknown):
        return l10n.t("could not be read to their end")
    words = {
        "known": l10n.t("refer only to names that models usually contain"),
        "unknown": l10n.t("refer to names that are on no list"),
        "code": l10n.t("are not all that runs: there is Python code, too"),
        "bad": l10n.t("refer to names that run commands or access files or the network"),
        "unread": l10n.t("were not looked into"),
    }
    return words[report.state]


"""What can be said of a new version, wherever it comes from."""

COMMANDS = (
    Command("model register", _register),
    Command("model download", _download),
    Command("model export", _export),
    Command("model propose", _propose),
)
