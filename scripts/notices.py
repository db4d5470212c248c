"""What a VSIX brings of others, and on which terms: THIRD_PARTY_NOTICES.txt for people, sbom.cdx.json for programs.

    python scripts/notices.py --bundle dist/bundle.json --wheels dist/wheelhouse --out dist/notices

`--bundle` lists the files that esbuild put into the bundles, `--wheels` is the wheelhouse. Refuses what tells no terms.
"""

from __future__ import annotations

import argparse
import email.parser
import hashlib
import json
import re
import sys
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parent.parent
NOTICES, BILL = "THIRD_PARTY_NOTICES.txt", "sbom.cdx.json"
OWN = frozenset(("scoredock", "scoredock-azureml", "scoredock-runtime"))
_TERMS = re.compile(r"(?:licen[cs]e|copying|notice|authors|copyright)", re.IGNORECASE)
_PACKAGE = re.compile(r"(.*node_modules/(?:@[^/]+/)?[^/]+)/")
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_WORDS = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
}
_MIT = """\
Copyright (c) {holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""  # noqa: E501 (a text that would change if it were wrapped)
"""For packages that name this licence and bring no copy of it."""


@dataclass
class Component:
    """One release of a package."""

    name: str
    version: str
    kind: str
    """`npm` or `pypi`."""
    terms: str
    """An SPDX expression."""
    home: str
    texts: dict[str, str] = field(default_factory=dict)
    """Name of a file with terms → its content."""
    files: dict[str, str] = field(default_factory=dict)
    """Name of a wheel → SHA-256."""

    @property
    def purl(self) -> str:
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version}"


def bundled(listing: Path) -> Iterator[Component]:
    """The npm packages that files of the bundles come from."""
    folders = {found[1] for name in json.loads(listing.read_text("utf-8")) if (found := _PACKAGE.match(name))}
    for folder in sorted(folders):
        place = ROOT / folder
        told = json.loads((place / "package.json").read_text("utf-8"))
        home = told.get("homepage") or _address(told.get("repository"))
        found = Component(told["name"], told["version"], "npm", str(told.get("license") or ""), home)
        for file in sorted(place.iterdir()):
            if file.is_file() and _TERMS.match(file.name):
                found.texts[file.name] = file.read_text("utf-8", "replace")
        if not found.texts and found.terms == "MIT":
            author = told.get("author")
            holder = author.get("name") if isinstance(author, dict) else author
            found.texts["LICENSE"] = _MIT.format(holder=holder or f"the authors of {found.name}")
        yield found


def _address(repository: object) -> str:
    told = repository.get("url") if isinstance(repository, dict) else repository
    return re.sub(r"^git\+|\.git$", "", str(told or ""))


def wheels(folder: Path) -> Iterator[Component]:
    """The releases in a wheelhouse, each once however many Pythons it has wheels for."""
    found: dict[tuple[str, str], Component] = {}
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            metadata = next(name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
            told = email.parser.Parser().parsestr(archive.read(metadata).decode("utf-8", "replace"))
            name = re.sub(r"[-_.]+", "-", told["Name"]).lower()
            if name in OWN:
                continue
            component = found.setdefault(
                (name, told["Version"]), Component(name, told["Version"], "pypi", _terms(told), _home(told))
            )
            component.files[wheel.name] = hashlib.sha256(wheel.read_bytes()).hexdigest()
            inside = PurePosixPath(metadata).parent
            for each in names:
                path = PurePosixPath(each)
                if not path.is_relative_to(inside) or each.endswith("/"):
                    continue
                if _TERMS.match(path.name) or "licenses" in path.relative_to(inside).parts[:-1]:
                    component.texts.setdefault(
                        str(path.relative_to(inside)), archive.read(each).decode("utf-8", "replace")
                    )
    yield from found.values()


def _terms(told: email.message.Message) -> str:
    if expression := told.get("License-Expression"):
        return str(expression)
    classified = [
        str(each).rpartition(" :: ")[2] for each in told.get_all("Classifier", []) if each.startswith("License ::")
    ]
    known = [_CLASSIFIERS[each] for each in classified if each in _CLASSIFIERS]
    written = str(told.get("License") or "").strip()
    if written in _WORDS or re.fullmatch(r"[\w.+-]+(?: (?:OR|AND) [\w.+-]+)*", written):
        return _WORDS.get(written, written)
    return " AND ".join(dict.fromkeys(known))


def _home(told: email.message.Message) -> str:
    for each in told.get_all("Project-URL", []):
        label, _, address = str(each).partition(",")
        if label.strip().lower() in ("homepage", "source", "repository", "source code", "github"):
            return address.strip()
    return str(told.get("Home-page") or f"https://pypi.org/project/{told['Name']}/")


def notices(components: Iterable[Component]) -> str:
    """Who made what the VSIX brings, and the terms, word for word."""
    parts = [
        "Scoredock brings the packages below. Each is the work of its authors and comes on the terms that follow it.\n"
        f"The same in a form for programs: {BILL}.\n"
    ]
    for each in components:
        head = f"{each.name} {each.version} ({each.terms})\n{each.home}\n"
        texts = "\n\n".join(text.strip() for text in dict.fromkeys(each.texts.values()))
        parts.append(f"{'=' * 100}\n{head}\n{texts}\n")
    return "\n".join(parts)


def bill(components: Iterable[Component], version: str) -> str:
    """A bill of materials as CycloneDX 1.6 has it, the same for the same packages."""
    listed = []
    for each in components:
        simple = re.fullmatch(r"[\w.+-]+", each.terms)
        entry: dict[str, object] = {
            "type": "library",
            "bom-ref": each.purl,
            "name": each.name,
            "version": each.version,
            "purl": each.purl,
            "licenses": [{"license": {"id": each.terms}} if simple else {"expression": each.terms}],
        }
        if len(each.files) == 1:
            entry["hashes"] = [{"alg": "SHA-256", "content": next(iter(each.files.values()))}]
        elif each.files:
            entry["properties"] = [
                {"name": f"scoredock:sha256:{name}", "value": digest} for name, digest in sorted(each.files.items())
            ]
        listed.append(entry)
    content = json.dumps(listed, sort_keys=True)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "scoredock", "name": "scoredock", "version": version}
        },
        "components": listed,
    }
    return json.dumps(document, indent=2) + "\n"


def main() -> int:
    """0, or 1 with what tells no terms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--wheels", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    components = [*bundled(options.bundle), *wheels(options.wheels)]
    silent = [f"{each.name} {each.version}" for each in components if not each.terms or not each.texts]
    if silent:
        print(f"These tell no terms on which they may be passed on: {', '.join(silent)}.", file=sys.stderr)
        return 1
    version = json.loads((ROOT / "package.json").read_text("utf-8"))["version"]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / NOTICES).write_text(notices(components), "utf-8", newline="\n")
    (options.out / BILL).write_text(bill(components, version), "utf-8", newline="\n")
    print(f"{len(components)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
