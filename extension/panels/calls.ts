/** What panels ask the server for a request, and what it tells them while they wait. */
import type { RequestBody, RequestPart } from "../protocol";
import {
  isForm,
  routeAndQuery,
  typedHeaders,
  typedKey,
  type HttpMethod,
  type LoadSettings,
  type PanelBody,
  type PanelState,
  type ToPage,
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

/** Which panel waits for what; the server names each by its stream. */
export class Streams<T extends { readonly stream: string }> {
  private readonly listeners = new Map<string, (part: T) => void>();
  private count = 0;

  /** `follow` has all parts of all streams come, from now on. */
  constructor(follow: (take: (part: T) => void) => void) {
    follow((part) => this.listeners.get(part.stream)?.(part));
  }

  listen(listener: (part: T) => void): StreamListener {
    this.count += 1;
    const name = `panel-${this.count}`;
    this.listeners.set(name, listener);
    return { name, dispose: () => this.listeners.delete(name) };
  }
}

/** One panel's request, sent again and again. */
export interface Repetition {
  /** Ends by itself, or when it is stopped: with the figures of what was sent. */
  start(request: PanelBody, key: string, settings: LoadSettings): Promise<void>;
  stop(): void;
}

/** That of a panel, to whose page it posts figures while they come. */
export type Repetitions = (target: CallTarget, post: (message: ToPage) => void) => Repetition;
