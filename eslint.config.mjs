// Strict rules that need no types, and the import rules of ARCHITECTURE.md for the extension. Those that need types
// are in .oxlintrc.json (docs/decisions/0117-types-checked-by-native-programs.md).
import js from "@eslint/js";
import tseslint from "typescript-eslint";
import { importRules } from "./eslint.imports.mjs";
import { windowRules } from "./eslint.window.mjs";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "server/", ".venv/", "**/.*/", "examples/", "pyserver/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strict, ...tseslint.configs.stylistic],
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/no-import-type-side-effects": "error",
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  ...importRules,
  ...windowRules,
  {
    files: ["**/*.ts", "**/*.mjs"],
    rules: {
      // Decisions in one function, not lines in one file. A switch counts once: an exhaustive one is a table of cases.
      // Nothing is excepted; what is too complex is divided.
      complexity: ["error", { max: 10, variant: "modified" }],
      "max-params": ["error", { max: 6 }],
    },
  },
  {
    files: ["**/*.mjs"],
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
