/** What panels ask the server for a request, and what it tells them while they wait. */
import type { RequestBody, RequestPart, ResponseReceived, ServiceLoad } from "../protocol";
import type { Session } from "../session/session";
import {
  isForm,
  routeAndQuery,
  typedHeaders,
  typedKey,
  type HttpMethod,
  type PanelBody,
  type PanelState,
} from "./messages";
import type { ServiceName } from "./requestFiles";

/** Seconds that a service may take to answer, and between two parts of its response. */
const TIMEOUT = 300;

/** Where the requests of a panel go: to a service, or to the endpoint of which it is a version. */
export interface CallTarget extends ServiceName {
  readonly endpoint: string;
}

export function through({ service, workspaceId, endpoint = "" }: PanelState): CallTarget {
  return { name: service, workspaceId, endpoint };
}

/** A request of a panel as the server takes it. */
export interface CallParams extends CallTarget {
  readonly method: HttpMethod;
  readonly body: string;
  readonly contentType: string;
  readonly encoding: RequestBody["encoding"];
  readonly fileField: string;
  readonly timeout: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly route: string;
  readonly query: string;
  readonly parts: readonly RequestPart[];
  readonly follows: boolean;
}

export function callParams(target: CallTarget, request: PanelBody, key: string): CallParams {
  return {
    ...target,
    method: request.method,
    body: request.body,
    contentType: request.contentType,
    encoding: request.method === "GET" ? "text" : request.encoding,
    fileField: request.fileField,
    timeout: TIMEOUT,
    key: typedKey(key),
    headers: typedHeaders(request.headers),
    parts: isForm(request) ? request.parts : [],
    follows: request.follows,
    ...routeAndQuery(request.target),
  };
}

/** Listens under a name until it is disposed of. */
export interface StreamListener {
  readonly name: string;
  dispose(): void;
}

/** Which panel waits for which response; the server names each by its stream. */
export class ResponseStreams {
  private readonly responses = new Map<string, (part: ResponseReceived) => void>();
  private readonly loads = new Map<string, (load: ServiceLoad) => void>();
  private count = 0;

  constructor(session: Session) {
    session.on("scoredock/response/received", (part) => this.responses.get(part.stream)?.(part));
    session.on("scoredock/load/measured", (load) => this.loads.get(load.stream)?.(load));
  }

  ofResponses(listener: (part: ResponseReceived) => void): StreamListener {
    return this.listen(this.responses, listener);
  }

  ofLoads(listener: (load: ServiceLoad) => void): StreamListener {
    return this.listen(this.loads, listener);
  }

  private listen<T>(listeners: Map<string, T>, listener: T): StreamListener {
    this.count += 1;
    const name = `panel-${this.count}`;
    listeners.set(name, listener);
    return { name, dispose: () => listeners.delete(name) };
  }
}
