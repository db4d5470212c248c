// Lints texts by those of our rules that need no types (imports, limits, the window): reads a JSON object {path: text}
// from standard input and prints {tables, found}, the latter with the messages for each path.
import { readFileSync } from "node:fs";
import { Linter } from "eslint";
import tseslint from "typescript-eslint";
import rules from "../../eslint.config.mjs";
import { COMMANDS, FOLDERS, importRules } from "../../eslint.imports.mjs";
import { windowRules } from "../../eslint.window.mjs";

const LIMITS = ["@typescript-eslint/no-restricted-imports", "complexity", "max-params", "no-restricted-syntax"];
const config = [
  {
    files: ["**/*.ts"],
    languageOptions: { parser: tseslint.parser },
    plugins: { "@typescript-eslint": tseslint.plugin },
  },
  ...importRules,
  ...windowRules,
  ...rules.filter((entry) => "complexity" in (entry.rules ?? {}) && "max-params" in entry.rules),
];
const linter = new Linter({ configType: "flat" });
const texts = JSON.parse(readFileSync(0, "utf8"));
const found = Object.fromEntries(
  Object.entries(texts).map(([path, text]) => [
    path,
    linter
      .verify(text, config, { filename: path })
      .filter((each) => LIMITS.includes(each.ruleId) || each.fatal)
      .map((each) => each.message),
  ]),
);
console.log(JSON.stringify({ tables: { FOLDERS, COMMANDS }, found }));
