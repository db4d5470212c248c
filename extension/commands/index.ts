/** Every command of the manifest and the function that does it. */
import * as vscode from "vscode";

import type { App } from "../app";
import { tell } from "../tell";
import { compareModels } from "./compare";
import { debugService } from "./debug";
import { deploy, deployAgain } from "./deploy";
import { checkFile, checkFolder, explainRule } from "./documents";
import { copyModelId, deleteModel, downloadModel, editModelDescription, editModelTags, showModel } from "./models";
import { packageService } from "./package";
import { profileService } from "./profile";
import { registerModel } from "./registerModel";
import { choosePython, refresh, restartServer, showLog } from "./server";
import {
  copyScoringUri,
  copyServiceName,
  deleteService,
  openFullLog,
  openLog,
  openSwagger,
  restartService,
  sendRequest,
  showService,
  startService,
  stopAllServices,
  stopService,
  updateService,
} from "./services";
import { connectWorkspace, createWorkspace, forgetWorkspace, showWorkspace, switchWorkspace } from "./workspaces";

/** `first` is what the command was run on, `all` what was selected then. */
type Handler = (app: App, first: unknown, all: unknown) => Promise<void> | void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  "scoredock.registerModel": registerModel,
  "scoredock.showModel": showModel,
  "scoredock.editModelTags": editModelTags,
  "scoredock.editModelDescription": editModelDescription,
  "scoredock.compareModels": compareModels,
  "scoredock.downloadModel": downloadModel,
  "scoredock.deleteModel": deleteModel,
  "scoredock.copyModelId": copyModelId,
  "scoredock.deploy": deploy,
  "scoredock.deployConfiguration": deploy,
  "scoredock.deployAgain": deployAgain,
  "scoredock.sendRequest": sendRequest,
  "scoredock.openLog": openLog,
  "scoredock.openFullLog": openFullLog,
  "scoredock.stopService": stopService,
  "scoredock.startService": startService,
  "scoredock.restartService": restartService,
  "scoredock.updateService": updateService,
  "scoredock.debugService": debugService,
  "scoredock.profileService": profileService,
  "scoredock.packageService": packageService,
  "scoredock.showService": showService,
  "scoredock.copyServiceName": copyServiceName,
  "scoredock.copyScoringUri": copyScoringUri,
  "scoredock.openSwagger": openSwagger,
  "scoredock.deleteService": deleteService,
  "scoredock.stopAllServices": stopAllServices,
  "scoredock.checkFile": checkFile,
  "scoredock.checkFolder": checkFolder,
  "scoredock.explainRule": explainRule,
  "scoredock.createWorkspace": createWorkspace,
  "scoredock.connectWorkspace": connectWorkspace,
  "scoredock.switchWorkspace": switchWorkspace,
  "scoredock.showWorkspace": showWorkspace,
  "scoredock.forgetWorkspace": forgetWorkspace,
  "scoredock.refresh": refresh,
  "scoredock.restartServer": restartServer,
  "scoredock.showLog": showLog,
  "scoredock.choosePython": choosePython,
};

/** Registers every command. A failure of any of them is told, never thrown at the editor. */
export function registerCommands(app: App): vscode.Disposable {
  const registrations = Object.entries(HANDLERS).map(([id, handler]) =>
    vscode.commands.registerCommand(id, async (first?: unknown, all?: unknown) => {
      try {
        await handler(app, first, all);
      } catch (error) {
        tell(error);
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}
