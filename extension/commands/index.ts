/** Every command of the manifest and the function that does it. */
import * as vscode from "vscode";

import type { App } from "../app";
import { showFailure } from "../editor/notifications";
import { removeModelAlias, setModelAlias } from "./models/aliases";
import {
  copyAssetId,
  deleteAsset,
  editAssetDescription,
  editAssetTags,
  sendDatasetRow,
  showAsset,
} from "./assets/assets";
import { compareModels } from "./models/compare";
import { allowModel, withdrawModelConsent } from "./models/consent";
import { showDocker } from "./docker/docker";
import { debugScript, debugService } from "./services/debug";
import { deploy, deployAgain } from "./services/deploy";
import { checkAll, checkFile, checkFolder, explainRule } from "./scripts/checks";
import {
  buildEnvironment,
  buildEnvironmentImage,
  cleanEnvironments,
  cloneEnvironment,
  inspectEnvironment,
  lockEnvironment,
  openBuildLog,
  removeBuiltEnvironment,
} from "./environments/environments";
import { arrangeModels, clearModelFilter, searchModels } from "./models/filter";
import { addToProject } from "./services/addToProject";
import { copyEndpointUri, deleteEndpoint, showEndpoint, startEndpoint, stopEndpoint } from "./endpoints/endpoints";
import { addEndpointVersion, addToEndpoint } from "./endpoints/joining";
import { setVersionLimits } from "./endpoints/limits";
import {
  deleteEndpointVersion,
  mirrorEndpoint,
  promoteVersion,
  setEndpointTraffic,
  withdrawVersion,
} from "./endpoints/traffic";
import { copyClientCode, runAzLine } from "./services/clientCode";
import { copyKey, copyToken, regenerateKey } from "./services/keys";
import {
  addModelProperties,
  editModelDescription,
  editModelResources,
  editModelTags,
  setModelSample,
} from "./models/edit";
import { copyModelId, deleteModel, downloadModel, exportModel, openModelFile, showModel } from "./models/models";
import { enableConda, suggestVersions } from "./environments/suggestVersions";
import { checkComputer, openDocumentation } from "./guide/guide";
import { newProject, openExample } from "./guide/projects";
import { packageFile, packageService } from "./images/package";
import { useImage } from "./images/packagedImage";
import { createImage, deployImage, updateToImage } from "./images/images";
import { profileService } from "./services/profile";
import { chooseRequestEnvironment, forgetAllowedVariables, sendFileRequest } from "./services/requestFiles";
import { showMetrics } from "./services/metrics";
import { rollBackService, showRevisions } from "./services/revisions";
import { registerAnything } from "./assets/register";
import { registerDataset, registerEnvironment, registerImage } from "./assets/registerAssets";
import { registerModel } from "./models/registerModel";
import { signInRegistry, signOutRegistry } from "./docker/registries";
import { copyRunId, registerModelFromRun, showRun } from "./models/runs";
import { choosePython, refresh, restartServer, showLog, showMore } from "./server";
import {
  copyScoringUri,
  copyServiceName,
  deleteService,
  openFullLog,
  openLog,
  openLogPage,
  openSwagger,
  reloadService,
  restartService,
  sendRequest,
  showService,
  startService,
  startAllServices,
  stopAllServices,
  stopService,
} from "./services/services";
import { goToFailure, openServiceFolder, showServiceActions, showServices } from "./services/showServices";
import { deleteRow, editRow } from "./things/rowKeys";
import {
  pickEnvironmentThenVerb,
  pickModelThenVerb,
  pickServiceThenVerb,
  pickWorkspaceThenVerb,
} from "./things/things";
import { chooseWorkspaceEngine } from "./workspaces/engine";
import { moveToWorkspace } from "./workspaces/move";
import { emptyTrash, purgeDeleted, restoreDeleted } from "./workspaces/trash";
import { runSdk, runSdkCells } from "./scripts/runSdk";
import { tryScript } from "./scripts/tryScript";
import { updateService } from "./services/updateService";
import {
  backupWorkspace,
  cleanUpWorkspace,
  repairWorkspace,
  restoreWorkspace,
  verifyWorkspace,
} from "./workspaces/maintenance";
import {
  connectWorkspace,
  createWorkspace,
  forgetWorkspace,
  showWorkspace,
  switchWorkspace,
  writeWorkspaceConfig,
} from "./workspaces/workspaces";
import { deployWithoutCode, showScript } from "./services/deployWithoutCode";

/** `first` is what the command was run on, `all` what was selected then. */
type Handler = (app: App, first: unknown, all: unknown) => Promise<void> | void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  "scoredock.registerModel": registerModel,
  "scoredock.register": registerAnything,
  "scoredock.registerModelFromRun": registerModelFromRun,
  "scoredock.registerEnvironment": registerEnvironment,
  "scoredock.registerDataset": registerDataset,
  "scoredock.registerImage": registerImage,
  "scoredock.searchModels": searchModels,
  "scoredock.clearModelFilter": clearModelFilter,
  "scoredock.arrangeModels": arrangeModels,
  "scoredock.model": pickModelThenVerb,
  "scoredock.service": pickServiceThenVerb,
  "scoredock.environment": pickEnvironmentThenVerb,
  "scoredock.workspace": pickWorkspaceThenVerb,
  "scoredock.deleteRow": deleteRow,
  "scoredock.editRow": editRow,
  "scoredock.openModelFile": openModelFile,
  "scoredock.addModelProperties": addModelProperties,
  "scoredock.editModelResources": editModelResources,
  "scoredock.setModelSample": setModelSample,
  "scoredock.setModelAlias": setModelAlias,
  "scoredock.removeModelAlias": removeModelAlias,
  "scoredock.exportModel": exportModel,
  "scoredock.allowModel": allowModel,
  "scoredock.withdrawModelConsent": withdrawModelConsent,
  "scoredock.restoreDeleted": restoreDeleted,
  "scoredock.purgeDeleted": purgeDeleted,
  "scoredock.emptyTrash": emptyTrash,
  "scoredock.showAsset": showAsset,
  "scoredock.editAssetTags": editAssetTags,
  "scoredock.editAssetDescription": editAssetDescription,
  "scoredock.copyAssetId": copyAssetId,
  "scoredock.deleteAsset": deleteAsset,
  "scoredock.sendDatasetRow": sendDatasetRow,
  "scoredock.buildEnvironment": buildEnvironment,
  "scoredock.buildEnvironmentImage": buildEnvironmentImage,
  "scoredock.inspectEnvironment": inspectEnvironment,
  "scoredock.lockEnvironment": lockEnvironment,
  "scoredock.cloneEnvironment": cloneEnvironment,
  "scoredock.openBuildLog": openBuildLog,
  "scoredock.removeBuiltEnvironment": removeBuiltEnvironment,
  "scoredock.cleanEnvironments": cleanEnvironments,
  "scoredock.suggestVersions": suggestVersions,
  "scoredock.enableConda": enableConda,
  "scoredock.createImage": createImage,
  "scoredock.deployImage": deployImage,
  "scoredock.updateToImage": updateToImage,
  "scoredock.signInRegistry": signInRegistry,
  "scoredock.signOutRegistry": signOutRegistry,
  "scoredock.showDocker": showDocker,
  "scoredock.showRun": showRun,
  "scoredock.copyRunId": copyRunId,
  "scoredock.verifyWorkspace": verifyWorkspace,
  "scoredock.repairWorkspace": repairWorkspace,
  "scoredock.cleanUpWorkspace": cleanUpWorkspace,
  "scoredock.backupWorkspace": backupWorkspace,
  "scoredock.restoreWorkspace": restoreWorkspace,
  "scoredock.showMore": showMore,
  "scoredock.showModel": showModel,
  "scoredock.editModelTags": editModelTags,
  "scoredock.editModelDescription": editModelDescription,
  "scoredock.compareModels": compareModels,
  "scoredock.downloadModel": downloadModel,
  "scoredock.deleteModel": deleteModel,
  "scoredock.copyModelId": copyModelId,
  "scoredock.deploy": deploy,
  "scoredock.deployWithoutCode": deployWithoutCode,
  "scoredock.showScript": showScript,
  "scoredock.deployConfiguration": deploy,
  "scoredock.deployAgain": deployAgain,
  "scoredock.sendRequest": sendRequest,
  "scoredock.sendFileRequest": sendFileRequest,
  "scoredock.chooseRequestEnvironment": chooseRequestEnvironment,
  "scoredock.forgetAllowedVariables": forgetAllowedVariables,
  "scoredock.openLog": openLog,
  "scoredock.openFullLog": openFullLog,
  "scoredock.openLogPage": openLogPage,
  "scoredock.stopService": stopService,
  "scoredock.startService": startService,
  "scoredock.reloadService": reloadService,
  "scoredock.restartService": restartService,
  "scoredock.updateService": updateService,
  "scoredock.rollBackService": rollBackService,
  "scoredock.showRevisions": showRevisions,
  "scoredock.showMetrics": showMetrics,
  "scoredock.debugService": debugService,
  "scoredock.debugScript": debugScript,
  "scoredock.profileService": profileService,
  "scoredock.addToProject": addToProject,
  "scoredock.packageService": packageService,
  "scoredock.packageFile": packageFile,
  "scoredock.useImage": useImage,
  "scoredock.showService": showService,
  "scoredock.showServices": showServices,
  "scoredock.showServiceActions": showServiceActions,
  "scoredock.goToFailure": goToFailure,
  "scoredock.openServiceFolder": openServiceFolder,
  "scoredock.copyServiceName": copyServiceName,
  "scoredock.copyScoringUri": copyScoringUri,
  "scoredock.copyKey": copyKey,
  "scoredock.copyToken": copyToken,
  "scoredock.copyClientCode": copyClientCode,
  "scoredock.runAzLine": runAzLine,
  "scoredock.runSdk": runSdk,
  "scoredock.runSdkCells": runSdkCells,
  "scoredock.regenerateKey": regenerateKey,
  "scoredock.openSwagger": openSwagger,
  "scoredock.deleteService": deleteService,
  "scoredock.addToEndpoint": addToEndpoint,
  "scoredock.showEndpoint": showEndpoint,
  "scoredock.setEndpointTraffic": setEndpointTraffic,
  "scoredock.mirrorEndpoint": mirrorEndpoint,
  "scoredock.setVersionLimits": setVersionLimits,
  "scoredock.addEndpointVersion": addEndpointVersion,
  "scoredock.promoteVersion": promoteVersion,
  "scoredock.withdrawVersion": withdrawVersion,
  "scoredock.deleteEndpointVersion": deleteEndpointVersion,
  "scoredock.startEndpoint": startEndpoint,
  "scoredock.stopEndpoint": stopEndpoint,
  "scoredock.copyEndpointUri": copyEndpointUri,
  "scoredock.deleteEndpoint": deleteEndpoint,
  "scoredock.startAllServices": startAllServices,
  "scoredock.stopAllServices": stopAllServices,
  "scoredock.newProject": newProject,
  "scoredock.openExample": openExample,
  "scoredock.openDocumentation": openDocumentation,
  "scoredock.checkComputer": checkComputer,
  "scoredock.checkFile": checkFile,
  "scoredock.checkFolder": checkFolder,
  "scoredock.checkAll": checkAll,
  "scoredock.explainRule": explainRule,
  "scoredock.tryScript": tryScript,
  "scoredock.createWorkspace": createWorkspace,
  "scoredock.connectWorkspace": connectWorkspace,
  "scoredock.switchWorkspace": switchWorkspace,
  "scoredock.writeWorkspaceConfig": writeWorkspaceConfig,
  "scoredock.showWorkspace": showWorkspace,
  "scoredock.chooseWorkspaceEngine": chooseWorkspaceEngine,
  "scoredock.moveToWorkspace": moveToWorkspace,
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
        showFailure(error);
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}
