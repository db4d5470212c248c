/** The steps that every registration asks: a description, tags, and of models properties. */
import * as vscode from "vscode";

import { parseTags, tags } from "../../text/format";
import type { TextStep } from "./wizard";

const { l10n } = vscode;

type Labels = Readonly<Record<string, string>>;

export function descriptionStep<A extends { readonly description: string }>(): TextStep<A> {
  return {
    kind: "text",
    prompt: () => l10n.t("Description (optional)"),
    value: (answers) => answers.description,
    save: (answers, description) => ({ ...answers, description: description.trim() }),
  };
}

/** A line of names, each with a value or without. */
function labelStep<A>(field: keyof A, prompt: string): TextStep<A> {
  return {
    kind: "text",
    prompt: () => prompt,
    value: (answers) => tags(answers[field] as Labels),
    validate: (text) => {
      const parsed = parseTags(text);
      return "problem" in parsed ? parsed.problem : undefined;
    },
    save: (answers, text) => {
      const parsed = parseTags(text);
      return "tags" in parsed ? { ...answers, [field]: parsed.tags } : answers;
    },
  };
}

export function tagStep<A extends { readonly tags: Labels }>(): TextStep<A> {
  return labelStep<A>("tags", l10n.t("Tags (optional), such as: stage=production, champion"));
}

export function propertyStep<A extends { readonly properties: Labels }>(): TextStep<A> {
  const prompt = l10n.t("Properties (optional), which can never be changed, such as: data=2026-11");
  return labelStep<A>("properties", prompt);
}
