// Reads documents as JSON from standard input and validates each by the schema of its kind, as npm has them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
for (const document of JSON.parse(readFileSync(0, "utf8"))) {
  const kinds = require(`@kubernetes-models/gateway-api/${document.apiVersion}/${document.kind}`);
  new kinds[document.kind](document).validate();
}
