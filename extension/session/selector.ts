/** Which documents and which changes of files are sent to the server. What is ours among them, it decides itself. */
import * as vscode from "vscode";

/** Pipelines have languages of their own where their extensions are installed, and so has a requirements file. */
const LANGUAGES = [
  "python",
  "json",
  "jsonc",
  "yaml",
  "azure-pipelines",
  "github-actions-workflow",
  "shellscript",
  "powershell",
  "bat",
  "pip-requirements",
];

export const SELECTOR = [
  ...LANGUAGES.map((language) => ({ scheme: "file", language })),
  { scheme: "file", pattern: "**/*requirements*.{txt,in}" },
  { scheme: "file", pattern: "**/pyproject.toml" },
  // By name: the language is that of REST Client, where it is installed.
  { scheme: "file", pattern: "**/*.{http,rest}" },
  // Repairs and hovers in cells; the cells themselves are sent with their notebook.
  { scheme: "vscode-notebook-cell", language: "python" },
];

/**
 * Files that come, go and change while they are not open; a service reloads with any file that it was deployed from.
 */
export function watchers(): vscode.FileSystemWatcher[] {
  return [vscode.workspace.createFileSystemWatcher("**/*")];
}
