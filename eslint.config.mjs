// Strict TypeScript rules, and the import rules of ARCHITECTURE.md for the extension.
import js from "@eslint/js";
import tseslint from "typescript-eslint";

const noVscode = { name: "vscode", message: "This file is pure: it is unit-tested without an editor." };
const noClient = {
  group: ["vscode-languageclient", "vscode-languageclient/*"],
  message: "Only session.ts speaks to the language client.",
};

/** Files that hold no editor types: folds, node builders, choices, texts. */
const PURE = [
  "extension/state/state.ts",
  "extension/text/format.ts",
  "extension/text/errors.ts",
  "extension/protocol.ts",
  "extension/python/interpreter.ts",
  "extension/python/environment.ts",
  "extension/python/lock.ts",
  "extension/python/process.ts",
  "extension/session/restarts.ts",
  "extension/logs/fullLog.ts",
  "extension/documents/reports.ts",
  "extension/debug/debugSession.ts",
  "extension/state/pages.ts",
  "extension/documents/modelPage.ts",
  "extension/views/node.ts",
  "extension/views/wanted.ts",
  "extension/views/ask.ts",
  "extension/views/rows.ts",
  "extension/views/modelFilter.ts",
  "extension/views/workspaceNodes.ts",
  "extension/views/modelNodes.ts",
  "extension/views/assetNodes.ts",
  "extension/views/runNodes.ts",
  "extension/views/serviceNodes.ts",
  "extension/commands/interaction/debounce.ts",
  "extension/panels/messages.ts",
  "extension/panels/answer.ts",
  "extension/panels/html.ts",
  "extension/panels/json.ts",
  "extension/panels/page.ts",
];

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "server/", ".venv/", "**/.*/", "examples/", "pyserver/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "no-restricted-imports": "off",
      "@typescript-eslint/no-restricted-imports": ["error", { patterns: [noClient] }],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    files: PURE,
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { paths: [noVscode], patterns: [noClient] }] },
  },
  { files: ["extension/session/session.ts"], rules: { "@typescript-eslint/no-restricted-imports": "off" } },
  // As for Python; a formatter that breaks lines makes files longer, not harder to read.
  { files: ["extension/**/*.ts"], rules: { "max-lines": ["error", { max: 500 }] } },
  { files: ["extension/protocol.ts"], rules: { "max-lines": "off" } },
  {
    files: ["tests/extension/*.ts"],
    // Node's runner awaits its tests itself.
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", name: "test", package: "node:test" }] },
      ],
    },
  },
  {
    files: ["**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        URL: "readonly",
        fetch: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
        Buffer: "readonly",
        AbortSignal: "readonly",
        performance: "readonly",
      },
    },
    rules: { "no-console": "off" },
  },
);
