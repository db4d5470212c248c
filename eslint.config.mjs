// Strict TypeScript rules, and the import rules of ARCHITECTURE.md for the extension.
import js from "@eslint/js";
import tseslint from "typescript-eslint";
import { importRules } from "./eslint.imports.mjs";

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
      // A listener that does one thing is that call, without braces around it.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  ...importRules,
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
