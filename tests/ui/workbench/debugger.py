"""An extension as small as possible that brings the debugger type `debugpy`, run by debugpy's own adapter from PyPI.

The real one is on a marketplace that tests do not reach; what it registers for a listening session is this.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

_MANIFEST = {
    "name": "debugpy",
    "publisher": "tests",
    "version": "1.0.0",
    "engines": {"vscode": "^1.100.0"},
    "main": "./main.js",
    "activationEvents": ["onDebugResolve:debugpy"],
    "extensionKind": ["workspace"],
    "contributes": {
        "breakpoints": [{"language": "python"}],
        "debuggers": [
            {
                "type": "debugpy",
                "label": "Python",
                "languages": ["python"],
                "configurationAttributes": {"attach": {"properties": {"listen": {"type": "object"}}}},
            }
        ],
    },
}
_MAIN = """\
const vscode = require("vscode");
exports.activate = (context) => {
  const adapter = new vscode.DebugAdapterExecutable(%s, ["-m", "debugpy.adapter"]);
  const factory = { createDebugAdapterDescriptor: () => adapter };
  context.subscriptions.push(vscode.debug.registerDebugAdapterDescriptorFactory("debugpy", factory));
};
"""
_VSIX = """\
<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata><Identity Language="en-US" Id="debugpy" Version="1.0.0" Publisher="tests"/><DisplayName>debugpy</DisplayName></Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets><Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/></Assets>
</PackageManifest>
"""  # noqa: E501 (a text that would change if it were wrapped)
_TYPES = """\
<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
  <Default Extension=".json" ContentType="application/json"/><Default Extension=".js" ContentType="application/javascript"/>
  <Default Extension=".vsixmanifest" ContentType="text/xml"/>
</Types>
"""  # noqa: E501 (a text that would change if it were wrapped)


def debugger_vsix(target: Path, python: Path) -> Path:
    """The extension as a file to install; `python` belongs to an environment that holds debugpy."""
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("extension/package.json", json.dumps(_MANIFEST))
        archive.writestr("extension/main.js", _MAIN % json.dumps(str(python)))
        archive.writestr("extension.vsixmanifest", _VSIX)
        archive.writestr("[Content_Types].xml", _TYPES)
    return target
