"""Every message in one name space, and the two tables of methods. Whoever needs one message asks the package, which
imports the records of its noun only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scoredock.deploy_options import Auth as Auth
from scoredock.protocol.messages.assets import *
from scoredock.protocol.messages.az import *
from scoredock.protocol.messages.basics import *
from scoredock.protocol.messages.docker import *
from scoredock.protocol.messages.doctor import *
from scoredock.protocol.messages.documents import *
from scoredock.protocol.messages.endpoints import *
from scoredock.protocol.messages.environments import *
from scoredock.protocol.messages.images import *
from scoredock.protocol.messages.logs import *
from scoredock.protocol.messages.metrics import *
from scoredock.protocol.messages.models import *
from scoredock.protocol.messages.nearest import *
from scoredock.protocol.messages.no_code import *
from scoredock.protocol.messages.packages import *
from scoredock.protocol.messages.requests import *
from scoredock.protocol.messages.revisions import *
from scoredock.protocol.messages.runs import *
from scoredock.protocol.messages.sdk import *
from scoredock.protocol.messages.services import *
from scoredock.protocol.messages.state import *
from scoredock.protocol.messages.tasks import *
from scoredock.protocol.messages.workspaces import *
from scoredock.service import EngineName as EngineName
from scoredock.service import Frame as Frame
from scoredock.service import Notice as Notice
from scoredock.service import RecentRequests as RecentRequests
from scoredock.service import RequestFailure as RequestFailure
from scoredock.service import Service as Service
from scoredock.service import ServiceFailure as ServiceFailure
from scoredock.service import State as State
from scoredock.status import Status as Status


@dataclass(frozen=True)
class Request:
    """Client asks, server answers with `result` or an error {code, fix, place, remedies, details} in `data`."""

    method: str
    params: type
    result: type


@dataclass(frozen=True)
class Notification:
    """One way; `sender` says which."""

    method: str
    params: type
    sender: Literal["client", "server"]


REQUESTS: tuple[Request, ...] = (
    Request("scoredock/state/list", StateListParams, StateListResult),
    Request("scoredock/workspace/list", StateListParams, WorkspaceList),
    Request("scoredock/workspace/create", WorkspaceCreateParams, Workspace),
    Request("scoredock/workspace/connect", WorkspaceConnectParams, Workspace),
    Request("scoredock/workspace/named", WorkspaceNamedParams, Workspace),
    Request("scoredock/workspace/open", WorkspaceOpenParams, Workspace),
    Request("scoredock/workspace/writeConfig", WorkspaceWriteConfigParams, WorkspaceConfigWritten),
    Request("scoredock/workspace/move", WorkspaceMoveParams, WorkspaceMoved),
    Request("scoredock/workspace/use", WorkspaceUseParams, Workspace),
    Request("scoredock/workspace/show", WorkspaceRef, Workspace),
    Request("scoredock/workspace/engine", WorkspaceEngineParams, Workspace),
    Request("scoredock/workspace/forget", WorkspaceRef, WorkspaceForgotten),
    Request("scoredock/workspace/verify", WorkspaceVerifyParams, WorkspaceVerified),
    Request("scoredock/workspace/repair", WorkspaceRepairParams, WorkspaceRepaired),
    Request("scoredock/workspace/collect", WorkspaceCollectParams, WorkspaceCollected),
    Request("scoredock/workspace/backup", WorkspaceBackupParams, WorkspaceBackup),
    Request("scoredock/workspace/restore", WorkspaceRestoreParams, Workspace),
    Request("scoredock/model/groups", ModelGroupsParams, ModelGroups),
    Request("scoredock/model/versions", ModelVersionsParams, ModelList),
    Request("scoredock/model/list", ModelListParams, ModelList),
    Request("scoredock/model/show", ModelRef, ModelDetails),
    Request("scoredock/model/files", ModelFilesParams, ModelFiles),
    Request("scoredock/model/text", ModelTextParams, ModelText),
    Request("scoredock/model/propose", ModelProposeParams, ModelProposal),
    Request("scoredock/model/register", ModelRegisterParams, Model),
    Request("scoredock/model/update", ModelUpdateParams, Model),
    Request("scoredock/model/alias", ModelAliasParams, Model),
    Request("scoredock/model/aliasReturn", ModelAliasReturnParams, AliasChange),
    Request("scoredock/model/favourite", ModelFavouriteParams, Empty),
    Request("scoredock/model/consent", ModelConsentParams, Model),
    Request("scoredock/model/download", ModelDownloadParams, ModelDownloaded),
    Request("scoredock/model/export", ModelExportParams, ModelDownloaded),
    Request("scoredock/model/compare", ModelCompareParams, ModelComparison),
    Request("scoredock/model/delete", ModelRef, Model),
    Request("scoredock/model/restore", ModelRef, Model),
    Request("scoredock/model/purge", ModelPurgeParams, ModelIds),
    Request("scoredock/asset/list", AssetListParams, AssetList),
    Request("scoredock/asset/show", AssetRef, AssetDetails),
    Request("scoredock/asset/update", AssetUpdateParams, Asset),
    Request("scoredock/asset/delete", AssetRef, Asset),
    Request("scoredock/asset/restore", AssetRef, Asset),
    Request("scoredock/dataset/register", DatasetRegisterParams, Asset),
    Request("scoredock/dataset/rows", DatasetRowsParams, DatasetRows),
    Request("scoredock/environment/register", EnvironmentRegisterParams, Asset),
    Request("scoredock/environment/curated", Empty, CuratedEnvironments),
    Request("scoredock/environment/list", EnvironmentListParams, Environments),
    Request("scoredock/environment/show", EnvironmentRef, EnvironmentDetails),
    Request("scoredock/environment/definition", EnvironmentDefinitionParams, EnvironmentDefinition),
    Request("scoredock/environment/build", EnvironmentBuildParams, Environment),
    Request("scoredock/environment/lock", EnvironmentLockParams, EnvironmentLock),
    Request("scoredock/environment/remove", EnvironmentRemoveParams, EnvironmentsCleaned),
    Request("scoredock/environment/clean", EnvironmentCleanParams, EnvironmentsCleaned),
    Request("scoredock/environment/suggest", EnvironmentSuggestParams, EnvironmentSuggestion),
    Request("scoredock/server/enable", ServerExtraParams, ServerExtra),
    Request("scoredock/build/log", BuildLogParams, BuildLog),
    Request("scoredock/image/register", ImageRegisterParams, Asset),
    Request("scoredock/image/list", ImageListParams, Images),
    Request("scoredock/image/show", ImageRef, ImageDetails),
    Request("scoredock/image/create", ImageCreateParams, Image),
    Request("scoredock/image/delete", ImageRef, Asset),
    Request("scoredock/docker/show", Empty, DockerConnection),
    Request("scoredock/doctor/check", DoctorParams, DoctorReport),
    Request("scoredock/doctor/repair", DoctorRepairParams, DoctorRepaired),
    Request("scoredock/registry/login", RegistryLoginParams, RegistryLogin),
    Request("scoredock/run/begin", RunBeginParams, LoggedRun),
    Request("scoredock/run/logged", RunRef, LoggedRun),
    Request("scoredock/run/log", RunLogParams, Empty),
    Request("scoredock/run/change", RunChangeParams, LoggedRun),
    Request("scoredock/run/upload", RunUploadParams, Empty),
    Request("scoredock/run/end", RunEndParams, LoggedRun),
    Request("scoredock/run/export", RunExportParams, RunExported),
    Request("scoredock/run/stores", RunStoresParams, RunStores),
    Request("scoredock/run/experiments", ExperimentsParams, Experiments),
    Request("scoredock/run/list", RunsParams, Runs),
    Request("scoredock/run/show", RunRef, RunDetails),
    Request("scoredock/run/artifacts", RunArtifactsParams, RunArtifacts),
    Request("scoredock/run/download", RunDownloadParams, RunDownloaded),
    Request("scoredock/run/propose", RunProposeParams, RunProposal),
    Request("scoredock/run/register", RunRegisterParams, Model),
    Request("scoredock/project/create", ProjectCreateParams, ProjectCreated),
    Request("scoredock/project/example", ProjectExampleParams, ProjectExample),
    Request("scoredock/noCode/write", NoCodeWriteParams, ProjectCreated),
    Request("scoredock/az/install", AzFolderParams, AzFolder),
    Request("scoredock/sdk/command", SdkCommandParams, TerminalCommand),
    Request("scoredock/sdk/ended", SdkEndedParams, SdkEnded),
    Request("scoredock/task/command", TaskCommandParams, TerminalCommand),
    Request("scoredock/task/list", TaskListParams, TaskList),
    Request("scoredock/task/ofService", TaskOfServiceParams, ProposedTask),
    Request("scoredock/service/list", ServiceListParams, ServiceList),
    Request("scoredock/service/show", ServiceRef, Service),
    Request("scoredock/service/propose", ServiceProposeParams, ServiceProposal),
    Request("scoredock/service/deploy", ServiceDeployParams, Service),
    Request("scoredock/service/update", ServiceUpdateParams, Service),
    Request("scoredock/service/reload", ServiceReloadParams, ServiceReload),
    Request("scoredock/endpoint/list", EndpointListParams, EndpointList),
    Request("scoredock/endpoint/show", EndpointRef, EndpointDetails),
    Request("scoredock/endpoint/create", EndpointCreateParams, EndpointDetails),
    Request("scoredock/endpoint/setVersion", EndpointVersionParams, EndpointDetails),
    Request("scoredock/endpoint/removeVersion", EndpointVersionRef, EndpointDetails),
    Request("scoredock/endpoint/traffic", EndpointTrafficParams, EndpointDetails),
    Request("scoredock/endpoint/limits", EndpointLimitsParams, EndpointDetails),
    Request("scoredock/endpoint/mirror", EndpointMirrorParams, EndpointDetails),
    Request("scoredock/endpoint/differences", EndpointRef, EndpointDifferences),
    Request("scoredock/endpoint/promote", EndpointVersionRef, EndpointDetails),
    Request("scoredock/endpoint/withdraw", EndpointVersionRef, EndpointDetails),
    Request("scoredock/endpoint/start", EndpointRef, EndpointDetails),
    Request("scoredock/endpoint/stop", EndpointRef, EndpointDetails),
    Request("scoredock/endpoint/delete", EndpointRef, Empty),
    Request("scoredock/service/revisions", ServiceRef, ServiceRevisions),
    Request("scoredock/service/rollback", ServiceRollbackParams, Service),
    Request("scoredock/service/diff", ServiceDiffParams, RevisionComparison),
    Request("scoredock/service/history", ServiceHistoryParams, MetricHistory),
    Request("scoredock/service/stop", ServiceRef, Service),
    Request("scoredock/service/start", ServiceRef, Service),
    Request("scoredock/service/restart", ServiceRef, Service),
    Request("scoredock/service/delete", ServiceDeleteParams, Empty),
    Request("scoredock/service/stopAll", ServiceStopAllParams, ServiceNames),
    Request("scoredock/service/startAll", ServiceStartAllParams, ServiceNames),
    Request("scoredock/service/places", ServicePlacesParams, ServicePlaces),
    Request("scoredock/service/sample", ServiceRef, ServiceSample),
    Request("scoredock/service/fileBody", ServiceFileBodyParams, RequestBody),
    Request("scoredock/service/call", ServiceCallParams, ServiceAnswer),
    Request("scoredock/service/send", ServiceSendParams, ServiceResponse),
    Request("scoredock/service/load", ServiceLoadParams, ServiceLoad),
    Request("scoredock/service/requestLog", RequestLogParams, RequestLog),
    Request("scoredock/service/description", ServiceRef, ServiceDescription),
    Request("scoredock/request/list", RequestFileParams, RequestFile),
    Request("scoredock/request/read", RequestReadParams, SendableRequest),
    Request("scoredock/request/environments", RequestFileParams, RequestEnvironments),
    Request("scoredock/request/title", RequestWriteParams, RequestTitle),
    Request("scoredock/request/write", RequestWriteParams, RequestWritten),
    Request("scoredock/request/history", ServiceRef, RequestHistory),
    Request("scoredock/request/complete", RequestCompleteParams, BodyProposals),
    Request("scoredock/request/form", RequestFormParams, BodyForm),
    Request("scoredock/request/parts", RequestPartsParams, RequestParts),
    Request("scoredock/test/list", TestListParams, TestFiles),
    Request("scoredock/test/run", TestRunParams, TestRun),
    Request("scoredock/test/variables", TestVariablesParams, TestVariables),
    Request("scoredock/test/debugTargets", TestDebugParams, TestDebugTargets),
    Request("scoredock/service/client", ServiceClientParams, ServiceClient),
    Request("scoredock/service/keys", ServiceRef, ServiceKeys),
    Request("scoredock/service/regenerateKey", ServiceRegenerateKeyParams, ServiceKeys),
    Request("scoredock/service/token", ServiceRef, ServiceToken),
    Request("scoredock/service/profile", ServiceProfileParams, ServiceProfile),
    Request("scoredock/package/create", PackageCreateParams, Package),
    Request("scoredock/package/save", PackageSaveParams, PackageSaved),
    Request("scoredock/package/push", PackageImageParams, PackageMoved),
    Request("scoredock/package/pull", PackageImageParams, PackageMoved),
    Request("scoredock/package/registry", PackageImageParams, PackageRegistry),
    Request("scoredock/package/export", PackageExportParams, PackageExported),
    Request("scoredock/service/debugTarget", ServiceRef, ServiceDebugTarget),
    Request("scoredock/service/debug", ServiceDebugParams, ServiceDebug),
    Request("scoredock/log/subscribe", LogSubscribeParams, LogSubscription),
    Request("scoredock/log/page", LogPageParams, LogPage),
    Request("scoredock/log/watch", LogWatchParams, LogWatch),
    Request("scoredock/log/unwatch", LogRef, Empty),
    Request("scoredock/log/unsubscribe", LogRef, Empty),
    Request("scoredock/document/check", DocumentCheckParams, DocumentFindings),
    Request("scoredock/document/repair", DocumentRepairParams, DocumentRepairs),
    Request("scoredock/document/explain", DocumentExplainParams, DocumentExplanation),
    Request("scoredock/document/try", DocumentTryParams, DocumentTried),
)

NOTIFICATIONS: tuple[Notification, ...] = (
    Notification("scoredock/log/acknowledge", LogAcknowledgeParams, "client"),
    Notification("scoredock/log/lines", LogLines, "server"),
    Notification("scoredock/log/events", LogEvents, "server"),
    Notification("scoredock/workspace/changed", WorkspaceChanged, "server"),
    Notification("scoredock/registry/changed", RegistryChanged, "server"),
    Notification("scoredock/service/changed", ServiceChanged, "server"),
    Notification("scoredock/endpoint/changed", EndpointChanged, "server"),
    Notification("scoredock/document/checked", DocumentChecked, "server"),
    Notification("scoredock/response/received", ResponseReceived, "server"),
    Notification("scoredock/load/measured", ServiceLoad, "server"),
)
