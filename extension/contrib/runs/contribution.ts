/** Runs, in this workspace and in tracking stores of MLflow. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { LISTS } from "./lists";
import { mlflowRegistry } from "./mlflow";
import { PAGES } from "./pages";

export const runs: Contribution = {
  name: "runs",
  commands: COMMANDS,
  pages: PAGES,
  lists: LISTS,
  modelRegistries: [mlflowRegistry],
};
