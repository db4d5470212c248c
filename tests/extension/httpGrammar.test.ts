import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { createOnigScanner, createOnigString, loadWASM } from "vscode-oniguruma";
import { INITIAL, parseRawGrammar, Registry } from "vscode-textmate";

const ROOT = process.cwd();
const GRAMMARS: Readonly<Record<string, string>> = {
  "source.http": "media/http.tmLanguage.json",
  "variables.http": "media/httpVariables.tmLanguage.json",
};
/** In the editor the grammar of JSON is its own; here its texts and numbers, and a bracket that nothing closes. */
const JSON_GRAMMAR = JSON.stringify({
  scopeName: "source.json",
  patterns: [
    { begin: '"', end: '"', name: "string.quoted.double.json" },
    { match: "-?\\d[\\d.]*", name: "constant.numeric.json" },
    { begin: "\\{", end: "\\}", name: "meta.structure.dictionary.json", patterns: [{ include: "$self" }] },
  ],
});

const wasm = createRequire(path.join(ROOT, "package.json")).resolve("vscode-oniguruma/release/onig.wasm");

async function grammar(): ReturnType<Registry["loadGrammar"]> {
  await loadWASM(fs.readFileSync(wasm));
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: (scope) => {
      const file = GRAMMARS[scope];
      const text = file === undefined ? JSON_GRAMMAR : fs.readFileSync(path.join(ROOT, file), "utf8");
      return Promise.resolve(parseRawGrammar(text, `${scope}.json`));
    },
    getInjections: (scope) => (scope === "source.http" ? ["variables.http"] : undefined),
  });
  return registry.loadGrammar("source.http");
}

interface Part {
  readonly text: string;
  readonly scopes: string;
}

const loaded = grammar();

/** The lines of a text as the editor colours them. */
async function partsOf(text: string): Promise<readonly (readonly Part[])[]> {
  const http = await loaded;
  assert(http !== null);
  let stack = INITIAL;
  return text.split(/\r?\n/).map((line) => {
    const { tokens, ruleStack } = http.tokenizeLine(line, stack);
    stack = ruleStack;
    return tokens.map(({ startIndex, endIndex, scopes }) => ({
      text: line.slice(startIndex, endIndex).trim(),
      scopes: scopes.join(" "),
    }));
  });
}

async function scopesOf(text: string, word: string): Promise<string> {
  const parts = (await partsOf(text)).flat();
  const part = parts.find((each) => each.text === word);
  assert(part !== undefined, `${word} is not part of its own: ${parts.map((each) => each.text).join(" | ")}`);
  return part.scopes;
}

const REQUEST = `@service = http://127.0.0.1:6789

### two patients
# @expect status 200
# a remark
POST {{service}}/score HTTP/1.1
Content-Type: application/json
Authorization: Bearer {{key}}

{"data": [0.04, "{{name}}"]}

### the next one
get https://example.com/a
  ?page=2
  &size={{size}}

###
PUT /form
Content-Type: text/plain

Subject: no header
< ./sample.json
`;

const EXPECTED: readonly (readonly [string, RegExp])[] = [
  ["@service", /variable\.other\.definition/],
  ["two patients", /entity\.name\.section/],
  ["@expect", /comment.*keyword\.control\.directive/],
  ["POST", /keyword\.control\.method/],
  ["HTTP/1.1", /constant\.other\.version/],
  ["Content-Type", /entity\.name\.tag\.header/],
  ["key", /string\.unquoted\.value.*variable\.other\.readwrite/],
  ["name", /meta\.embedded\.block\.json.*string.*variable\.other\.readwrite/],
  ["0.04", /meta\.embedded\.block\.json.*constant\.numeric/],
  ["the next one", /^source\.http meta\.separator\.http entity/],
  ["get", /keyword\.control\.method/],
  ["page", /variable\.parameter\.query/],
  ["size", /variable\.parameter\.query/],
  ["service", /string\.unquoted\.url.*variable\.other\.readwrite/],
  ["PUT", /keyword\.control\.method/],
  ["Subject: no header", /^source\.http meta\.request\.http meta\.body\.http$/],
  ["./sample.json", /string\.unquoted\.path/],
];

for (const [word, scopes] of EXPECTED) {
  test(`${word} has a colour of its own`, async () => {
    assert.match(await scopesOf(REQUEST, word), scopes);
  });
}

test("a body that nothing closes ends with its request", async () => {
  const text = '### one\nPOST /score\n\n{"data": {"open": [1\n\n### two\nGET /score\n';
  assert.match(await scopesOf(text, "two"), /^source\.http meta\.separator\.http entity\.name\.section/);
  assert.match(await scopesOf(text, "GET"), /keyword\.control\.method/);
});

const PUBLISHED = path.join(ROOT, "tests/configs/http_files/published");
const FILES = fs
  .readdirSync(PUBLISHED, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".http"))
  .map((name) => path.join(PUBLISHED, name));

for (const file of [...FILES, path.join(ROOT, "examples/diabetes/tests.http")]) {
  test(`each request line of ${path.basename(file)} is one`, async () => {
    const text = fs.readFileSync(file, "utf8");
    const lines = await partsOf(text);
    let requests = 0;
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      if (/^(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS|QUERY) \S/.test(line)) {
        requests += 1;
        assert.match(lines[index]?.[0]?.scopes ?? "", /keyword\.control\.method/, line);
      }
    }
    assert(requests > 0);
  });
}
