/** Tests of requests in the Testing view. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { ServiceTests } from "./serviceTests";

export const requestTests: Contribution = {
  name: "request_tests",
  commands: COMMANDS,
  pages: {},
  testing: (session, live, environment) => new ServiceTests(session, live, environment),
};
