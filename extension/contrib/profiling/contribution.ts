/** What a service takes, and the size that it needs. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { manyRequests } from "./manyRequests";
import { PAGES } from "./pages";

export const profiling: Contribution = {
  name: "profiling",
  commands: COMMANDS,
  pages: PAGES,
  repetitions: manyRequests,
};
