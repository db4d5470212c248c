// What row, page and message show of a batch job: details and outputs on a line of standard input, what is shown of
// them on a line of standard output. tests/batch/shown_job.py bundles it.
import { createInterface } from "node:readline";

import { jobContent } from "../../extension/contrib/batch/jobContent";
import type { BatchJobDetails, BatchOutputs } from "../../extension/protocol";
import { jobNodes, jobSentence } from "../../extension/contrib/batch/jobNodes";

function shown(details: BatchJobDetails, outputs: BatchOutputs): unknown {
  const now = details.job.created;
  const rows = { rows: [{ kind: "job" as const, job: details.job }], left: 0, next: "", problem: "" };
  const [node] = jobNodes({ kind: "jobs", workspaceId: "local" }, rows, now);
  const page = jobContent(details, outputs, now);
  return {
    row: node?.description,
    icon: node?.icon,
    states: page.states,
    notices: page.notices,
    buttons: page.actions.map(({ label, rank }) => [label, rank]),
    sentence: jobSentence(details),
  };
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { details, outputs } = JSON.parse(line) as { details: BatchJobDetails; outputs: BatchOutputs };
  process.stdout.write(`${JSON.stringify(shown(details, outputs))}\n`);
});
