// Lints texts by the import rules of the extension alone, which need no types: reads a JSON object {path: text} from
// standard input and prints {tables, found}, the latter with the messages for each path.
import { readFileSync } from "node:fs";
import { Linter } from "eslint";
import tseslint from "typescript-eslint";
import { COMMANDS, FOLDERS, importRules } from "../../eslint.imports.mjs";

const config = [
  {
    files: ["**/*.ts"],
    languageOptions: { parser: tseslint.parser },
    plugins: { "@typescript-eslint": tseslint.plugin },
  },
  ...importRules,
];
const linter = new Linter({ configType: "flat" });
const texts = JSON.parse(readFileSync(0, "utf8"));
const found = Object.fromEntries(
  Object.entries(texts).map(([path, text]) => [
    path,
    linter
      .verify(text, config, { filename: path })
      .filter((each) => each.ruleId?.endsWith("no-restricted-imports") || each.fatal)
      .map((each) => each.message),
  ]),
);
console.log(JSON.stringify({ tables: { FOLDERS, COMMANDS }, found }));
