/** Runs one short program to its end. Argument lists only, never a shell. No `vscode` here. */
import { execFile } from "node:child_process";

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment of the child. */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the child is killed. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface ProgramResult {
  /** Undefined when the program could not be started, was killed or took too long. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunProgram = (program: string, args: readonly string[], options?: RunOptions) => Promise<ProgramResult>;

/** Never rejects for what the program does; only an abort does, with the signal's reason. */
export const runProgram: RunProgram = async (program, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args],
      {
        encoding: "utf8",
        maxBuffer: 16 * 1024 * 1024,
        windowsHide: true,
        killSignal: "SIGKILL",
        timeout: options.timeout ?? 0,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.env === undefined ? {} : { env: options.env }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (error, stdout, stderr) => {
        if (options.signal?.aborted === true) {
          reject(options.signal.reason instanceof Error ? options.signal.reason : new Error("aborted"));
        } else if (error === null) {
          resolve({ code: 0, stdout, stderr });
        } else {
          const code = typeof error.code === "number" ? error.code : undefined;
          resolve({ code, stdout, stderr: stderr === "" ? error.message : stderr });
        }
      },
    );
    child.stdin?.end();
  });
