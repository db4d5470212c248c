"""Builds of the environments of one workspace, for processes and as images, and who needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Operation
from scoredock.environments.built import recorded
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.keeping import EnvironmentSummary
from scoredock.environments.pip.local_packages import local_place
from scoredock.environments.spec import MANAGEMENT, EnvironmentSpec, python_specifier, shown_name
from scoredock.errors import ScoredockError
from scoredock.features.asset_messages import asset_record
from scoredock.features.contribution import environment_keys as contributed_keys
from scoredock.features.environments.builds import STATES, environment_subject
from scoredock.late_dataclass import dataclass
from scoredock.progress import amount
from scoredock.protocol import messages
from scoredock.registry.assets import curated
from scoredock.registry.assets.environments import resolve
from scoredock.registry.kept_revisions import users_text, way_out
from scoredock.registry.records import AssetRecord
from scoredock.registry.store.faults import storing
from scoredock.services.environment_use import environment_keys, kept_revisions_with
from scoredock.services.planning.image_request import records_of
from scoredock.services.planning.registered_environment import named_environment

if TYPE_CHECKING:
    from scoredock.environments.build_records import BuildRecord
    from scoredock.images.built import BuiltImage
    from scoredock.images.environment_images import EnvironmentImages
    from scoredock.services.deployments import Deployments


@dataclass(eq=False)
class Built:
    """Reads what one answer needs once; made for each call."""

    deployments: Deployments
    waits: bool = False
    """Whether a Docker that is slow is waited for, as what removes something must; a list shows what is known at
    once."""

    @property
    def cache(self) -> EnvironmentCache:
        return self.deployments.environments

    @property
    def images(self) -> EnvironmentImages:
        """Asks Docker only when one of its verbs is called."""
        return self.deployments.images

    @cached_property
    def _services(self) -> list[tuple[str, str]]:
        return environment_keys(self.deployments.registry.store)

    @cached_property
    def _jobs(self) -> list[tuple[str, str]]:
        return sorted(contributed_keys(self.deployments.registry.folder))

    @cached_property
    def _summaries(self) -> dict[str, EnvironmentSummary]:
        return {each.key: each for each in self.cache.list()}

    @cached_property
    def _images(self) -> dict[str, BuiltImage]:
        """Images of the daemon, when it answers; only those that this workspace asked for, as others share the
        daemon."""
        from scoredock.images.listing import listed, listed_at_once

        own = self.images.known_keys() | {key for _, key in self._services}
        ways = listed if self.waits else listed_at_once
        return {each.key: each for each in ways(lambda: self.images.list()) if each.key in own}

    def used_by(self, key: str) -> list[str]:
        """Services that run, or ran last, with what has this key."""
        return self.cache.used_by(key, self._services)

    def jobs_with(self, key: str) -> list[str]:
        """Batch jobs that work with what has this key, or may go on with it."""
        return sorted({name for name, used in self._jobs if used == key})

    def needed_by(self, built: messages.UnusedEnvironment) -> list[str]:
        """Services and batch jobs, for people; of an image also containers of other workspaces, as they share the
        daemon."""
        services = [*self.used_by(built.key), *self._titles_of_jobs(built.key)]
        if not services and built.form == "image" and self.images.in_containers(built.key):
            return [l10n.t("containers that are not a service of this workspace")]
        return services

    def _titles_of_jobs(self, key: str) -> list[str]:
        return list(map(_title_of_job, self.jobs_with(key)))

    # ------------------------------------------------------------------------------------------ looking

    def id_of(self, reference: str) -> str:
        """`name:version`, or the name of a ready-made one. Raises asset-not-found."""
        return resolve(self.deployments.registry.assets, reference).id

    def spec(self, reference: str, form: messages.EnvironmentForm) -> EnvironmentSpec:
        """Packages and settings that it must hold. Raises asset-not-found, environment-needs-docker and what reading
        packages raises."""
        assets = self.deployments.registry.assets
        return named_environment(assets, reference, contained=form == "image").spec

    def training_spec(self, reference: str, clone_of: str = "") -> EnvironmentSpec:
        """Packages and settings that it must hold for scripts that train: a ready-made one what Azure ML's own does,
        and a clone of it what it has besides, too. Raises what `spec` raises."""
        spec = self.spec(reference, "process")
        offered = curated.find(clone_of or reference.partition(":")[0])
        if offered is None or not offered.azure_python or spec.user_managed:
            return spec
        python = spec.python or python_specifier(offered.azure_python, spec.source)
        requirements = curated.of_azure(offered, spec.requirements)
        # azureml-defaults of that time, which all of them have, brought pandas with it.
        own = (MANAGEMENT,) if offered.azure_python.startswith("3.6") else ()
        return replace(spec, python=python, requirements=requirements, provided=(*spec.provided, *own), fallback=None)

    def registered(self, name: str = "") -> list[messages.Environment]:
        """All registered ones, or those of a name."""
        assets = self.deployments.registry.assets
        used = assets.used_by()
        return [
            self._environment(record.id, record, used.get(("environment", record.id), []))
            for record in assets.records("environment", name=name)
        ]

    def every(self) -> list[messages.Environment]:
        """All registered ones, then what only services asked for, newest first. What is equal is one: builds with the
        packages and the Python of a registered one are among its own."""
        registered = self.registered()
        known = {(build.form, build.key) for each in registered for build in each.builds if build.key}
        equal: dict[str, list[messages.EnvironmentBuild]] = {}
        for each in self.all_built():
            if (each.form, each.key) not in known:
                equal.setdefault(self._contents(each.key, each.form), []).append(self.ready(each.key, each.form))
        there = [self._with_equal(each, equal) for each in registered]
        made = [self._made_for_services(sorted(builds, key=_newest)) for builds in equal.values()]
        return [*there, *sorted(made, key=lambda each: _newest(each.builds[0]))]

    def _with_equal(
        self, environment: messages.Environment, equal: dict[str, list[messages.EnvironmentBuild]]
    ) -> messages.Environment:
        """The environment with the builds of `equal` that hold the same as one of its own; they are taken out there."""
        more = [
            build
            for own in environment.builds
            if own.key in self._summaries
            for build in equal.pop(self._contents(own.key, own.form), ())
        ]
        return _with_words(replace(environment, builds=[*environment.builds, *more]))

    def _contents(self, key: str, form: messages.EnvironmentForm) -> str:
        """The same for what holds the same packages with the same Python, whoever asked for it."""
        summary = self._summaries.get(key)
        if form == "image" or summary is None or summary.broken:
            return key
        try:
            contents = self.cache.inspect(key)
        except ScoredockError:
            return key  # it goes at this moment
        if any(local_place(line) is not None for line in contents.requirements):
            return key  # two of one name and version need not be the same
        packages = sorted(contents.lock.splitlines())
        variables = map(str, contents.variables)
        return "\n".join([summary.kind, summary.python_version, *packages, contents.conda_lock, *variables])

    def one(self, reference: str) -> messages.Environment:
        """Registered, ready-made, or by the key of what was built. Raises asset-not-found."""
        assets = self.deployments.registry.assets
        if reference in self._summaries or reference in self._images:
            return self._unregistered(reference, "process" if reference in self._summaries else "image")
        if (offered := curated.find(reference.partition(":")[0])) is not None:
            builds = self._builds(offered.name)
            summary = l10n.t(offered.summary)
            return _with_words(messages.Environment(offered.name, offered.name, "curated", summary, None, builds))
        record = assets.get("environment", reference)
        return self._environment(record.id, record, assets.used_by().get(("environment", record.id), []))

    def all_built(self) -> list[messages.UnusedEnvironment]:
        """Everything that is built in either form, with what is registered of it."""
        registered: dict[tuple[str, str], list[str]] = {}
        for record in self.deployments.registry.assets.records("environment"):
            for build in self._builds(record.id):
                if build.key:
                    registered.setdefault((build.form, build.key), []).append(record.id)
        process = [
            messages.UnusedEnvironment(
                key,
                "process",
                shown_name(each.display_name),
                each.size,
                each.created,
                registered.get(("process", key), []),
            )
            for key, each in self._summaries.items()
        ]
        images = [
            messages.UnusedEnvironment(
                key,
                "image",
                shown_name(each.display_name),
                each.size,
                _seconds(each.created),
                registered.get(("image", key), []),
            )
            for key, each in self._images.items()
        ]
        return [*process, *images]

    # ------------------------------------------------------------------------------------------ building

    def build(
        self,
        reference: str,
        form: messages.EnvironmentForm,
        *,
        rebuild: bool = False,
        credentials: Sequence[messages.RegistryCredential] = (),
        operation: Operation,
        spec: EnvironmentSpec | None = None,
    ) -> str:
        """Build it, note how it went, and give its key; `spec` is what is built in its place. Raises what reading and
        building raise."""
        from scoredock.images.registries import login_of

        self.deployments.registry.store.require_writable()
        id = self.id_of(reference)
        spec = spec or self.spec(id, form)
        login = login_of(credentials, spec.image.registry, spec.image.base_image)
        there = None if rebuild else self.images.find(spec) if form == "image" else self.cache.find(spec)
        if there is not None and self._noted(id, form, there.key):
            return there.key  # the log of its build stays
        with (
            records_of(self.deployments.registry).recording(
                environment_subject(id, form), operation.progress
            ) as recording,
            storing(self.cache.root),
        ):
            if form == "image":
                key = self.images.prepare(spec, recording, operation.cancel, login, rebuild=rebuild).key
            else:
                key = self.cache.build(spec, recording, operation.cancel, rebuild=rebuild).key
            recording.made(key)
        for name in ("_summaries", "_images"):
            self.__dict__.pop(name, None)
        return key

    def _noted(self, id: str, form: messages.EnvironmentForm, key: str) -> bool:
        """True if this is what the last build made; an image is only known by that."""
        record = records_of(self.deployments.registry).last(environment_subject(id, form))
        return form != "image" or (record is not None and (record.state, record.key) == ("ready", key))

    def remove(self, key: str, form: messages.EnvironmentForm) -> int:
        """Remove one built form; the bytes that are free now. Raises environment-in-use, for batch jobs as well."""
        users = self.used_by(key)
        if users and (form == "image" or key in self._summaries):
            kept = kept_revisions_with(self.deployments.registry.store, key)
            raise ScoredockError(
                "environment-in-use",
                l10n.t("The environment {key} is used by {services}.", key=key, services=users_text(users, kept)),
                way_out(users, kept),
                details={"services": users},
            )
        if jobs := self.jobs_with(key):
            raise ScoredockError(
                "environment-in-use",
                l10n.t(
                    "The environment {key} is used by {services}.",
                    key=key,
                    services=", ".join(self._titles_of_jobs(key)),
                ),
                l10n.t(
                    "Let the batch job come to its end, or delete it: {commands}.",
                    commands=", ".join(f"`scoredock batch delete {name}`" for name in jobs),
                ),
                details={"jobs": jobs},
            )
        return self.images.remove(key) if form == "image" else self.cache.remove(key, self._services)

    # ------------------------------------------------------------------------------------------ as messages

    def _environment(self, id: str, record: AssetRecord, used: list[str]) -> messages.Environment:
        asset = asset_record(record, {("environment", record.id): used})
        return _with_words(messages.Environment(id, record.name, "registered", asset.summary, asset, self._builds(id)))

    def _unregistered(self, key: str, form: messages.EnvironmentForm) -> messages.Environment:
        return self._made_for_services([self.ready(key, form)])

    def _made_for_services(self, builds: list[messages.EnvironmentBuild]) -> messages.Environment:
        """One of equal builds, the first of which it is named by."""
        build = builds[0]
        key = build.key
        summary = self._summaries.get(key)
        name = shown_name(summary.display_name if summary is not None else self._images[key].display_name)
        holds = [f"Python {build.python}"] if build.python else []
        if build.packages:
            one = build.packages == 1
            holds.append(l10n.t("1 package") if one else l10n.t("{count} packages", count=build.packages))
        return _with_words(messages.Environment(key, name, "service", " · ".join(holds), None, builds))

    def _builds(self, id: str) -> list[messages.EnvironmentBuild]:
        """The form for processes where there is one, and the image where one was asked for or nothing else is
        possible."""
        try:
            process = self._process(id)
        except ScoredockError as error:
            if error.code == "environment-needs-docker":
                return [self._image(id) or messages.EnvironmentBuild("image", "NotBuilt")]
            process = messages.EnvironmentBuild("process", "Failed", message=error.message, fix=error.fix)
        image = self._image(id)
        return [process, *([image] if image is not None else [])]

    def _process(self, id: str) -> messages.EnvironmentBuild:
        environment = self.cache.find(self.spec(id, "process"))
        record = records_of(self.deployments.registry).last(environment_subject(id, "process"))
        if record is not None and record.state == "building":
            key = environment.key if environment is not None else ""  # of what was built before: it is kept until then
            return messages.EnvironmentBuild("process", "Building", key=key, step=record.step)
        if environment is not None:
            return self.ready(environment.key, "process")
        if record is not None and record.state in ("failed", "interrupted"):
            fix = _goes_on(id, record)
            return messages.EnvironmentBuild("process", STATES[record.state], message=record.message, fix=fix)
        return messages.EnvironmentBuild("process", "NotBuilt")

    def _image(self, id: str) -> messages.EnvironmentBuild | None:
        """By the record of its build: only that says what a daemon that does not answer now holds."""
        record = records_of(self.deployments.registry).last(environment_subject(id, "image"))
        if record is None:
            return None
        if record.state == "ready":
            if record.key in self._images:
                return self.ready(record.key, "image")
            return None if self._images else messages.EnvironmentBuild("image", "Ready", key=record.key)
        return messages.EnvironmentBuild(
            "image",
            STATES[record.state],
            key=record.key,
            step=record.step,
            message=record.message,
            fix=_goes_on(id, record, " --image"),
        )

    def ready(self, key: str, form: messages.EnvironmentForm) -> messages.EnvironmentBuild:
        """Build with this key, which is ready."""
        if form == "image":
            image = self._images[key]
            return messages.EnvironmentBuild(
                form,
                "Ready",
                key=key,
                size=image.size,
                created=_seconds(image.created),
                python=image.python_version,
                reference=image.reference,
                used_by=self.used_by(key),
                jobs=self.jobs_with(key),
            )
        summary = self._summaries[key]
        built = recorded(self.cache.root, key)
        return messages.EnvironmentBuild(
            form,
            "Ready",
            key=key,
            size=summary.size,
            python=summary.python_version,
            interpreter=str(built.python) if built is not None else "",
            variables=dict(built.variables) if built is not None else {},
            packages=summary.packages,
            created=summary.created,
            used_by=self.used_by(key),
            jobs=self.jobs_with(key),
        )


def _title_of_job(name: str) -> str:
    return l10n.t("batch job {name}", name=name)


def _newest(build: messages.EnvironmentBuild) -> float:
    """For sorting the newest first."""
    return -(build.created or 0.0)


def _seconds(text: str) -> float:
    """Docker's time of creation (`2026-11-20T21:30:00.123456789Z`), to the second; 0 for one that is unreadable."""
    try:
        return datetime.strptime(f"{text[:19]}+0000", "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        return 0.0


def _with_words(environment: messages.Environment) -> messages.Environment:
    """The environment with its texts, and all that use it."""
    builds = [replace(build, text=_build_text(build)) for build in environment.builds]
    named = environment.asset.used_by if environment.asset is not None else []
    jobs = {_title_of_job(name) for build in builds for name in build.jobs}
    users = {*named, *(name for build in builds for name in build.used_by), *jobs}
    return replace(environment, builds=builds, text=_builds_text(builds), used_by=sorted(users))


def _builds_text(builds: Sequence[messages.EnvironmentBuild]) -> str:
    """Text of the builds: those that are missing are left out beside others, and equal ones are said once, with the
    size that they take together."""
    telling = [build for build in builds if build.state != "NotBuilt"] or builds
    ready = [build for build in telling if build.form != "image" and build.state == "Ready"]
    if len(ready) > 1:
        whole = replace(ready[0], size=sum(build.size or 0 for build in ready))
        telling = [whole, *(build for build in telling if build not in ready)]
    return " · ".join(_build_text(build) for build in telling)


def _goes_on(id: str, record: BuildRecord, option: str = "") -> str:
    """Advice after a build that has not ended well."""
    if record.state != "interrupted":
        return record.fix
    return l10n.t("Go on with `{command}`.", command=f"scoredock environment build {id}{option}")


def _build_text(build: messages.EnvironmentBuild) -> str:
    words = {
        "NotBuilt": l10n.t("not built"),
        "Building": l10n.t("building…"),
        "Ready": l10n.t("ready"),
        "Failed": l10n.t("failed"),
        "Interrupted": l10n.t("interrupted"),
    }
    text = words[build.state]
    if build.state == "Building" and build.step:
        text = f"{text} {build.step}"
    elif build.state == "Ready" and build.size is not None:
        text = f"{text} · {amount(build.size)}"
    return l10n.t("image {state}", state=text) if build.form == "image" else text
