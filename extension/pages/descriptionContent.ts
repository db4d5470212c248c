/** The page of a service's OpenAPI document: what can be asked, with which fields, and an example to begin with. */
import * as l10n from "@vscode/l10n";

import type { DescribedContent, DescribedField, DescribedOperation, ServiceDescription } from "../protocol";
import {
  type Block,
  block,
  code,
  column,
  content,
  type PageAction,
  type PageContent,
  paragraph,
  section,
  type Section,
  table,
  text,
  pageAction,
} from "./content";

/** A request as the request panel is filled with it. */
export interface ApiExample {
  readonly body: string;
  readonly contentType: string;
  readonly method: "POST" | "GET";
  readonly target: string;
}

function action(label: string, command: string, args: readonly unknown[], rank: PageAction["rank"]): PageAction {
  return { label, rank, act: { kind: "command", command, arguments: args } };
}

function fieldTable(fields: readonly DescribedField[]): readonly Block[] {
  const described = fields.some(({ description }) => description !== "");
  return table(
    [
      column(l10n.t("Field"), "long"),
      column(l10n.t("Type")),
      column(l10n.t("Required")),
      ...(described ? [column(l10n.t("Description"), "long")] : []),
    ],
    fields.map(({ name, type, required, description }) => [
      code(name),
      text(type),
      text(required ? l10n.t("yes") : ""),
      ...(described ? [text(description)] : []),
    ]),
  );
}

function ofContent({ contentType, fields, example, reason }: DescribedContent, label: string): readonly Block[] {
  return [...paragraph(contentType), ...fieldTable(fields), ...paragraph(reason), ...block(example, label)];
}

function exampleOf({ method, route, body }: DescribedOperation): ApiExample | undefined {
  return body === null || body.example === "" || (method !== "POST" && method !== "GET")
    ? undefined
    : { body: body.example, contentType: body.contentType, method, target: route };
}

function useExample(operation: DescribedOperation, service: string, rank: PageAction["rank"]): readonly PageAction[] {
  const example = exampleOf(operation);
  return example === undefined
    ? []
    : [action(l10n.t("Use This Example"), "scoredock.sendRequest", [service, example], rank)];
}

function sectionsOf(operation: DescribedOperation): readonly Section[] {
  const { method, route, description, parameters, body, responses } = operation;
  const title = `${method} ${route}`;
  const scores = method === "POST";
  return [
    ...section(
      title,
      [
        ...paragraph(description),
        ...fieldTable(parameters),
        ...(body === null ? [] : ofContent(body, l10n.t("Example of a request"))),
      ],
      !scores,
    ),
    ...responses.flatMap(({ status, description: meaning, content: answer }) =>
      section(
        l10n.t("{0}: response {1}", title, status),
        [...paragraph(meaning), ...ofContent(answer, l10n.t("Example of a response"))],
        !(scores && status.startsWith("2")),
      ),
    ),
  ];
}

export function descriptionContent(found: ServiceDescription, workspaceId: string): PageContent {
  const { name, operations } = found;
  const first = operations[0];
  return content({
    title: l10n.t("API of {0}", name),
    kind: l10n.t("API document"),
    chips: [found.format],
    lead: found.description,
    actions: [
      ...(first === undefined ? [] : useExample(first, name, "first")),
      action(l10n.t("Open in Browser"), "scoredock.openSwagger", [name, "browser"], "other"),
      pageAction(l10n.t("Show Details"), { kind: "service", name, workspaceId }),
    ],
    sections: [
      ...operations.flatMap(sectionsOf),
      ...section(l10n.t("Document"), block(found.document, l10n.t("OpenAPI document")), true),
    ],
  });
}
