// Only extension/window.ts shows text in the editor's window: it escapes names, commands and files of others. What is
// forbidden is the name of the call, so that no other way to the same object of the editor passes.

const SHOWS = [
  ...["show(QuickPick|InputBox|(Information|Warning|Error)Message|OpenDialog|SaveDialog|WorkspaceFolderPick)"],
  ...["create(QuickPick|InputBox|StatusBarItem|WebviewPanel|OutputChannel|Terminal)"],
  ...["withProgress|setStatusBarMessage"],
].join("|");

const message = "Take it from extension/window.ts, which escapes text of others.";

/** The head of a tab or view, which is written later than it was made. */
const HEAD = [
  "AssignmentExpression[left.property.name=/^(title|description|message)$/]",
  ':matches([left.object.name="view"], [left.object.property.name="view"])',
  ':not([right.callee.name="inRow"])',
].join("");

export const windowRules = [
  {
    files: ["extension/**/*.ts"],
    ignores: ["extension/window.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: `MemberExpression[property.name=/^(${SHOWS})$/]`, message },
        { selector: `MemberExpression[property.value=/^(${SHOWS})$/]`, message },
        { selector: `ObjectPattern > Property[key.name=/^(${SHOWS})$/]`, message },
        { selector: HEAD, message: "Give it to inRow of extension/text/visible.ts, as it may hold text of others." },
      ],
    },
  },
];
