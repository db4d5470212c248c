/** What the Testing view shows of `.http` files, as data. No `vscode` here. */
import type { RequestFile, TestResult, UnmetExpectation } from "../../protocol";
import { inRow } from "../../text/visible";

/** One test: a request that says what it expects. */
export interface TestOfFile {
  readonly id: string;
  readonly name: string;
  /** Zero-based, of the request line. */
  readonly line: number;
}

/** The tests of a file, in its order. */
export function testsOf(file: RequestFile): readonly TestOfFile[] {
  return file.requests
    .filter((request) => request.isTest)
    .map((request) => ({ id: testId(file.path, request.name), name: request.name, line: request.line }));
}

export function testId(path: string, name: string): string {
  return `${path}#${name}`;
}

/** What one expectation, or the whole test, says when it does not hold. */
export interface Complaint {
  readonly message: string;
  readonly path: string;
  readonly line: number;
  /** Both are there where the editor can show how they differ. */
  readonly texts?: { readonly expected: string; readonly actual: string };
}

function complaint({ message, path, line, expected, actual }: UnmetExpectation): Complaint {
  return { message, path, line, ...(expected === "" && actual === "" ? {} : { texts: { expected, actual } }) };
}

export function complaintsOf(result: TestResult): readonly Complaint[] {
  const { error, path, line, unmet } = result;
  return error === "" ? unmet.map(complaint) : [{ message: error, path, line }];
}

/** What a test writes into the output of the run. */
export function outputOf(result: TestResult): string {
  const mark = { passed: "✓", failed: "✗", error: "!" }[result.state];
  const said = complaintsOf(result).flatMap(({ message }) => message.split(/\r?\n/).map((line) => `    ${line}`));
  const log = result.state === "passed" ? [] : result.logLines.map((line) => `  | ${line}`);
  return [`${mark} ${result.name}`, ...said, ...log].map((line) => `${inRow(line, Infinity)}\r\n`).join("");
}
