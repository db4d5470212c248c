// Who may import whom in extension/: one table, from which the rules for eslint come. tests/rules asks that the README
// of each folder says the same and that a planted import is noticed.

/** Every folder and the folders and files beside it that it may import. A folder may import those above it here. */
export const FOLDERS = {
  activation: [],
  text: ["protocol"],
  python: ["text"],
  session: ["protocol", "text", "window", "python"],
  state: ["protocol", "text", "session"],
  views: ["protocol", "text", "window", "session", "state"],
  logs: ["protocol", "text", "window", "session", "state"],
  editor: ["protocol", "text", "window", "session", "state"],
  webview: ["text"],
  panels: ["protocol", "text", "window", "session", "state", "editor", "webview"],
  guide: ["protocol", "text", "window", "session", "state", "editor", "webview"],
  metrics: ["protocol", "text", "window", "session", "state", "editor", "webview"],
  logPage: ["protocol", "text", "window", "session", "state", "logs", "editor", "webview"],
  debug: ["protocol", "state", "editor"],
  tasks: ["protocol", "text", "session"],
  documents: ["protocol", "session"],
  pages: ["protocol", "text", "window", "state", "views", "editor", "documents", "webview"],
  commands: [
    ...["app", "protocol", "text", "window", "session", "state", "views", "logs", "panels", "editor", "guide", "debug"],
    ...["metrics", "tasks", "documents", "pages", "logPage"],
  ],
  contrib: [
    ...["contribution", "app", "protocol", "text", "window", "session", "state", "views", "logs", "panels", "editor"],
    ...["guide", "debug", "metrics", "tasks", "documents", "pages", "logPage", "commands"],
  ],
};

/** The same inside commands/, where each folder may also import what commands/ may. */
export const COMMANDS = {
  interaction: [],
  docker: ["interaction"],
  compute: ["interaction"],
  models: ["interaction", "docker"],
  assets: ["interaction", "models"],
  environments: ["interaction", "docker", "assets"],
  endpoints: ["interaction"],
  batch: ["interaction"],
  services: ["interaction", "docker", "models", "assets", "endpoints", "batch"],
  images: ["interaction", "docker", "services"],
  workspaces: ["interaction", "docker", "services"],
  things: ["interaction"],
  scripts: ["interaction", "models", "batch"],
  guide: ["interaction"],
};

/** Files that hold no editor types: folds, node builders, choices, texts. */
const PURE = [
  "extension/protocol.ts",
  "extension/activation/{patterns,signs,look}.ts",
  "extension/text/*.ts",
  "extension/python/{interpreter,environment,lastEnvironment,lock,process}.ts",
  "extension/session/{restarts,promptAnswers}.ts",
  "extension/session/serverArguments.ts",
  "extension/state/{state,pages,currentFolder}.ts",
  "extension/logs/{fullLog,buildStream,earlierLines,tracebacks}.ts",
  "extension/debug/debugSession.ts",
  "extension/tasks/{taskDefinition,configurationFile}.ts",
  "extension/pages/{content,*Content,missing,sources,messages,frame,page,trafficForm}.ts",
  "extension/views/{node,listId,listSource,rows,modelFilter,buildNodes,*Nodes}.ts",
  "extension/webview/{channel,elements,actions,menu}.ts",
  "extension/panels/{messages,texts,answer,html,json,page}.ts",
  "extension/metrics/{messages,texts,frame,charts,page,recent}.ts",
  "extension/logPage/{messages,texts,rows,frame,page}.ts",
  "extension/guide/{pageMessages,frame,doctorRows,documentBody,links,search,page}.ts",
  "extension/commands/interaction/debounce.ts",
  "extension/contrib/*/{pages,testItems,*Content}.ts",
];

const noVscode = { name: "vscode", message: "This file is pure: it is unit-tested without an editor." };
const noClient = {
  regex: "^vscode-languageclient(/|$)",
  message: "Only session/session.ts speaks to the language client.",
};
const onlyTheTable = {
  regex: "^\\./contrib/(?!table$)",
  message: "Nothing outside of contrib/ imports from it but its table.",
};
const RULE = "@typescript-eslint/no-restricted-imports";

/** Forbids what is imported by `up` but those that are named. */
const onlyThese = (up, allowed) => ({
  regex: `^${up.replaceAll(".", "\\.")}(?!\\.\\./)${allowed.length === 0 ? "" : `(?!(?:${allowed.join("|")})(?:/|$))`}`,
  message: "Its folder may not import this: see eslint.imports.mjs and the README of the folder.",
});

function rulesOf(folder, patterns) {
  const inside = `extension/${folder}/`;
  const pure = PURE.filter((glob) => glob.startsWith(inside) && !glob.slice(inside.length).includes("/"));
  const rules = [{ files: [`${inside}*.ts`], rules: { [RULE]: ["error", { patterns: [noClient, ...patterns] }] } }];
  if (folder === "session") rules.push({ files: [`${inside}session.ts`], rules: { [RULE]: ["error", { patterns }] } });
  if (pure.length > 0) {
    rules.push({
      files: pure,
      rules: { [RULE]: ["error", { paths: [noVscode], patterns: [noClient, ...patterns] }] },
    });
  }
  return rules;
}

/** The rules, for the end of eslint.config.mjs: of a file that two of them name, the later one counts. */
export const importRules = [
  { files: ["extension/*.ts"], rules: { [RULE]: ["error", { patterns: [noClient, onlyTheTable] }] } },
  {
    files: ["extension/protocol.ts"],
    rules: {
      [RULE]: ["error", { paths: [noVscode], patterns: [noClient, onlyThese("./", []), onlyThese("../", [])] }],
    },
  },
  ...Object.entries(FOLDERS).flatMap(([folder, allowed]) => rulesOf(folder, [onlyThese("../", allowed)])),
  ...Object.entries(COMMANDS).flatMap(([folder, allowed]) =>
    rulesOf(`commands/${folder}`, [onlyThese("../", allowed), onlyThese("../../", FOLDERS.commands)]),
  ),
  // A contribution imports no other one.
  ...rulesOf("contrib/*", [onlyThese("../", []), onlyThese("../../", FOLDERS.contrib)]),
];
