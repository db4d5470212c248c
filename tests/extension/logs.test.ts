import assert from "node:assert/strict";
import { test } from "node:test";

import { parts, withTime } from "../../extension/logs/earlierLines";
import { filesIn, placesIn, withFiles } from "../../extension/logs/tracebacks";
import type { LogLine } from "../../extension/protocol";
import { NOW } from "./records";

function line(sequence: number, age: number, more: Partial<LogLine> = {}): LogLine {
  return { sequence, time: NOW - age, stream: "stdout", level: "info", text: `line ${sequence}`, ...more };
}

test("lines from before come together, and new ones one by one", () => {
  const [one, two, three, four] = [line(1, 60), line(2, 59), line(3, 1), line(4, 0)];
  assert.deepEqual(parts([one, two, three, four], NOW), [{ lines: [one, two] }, three, four]);
  assert.deepEqual(parts([], NOW), []);
});

test("a line from before has one time, its own, in the form of the channel", () => {
  const text = "2026-11-20 07:15:25,042 I [12] azmlinfsrv.print - ready";
  const shown = withTime(line(1, 60.5, { level: "warning", text }));
  assert.match(shown, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.500 \[warning\] azmlinfsrv\.print - ready$/);
});

const TRACEBACK = `2026-11-20 07:15:25.042 [error] Traceback (most recent call last):
2026-11-20 07:15:25.042 [error]   File "/home/ada/my project/score.py", line 12, in run
2026-11-20 07:15:25.042 [error]   File "<frozen importlib._bootstrap>", line 241, in _call
2026-11-20 07:15:25.042 [error]   File "sklearn/tree/_tree.pyx", line 1476, in sklearn.tree._tree
2026-11-20 07:15:25.042 [error]   File "C:\\\\work\\\\score.py", line 7, in init
`;

test("places of a traceback reach from the path to the line number", () => {
  const places = placesIn(TRACEBACK);
  assert.deepEqual(
    places.map(({ file, line: number }) => [file, number]),
    [
      ["/home/ada/my project/score.py", 12],
      ["C:\\\\work\\\\score.py", 7],
    ],
  );
  const [first] = places;
  assert.equal(TRACEBACK.slice(first?.start, first?.end), '/home/ada/my project/score.py", line 12');
});

test("staged files become the person's own, and nothing else changes", () => {
  const text = 'File "/data/a/score.py", line 3\nread /data/a/score.py\nFile "/data/a/score.py", line 9\n';
  assert.deepEqual(filesIn(text), ["/data/a/score.py"]);
  assert.equal(
    withFiles(text, new Map([["/data/a/score.py", "/p/score.py"]])),
    'File "/p/score.py", line 3\nread /data/a/score.py\nFile "/p/score.py", line 9\n',
  );
});
